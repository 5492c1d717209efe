//! Replies: a turn as the Messages API says it, whole or as the events of a stream.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    directive::{number, split},
    script::{Block, Turn},
};

/// How the ids of [`Block::Load`] begin: such a turn is no turn of the script.
pub(crate) const LOADING: &str = "toolu_load_";

/// What a request is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Usage {
    pub(crate) input_tokens: u64,
    pub(crate) cache_creation_input_tokens: u64,
    pub(crate) cache_read_input_tokens: u64,
    pub(crate) output_tokens: u64,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            input_tokens: 1000,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: 0,
            output_tokens: 100,
        }
    }
}

impl Usage {
    /// Reads the inside of a `[[usage:…]]`; what it does not name stays as it is.
    pub(crate) fn parse(body: &str) -> Result<Self, String> {
        let mut usage = Self::default();
        for part in body.split(',') {
            let (name, value) = split(part);
            let tokens = match name {
                "in" => &mut usage.input_tokens,
                "out" => &mut usage.output_tokens,
                "cr" => &mut usage.cache_read_input_tokens,
                "cc" => &mut usage.cache_creation_input_tokens,
                _ => return Err(format!("[[usage:{body}]]: nothing is called {name:?}")),
            };
            *tokens = number(value.unwrap_or_default())?;
        }
        Ok(usage)
    }
}

/// A message of the model.
#[derive(Debug)]
pub(crate) struct Reply {
    id: String,
    model: String,
    content: Vec<Value>,
    stop_reason: &'static str,
    usage: Usage,
}

impl Reply {
    /// `turn` as a message with ids of its own.
    pub(crate) fn new(model: String, turn: Turn, usage: Usage) -> Self {
        Self::with_ids(model, turn, usage, || Uuid::now_v7().simple().to_string())
    }

    fn with_ids(model: String, turn: Turn, usage: Usage, mut id: impl FnMut() -> String) -> Self {
        let calls_tools =
            turn.iter().any(|block| matches!(block, Block::Tool { .. } | Block::Load { .. }));
        let content = turn.into_iter().map(|block| match block {
            Block::Text { text } => json!({"type": "text", "text": text}),
            // The client hands it back unread, as it does with a real one.
            Block::Thinking { thinking } => {
                json!({"type": "thinking", "thinking": thinking, "signature": "ZGVtby1tb2RlbA=="})
            }
            Block::Tool { tool, input } => tool_use(format!("toolu_{}", id()), &tool, &input),
            Block::Load { tools } => {
                let query = json!({"query": format!("select:{}", tools.join(","))});
                tool_use(format!("{LOADING}{}", id()), "ToolSearch", &query)
            }
        });
        let content = content.collect();
        let stop_reason = if calls_tools { "tool_use" } else { "end_turn" };
        Self { id: format!("msg_{}", id()), model, content, stop_reason, usage }
    }

    /// The answer to a request that wants no stream.
    pub(crate) fn whole(&self) -> Value {
        self.message(&self.content, Some(self.stop_reason), self.usage)
    }

    fn message(&self, content: &[Value], stop_reason: Option<&str>, usage: Usage) -> Value {
        json!({
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": null,
            "usage": usage,
        })
    }

    /// The answer as the events of a stream, in order.
    pub(crate) fn events(&self) -> Vec<Value> {
        // The API knows the output only at the end; the first event counts one token.
        let started = Usage { output_tokens: self.usage.output_tokens.min(1), ..self.usage };
        let message = self.message(&[], None, started);
        let mut events = vec![json!({"type": "message_start", "message": message})];
        for (index, block) in self.content.iter().enumerate() {
            let (start, deltas) = unfold(block);
            events.push(
                json!({"type": "content_block_start", "index": index, "content_block": start}),
            );
            if index == 0 {
                events.push(json!({"type": "ping"}));
            }
            events.extend(deltas.into_iter().map(
                |delta| json!({"type": "content_block_delta", "index": index, "delta": delta}),
            ));
            events.push(json!({"type": "content_block_stop", "index": index}));
        }
        let delta = json!({"stop_reason": self.stop_reason, "stop_sequence": null});
        events.push(json!({"type": "message_delta", "delta": delta, "usage": self.usage}));
        events.push(json!({"type": "message_stop"}));
        events
    }
}

