//! Repositories: fetched, guarded against, and compared.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Setup, child};

/// A remote with two commits on `main`, a branch, and a tag.
struct Remote(TempDir);

impl Remote {
    fn new() -> Self {
        let remote = Self(tempfile::tempdir().unwrap());
        remote.git(&["init", "--quiet", "--initial-branch=main"]);
        remote.commit("kept.txt", "one\n");
        remote.git(&["tag", "v1"]);
        remote.commit("kept.txt", "two\n");
        remote.git(&["checkout", "--quiet", "-b", "feature/x"]);
        remote.commit("feature.txt", "x\n");
        remote.git(&["checkout", "--quiet", "main"]);
        remote
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
            .args(["-c", "protocol.file.allow=always"])
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn commit(&self, name: &str, content: &str) {
        self.write(name, content);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", name]);
    }

    fn url(&self) -> String {
        format!("file://{}", self.0.path().display())
    }

    fn at(&self, git_ref: Option<&str>) -> Value {
        let mut repository = json!({"url": self.url()});
        if let Some(git_ref) = git_ref {
            repository["ref"] = git_ref.into();
        }
        repository
    }

    fn setup(&self, git_ref: Option<&str>, script: &str) -> Setup {
        child(script).spec("repository", self.at(git_ref))
    }
}

/// The patch does to a fresh copy of the remote what the agent did.
fn applied(remote: &Remote, commit: &str, patch: &[u8]) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let status = Command::new("git").args(arguments).current_dir(copy.path()).status().unwrap();
        assert!(status.success());
    };
    run(&["clone", "--quiet", &remote.url(), "."]);
    run(&["checkout", "--quiet", commit]);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), patch).unwrap();
    run(&["apply", "--binary", file.path().to_str().unwrap()]);
    copy
}

#[tokio::test]
async fn the_default_branch_a_branch_a_tag_and_a_commit_are_checked_out() {
    let remote = Remote::new();
    let first = remote.git(&["rev-parse", "v1"]);
    let main = remote.git(&["rev-parse", "main"]);
    let feature = remote.git(&["rev-parse", "feature/x"]);
    for (git_ref, commit) in [
        (None, &main),
        (Some("feature/x"), &feature),
        (Some("v1"), &first),
        (Some(first.as_str()), &first),
        (Some(&first[..8]), &first),
        (Some("refs/heads/feature/x"), &feature),
    ] {
        let script = r#"text "$(cat kept.txt)"; end"#;
        let ended = remote.setup(git_ref, script).run().await;
        let ready = ended.of_kind("workspace_ready");
        assert_eq!(ready.len(), 1, "{git_ref:?}: {}", ended.log);
        assert_eq!(ready[0]["commit"], json!(commit), "{git_ref:?}");
        assert_eq!(ready[0].get("ref").and_then(Value::as_str), git_ref);
        let content = if *commit == first { "one" } else { "two" };
        assert_eq!(ended.of_kind("text")[0]["text"], content);
        assert_eq!(ended.file("patch.diff"), None, "nothing was changed");
    }
}

