//! Tasks that speak, each followed by a client with a WebSocket of its own.

use std::time::Duration;

use anyhow::Context as _;
use domain::{event::RawEvent, id::TaskId, socket::ServerFrame};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    client::Socket,
    clock,
    histogram::Durations,
    processes::{self, Peaks},
    script::{Script, Stamp},
    server::Server,
};

/// How many events a second each child writes.
pub(crate) const PER_SECOND: u32 = 20;
/// After the last task has begun to speak: until nothing starts any more.
const SETTLE: Duration = Duration::from_secs(2);
const START: Duration = Duration::from_secs(60);

/// What was seen in the window.
pub(crate) struct Load {
    /// From the child's stdout to the client's WebSocket.
    pub latency: Durations,
    /// Pushes that did not come, of events between others that did.
    pub missing: u64,
    pub peaks: Peaks,
}

/// What of the time counts, once that is known: events that were sent from the first to the second.
type Window = Option<(u64, u64)>;

/// Runs `tasks` tasks and listens for the time of `window`.
pub(crate) async fn run(server: &Server, tasks: usize, window: Duration) -> anyhow::Result<Load> {
    let api = &server.api;
    let (sender, receiver) = watch::channel(None);
    let (speaks, mut speaking) = mpsc::channel(tasks);
    let mut listeners: JoinSet<anyhow::Result<Heard>> = JoinSet::new();
    let mut ids = Vec::new();
    for _ in 0..tasks {
        let mut socket = api.connect().await?;
        let id = api.create_scripted(Script::endless(PER_SECOND)).await?;
        socket.subscribe(id).await?;
        listeners.spawn(listen(socket, id, speaks.clone(), receiver.clone()));
        ids.push(id);
    }
    drop(speaks);
    let all_speak = async {
        for _ in 0..tasks {
            speaking.recv().await.context("a listener ended")?;
        }
        anyhow::Ok(())
    };
    timeout(START, all_speak).await.context("not all tasks began to speak")??;
    sleep(SETTLE).await;

    let from = clock::now_ns();
    let to = from + u64::try_from(window.as_nanos())?;
    let _ = sender.send(Some((from, to)));
    sleep(window).await;
    let mut load = Load { latency: Durations::new()?, missing: 0, peaks: Peaks::new() };
    processes::add_peaks(server.pid, &mut load.peaks);
    while let Some(heard) = listeners.join_next().await {
        let heard = heard??;
        load.latency.add(&heard.latency)?;
        load.missing += heard.missing();
    }
    for id in &ids {
        api.cancel(*id).await?;
    }
    Ok(load)
}

/// What one client heard.
struct Heard {
    latency: Durations,
    /// Numbers of the first and the last event in the window.
    span: Option<(u64, u64)>,
}

impl Heard {
    fn take(&mut self, came_ns: u64, stamp: Stamp) {
        self.latency.record(Duration::from_nanos(came_ns.saturating_sub(stamp.sent_ns)));
        let (first, last) = self.span.get_or_insert((stamp.number, stamp.number));
        *first = stamp.number.min(*first);
        *last = stamp.number.max(*last);
    }

    fn missing(&self) -> u64 {
        self.span.map_or(0, |(first, last)| last + 1 - first - self.latency.len())
    }
}

/// Listens until an event comes that was sent after the window.
async fn listen(
    mut socket: Socket,
    id: TaskId,
    speaks: mpsc::Sender<TaskId>,
    window: watch::Receiver<Window>,
) -> anyhow::Result<Heard> {
    let mut heard = Heard { latency: Durations::new()?, span: None };
    let mut speaks = Some(speaks);
    loop {
        let (came_ns, frame) = socket.heard().await?;
        let ServerFrame::Events { events, .. } = frame else { continue };
        for stamp in events.iter().filter_map(stamp) {
            if let Some(speaks) = speaks.take() {
                speaks.send(id).await?;
            }
            let Some((from, to)) = *window.borrow() else { continue };
            if stamp.sent_ns >= to {
                return Ok(heard);
            }
            if stamp.sent_ns >= from {
                heard.take(came_ns, stamp);
            }
        }
    }
}

/// When a child wrote this event, if it is one of a child.
pub(crate) fn stamp(event: &RawEvent) -> Option<Stamp> {
    Stamp::read(event.body.get("text")?.as_str()?)
}
