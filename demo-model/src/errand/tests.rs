use serde_json::{Value, json};

use super::*;
use crate::{request::Request, script::Block};

fn conversation(messages: &Value, tools: &[&str]) -> Conversation {
    let tools: Vec<_> = tools.iter().map(|name| json!({"name": name})).collect();
    let request = json!({
        "model": "m",
        "messages": messages,
        "tools": tools,
        "system": "Primary working directory: /work\n",
    });
    Conversation::read(serde_json::from_value::<Request>(request).unwrap())
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn show(turns: &[Turn]) -> String {
    let block = |block: &Block| match block {
        Block::Text { text } => format!("  {text}\n"),
        Block::Tool { tool, input } => format!("  {tool} {input}\n"),
        other => format!("  {other:?}\n"),
    };
    let turn = |turn: &Turn| format!("-\n{}", turn.iter().map(block).collect::<String>());
    turns.iter().map(turn).collect()
}

#[test]
fn the_errand_says_what_it_is_and_works_through_its_list() {
    let tools = ["Bash", "Write", "TaskCreate", "TaskUpdate"];
    let conversation = conversation(&json!([user("Fix the bug\nin a.py")]), &tools);
    insta::assert_snapshot!(show(&turns(&conversation)), @r##"
    -
      Hello! I am the demo model: a small script that stands in where no model key is set. No real model reads your prompt, so I cannot do what it asks. But everything else is real: Claude Code, its tools, and the events you are watching. Let me show you. I will copy your prompt into `errand-demo.md`, look at it with a shell command, and report.
      TaskCreate {"subject":"Write the prompt to a file","description":"Write the prompt to a file"}
      TaskCreate {"subject":"Show the file","description":"Show the file"}
      TaskCreate {"subject":"Sum up","description":"Sum up"}
    -
      TaskUpdate {"taskId":"1","status":"in_progress"}
      Write {"file_path":"/work/errand-demo.md","content":"# A demonstration errand\n\nThe demo model wrote this file. It is a script; no real model read the prompt:\n\n> Fix the bug\n> in a.py\n\nSet a model key, and a real model does the work.\n"}
    -
      The file is written. Now a harmless command to look at it.
      TaskUpdate {"taskId":"1","status":"completed"}
      TaskUpdate {"taskId":"2","status":"in_progress"}
      Bash {"command":"wc errand-demo.md && cat errand-demo.md","description":"Show the demonstration file"}
    -
      TaskUpdate {"taskId":"2","status":"completed"}
      TaskUpdate {"taskId":"3","status":"completed"}
    -
      That was the demonstration. I wrote `errand-demo.md`, which quotes your prompt, and showed it with a command. I am only the demo model: your prompt was not acted upon. Set a model key, and a real model does the work.
    "##);
}

#[test]
fn without_todo_tools_the_errand_does_without_a_list() {
    let turns = turns(&conversation(&json!([user("Fix")]), &["Bash", "Write"]));
    assert_eq!(turns.len(), 3);
    assert!(!show(&turns).contains("Task"));
}

#[test]
fn the_list_goes_by_the_ids_that_its_todos_were_given() {
    let created = ["Task #4 created successfully: a", "Task #5 created successfully: b"]
        .map(|text| json!({"type": "tool_result", "tool_use_id": "t", "content": text}));
    let messages = json!([
        user("Fix"),
        {"role": "assistant", "content": "I will."},
        {"role": "user", "content": created},
    ]);
    let tools = ["Bash", "Write", "TaskCreate", "TaskUpdate"];
    let shown = show(&turns(&conversation(&messages, &tools)));
    assert!(shown.contains(r#"{"taskId":"5","status":"in_progress"}"#), "{shown}");
}

#[test]
fn a_tool_that_failed_is_reported() {
    let failure = json!({
        "type": "tool_result", "tool_use_id": "t", "is_error": true, "content": "disk full",
    });
    let messages = json!([
        user("Fix"),
        {"role": "assistant", "content": "I will."},
        {"role": "user", "content": [failure]},
    ]);
    let last = turns(&conversation(&messages, &["Bash", "Write"])).pop().unwrap();
    assert!(show(&[last]).contains("Not all of it worked; a tool answered: disk full"));
}

#[test]
fn a_follow_up_writes_a_file_of_its_own() {
    let messages = json!([user("Fix"), {"role": "assistant", "content": "Done."}, user("Again")]);
    let conversation = conversation(&messages, &["Bash", "Write"]);
    assert!(show(&turns(&conversation)).contains("/work/errand-demo-2.md"));
}

#[test]
fn a_long_prompt_is_quoted_in_part() {
    let report = report(&"long ".repeat(1000));
    assert!(report.contains(" […]") && report.len() < 3000);
}

#[test]
fn without_tools_or_for_a_summary_it_only_speaks() {
    let summary = "Your task is to create a detailed summary of the conversation";
    for (prompt, tools) in [("Name this", [].as_slice()), (summary, ["Bash", "Write"].as_slice())] {
        let turns = turns(&conversation(&json!([user(prompt)]), tools));
        let [turn] = turns.as_slice() else { panic!("{turns:?}") };
        assert!(matches!(turn.as_slice(), [Block::Text { .. }]), "{turn:?}");
    }
}
