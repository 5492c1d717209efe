//! What holds whatever happened: DESIGN.md, "Invariants", as far as it can be seen from outside. Every scenario ends
//! here.

use std::collections::BTreeMap;

use domain::{
    event::{Body, RawEvent, RunOutcome},
    id::TaskId,
    task::State,
    view::RunView,
};
use store::{Holder, Store};

use crate::{
    Api, Ended, Log, Server,
    cloud::Stack,
    database::Database,
    processes,
    promises::{Promise, Promises},
    secrets,
    server::End,
    setup::ADMIN,
};

/// Checks all of them, and ends the server.
///
/// # Panics
/// When one does not hold.
pub async fn hold(mut server: Server) {
    if !server.runs_now() {
        server.start_again().await;
    }
    for (id, promise) in server.promises.all() {
        if promise.deleted {
            server.api().get_refused(404, &format!("/v1/tasks/{id}")).await;
            continue;
        }
        let ended = hold_for(&server, id, promise).await;
        // Whoever followed has the same.
        server.follower().follow(id);
        let copy = server.follower().copy(id, ended.task.head).await;
        assert_eq!(copy, ended.log, "the follower's copy of {id} is not the log");
    }
    assert_eq!(server.follower().seen().errors, [] as [&str; 0], "the follower was refused");
    server.quiet().await;
    let printed = server.printed();
    let told = server.secrets.iter().find(|secret| printed.contains(*secret));
    assert_eq!(told, None, "printed: {printed}");
    let status = server.end(End::InOrder).await;
    assert!(status.success(), "the server ended with {status}");
    nothing_is_left_alive(&server);
    match server.stack() {
        None => {
            let database = Database::copy_of(&server.database_file()).await;
            all_slots_are_free(database.store()).await;
            no_secret_is_left(&server);
        }
        Some(stack) => {
            no_slot_is_taken_by(&server.promises, &stack.store()).await;
            no_secret_is_in_the_cloud(&server, stack).await;
        }
    }
    server.checked = true;
}

/// What can be said of one task, which may be deleted afterwards.
///
/// # Panics
/// When something does not hold, or the task is none that was promised.
pub async fn of_task(server: &Server, id: TaskId) -> Ended {
    hold_for(server, id, server.promises.all()[&id]).await
}

async fn hold_for(server: &Server, id: TaskId, promise: Promise) -> Ended {
    let ended = terminal(server.api(), id, promise).await;
    one_log_of_ordered_runs(&ended);
    every_run_is_told(&ended, &server.api().runs(id).await);
    ended
}

/// 1, 2, 13, 14: an accepted task ends, once, within its attempts, with a reason if it failed, and not well if it was
/// called off.
async fn terminal(api: &Api, id: TaskId, promise: Promise) -> Ended {
    let ended = api.ended(id).await;
    let task = &ended.task;
    assert_eq!(api.task(id).await.state, task.state, "{id} changed after its end");
    let allowed = task.max_attempts * (1 + promise.retries);
    assert!(task.attempt <= allowed, "{id} had {} attempts of {allowed}", task.attempt);
    let failed = task.state == State::Failed;
    assert_eq!(task.reason.is_some(), failed, "{task:?}");
    assert_eq!(task.remedy.is_some(), failed, "{task:?}");
    assert!(task.ended_at.is_some(), "{task:?}");
    if promise.canceled {
        assert_eq!(task.state, State::Canceled, "{id} was called off");
    }
    assert_eq!(task.head, ended.log.0.len() as u64, "{id} says that its log is longer");
    ended
}

