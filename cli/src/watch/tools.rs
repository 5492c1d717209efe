//! What matters about a tool call and its answer, in a few words.

use serde_json::Value;

use crate::output::human::plural;

/// `Bash`; for a tool of an MCP server `server:tool`.
pub(crate) fn title(name: &str) -> String {
    match name.strip_prefix("mcp__").and_then(|rest| rest.split_once("__")) {
        Some((server, tool)) => format!("{server}:{tool}"),
        None => name.to_owned(),
    }
}

/// The input that tells what the call is about: the command, the path, the pattern.
pub(crate) fn salient(name: &str, input: &Value, cwd: Option<&str>) -> String {
    let text = |key: &str| input.get(key).and_then(Value::as_str);
    let path = |key: &str| text(key).map(|path| relative(path, cwd));
    let found = match name {
        "Bash" => text("command").map(ToOwned::to_owned),
        "Read" | "Write" | "Edit" | "MultiEdit" => path("file_path"),
        "NotebookEdit" => path("notebook_path"),
        "Glob" | "Grep" => text("pattern").map(|pattern| match path("path") {
            Some(path) => format!("{pattern} in {path}"),
            None => pattern.to_owned(),
        }),
        "WebFetch" => text("url").map(ToOwned::to_owned),
        "WebSearch" => text("query").map(ToOwned::to_owned),
        "Agent" | "Task" => text("description").map(ToOwned::to_owned),
        "TaskCreate" => text("subject").map(ToOwned::to_owned),
        "TaskUpdate" => text("taskId").map(|id| match text("status") {
            Some(status) => format!("{id} {status}"),
            None => id.to_owned(),
        }),
        "AskUserQuestion" => {
            input.pointer("/questions/0/question").and_then(Value::as_str).map(ToOwned::to_owned)
        }
        _ => None,
    };
    found.unwrap_or_else(|| match input {
        Value::Object(map) if map.is_empty() => String::new(),
        Value::Null => String::new(),
        other => other.to_string(),
    })
}

/// Paths in the workspace are told from its root.
fn relative(path: &str, cwd: Option<&str>) -> String {
    let inside = cwd
        .and_then(|cwd| path.strip_prefix(cwd.trim_end_matches('/')))
        .and_then(|rest| rest.strip_prefix('/'));
    inside.filter(|rest| !rest.is_empty()).unwrap_or(path).to_owned()
}

/// The text of an answer: a text, or a list of blocks.
pub(crate) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts =
                blocks.iter().map(|block| match block.get("text").and_then(Value::as_str) {
                    Some(text) => text.to_owned(),
                    None => {
                        let kind = block.get("type").and_then(Value::as_str).unwrap_or("block");
                        format!("[{kind}]")
                    }
                });
            texts.collect::<Vec<_>>().join("\n")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What an answer comes to: `+3 −1` for an edit, a short answer itself, else how many lines it has.
pub(crate) fn summary(text: &str, detail: &Value) -> String {
    if let Some((added, removed)) = changes(detail) {
        return format!("+{added} −{removed}");
    }
    match text.lines().count() {
        0 => "no output".to_owned(),
        1 => text.to_owned(),
        lines => plural(lines, "line"),
    }
}

/// Lines added and removed by a patch.
fn changes(detail: &Value) -> Option<(usize, usize)> {
    let hunks = detail.get("structuredPatch")?.as_array()?;
    let lines = || {
        hunks
            .iter()
            .filter_map(|hunk| hunk.get("lines")?.as_array())
            .flatten()
            .filter_map(Value::as_str)
    };
    let starting = |mark| lines().filter(|line| line.starts_with(mark)).count();
    let found = (starting('+'), starting('-'));
    (found != (0, 0)).then_some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_is_told_by_what_it_is_about() {
        for (name, input, told) in [
            ("Bash", json!({"command": "npm test", "description": "x"}), "npm test"),
            ("Read", json!({"file_path": "/work/space/src/a.rs"}), "src/a.rs"),
            ("Read", json!({"file_path": "/work/spaces"}), "/work/spaces"),
            ("Grep", json!({"pattern": "fn x", "path": "/work/space/src"}), "fn x in src"),
            ("Agent", json!({"description": "Say hi", "prompt": "long"}), "Say hi"),
            ("TaskUpdate", json!({"taskId": "2", "status": "completed"}), "2 completed"),
            ("mcp__demo__add", json!({"a": 1}), "{\"a\":1}"),
            ("Bash", json!(["not an object"]), "[\"not an object\"]"),
            ("Bash", json!({}), ""),
        ] {
            assert_eq!(salient(name, &input, Some("/work/space")), told, "{name} {input}");
        }
        assert_eq!(title("mcp__demo__add"), "demo:add");
    }

    #[test]
    fn an_answer_is_text_however_it_comes() {
        assert_eq!(text_of(&json!("a")), "a");
        assert_eq!(
            text_of(&json!([{"type": "text", "text": "a"}, {"type": "image"}])),
            "a\n[image]"
        );
        assert_eq!(text_of(&Value::Null), "");
    }

    #[test]
    fn an_edit_is_told_by_its_lines() {
        let detail = json!({"structuredPatch": [{"lines": [" a", "+b", "+c", "-d"]}]});
        assert_eq!(summary("The file was updated", &detail), "+2 −1");
        assert_eq!(summary("a\nb", &Value::Null), "2 lines");
        assert_eq!(summary("", &json!("Error: x")), "no output");
    }
}
