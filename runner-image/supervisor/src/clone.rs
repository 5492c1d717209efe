//! Fetching a repository, and what a person is told when that fails.

use std::{fs, path::Path, time::Duration};

use domain::{
    limits::{self, RepositoryPolicy},
    run::Repository,
};

use crate::git::{Answer, Git};

/// No repository takes longer.
const LIMIT: Duration = Duration::from_secs(600);

/// Why there is no clone, in words for a person: no path, no token, nothing that the other side said.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the repository could not be fetched: {0}")]
pub(crate) struct CloneError(String);

pub(crate) struct Clone<'a> {
    pub repository: &'a Repository,
    /// An empty directory.
    pub target: &'a Path,
    pub policy: RepositoryPolicy,
    pub path: &'a str,
}

impl Clone<'_> {
    /// Fetches no more than is needed, and checks out what was asked for.
    pub(crate) async fn run(&self) -> Result<(), CloneError> {
        // A second fence: the server has checked the address already, by its own rules.
        let Repository { url, git_ref } = self.repository;
        limits::repository(url, git_ref.as_deref(), self.policy)
            .map_err(|fault| CloneError(format!("its address or ref {fault}")))?;

        let Some(git_ref) = git_ref else {
            return self
                .must(self.git(&["clone", "--template=", "--quiet", "--depth=1", "--", url, "."]))
                .await;
        };
        if !git_ref.starts_with("refs/") {
            let branch = format!("--branch={git_ref}");
            let clone = self.git(&[
                "clone",
                "--template=",
                "--quiet",
                "--depth=1",
                &branch,
                "--",
                url,
                ".",
            ]);
            let answer = self.answer(clone).await?;
            if answer.ok {
                return Ok(());
            }
            if !answer.stderr.contains("Remote branch") {
                return Err(CloneError(explain(&answer.stderr, Some(git_ref))));
            }
        }
        if git_ref.starts_with("refs/") || is_commit(git_ref, 40) {
            let one = self.exactly(url, git_ref).await;
            if one.is_ok() || !is_commit(git_ref, 40) {
                return one;
            }
        }
        if is_commit(git_ref, 7) {
            return self.somewhere_in(url, git_ref).await;
        }
        Err(CloneError(explain("Remote branch", Some(git_ref))))
    }

    /// One ref or commit, alone. Not every server gives out a commit that is no tip.
    async fn exactly(&self, url: &str, git_ref: &str) -> Result<(), CloneError> {
        self.start_over()?;
        self.must(self.git(&["init", "--quiet", "--template=", "."])).await?;
        self.must(self.git(&["remote", "add", "--", "origin", url])).await?;
        self.must(self.git(&["fetch", "--quiet", "--depth=1", "--", "origin", git_ref])).await?;
        self.must(self.git(&["checkout", "--quiet", "--detach", "FETCH_HEAD"])).await
    }

    /// A commit by (the beginning of) its name, in the whole history.
    async fn somewhere_in(&self, url: &str, commit: &str) -> Result<(), CloneError> {
        self.start_over()?;
        self.must(self.git(&["clone", "--template=", "--quiet", "--no-checkout", "--", url, "."]))
            .await?;
        let commit = format!("{commit}^{{commit}}");
        let name = ["rev-parse", "--quiet", "--verify", "--end-of-options", &commit];
        let found = self.answer(self.git(&name)).await?;
        if !found.ok {
            return Err(CloneError(explain("Remote branch", self.repository.git_ref.as_deref())));
        }
        self.must(self.git(&["checkout", "--quiet", "--detach", &found.line()])).await
    }

    fn git(&self, arguments: &[&str]) -> Git {
        let files = self.repository.url.starts_with("file://");
        Git::new(self.path, self.target, files).within(LIMIT).args(arguments)
    }

    async fn answer(&self, git: Git) -> Result<Answer, CloneError> {
        git.run().await.map_err(|err| CloneError(err.to_string()))
    }

    async fn must(&self, git: Git) -> Result<(), CloneError> {
        let answer = self.answer(git).await?;
        if answer.ok {
            return Ok(());
        }
        Err(CloneError(explain(&answer.stderr, self.repository.git_ref.as_deref())))
    }

    fn start_over(&self) -> Result<(), CloneError> {
        fs::remove_dir_all(self.target)
            .and_then(|()| fs::create_dir(self.target))
            .map_err(|_| CloneError("the workspace cannot be emptied".to_owned()))
    }
}

fn is_commit(text: &str, at_least: usize) -> bool {
    (at_least..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The first that fits of what git and curl say when they fail.
fn explain(stderr: &str, git_ref: Option<&str>) -> String {
    let said = stderr.to_ascii_lowercase();
    let any = |needles: &[&str]| needles.iter().any(|needle| said.contains(needle));
    if any(&["remote branch", "couldn't find remote ref", "not our ref"]) {
        return format!("it has no branch, tag or commit `{}`", git_ref.unwrap_or("HEAD"));
    }
    let because = if any(&["could not resolve"]) {
        "its host is unknown"
    } else if any(&["failed to connect", "connection refused", "timed out", "unreachable"]) {
        "its host does not answer"
    } else if any(&["certificate", "ssl"]) {
        "its host cannot prove who it is"
    } else if any(&["authentication failed", "could not read username", "error: 401", "error: 403"])
    {
        "it does not exist, or asks for credentials"
    } else if any(&["not found", "does not exist", "not appear to be a git", "error: 404"]) {
        "there is no repository at this address"
    } else if any(&["dubious ownership"]) {
        "it belongs to another user of this machine"
    } else if any(&["not allowed"]) {
        "its kind of address is not allowed"
    } else if any(&["no space left"]) {
        "the disk is full"
    } else {
        "git gave up"
    };
    because.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn s23_an_address_that_is_an_option_or_a_command_never_reaches_git() {
        let target = tempfile::tempdir().unwrap();
        let policy = RepositoryPolicy { local_files: false };
        for (url, git_ref) in [
            ("--upload-pack=touch x", None),
            ("ext::sh -c id", None),
            ("ssh://-oProxyCommand=x/", None),
            ("http://127.0.0.1/x", None),
            ("file:///etc", None),
            ("https://example.org/a/b\nc", None),
            ("https://example.org/a/b", Some("--upload-pack=touch x")),
            ("https://example.org/a/b", Some("main:refs/heads/x")),
        ] {
            let repository =
                Repository { url: url.to_owned(), git_ref: git_ref.map(str::to_owned) };
            // An empty PATH: if git were called, the message would say that it cannot be started.
            let clone = Clone { repository: &repository, target: target.path(), policy, path: "" };
            let refused = clone.run().await.unwrap_err().to_string();
            assert!(refused.contains("its address or ref must"), "{url}: {refused}");
        }
    }

    #[test]
    fn what_a_person_is_told_holds_nothing_that_git_said() {
        for (said, told) in [
            (
                "fatal: unable to access 'https://x/': Could not resolve host: x",
                "its host is unknown",
            ),
            (
                "fatal: '/srv/x' does not appear to be a git repository",
                "there is no repository at this address",
            ),
            (
                "fatal: could not read Username for 'https://h': terminal prompts disabled",
                "it does not exist, or asks for credentials",
            ),
            ("fatal: something new at /work/dir", "git gave up"),
        ] {
            assert_eq!(explain(said, None), told);
        }
        assert_eq!(
            explain("fatal: Remote branch x not found in upstream origin", Some("x")),
            "it has no branch, tag or commit `x`"
        );
    }
}
