//! What waits to be posted, and when it is time. Pure: whoever calls brings the time and does the posting.
//!
//! **Invariant:** every event that is not left out is in exactly one batch, in order, and a batch never changes once it
//! was formed.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use domain::{
    event::RawDraft,
    run::{GATHER_BYTES, MAX_EVENT_BYTES, MAX_POST_EVENTS, Phase, RunEnd, RunUsage},
};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::cut;

/// A new event waits at most so long for company, and posts are so far apart in the long run. One may be early by as
/// much. This is shorter than the pace of an agent that says twenty things a second: one in the very same rhythm would
/// never make up for an event that was late, and each that follows would wait.
const GATHER_FOR: Duration = Duration::from_millis(40);

/// An event in its final form: JSON text of a size that the server takes.
#[derive(Debug)]
pub struct Parcel(Box<RawValue>);

impl Parcel {
    pub fn pack(draft: &RawDraft) -> Self {
        let parcel = Self::as_is(draft);
        if parcel.size() <= MAX_EVENT_BYTES {
            return parcel;
        }
        let envelope = 64; // the braces and the time
        let body = cut::fit(&draft.body, MAX_EVENT_BYTES - envelope);
        Self::as_is(&RawDraft { at: draft.at, body })
    }

    #[expect(clippy::expect_used, reason = "a time and a map of JSON values always serialise")]
    fn as_is(draft: &RawDraft) -> Self {
        Self(serde_json::value::to_raw_value(draft).expect("a draft is JSON"))
    }

    fn size(&self) -> usize {
        self.0.get().len()
    }
}

/// What a post says beside its events.
#[derive(Clone, Debug, Default)]
pub struct Situation {
    pub phase: Phase,
    pub usage: Option<RunUsage>,
    pub done_commands: Vec<u32>,
}

/// The body of one post. It is re-sent byte for byte until it is acknowledged.
#[derive(Clone, Debug)]
pub struct Batch {
    pub body: Bytes,
    /// The `run_seq` that follows its last event.
    pub end: u64,
}

/// [`domain::run::EventsPost`] with events that are text already.
#[derive(Serialize)]
struct Post<'a> {
    runner: &'a str,
    run_seq: u64,
    head: u64,
    events: &'a [Box<RawValue>],
    phase: Phase,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    done_commands: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<RunUsage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<RunEnd>,
}

#[derive(Debug)]
pub struct Outbox {
    /// The name of this process: a second one for the same run is told apart by it.
    runner: String,
    spool_bytes: usize,
    heartbeat: Duration,
    waiting: VecDeque<Parcel>,
    waiting_bytes: usize,
    /// When the oldest waiting event came.
    waiting_since: Option<Instant>,
    /// The `run_seq` of the first waiting event.
    next_seq: u64,
    /// The last event of the task, as the server told it last.
    head: u64,
    /// The size of the batch that is under way.
    under_way: Option<usize>,
    last_post: Option<Instant>,
    /// No post of a few events goes before this.
    gather_until: Option<Instant>,
    end: Option<RunEnd>,
    sealed: bool,
}

impl Outbox {
    /// `run_seq` and `head` are what the server told of the run.
    pub fn new(
        runner: String,
        (run_seq, head): (u64, u64),
        heartbeat: Duration,
        spool_bytes: usize,
    ) -> Self {
        Self {
            runner,
            spool_bytes,
            heartbeat,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            waiting_since: None,
            next_seq: run_seq,
            head,
            under_way: None,
            last_post: None,
            gather_until: None,
            end: None,
            sealed: false,
        }
    }

    pub fn push(&mut self, parcel: Parcel, now: Instant) {
        debug_assert!(!self.sealed, "nothing follows the end");
        self.waiting_bytes += parcel.size();
        self.waiting.push_back(parcel);
        self.waiting_since.get_or_insert(now);
    }

    /// The last event of the run, and what goes with it.
    pub fn seal(&mut self, parcel: Parcel, end: RunEnd, now: Instant) {
        self.push(parcel, now);
        self.end = Some(end);
        self.sealed = true;
    }

    /// Leaves out what waits, but for the `last` events; the remark that so many are missing stands in their place.
    pub fn leave_out(&mut self, last: usize, remark: impl FnOnce(usize) -> Parcel) {
        let count = self.waiting.len().saturating_sub(last);
        if count == 0 {
            return;
        }
        let left_out: usize = self.waiting.drain(..count).map(|parcel| parcel.size()).sum();
        let remark = remark(count);
        self.waiting_bytes = self.waiting_bytes - left_out + remark.size();
        self.waiting.push_front(remark);
    }

    /// Whether more may come in (so much `beyond` the spool); if not, whoever makes events has to wait.
    pub fn has_room(&self, beyond: usize) -> bool {
        self.waiting_bytes + self.under_way.unwrap_or(0) < self.spool_bytes + beyond
    }

    /// Whether the end was acknowledged.
    pub fn is_done(&self) -> bool {
        self.sealed && self.waiting.is_empty() && self.under_way.is_none()
    }

    /// When the next batch is to be formed; never while one is under way.
    ///
    /// An event after a pause goes at once, and so does what came while it was under way; what follows is gathered.
    pub fn due(&self) -> Option<Instant> {
        if self.under_way.is_some() || self.is_done() {
            return None;
        }
        let Some(last_post) = self.last_post else { return self.waiting_since };
        let Some(since) = self.waiting_since else { return Some(last_post + self.heartbeat) };
        let full = self.waiting_bytes >= GATHER_BYTES || self.waiting.len() >= MAX_POST_EVENTS;
        let gather_until = self.gather_until.filter(|_| !full && !self.sealed);
        Some(gather_until.map_or(since, |until| since.max(until)))
    }

    /// Forms the next batch: what waits, up to the size of a post, or a heartbeat.
    pub fn form(&mut self, situation: Situation, now: Instant) -> Batch {
        debug_assert!(self.under_way.is_none(), "one post at a time");
        let run_seq = self.next_seq;
        let mut events = Vec::new();
        let mut bytes = 0;
        while let Some(parcel) = self.waiting.front() {
            let full = bytes + parcel.size() > GATHER_BYTES || events.len() == MAX_POST_EVENTS;
            if full && !events.is_empty() {
                break;
            }
            bytes += parcel.size();
            events.extend(self.waiting.pop_front().map(|parcel| parcel.0));
        }
        self.waiting_bytes -= bytes;
        self.next_seq += events.len() as u64;
        self.under_way = Some(bytes);
        self.last_post = Some(now);
        if !events.is_empty() {
            let in_rhythm = |until: Instant| (until + GATHER_FOR).clamp(now, now + GATHER_FOR);
            self.gather_until = Some(self.gather_until.map_or(now, in_rhythm));
        }
        self.waiting_since = (!self.waiting.is_empty()).then_some(now);
        let end = if self.waiting.is_empty() { self.end.take() } else { None };

        let Situation { phase, usage, done_commands } = situation;
        let (runner, head) = (&*self.runner, self.head);
        let post =
            Post { runner, run_seq, head, events: &events, phase, done_commands, usage, end };
        #[expect(clippy::expect_used, reason = "plain values always serialise")]
        let body = serde_json::to_vec(&post).expect("a post is JSON");
        Batch { body: body.into(), end: self.next_seq }
    }

    /// The batch that was under way is with the server, and `head` is where the task's log ends now.
    pub fn acknowledge(&mut self, head: u64) {
        self.under_way = None;
        self.head = head;
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
