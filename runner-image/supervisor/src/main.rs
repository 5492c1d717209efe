//! The supervisor as a program; see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    supervisor::main()
}
