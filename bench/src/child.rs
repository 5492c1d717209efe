//! `bench child`: speaks the wrapper's protocol in the place of wrapper and Claude Code, and does what its prompt says.
//! It costs next to nothing, so that what is measured is ours.

use std::{
    io::{BufRead as _, StdoutLock, Write as _},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::script::{Script, Stamp};

#[derive(Deserialize)]
struct Start {
    prompt: String,
}

struct Mouth {
    stdout: StdoutLock<'static>,
    seq: u64,
}

impl Mouth {
    fn say(&mut self, mut line: Value) -> std::io::Result<()> {
        self.seq += 1;
        line["v"] = 1.into();
        line["seq"] = self.seq.into();
        line["at"] = runtime::clock::now().to_string().into();
        // One write a line: the pipe is where the clock of an event starts.
        let line = format!("{line}\n");
        self.stdout.write_all(line.as_bytes())?;
        self.stdout.flush()
    }
}

/// Its exit code.
pub(crate) fn run() -> anyhow::Result<i32> {
    let mut first = String::new();
    std::io::stdin().lock().read_line(&mut first)?;
    let start: Start = serde_json::from_str(&first)?;
    let script: Script = serde_json::from_str(&start.prompt)?;

    let mut mouth = Mouth { stdout: std::io::stdout().lock(), seq: 0 };
    mouth.say(json!({ "type": "hello", "wrapper": "bench", "pid": std::process::id() }))?;
    if script.asks {
        mouth.say(json!({ "type": "permission_request", "request_id": "1", "tool": "Bash" }))?;
    }
    if script.deaf {
        return live_on(&mut mouth, script);
    }
    if speak(&mut mouth, script, &listen())? {
        mouth.say(json!({ "type": "end", "outcome": "completed", "result_text": "done", "turns": 1, "results": 1 }))?;
        Ok(0)
    } else {
        mouth.say(json!({ "type": "end", "outcome": "canceled" }))?;
        Ok(143)
    }
}

/// Until it is killed.
fn live_on(mouth: &mut Mouth, script: Script) -> anyhow::Result<i32> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Whoever listens for the signal does not end by it.
    let _deaf = runtime.block_on(async { signal(SignalKind::terminate()) })?;
    mouth.say(json!({ "type": "text", "text": Stamp::now(0).to_text() }))?;
    let (_told, never_told) = mpsc::channel();
    speak(mouth, script, &never_told)?;
    Ok(1)
}

/// Disconnects when the supervisor wants the child to stop: nothing else is ever said after the start.
fn listen() -> mpsc::Receiver<()> {
    let (stop, stopped) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().lock().read_line(&mut String::new());
        drop(stop);
    });
    stopped
}

/// Whether everything was said before it was told to stop.
fn speak(mouth: &mut Mouth, script: Script, stopped: &mpsc::Receiver<()>) -> std::io::Result<bool> {
    if script.per_second == 0 {
        let _ = stopped.recv();
        return Ok(false);
    }
    let between = Duration::from_secs(1) / script.per_second;
    let began = Instant::now();
    for number in 0..script.events.unwrap_or(u64::MAX) {
        // By the clock and not by the last event: a child that was held up does not slow down.
        let due = began + between.mul_f64(number as f64);
        match stopped.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(false),
        }
        let text = Stamp::now(number).to_text();
        mouth.say(json!({ "type": "text", "text": text }))?;
    }
    Ok(true)
}
