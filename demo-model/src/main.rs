//! The demo model as a program.

use std::{future, net::Ipv4Addr, time::Duration};

use clap::{ArgAction, Parser};
use tokio::net::TcpListener;

/// A scripted stand-in for the Anthropic Messages API. No model is behind it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The loopback port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Refuse requests that do not bring this key.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Milliseconds between the streamed chunks of the demonstration errand.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pace: u64,
    /// Remember the latest requests, keys and prompts included, for `GET /__demo/requests`.
    #[arg(long, action = ArgAction::Set, default_value_t = true, value_name = "BOOL")]
    journal: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    announce(&format!("listening on http://{}", listener.local_addr()?));
    let options = demo_model::Options {
        required_key: arguments.key,
        pace: Duration::from_millis(arguments.pace),
        journal: arguments.journal,
    };
    demo_model::serve(listener, options, future::pending()).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this line is how the parent learns the port")]
fn announce(line: &str) {
    println!("{line}");
}
