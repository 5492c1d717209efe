//! What was used, added up as runs end.

use domain::{
    reason::Reason,
    run::RunUsage,
    task::{Outcome, State},
    usage::Sum,
};
use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use store::Whose;

use super::fixture::*;
use crate::engine::CASES;

/// A run of a history: of whom, with which model, in which repository, when, how, and at what cost.
#[derive(Clone, Debug)]
struct Ran {
    user: u128,
    model: Option<usize>,
    repository: Option<usize>,
    at: i64,
    outcome: Outcome,
    cost: u64,
}

fn ran() -> impl Strategy<Value = Ran> {
    let outcome = prop_oneof![
        Just(Outcome::Succeeded),
        Just(Outcome::Canceled),
        Just(Outcome::Failed(Reason::Budget)),
        Just(LOST),
    ];
    let kind = (1..4_u128, prop::option::of(0..3_usize), prop::option::of(0..2_usize));
    (kind, 0..400_000_i64, outcome, 0..9_000_u64).prop_map(|(kind, at, outcome, cost)| {
        let (user, model, repository) = kind;
        Ran { user, model, repository, at, outcome, cost }
    })
}

#[test]
fn usage_is_the_sum_of_the_runs_that_ended_whatever_happened() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = proptest::test_runner::Config::with_cases(CASES);
    TestRunner::new(config)
        .run(&vec(ran(), 1..12), |history| {
            runtime.block_on(adds_up(&history));
            Ok(())
        })
        .unwrap();
}

async fn adds_up(history: &[Ran]) {
    let f = Fixture::new().await;
    for (n, ran) in (1..).zip(history) {
        let mut new = new_task(n, user(ran.user));
        new.head.model = ran.model.map(|model| format!("claude-{model}"));
        new.head.repository = ran.repository.map(|name| format!("example.org/a#{name}"));
        let head = f.stored(new).await;
        let head = f.claimed(&head).await;
        let last = server_batch(&head, &["end"]);
        let mut finish = end(&head, ran.outcome, &last);
        finish.record.ended_at = at(1100 + ran.at);
        finish.record.usage = RunUsage { cost_usd_micros: ran.cost, ..spent() };
        f.store.finish(&finish).await.unwrap();
        // It was heard, but the answer was lost: asked again, it is refused and adds nothing.
        assert!(f.store.finish(&finish).await.is_err());
    }

    for owner in [None, Some(1), Some(2), Some(3)] {
        let whose = owner.map_or(Whose::Everybody, |owner| Whose::User(user(owner)));
        let runs = || history.iter().filter(|ran| owner.is_none_or(|owner| owner == ran.user));
        let mut found = Vec::new();
        let mut day = at(0).to_zoned(TimeZone::UTC).date();
        for _ in 0..7 {
            found.extend(f.store.usage_of_day(whose, day).await.unwrap());
            day = day.tomorrow().unwrap();
        }
        let mut sum = Sum::default();
        for entry in &found {
            sum.add(&entry.sum);
        }
        let count = |outcome: fn(&Outcome) -> bool| {
            runs().filter(|ran| outcome(&ran.outcome)).count() as u64
        };
        assert_eq!(sum.runs, runs().count() as u64);
        assert_eq!(sum.usage.cost_usd_micros, runs().map(|ran| ran.cost).sum::<u64>());
        assert_eq!(sum.usage.tokens.output_tokens, 20 * sum.runs);
        assert_eq!((sum.durations.total(), sum.waits.total()), (sum.runs, sum.runs));
        assert_eq!(sum.succeeded, count(|outcome| *outcome == Outcome::Succeeded));
        assert_eq!(sum.canceled, count(|outcome| *outcome == Outcome::Canceled));
        assert_eq!(sum.failed, count(|outcome| *outcome == Outcome::Failed(Reason::Budget)));

        for model in [None, Some(0), Some(1), Some(2)] {
            let name = model.map(|model| format!("claude-{model}"));
            let of_model = found.iter().filter(|entry| entry.model == name);
            let expected = runs().filter(|ran| ran.model == model).count() as u64;
            assert_eq!(of_model.map(|entry| entry.sum.runs).sum::<u64>(), expected);
        }
        for name in [None, Some(0), Some(1)] {
            let label = name.map(|name| format!("example.org/a#{name}"));
            let there = found.iter().filter(|entry| entry.repository == label);
            let expected = runs().filter(|ran| ran.repository == name).count() as u64;
            assert_eq!(there.map(|entry| entry.sum.runs).sum::<u64>(), expected);
        }
    }
}

