//! A client that follows tasks as the protocol wants it: it folds what comes by `seq`, drops doubles, parks what is
//! early, and on a gap, or a head beyond what it has, reads REST. It connects again whenever it is cut.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    event::RawEvent,
    id::TaskId,
    socket::{ClientFrame, MAX_TOPICS, ServerFrame, Topic},
    view::TaskView,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{Api, DEADLINE, Log, socket::Socket};

/// Between two tries to reach a server that is not there.
const PAUSE: Duration = Duration::from_millis(50);

/// Follows tasks until it is dropped.
#[derive(Debug)]
pub struct Follower {
    orders: mpsc::UnboundedSender<Order>,
    seen: watch::Receiver<Seen>,
    _life: JoinSet<()>,
}

#[derive(Debug)]
enum Order {
    Follow(TaskId),
    Forget(TaskId),
    /// Ask for the heads.
    Ping,
    /// Lose the connection.
    Cut,
}

/// What it has.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    copies: BTreeMap<TaskId, BTreeMap<u64, RawEvent>>,
    heads: BTreeMap<TaskId, u64>,
    tasks: BTreeMap<TaskId, TaskView>,
    /// Connections so far.
    pub connections: u32,
    /// New events that came by push.
    pub pushed: u64,
    /// New events that had to be read.
    pub read: u64,
    /// What the server complained about.
    pub errors: Vec<String>,
}

impl Seen {
    /// Up to here nothing is missing.
    #[must_use]
    pub fn whole_to(&self, id: TaskId) -> u64 {
        let seqs = self.copies.get(&id).into_iter().flat_map(BTreeMap::keys);
        seqs.zip(1..).take_while(|(seq, place)| **seq == *place).count() as u64
    }

    fn is_behind(&self, id: TaskId) -> bool {
        let last = self.copies.get(&id).and_then(|copy| copy.keys().next_back());
        let known = self.heads.get(&id).max(last).copied().unwrap_or(0);
        self.whole_to(id) < known
    }

    /// Takes events that may be doubles; a double must say the same.
    fn fold(&mut self, id: TaskId, events: Vec<RawEvent>) -> u64 {
        let copy = self.copies.entry(id).or_default();
        let mut new = 0;
        for event in events {
            let seq = event.seq;
            let before = copy.insert(seq, event);
            match before {
                Some(before) => assert_eq!(before, copy[&seq], "event {seq} of {id} changed"),
                None => new += 1,
            }
        }
        new
    }
}

impl Follower {
    /// Starts to follow the states of all tasks of the caller, and the logs of those that are named later.
    #[must_use]
    pub fn start(api: Api) -> Self {
        let (orders, todo) = mpsc::unbounded_channel();
        let (sender, seen) = watch::channel(Seen::default());
        let mut life = JoinSet::new();
        let worker =
            Worker { api, todo, followed: BTreeSet::new(), unread: BTreeSet::new(), seen: sender };
        life.spawn(worker.run());
        Self { orders, seen, _life: life }
    }

    fn order(&self, order: Order) {
        self.orders.send(order).expect("a follower that lives");
    }

    /// Follows the log of this task too.
    pub fn follow(&self, id: TaskId) {
        self.order(Order::Follow(id));
    }

    /// Follows it no longer.
    pub fn forget(&self, id: TaskId) {
        self.order(Order::Forget(id));
    }

    /// Cuts the connection, as a bad network does.
    pub fn cut(&self) {
        self.order(Order::Cut);
    }

    /// What it has now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until what it has is as wanted.
    ///
    /// # Panics
    /// When it is not in time.
    pub async fn until<T>(&self, what: &str, mut wanted: impl FnMut(&Seen) -> Option<T>) -> T {
        let mut seen = self.seen.clone();
        let mut found = None;
        let waited = seen.wait_for(|seen| {
            found = wanted(seen);
            found.is_some()
        });
        timeout(DEADLINE, waited)
            .await
            .unwrap_or_else(|_| panic!("the follower waited in vain for {what}"))
            .expect("a follower that lives");
        found.expect("what was waited for")
    }

    /// Waits until a task was pushed that is as wanted.
    pub async fn task(
        &self,
        id: TaskId,
        what: &str,
        wanted: impl Fn(&TaskView) -> bool,
    ) -> TaskView {
        self.until(what, |seen| seen.tasks.get(&id).filter(|task| wanted(task)).cloned()).await
    }

