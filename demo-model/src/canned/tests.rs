use super::*;
use crate::{directive::split, request::Request};

fn conversation(tools: &Value) -> Conversation {
    let request = json!({
        "model": "m",
        "messages": [{"role": "user", "content": "go"}],
        "system": "Primary working directory: /work\n",
        "tools": tools,
    });
    Conversation::read(serde_json::from_value::<Request>(request).unwrap())
}

fn turns(directive: &str, conversation: &Conversation) -> Vec<Turn> {
    let (name, argument) = split(directive);
    match script(name, argument, conversation).unwrap() {
        Script::Turns(turns) => turns,
        Script::Loop(turn) => vec![turn],
    }
}

/// The input of the first tool call.
fn first_input(directive: &str) -> Value {
    let mut blocks = turns(directive, &conversation(&json!([]))).into_iter().flatten();
    let input = blocks.find_map(|block| match block {
        Block::Tool { input, .. } => Some(input),
        _ => None,
    });
    input.unwrap()
}

#[test]
fn every_script_but_the_endless_one_ends_with_words_alone() {
    let schema = json!({"name": "StructuredOutput", "input_schema": {"type": "object"}});
    let conversation = conversation(&json!([schema]));
    for name in NAMES.into_iter().filter(|name| *name != "loop") {
        let last = turns(name, &conversation).pop().unwrap();
        let words = |block: &Block| matches!(block, Block::Text { .. } | Block::Thinking { .. });
        assert!(last.iter().all(words), "{name} ends with {last:?}");
    }
}

#[test]
fn every_script_is_in_the_readme() {
    let readme = include_str!("../../README.md");
    for name in NAMES {
        assert!(readme.contains(&format!("\n| `{name}")), "{name} is missing in the README");
    }
}

#[test]
fn a_script_with_a_bad_name_or_argument_is_refused() {
    let refusal = |name, argument| script(name, argument, &conversation(&json!([]))).unwrap_err();
    assert!(refusal("helo", None).contains("no script is called \"helo\"; there are agent, ask"));
    assert!(refusal("lines", Some("many")).contains("\"many\" is not a number"));
    assert!(refusal("sleep", Some("-1")).contains("\"-1\" is not a number of seconds"));
    assert!(refusal("structured", None).contains("output format"));
}

#[test]
fn files_are_written_under_the_working_directory() {
    assert_eq!(first_input("hello")["file_path"], "/work/hello.txt");
}

#[test]
fn a_write_has_as_many_bytes_as_asked_for() {
    assert_eq!(first_input("write=12345")["content"].as_str().map(str::len), Some(12345));
}

#[test]
fn a_long_sleep_asks_for_a_timeout_that_outlasts_it() {
    let input = first_input("sleep=200");
    assert_eq!(input["command"], "python3 -c 'import time; time.sleep(200)'");
    assert_eq!(input["timeout"], 230_000);
}
