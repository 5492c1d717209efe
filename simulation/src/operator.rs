//! Somebody who operates the queue, and people who change many tasks at once.

use std::{rc::Rc, time::Duration};

use auth::SigningKeys;
use domain::id::TaskId;
use fastrand::Rng;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    person::{Ask, Person},
    plan::USER_MAX_QUEUED,
    world::{World, world},
};

/// So many tasks are changed at once.
const AT_ONCE: usize = 12;

pub(crate) struct Operator {
    admin: Person,
    people: Vec<Rc<Person>>,
    rng: Rng,
    /// Of what was asked: each is another one.
    asked: u64,
}

/// Of an answer, what was not done.
#[derive(Deserialize)]
struct Changed {
    skipped: Vec<Skipped>,
}

#[derive(Deserialize)]
struct Skipped {
    id: TaskId,
}

impl Operator {
    pub(crate) async fn comes(
        world: &World,
        keys: Rc<SigningKeys>,
        people: Vec<Rc<Person>>,
    ) -> anyhow::Result<Self> {
        let admin = Person::operator(people.len(), keys);
        admin.signs_in(&world.store).await?;
        Ok(Self { admin, people, rng: world.fork(), asked: 0 })
    }

    /// As long as things go wrong; what it began is done in the end.
    pub(crate) async fn run(mut self) {
        let world = world();
        let until = world.plan.lasts;
        while world.elapsed() < until {
            self.pause(2_000..40_000).await;
            match self.rng.u8(0..6) {
                0..2 => self.stop_for_a_while().await,
                2 => self.limit().await,
                3 => self.change_many("cancel").await,
                4 => self.change_many("retry").await,
                _ => self.look().await,
            }
        }
    }

    async fn pause(&mut self, millis: std::ops::Range<u64>) {
        sleep(Duration::from_millis(self.rng.u64(millis))).await;
    }

    /// 6: from the moment in which a pause is confirmed nothing begins, until it is asked to go on.
    async fn stop_for_a_while(&mut self) {
        let world = world();
        self.queue("pause", json!({ "note": "a moment" })).await;
        world.audit.borrow_mut().heads.paused = true;
        self.pause(500..15_000).await;
        world.audit.borrow_mut().heads.paused = false;
        self.queue("resume", json!({})).await;
    }

    async fn queue(&mut self, what: &str, body: Value) {
        let ask = Ask::post(format!("/v1/queue/{what}"), Some(body)).with_key(self.key(what));
        let answer = self.admin.insist(what, &ask).await;
        world().check(0, answer.status == StatusCode::OK, || {
            format!("{what}: {} {}", answer.status, String::from_utf8_lossy(&answer.body))
        });
    }

    /// 6: from the moment in which a limit is confirmed nothing begins beyond it.
    async fn limit(&mut self) {
        let world = world();
        let total = self.rng.u32(1..6);
        let user = self.rng.u32(1..=total);
        let body = json!({
            "running_total": total, "running_per_user": user, "queued_per_user": USER_MAX_QUEUED,
        });
        world.audit.borrow_mut().heads.limits.may_become(total, user);
        let answer = self.admin.insist("limits", &Ask::put("/v1/limits", body)).await;
        world.check(0, answer.status == StatusCode::OK, || format!("limits: {}", answer.status));
        world.audit.borrow_mut().heads.limits.are(total, user);
    }

    /// Of somebody's tasks, those that nobody else is at any more.
    async fn change_many(&mut self, action: &str) {
        let world = world();
        let person = self.people[self.rng.usize(0..self.people.len())].clone();
        let ids = self.left_alone(&world, &person);
        if ids.is_empty() {
            return;
        }
        let promise = |ids: &[TaskId], canceled: bool| {
            let mut audit = world.audit.borrow_mut();
            for id in ids {
                if let Some(promise) = audit.promises.get_mut(id) {
                    promise.canceled = canceled;
                }
            }
        };
        if action == "retry" {
            // As soon as it is asked for, nothing is promised of a cancel before.
            promise(&ids, false);
        }
        let body = json!({ "action": action, "ids": ids });
        let ask = Ask::post("/v1/tasks/bulk", Some(body)).with_key(self.key(action));
        let answer = person.insist("bulk", &ask).await;
        let Ok(changed) = serde_json::from_slice::<Changed>(&answer.body) else {
            let text = String::from_utf8_lossy(&answer.body);
            world.violated(0, format!("bulk {action}: {} {text}", answer.status));
            return;
        };
        if action == "cancel" {
            let skipped: Vec<_> = changed.skipped.iter().map(|one| one.id).collect();
            let done: Vec<_> = ids.into_iter().filter(|id| !skipped.contains(id)).collect();
            promise(&done, true);
        }
    }

    fn left_alone(&mut self, world: &World, person: &Person) -> Vec<TaskId> {
        let audit = world.audit.borrow();
        let promises = audit.promises.iter();
        let own = promises.filter(|(_, one)| one.owner == person.id && one.left && !one.deleted);
        let mut ids: Vec<_> = own.map(|(id, _)| *id).collect();
        self.rng.shuffle(&mut ids);
        ids.truncate(AT_ONCE);
        ids
    }

    async fn look(&mut self) {
        let _: Option<Value> = self.admin.read("queue", "/v1/queue".to_owned()).await;
    }

    fn key(&mut self, what: &str) -> String {
        self.asked += 1;
        format!("{what}-{}", self.asked)
    }
}
