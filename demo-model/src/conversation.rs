//! What a request tells: who asked what, and how far the answer has come.

use std::iter;

use serde_json::Value;

use crate::{
    directive, notices,
    reply::LOADING,
    request::{Block, Content, Message, Request, Role, Tool, ToolResult},
};

/// A request, read: the last prompt of a person and what came after it.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    /// The last prompt, without what Claude Code put around it.
    pub(crate) prompt: String,
    /// The number of the prompt in its session, from 1.
    pub(crate) nth_prompt: usize,
    /// How many turns the model took since the prompt.
    pub(crate) turn: usize,
    /// What the tools answered since the prompt, oldest first.
    pub(crate) results: Vec<ToolResult>,
    /// What the user said since the last turn, while the script was on.
    pub(crate) asides: Vec<String>,
    /// How many blocks of the turn to come the client has already, from a stream that was cut.
    pub(crate) survived: usize,
    /// Whether the last turn asked for deferred tools.
    pub(crate) just_loaded: bool,
    /// Where relative paths belong; the file tools want absolute ones.
    cwd: Option<String>,
    tools: Vec<Tool>,
    /// Tools that Claude Code has named, and describes when asked.
    deferred: Vec<String>,
}

impl Conversation {
    pub(crate) fn read(request: Request) -> Self {
        let Request { system, messages, tools, .. } = request;
        let texts = || {
            let contents = messages.iter().map(|message| &message.content);
            iter::once(&system).chain(contents).flat_map(Content::texts)
        };
        let mut conversation = Self {
            cwd: texts().find_map(notices::working_directory).map(str::to_owned),
            deferred: texts().flat_map(notices::deferred_tools).collect(),
            tools,
            ..Self::default()
        };
        let mut last: Option<&Message> = None;
        for message in &messages {
            match message.role {
                // One turn, even when the client splits it into several messages.
                Role::Assistant if last.is_some_and(|last| last.role == Role::Assistant) => {}
                Role::Assistant => conversation.answer(&message.content),
                Role::User if message.content.texts().any(notices::is_cut) => {
                    conversation.turn = conversation.turn.saturating_sub(1);
                    conversation.survived = last.map_or(0, |last| last.content.blocks().len());
                }
                Role::User | Role::System => conversation.hear(message),
            }
            if message.role != Role::System {
                last = Some(message);
            }
        }
        conversation
    }

    fn answer(&mut self, content: &Content) {
        let loading =
            |block: &Block| matches!(block, Block::ToolUse { id } if id.starts_with(LOADING));
        self.just_loaded = content.blocks().iter().any(loading);
        if !self.just_loaded {
            self.turn += 1;
        }
        self.survived = 0;
        self.asides.clear();
    }

    fn hear(&mut self, message: &Message) {
        for said in message.content.texts().filter_map(notices::aside) {
            if directive::has_any(said) {
                self.begin(said.to_owned());
            } else {
                self.asides.push(said.to_owned());
            }
        }
        if message.role != Role::User {
            return;
        }
        let results: Vec<_> = message.content.results().collect();
        let said = message.content.texts().map(notices::without_reminders);
        let said: Vec<_> = said.filter(|t| !t.is_empty() && !notices::is_notice(t)).collect();
        let prompt = said.join("\n\n");
        // Beside the results of tools Claude Code makes remarks of its own, such as "Tool loaded."
        let answers = results.iter().map(|result| result.text.as_str());
        let interrupted = message.content.texts().chain(answers).any(notices::is_interruption);
        let remark = !results.is_empty() && !interrupted && !directive::has_any(&prompt);
        self.results.extend(results);
        if !prompt.is_empty() && !remark {
            self.begin(prompt);
        }
    }

    fn begin(&mut self, prompt: String) {
        self.prompt = prompt;
        self.nth_prompt += 1;
        self.turn = 0;
        self.results.clear();
        self.asides.clear();
        self.survived = 0;
        self.just_loaded = false;
    }

    /// The schema of a tool that the client offers.
    pub(crate) fn schema(&self, tool: &str) -> Option<&Value> {
        self.tools.iter().find(|offered| offered.name == tool).map(|offered| &offered.input_schema)
    }

    /// Whether the client offers a tool, at once or after it was asked for.
    pub(crate) fn has(&self, tool: &str) -> bool {
        self.schema(tool).is_some() || self.defers(tool)
    }

    /// Whether a tool must be asked for before it can be called.
    pub(crate) fn defers(&self, tool: &str) -> bool {
        self.schema(tool).is_none()
            && self.schema("ToolSearch").is_some()
            && self.deferred.iter().any(|name| name == tool)
    }

    /// `name` in the working directory.
    pub(crate) fn path(&self, name: &str) -> String {
        match &self.cwd {
            Some(cwd) => format!("{}/{name}", cwd.trim_end_matches('/')),
            None => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
