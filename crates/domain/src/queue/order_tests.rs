use proptest::prelude::*;
use uuid::Uuid;

use super::*;

pub(super) fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

pub(super) fn task(n: u128) -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(n))
}

/// So many seconds after the beginning.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + seconds).unwrap()
}

pub(super) fn waits(n: u128, owner: u128, priority: Priority, since: i64) -> Waiting {
    Waiting { task: task(n), owner: user(owner), priority, queued_at: at(since) }
}

fn order(waiting: &[Waiting], turns: &Turns, now: i64) -> Vec<u128> {
    let order = Order::new(waiting.iter().copied(), turns, None, at(now));
    order.map(|one| one.task.uuid().as_u128()).collect()
}

#[test]
fn a_users_tasks_go_by_priority_and_then_by_age() {
    let waiting = [
        waits(1, 1, Priority::Low, 0),
        waits(2, 1, Priority::Normal, 1),
        waits(3, 1, Priority::Normal, 2),
        waits(4, 1, Priority::Urgent, 4),
        waits(5, 1, Priority::High, 4),
    ];
    assert_eq!(order(&waiting, &Turns::default(), 5), [4, 5, 2, 3, 1]);
}

#[test]
fn each_hour_without_a_turn_makes_a_user_one_priority_more_urgent() {
    let hour = LIFT.as_secs();
    let waited = |priority, hours: i64, last: Option<i64>| {
        // Against somebody who comes now, is urgent, and would win every tie.
        let now = hours * hour;
        let waiting = [waits(1, 1, priority, 0), waits(2, 2, Priority::Urgent, now)];
        let mut turns = Turns::default();
        turns.running.insert(user(1), 0);
        turns.running.insert(user(2), 1);
        turns.last.extend(last.map(|last| (user(1), at(last * hour))));
        order(&waiting, &turns, now)[0] == 1
    };
    for (priority, hours) in
        [(Priority::Urgent, 0), (Priority::High, 1), (Priority::Normal, 2), (Priority::Low, 3)]
    {
        let catches_up = |last| (0..9).find(|hours| waited(priority, *hours, last));
        assert_eq!(catches_up(None), Some(hours), "{priority:?}");
        let again = catches_up(Some(2)).unwrap();
        assert_eq!(
            again,
            if hours == 0 { 0 } else { hours + 2 },
            "since the last turn: {priority:?}"
        );
    }
}

#[test]
fn a_user_is_as_urgent_as_the_most_urgent_of_their_tasks_though_an_older_one_goes_first() {
    let hour = LIFT.as_secs();
    let waiting = [
        waits(1, 1, Priority::Low, 0),
        waits(2, 1, Priority::Urgent, 4 * hour),
        waits(3, 2, Priority::High, 4 * hour),
    ];
    let last = BTreeMap::from([(user(1), at(4 * hour)), (user(2), at(0))]);
    let turns = Turns { last, ..Turns::default() };
    assert_eq!(order(&waiting, &turns, 4 * hour), [1, 2, 3]);
}

#[test]
fn whoever_runs_less_goes_first_and_then_whoever_waited_longer_for_a_turn() {
    let waiting = [1, 2, 3, 4].map(|n| waits(n, n, Priority::Normal, 10 - n as i64));
    let running = BTreeMap::from([(user(4), 2), (user(3), 1)]);
    let last = [(4, 1), (3, 2), (2, 4), (1, 3)].map(|(n, turn)| (user(n), at(turn)));
    let last = BTreeMap::from(last);
    assert_eq!(order(&waiting, &Turns { running, last }, 20), [1, 2, 3, 4]);
}

#[test]
fn users_take_turns() {
    let mut waiting: Vec<_> = (0..4).map(|n| waits(10 + n, 1, Priority::Normal, 0)).collect();
    waiting.extend((0..2).map(|n| waits(20 + n, 2, Priority::Normal, 1)));
    waiting.push(waits(30, 3, Priority::Normal, 2));
    assert_eq!(order(&waiting, &Turns::default(), 3), [10, 20, 30, 11, 21, 12, 13]);
}

#[test]
fn a_user_at_their_limit_is_passed_over() {
    let waiting = [waits(1, 1, Priority::Urgent, 0), waits(2, 2, Priority::Low, 0)];
    let running = BTreeMap::from([(user(1), 2)]);
    let turns = Turns { running, ..Turns::default() };
    let order: Vec<_> = Order::new(waiting, &turns, Some(2), at(1)).map(|one| one.owner).collect();
    assert_eq!(order, [user(2)]);
}

proptest! {
    #[test]
    fn everyone_is_in_the_order_once_however_the_input_is_arranged(
        those in proptest::collection::vec((1..6_u128, 0..4_usize, 0..20_000_i64), 0..60),
        running in proptest::collection::btree_map(1..6_u128, -1..4_i64, 0..6),
        shift in 0..60_usize,
    ) {
        let turns = Turns {
            running: running.iter().map(|(n, runs)| (user(*n), *runs)).collect(),
            last: running.keys().map(|n| (user(*n), at((*n * 7 % 5) as i64))).collect(),
        };
        let one = |(n, (owner, priority, since)): (usize, &(u128, usize, i64))| {
            waits(n as u128, *owner, Priority::ALL[*priority], *since)
        };
        let waiting: Vec<_> = those.iter().enumerate().map(one).collect();
        let found = order(&waiting, &turns, 20_000);
        let mut rotated = waiting;
        if !rotated.is_empty() {
            let by = shift % rotated.len();
            rotated.rotate_left(by);
        }
        prop_assert_eq!(&order(&rotated, &turns, 20_000), &found);
        let mut all = found;
        all.sort_unstable();
        prop_assert_eq!(all, (0..those.len() as u128).collect::<Vec<_>>());
    }

    #[test]
    fn time_changes_nothing_about_who_of_a_users_own_tasks_goes_first(
        a in (0..4_usize, 0..20_000_i64), b in (0..4_usize, 0..20_000_i64),
    ) {
        let [a, b] = [(1, a), (2, b)].map(|(n, (priority, since))| waits(n, 1, Priority::ALL[priority], since));
        for now in [20_000, 25_000, 50_000] {
            prop_assert_eq!(order(&[a, b], &Turns::default(), now)[0], if a.rank_at() <= b.rank_at() { 1 } else { 2 });
        }
    }
}
