use std::{collections::HashSet, fmt::Write as _};

use proptest::prelude::*;

use super::*;

const LIMIT: Attempt = Attempt(3);

fn commands() -> Vec<Command> {
    let mut all =
        vec![Command::BecomeDue, Command::Start, Command::Cancel, Command::Retry { attempts: 2 }];
    for attempt in 1..=4 {
        let run = Attempt(attempt);
        all.extend([
            Command::ReportRunning(run),
            Command::ReportWaiting(run),
            Command::ReportEnded(run, Outcome::Succeeded),
            Command::ReportEnded(run, Outcome::Failed(Reason::AgentError)),
            Command::ReportEnded(run, Outcome::Failed(Reason::ModelError)),
            Command::ReportEnded(run, Outcome::Canceled),
            Command::ReportEnded(run, Outcome::Failed(Reason::Lost)),
            Command::Lose(run, Reason::Lost),
            Command::Interrupt(run),
        ]);
    }
    all
}

/// Every task that any sequence of commands can make, with the commands' answers (duplicates, stale runs and all).
/// Retries are granted up to attempt 6 so that the space is finite.
fn every_transition() -> Vec<(Task, Command, Option<Change>, Task)> {
    let mut seen = HashSet::new();
    let mut todo = vec![Task::new(State::Queued, LIMIT), Task::new(State::Scheduled, LIMIT)];
    let mut found = Vec::new();
    while let Some(task) = todo.pop() {
        if task.attempt_limit.0 > 6 || !seen.insert(task) {
            continue;
        }
        for command in commands() {
            let change = task.decide(command).unwrap_or_default();
            let mut next = task;
            if let Some(change) = change {
                next.apply(change);
            }
            found.push((task, command, change, next));
            todo.push(next);
        }
    }
    assert!(
        found.len() > 1_000,
        "the search must reach the whole machine, not {} steps",
        found.len()
    );
    found
}

