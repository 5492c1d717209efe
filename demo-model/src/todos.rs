//! A todo list, where Claude Code offers one.

use serde_json::json;

use crate::{
    conversation::Conversation,
    script::{Block, tool},
};

/// The todo list of a script. Without the tools for it, all its blocks are missing.
pub(crate) struct Todos {
    subjects: &'static [&'static str],
    /// By position; a session numbers its todos over all its prompts.
    ids: Vec<String>,
    available: bool,
}

impl Todos {
    pub(crate) fn new(conversation: &Conversation, subjects: &'static [&'static str]) -> Self {
        let available = conversation.has("TaskCreate") && conversation.has("TaskUpdate");
        let answers = conversation.results.iter();
        let ids = answers.filter_map(|result| created(&result.text)).collect();
        Self { subjects, ids, available }
    }

    pub(crate) fn subjects(&self) -> impl Iterator<Item = &'static str> {
        self.subjects.iter().copied()
    }

    pub(crate) fn create(&self) -> Vec<Block> {
        let create =
            |subject| tool("TaskCreate", json!({"subject": subject, "description": subject}));
        if self.available { self.subjects().map(create).collect() } else { Vec::new() }
    }

    pub(crate) fn start(&self, position: usize) -> Vec<Block> {
        self.update(position, "in_progress")
    }

    pub(crate) fn finish(&self, position: usize) -> Vec<Block> {
        self.update(position, "completed")
    }

    fn update(&self, position: usize, status: &str) -> Vec<Block> {
        if !self.available {
            return Vec::new();
        }
        let id = self.ids.get(position).cloned().unwrap_or_else(|| (position + 1).to_string());
        vec![tool("TaskUpdate", json!({"taskId": id, "status": status}))]
    }
}

/// The id in `Task #1 created successfully: …`.
fn created(answer: &str) -> Option<String> {
    let (id, what) = answer.strip_prefix("Task #")?.split_once(' ')?;
    what.starts_with("created").then(|| id.to_owned())
}
