//! An errand from its owner's side: handed in, perhaps called off, perhaps taken up again, perhaps deleted.

use std::{rc::Rc, time::Duration};

use domain::{
    id::{TaskId, UserId},
    task::State,
    view::TaskView,
};
use fastrand::Rng;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    audit::Promise,
    follower::Orders,
    functions::Answer,
    person::{Ask, Person},
    world::{now, world},
};

pub(crate) struct Errand {
    pub(crate) owner: Rc<Person>,
    /// Somebody whose business it is not.
    pub(crate) stranger: Rc<Person>,
    pub(crate) number: usize,
    pub(crate) orders: Orders,
    pub(crate) rng: Rng,
}

impl Errand {
    pub(crate) async fn run(mut self) {
        if let Some(id) = self.live().await {
            self.promise(id, |promise| promise.left = true);
        }
    }

    async fn live(&mut self) -> Option<TaskId> {
        let world = world();
        let lasts = u64::try_from(world.plan.lasts.as_millis()).unwrap_or(1);
        self.pause(0..lasts * 2 / 3).await;
        let id = self.hand_in().await?;
        let one_of = if world.plan.watched { 2 } else { 4 };
        let follows_at_once = self.rng.u8(0..one_of) == 0;
        if follows_at_once {
            self.orders.follow(id);
        }
        if self.rng.u8(0..5) == 0 {
            if self.rng.bool() {
                self.begun(id).await;
                self.pause(0..6_000).await;
            } else {
                self.pause(0..30_000).await;
            }
            self.cancel(id).await;
        }
        if !follows_at_once && self.rng.u8(0..one_of) == 0 {
            self.pause(0..8_000).await;
            self.orders.follow(id);
        }
        if self.rng.u8(0..12) == 0 {
            self.look(id).await;
        }
        if self.rng.u8(0..12) == 0 {
            self.ended(id).await;
            self.retry(id).await;
            if self.rng.bool() {
                self.pause(0..10_000).await;
                self.cancel(id).await;
            }
        }
        if self.rng.u8(0..10) == 0 {
            self.ended(id).await;
            if self.rng.bool() {
                self.review(id).await;
            }
            self.delete(id).await;
        }
        Some(id)
    }

    async fn pause(&mut self, millis: std::ops::Range<u64>) {
        sleep(Duration::from_millis(self.rng.u64(millis))).await;
    }

    /// With a key it is tried until it is there, and then some more; without one it is tried once.
    async fn hand_in(&mut self) -> Option<TaskId> {
        let body = self.body();
        let ask = Ask::post("/v1/tasks", Some(body.clone()));
        if self.rng.u8(0..4) == 0 {
            let answer = self.owner.ask("create", &ask).await;
            let accepted = answer.ok().filter(|answer| answer.status == StatusCode::CREATED);
            if accepted.is_none() {
                // Nobody can tell whether it is there.
                world().audit.borrow_mut().unknown += 1;
            }
            return self.accepted(&accepted?);
        }
        let key = format!("errand-{}", self.number);
        let ask = ask.with_key(&key);
        let answer = self.owner.insist("create", &ask).await;
        let id = self.accepted(&answer)?;
        if self.rng.u8(0..8) == 0 {
            self.pause(0..20_000).await;
            let again = self.owner.insist("create", &ask).await;
            let same = self.accepted(&again);
            world().check(8, same == Some(id), || format!("{key} made {id} and {same:?}"));
        }
        if self.rng.u8(0..12) == 0 {
            let other = json!({ "prompt": format!("{} another one", self.owner.mark) });
            let ask = Ask::post("/v1/tasks", Some(other)).with_key(&key);
            let answer = self.owner.insist("create", &ask).await;
            world().check(8, answer.status == StatusCode::UNPROCESSABLE_ENTITY, || {
                format!("{key} with another body: {}", answer.status)
            });
        }
        Some(id)
    }

    fn body(&mut self) -> Value {
        let priorities = ["urgent", "high", "normal", "low"];
        let mut body = json!({
            "prompt": format!("{} errand {}", self.owner.mark, self.number),
            "priority": priorities[self.rng.usize(0..priorities.len())],
            "max_attempts": self.rng.u32(1..4),
            "timeout_s": 120,
        });
        if self.rng.u8(0..8) == 0 {
            let later = now() + SignedDuration::from_secs(self.rng.i64(1..120));
            body["not_before"] = json!(later);
        }
        body
    }

