//! The demonstration errand: what the demo model does with a prompt that has no directive.

use serde_json::json;

use crate::{
    conversation::Conversation,
    notices,
    script::{Turn, bash, text, tool},
    todos::Todos,
};

const STEPS: [&str; 3] = ["Write the prompt to a file", "Show the file", "Sum up"];

/// The turns of the errand. They depend on the tools at hand and on what these answered.
pub(crate) fn turns(conversation: &Conversation) -> Vec<Turn> {
    if notices::is_summary_request(&conversation.prompt) {
        return vec![vec![text(
            "The user asked the demo model for an errand; it played its script.",
        )]];
    }
    if !conversation.has("Bash") || !conversation.has("Write") {
        return vec![vec![text(
            "I am the demo model: a script, with no model behind it. I was given no tools to work with.",
        )]];
    }
    let todos = Todos::new(conversation, &STEPS);
    let file = file_name(conversation.nth_prompt);
    let mut turns = vec![];
    let mut first = vec![text(format!(
        "Hello! I am the demo model: a small script that stands in where no model key is set. \
         No real model reads your prompt, so I cannot do what it asks. But everything else is \
         real: Claude Code, its tools, and the events you are watching. \
         Let me show you. I will copy your prompt into `{file}`, look at it with a shell \
         command, and report."
    ))];
    first.extend(todos.create());
    if first.len() > 1 {
        turns.push(std::mem::take(&mut first));
    }
    first.extend(todos.start(0));
    first.push(tool(
        "Write",
        json!({"file_path": conversation.path(&file), "content": report(&conversation.prompt)}),
    ));
    turns.push(first);

    let mut show = vec![text("The file is written. Now a harmless command to look at it.")];
    show.extend(todos.finish(0));
    show.extend(todos.start(1));
    show.push(bash(format!("wc {file} && cat {file}"), "Show the demonstration file"));
    turns.push(show);

    let mut tick = todos.finish(1);
    tick.extend(todos.finish(2));
    if !tick.is_empty() {
        turns.push(tick);
    }
    turns.push(vec![text(summary(conversation, &file))]);
    turns
}

/// A follow-up gets a file of its own: Claude Code refuses to overwrite one that it has not read.
fn file_name(nth_prompt: usize) -> String {
    match nth_prompt {
        0 | 1 => "errand-demo.md".to_owned(),
        n => format!("errand-demo-{n}.md"),
    }
}

fn report(prompt: &str) -> String {
    const LONGEST: usize = 2000;
    let mut quoted: String = prompt.chars().take(LONGEST).collect();
    if quoted.len() < prompt.len() {
        quoted.push_str(" […]");
    }
    let quoted: String = quoted.lines().map(|line| format!("> {line}\n")).collect();
    format!(
        "# A demonstration errand\n\nThe demo model wrote this file. It is a script; no real model \
         read the prompt:\n\n{quoted}\nSet a model key, and a real model does the work.\n"
    )
}

fn summary(conversation: &Conversation, file: &str) -> String {
    let refused = conversation.results.iter().find(|result| result.is_error);
    let outcome = match refused {
        None => {
            format!("I wrote `{file}`, which quotes your prompt, and showed it with a command.")
        }
        Some(result) => format!("Not all of it worked; a tool answered: {}", result.text),
    };
    format!(
        "That was the demonstration. {outcome} I am only the demo model: your prompt was not acted \
         upon. Set a model key, and a real model does the work."
    )
}

#[cfg(test)]
mod tests;
