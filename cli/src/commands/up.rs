//! `errand up`: the whole service on this machine, by the program beside this one.

use std::{convert::Infallible, env, ffi::OsString, os::unix::process::CommandExt as _, process};

use crate::error::{Error, Result};

const PROGRAM: &str = "errand-local";

/// Becomes `errand-local`; comes back only where that fails.
pub(crate) fn up(arguments: &[OsString]) -> Result<Infallible> {
    let own = env::current_exe()
        .map_err(|error| Error::failed(format!("cannot find itself: {error}")))?;
    let program = own.with_file_name(PROGRAM);
    if !program.is_file() {
        return Err(Error::Failed {
            message: format!("{PROGRAM} is not there (looked for {})", program.display()),
            next: Some(
                "Build it with `cargo build -p local`, or use `make up` in the repository."
                    .to_owned(),
            ),
        });
    }
    let error = process::Command::new(&program).args(arguments).exec();
    Err(Error::failed(format!("cannot start {}: {error}", program.display())))
}