/// 3, 4: `seq` is 1..n; nothing of a run follows the first event of a later one, nor its own `run_ended`.
fn one_log_of_ordered_runs(ended: &Ended) {
    let Ended { task, log } = ended;
    let seqs: Vec<_> = log.0.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=task.head).collect::<Vec<_>>(), "{}", task.id);
    let mut last: Option<&RawEvent> = None;
    for event in &log.0 {
        if let Some(last) = last {
            let (new_run, was_end) = (event.attempt > last.attempt, last.kind() == "run_ended");
            assert!(event.attempt >= last.attempt, "{event:?} follows {last:?}");
            assert_eq!(new_run, was_end, "{event:?} follows {last:?}");
        }
        last = Some(event);
    }
    if let Some(last) = last {
        assert_eq!(last.kind(), "run_ended", "{} ended with {last:?}", task.id);
        assert_eq!(last.attempt, task.attempt, "{}", task.id);
    }
    let began: std::collections::BTreeSet<_> = log.0.iter().map(|event| event.attempt).collect();
    assert!(began.into_iter().eq(1..=task.attempt), "each run of {} said something", task.id);
}

/// Each run is listed, and as its last event says; a run that failed has a reason.
fn every_run_is_told(ended: &Ended, runs: &[RunView]) {
    let Ended { task, log } = ended;
    let told: BTreeMap<_, _> = ends(log).collect();
    let listed: BTreeMap<_, _> = runs.iter().map(|run| (run.attempt, run.outcome)).collect();
    assert_eq!(listed.keys().collect::<Vec<_>>(), told.keys().collect::<Vec<_>>(), "{}", task.id);
    for run in runs {
        assert_eq!(run.reason.is_some(), run.outcome == Some(RunOutcome::Failed), "{run:?}");
        assert!(run.ended_at.is_some(), "{run:?}");
        // A cancel that comes between a run's last word and its record wins over it.
        if run.outcome != Some(RunOutcome::Canceled) {
            assert_eq!(run.outcome, Some(told[&run.attempt]), "{run:?}");
        }
    }
    if let Some(last) = runs.last() {
        let state = match last.outcome {
            Some(RunOutcome::Succeeded) => State::Succeeded,
            Some(RunOutcome::Failed) => State::Failed,
            Some(RunOutcome::Canceled) | None => State::Canceled,
        };
        // What waited for another attempt may be called off meanwhile.
        assert!([state, State::Canceled].contains(&task.state), "{task:?} after {last:?}");
    }
}

fn ends(log: &Log) -> impl Iterator<Item = (u32, RunOutcome)> {
    log.of("run_ended").into_iter().map(|event| match event.body {
        Body::RunEnded { outcome, .. } => (event.attempt, outcome),
        body => panic!("no end of a run: {body:?}"),
    })
}

/// 5, 11: no process outlives its run, nor the server; no file of a run does.
fn nothing_is_left_alive(server: &Server) {
    assert_eq!(processes::of(server.root()), [], "processes are left");
    let left: Vec<_> = std::fs::read_dir(server.runs())
        .expect("the directory of the runs")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert!(left.is_empty(), "directories of runs are left: {left:?}");
}

/// 6: at rest nobody holds a slot, and the counter knows.
async fn all_slots_are_free(store: &Store) {
    assert_eq!(store.holders().await.expect("the holders"), []);
    let (used, users) = store.slots_used().await.expect("the counter");
    assert_eq!((used, users.len()), (0, 0), "slots of {users:?}");
}

/// 6: as far as the deployment is this scenario's: what another one left is not its fault.
async fn no_slot_is_taken_by(promises: &Promises, store: &Store) {
    let holders = store.holders().await.expect("the holders");
    let tasks = promises.all();
    let own: Vec<_> = holders.iter().filter(|holder| tasks.contains_key(&holder.task)).collect();
    assert_eq!(own, [] as [&Holder; 0], "slots are taken");
}

/// 10: no secret is in the table, the objects or the logs. What the API shows comes from there.
fn no_secret_is_left(server: &Server) {
    let data = server.data();
    let secrets = &server.secrets;
    assert_eq!(secrets::leaks(&data, secrets), [] as [&str; 0], "secrets are left behind");
    // The search sees what is in the table: there, everybody's address is.
    assert_ne!(secrets::leaks(&data, &[ADMIN.to_owned()]), [] as [&str; 0], "nothing was searched");
}

