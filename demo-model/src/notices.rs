//! What Claude Code says in the name of the user, by its very words (Claude Code 2.1.330).
//!
//! When a newer one says it differently, scripts lose count: look here first.

/// A text without its `<system-reminder>` spans.
pub(crate) fn without_reminders(text: &str) -> String {
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

/// Whether a text is of Claude Code itself: news of a background task, output of a slash command.
pub(crate) fn is_notice(text: &str) -> bool {
    const HEADS: [&str; 4] =
        ["<task-notification>", "<local-command-", "<command-name>", "[Request interrupted"];
    HEADS.iter().any(|head| text.starts_with(head))
}

/// Whether a text of a user message, or of a tool result, ends the turn before it for good.
pub(crate) fn is_interruption(text: &str) -> bool {
    text.starts_with("[Request interrupted") || text.starts_with("[Tool call interrupted")
}

/// Whether a text asks for the rest of a turn whose stream was cut after a whole block.
pub(crate) fn is_cut(text: &str) -> bool {
    text.starts_with("Your response above was cut off mid-stream")
}

/// Whether a prompt asks for the summary that a long conversation is compacted to.
pub(crate) fn is_summary_request(prompt: &str) -> bool {
    prompt.contains("Your task is to create a detailed summary")
}

/// What the user said while a turn was under way.
pub(crate) fn aside(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("The user sent a new message while you were working:\n")?;
    let end = rest.find("\n\nThis is how Claude Code surfaces").unwrap_or(rest.len());
    rest.get(..end).map(str::trim)
}

pub(crate) fn working_directory(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("Primary working directory: ")?;
    rest.lines().next().map(str::trim).filter(|path| path.starts_with('/'))
}

/// The tools that exist but are described only when `ToolSearch` is asked for them.
pub(crate) fn deferred_tools(text: &str) -> Vec<String> {
    let Some((_, list)) = text.split_once("deferred tools are now available via ToolSearch") else {
        return Vec::new();
    };
    let names = list.lines().skip(1).map(str::trim).take_while(|line| !line.is_empty());
    names.map(str::to_owned).collect()
}
