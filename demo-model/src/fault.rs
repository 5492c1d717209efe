//! Faults: what goes wrong, how often, and when.

use std::{
    collections::{HashMap, VecDeque},
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
    /// The session and the prompt; what a fault counts its strikes by.
    pub(crate) key: &'r str,
    pub(crate) model: &'r str,
    pub(crate) turn: usize,
    pub(crate) stream: bool,
}

/// Counts strikes, for `times`.
#[derive(Debug, Default)]
pub(crate) struct Strikes(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    by_key: HashMap<String, u32>,
    oldest_first: VecDeque<String>,
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
                Some(times) => self.count(format!("{position} {}", call.key)) <= times,
            };
            if left {
                return Some(fault.kind.clone());
            }
        }
        None
    }

    fn count(&self, key: String) -> u32 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { by_key, oldest_first } = &mut *counts;
        if !by_key.contains_key(&key) {
            if oldest_first.len() == Self::MAX_KEYS
                && let Some(oldest) = oldest_first.pop_front()
            {
                by_key.remove(&oldest);
            }
            oldest_first.push_back(key.clone());
        }
        let count = by_key.entry(key).or_default();
        *count = count.saturating_add(1);
        *count
    }
}
