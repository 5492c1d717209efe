//! Fairness through the whole system: one person with hundreds of tasks, others with one now and then, then all with many.
//! Nothing goes wrong here; whose turn it is must come of the queue alone.

use std::{collections::BTreeMap, rc::Rc, time::Duration};

use anyhow::{Context as _, ensure};
use domain::{id::TaskId, task::State, view::TaskView};
use fastrand::Rng;
use serde_json::json;
use tokio::time::sleep;

use crate::{
    errand,
    person::{Ask, Person},
    plan::Plan,
    queue, seed, services, sources,
    trace::Trace,
    world::World,
};

const PEOPLE: usize = 4;
/// What the first one hands in before anybody else comes.
const MANY: usize = 160;
/// How often somebody else comes with one.
const VISITS: usize = 10;
/// What everybody hands in, in the end.
const EACH: usize = 40;
/// Shares of less than this say nothing.
const MEASURED: Duration = Duration::from_secs(300);
/// A task that is not begun after so long never will be.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// How fair it was.
#[derive(Clone, Debug)]
pub struct Fairness {
    /// Turns that others got while somebody with one task waited, at worst.
    pub turns: usize,
    /// Jain's index of how long people had slots while all of them had tasks waiting: 1 is fair to all.
    pub jain: f64,
    /// Tasks that were handed in.
    pub tasks: usize,
}

/// Tells the story of a crowd.
///
/// # Errors
/// When there is no world to be had, or a task is not accepted or not begun.
pub fn crowd(seed: u64) -> anyhow::Result<Fairness> {
    seed::block_on(seed, async {
        let mut rng = Rng::with_seed(seed);
        let plan = Plan::crowd(&mut rng);
        let (world, entered) = World::enter(plan, rng, Vec::new(), Trace::new(false)).await?;
        let fairness = Crowd::gather(world).await?.wait().await;
        drop(entered);
        fairness
    })
}

struct Crowd {
    world: Rc<World>,
    people: Vec<Person>,
    handed_in: usize,
}

impl Crowd {
    async fn gather(world: Rc<World>) -> anyhow::Result<Self> {
        let keys = Rc::new(services::keys()?);
        let people: Vec<_> = (0..PEOPLE).map(|number| Person::new(number, keys.clone())).collect();
        for person in &people {
            person.signs_in(&world.store).await?;
        }
        world.spawn(queue::poll());
        world.spawn(sources::ticks());
        Ok(Self { world, people, handed_in: 0 })
    }

    async fn wait(mut self) -> anyhow::Result<Fairness> {
        for _ in 0..MANY {
            self.hand_in(0).await?;
        }
        let mut turns = 0;
        for visit in 0..VISITS {
            sleep(self.world.millis(0..15_000)).await;
            turns = turns.max(self.turns_before(1 + visit % (PEOPLE - 1)).await?);
        }
        for _ in 0..EACH {
            for number in 0..PEOPLE {
                self.hand_in(number).await?;
            }
        }
        let jain = self.jain().await?;
        ensure!(self.world.violation.borrow().is_none(), "{:?}", self.world.violation.borrow());
        Ok(Fairness { turns, jain, tasks: self.handed_in })
    }

    async fn hand_in(&mut self, number: usize) -> anyhow::Result<TaskId> {
        self.handed_in += 1;
        let person = &self.people[number];
        let body = json!({ "prompt": format!("{} {}", person.mark, self.handed_in) });
        let ask = Ask::post("/v1/tasks", Some(body));
        let answer = person.insist("create", &ask.with_key(self.handed_in.to_string())).await;
        let task: TaskView = serde_json::from_slice(&answer.body)
            .with_context(|| String::from_utf8_lossy(&answer.body).into_owned())?;
        errand::promised(task.id, person.id);
        Ok(task.id)
    }

    /// How many turns others get until somebody's only task begins.
    async fn turns_before(&mut self, number: usize) -> anyhow::Result<usize> {
        let id = self.hand_in(number).await?;
        let before = self.begun().len();
        let since = self.world.elapsed();
        loop {
            let begun = self.begun();
            if let Some(at) = begun.iter().position(|task| *task == id) {
                return Ok(at.saturating_sub(before));
            }
            ensure!(self.world.elapsed() - since < PATIENCE, "{id} is not begun");
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Of how long who has slots, for as long as everybody has something that waits.
    async fn jain(&self) -> anyhow::Result<f64> {
        let from = self.world.elapsed();
        while self.all_wait() {
            ensure!(self.world.elapsed() - from < PATIENCE, "the queue stands still");
            sleep(Duration::from_millis(200)).await;
        }
        let until = self.world.elapsed();
        let audit = self.world.audit.borrow();
        let mut shares: BTreeMap<String, f64> =
            self.people.iter().map(|person| (person.id.to_string(), 0.0)).collect();
        for run in &audit.heads.begun {
            let end = audit.heads.ended_at(run.task, run.attempt).unwrap_or(until).min(until);
            let held = end.saturating_sub(run.at.max(from));
            *shares.entry(run.owner.clone()).or_default() += held.as_secs_f64();
        }
        let (sum, squares) =
            shares.values().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
        ensure!(sum > MEASURED.as_secs_f64(), "only {shares:?} s while all had to wait");
        Ok(sum * sum / (shares.len() as f64 * squares))
    }

    fn all_wait(&self) -> bool {
        let audit = self.world.audit.borrow();
        self.people.iter().all(|person| {
            let owner = person.id.to_string();
            audit.heads.all().any(|head| head.owner == owner && head.state == State::Queued)
        })
    }

    /// What was begun, in order.
    fn begun(&self) -> Vec<TaskId> {
        self.world.audit.borrow().heads.begun.iter().map(|run| run.task).collect()
    }
}
