//! How a run ended: one rule for all that can have happened. Pure.

use domain::{event::RunOutcome, reason::Reason, run::RunEnd};
use serde_json::Value;

use crate::{cut, facts::Facts};

/// Most of the agent's answer that goes with the end; whole it is in `result.json`.
const RESULT_BYTES: usize = 64 * 1024;
const STRUCTURED_BYTES: usize = 256 * 1024;
const MESSAGE_BYTES: usize = 4 * 1024;
/// As a shell tells SIGKILL.
const KILLED: i32 = 128 + 9;

/// Why the supervisor itself ended the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A person called it off.
    Canceled,
    /// The machine goes away.
    Interrupted,
    /// It met a limit, or something of ours failed.
    Failed(Reason, String),
}

/// How the wrapper's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
    /// It had to be killed by us, and ended with this code of a shell.
    Forced(i32),
    /// It could not be learnt.
    Unknown,
}

impl Exit {
    /// As a shell tells it.
    pub(crate) fn code(self) -> Option<i32> {
        match self {
            Self::Code(code) => Some(code),
            Self::Signal(signal) => Some(128 + signal),
            Self::Forced(code) => Some(code),
            Self::Unknown => None,
        }
    }

    pub(crate) fn forced(self) -> Self {
        self.code().map_or(Self::Unknown, Self::Forced)
    }
}

/// Outcome, reason, and a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub outcome: RunOutcome,
    pub reason: Option<Reason>,
    pub message: Option<String>,
}

impl Verdict {
    fn failed(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            outcome: RunOutcome::Failed,
            reason: Some(reason),
            message: Some(cut::text(&message.into(), MESSAGE_BYTES)),
        }
    }

    /// What counts most comes first: what the supervisor decided, that the kernel took the agent when memory ran out, what
    /// the wrapper said, how it died.
    pub(crate) fn of(cause: Option<&Cause>, facts: &Facts, exit: Option<Exit>) -> Self {
        if cause.is_none() && facts.memory_ran_out && killed(facts, exit) {
            return Self::failed(Reason::Oom, "memory ran out, and the kernel killed the agent");
        }
        match (cause, &facts.end, exit) {
            (Some(Cause::Canceled), _, _) => {
                Self { outcome: RunOutcome::Canceled, reason: None, message: None }
            }
            (Some(Cause::Interrupted), _, _) => Self::failed(Reason::Lost, "interrupted"),
            (Some(Cause::Failed(reason, message)), _, _) => Self::failed(*reason, message),
            (None, Some(end), _) => match end.outcome.as_str() {
                "completed" | "succeeded" => {
                    Self { outcome: RunOutcome::Succeeded, reason: None, message: None }
                }
                // Nobody here called it off, so somebody else stopped it.
                "canceled" => Self::failed(
                    Reason::Crashed,
                    end.message.as_deref().unwrap_or("the agent was stopped from outside"),
                ),
                _ => Self::failed(
                    end.reason.as_deref().and_then(parse_reason).unwrap_or(Reason::AgentError),
                    end.message.as_deref().unwrap_or("the agent failed and did not say why"),
                ),
            },
            (None, None, Some(Exit::Code(0))) => {
                Self::failed(Reason::NoResult, "the agent ended without a result")
            }
            (None, None, Some(Exit::Code(code))) => {
                Self::failed(Reason::Crashed, format!("the wrapper died with exit code {code}"))
            }
            (None, None, Some(Exit::Signal(signal))) => {
                Self::failed(Reason::Crashed, format!("the wrapper was killed by signal {signal}"))
            }
            (None, None, Some(Exit::Forced(_) | Exit::Unknown) | None) => {
                Self::failed(Reason::Crashed, "the wrapper closed its output and lived on")
            }
        }
    }

    /// With all that goes to the server, in the sizes that it takes.
    pub(crate) fn run_end(&self, facts: &Facts, exit: Option<Exit>) -> RunEnd {
        let end = facts.end.as_ref();
        RunEnd {
            outcome: self.outcome,
            reason: self.reason,
            message: self.message.clone(),
            exit_code: end.and_then(|end| end.exit_code).map(of_a_shell).or_else(|| exit?.code()),
            session_id: facts.session_id.clone(),
            result_text: end
                .and_then(|end| end.result_text.as_deref())
                .map(|result| cut::text(result, RESULT_BYTES - 64)),
            structured_output: end.map_or(Value::Null, |end| bounded(&end.structured_output)),
            artifacts: vec![],
        }
    }
}

/// Whether Claude Code, or else the wrapper, died of a signal that nobody can refuse, and not by us.
fn killed(facts: &Facts, exit: Option<Exit>) -> bool {
    let died = match (&facts.end, exit) {
        (Some(end), _) => end.exit_code.map(of_a_shell),
        (None, Some(Exit::Forced(_)) | None) => None,
        (None, Some(exit)) => exit.code(),
    };
    died == Some(KILLED)
}

