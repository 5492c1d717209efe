//! Scripts: what the model says, turn by turn.

use serde::Deserialize;
use serde_json::{Value, json};

/// One answer of the model.
pub(crate) type Turn = Vec<Block>;

/// One content block of an answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Block {
    Text {
        text: String,
    },
    Thinking {
        thinking: String,
    },
    Tool {
        tool: String,
        #[serde(default = "no_input")]
        input: Value,
    },
    /// Asks Claude Code for tools that it has named but not described yet.
    #[serde(skip)]
    Load {
        tools: Vec<String>,
    },
}

fn no_input() -> Value {
    json!({})
}

pub(crate) fn text(text: impl Into<String>) -> Block {
    Block::Text { text: text.into() }
}

pub(crate) fn thinking(thinking: impl Into<String>) -> Block {
    Block::Thinking { thinking: thinking.into() }
}

pub(crate) fn tool(tool: &str, input: Value) -> Block {
    Block::Tool { tool: tool.to_owned(), input }
}

/// A foreground command. The description is what a person reads.
pub(crate) fn bash(command: impl Into<String>, description: &str) -> Block {
    tool("Bash", json!({"command": command.into(), "description": description}))
}

/// What the model says over a whole prompt.
#[derive(Debug, PartialEq)]
pub(crate) enum Script {
    Turns(Vec<Turn>),
    /// The same turn, for ever.
    Loop(Turn),
}

impl Script {
    /// The turn after `taken` turns. A script that is over ends the conversation politely, however
    /// often it is asked: a background task wakes the session again and again.
    pub(crate) fn turn(self, taken: usize) -> Turn {
        match self {
            Self::Loop(turn) => turn,
            Self::Turns(turns) => turns
                .into_iter()
                .nth(taken)
                .unwrap_or_else(|| vec![text("The script of the demo model ends here.")]),
        }
    }
}
