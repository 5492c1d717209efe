//! How long the agent may work, and how long it may be silent.

use std::time::Duration;

use domain::reason::Reason;
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Limits {
    timeout: Duration,
    idle: Duration,
    clock: Option<Clock>,
}

#[derive(Debug)]
struct Clock {
    started: Instant,
    last_sign: Instant,
    /// Somebody else holds the agent up: its silence says nothing.
    excused: bool,
}

impl Limits {
    pub(crate) fn new(timeout: Duration, idle: Duration) -> Self {
        Self { timeout, idle, clock: None }
    }

    /// The agent starts.
    pub(crate) fn start(&mut self, now: Instant) {
        self.clock = Some(Clock { started: now, last_sign: now, excused: false });
    }

    /// The agent is over: nothing limits it any more.
    pub(crate) fn stop(&mut self) {
        self.clock = None;
    }

    pub(crate) fn saw_life(&mut self, now: Instant) {
        if let Some(clock) = &mut self.clock {
            clock.last_sign = now;
        }
    }

    /// Whether the agent waits for a person, or for room in the spool.
    pub(crate) fn excuse(&mut self, excused: bool, now: Instant) {
        if let Some(clock) = &mut self.clock
            && clock.excused != excused
        {
            clock.excused = excused;
            clock.last_sign = now;
        }
    }

    /// When to look again, and for what.
    pub(crate) fn next(&self) -> Option<(Instant, Reason)> {
        let clock = self.clock.as_ref()?;
        let timeout = clock.started + self.timeout;
        let idle = clock.last_sign + self.idle;
        Some(if clock.excused || timeout <= idle {
            (timeout, Reason::Timeout)
        } else {
            (idle, Reason::Idle)
        })
    }

    /// What a person is told.
    pub(crate) fn message(&self, reason: Reason) -> String {
        match reason {
            Reason::Idle => format!("the agent was silent for {} s", self.idle.as_secs()),
            _ => format!("the run reached its limit of {} s", self.timeout.as_secs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn nothing_is_limited_before_the_agent_starts_and_after_it_is_over() {
        let mut limits = Limits::new(60 * S, 10 * S);
        assert_eq!(limits.next(), None);
        limits.start(Instant::now());
        limits.stop();
        assert_eq!(limits.next(), None);
    }

    #[test]
    fn f44_signs_of_life_put_off_the_idle_limit_but_never_the_timeout() {
        let start = Instant::now();
        let mut limits = Limits::new(60 * S, 10 * S);
        limits.start(start);
        assert_eq!(limits.next(), Some((start + 10 * S, Reason::Idle)));
        limits.saw_life(start + 9 * S);
        assert_eq!(limits.next(), Some((start + 19 * S, Reason::Idle)));
        limits.saw_life(start + 55 * S);
        assert_eq!(limits.next(), Some((start + 60 * S, Reason::Timeout)));
    }

    #[test]
    fn an_agent_that_is_held_up_is_not_idle() {
        let start = Instant::now();
        let mut limits = Limits::new(60 * S, 10 * S);
        limits.start(start);
        limits.excuse(true, start + 5 * S);
        assert_eq!(limits.next(), Some((start + 60 * S, Reason::Timeout)));
        limits.excuse(false, start + 30 * S);
        assert_eq!(limits.next(), Some((start + 40 * S, Reason::Idle)));
    }
}
