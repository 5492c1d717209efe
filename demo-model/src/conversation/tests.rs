use serde_json::json;

use super::*;

const NAMED: &str = "The following deferred tools are now available via ToolSearch. Their schemas \
    are NOT loaded\nTaskCreate\nTaskUpdate\n\nAvailable agent types";

const CUT: &str = "Your response above was cut off mid-stream. Resume directly from where it stops";

fn read(messages: &[Value]) -> Conversation {
    read_with_tools(messages, &[])
}

fn read_with_tools(messages: &[Value], tools: &[&str]) -> Conversation {
    let tools: Vec<_> = tools.iter().map(|name| json!({"name": name})).collect();
    let request = json!({"model": "m", "messages": messages, "tools": tools});
    Conversation::read(serde_json::from_value(request).unwrap())
}

fn user(blocks: &[Value]) -> Value {
    json!({"role": "user", "content": blocks})
}

fn told(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn result(text: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": "t", "content": text})
}

fn asks(prompt: &str) -> Value {
    user(&[told(prompt)])
}

fn answers(text: &str) -> Value {
    user(&[result(text)])
}

fn system(text: &str) -> Value {
    json!({"role": "system", "content": text})
}

fn says(text: &str) -> Value {
    json!({"role": "assistant", "content": [told(text)]})
}

fn calls(id: &str) -> Value {
    let call = json!({"type": "tool_use", "id": id, "name": "T", "input": {}});
    json!({"role": "assistant", "content": [call]})
}

/// The prompt and the turn.
fn place(conversation: &Conversation) -> (&str, usize) {
    (&conversation.prompt, conversation.turn)
}

#[test]
fn the_prompt_is_what_stands_beside_the_reminders() {
    let reminder = told("<system-reminder>\nBe brief.\n</system-reminder>\n");
    let environment = "# Environment\n - Primary working directory: /work/repo\n - Platform: linux";
    let conversation = read(&[user(&[reminder, told(" Do it. ")]), system(environment)]);
    assert_eq!(place(&conversation), ("Do it.", 0));
    assert_eq!(conversation.nth_prompt, 1);
    assert_eq!(conversation.path("a.txt"), "/work/repo/a.txt");
}

#[test]
fn turns_are_counted_since_the_last_prompt() {
    let first = [asks("one"), calls("a"), answers("ok"), says("done")];
    assert_eq!(place(&read(&first)), ("one", 2));
    let second = [first.as_slice(), &[asks("two"), calls("b"), answers("fine")]].concat();
    let conversation = read(&second);
    assert_eq!(place(&conversation), ("two", 1));
    assert_eq!(conversation.nth_prompt, 2);
    assert_eq!(conversation.results, [ToolResult { text: "fine".to_owned(), is_error: false }]);
}

#[test]
fn a_turn_that_the_client_split_is_one_turn() {
    let messages = [asks("go"), says("I will."), calls("a"), answers("ok")];
    assert_eq!(place(&read(&messages)), ("go", 1));
}

#[test]
fn news_of_a_background_task_goes_on_with_the_script() {
    let news = asks("<task-notification>\n<task-id>a</task-id>\n</task-notification>");
    let messages = [asks("go"), calls("a"), answers("started"), says("I wait."), news];
    assert_eq!(place(&read(&messages)), ("go", 2));
}

#[test]
fn a_remark_beside_a_tool_result_is_no_prompt() {
    let messages = [asks("go"), calls("a"), user(&[result("ok"), told("Tool loaded.")])];
    assert_eq!(place(&read(&messages)), ("go", 1));
}

#[test]
fn a_prompt_after_an_interruption_is_a_prompt() {
    let stopped = [result("no"), told("[Request interrupted by user for tool use]"), told("go on")];
    let died = [result("[Tool call interrupted: the session ended]"), told("go on")];
    for content in [stopped.as_slice(), died.as_slice()] {
        let messages = [asks("go"), calls("a"), user(content)];
        assert_eq!(place(&read(&messages)), ("go on", 0));
    }
}

#[test]
fn a_message_in_the_middle_of_a_turn_is_heard_once() {
    let said = "The user sent a new message while you were working:\nbe quick\n\n\
        This is how Claude Code surfaces messages the user sends mid-turn";
    let before = [asks("go"), calls("a"), answers("ok"), system(said)];
    let conversation = read(&before);
    assert_eq!(place(&conversation), ("go", 1));
    assert_eq!(conversation.asides, ["be quick"]);

    let after = [before.as_slice(), &[calls("b"), answers("ok")]].concat();
    let conversation = read(&after);
    assert_eq!(place(&conversation), ("go", 2));
    assert!(conversation.asides.is_empty());
}

#[test]
fn a_message_with_a_directive_starts_another_script() {
    let said = "The user sent a new message while you were working:\n[[demo:hello]]";
    let messages = [asks("go"), calls("a"), answers("ok"), system(said)];
    assert_eq!(place(&read(&messages)), ("[[demo:hello]]", 0));
}

#[test]
fn the_rest_of_a_cut_turn_is_of_the_same_turn() {
    let cut = [asks("go"), says("I will write"), asks(CUT)];
    let conversation = read(&cut);
    assert_eq!(place(&conversation), ("go", 0));
    assert_eq!(conversation.survived, 1);

    let resumed = [cut.as_slice(), &[calls("a"), answers("ok")]].concat();
    let conversation = read(&resumed);
    assert_eq!(place(&conversation), ("go", 1));
    assert_eq!(conversation.survived, 0);
}

#[test]
fn asking_for_deferred_tools_is_no_turn() {
    let named = [asks("go"), system(NAMED)];
    let conversation = read_with_tools(&named, &["ToolSearch"]);
    assert!(conversation.has("TaskCreate") && conversation.defers("TaskCreate"));
    assert!(!conversation.has("Available agent types"));

    let loaded = [named.as_slice(), &[calls("toolu_load_1"), answers("")]].concat();
    let conversation = read_with_tools(&loaded, &["ToolSearch", "TaskCreate"]);
    assert!(conversation.has("TaskCreate") && !conversation.defers("TaskCreate"));
    assert_eq!(place(&conversation), ("go", 0));
    assert!(conversation.just_loaded);
}

#[test]
fn a_deferred_tool_is_missing_where_nothing_can_ask_for_it() {
    assert!(!read(&[asks("go"), system(NAMED)]).has("TaskCreate"));
}
