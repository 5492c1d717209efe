//! What the agent changed, as one patch against the commit it began with.
//!
//! The workspace's own `.git` is never used: its configuration may name programs to run. A repository of ours, made
//! now, with the objects that were set aside before the agent started, looks at the workspace as a plain directory.

use std::{
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};

use crate::{
    git::{Answer, Git},
    workspace::Layout,
};

/// The tree without a file, which every repository knows.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const PATCH_BYTES: usize = 32 * 1024 * 1024;
/// A new file that is larger is left out.
const FILE_BYTES: u64 = 32 * 1024 * 1024;
const LISTING_BYTES: usize = 32 * 1024 * 1024;
const STEP_LIMIT: Duration = Duration::from_secs(120);

#[derive(Debug, Default)]
pub(crate) struct Patch {
    pub diff: Vec<u8>,
    /// What is not in it, in words for a person.
    pub remarks: Vec<String>,
}

/// # Errors
/// Git failed, or took too long.
pub(crate) async fn make(
    layout: &Layout,
    commit: Option<&str>,
    path: &str,
) -> anyhow::Result<Patch> {
    let workspace = fs::symlink_metadata(&layout.workspace).context("the workspace is gone")?;
    ensure!(workspace.is_dir(), "the workspace is no directory any more");
    let maker = Maker { layout, path, git_dir: layout.root.join("patch.git") };
    maker.make(commit).await
}

struct Maker<'a> {
    layout: &'a Layout,
    path: &'a str,
    git_dir: PathBuf,
}

impl Maker<'_> {
    async fn make(&self, commit: Option<&str>) -> anyhow::Result<Patch> {
        self.init().await?;
        let mut remarks = Vec::new();
        if let Some(commit) = commit {
            self.must(self.git().args(["read-tree", commit])).await?;
            self.forget_submodules().await?;
        }
        self.leave_out(&mut remarks).await?;
        let added = self.git().args(["add", "--all", "--ignore-errors", "--", "."]).run().await?;
        if !added.ok {
            remarks.push("not in the patch: files that could not be read".to_owned());
        }
        let diff = self.git().keeping(PATCH_BYTES).args([
            "diff",
            "--cached",
            "--binary",
            "--full-index",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=all",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            commit.unwrap_or(EMPTY_TREE),
            "--",
        ]);
        let Answer { ok, mut stdout, cut, stderr } = diff.run().await?;
        ensure!(ok || cut, "git diff failed: {}", crate::lines::shown(stderr.as_bytes(), 500));
        if cut {
            stdout.extend_from_slice(b"\n[... the patch was cut here ...]\n");
            remarks.push(format!("the patch is larger than {PATCH_BYTES} bytes and was cut"));
        }
        Ok(Patch { diff: stdout, remarks })
    }

    async fn init(&self) -> anyhow::Result<()> {
        let init = ["init", "--quiet", "--bare", "--template=", "--object-format=sha1"];
        let git = Git::new(self.path, &self.layout.root, false);
        self.must(git.args(init).args(["--"]).args([&self.git_dir])).await?;
        let info = self.git_dir.join("objects/info");
        fs::create_dir_all(&info)?;
        let mut alternates = self.layout.base.join("objects").into_os_string();
        alternates.push("\n");
        fs::write(info.join("alternates"), alternates.as_bytes())?;
        Ok(())
    }

    /// A submodule in the index would make git look into its directory, where a hostile configuration may lie.
    async fn forget_submodules(&self) -> anyhow::Result<()> {
        let listing = self.git().keeping(LISTING_BYTES).args(["ls-files", "--stage", "-z"]);
        let listing = self.must(listing).await?;
        ensure!(!listing.cut, "too many files for a patch");
        let mut forget = Vec::new();
        for entry in listing.stdout.split(|byte| *byte == 0) {
            if let Some(at) = entry.iter().position(|byte| *byte == b'\t')
                && entry.starts_with(b"160000 ")
            {
                forget.extend_from_slice(b"0 0000000000000000000000000000000000000000\t");
                forget.extend_from_slice(&entry[at + 1..]);
                forget.push(0);
            }
        }
        if forget.is_empty() {
            return Ok(());
        }
        let input = self.git_dir.join("forget");
        fs::write(&input, forget)?;
        self.must(self.git().args(["update-index", "-z", "--index-info"]).reading(input)).await?;
        Ok(())
    }

    /// New files that are too large, and repositories within the workspace: git could only keep their commit.
    async fn leave_out(&self, remarks: &mut Vec<String>) -> anyhow::Result<()> {
        let listing = ["ls-files", "--others", "--exclude-standard", "-z"];
        let listing = self.must(self.git().keeping(LISTING_BYTES).args(listing)).await?;
        ensure!(!listing.cut, "too many new files for a patch");
        let mut exclude = Vec::new();
        let (mut large, mut nested) = (0, 0);
        for name in listing.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            // A directory that git does not look into is another repository.
            if let Some(name) = name.strip_suffix(b"/") {
                nested += 1;
                exclude.extend(pattern(name));
                continue;
            }
            let file = self.layout.workspace.join(Path::new(std::ffi::OsStr::from_bytes(name)));
            let size = fs::symlink_metadata(file).map_or(0, |file| file.len());
            if size > FILE_BYTES {
                large += 1;
                exclude.extend(pattern(name));
            }
        }
        fs::create_dir_all(self.git_dir.join("info"))?;
        fs::write(self.git_dir.join("info/exclude"), exclude)?;
        if large > 0 {
            remarks.push(format!("not in the patch: {large} new file(s) above {FILE_BYTES} bytes"));
        }
        if nested > 0 {
            remarks
                .push(format!("not in the patch: {nested} repository(ies) within the workspace"));
        }
        Ok(())
    }

    fn git(&self) -> Git {
        Git::new(self.path, &self.layout.workspace, false)
            .within(STEP_LIMIT)
            .args([Path::new("--git-dir"), &self.git_dir])
            .args([Path::new("--work-tree"), &self.layout.workspace])
    }

    async fn must(&self, git: Git) -> anyhow::Result<Answer> {
        let answer = git.run().await?;
        let said = crate::lines::shown(answer.stderr.as_bytes(), 500);
        ensure!(answer.ok || answer.cut, "git failed: {said}");
        Ok(answer)
    }
}

/// A line of an exclude file that means this file and no other.
fn pattern(name: &[u8]) -> Vec<u8> {
    let mut pattern = vec![b'/'];
    for byte in name {
        if b"*?[\\ !#".contains(byte) {
            pattern.push(b'\\');
        }
        pattern.push(*byte);
    }
    pattern.push(b'\n');
    pattern
}
