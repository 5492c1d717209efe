//! Faults: what goes wrong, how often, and when.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use http::StatusCode;

use crate::{
    api_error::ApiError,
    directive::{number, seconds, split},
};

/// One `[[fault:…]]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// How often it strikes; without end if absent.
    times: Option<u32>,
    /// How many turns pass before it strikes.
    after: usize,
    /// Strikes only a model whose name contains this.
    model: Option<String>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// An error instead of a message.
    Status(ApiError),
    /// The headers are late by this long.
    Hang(Duration),
    /// The connection closes without an answer.
    Drop,
    /// The stream ends in its middle.
    Truncate,
    /// The stream pauses in its middle.
    Stall(Duration),
    /// The stream ends in its middle with an error of this type.
    Midstream(String),
}

impl Kind {
    /// Whether only a stream can have it.
    pub(crate) fn needs_stream(&self) -> bool {
        matches!(self, Self::Truncate | Self::Stall(_) | Self::Midstream(_))
    }
}

/// As the journal has it: the kind in the words of its directive.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(error) => write!(f, "status={}", error.status.as_u16()),
            Self::Hang(length) => write!(f, "hang={}", length.as_secs_f64()),
            Self::Drop => f.write_str("drop"),
            Self::Truncate => f.write_str("truncate"),
            Self::Stall(length) => write!(f, "stall={}", length.as_secs_f64()),
            Self::Midstream(kind) => write!(f, "midstream={kind}"),
        }
    }
}

impl Fault {
    /// Reads the inside of a `[[fault:…]]`: a kind and its modifiers, separated by commas.
    pub(crate) fn parse(body: &str) -> Result<Self, String> {
        let mut kind = None;
        let (mut times, mut after, mut model, mut retry_after) = (None, 0, None, None);
        for part in body.split(',') {
            let (name, value) = split(part);
            let needed = || value.ok_or_else(|| format!("[[fault:{name}=…]] needs a value"));
            let found = match name {
                "status" => Kind::Status(status(needed()?)?),
                "hang" => Kind::Hang(seconds(needed()?)?),
                "drop" => Kind::Drop,
                "truncate" => Kind::Truncate,
                "stall" => Kind::Stall(seconds(needed()?)?),
                "midstream" => Kind::Midstream(value.unwrap_or("overloaded_error").to_owned()),
                "times" => {
                    times = Some(number(needed()?)?);
                    continue;
                }
                "after" => {
                    after = number(needed()?)?;
                    continue;
                }
                "model" => {
                    model = Some(needed()?.to_owned());
                    continue;
                }
                "retry_after" => {
                    retry_after = Some(number(needed()?)?);
                    continue;
                }
                _ => return Err(format!("[[fault:{body}]]: nothing is called {name:?}")),
            };
            if kind.replace(found).is_some() {
                return Err(format!("[[fault:{body}]] names two faults; write two directives"));
            }
        }
        let mut kind = kind.ok_or_else(|| format!("[[fault:{body}]] names no fault"))?;
        if let Kind::Status(error) = &mut kind {
            error.retry_after = retry_after;
        }
        Ok(Self { kind, times, after, model })
    }

    fn fits(&self, call: &Call<'_>) -> bool {
        call.turn >= self.after
            && (call.stream || !self.kind.needs_stream())
            && self.model.as_ref().is_none_or(|part| call.model.contains(part.as_str()))
    }
}

fn status(value: &str) -> Result<ApiError, String> {
    let code = number(value)?;
    if !(400..=599).contains(&code) {
        return Err(format!("{code} is not an error status"));
    }
    let status = StatusCode::from_u16(code).map_err(|error| error.to_string())?;
    let message = match code {
        401 => "invalid x-api-key".to_owned(),
        429 => "This request would exceed your organization's rate limit".to_owned(),
        529 => "Overloaded".to_owned(),
        _ => format!("the demo model was asked to answer {code}"),
    };
    Ok(ApiError::new(status, message))
}

/// What a fault looks at.
#[derive(Debug)]
pub(crate) struct Call<'r> {
    /// With the prompt, what a fault counts its strikes by.
    pub(crate) session: &'r str,
    pub(crate) prompt: &'r str,
    pub(crate) model: &'r str,
    pub(crate) turn: usize,
    pub(crate) stream: bool,
}

/// Counts strikes, for `times`.
#[derive(Debug, Default)]
pub(crate) struct Strikes(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    by_key: HashMap<u64, u32>,
    oldest_first: VecDeque<u64>,
}

/// Where the strikes of the fault at `position` in the prompt are counted. A hash, since prompts
/// are long.
fn key(position: usize, call: &Call<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (position, call.session, call.prompt).hash(&mut hasher);
    hasher.finish()
}

