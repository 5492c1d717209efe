use domain::{
    event::{Body, Draft, RunOutcome},
    run::EventsPost,
};
use proptest::prelude::*;

use super::*;

const HEARTBEAT: Duration = Duration::from_secs(10);
const SPOOL: usize = 100_000;

fn log(message: &str) -> Parcel {
    let body = Body::Log { level: "info".to_owned(), message: message.to_owned() };
    Parcel::pack(&Draft { at: jiff::Timestamp::UNIX_EPOCH, body }.raw())
}

fn end() -> RunEnd {
    RunEnd {
        outcome: RunOutcome::Succeeded,
        reason: None,
        message: None,
        exit_code: None,
        session_id: None,
        result_text: None,
        structured_output: serde_json::Value::Null,
        artifacts: vec![],
    }
}

fn outbox(first_seq: u64, spool_bytes: usize) -> Outbox {
    Outbox::new("runner-1".to_owned(), (first_seq, 0), HEARTBEAT, spool_bytes)
}

fn form(outbox: &mut Outbox, now: Instant) -> EventsPost {
    let batch = outbox.form(Situation::default(), now);
    let post: EventsPost = serde_json::from_slice(&batch.body).unwrap();
    assert_eq!(batch.end, post.run_seq + post.events.len() as u64);
    post
}

#[test]
fn the_first_event_goes_at_once() {
    let now = Instant::now();
    let mut outbox = outbox(0, SPOOL);
    assert_eq!(outbox.due(), None, "before the first event there is nothing to say");
    outbox.push(log("hello"), now);
    assert_eq!(outbox.due(), Some(now));
}

#[test]
fn after_a_pause_two_posts_go_at_once_and_what_follows_is_gathered() {
    let start = Instant::now();
    let after = |ms| start + Duration::from_millis(ms);
    let mut outbox = outbox(0, SPOOL);
    outbox.push(log("first"), start);
    form(&mut outbox, start);
    outbox.push(log("second, while the first is under way"), after(3));
    outbox.acknowledge(0);
    assert_eq!(outbox.due(), Some(after(3)));
    form(&mut outbox, after(5));
    outbox.acknowledge(0);

    outbox.push(log("third"), after(10));
    assert_eq!(outbox.due(), Some(start + GATHER_FOR));
    form(&mut outbox, start + GATHER_FOR);
    outbox.acknowledge(0);

    outbox.push(log("fourth"), after(1_000));
    assert_eq!(outbox.due(), Some(after(1_000)));
}

