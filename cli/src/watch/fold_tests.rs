use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;

fn event(seq: u64) -> RawEvent {
    let mut body = Map::new();
    body.insert("type".to_owned(), json!("text"));
    body.insert("text".to_owned(), json!(format!("event {seq}")));
    RawEvent {
        seq,
        at: jiff::Timestamp::UNIX_EPOCH,
        attempt: 1,
        truncated: false,
        whole_bytes: None,
        body,
    }
}

fn seqs(events: &[RawEvent]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

#[test]
fn an_early_event_waits_for_those_before_it() {
    let mut fold = Fold::default();
    assert_eq!(seqs(&fold.take([event(1)])), [1]);
    assert_eq!(seqs(&fold.take([event(4), event(3)])), [0; 0]);
    assert!(fold.is_behind());
    assert_eq!(seqs(&fold.take([event(2)])), [2, 3, 4]);
    assert!(!fold.is_behind());
}

#[test]
fn a_double_is_dropped() {
    let mut fold = Fold::default();
    assert_eq!(seqs(&fold.take([event(1), event(1)])), [1]);
    assert_eq!(seqs(&fold.take([event(1)])), [0; 0]);
    assert!(fold.parked.is_empty());
}

#[test]
fn a_head_beyond_what_came_is_a_gap() {
    let mut fold = Fold::after(3);
    fold.know(3);
    assert!(!fold.is_behind());
    fold.know(5);
    assert!(fold.is_behind());
    fold.know(4);
    assert_eq!(seqs(&fold.take([event(3), event(4), event(5)])), [4, 5]);
    assert!(!fold.is_behind());
}

#[test]
fn what_is_parked_is_bounded_and_nothing_is_lost_by_it() {
    let mut fold = Fold::default();
    let early = (2..=2 * MAX_PARKED as u64).map(event);
    assert_eq!(seqs(&fold.take(early)), [0; 0]);
    assert!(fold.parked.len() <= MAX_PARKED);
    let passed = fold.take([event(1)]).len() as u64;
    assert_eq!(fold.last(), passed);
    assert!(fold.is_behind());
    let rest = fold.take((passed + 1..=2 * MAX_PARKED as u64).map(event));
    assert_eq!(rest.len() as u64, 2 * MAX_PARKED as u64 - passed);
}

/// What the wire does to one push.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    IsLost,
    ComesTwice,
    /// Overtaken by so many later pushes.
    IsLate(usize),
    /// The socket is cut: all that is under way is lost, and the log is read once it is back.
    CutsTheSocket,
    /// The head comes, as with each ping.
    BringsTheHead,
}

fn fates() -> impl Strategy<Value = Vec<(usize, Fate)>> {
    let fate = prop_oneof![
        4 => Just(Fate::Arrives),
        2 => Just(Fate::IsLost),
        2 => Just(Fate::ComesTwice),
        2 => (1..6_usize).prop_map(Fate::IsLate),
        1 => Just(Fate::CutsTheSocket),
        1 => Just(Fate::BringsTheHead),
    ];
    prop::collection::vec((1..5_usize, fate), 0..80)
}

/// The client's side: everything that was passed through, and the one way to recover.
struct Viewer {
    fold: Fold,
    seen: Vec<RawEvent>,
}

impl Viewer {
    fn push(&mut self, events: Vec<RawEvent>) {
        self.seen.extend(self.fold.take(events));
    }

    fn read_log(&mut self, log: &[RawEvent], page: usize) {
        loop {
            let from = usize::try_from(self.fold.last()).unwrap();
            let events: Vec<_> = log[from.min(log.len())..].iter().take(page).cloned().collect();
            self.fold.know(log.len() as u64);
            self.push(events);
            if !self.fold.is_behind() {
                return;
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_the_wire_does_the_viewer_ends_with_exactly_the_log(
        fates in fates(),
        begin in 0..20_usize,
        page in 1..40_usize,
        gap_is_noticed in any::<bool>(),
    ) {
        let mut log: Vec<RawEvent> = (1..=begin as u64).map(event).collect();
        let mut viewer = Viewer { fold: Fold::default(), seen: Vec::new() };
        let mut late: Vec<(usize, Vec<RawEvent>)> = Vec::new();
        viewer.read_log(&log, page);

        for (count, fate) in fates {
            let batch: Vec<_> = (0..count).map(|n| event((log.len() + n + 1) as u64)).collect();
            log.extend(batch.clone());
            match fate {
                Fate::Arrives => viewer.push(batch),
                Fate::IsLost => {}
                Fate::ComesTwice => {
                    viewer.push(batch.clone());
                    viewer.push(batch);
                }
                Fate::IsLate(pushes) => late.push((pushes, batch)),
                Fate::CutsTheSocket => {
                    late.clear();
                    viewer.read_log(&log, page);
                }
                Fate::BringsTheHead => viewer.fold.know(log.len() as u64),
            }
            for entry in &mut late {
                entry.0 = entry.0.saturating_sub(1);
            }
            let (due, later) = late.into_iter().partition(|(pushes, _)| *pushes == 0);
            late = later;
            // The latest first: out of order even among themselves.
            for (_, batch) in Vec::into_iter(due).rev() {
                viewer.push(batch);
            }
            prop_assert_eq!(viewer.fold.last() as usize, viewer.seen.len());
            if gap_is_noticed && viewer.fold.is_behind() {
                viewer.read_log(&log, page);
            }
        }

        viewer.fold.know(log.len() as u64);
        if viewer.fold.is_behind() {
            viewer.read_log(&log, page);
        }
        prop_assert_eq!(viewer.seen, log);
    }
}