#[tokio::test]
async fn a_repository_that_cannot_be_fetched_is_told_without_a_path() {
    let remote = Remote::new();
    let missing = json!({"url": "file:///nowhere/at/all.git"});
    let refused = json!({"url": "ext::sh -c id"});
    let mut told = Vec::new();
    for repository in
        [missing, refused, remote.at(Some("no-such-branch")), remote.at(Some("0123abc"))]
    {
        let ended = child("text never").spec("repository", repository).run().await;
        assert_eq!(ended.kinds(), "run_started run_ended");
        told.push(ended.verdict());
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    Failed clone_failed the repository could not be fetched: there is no repository at this address
    Failed clone_failed the repository could not be fetched: its address or ref must not contain spaces, backslashes or control characters
    Failed clone_failed the repository could not be fetched: it has no branch, tag or commit `no-such-branch`
    Failed clone_failed the repository could not be fetched: it has no branch, tag or commit `0123abc`
    "#);
}

#[tokio::test]
async fn the_patch_has_new_changed_deleted_binary_and_committed_files() {
    let remote = Remote::new();
    remote.commit("gone.txt", "gone\n");
    remote.commit(".gitignore", "ignored\n");
    let main = remote.git(&["rev-parse", "main"]);
    let ended = remote
        .setup(
            None,
            r#"
            export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
            echo committed > committed.txt; git add committed.txt; git commit --quiet -m mine
            echo three >> kept.txt
            rm gone.txt
            mkdir -p "dir with space"; echo new > "dir with space/new file.txt"
            printf '\0\377%0998d' 0 > binary.bin
            printf 'caf\351\n' > latin1.txt
            echo '#!/bin/sh' > run.sh; chmod +x run.sh
            ln -s kept.txt link
            echo no > ignored
            head -c 40000000 /dev/zero > large.bin
            mkdir nested; git init --quiet nested; echo inner > nested/inner.txt
            git status --porcelain > ../tmp/before
            cp binary.bin ../out/copy.bin
            end
            "#,
        )
        .run()
        .await;
    let patch = ended.server.state().files["patch.diff"].clone();
    let copy = applied(&remote, &main, &patch);
    let read = |name: &str| fs::read_to_string(copy.path().join(name)).unwrap();
    assert_eq!(read("committed.txt"), "committed\n");
    assert_eq!(read("kept.txt"), "two\nthree\n");
    assert_eq!(read("dir with space/new file.txt"), "new\n");
    assert!(!copy.path().join("gone.txt").exists());
    assert_eq!(fs::read(copy.path().join("binary.bin")).unwrap().len(), 1000);
    assert_eq!(fs::read(copy.path().join("latin1.txt")).unwrap(), b"caf\xe9\n");
    assert_eq!(fs::read_link(copy.path().join("link")).unwrap(), Path::new("kept.txt"));
    assert!(!copy.path().join("ignored").exists() && !copy.path().join("large.bin").exists());
    insta::assert_snapshot!(ended.remarks(), @r#"
    not in the patch: 1 new file(s) above 33554432 bytes
    not in the patch: 1 repository(ies) within the workspace
    "#);
}

#[tokio::test]
async fn an_agent_that_removes_the_history_does_not_lose_the_patch() {
    let remote = Remote::new();
    let main = remote.git(&["rev-parse", "main"]);
    let script = "rm -rf .git; git init --quiet; echo four > kept.txt; end";
    let ended = remote.setup(None, script).run().await;
    let copy = applied(&remote, &main, ended.file("patch.diff").unwrap().as_bytes());
    assert_eq!(fs::read_to_string(copy.path().join("kept.txt")).unwrap(), "four\n");
}

/// Everything in a repository that makes git run a program, put there before the clone and by the agent.
#[tokio::test]
async fn s23_a_hostile_repository_runs_nothing() {
    let trap = tempfile::tempdir().unwrap();
    let sprung = trap.path().join("sprung");
    let evil = trap.path().join("evil.sh");
    fs::write(&evil, format!("#!/bin/sh\necho \"$0 $*\" >> {}\ncat\n", sprung.display())).unwrap();
    fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let evil = evil.display();

    let remote = Remote::new();
    remote.write(".gitattributes", "* filter=evil diff=evil\n");
    remote
        .commit(".gitmodules", "[submodule \"s\"]\npath = s\nurl = ext::sh -c id\nupdate = !id\n");
    let config = format!(
        r#"
        for repository in . sub; do
            git -C $repository config core.fsmonitor {evil}
            git -C $repository config core.hooksPath {evil}.d
            git -C $repository config core.pager {evil}
            git -C $repository config core.editor {evil}
            git -C $repository config core.sshCommand {evil}
            git -C $repository config diff.external {evil}
            git -C $repository config diff.evil.textconv {evil}
            git -C $repository config diff.evil.command {evil}
            git -C $repository config filter.evil.clean {evil}
            git -C $repository config filter.evil.smudge {evil}
            git -C $repository config filter.evil.process {evil}
            git -C $repository config filter.evil.required true
            git -C $repository config core.alternateRefsCommand {evil}
            git -C $repository config gpg.program {evil}
            git -C $repository config credential.helper {evil}
            for hook in pre-commit post-checkout post-index-change reference-transaction fsmonitor-watchman; do
                mkdir -p $repository/.git/hooks; cp {evil} $repository/.git/hooks/$hook
            done
        done
        "#
    );
    let script = format!(
        r#"
        git init --quiet sub; echo a > sub/a; git -C sub add a
        git -C sub -c user.name=a -c user.email=a@example.org commit --quiet -m a
        echo '* filter=evil diff=evil' > sub/.gitattributes
        {config}
        git -C sub config --unset core.fsmonitor; git -C sub config core.fsmonitor {evil}
        echo changed > kept.txt; echo changed > sub/a
        rm -f {sprung}
        end
        "#,
        sprung = sprung.display()
    );
    let ended = remote.setup(None, &script).run().await;
    assert_eq!(ended.verdict(), "Succeeded - -", "{}", ended.log);
    assert!(ended.file("patch.diff").unwrap().contains("+changed"), "{}", ended.remarks());
    let ran = fs::read_to_string(&sprung).unwrap_or_default();
    assert_eq!(ran, "", "git ran a program of the repository");
}

/// Git looks for changes in a submodule that stands at its commit, by the submodule's own configuration.
#[tokio::test]
async fn s23_a_hostile_submodule_runs_nothing() {
    let trap = tempfile::tempdir().unwrap();
    let sprung = trap.path().join("sprung");
    let evil = trap.path().join("evil.sh");
    fs::write(&evil, format!("#!/bin/sh\necho \"$*\" >> {}\ncat\n", sprung.display())).unwrap();
    fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();

    let inner = Remote::new();
    let remote = Remote::new();
    remote.git(&["submodule", "--quiet", "add", &inner.url(), "module"]);
    remote.git(&["commit", "--quiet", "-m", "module"]);
    let script = format!(
        r#"
        rm -rf module; git clone --quiet --branch main {inner} module; cd module
        git config core.fsmonitor {evil}; git config filter.evil.clean {evil}
        echo '* filter=evil' > .gitattributes; echo xyz > kept.txt
        cd ..; echo changed > kept.txt
        rm -f {sprung}
        end
        "#,
        inner = inner.url(),
        evil = evil.display(),
        sprung = sprung.display()
    );
    let ended = remote.setup(None, &script).run().await;
    assert!(ended.file("patch.diff").unwrap().contains("+changed"), "{}", ended.remarks());
    assert_eq!(fs::read_to_string(&sprung).unwrap_or_default(), "");
}
