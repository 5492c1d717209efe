//! A client that follows tasks as the protocol wants it: it folds what comes by `seq`, drops doubles, parks what is
//! early, and on a gap, or a head beyond what it has, reads REST. It connects again whenever it is cut.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use domain::{
    event::RawEvent,
    id::TaskId,
    socket::{ClientFrame, MAX_TOPICS, ServerFrame, Topic},
    view::{EventsPage, TicketView},
};
use fastrand::Rng;
use http::StatusCode;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    audit::Promise,
    gateway::Socket,
    person::{Ask, Person},
    world::world,
};

/// In a calm world a push takes no longer than this.
const PUSHED_WITHIN: Duration = Duration::from_secs(2);

/// What a follower has.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    pub(crate) logs: BTreeMap<TaskId, BTreeMap<u64, RawEvent>>,
    heads: BTreeMap<TaskId, u64>,
    /// What it was told to follow.
    pub(crate) followed: BTreeSet<TaskId>,
}

impl Copies {
    /// Up to here nothing is missing.
    pub(crate) fn whole_to(&self, id: TaskId) -> u64 {
        let seqs = self.logs.get(&id).into_iter().flat_map(BTreeMap::keys);
        seqs.zip(1..).take_while(|(seq, place)| **seq == *place).count() as u64
    }

    fn is_behind(&self, id: TaskId) -> bool {
        let last = self.logs.get(&id).and_then(|copy| copy.keys().next_back());
        let known = self.heads.get(&id).max(last).copied().unwrap_or(0);
        self.whole_to(id) < known
    }

    /// Takes events that may be doubles; a double must say the same.
    fn fold(&mut self, id: TaskId, events: Vec<RawEvent>) {
        let copy = self.logs.entry(id).or_default();
        for event in events {
            let seq = event.seq;
            let same = copy.get(&seq).is_none_or(|before| *before == event);
            world().check(7, same, || format!("event {seq} of {id} changed: {event:?}"));
            copy.insert(seq, event);
        }
    }
}

/// What a follower is told.
#[derive(Clone)]
pub(crate) struct Orders {
    orders: mpsc::UnboundedSender<Order>,
    pub(crate) copies: Rc<RefCell<Copies>>,
}

enum Order {
    Follow(TaskId),
    Forget(TaskId),
    Ping,
}

impl Orders {
    /// Whether anybody is there to hear it.
    fn order(&self, order: Order) -> bool {
        self.orders.send(order).is_ok()
    }

    /// Nothing beyond what one socket may follow, the list of all tasks included.
    pub(crate) fn follow(&self, id: TaskId) {
        let full = self.copies.borrow().followed.len() + 1 >= MAX_TOPICS;
        if !full && self.order(Order::Follow(id)) {
            self.copies.borrow_mut().followed.insert(id);
        }
    }

    pub(crate) fn forget(&self, id: TaskId) {
        self.copies.borrow_mut().followed.remove(&id);
        self.order(Order::Forget(id));
    }

    pub(crate) fn ping(&self) {
        self.order(Order::Ping);
    }
}

/// Who has no screen: a program that hands in errands and asks for what came of them.
pub(crate) fn nobody() -> Orders {
    let (orders, _) = mpsc::unbounded_channel();
    Orders { orders, copies: Rc::default() }
}

/// Begins to follow.
pub(crate) fn start(person: Rc<Person>) -> Orders {
    let (orders, todo) = mpsc::unbounded_channel();
    let copies = Rc::<RefCell<Copies>>::default();
    let world = world();
    let follower = Follower {
        person,
        todo,
        copies: copies.clone(),
        followed: BTreeSet::new(),
        confirmed: BTreeMap::new(),
        rng: world.fork(),
    };
    world.spawn(follower.run());
    Orders { orders, copies }
}

struct Follower {
    person: Rc<Person>,
    todo: mpsc::UnboundedReceiver<Order>,
    copies: Rc<RefCell<Copies>>,
    followed: BTreeSet<TaskId>,
    /// Since when the server says that this connection follows a task.
    confirmed: BTreeMap<TaskId, Duration>,
    rng: Rng,
}

impl Follower {
    async fn run(mut self) {
        loop {
            if let Some(socket) = self.connect().await {
                self.live(socket).await;
            }
            sleep(Duration::from_millis(self.rng.u64(50..2_000))).await;
        }
    }

    /// With a new ticket: each works once.
    async fn connect(&mut self) -> Option<Socket> {
        let answer = self.person.ask("ticket", &Ask::post("/v1/tickets", None)).await.ok()?;
        if answer.status != StatusCode::CREATED {
            return None;
        }
        let ticket: TicketView = serde_json::from_slice(&answer.body).ok()?;
        world().audit.borrow_mut().secrets.insert(ticket.ticket.clone());
        let socket = Socket::connect(&ticket.ticket).await?;
        self.confirmed.clear();
        let topics = self.followed.iter().copied().map(Topic::Task).chain([Topic::Tasks]);
        subscribe(&socket, topics.collect());
        Some(socket)
    }