    /// Its copy of a log, once it goes up to `head`. It asks for the heads as any client does now and then.
    pub async fn copy(&self, id: TaskId, head: u64) -> Log {
        self.order(Order::Ping);
        self.until(&format!("event {head} of {id}"), |seen| {
            (seen.whole_to(id) >= head).then(|| {
                let copy = seen.copies.get(&id).into_iter().flat_map(BTreeMap::values);
                Log(copy.cloned().collect())
            })
        })
        .await
    }
}

struct Worker {
    api: Api,
    todo: mpsc::UnboundedReceiver<Order>,
    followed: BTreeSet<TaskId>,
    /// Followed, but how they stand was not read since.
    unread: BTreeSet<TaskId>,
    seen: watch::Sender<Seen>,
}

impl Worker {
    async fn run(mut self) {
        loop {
            match self.connect().await {
                Some(socket) => self.live(socket).await,
                None => sleep(PAUSE).await,
            }
            if self.todo.is_closed() {
                return;
            }
        }
    }

    /// With a new ticket: each works once. A server that is away just now is asked again.
    async fn connect(&mut self) -> Option<Socket> {
        let request = self.api.request(reqwest::Method::POST, "/v1/tickets");
        let answer = request.json(&serde_json::json!({})).send().await.ok()?;
        let ticket: domain::view::TicketView = answer.json().await.ok()?;
        let mut socket = Socket::connect(&ticket.url).await.ok()?;
        let topics =
            [Topic::Tasks].into_iter().chain(self.followed.iter().copied().map(Topic::Task));
        socket.subscribe(topics.collect()).await.ok()?;
        self.unread.clone_from(&self.followed);
        self.seen.send_modify(|seen| seen.connections += 1);
        Some(socket)
    }

    /// Until the connection is lost.
    async fn live(&mut self, mut socket: Socket) {
        loop {
            let sent = tokio::select! {
                order = self.todo.recv() => match order {
                    Some(Order::Follow(id)) => {
                        assert!(self.followed.len() + 1 < MAX_TOPICS, "one socket follows no more");
                        self.followed.insert(id);
                        self.unread.insert(id);
                        socket.subscribe(vec![Topic::Task(id)]).await
                    }
                    Some(Order::Forget(id)) => {
                        self.followed.remove(&id);
                        socket.send(&ClientFrame::Unsubscribe { topics: vec![Topic::Task(id)] }).await
                    }
                    Some(Order::Ping) => socket.send(&ClientFrame::Ping).await,
                    Some(Order::Cut) | None => return,
                },
                frame = socket.next() => match frame {
                    Some(frame) => {
                        let answer = matches!(frame, ServerFrame::Heads { .. });
                        self.hear(frame);
                        if answer {
                            self.catch_up_states().await;
                        }
                        Ok(())
                    }
                    None => return,
                },
            };
            if sent.is_err() {
                return;
            }
            self.catch_up().await;
        }
    }

    fn hear(&self, frame: ServerFrame) {
        self.seen.send_modify(|seen| match frame {
            ServerFrame::Heads { heads } => {
                for (topic, head) in heads {
                    if let Topic::Task(id) = topic {
                        seen.heads.insert(id, head);
                    }
                }
            }
            ServerFrame::Events { topic: Topic::Task(id), events } => {
                seen.pushed += seen.fold(id, events);
            }
            ServerFrame::Task { task } => {
                let newer = seen.tasks.get(&task.id).is_none_or(|old| old.version < task.version);
                if newer {
                    seen.tasks.insert(task.id, *task);
                }
            }
            ServerFrame::Error { problem } => seen.errors.push(problem.to_string()),
            ServerFrame::Events { topic: Topic::Tasks, .. } | ServerFrame::Unknown => {
                seen.errors.push("a frame that nobody asked for".to_owned());
            }
        });
    }

    /// Reads how tasks stand whose last change may have been pushed before it was listened for.
    async fn catch_up_states(&mut self) {
        for id in std::mem::take(&mut self.unread) {
            let Some(task) = self.api.try_task(id).await else { continue };
            self.hear(ServerFrame::Task { task: Box::new(task) });
        }
    }

    /// Reads the events that are missing.
    async fn catch_up(&self) {
        let until = Instant::now() + DEADLINE;
        for id in &self.followed {
            while self.seen.borrow().is_behind(*id) && Instant::now() < until {
                let after = self.seen.borrow().whole_to(*id);
                // Whatever is wrong will show again with the next frame, or after the next connect.
                let Some(page) = self.api.try_events(*id, after).await else { break };
                self.seen.send_modify(|seen| seen.read += seen.fold(*id, page.events));
            }
        }
    }
}
