//! Where a followed task goes: lines of JSON for a program, or a view for a person.

use domain::{event::RawEvent, view::TaskView};

use crate::error::Result;

/// How the events come at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Live,
    /// The socket is gone; what is missed is read once it is back.
    Reconnecting,
    /// No socket could be had: the log is asked instead.
    Polling,
}

pub(crate) trait Sink {
    /// Whether a preview of this event will not do.
    fn wants_whole(&self, event: &RawEvent) -> bool;
    /// The next event: each exactly once, in order.
    fn event(&mut self, event: &RawEvent) -> Result<()>;
    /// The task changed.
    fn task(&mut self, task: &TaskView);
    fn link(&mut self, link: Link);
}

/// One event a line, whole.
pub(crate) struct JsonLines;

impl Sink for JsonLines {
    fn wants_whole(&self, event: &RawEvent) -> bool {
        event.truncated
    }

    fn event(&mut self, event: &RawEvent) -> Result<()> {
        Ok(crate::output::print_json(event)?)
    }

    fn task(&mut self, _: &TaskView) {}

    fn link(&mut self, _: Link) {}
}
