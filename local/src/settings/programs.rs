//! Where the programs of a run are when nobody says it: as `make` leaves them.

use std::path::{Path, PathBuf};

pub(super) const NO_SUPERVISOR: &str =
    "there is no `supervisor` beside this program: build it with `make`";
pub(super) const NO_WRAPPER: &str =
    "there is no `.venv/bin/python` above this program or the working directory: run `make`";

/// The supervisor beside this program; a test's own program lies one directory deeper.
pub(super) fn supervisor() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program
        .ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join("supervisor"))
        .find(|path| path.is_file())
}

/// The wrapper in the virtual environment that `make` prepares at the root of the repository.
pub(super) fn wrapper() -> Option<Vec<String>> {
    let program = std::env::current_exe().ok()?;
    let here = std::env::current_dir().unwrap_or_default();
    let python = |dir: &Path| dir.join(".venv/bin/python");
    let python =
        program.ancestors().chain(here.ancestors()).map(python).find(|path| path.is_file())?;
    // -P: else Python would look for its modules in the workspace first, and find what a repository calls `json.py`.
    Some([python.to_str()?, "-P", "-m", "errand_wrapper"].map(str::to_owned).to_vec())
}

/// The dashboard as `make` builds it.
pub(super) fn dashboard() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let here = std::env::current_dir().unwrap_or_default();
    let build = |dir: &Path| dir.join("dashboard/dist");
    let mut builds = program.ancestors().chain(here.ancestors()).map(build);
    builds.find(|path| path.join("index.html").is_file())
}
