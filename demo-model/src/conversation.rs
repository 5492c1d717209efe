//! What a request tells: who asked what, and how far the answer has come.

use std::iter;

use serde::Deserialize;
use serde_json::Value;

use crate::{directive, reply::LOADING};

/// The body of `POST /v1/messages`, as far as a script needs it.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    pub(crate) model: String,
    #[serde(default)]
    pub(crate) stream: bool,
    #[serde(default)]
    system: Content,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    tools: Vec<Tool>,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Blocks(Vec<Block>),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
    },
    ToolResult {
        #[serde(default)]
        content: Option<Content>,
        #[serde(default)]
        is_error: Option<bool>,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Tool {
    name: String,
    #[serde(default)]
    input_schema: Value,
}

/// A request, read: the last prompt of a person and what came after it.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// The last prompt, without what Claude Code put around it.
    pub(crate) prompt: String,
    /// The number of the prompt in its session, from 1.
    pub(crate) nth_prompt: usize,
    /// How many turns the model took since the prompt.
    pub(crate) turn: usize,
    /// Where relative paths belong; the file tools want absolute ones.
    pub(crate) cwd: Option<String>,
    /// What the tools answered since the prompt, oldest first.
    pub(crate) results: Vec<ToolResult>,
    tools: Vec<Tool>,
    /// Tools that Claude Code has named, and describes when asked.
    deferred: Vec<String>,
    /// Whether the last turn asked for such tools.
    pub(crate) just_loaded: bool,
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ToolResult {
    pub(crate) text: String,
    pub(crate) is_error: bool,
}

impl Conversation {
    pub(crate) fn read(request: Request) -> Self {
        let Request { system, messages, tools, .. } = request;
        let contents =
            || iter::once(&system).chain(messages.iter().map(|message| &message.content));
        let mut conversation = Self {
            prompt: String::new(),
            nth_prompt: 0,
            turn: 0,
            cwd: contents().flat_map(Content::texts).find_map(working_directory).map(str::to_owned),
            results: Vec::new(),
            tools,
            deferred: contents().flat_map(Content::texts).flat_map(deferred_tools).collect(),
            just_loaded: false,
        };
        let mut assistant_spoke_last = false;
        for message in &messages {
            match message.role.as_str() {
                "assistant" => {
                    conversation.just_loaded = message.content.loads_tools();
                    // One turn, even when the client splits it into several messages.
                    if !assistant_spoke_last && !conversation.just_loaded {
                        conversation.turn += 1;
                    }
                    assistant_spoke_last = true;
                }
                "user" => {
                    conversation.hear(&message.content);
                    assistant_spoke_last = false;
                }
                // Claude Code puts its environment into entries of the role "system".
                _ => {}
            }
        }
        conversation
    }

    fn hear(&mut self, content: &Content) {
        self.results.extend(content.results());
        let said: Vec<_> =
            content.texts().map(without_reminders).filter(|t| is_prompt(t)).collect();
        let prompt = said.join("\n\n");
        // Beside the results of tools Claude Code adds remarks of its own. A person who adds one
        // there takes part in the script that is on; with a directive it is a new one.
        let aside = content.results().next().is_some() && !content.was_interrupted();
        if prompt.is_empty() || (aside && !directive::has_any(&prompt)) {
            return;
        }
        self.prompt = prompt;
        self.nth_prompt += 1;
        self.turn = 0;
        self.just_loaded = false;
        self.results.clear();
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

impl Default for Content {
    fn default() -> Self {
        Self::Blocks(Vec::new())
    }
}

impl Content {
    fn blocks(&self) -> &[Block] {
        match self {
            Self::Text(_) => &[],
            Self::Blocks(blocks) => blocks,
        }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let whole = match self {
            Self::Text(text) => Some(text.as_str()),
            Self::Blocks(_) => None,
        };
        let parts = self.blocks().iter().filter_map(|block| match block {
            Block::Text { text } => Some(text.as_str()),
            _ => None,
        });
        whole.into_iter().chain(parts)
    }

    /// Whether this turn is [`crate::script::Block::Load`].
    fn loads_tools(&self) -> bool {
        let loading =
            |block: &Block| matches!(block, Block::ToolUse { id } if id.starts_with(LOADING));
        self.blocks().iter().any(loading)
    }

    /// Whether a person, or the death of the session, ended the turn before this.
    fn was_interrupted(&self) -> bool {
        self.texts().any(|text| text.starts_with("[Request interrupted"))
            || self.results().any(|result| result.text.starts_with("[Tool call interrupted"))
    }

    fn results(&self) -> impl Iterator<Item = ToolResult> {
        self.blocks().iter().filter_map(|block| match block {
            Block::ToolResult { content, is_error } => Some(ToolResult {
                text: content.iter().flat_map(Content::texts).collect::<Vec<_>>().join("\n"),
                is_error: is_error.unwrap_or(false),
            }),
            _ => None,
        })
    }
}

fn working_directory(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("Primary working directory: ")?;
    rest.lines().next().map(str::trim).filter(|path| path.starts_with('/'))
}

/// The tools of the list that Claude Code gives when it holds their descriptions back.
fn deferred_tools(text: &str) -> Vec<String> {
    let Some((_, list)) = text.split_once("deferred tools are now available via ToolSearch") else {
        return Vec::new();
    };
    let names = list.lines().skip(1).map(str::trim).take_while(|line| !line.is_empty());
    names.map(str::to_owned).collect()
}

/// A text without its `<system-reminder>` spans.
fn without_reminders(text: &str) -> String {
    const OPEN: &str = "<system-reminder>";
    const CLOSE: &str = "</system-reminder>";
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((_, behind)) = after.split_once(CLOSE) else { break };
        kept.push_str(before);
        rest = behind;
    }
    kept.push_str(rest);
    kept.trim().to_owned()
}

/// Whether a person said this, and not Claude Code on its own account.
fn is_prompt(text: &str) -> bool {
    const NOTICES: [&str; 4] =
        ["<task-notification>", "<local-command-", "<command-name>", "[Request interrupted"];
    !text.is_empty() && !NOTICES.iter().any(|notice| text.starts_with(notice))
}
