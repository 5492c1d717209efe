//! Two runs of a task, and everything that the network does to what they say.

use domain::task::State;
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use store::{Appended, Batch, Head};

use super::fixture::*;
use crate::engine::CASES;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A runner posts what it has to say, or repeats what was not acknowledged, and hears the answer.
    Post { run: usize, events: usize },
    /// The same, but the answer is lost.
    ReplyLost { run: usize, events: usize },
    /// The same, by a function of an earlier version that dies between its two writes.
    Torn { run: usize, events: usize },
    /// A copy of something that the runner posted before arrives late.
    Late { run: usize, which: usize },
    /// Another process of the same run posts at the place where the run is.
    Twin { run: usize },
    /// The dispatcher gives the live run up and starts the next one.
    Supersede,
}

fn step() -> impl Strategy<Value = Step> {
    let said = || (0..2_usize, 1..4_usize);
    prop_oneof![
        6 => said().prop_map(|(run, events)| Step::Post { run, events }),
        2 => said().prop_map(|(run, events)| Step::ReplyLost { run, events }),
        2 => said().prop_map(|(run, events)| Step::Torn { run, events }),
        3 => (0..2_usize, 0..8_usize).prop_map(|(run, which)| Step::Late { run, which }),
        1 => (0..2_usize).prop_map(|run| Step::Twin { run }),
        1 => Just(Step::Supersede),
    ]
}

/// A runner as the supervisor is: one post at a time, re-sent unchanged until it is acknowledged.
struct Runner {
    name: &'static str,
    /// What it believes of the log.
    head: u64,
    run_seq: u64,
    attempt: u32,
    open: Option<Batch>,
    sent: Vec<Batch>,
    acknowledged: Vec<String>,
    superseded: bool,
}

impl Runner {
    fn of(head: &Head) -> Self {
        Self {
            name: ["runner-1", "runner-2"][head.task.attempt.0 as usize - 1],
            head: head.seq,
            run_seq: head.run_seq,
            attempt: head.task.attempt.0,
            open: None,
            sent: Vec::new(),
            acknowledged: Vec::new(),
            superseded: false,
        }
    }

    fn next_post(&mut self, events: usize) -> Batch {
        let (attempt, run_seq) = (self.attempt, self.run_seq);
        let batch = self.open.get_or_insert_with(|| {
            let said: Vec<_> =
                (0..events as u64).map(|n| format!("{attempt}/{}", run_seq + n)).collect();
            let said: Vec<_> = said.iter().map(String::as_str).collect();
            batch_at(self.head + 1, attempt, run_seq, self.name, &said)
        });
        self.sent.push(batch.clone());
        batch.clone()
    }

    fn hear(&mut self, answer: &Appended) {
        match answer {
            Appended::Committed(head) | Appended::Repeated(head) => {
                let batch = self.open.take().unwrap();
                self.run_seq += batch.events.len() as u64;
                self.head = head.seq;
                self.acknowledged.extend(texts(&batch.events).into_iter().map(str::to_owned));
            }
            Appended::Superseded => self.superseded = true,
        }
    }
}

struct World {
    f: Fixture,
    runners: Vec<Runner>,
    /// What a reader saw so far.
    log: Vec<String>,
}

impl World {
    async fn new() -> Self {
        let f = Fixture::new().await;
        let head = f.live(1, user(1)).await;
        Self { f, runners: vec![Runner::of(&head)], log: Vec::new() }
    }

    async fn take(&mut self, step: Step) {
        let store = &self.f.store;
        match step {
            Step::Post { run, events } | Step::ReplyLost { run, events } => {
                let Some(runner) = self.runners.get_mut(run).filter(|runner| !runner.superseded)
                else {
                    return;
                };
                let batch = runner.next_post(events);
                let answer = store.append(post(task(1), &batch)).await.unwrap();
                if matches!(step, Step::Post { .. }) {
                    runner.hear(&answer);
                }
            }
            Step::Torn { run, events } => {
                let Some(runner) = self.runners.get_mut(run).filter(|runner| !runner.superseded)
                else {
                    return;
                };
                let batch = runner.next_post(events);
                self.f.torn(&batch).await;
            }
            Step::Late { run, which } => {
                let Some(batch) = self.runners.get(run).and_then(|runner| runner.sent.get(which))
                else {
                    return;
                };
                store.append(post(task(1), batch)).await.unwrap();
            }
            Step::Twin { run } => {
                // Before the first post nobody knows which of the two is the twin.
                let Some(runner) = self.runners.get(run).filter(|runner| runner.run_seq > 0) else {
                    return;
                };
                let said = batch_at(
                    runner.head + 1,
                    runner.attempt,
                    runner.run_seq,
                    "twin-of-it",
                    &["twin", "twin"],
                );
                let answer = store.append(post(task(1), &said)).await.unwrap();
                assert_eq!(answer, Appended::Superseded);
            }
            Step::Supersede => {
                if self.runners.len() > 1 {
                    return;
                }
                let head = store.head(task(1)).await.unwrap();
                let head = self.f.finished(&head, LOST, &server_batch(&head, &["lost"])).await;
                assert_eq!(head.task.state, State::Queued);
                let head = self.f.claimed(&head).await;
                self.runners.push(Runner::of(&head));
            }
        }
    }

    async fn check(&mut self) {
        let events = self.f.log(task(1)).await;
        let seqs: Vec<_> = events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=events.len() as u64).collect::<Vec<_>>(), "no gap and no double");
        let head = self.f.store.head(task(1)).await.unwrap();
        assert_eq!(head.seq, events.len() as u64);

        let read = texts(&events);
        let (before, new) = read.split_at(self.log.len());
        assert_eq!(before, self.log, "what was read once stays");
        let live = format!("{}/", self.runners.len());
        assert!(
            new.iter().all(|text| text.starts_with(&live) || *text == "lost"),
            "only the live run is heard: {new:?}"
        );
        for runner in &self.runners {
            let own = format!("{}/", runner.attempt);
            let heard: Vec<_> = read.iter().filter(|text| text.starts_with(&own)).collect();
            let numbers: Vec<_> = (0..heard.len()).map(|n| format!("{own}{n}")).collect();
            assert_eq!(
                heard,
                numbers.iter().map(String::as_str).collect::<Vec<_>>().iter().collect::<Vec<_>>()
            );
            assert!(runner.acknowledged.len() <= heard.len(), "what was acknowledged is there");
        }
        self.log = read.into_iter().map(str::to_owned).collect();
    }

    /// Once the network is well again, the live run gets through.
    async fn settle(&mut self) {
        let last = self.runners.len() - 1;
        for _ in 0..2 {
            self.take(Step::Post { run: last, events: 1 }).await;
            self.check().await;
        }
        let runner = &self.runners[last];
        assert!(!runner.superseded && !runner.acknowledged.is_empty());
        assert_eq!(runner.head, self.log.len() as u64);
    }
}

#[test]
fn f35_whatever_the_network_does_the_log_is_what_the_live_run_said() {
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..Default::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    TestRunner::new(config)
        .run(&vec(step(), 1..25), |steps| {
            runtime.block_on(async {
                let mut world = World::new().await;
                for step in steps {
                    world.take(step).await;
                    world.check().await;
                }
                world.settle().await;
            });
            Ok(())
        })
        .unwrap();
}
