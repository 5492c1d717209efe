//! `errand`: the command line of Errand. It knows the public API and nothing else.

mod args;
mod backoff;
mod client;
mod clock;
mod commands;
mod error;
mod output;
mod storage;
mod watch;

use std::{io::Write as _, process::ExitCode};

use anstream::ColorChoice;
use clap::Parser as _;

use crate::{
    args::{Cli, Color},
    error::Error,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.global.color {
        Color::Auto => {}
        Color::Always => ColorChoice::Always.write_global(),
        Color::Never => ColorChoice::Never.write_global(),
    }
    let json = cli.global.json;
    commands::run(cli).unwrap_or_else(|error| {
        report(&error, json);
        error.exit_code()
    })
}

/// Says what went wrong. An error that cannot be told changes nothing about the exit code.
fn report(error: &Error, json: bool) {
    let lines = error.lines();
    let mut err = anstream::stderr().lock();
    if json && !lines.is_empty() {
        let _ = writeln!(err, "{}", output::to_json(&error.to_problem()).unwrap_or_default());
        return;
    }
    for line in lines {
        let _ = writeln!(err, "{line}");
    }
}
