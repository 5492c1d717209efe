//! The order over time: a queue that is served slot by slot, in virtual time.

use std::collections::BinaryHeap;

use super::{
    order_tests::{at, task, user},
    *,
};

/// A queue that is served as the dispatcher does.
struct World {
    slots: usize,
    per_user: u32,
    /// In milliseconds.
    now: i64,
    turns: Turns,
    waiting: Vec<Waiting>,
    /// When which user's run ends.
    ends: BinaryHeap<std::cmp::Reverse<(i64, UserId)>>,
    /// Whose task began, in order, and how long it ran.
    began: Vec<Began>,
    /// How long a run takes: ten seconds, and up to so many milliseconds more.
    spread: u64,
    seed: u64,
}

struct Began {
    at: i64,
    task: Waiting,
    ran: i64,
}

impl World {
    fn new(slots: usize, seed: u64) -> Self {
        Self {
            slots,
            per_user: 10_000,
            now: 0,
            turns: Turns::default(),
            waiting: Vec::new(),
            ends: BinaryHeap::new(),
            began: Vec::new(),
            spread: 600_000,
            seed,
        }
    }

    /// `splitmix64`: the same numbers each time.
    fn random(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn hand_in(&mut self, owner: u128, priority: Priority) -> TaskId {
        let n = self.waiting.len() + self.began.len();
        let queued_at = self.time();
        self.waiting.push(Waiting {
            task: task(n as u128),
            owner: user(owner),
            priority,
            queued_at,
        });
        task(n as u128)
    }

    fn time(&self) -> Timestamp {
        at(0) + SignedDuration::from_millis(self.now)
    }

    /// Fills every slot that is free.
    fn serve(&mut self) {
        let free = self.slots - self.ends.len();
        let waiting = self.waiting.iter().copied();
        let order = Order::new(waiting, &self.turns, Some(self.per_user), self.time());
        for one in order.take(free).collect::<Vec<_>>() {
            self.waiting.retain(|other| other.task != one.task);
            *self.turns.running.entry(one.owner).or_default() += 1;
            let turn = self.turns.next(self.time());
            self.turns.last.insert(one.owner, turn);
            let ran = 10_000 + i64::try_from(self.random(self.spread)).unwrap();
            self.ends.push(std::cmp::Reverse((self.now + ran, one.owner)));
            self.began.push(Began { at: self.now, task: one, ran });
        }
    }

    /// Goes on to the end of the next run.
    fn step(&mut self) {
        let std::cmp::Reverse((end, owner)) = self.ends.pop().unwrap();
        self.now = end;
        *self.turns.running.get_mut(&owner).unwrap() -= 1;
        self.serve();
    }

    fn has_begun(&self, task: TaskId) -> bool {
        self.began.iter().any(|began| began.task.task == task)
    }
}

#[test]
fn a_user_with_one_task_waits_at_most_two_turns_behind_a_user_with_five_hundred() {
    let mut worst = 0;
    for slots in [1, 2, 5, 50] {
        for seed in 0..10 {
            let mut world = World::new(slots, seed);
            for _ in 0..500 {
                world.hand_in(1, Priority::Normal);
            }
            world.serve();
            for _ in 0..world.random(400) {
                world.step();
            }
            let one = world.hand_in(2, Priority::Normal);
            let before = world.began.len();
            while !world.has_begun(one) {
                world.step();
            }
            // Turns that went to others while it waited.
            worst = worst.max(world.began.len() - 1 - before);
        }
    }
    assert!(worst <= 2, "{worst} turns");
}

#[test]
fn a_user_with_one_task_now_and_then_never_waits_for_more_than_a_turn_of_each_other_user() {
    for users in [2, 5, 20] {
        for slots in [1, 3, 10] {
            let mut world = World::new(slots, 7);
            for owner in 1..users {
                for _ in 0..200 {
                    world.hand_in(owner, Priority::Normal);
                }
            }
            world.serve();
            for _ in 0..10 {
                let one = world.hand_in(users, Priority::Normal);
                let before = world.began.len();
                while !world.has_begun(one) {
                    world.step();
                }
                let turns = world.began.len() - 1 - before;
                assert!(turns < usize::try_from(users).unwrap(), "{turns} turns, {users} users");
                // It comes again when nothing of its own runs any more.
                while world.turns.running_of(user(users)) > 0 {
                    world.step();
                }
            }
        }
    }
}

/// Jain, Chiu, Hawe: "A Quantitative Measure of Fairness and Discrimination", 1984. 1 is fair to all.
fn jain(shares: &[f64]) -> f64 {
    let (sum, squares) =
        shares.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    sum * sum / (shares.len() as f64 * squares)
}

#[test]
fn users_who_want_the_same_get_the_same() {
    for users in [2_u128, 5, 12] {
        for (slots, spread) in
            [(1, 100), (4, 100), (16, 100), (1, 600_000), (4, 600_000), (16, 600_000)]
        {
            let mut world = World::new(slots, 3);
            world.spread = spread;
            // The first one has all of it there before anybody else comes.
            for owner in 1..=users {
                for _ in 0..150 {
                    world.hand_in(owner, Priority::Normal);
                }
                world.serve();
            }
            let before = world.began.len();
            for _ in 0..users * 100 {
                world.step();
            }
            let of = |owner| {
                world.began[before..].iter().filter(move |began| began.task.owner == user(owner))
            };
            let time: Vec<_> =
                (1..=users).map(|owner| of(owner).map(|began| began.ran as f64).sum()).collect();
            assert!(jain(&time) >= 0.99, "{} {time:?}", jain(&time));
            if spread == 100 {
                let turns: Vec<_> = (1..=users).map(|owner| of(owner).count() as f64).collect();
                assert!(jain(&turns) >= 0.99, "{} {turns:?}", jain(&turns));
            }
        }
    }
}

#[test]
fn nobody_starves_who_is_less_urgent() {
    for same_user in [true, false] {
        let mut world = World::new(2, 11);
        let low = Waiting {
            task: task(1_000_000),
            owner: user(1),
            priority: Priority::Low,
            queued_at: at(0),
        };
        for _ in 0..6 {
            world.hand_in(2, Priority::Urgent);
        }
        world.serve();
        world.waiting.push(low);
        // Always something urgent waits: as much comes as is served.
        let others = if same_user { [1, 2] } else { [3, 2] };
        for owner in others.into_iter().cycle() {
            if world.has_begun(low.task) {
                break;
            }
            world.hand_in(owner, Priority::Urgent);
            world.step();
            let waited = world.time().duration_since(low.queued_at);
            assert!(waited < LIFT * 4, "it waited {waited:#}");
        }
        let began = world.began.iter().find(|began| began.task.task == low.task).unwrap().at;
        assert!(began >= 2 * LIFT.as_millis() as i64, "nor does it go ahead at once: {began} ms");
    }
}