/// 10: as far as the cloud is ours to search: the table, and the logs of the runners.
async fn no_secret_is_in_the_cloud(server: &Server, stack: &Stack) {
    let logs = secrets::leaks(&server.data(), &server.secrets);
    assert_eq!(logs, [] as [&str; 0], "secrets are left in the logs");
    let table = stack.table_text().await;
    let leaks: Vec<_> = server.secrets.iter().filter(|secret| table.contains(*secret)).collect();
    assert_eq!(leaks, [] as [&String; 0], "secrets are left in the table");
    assert!(table.contains("errand.test"), "nothing was searched");
}

#[cfg(test)]
mod tests {
    use domain::view::TaskView;
    use serde_json::json;

    use super::*;

    /// An event's seq, run and type.
    type Said = (u64, u32, &'static str);

    /// A task with such a log.
    fn ended(events: &[Said]) -> Ended {
        let task: TaskView = serde_json::from_value(json!({
            "id": "task_00000000000000000000000000000007",
            "title": "t",
            "state": "succeeded",
            "version": 9,
            "attempt": events.last().map_or(0, |(_, attempt, _)| *attempt),
            "max_attempts": 3,
            "created_at": "2026-01-02T03:04:05Z",
            "updated_at": "2026-01-02T03:04:05Z",
            "owner": "user_00000000000000000000000000000007",
            "priority": "normal",
            "tags": [],
            "usage": {},
            "head": events.last().map_or(0, |(seq, _, _)| *seq),
        }))
        .unwrap();
        let event = |(seq, attempt, kind): &Said| {
            let event = json!({
                "seq": seq, "at": "2026-01-02T03:04:05Z", "attempt": attempt, "type": kind,
                "outcome": "succeeded", "duration_ms": 1, "text": "",
            });
            serde_json::from_value(event).unwrap()
        };
        Ended { task, log: Log(events.iter().map(event).collect()) }
    }

    const GOOD: [Said; 4] =
        [(1, 1, "text"), (2, 1, "run_ended"), (3, 2, "text"), (4, 2, "run_ended")];

    #[test]
    fn a_log_of_two_runs_is_in_order() {
        one_log_of_ordered_runs(&ended(&GOOD));
        one_log_of_ordered_runs(&ended(&[]));
    }

    #[test]
    fn whatever_is_wrong_with_a_log_is_noticed() {
        let faults: [(&str, &[Said]); 8] = [
            ("a gap", &[(1, 1, "text"), (3, 1, "run_ended")]),
            ("a double", &[(1, 1, "text"), (1, 1, "text"), (2, 1, "run_ended")]),
            ("no beginning", &[(2, 1, "run_ended")]),
            ("no end", &[(1, 1, "text")]),
            ("two ends", &[(1, 1, "run_ended"), (2, 1, "run_ended")]),
            ("a word after the end", &[(1, 1, "run_ended"), (2, 1, "text"), (3, 1, "run_ended")]),
            ("a run without an end", &[(1, 1, "text"), (2, 2, "run_ended")]),
            ("a superseded run", &[(1, 2, "text"), (2, 1, "text"), (3, 2, "run_ended")]),
        ];
        for (fault, events) in faults {
            let seen = std::panic::catch_unwind(|| one_log_of_ordered_runs(&ended(events)));
            assert!(seen.is_err(), "{fault} was not noticed");
        }
    }

    #[test]
    fn a_run_that_says_one_thing_and_is_recorded_as_another_is_noticed() {
        let ended = ended(&GOOD);
        let runs = |outcome: &str, reason: serde_json::Value| -> Vec<RunView> {
            let run = |attempt: u32| {
                json!({
                    "attempt": attempt, "created_at": "2026-01-02T03:04:05Z",
                    "ended_at": "2026-01-02T03:04:06Z", "outcome": outcome, "reason": reason, "usage": {},
                })
            };
            serde_json::from_value(json!([run(1), run(2)])).unwrap()
        };
        let good = runs("succeeded", serde_json::Value::Null);
        every_run_is_told(&ended, &good);
        for wrong in
            [runs("failed", json!("lost")), runs("succeeded", json!("lost")), good[..1].to_vec()]
        {
            let seen = std::panic::catch_unwind(|| every_run_is_told(&ended, &wrong));
            assert!(seen.is_err(), "{wrong:?}");
        }
    }
}
