//! Directives: what a prompt asks of the demo model in double square brackets.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{fault::Fault, reply::Usage, script::Turn};

const HEADS: [&str; 5] = ["demo", "script", "fault", "delay", "usage"];

/// All directives of a prompt.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Directives {
    pub(crate) play: Option<Play>,
    pub(crate) faults: Vec<Fault>,
    /// Before each streamed chunk.
    pub(crate) delay: Option<Duration>,
    pub(crate) usage: Usage,
}

/// What to play.
#[derive(Debug, PartialEq)]
pub(crate) enum Play {
    /// `[[demo:NAME]]` or `[[demo:NAME=ARGUMENT]]`
    Canned { name: String, argument: Option<String> },
    /// `[[script:…]]`
    Turns(Vec<Turn>),
}

/// Reads the directives of `prompt`. Other double brackets are ordinary text; a directive that
/// cannot be read is an error, so that a misspelt test fails at once.
pub(crate) fn parse(prompt: &str) -> Result<Directives, String> {
    let mut found = Directives::default();
    let mut rest = prompt;
    while let Some((_, inner)) = rest.split_once("[[") {
        rest = found.take(inner)?;
    }
    Ok(found)
}

/// Whether a text has a directive, readable or not.
pub(crate) fn has_any(text: &str) -> bool {
    text.split("[[")
        .skip(1)
        .any(|inner| inner.split_once(':').is_some_and(|(head, _)| HEADS.contains(&head)))
}

impl Directives {
    /// Reads one directive from what follows its opening brackets, and returns what follows it.
    fn take<'p>(&mut self, inner: &'p str) -> Result<&'p str, String> {
        let Some((head, body)) = inner.split_once(':') else { return Ok(inner) };
        if !HEADS.contains(&head) {
            return Ok(inner);
        }
        if head == "script" {
            let (turns, rest) = script(body)?;
            self.play.get_or_insert(Play::Turns(turns));
            return Ok(rest);
        }
        let (body, rest) = body.split_once("]]").ok_or_else(|| unclosed(head))?;
        match head {
            "demo" => {
                let (name, argument) = split(body);
                let canned =
                    Play::Canned { name: name.to_owned(), argument: argument.map(str::to_owned) };
                self.play.get_or_insert(canned);
            }
            "fault" => self.faults.push(Fault::parse(body)?),
            "delay" => self.delay = Some(seconds(body)?),
            _ => self.usage = Usage::parse(body)?,
        }
        Ok(rest)
    }
}

/// The turns of a script, as JSON or as base64 of JSON, and what follows the closing brackets.
fn script(body: &str) -> Result<(Vec<Turn>, &str), String> {
    if !body.starts_with('[') {
        let (encoded, rest) = body.split_once("]]").ok_or_else(|| unclosed("script"))?;
        let json = BASE64_STANDARD
            .decode(encoded.trim())
            .map_err(|error| format!("[[script:…]] is neither a JSON array nor base64: {error}"))?;
        let turns = serde_json::from_slice(&json).map_err(not_a_script)?;
        return Ok((turns, rest));
    }
    // The JSON may hold brackets, so only its parser knows where it ends.
    let mut values = serde_json::Deserializer::from_str(body).into_iter();
    let turns = values.next().ok_or_else(|| unclosed("script"))?.map_err(not_a_script)?;
    let rest = body.get(values.byte_offset()..).unwrap_or_default();
    let rest = rest.trim_start().strip_prefix("]]").ok_or_else(|| unclosed("script"))?;
    Ok((turns, rest))
}

fn not_a_script(error: serde_json::Error) -> String {
    format!(
        "[[script:…]] is a list of turns, each a list of {{\"text\"}}, {{\"thinking\"}} or \
         {{\"tool\",\"input\"}}: {error}"
    )
}

fn unclosed(head: &str) -> String {
    format!("[[{head}:…]] is not closed")
}

/// `name=value` or a bare `name`.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (text.trim(), None),
    }
}

/// A whole number.
pub(crate) fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.trim().parse().map_err(|_| format!("{text:?} is not a number that fits here"))
}

