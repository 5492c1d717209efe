//! What a scripted child is to do, as the prompt of its task says it, and what it writes into its events.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::clock;

/// About as long as what an agent says between two tools.
const TEXT_BYTES: usize = 200;

/// What a child does: `events` events, `per_second`; without a number of events, until it is told to stop. At a rate of
/// 0 it says nothing. One that `asks` has a question to a person first. One that is `deaf` says one thing more, hears
/// neither its stdin nor SIGTERM, and never ends by itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Script {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    pub per_second: u32,
    #[serde(default)]
    pub asks: bool,
    #[serde(default)]
    pub deaf: bool,
}

impl Script {
    /// Speaks until it is told to stop.
    pub(crate) const fn endless(per_second: u32) -> Self {
        Self { events: None, per_second, asks: false, deaf: false }
    }

    /// Holds its slot and is silent.
    pub(crate) const SILENT: Self = Self::endless(0);

    /// Says one thing and ends.
    pub(crate) const ONE_EVENT: Self = Self { events: Some(1), ..Self::endless(1) };

    /// Waits for a person.
    pub(crate) const ASKING: Self = Self { asks: true, ..Self::SILENT };

    /// Has to be killed.
    pub(crate) const DEAF: Self = Self { deaf: true, ..Self::SILENT };

    /// Has to be killed, and says more than anybody can take until then.
    pub(crate) const FLOOD: Self = Self { deaf: true, ..Self::endless(1_000_000) };

    pub(crate) fn prompt(self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// When a child wrote which of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub sent_ns: u64,
    pub number: u64,
}

impl Stamp {
    pub(crate) fn now(number: u64) -> Self {
        Self { sent_ns: clock::now_ns(), number }
    }

    pub(crate) fn to_text(self) -> String {
        let mut text = format!("sent {} {} ", self.sent_ns, self.number);
        let _ = write!(text, "{:.<1$}", "", TEXT_BYTES.saturating_sub(text.len()));
        text
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix("sent ")?.split(' ');
        Some(Self { sent_ns: words.next()?.parse().ok()?, number: words.next()?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_survives_its_way_through_an_event() {
        let stamp = Stamp { sent_ns: 1_700_000_000_000_000_001, number: 17 };
        let text = stamp.to_text();
        assert_eq!(text.len(), TEXT_BYTES);
        assert_eq!(Stamp::read(&text), Some(stamp));
        assert_eq!(Stamp::read("hello"), None);
    }
}
