//! Canned scripts around the tools that Claude Code answers itself: todos, agents, questions,
//! plans, structured output.

use serde_json::{Map, Value, json};

use crate::{
    conversation::Conversation,
    script::{Turn, bash, text, tool},
    todos::Todos,
};

pub(crate) fn todo(conversation: &Conversation) -> Vec<Turn> {
    let todos = Todos::new(conversation, &["Boil the water", "Warm the pot", "Brew the tea"]);
    let mut turns = vec![todos.create()];
    for (position, subject) in todos.subjects().enumerate() {
        let mut turn = todos.start(position);
        turn.push(bash(format!("echo '{subject}'"), subject));
        turns.push(turn);
        turns.push(todos.finish(position));
    }
    turns.retain(|turn| !turn.is_empty());
    turns.push(vec![text("Done: all three, in order.")]);
    turns
}

/// The Agent tool runs in the background: the session ends a turn, and its end wakes it again.
pub(crate) fn agent() -> Vec<Turn> {
    let call = json!({
        "description": "Say hello",
        "prompt": "[[demo:subagent]] Say hello from a sub-agent.",
        "subagent_type": "general-purpose",
    });
    vec![
        vec![text("I will send a sub-agent."), tool("Agent", call)],
        vec![text("The sub-agent is at work; I will hear of it.")],
        vec![text("Done: the sub-agent reported.")],
    ]
}

pub(crate) fn ask() -> Vec<Turn> {
    let question = json!({
        "question": "Which colour do you like best?",
        "header": "Colour",
        "multiSelect": false,
        "options": [
            {"label": "Blue", "description": "Like the sea"},
            {"label": "Green", "description": "Like the wood"},
        ],
    });
    vec![
        vec![tool("AskUserQuestion", json!({"questions": [question]}))],
        vec![text("Done: thank you for the answer.")],
    ]
}

pub(crate) fn plan() -> Vec<Turn> {
    vec![
        vec![tool("ExitPlanMode", json!({"plan": "1. Say hello.\n2. Say goodbye."}))],
        vec![bash("echo hello; echo goodbye", "Follow the plan")],
        vec![text("Done: as planned.")],
    ]
}

/// Meets the schema that the client gave its `StructuredOutput` tool.
pub(crate) fn structured(conversation: &Conversation) -> Result<Vec<Turn>, String> {
    const TOOL: &str = "StructuredOutput";
    let schema = conversation
        .schema(TOOL)
        .ok_or("[[demo:structured]] needs a request with an output format")?;
    Ok(vec![vec![tool(TOOL, example(schema))], vec![text("Done.")]])
}

/// A small value that a schema of the usual kind accepts.
fn example(schema: &Value) -> Value {
    let preset = ["const", "default"].iter().find_map(|key| schema.get(key));
    if let Some(value) = preset.or_else(|| schema["enum"].get(0)) {
        return value.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => {
            let names = schema["required"].as_array().into_iter().flatten();
            let fields = names.filter_map(Value::as_str);
            let fields = fields.map(|name| (name.to_owned(), example(&schema["properties"][name])));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Some("array") => json!([example(&schema["items"])]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        _ => json!("demo"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_what_its_schema_requires() {
        let schema = json!({
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "size": {"enum": ["small", "large"]},
                "count": {"type": "integer", "minimum": 3},
                "done": {"type": "boolean"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "note": {"type": ["null", "string"]},
                "optional": {"type": "string"},
            },
            "required": ["name", "size", "count", "done", "tags", "note"],
        });
        insta::assert_snapshot!(example(&schema), @r#"{"name":"demo","size":"small","count":3,"done":true,"tags":["demo"],"note":null}"#);
    }
}
