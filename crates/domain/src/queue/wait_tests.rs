use super::{
    order_tests::{at, task, user, waits},
    *,
};

const LIMITS: LimitsView =
    LimitsView { running_total: 4, running_per_user: 2, queued_per_user: 100 };

fn queue(turns: &Turns, running: u64, held: Option<i64>) -> Queue<'_> {
    let pace = Pace { held: held.map(SignedDuration::from_secs), ..Pace::default() };
    Queue { limits: LIMITS, running, turns, paused: false, pace, now: at(100) }
}

fn subject(n: u128, owner: u128, state: State) -> Subject {
    Subject { id: task(n), owner: user(owner), state, attempt: 0, not_before: None }
}

fn normal(n: u128, owner: u128) -> Waiting {
    waits(n, owner, Priority::Normal, 0)
}

#[test]
fn only_what_has_not_started_waits() {
    let turns = Turns::default();
    for state in State::ALL {
        let waits = queue(&turns, 0, None).wait(subject(1, 1, state), None, false).is_some();
        assert_eq!(waits, matches!(state, State::Scheduled | State::Queued), "{state}");
    }
}

#[test]
fn what_waits_for_its_time_says_until_when_and_whether_it_failed_before() {
    let turns = Turns::default();
    for (attempt, reason) in [(0, WaitReason::NotBefore), (1, WaitReason::Backoff)] {
        let until = Some(at(500));
        let subject = Subject { attempt, not_before: until, ..subject(1, 1, State::Scheduled) };
        let wait = queue(&turns, 4, Some(60)).wait(subject, Some(&[]), false);
        assert_eq!(wait, Some(WaitView { until, ..WaitView::new(reason) }));
    }
}

#[test]
fn a_place_is_where_the_task_starts_and_an_estimate_is_as_many_ends_of_runs() {
    let turns = Turns::default();
    let waiting = [normal(1, 1), normal(2, 1), normal(3, 2)];
    let queue = queue(&turns, 4, Some(60));
    let places = [1, 2, 3].map(|n| {
        let owner = waiting[n - 1].owner.uuid().as_u128();
        let wait = queue.wait(subject(n as u128, owner, State::Queued), Some(&waiting), false);
        let wait = wait.unwrap();
        assert_eq!(wait.reason, WaitReason::Slots);
        (wait.position, wait.estimate_s)
    });
    // A slot of four is given back each 15 seconds; the other user's only task goes second.
    assert_eq!(places, [(Some(1), Some(15)), (Some(3), Some(45)), (Some(2), Some(30))]);
}

#[test]
fn nothing_is_estimated_where_nobody_can_tell() {
    let turns = Turns::default();
    let waiting = [normal(1, 1)];
    let one = subject(1, 1, State::Queued);
    let none_ended = queue(&turns, 4, None).wait(one, Some(&waiting), false).unwrap();
    assert_eq!((none_ended.position, none_ended.estimate_s), (Some(1), None));
    let paused = Queue { paused: true, ..queue(&turns, 4, Some(60)) };
    let wait = paused.wait(one, Some(&waiting), false).unwrap();
    assert_eq!((wait.reason, wait.position, wait.estimate_s), (WaitReason::Paused, Some(1), None));
    assert_eq!(paused.estimate(0), None);
    let more = queue(&turns, 4, Some(60)).wait(one, Some(&waiting), true).unwrap();
    assert_eq!((more.position, more.more, more.estimate_s), (Some(1), true, None));
    let unseen =
        queue(&turns, 4, Some(60)).wait(subject(2, 1, State::Queued), Some(&waiting), false);
    assert_eq!(unseen, Some(WaitView::new(WaitReason::Slots)));
    let free = queue(&turns, 3, None).wait(one, Some(&waiting), false).unwrap();
    assert_eq!(free.estimate_s, Some(0), "a slot is free");
}

#[test]
fn who_is_at_their_limit_is_told_their_place_among_their_own() {
    let turns = Turns { running: BTreeMap::from([(user(1), 2)]), ..Turns::default() };
    let waiting = [normal(1, 2), normal(2, 2), normal(3, 1), normal(4, 1)];
    let wait = queue(&turns, 2, Some(60)).wait(subject(4, 1, State::Queued), Some(&waiting), false);
    let wait = wait.unwrap();
    assert_eq!((wait.reason, wait.position), (WaitReason::UserLimit, Some(2)));
    assert_eq!(wait.estimate_s, Some(60), "each of their two slots is given back once a minute");
}

#[test]
fn what_waits_is_counted_by_why_and_by_priority() {
    let turns = Turns { running: BTreeMap::from([(user(1), 2)]), ..Turns::default() };
    let waiting = [normal(1, 1), normal(2, 2), waits(3, 2, Priority::Low, 0)];
    let (reasons, priorities) = queue(&turns, 2, None).tally(&waiting);
    assert_eq!((reasons.slots, reasons.user_limit, reasons.paused), (2, 1, 0));
    assert_eq!((priorities.normal, priorities.low, priorities.urgent), (2, 1, 0));
    let (reasons, _) = Queue { paused: true, ..queue(&turns, 2, None) }.tally(&waiting);
    assert_eq!((reasons.slots, reasons.user_limit, reasons.paused), (0, 0, 3));
}

#[test]
fn a_pace_is_of_the_last_sixty_minutes() {
    let now = Timestamp::from_second(1_000 * 3_600 + 900).unwrap();
    let hours = Hours::from([
        (Hour(998), Counts { begun: 1_000, ended: 1_000, held_s: 1, ..Counts::default() }),
        (Hour(999), Counts { begun: 8, ended: 3, held_s: 100, failed: 4, ..Counts::default() }),
        (Hour(1_000), Counts { begun: 1, ended: 1, held_s: 20, succeeded: 1, ..Counts::default() }),
    ]);
    let pace = Pace::lately(&hours, now);
    assert_eq!((pace.started_per_hour, pace.ended_per_hour), (1 + 6, 1 + 3));
    assert_eq!(pace.held, Some(SignedDuration::from_secs(30)));
    assert_eq!(Pace::lately(&Hours::new(), now), Pace::default());
    assert_eq!((Hour::of(now), Hour(1_000).start().as_second()), (Hour(1_000), 3_600_000));
}