    async fn live(&mut self, mut socket: Socket) {
        let world = world();
        let mut ping_at = Instant::now() + Duration::from_secs(self.rng.u64(10..60));
        // Pages are loaded again where nothing is wrong, too.
        let reloads = self.rng.u8(0..3) == 0;
        let cuts = reloads || world.fault("socket cut", world.plan.faults.socket_cut);
        let cut_at = Instant::now() + Duration::from_millis(self.rng.u64(100..20_000));
        loop {
            tokio::select! {
                biased;
                order = self.todo.recv() => match order {
                    Some(Order::Follow(id)) => {
                        self.followed.insert(id);
                        subscribe(&socket, vec![Topic::Task(id)]);
                    }
                    Some(Order::Forget(id)) => {
                        self.followed.remove(&id);
                        let mut copies = self.copies.borrow_mut();
                        copies.logs.remove(&id);
                        copies.heads.remove(&id);
                        drop(copies);
                        let frame = ClientFrame::Unsubscribe { topics: vec![Topic::Task(id)] };
                        say(&socket, "unsubscribe", &frame);
                    }
                    Some(Order::Ping) => self.ping(&socket),
                    None => return,
                },
                frame = socket.next() => match frame {
                    Some(frame) => {
                        self.hear(&frame);
                        self.catch_up().await;
                    }
                    None => return,
                },
                () = sleep_until(cut_at), if cuts => return,
                () = sleep_until(ping_at) => {
                    self.ping(&socket);
                    ping_at += Duration::from_secs(self.rng.u64(10..60));
                }
            }
        }
    }

    /// Asks for the heads, and again for what the server has not confirmed.
    fn ping(&self, socket: &Socket) {
        let missing = self.followed.iter().filter(|id| !self.confirmed.contains_key(id));
        let missing: Vec<_> = missing.copied().map(Topic::Task).collect();
        if !missing.is_empty() {
            subscribe(socket, missing);
        }
        say(socket, "ping", &ClientFrame::Ping);
    }

    fn hear(&mut self, text: &str) {
        let world = world();
        self.person.sees("a frame", text);
        let Ok(frame) = serde_json::from_str::<ServerFrame>(text) else {
            world.violated(7, format!("a frame that cannot be read: {text}"));
            return;
        };
        match frame {
            ServerFrame::Heads { heads } => {
                for (topic, head) in heads {
                    let Topic::Task(id) = topic else { continue };
                    if !self.followed.contains(&id) {
                        continue;
                    }
                    self.was_pushed(id, head);
                    self.confirmed.entry(id).or_insert(world.elapsed());
                    let mut copies = self.copies.borrow_mut();
                    let known = copies.heads.entry(id).or_default();
                    *known = head.max(*known);
                }
            }
            ServerFrame::Events { topic: Topic::Task(id), events } => {
                if self.followed.contains(&id) {
                    self.copies.borrow_mut().fold(id, events);
                }
            }
            ServerFrame::Task { task } => {
                world.check(9, task.owner == self.person.id, || format!("another's: {task:?}"));
            }
            ServerFrame::Events { .. } | ServerFrame::Error { .. } | ServerFrame::Unknown => (),
        }
    }

    /// 7: where nothing goes wrong, whoever follows a task hears of every event by a push.
    fn was_pushed(&self, id: TaskId, head: u64) {
        let world = world();
        let Some(confirmed) = self.confirmed.get(&id) else { return };
        if !world.plan.calm || self.copies.borrow().whole_to(id) >= head {
            return;
        }
        let audit = world.audit.borrow();
        let Some(grew_at) = audit.heads.of(id).map(|head| head.grew_at) else { return };
        let pushed = grew_at < *confirmed || world.elapsed() < grew_at + PUSHED_WITHIN;
        world.check(7, pushed, || {
            let has = self.copies.borrow().whole_to(id);
            format!("{id} has {head} events, its follower heard of {has}")
        });
    }

    /// Reads what is missing.
    async fn catch_up(&mut self) {
        for id in self.followed.clone() {
            while self.copies.borrow().is_behind(id) {
                let after = self.copies.borrow().whole_to(id);
                let limit = self.rng.u64(2..60);
                let path = format!("/v1/tasks/{id}/events?after={after}&limit={limit}");
                let answer = self.person.ask("events", &Ask::get(path)).await;
                // Whatever is wrong will show again with the next frame, or after the next connect.
                let Ok(answer) = answer else { return };
                let Ok(page) = serde_json::from_slice::<EventsPage>(&answer.body) else { return };
                let news = page.events.last().is_some_and(|event| event.seq > after);
                let mut copies = self.copies.borrow_mut();
                copies.fold(id, page.events);
                let deleted = |promise: &Promise| promise.deleted;
                let gone = world().audit.borrow().promises.get(&id).is_some_and(deleted);
                world().check(7, news || gone, || format!("nothing of {id} follows {after}"));
                if !news {
                    return;
                }
            }
        }
    }
}

fn subscribe(socket: &Socket, topics: Vec<Topic>) {
    for topics in topics.chunks(20) {
        say(socket, "subscribe", &ClientFrame::Subscribe { topics: topics.to_vec() });
    }
}

fn say(socket: &Socket, name: &'static str, frame: &ClientFrame) {
    socket.say(name, serde_json::to_string(frame).unwrap_or_default());
}