#[test]
fn an_agent_that_says_twenty_things_a_second_is_not_held_back_for_ever_by_a_burst() {
    let start = Instant::now();
    let mut outbox = outbox(0, SPOOL);
    for number in 0..3 {
        outbox.push(log(&format!("burst {number}")), start);
        let due = outbox.due().unwrap();
        form(&mut outbox, due);
        outbox.acknowledge(0);
    }
    let mut waits = Vec::new();
    for number in 1..10 {
        let said = start + Duration::from_millis(50) * number;
        outbox.push(log("said"), said);
        let due = outbox.due().unwrap();
        waits.push((due - said).as_millis());
        form(&mut outbox, due);
        outbox.acknowledge(0);
    }
    assert_eq!(waits, [30, 20, 10, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn however_many_full_posts_went_before_no_event_waits_longer_than_it_should() {
    let start = Instant::now();
    let mut outbox = outbox(0, SPOOL);
    for _ in 0..100 {
        outbox.push(log(&"x".repeat(GATHER_BYTES)), start);
        form(&mut outbox, start);
        outbox.acknowledge(0);
    }
    outbox.push(log("small"), start);
    assert_eq!(outbox.due(), Some(start + GATHER_FOR));
}

#[test]
fn nothing_is_due_while_a_post_is_under_way() {
    let now = Instant::now();
    let mut outbox = outbox(0, SPOOL);
    outbox.push(log("first"), now);
    form(&mut outbox, now);
    outbox.push(log("second"), now);
    assert_eq!(outbox.due(), None);
    outbox.acknowledge(0);
    assert!(outbox.due().is_some());
}

#[test]
fn silence_is_broken_by_a_heartbeat() {
    let now = Instant::now();
    let mut outbox = outbox(7, SPOOL);
    outbox.push(log("first"), now);
    form(&mut outbox, now);
    outbox.acknowledge(0);
    assert_eq!(outbox.due(), Some(now + HEARTBEAT));
    let heartbeat = form(&mut outbox, now + HEARTBEAT);
    assert_eq!((heartbeat.run_seq, heartbeat.events.len()), (8, 0));
}

#[test]
fn a_post_names_the_runner_and_the_head_that_the_server_told_last() {
    let now = Instant::now();
    let mut outbox = Outbox::new("runner-1".to_owned(), (0, 40), HEARTBEAT, SPOOL);
    outbox.push(log("first"), now);
    let first = form(&mut outbox, now);
    assert_eq!((first.runner.as_str(), first.head), ("runner-1", 40));
    outbox.acknowledge(41);
    outbox.push(log("second"), now);
    assert_eq!(form(&mut outbox, now).head, 41);
}

#[test]
fn a_full_batch_does_not_wait() {
    let now = Instant::now();
    let mut outbox = outbox(0, SPOOL);
    outbox.push(log("first"), now);
    form(&mut outbox, now);
    outbox.acknowledge(0);
    let big = "x".repeat(GATHER_BYTES);
    outbox.push(log(&big), now);
    assert_eq!(outbox.due(), Some(now));
}

#[test]
fn a_full_spool_has_room_again_when_the_server_has_acknowledged() {
    let now = Instant::now();
    let mut outbox = outbox(0, 1_000);
    outbox.push(log(&"x".repeat(1_000)), now);
    assert!(!outbox.has_room(0));
    form(&mut outbox, now);
    assert!(!outbox.has_room(0), "what is under way may have to be sent again");
    outbox.acknowledge(0);
    assert!(outbox.has_room(0));
}

#[test]
fn an_event_too_large_for_the_server_is_cut() {
    let parcel = log(&"é".repeat(MAX_EVENT_BYTES));
    assert!(parcel.size() <= MAX_EVENT_BYTES);
    assert!(parcel.0.get().contains("bytes cut …]"));
}

#[test]
fn what_is_left_out_is_counted_in_its_place_and_the_end_stays() {
    let now = Instant::now();
    let mut outbox = outbox(0, SPOOL);
    outbox.push(log("under way"), now);
    form(&mut outbox, now);
    for text in ["a flood", "of words", "last but one"] {
        outbox.push(log(text), now);
    }
    outbox.seal(log("the end"), end(), now);
    outbox.leave_out(2, |count| log(&format!("{count} are missing")));
    outbox.leave_out(3, |_| unreachable!("nothing else is left out"));
    outbox.acknowledge(0);
    let post = form(&mut outbox, now);
    let said: Vec<_> = post.events.iter().map(|event| event.body["message"].clone()).collect();
    assert_eq!((post.run_seq, post.end.is_some()), (1, true));
    assert_eq!(said, ["2 are missing", "last but one", "the end"]);
    outbox.acknowledge(0);
    assert!(outbox.is_done() && outbox.waiting_bytes == 0);
}

#[derive(Clone, Debug)]
enum Step {
    Push(usize),
    Post,
    Acknowledge,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop_oneof![0..200_usize, 0..60_000_usize].prop_map(Step::Push),
        2 => Just(Step::Post),
        2 => Just(Step::Acknowledge),
    ]
}

proptest! {
    #[test]
    fn every_event_is_posted_once_in_order_and_only_the_last_batch_has_the_end(
        steps in prop::collection::vec(any_step(), 0..200),
        first_seq in 0..5_u64,
    ) {
        let now = Instant::now();
        let mut outbox = outbox(first_seq, SPOOL);
        let mut pushed = 0_u64;
        let mut posts = Vec::new();
        for step in steps {
            match step {
                Step::Push(size) => {
                    outbox.push(log(&format!("{pushed} {}", "x".repeat(size))), now);
                    pushed += 1;
                }
                Step::Post if outbox.due().is_some() => posts.push(form(&mut outbox, now)),
                Step::Post => (),
                Step::Acknowledge => outbox.acknowledge(0),
            }
        }
        outbox.seal(log(&format!("{pushed} ")), end(), now);
        outbox.acknowledge(0);
        while !outbox.is_done() {
            prop_assert!(outbox.due().is_some());
            posts.push(form(&mut outbox, now));
            outbox.acknowledge(0);
        }

        let mut expected = first_seq;
        for (at, post) in posts.iter().enumerate() {
            prop_assert_eq!(post.run_seq, expected);
            for event in &post.events {
                let message = event.body["message"].as_str().unwrap();
                let number: u64 = message.split(' ').next().unwrap().parse().unwrap();
                prop_assert_eq!(number, expected - first_seq);
                expected += 1;
            }
            prop_assert!(post.events.len() <= MAX_POST_EVENTS);
            let size: usize = post.events.iter().map(|event| Parcel::pack(event).size()).sum();
            prop_assert!(size <= GATHER_BYTES || post.events.len() == 1);
            prop_assert_eq!(post.end.is_some(), at == posts.len() - 1);
        }
        prop_assert_eq!(expected - first_seq, pushed + 1);
    }
}
