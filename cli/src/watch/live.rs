//! Following a task live: a socket for speed, the log for truth, and long polls where no socket can be had.

use std::{
    future::{Future, pending},
    pin::Pin,
    time::Duration,
};

use domain::{
    event::RawEvent,
    id::TaskId,
    socket::{ServerFrame, Topic},
    view::{EventsPage, TaskView},
};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until};

use super::{
    fold::Fold,
    sink::{Link, Sink},
    socket::Socket,
};
use crate::{
    backoff::{chance, full_jitter},
    client::Client,
    error::{Error, Result},
};

/// Connects that fail in a row before the log is polled instead.
const CONNECT_FAILURES: u32 = 3;

/// How patient the watcher is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Between two pings; also how long a quiet log goes unread.
    pub(crate) ping: Duration,
    /// How long an answer to a ping may take.
    pub(crate) pong: Duration,
    /// How long a gap may close by itself: pushes overtake each other.
    pub(crate) gap: Duration,
    /// Shortest and longest wait before another connect.
    pub(crate) reconnect: (Duration, Duration),
    /// How long the service holds a poll open where nothing happens, in seconds.
    pub(crate) poll_s: u64,
    /// How long to poll before another connect is tried.
    pub(crate) polling: Duration,
    /// How long the service may be gone altogether.
    pub(crate) gone: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(15),
            pong: Duration::from_secs(5),
            gap: Duration::from_millis(150),
            reconnect: (Duration::from_millis(250), Duration::from_secs(15)),
            poll_s: 20,
            polling: Duration::from_secs(60),
            gone: Duration::from_secs(300),
        }
    }
}

/// Follows `task` after event `after` until it is over and its log was shown; gives the task as it ended.
pub(crate) async fn follow<S: Sink>(
    client: &Client,
    task: TaskId,
    after: u64,
    timing: Timing,
    sink: &mut S,
) -> Result<TaskView> {
    let mut watcher =
        Watcher { client, task, timing, sink, fold: Fold::after(after), contact: Instant::now() };
    watcher.until_over().await?;
    let mut failures = 0;
    loop {
        match client.task(task).await {
            Err(error) => watcher.bear(error, failures).await?,
            task => return task,
        }
        failures += 1;
    }
}

struct Watcher<'a, S> {
    client: &'a Client,
    task: TaskId,
    timing: Timing,
    sink: &'a mut S,
    fold: Fold,
    /// When the service last showed a sign of life.
    contact: Instant,
}

/// Why a way of following ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// The task is over and its log complete.
    Over,
    /// It did not work any longer; this one did, or did not, bring anything.
    Cut { worked: bool },
}

/// A page of the log that is on its way.
type Reading<'a> = Pin<Box<dyn Future<Output = Result<EventsPage>> + 'a>>;

impl<'a, S: Sink> Watcher<'a, S> {
    async fn until_over(&mut self) -> Result<()> {
        let mut failures = 0;
        loop {
            match Socket::open(self.client, self.task).await {
                Ok(socket) => match self.over_socket(socket).await? {
                    Ended::Over => return Ok(()),
                    Ended::Cut { worked: true } => failures = 0,
                    Ended::Cut { worked: false } => failures += 1,
                },
                Err(error @ (Error::NotSignedIn { .. } | Error::Output(_))) => return Err(error),
                Err(Error::Refused(problem)) if problem.status == 401 => {
                    return Err(Error::Refused(problem));
                }
                Err(_) => failures += 1,
            }
            if failures >= CONNECT_FAILURES {
                self.sink.link(Link::Polling);
                if self.by_polling().await? == Ended::Over {
                    return Ok(());
                }
            } else {
                self.sink.link(Link::Reconnecting);
                self.pause(failures).await;
            }
        }
    }

