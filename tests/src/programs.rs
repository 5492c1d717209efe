//! Where the programs under test are: as `make` leaves them. Nothing is built here.

use std::path::{Path, PathBuf};

/// A program of this workspace, built in the same profile as the test.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    // target/debug/deps/work-0123456789abcdef
    let found = test.ancestors().skip(1).take(2).map(|dir| dir.join(name)).find(|p| p.is_file());
    found.unwrap_or_else(|| {
        panic!("there is no `{name}` beside this test: run `cargo build --workspace --bins` first")
    })
}

/// The Python of the virtual environment in which the wrapper is installed.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn python() -> PathBuf {
    let python = repository_root().join(".venv/bin/python");
    assert!(python.is_file(), "there is no {}: run `make` first", python.display());
    python
}

/// The wrapper's command, as the settings take it.
#[must_use]
pub fn wrapper() -> Vec<String> {
    vec![text(&python()), "-P".to_owned(), "-m".to_owned(), "errand_wrapper".to_owned()]
}

/// A child that speaks the wrapper's protocol and does what its prompt says: see [`crate::scripted`].
#[must_use]
pub fn scripted() -> Vec<String> {
    vec![text(&python()), text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scripted.py"))]
}

pub(crate) fn repository_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is in a repository")
}

fn text(path: &Path) -> String {
    path.to_str().expect("the repository's path is UTF-8").to_owned()
}
