//! The log of a task, as tests ask about it.

use domain::{
    event::{Body, Event, RawEvent},
    reason::Reason,
};

/// Events in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log(pub Vec<RawEvent>);

impl Log {
    /// The types of all events, in their order.
    #[must_use]
    pub fn kinds(&self) -> Vec<&str> {
        self.0.iter().map(RawEvent::kind).collect()
    }

    /// All events of a type.
    #[must_use]
    pub fn of(&self, kind: &str) -> Vec<Event> {
        self.0.iter().filter(|event| event.kind() == kind).map(RawEvent::typed).collect()
    }

    /// How many events of a type there are.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.0.iter().filter(|event| event.kind() == kind).count()
    }

    /// The one event of a type.
    ///
    /// # Panics
    /// When there is none, or a second.
    #[must_use]
    pub fn only(&self, kind: &str) -> Event {
        let found = self.of(kind);
        let [event] = found.as_slice() else {
            panic!("not one `{kind}` but {}, in {:?}", found.len(), self.kinds())
        };
        event.clone()
    }

    /// The part that belongs to one run.
    #[must_use]
    pub fn attempt(&self, attempt: u32) -> Self {
        Self(self.0.iter().filter(|event| event.attempt == attempt).cloned().collect())
    }

    /// What the agent said.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |event: Event| match event.body {
            Body::Text { text, .. } => Some(text),
            _ => None,
        };
        self.of("text").into_iter().filter_map(text).collect()
    }

    /// Why each run ended; nothing for one that succeeded or was called off.
    #[must_use]
    pub fn reasons(&self) -> Vec<Option<Reason>> {
        let reason = |event: Event| match event.body {
            Body::RunEnded { reason, .. } => Some(reason),
            _ => None,
        };
        self.of("run_ended").into_iter().filter_map(reason).collect()
    }

    /// What wrapper and supervisor remarked.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let message = |event: Event| match event.body {
            Body::Log { message, .. } => Some(message),
            _ => None,
        };
        self.of("log").into_iter().filter_map(message).collect()
    }

    /// The names of the tools that were called.
    #[must_use]
    pub fn tools(&self) -> Vec<String> {
        let name = |event: Event| match event.body {
            Body::ToolUse { name, .. } => Some(name),
            _ => None,
        };
        self.of("tool_use").into_iter().filter_map(name).collect()
    }
}