impl Strikes {
    /// A test forgets its session long before this many others came.
    const MAX_KEYS: usize = 10_000;

    /// The first of `faults` that strikes `call`. Its strike is counted.
    pub(crate) fn pick(&self, faults: &[Fault], call: &Call<'_>) -> Option<Kind> {
        let fitting = faults.iter().enumerate().filter(|(_, fault)| fault.fits(call));
        for (position, fault) in fitting {
            let left = match fault.times {
                None => true,
                Some(times) => self.count(key(position, call)) <= times,
            };
            if left {
                return Some(fault.kind.clone());
            }
        }
        None
    }

    fn count(&self, key: u64) -> u32 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { by_key, oldest_first } = &mut *counts;
        if !by_key.contains_key(&key) {
            if oldest_first.len() == Self::MAX_KEYS
                && let Some(oldest) = oldest_first.pop_front()
            {
                by_key.remove(&oldest);
            }
            oldest_first.push_back(key);
        }
        let count = by_key.entry(key).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call<'_> =
        Call { session: "s", prompt: "p", model: "claude-opus-5", turn: 0, stream: true };

    fn struck(strikes: &Strikes, fault: &str, call: &Call<'_>) -> bool {
        strikes.pick(&[Fault::parse(fault).unwrap()], call).is_some()
    }

    #[test]
    fn a_fault_strikes_as_often_as_it_says_in_each_session() {
        let strikes = Strikes::default();
        let other = Call { session: "another", ..CALL };
        let calls = [&CALL, &CALL, &other, &CALL, &CALL, &other, &other];
        let seen = calls.map(|call| struck(&strikes, "status=429,times=2", call));
        assert_eq!(seen, [true, true, true, false, false, true, false]);
    }

    #[test]
    fn a_fault_without_times_never_ends() {
        let strikes = Strikes::default();
        assert!((0..100).all(|_| struck(&strikes, "drop", &CALL)));
        assert!(strikes.0.lock().unwrap().by_key.is_empty(), "nothing needs counting");
    }

    #[test]
    fn the_second_fault_follows_when_the_first_is_used_up() {
        let strikes = Strikes::default();
        let faults = ["drop,times=1", "truncate,times=1"].map(|body| Fault::parse(body).unwrap());
        let kinds = [(); 3].map(|()| strikes.pick(&faults, &CALL));
        assert_eq!(kinds, [Some(Kind::Drop), Some(Kind::Truncate), None]);
    }

    #[test]
    fn a_fault_waits_for_its_turn_its_model_and_a_stream() {
        let strikes = Strikes::default();
        assert!(!struck(&strikes, "drop,after=1", &CALL));
        assert!(struck(&strikes, "drop,after=1", &Call { turn: 1, ..CALL }));
        assert!(struck(&strikes, "drop,model=opus", &CALL));
        assert!(!struck(&strikes, "drop,model=haiku", &CALL));
        assert!(!struck(&strikes, "truncate", &Call { stream: false, ..CALL }));
        assert!(struck(&strikes, "status=500", &Call { stream: false, ..CALL }));
    }

    #[test]
    fn the_memory_of_strikes_is_bounded() {
        let strikes = Strikes::default();
        let struck = |session: usize| {
            struck(&strikes, "drop,times=1", &Call { session: &session.to_string(), ..CALL })
        };
        assert!((0..Strikes::MAX_KEYS + 5).all(struck));
        assert!(!struck(5), "remembered");
        assert!(struck(4), "forgotten");
        assert_eq!(strikes.0.lock().unwrap().by_key.len(), Strikes::MAX_KEYS);
    }

    #[test]
    fn a_fault_is_shown_as_it_was_asked_for() {
        for body in ["status=529", "hang=1.5", "drop", "truncate", "stall=3", "midstream=api_error"]
        {
            assert_eq!(Fault::parse(body).unwrap().kind.to_string(), body);
        }
    }

    #[test]
    fn a_fault_that_cannot_be_read_is_refused_by_name() {
        let bodies =
            ["", "bogus", "times=1", "status=200", "status=x", "status", "drop,truncate", "hang"];
        let refusals = bodies.map(|body| Fault::parse(body).unwrap_err());
        insta::assert_snapshot!(refusals.join("\n"), @r#"
        [[fault:]]: nothing is called ""
        [[fault:bogus]]: nothing is called "bogus"
        [[fault:times=1]] names no fault
        200 is not an error status
        "x" is not a number that fits here
        [[fault:status=…]] needs a value
        [[fault:drop,truncate]] names two faults; write two directives
        [[fault:hang=…]] needs a value
        "#);
    }
}