/// Python tells a signal as a negative code.
fn of_a_shell(code: i32) -> i32 {
    if code < 0 { 128 - code } else { code }
}

fn parse_reason(text: &str) -> Option<Reason> {
    serde_json::from_value(text.into()).ok()
}

fn bounded(value: &Value) -> Value {
    let size = serde_json::to_vec(value).map_or(usize::MAX, |json| json.len());
    if size <= STRUCTURED_BYTES {
        return value.clone();
    }
    format!("[… {size} bytes cut, whole in result.json …]").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::WrapperEnd;

    fn said(outcome: &str, reason: Option<&str>) -> Facts {
        let mut facts = Facts::default();
        facts.conclude(WrapperEnd {
            outcome: outcome.to_owned(),
            reason: reason.map(str::to_owned),
            message: reason.map(|_| "as it said".to_owned()),
            ..WrapperEnd::default()
        });
        facts
    }

    /// Claude Code did, and its wrapper says so.
    fn died(exit_code: i32) -> Facts {
        let mut facts = said("failed", Some("crashed"));
        facts.end.as_mut().unwrap().exit_code = Some(exit_code);
        facts
    }

    fn starved(mut facts: Facts) -> Facts {
        facts.memory_ran_out = true;
        facts
    }

    #[test]
    fn every_way_to_end_on_one_page() {
        let silent = Facts::default;
        let limit = Cause::Failed(Reason::Timeout, "too long".to_owned());
        let exit = |code| Some(Exit::Code(code));
        let cases = [
            ("completed", None, said("completed", None), exit(0)),
            ("completed, then canceled", Some(Cause::Canceled), said("completed", None), exit(0)),
            ("failed with a reason", None, said("failed", Some("max_turns")), exit(1)),
            ("failed with a new reason", None, said("failed", Some("boredom")), exit(1)),
            ("canceled by nobody", None, said("canceled", None), exit(143)),
            ("canceled", Some(Cause::Canceled), silent(), exit(143)),
            ("over the limit", Some(limit), said("canceled", None), exit(143)),
            ("interrupted", Some(Cause::Interrupted), silent(), Some(Exit::Signal(9))),
            ("f43 exit 0 without an end", None, silent(), exit(0)),
            ("exit 1 without an end", None, silent(), exit(1)),
            ("killed", None, silent(), Some(Exit::Signal(9))),
            ("f42 closed its output", None, silent(), Some(Exit::Forced(137))),
            ("f23 no memory for the agent", None, starved(died(-9)), exit(1)),
            ("f23 no memory for the wrapper", None, starved(silent()), Some(Exit::Signal(9))),
            ("no memory for a command of it", None, starved(said("completed", None)), exit(0)),
            ("and it failed", None, starved(said("failed", Some("max_turns"))), exit(1)),
            ("and it was called off", Some(Cause::Canceled), starved(died(-9)), exit(1)),
        ];
        let page = cases.into_iter().map(|(name, cause, facts, exit)| {
            let Verdict { outcome, reason, message } = Verdict::of(cause.as_ref(), &facts, exit);
            format!("{name}: {outcome:?} {reason:?} {message:?}")
        });
        insta::assert_snapshot!(page.collect::<Vec<_>>().join("\n"), @r#"
        completed: Succeeded None None
        completed, then canceled: Canceled None None
        failed with a reason: Failed Some(MaxTurns) Some("as it said")
        failed with a new reason: Failed Some(AgentError) Some("as it said")
        canceled by nobody: Failed Some(Crashed) Some("the agent was stopped from outside")
        canceled: Canceled None None
        over the limit: Failed Some(Timeout) Some("too long")
        interrupted: Failed Some(Lost) Some("interrupted")
        f43 exit 0 without an end: Failed Some(NoResult) Some("the agent ended without a result")
        exit 1 without an end: Failed Some(Crashed) Some("the wrapper died with exit code 1")
        killed: Failed Some(Crashed) Some("the wrapper was killed by signal 9")
        f42 closed its output: Failed Some(Crashed) Some("the wrapper closed its output and lived on")
        f23 no memory for the agent: Failed Some(Oom) Some("memory ran out, and the kernel killed the agent")
        f23 no memory for the wrapper: Failed Some(Oom) Some("memory ran out, and the kernel killed the agent")
        no memory for a command of it: Succeeded None None
        and it failed: Failed Some(MaxTurns) Some("as it said")
        and it was called off: Canceled None None
        "#);
    }

    #[test]
    fn a_long_answer_is_cut_for_the_post() {
        let mut facts = said("completed", None);
        facts.end.as_mut().unwrap().result_text = Some("é".repeat(RESULT_BYTES));
        let end = Verdict::of(None, &facts, None).run_end(&facts, None);
        assert!(end.result_text.unwrap().len() <= RESULT_BYTES);
    }
}