/// A span in seconds, such as `0.05`; at most a day.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    const DAY: f64 = 86_400.0;
    let seconds: f64 = number(text)?;
    if !(0.0..=DAY).contains(&seconds) {
        return Err(format!("{text:?} is not a number of seconds from 0 to {DAY}"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::script::{text, tool};

    fn play(prompt: &str) -> Option<Play> {
        parse(prompt).unwrap().play
    }

    #[test]
    fn a_prompt_without_directives_plays_nothing() {
        let prompt = "Fix [[wiki links]] and if [[ -f a:b ]]; then x[[1]] = [[]]";
        assert_eq!(parse(prompt), Ok(Directives::default()));
        assert!(!has_any(prompt));
    }

    #[test]
    fn a_canned_script_is_named_with_or_without_an_argument() {
        let canned = |name: &str, argument: Option<&str>| {
            Some(Play::Canned { name: name.to_owned(), argument: argument.map(str::to_owned) })
        };
        assert_eq!(play("please [[demo:hello]] now"), canned("hello", None));
        assert_eq!(play("[[demo:bash=A=1; echo $A]]"), canned("bash", Some("A=1; echo $A")));
        assert_eq!(play("[[demo:hello]] [[demo:bash]]"), canned("hello", None));
    }

    #[test]
    fn directives_add_up() {
        let prompt = "[[delay:0.05]][[usage:in=7,cr=9]] [[fault:drop]] [[fault:truncate,times=1]]";
        let found = parse(prompt).unwrap();
        assert_eq!(found.delay, Some(Duration::from_millis(50)));
        let usage = Usage { input_tokens: 7, cache_read_input_tokens: 9, ..Usage::default() };
        assert_eq!(found.usage, usage);
        assert_eq!(found.faults.len(), 2);
    }

    #[test]
    fn a_script_may_hold_brackets_and_whole_directives() {
        let inner = "[[demo:hello]]";
        let turns = json!([[{"tool": "Agent", "input": {"prompt": inner}}], [{"text": "]]"}]]);
        let agent = tool("Agent", json!({"prompt": inner}));
        let expected = Some(Play::Turns(vec![vec![agent], vec![text("]]")]]));
        let found = parse(&format!("[[script:{turns}]] and [[delay:1]]")).unwrap();
        assert_eq!(found.play, expected);
        assert_eq!(found.delay, Some(Duration::from_secs(1)));

        let encoded = BASE64_STANDARD.encode(turns.to_string());
        assert_eq!(play(&format!("[[script:{encoded}]]")), expected);
    }

    #[test]
    fn a_directive_that_cannot_be_read_is_refused_by_name() {
        let prompts = [
            "[[demo:hello",
            "[[script:[[]",
            r#"[[script:[[{"tol":"Bash"}]]]]"#,
            "[[script:?]]",
            "[[delay:soon]]",
            "[[delay:1e99]]",
            "[[usage:in=1,water=2]]",
            "[[usage:in]]",
        ];
        let refusals =
            prompts.map(|prompt| format!("{prompt}\n    {}", parse(prompt).unwrap_err()));
        insta::assert_snapshot!(refusals.join("\n"), @r#"
        [[demo:hello
            [[demo:…]] is not closed
        [[script:[[]
            [[script:…]] is a list of turns, each a list of {"text"}, {"thinking"} or {"tool","input"}: EOF while parsing a list at line 1 column 3
        [[script:[[{"tol":"Bash"}]]]]
            [[script:…]] is a list of turns, each a list of {"text"}, {"thinking"} or {"tool","input"}: data did not match any variant of untagged enum Block at line 1 column 17
        [[script:?]]
            [[script:…]] is neither a JSON array nor base64: Invalid symbol 63, offset 0.
        [[delay:soon]]
            "soon" is not a number that fits here
        [[delay:1e99]]
            "1e99" is not a number of seconds from 0 to 86400
        [[usage:in=1,water=2]]
            [[usage:in=1,water=2]]: nothing is called "water"
        [[usage:in]]
            "" is not a number that fits here
        "#);
    }
}