    /// Follows over a socket, reading the log where something is missing.
    async fn over_socket(&mut self, mut socket: Socket) -> Result<Ended> {
        let Timing { ping, pong, gap, reconnect, .. } = self.timing;
        let mut pings = interval_at(Instant::now() + ping, ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The answer to subscribing is due, as it is to each ping.
        let mut answer_due = Some(Instant::now() + pong);
        let mut worked = false;
        let mut quiet = true;
        let mut reading = Some(self.read_log());
        let mut read_at = None;
        // Read even where nothing seems to be missing: the task may be over.
        let mut must_read = false;

        loop {
            tokio::select! {
                biased;
                page = finish(&mut reading) => {
                    reading = None;
                    match page {
                        Ok(page) => {
                            let progressed = !page.events.is_empty();
                            if self.take_page(page).await? {
                                return Ok(Ended::Over);
                            }
                            if self.fold.is_behind() {
                                let pause = if progressed { Duration::ZERO } else { gap };
                                read_at = Some(Instant::now() + pause);
                            }
                        }
                        Err(error) if error.is_transient() => {
                            must_read = true;
                            read_at = Some(Instant::now() + 4 * reconnect.0);
                        }
                        Err(error) => return Err(error),
                    }
                }
                frame = socket.next() => {
                    let Ok(frame) = frame else { return Ok(Ended::Cut { worked }) };
                    if !std::mem::replace(&mut worked, true) {
                        self.sink.link(Link::Live);
                    }
                    self.contact = Instant::now();
                    let mut ending = false;
                    match frame {
                        ServerFrame::Heads { heads } => {
                            answer_due = None;
                            self.fold.know(heads.get(&Topic::Task(self.task)).copied().unwrap_or(0));
                        }
                        ServerFrame::Events { topic, events } if topic == Topic::Task(self.task) => {
                            quiet = false;
                            ending = events.iter().any(|event| event.kind() == "run_ended");
                            self.take(events).await?;
                        }
                        ServerFrame::Task { task } if task.id == self.task => {
                            quiet = false;
                            ending = task.state.is_terminal();
                            self.sink.task(&task);
                        }
                        // What is wrong shows in the answers of the log, in full.
                        ServerFrame::Error { .. } => return Ok(Ended::Cut { worked: false }),
                        ServerFrame::Events { .. } | ServerFrame::Task { .. } | ServerFrame::Unknown => {}
                    }
                    if ending {
                        must_read = true;
                        read_at = Some(Instant::now());
                    } else if self.fold.is_behind() && read_at.is_none() {
                        read_at = Some(Instant::now() + gap);
                    }
                }
                () = until(read_at), if reading.is_none() => {
                    read_at = None;
                    if must_read || self.fold.is_behind() {
                        must_read = false;
                        reading = Some(self.read_log());
                    }
                }
                () = until(answer_due) => return Ok(Ended::Cut { worked }),
                _ = pings.tick() => {
                    if socket.ping().await.is_err() {
                        return Ok(Ended::Cut { worked });
                    }
                    answer_due = Some(Instant::now() + pong);
                    // The push that would have told of the end may be the one that got lost.
                    if std::mem::replace(&mut quiet, true) {
                        must_read = true;
                        read_at.get_or_insert_with(Instant::now);
                    }
                }
            }
        }
    }

    /// Follows by asking the log again and again, for a while.
    async fn by_polling(&mut self) -> Result<Ended> {
        let until = Instant::now() + self.timing.polling;
        let mut failures = 0;
        while Instant::now() < until {
            match self.client.events(self.task, self.fold.last(), self.timing.poll_s).await {
                Ok(page) => {
                    failures = 0;
                    if self.take_page(page).await? {
                        return Ok(Ended::Over);
                    }
                }
                Err(error) => {
                    self.bear(error, failures).await?;
                    failures += 1;
                }
            }
        }
        Ok(Ended::Cut { worked: false })
    }

    fn read_log(&self) -> Reading<'a> {
        let (client, task, after) = (self.client, self.task, self.fold.last());
        Box::pin(async move { client.events(task, after, 0).await })
    }

    /// Takes a page of the log; true where it was the last one.
    async fn take_page(&mut self, page: EventsPage) -> Result<bool> {
        self.contact = Instant::now();
        self.fold.know(page.head);
        self.take(page.events).await?;
        Ok(page.done && self.fold.last() >= page.next)
    }

    async fn take(&mut self, events: Vec<RawEvent>) -> Result<()> {
        for event in self.fold.take(events) {
            let event =
                if self.sink.wants_whole(&event) { self.whole(event).await? } else { event };
            self.sink.event(&event)?;
        }
        Ok(())
    }

    /// The event a preview was made of.
    async fn whole(&mut self, preview: RawEvent) -> Result<RawEvent> {
        let mut failures = 0;
        loop {
            match self.client.event(self.task, preview.seq).await {
                Ok(event) => return Ok(event),
                Err(error) => self.bear(error, failures).await?,
            }
            failures += 1;
        }
    }

    /// Waits where a failure may pass; gives it back where it will not, or has lasted too long.
    async fn bear(&self, error: Error, failures: u32) -> Result<()> {
        if !error.is_transient() || self.contact.elapsed() > self.timing.gone {
            return Err(error);
        }
        self.pause(failures).await;
        Ok(())
    }

    async fn pause(&self, failures: u32) {
        let (least, most) = self.timing.reconnect;
        sleep(full_jitter(least, most, failures + 1, chance())).await;
    }
}

async fn finish(reading: &mut Option<Reading<'_>>) -> Result<EventsPage> {
    match reading {
        Some(reading) => reading.await,
        None => pending().await,
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
