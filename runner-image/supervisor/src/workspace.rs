//! The directories of a run.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use domain::{limits::RepositoryPolicy, run::Repository};

use crate::{
    clone::{Clone, CloneError},
    git::Git,
};

/// Where everything of a run lies.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub root: PathBuf,
    /// What the agent works in.
    pub workspace: PathBuf,
    pub home: PathBuf,
    pub tmp: PathBuf,
    /// What may become artifacts.
    pub out: PathBuf,
    /// The objects of the commit that the agent began with: its own copy may be gone when they are needed.
    pub base: PathBuf,
}

/// Why there is no workspace.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrepareError {
    #[error(transparent)]
    Clone(#[from] CloneError),
    #[error("the workspace cannot be prepared: {0:#}")]
    Internal(#[from] anyhow::Error),
}

impl Layout {
    /// Creates the directories, for this user's eyes only.
    ///
    /// # Errors
    /// The directory holds something already: it is not ours to remove.
    pub(crate) fn create(root: &Path) -> anyhow::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        builder
            .recursive(true)
            .create(root)
            .with_context(|| format!("ERRAND_WORK_DIR: cannot create {}", root.display()))?;
        fs::set_permissions(root, Permissions::from_mode(0o700))?;
        let empty = fs::read_dir(root)?.next().is_none();
        ensure!(empty, "ERRAND_WORK_DIR: {} is not empty", root.display());

        // The agent may leave links; our own paths must not go through any.
        let root = root.canonicalize()?;
        let directory = |name: &str| -> io::Result<PathBuf> {
            let path = root.join(name);
            builder.create(&path)?;
            Ok(path)
        };
        Ok(Self {
            workspace: directory("workspace")?,
            home: directory("home")?,
            tmp: directory("tmp")?,
            out: directory("out")?,
            base: directory("base")?,
            root,
        })
    }

    /// Fills the workspace, and gives the commit that is checked out, if there is one.
    pub(crate) async fn prepare(
        &self,
        repository: Option<&Repository>,
        policy: RepositoryPolicy,
        path: &str,
    ) -> Result<Option<String>, PrepareError> {
        let git = |arguments: &[&str]| Git::new(path, &self.workspace, false).args(arguments);
        let Some(repository) = repository else {
            let answer = git(&["init", "--quiet", "--template=", "."]).run().await?;
            return if answer.ok {
                Ok(None)
            } else {
                Err(anyhow::anyhow!("git init failed").into())
            };
        };
        Clone { repository, target: &self.workspace, policy, path }.run().await?;
        let head = ["rev-parse", "--quiet", "--verify", "HEAD^{commit}"];
        let commit = git(&head).run().await?;
        if !commit.ok {
            return Ok(None); // A repository without a commit.
        }
        let (from, to) = (self.workspace.join(".git/objects"), self.base.join("objects"));
        tokio::task::spawn_blocking(move || copy(&from, &to))
            .await
            .context("copying was interrupted")?
            .context("the repository's objects cannot be copied")?;
        Ok(Some(commit.line()))
    }

    /// Removes everything.
    pub(crate) fn remove(&self) -> io::Result<()> {
        if fs::remove_dir_all(&self.root).is_ok() {
            return Ok(());
        }
        // Somebody took the right to write away, as the Go module cache does.
        open_up(&self.root)?;
        fs::remove_dir_all(&self.root)
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn open_up(directory: &Path) -> io::Result<()> {
    fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directories_are_for_this_user_only() {
        let parent = tempfile::tempdir().unwrap();
        let layout = Layout::create(&parent.path().join("run")).unwrap();
        for path in [&layout.root, &layout.workspace, &layout.home, &layout.out] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_directory_with_something_in_it_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("thesis.tex"), "").unwrap();
        let refused = Layout::create(parent.path()).unwrap_err().to_string();
        assert!(refused.starts_with("ERRAND_WORK_DIR"), "{refused}");
        assert!(parent.path().join("thesis.tex").exists());
    }

    #[test]
    fn a_directory_without_the_right_to_write_is_removed_all_the_same() {
        let parent = tempfile::tempdir().unwrap();
        let layout = Layout::create(&parent.path().join("run")).unwrap();
        let locked = layout.home.join("go/pkg");
        fs::create_dir_all(&locked).unwrap();
        fs::write(locked.join("file"), "").unwrap();
        fs::set_permissions(&locked, Permissions::from_mode(0o500)).unwrap();
        layout.remove().unwrap();
        assert!(!layout.root.exists());
    }
}
