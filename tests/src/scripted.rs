//! A child that speaks the wrapper's protocol and does what its prompt says, step by step (`fixtures/scripted.py`).
//! It stands in for wrapper and Claude Code where these are not the subject.

use std::path::Path;

use serde_json::{Value, json};

/// What the child does, in its order. Without another end it ends as completed.
#[derive(Clone, Debug, Default)]
pub struct Script(Vec<Value>);

impl Script {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn then(mut self, step: Value) -> Self {
        self.0.push(step);
        self
    }

    /// Says something.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.then(json!(["text", text]))
    }

    /// Says `count` things, `pause_ms` apart.
    #[must_use]
    pub fn emit(self, count: u32, pause_ms: f64) -> Self {
        self.then(json!(["emit", count, pause_ms]))
    }

    /// Says one thing of so many bytes, in one line.
    #[must_use]
    pub fn long(self, bytes: usize) -> Self {
        self.then(json!(["long", bytes]))
    }

    /// Writes these bytes to its stdout, in hexadecimal here.
    #[must_use]
    pub fn raw(self, bytes: &[u8]) -> Self {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.then(json!(["raw", hex]))
    }

    /// Says that it waits, and waits for a file.
    #[must_use]
    pub fn wait_for(self, file: &Path) -> Self {
        self.then(json!(["wait_for", file]))
    }

    /// Fails unless there is a file.
    #[must_use]
    pub fn fail_without(self, file: &Path, reason: &str) -> Self {
        self.then(json!(["fail_without", file, reason]))
    }

    /// Leaves a process behind that left its session.
    #[must_use]
    pub fn daemon(self) -> Self {
        self.then(json!(["daemon"]))
    }

    /// Does not listen any more, neither to its stdin nor to SIGTERM.
    #[must_use]
    pub fn stubborn(self) -> Self {
        self.then(json!(["stubborn"]))
    }

    /// Does not listen any more, and says things as fast as it can.
    #[must_use]
    pub fn flood(self) -> Self {
        self.then(json!(["flood"]))
    }

    /// Asks a person, and waits for the answer.
    #[must_use]
    pub fn ask(self) -> Self {
        self.then(json!(["ask"]))
    }

    /// Exits without a word.
    #[must_use]
    pub fn exit(self, code: i32) -> Self {
        self.then(json!(["exit", code]))
    }

    /// The body of a task that does it.
    #[must_use]
    pub fn task(&self) -> Value {
        json!({ "prompt": self.prompt(), "title": "scripted" })
    }

    /// The prompt alone.
    #[must_use]
    pub fn prompt(&self) -> String {
        Value::from(self.0.clone()).to_string()
    }
}