#[test]
fn the_whole_machine_on_one_page() {
    let mut page = String::new();
    for (state, cancel_requested) in State::ALL
        .into_iter()
        .flat_map(|state| [(state, false), (state, true)])
        .filter(|(state, cancel)| !cancel || state.is_live())
    {
        let reason = (state == State::Failed).then_some(Reason::AgentError);
        let attempt = if state == State::Scheduled { Attempt(0) } else { Attempt(2) };
        let task = Task { state, attempt, attempt_limit: LIMIT, cancel_requested, reason };
        let called_off = if cancel_requested { ", cancel requested" } else { "" };
        writeln!(page, "{state} (run {attempt} of {LIMIT}{called_off})").unwrap();
        for command in [
            Command::BecomeDue,
            Command::Start,
            Command::ReportRunning(Attempt(2)),
            Command::ReportRunning(Attempt(1)),
            Command::ReportWaiting(Attempt(2)),
            Command::ReportEnded(Attempt(2), Outcome::Succeeded),
            Command::ReportEnded(Attempt(2), Outcome::Failed(Reason::AgentError)),
            Command::ReportEnded(Attempt(2), Outcome::Failed(Reason::ModelError)),
            Command::ReportEnded(Attempt(2), Outcome::Failed(Reason::Lost)),
            Command::ReportEnded(Attempt(2), Outcome::Canceled),
            Command::ReportEnded(Attempt(1), Outcome::Succeeded),
            Command::Lose(Attempt(2), Reason::Lost),
            Command::Lose(Attempt(1), Reason::Lost),
            Command::Interrupt(Attempt(2)),
            Command::Interrupt(Attempt(1)),
            Command::Cancel,
            Command::Retry { attempts: 3 },
        ] {
            let answer = match task.decide(command) {
                Ok(Some(change)) => format!("{change:?}"),
                Ok(None) => "nothing to do".to_owned(),
                Err(refusal) => format!("refused: {refusal}"),
            };
            writeln!(page, "    {command:?} => {answer}").unwrap();
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn a_terminal_state_is_left_only_by_a_persons_retry() {
    for (task, command, _, next) in every_transition() {
        if task.state.is_terminal() && next != task {
            assert!(
                matches!(command, Command::Retry { .. }),
                "{command:?} changed {task:?} into {next:?}"
            );
        }
    }
}

#[test]
fn only_the_current_live_run_is_believed() {
    for (task, command, change, _) in every_transition() {
        let (Command::ReportRunning(run)
        | Command::ReportWaiting(run)
        | Command::ReportEnded(run, _)) = command
        else {
            continue;
        };
        if change.is_some() {
            assert!(
                task.state.is_live() && run == task.attempt,
                "{command:?} was believed in {task:?}"
            );
        }
    }
}

#[test]
fn attempts_never_exceed_their_limit_and_start_one_by_one() {
    for (task, _, change, next) in every_transition() {
        assert!(next.attempt <= next.attempt_limit, "{next:?}");
        if let Some(Change::Started(attempt)) = change {
            assert_eq!(attempt, task.attempt.next());
            assert!(!task.state.is_live(), "two live runs of {task:?}");
        }
    }
}

#[test]
fn what_was_called_off_never_succeeds_nor_runs_again() {
    for (task, command, _, next) in every_transition() {
        if task.cancel_requested {
            assert!(
                next.cancel_requested || next.state == State::Canceled,
                "{command:?} made {next:?} of a run that was called off"
            );
        }
    }
}

#[test]
fn what_its_host_interrupted_is_queued_again_at_once_while_attempts_are_left() {
    for (task, command, change, _) in every_transition() {
        let (Command::Interrupt(run) | Command::ReportEnded(run, Outcome::Failed(Reason::Lost))) =
            command
        else {
            continue;
        };
        if !task.state.is_live() || run != task.attempt {
            assert_eq!(change, None, "{command:?} of {task:?}");
            continue;
        }
        let again = Change::Requeued { reason: Reason::Lost, after: Duration::ZERO };
        let expected = if task.cancel_requested {
            Change::Ended(Outcome::Canceled)
        } else if task.attempt < task.attempt_limit {
            again
        } else {
            Change::Ended(Outcome::Failed(Reason::Lost))
        };
        assert_eq!(change, Some(expected), "{command:?} of {task:?}");
    }
}

#[test]
fn every_failure_has_a_reason_and_nothing_else_that_ended_has_one() {
    for (_, _, _, next) in every_transition() {
        match next.state {
            State::Failed => assert!(next.reason.is_some(), "{next:?}"),
            State::Succeeded | State::Canceled => assert_eq!(next.reason, None, "{next:?}"),
            State::Scheduled
            | State::Queued
            | State::Starting
            | State::Running
            | State::Waiting => (),
        }
    }
}

#[test]
fn the_same_command_twice_changes_nothing_the_second_time() {
    for (_, command, change, next) in every_transition() {
        // A second retry or start is a new wish, not a repeat: the first is refused or idle by the state that follows.
        if change.is_some() && !matches!(command, Command::Retry { .. }) {
            let again = next.decide(command).unwrap_or_default();
            assert_eq!(again, None, "{command:?} twice, the second time on {next:?}");
        }
    }
}

proptest! {
    /// Whatever comes in whatever order, the task can still be brought to an end.
    #[test]
    fn no_sequence_of_commands_leaves_a_task_that_cannot_end(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..60)
    ) {
        let all = commands();
        let mut task = Task::new(State::Queued, LIMIT);
        for pick in picks {
            if let Ok(Some(change)) = task.decide(*pick.get(&all)) {
                task.apply(change);
            }
        }
        for command in [Command::Cancel, Command::ReportEnded(task.attempt, Outcome::Canceled)] {
            if let Ok(Some(change)) = task.decide(command) {
                task.apply(change);
            }
        }
        prop_assert!(task.state.is_terminal(), "{task:?}");
    }
}