#[tokio::test]
async fn a_run_is_kept_in_the_quarter_of_an_hour_in_which_it_ended() {
    let f = Fixture::new().await;
    let quarter: Timestamp = "2027-01-15T08:15:00Z".parse().unwrap();
    let moment = SignedDuration::from_millis(1);
    for (n, ended) in [(1, quarter - moment), (2, quarter), (3, quarter + moment * 899_999)] {
        let head = f.live(n, user(1)).await;
        let last = server_batch(&head, &["end"]);
        let mut finish = end(&head, Outcome::Succeeded, &last);
        finish.record.ended_at = ended;
        f.store.finish(&finish).await.unwrap();
    }
    let found = f.store.usage_of_day(Whose::User(user(1)), date(2027, 1, 15)).await.unwrap();
    let starts: Vec<_> =
        found.iter().map(|entry| (entry.quarter.start().to_string(), entry.sum.runs)).collect();
    let expected = [("2027-01-15T08:00:00Z", 1), ("2027-01-15T08:15:00Z", 2)];
    assert_eq!(starts, expected.map(|(start, runs)| (start.to_owned(), runs)));
}

#[tokio::test]
async fn a_task_that_is_called_off_before_it_ran_is_counted_once() {
    let f = Fixture::new().await;
    let head = f.queued(1, user(1)).await;
    let change = domain::task::Change::Ended(Outcome::Canceled);
    let ended = f.store.change(&head, change, at(1100)).await.unwrap();
    assert_eq!((ended.task.state, ended.ended_at), (State::Canceled, Some(at(1100))));
    assert!(f.store.change(&head, change, at(1101)).await.is_err());
    let usage = f.usage(user(1), "2027-01-15").await;
    assert_eq!(usage.into_iter().collect::<Vec<_>>(), [("canceled".to_owned(), 1)]);
}

#[tokio::test]
async fn days_that_were_kept_before_are_still_read() {
    let f = Fixture::new().await;
    let numbers = [("runs", 5), ("succeeded", 2), ("cost_usd_micros", 25), ("seconds", 495)];
    for day in ["2026-11-01", "2026-11-02", "2026-11-03"] {
        f.put_by_hand(&format!("USAGE#{}", user(1)), &format!("DAY#{day}"), &numbers).await;
    }
    let days = (date(2026, 11, 2), date(2026, 11, 3));
    let found = f.store.usage_before_quarters(user(1), days).await.unwrap();
    assert_eq!(found.len(), 2);
    let first = &found[0];
    assert_eq!(
        (first.sum.runs, first.sum.run_seconds, first.sum.usage.cost_usd_micros),
        (5, 495, 25)
    );
    assert_eq!(first.quarter.start().to_string(), "2026-11-02T12:00:00Z");
    assert_eq!(f.store.usage_before_quarters(user(2), days).await.unwrap(), []);
}

#[tokio::test]
async fn a_name_of_a_newer_version_is_passed_over() {
    let f = Fixture::new().await;
    let numbers = [("runs", 1), ("v", 2), ("joules", 7), ("d250", 1), ("t9", 3)];
    let sk = format!("{}#2345#claude-a#", user(1));
    f.put_by_hand("USAGE#2026-11-02", &sk, &numbers).await;
    let found = f.store.usage_of_day(Whose::Everybody, date(2026, 11, 2)).await.unwrap();
    assert_eq!((found[0].sum.runs, found[0].sum.durations.total()), (1, 1));
    assert_eq!(found[0].model.as_deref(), Some("claude-a"));
}

#[tokio::test]
async fn an_item_costs_one_unit_to_write_also_where_much_was_done() {
    let f = Fixture::new().await;
    for n in 1..=60 {
        let mut new = new_task(n, user(u128::MAX));
        new.head.model = Some("claude-sonnet-5".to_owned());
        new.head.repository = Some("github.com/an-organisation/a-repository".to_owned());
        let head = f.stored(new).await;
        let head = f.claimed(&head).await;
        let last = server_batch(&head, &["end"]);
        let mut finish = end(&head, Outcome::Succeeded, &last);
        // From a second to a quarter of an hour, from a cent to ten dollars.
        let n = i64::try_from(n).unwrap();
        finish.record.started_at = Some(at(1100) - SignedDuration::from_secs(n * 15));
        finish.record.usage.cost_usd_micros = 10_000 * u64::try_from(n * n).unwrap();
        f.store.finish(&finish).await.unwrap();
    }
    let sk =
        format!("{}#0815#claude-sonnet-5#github.com/an-organisation/a-repository", user(u128::MAX));
    let size = f.item_size("USAGE#2027-01-15", &sk).await;
    assert!(size <= 1024, "{size}");
}