fn tool_use(id: String, name: &str, input: &Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": name, "input": input})
}

/// A content block as the API streams it: empty at first, then delta by delta.
fn unfold(block: &Value) -> (Value, Vec<Value>) {
    let text_of = |field: &str| block[field].as_str().unwrap_or_default();
    match block["type"].as_str() {
        Some("thinking") => {
            let start = json!({"type": "thinking", "thinking": "", "signature": ""});
            let mut deltas: Vec<_> = chunks(text_of("thinking"))
                .map(|chunk| json!({"type": "thinking_delta", "thinking": chunk}))
                .collect();
            deltas.push(json!({"type": "signature_delta", "signature": block["signature"]}));
            (start, deltas)
        }
        Some("tool_use") => {
            let mut start = block.clone();
            start["input"] = json!({});
            let input = block["input"].to_string();
            let deltas = chunks(&input)
                .map(|chunk| json!({"type": "input_json_delta", "partial_json": chunk}))
                .collect();
            (start, deltas)
        }
        _ => {
            let deltas = chunks(text_of("text"))
                .map(|chunk| json!({"type": "text_delta", "text": chunk}))
                .collect();
            (json!({"type": "text", "text": ""}), deltas)
        }
    }
}

/// `text` in pieces of about 40 bytes, but never more than about 400 pieces.
fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let size = text.len().div_ceil(400).max(40);
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (chunk, behind) = rest.split_at(rest.ceil_char_boundary(size));
        rest = behind;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{text, thinking, tool};

    fn reply(turn: Turn) -> Reply {
        let mut count = 0;
        let id = || {
            count += 1;
            count.to_string()
        };
        Reply::with_ids("claude-demo".to_owned(), turn, Usage::default(), id)
    }

    fn lines(events: &[Value]) -> String {
        events.iter().map(|event| format!("{event}\n")).collect()
    }

    #[test]
    fn a_stream_tells_each_block_in_deltas() {
        let call = tool("Bash", json!({"command": "echo 'hello from the shell'"}));
        let turn = vec![thinking("Hm."), text("I will."), call];
        insta::assert_snapshot!(lines(&reply(turn).events()), @r#"
        {"type":"message_start","message":{"id":"msg_2","type":"message","role":"assistant","model":"claude-demo","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1000,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}}
        {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
        {"type":"ping"}
        {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}
        {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"ZGVtby1tb2RlbA=="}}
        {"type":"content_block_stop","index":0}
        {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}
        {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"I will."}}
        {"type":"content_block_stop","index":1}
        {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"Bash","input":{}}}
        {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"command\":\"echo 'hello from the shell'\""}}
        {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"}"}}
        {"type":"content_block_stop","index":2}
        {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":1000,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":100}}
        {"type":"message_stop"}
        "#);
    }

    #[test]
    fn a_turn_without_tools_ends_the_turn() {
        insta::assert_snapshot!(reply(vec![text("Done.")]).whole(), @r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-demo","content":[{"type":"text","text":"Done."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1000,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":100}}"#);
    }

    #[test]
    fn deferred_tools_are_asked_for_under_an_id_that_is_known_again() {
        let reply = reply(vec![Block::Load { tools: vec!["A".to_owned(), "B".to_owned()] }]);
        assert_eq!(reply.content[0]["input"], json!({"query": "select:A,B"}));
        assert_eq!(reply.content[0]["id"], "toolu_load_1");
        assert_eq!(reply.stop_reason, "tool_use");
    }

    #[test]
    fn the_chunks_of_any_text_are_the_text_and_few() {
        for text in ["", "short", &"é".repeat(99), &"x".repeat(1 << 20)] {
            let pieces: Vec<_> = chunks(text).collect();
            assert_eq!(pieces.concat(), text);
            assert!(pieces.len() <= 400, "{} pieces", pieces.len());
        }
    }

    #[test]
    fn usage_is_what_it_says_and_plausible_otherwise() {
        let usage = ["in=1,out=2,cr=3,cc=4", "out=2"].map(|body| Usage::parse(body).unwrap());
        insta::assert_snapshot!(json!(usage), @r#"[{"input_tokens":1,"cache_creation_input_tokens":4,"cache_read_input_tokens":3,"output_tokens":2},{"input_tokens":1000,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2}]"#);
    }
}
