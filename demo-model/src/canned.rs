//! Canned scripts: what `[[demo:NAME]]` plays.

use serde_json::{Value, json};

use crate::{
    canned_tools as tools,
    conversation::Conversation,
    directive::{number, seconds},
    script::{Block, Script, Turn, bash, text, thinking, tool},
};

/// All canned scripts.
const NAMES: [&str; 21] = [
    "agent",
    "ask",
    "bash",
    "bgbash",
    "commit",
    "edit",
    "fail",
    "hello",
    "huge",
    "lines",
    "loop",
    "parallel",
    "plan",
    "sleep",
    "steps",
    "structured",
    "text",
    "think",
    "todo",
    "utf8",
    "write",
];

/// The script called `name`.
pub(crate) fn script(
    name: &str,
    argument: Option<&str>,
    conversation: &Conversation,
) -> Result<Script, String> {
    let count = |default: u64| argument.map_or(Ok(default), number::<u64>);
    let turns = match name {
        "hello" => hello(conversation),
        "bash" => one(bash(argument.unwrap_or("echo 'hello from the shell'; uname -s"), "Run it")),
        "fail" => one(bash("echo 'this fails on purpose' >&2; exit 3", "Fail on purpose")),
        "utf8" => one(bash(r"printf 'caf\351 \377\376 end\n'", "Print bytes that are no UTF-8")),
        "lines" => one(bash(format!("seq -f 'line %.0f' {}", count(20_000)?), "Print many lines")),
        "huge" => {
            let command = format!("head -c {} /dev/zero | tr '\\0' x; echo", count(1_000_000)?);
            one(bash(command, "Print one long line"))
        }
        "write" => write(count(1_000_000)?, conversation),
        "sleep" => one(sleep(argument.unwrap_or("5"))?),
        "steps" => steps(count(5)?),
        "loop" => {
            return Ok(Script::Loop(vec![bash("echo 'round and round'; date +%s.%N", "Go on")]));
        }
        "text" => vec![vec![text(paragraphs(count(3)?))]],
        "think" => vec![
            vec![
                thinking("The user wants to see me think. I think that six times seven is 42."),
                bash("echo $((6 * 7))", "Check the sum"),
            ],
            vec![thinking("The shell agrees."), text("I thought about it: the answer is 42.")],
        ],
        "parallel" => parallel(conversation),
        "edit" => edit(conversation),
        "commit" => one(bash(COMMIT, "Commit a file")),
        "bgbash" => background_bash(),
        "todo" => tools::todo(conversation),
        "agent" => tools::agent(),
        // What the sub-agent of `agent` is told.
        "subagent" => one(bash(
            "python3 -c 'import time; time.sleep(1)'; echo 'hello from the sub-agent'",
            "Work for a second",
        )),
        "ask" => tools::ask(),
        "plan" => tools::plan(),
        "structured" => tools::structured(conversation)?,
        _ => return Err(format!("no script is called {name:?}; there are {}", NAMES.join(", "))),
    };
    Ok(Script::Turns(turns))
}

/// One tool call and a closing word.
fn one(call: Block) -> Vec<Turn> {
    vec![vec![call], vec![text("Done.")]]
}

fn write_file(conversation: &Conversation, name: &str, content: &str) -> Block {
    tool("Write", json!({"file_path": conversation.path(name), "content": content}))
}

fn hello(conversation: &Conversation) -> Vec<Turn> {
    vec![
        vec![
            text("I will write hello.txt."),
            write_file(conversation, "hello.txt", "Hello, world!\n"),
        ],
        vec![text("Done: hello.txt says hello.")],
    ]
}

/// A tool call of `bytes` bytes on one line, which no output limit of a tool shortens.
fn write(bytes: u64, conversation: &Conversation) -> Vec<Turn> {
    let content = "x".repeat(usize::try_from(bytes).unwrap_or(usize::MAX).min(32 << 20));
    one(write_file(conversation, "big.txt", &content))
}

/// Claude Code refuses a bare `sleep`, and ends a command after two minutes unless it is told.
fn sleep(argument: &str) -> Result<Block, String> {
    let length = seconds(argument)?;
    let timeout = (length.as_millis() + 30_000).min(600_000);
    let input: Value = json!({
        "command": format!("python3 -c 'import time; time.sleep({})'", length.as_secs_f64()),
        "timeout": u64::try_from(timeout).unwrap_or(600_000),
        "description": "Wait",
    });
    Ok(tool("Bash", input))
}

fn steps(count: u64) -> Vec<Turn> {
    let step = |n| vec![bash(format!("echo 'step {n} of {count}'"), &format!("Take step {n}"))];
    let mut turns: Vec<_> = (1..=count.min(10_000)).map(step).collect();
    turns.push(vec![text(format!("Done: {count} steps."))]);
    turns
}

fn paragraphs(count: u64) -> String {
    let paragraph = |n| {
        format!(
            "Paragraph {n} of {count}. The demo model has nothing to say, but it says it at some \
             length, so that there is something to stream: a sentence, another one, and a word \
             with an accent, café, to keep everybody honest."
        )
    };
    (1..=count.min(10_000)).map(paragraph).collect::<Vec<_>>().join("\n\n")
}

fn parallel(conversation: &Conversation) -> Vec<Turn> {
    vec![
        vec![
            text("Three things at once."),
            bash("echo one", "Say one"),
            write_file(conversation, "two.txt", "two\n"),
            bash("echo three", "Say three"),
        ],
        vec![text("Done: one, two, three.")],
    ]
}

/// Claude Code wants a file read before it is edited.
fn edit(conversation: &Conversation) -> Vec<Turn> {
    let path = conversation.path("notes.txt");
    vec![
        vec![bash("printf 'one\\ntwo\\nthree\\n' > notes.txt", "Make a file to edit")],
        vec![tool("Read", json!({"file_path": path}))],
        vec![tool("Edit", json!({"file_path": path, "old_string": "two", "new_string": "zwei"}))],
        vec![text("Done: the second line of notes.txt is German now.")],
    ]
}

/// In the repository at hand, or in a new one.
const COMMIT: &str = "\
git rev-parse --git-dir > /dev/null 2>&1 || git init --quiet
echo 'committed by the demo model' > committed.txt
git add committed.txt
git -c user.name='Demo model' -c user.email=demo-model@example.invalid commit --quiet -m 'Add committed.txt'
git log --oneline -1";

fn background_bash() -> Vec<Turn> {
    let call = json!({
        "command": "python3 -c 'import time; time.sleep(2)'; echo 'the background is done'",
        "description": "Work in the background",
        "run_in_background": true,
    });
    vec![
        vec![tool("Bash", call)],
        vec![text("The command runs in the background; I will hear of it.")],
        vec![text("Done: the background command ended.")],
    ]
}

#[cfg(test)]
mod tests;