    fn accepted(&self, answer: &Answer) -> Option<TaskId> {
        let world = world();
        let task: Option<TaskView> = serde_json::from_slice(&answer.body).ok();
        let accepted = answer.status == StatusCode::CREATED && task.is_some();
        world.check(8, accepted, || {
            format!("not accepted: {} {}", answer.status, String::from_utf8_lossy(&answer.body))
        });
        let task = task?;
        world.check(9, task.owner == self.owner.id, || format!("another's task: {task:?}"));
        promised(task.id, self.owner.id);
        Some(task.id)
    }

    async fn cancel(&self, id: TaskId) {
        let ask = Ask::post(format!("/v1/tasks/{id}/cancel"), None);
        let answer = self.owner.insist("cancel", &ask).await;
        let world = world();
        match answer.status {
            StatusCode::OK => {
                let task: Option<TaskView> = serde_json::from_slice(&answer.body).ok();
                let stands =
                    task.is_some_and(|task| task.cancel_requested || task.state == State::Canceled);
                // What was asked for first may have been heard, and the run may have ended since.
                world.check(14, stands, || format!("{id} was called off, and is not"));
                self.promise(id, |promise| promise.canceled = true);
            }
            StatusCode::CONFLICT => (),
            status => world.violated(0, format!("cancel of {id}: {status}")),
        }
    }

    async fn retry(&self, id: TaskId) {
        // As soon as it is asked for, nothing is promised of the cancel before.
        self.promise(id, |promise| promise.canceled = false);
        let ask = Ask::post(format!("/v1/tasks/{id}/retry"), None);
        let answer = self.owner.insist("retry", &ask).await;
        // 409: the first try was heard, its answer lost.
        let known = [StatusCode::OK, StatusCode::CONFLICT].contains(&answer.status);
        world().check(0, known, || format!("retry of {id}: {}", answer.status));
    }

    async fn review(&self, id: TaskId) {
        let ask = Ask::post(format!("/v1/tasks/{id}/review"), None);
        let answer = self.owner.insist("review", &ask).await;
        world().check(0, answer.status == StatusCode::OK, || {
            format!("review of {id}: {}", answer.status)
        });
    }

    async fn delete(&self, id: TaskId) {
        self.orders.forget(id);
        self.promise(id, |promise| promise.deleted = true);
        let answer = self.owner.insist("delete", &Ask::delete(id)).await;
        let known = [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND].contains(&answer.status);
        world().check(0, known, || format!("delete of {id}: {}", answer.status));
    }

    /// Somebody looks, and somebody else tries to.
    async fn look(&self, id: TaskId) {
        let _: Option<TaskView> = self.owner.read("show", format!("/v1/tasks/{id}")).await;
        let _: Option<Value> = self.owner.read("list", "/v1/tasks?limit=5".to_owned()).await;
        let _: Option<Value> = self.owner.read("runs", format!("/v1/tasks/{id}/runs")).await;
        for path in [format!("/v1/tasks/{id}"), format!("/v1/tasks/{id}/events")] {
            let answer = self.stranger.insist("show", &Ask::get(path)).await;
            world().check(9, answer.status == StatusCode::NOT_FOUND, || {
                format!("a stranger asked for {id}: {}", answer.status)
            });
        }
    }

    async fn ended(&self, id: TaskId) {
        until(id, State::is_terminal).await;
    }

    async fn begun(&self, id: TaskId) {
        until(id, |state| state != State::Queued).await;
    }

    fn promise(&self, id: TaskId, change: impl FnOnce(&mut Promise)) {
        if let Some(promise) = world().audit.borrow_mut().promises.get_mut(&id) {
            change(promise);
        }
    }
}

/// The task is in such a state, or gone.
async fn until(id: TaskId, wanted: impl Fn(State) -> bool) {
    let world = world();
    while !world.audit.borrow().heads.of(id).is_none_or(|head| wanted(head.state)) {
        sleep(Duration::from_secs(2)).await;
    }
}

/// A task was accepted.
pub(crate) fn promised(id: TaskId, owner: UserId) {
    let promise = Promise { owner, canceled: false, deleted: false, left: false };
    world().audit.borrow_mut().promises.entry(id).or_insert(promise);
}
