//! Where the programs are that are measured: as `make` leaves them. Nothing is built here.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

/// A program of this workspace, built in the same profile as this one.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = this()?.with_file_name(name);
    ensure!(
        path.is_file(),
        "there is no `{name}` beside this program: run `cargo build --release --workspace --bins`"
    );
    Ok(path)
}

/// A function as it is deployed.
pub(crate) fn function(name: &str) -> anyhow::Result<PathBuf> {
    let target = this()?.parent().and_then(Path::parent).map(Path::to_owned).unwrap_or_default();
    let path = target.join("function").join(name);
    ensure!(path.is_file(), "there is no `{name}`: run `cargo build --profile function -p {name}`");
    Ok(path)
}

/// This program.
pub(crate) fn this() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program does not know where it is")
}

pub(crate) fn repository_root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A child in the place of wrapper and Claude Code.
pub(crate) fn scripted() -> anyhow::Result<Vec<String>> {
    Ok(vec![text(&this()?)?, "child".to_owned()])
}

/// The real wrapper; or why it is not there.
pub(crate) fn wrapper() -> anyhow::Result<Vec<String>> {
    let python = repository_root().join(".venv/bin/python");
    let command = |arguments: &[&str]| {
        std::process::Command::new(&python)
            .args(arguments)
            .output()
            .is_ok_and(|o| o.status.success())
    };
    ensure!(
        command(&["-c", "import errand_wrapper"]),
        "the wrapper is not installed in .venv (`make bench` does that)"
    );
    Ok(vec![text(&python)?, "-P".to_owned(), "-m".to_owned(), "errand_wrapper".to_owned()])
}

fn text(path: &Path) -> anyhow::Result<String> {
    path.to_str().map(str::to_owned).context("a path that is not UTF-8")
}
