//! What the table may do: refuse for a while, do what it was asked and not say so, meet another transaction, answer from
//! an index that is not up to date.

use domain::{reason::Reason, task::State};
use futures_util::future::join_all;
use testkit::Fault;

use crate::errand::Errand;

/// Half of all calls to AWS are sent away. What was accepted is done, and what was not is told so and can be asked again.
#[tokio::test]
async fn f06_half_of_all_calls_are_throttled_and_what_was_accepted_is_done() {
    let errand = Errand::new().await;
    errand.world.faults.share("", 50, 6, Fault::Throttled);
    let mut accepted = Vec::new();
    for n in 0..6 {
        let key = format!("task-{n}");
        for _ in 0..20 {
            let answer = errand.post(&key, &key).await;
            if answer.status == 201 {
                accepted.push(answer.task());
                break;
            }
            assert_eq!(answer.problem(), "503 unavailable");
        }
    }
    for _ in 0..5 {
        errand.ring().await;
        errand.try_tick().await;
    }
    let throttled = errand.world.faults.fired(Fault::Throttled);
    assert!(throttled > 50, "{throttled} calls were throttled");
    errand.world.faults.heal();
    errand.settles().await;
    assert_eq!(accepted.len(), 6);
    for id in accepted {
        assert_eq!(errand.state(id).await, State::Succeeded);
    }
}

/// An outage is told as such. It is not answered with a storm: the clients have a budget for second tries.
#[tokio::test]
async fn f07_an_outage_is_told_with_a_time_to_come_again_is_not_stormed_and_loses_nothing() {
    let errand = Errand::new().await;
    let before = errand.task("accepted before").await;
    errand.world.faults.always("", Fault::Throttled);
    let tries = errand.world.faults.calls();
    let refused = (0..600).map(async |n| errand.post("key", &format!("refused {n}")).await);
    for answer in join_all(refused).await {
        assert_eq!(answer.problem(), "503 unavailable");
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
    }
    let tries = errand.world.faults.calls() - tries;
    // Each asks for the counter and for what its user has waiting, at once.
    assert!(tries <= 600 * 2 * 11 / 10, "{tries} tries of 600 requests");
    let given_back = errand.ring().await;
    assert_eq!(given_back["batchItemFailures"][0]["itemIdentifier"], "m");
    assert!(!errand.try_tick().await, "a tick that could do nothing fails, and is seen to");
    errand.world.faults.heal();
    let after = errand.post("key", "accepted after").await.task();
    errand.settles().await;
    for id in [before, after] {
        assert_eq!(errand.state(id).await, State::Succeeded);
    }
    assert_eq!(errand.tasks().await.len(), 2);
}

/// AWS did it, the answer was lost, the client tried again, and now the condition fails: by our own write.
#[tokio::test]
async fn f08_a_write_whose_answer_was_lost_is_known_as_our_own() {
    for (moment, operation) in [
        ("accept", "PutItem"),
        ("accept", "SendMessage"),
        ("start", "TransactWriteItems"),
        ("start", "RunTask"),
        ("say", "TransactWriteItems"),
        ("end", "TransactWriteItems"),
    ] {
        let errand = Errand::new().await;
        let lose_at = |now: &str| {
            if now == moment {
                errand.world.faults.next(operation, 1, Fault::ReplyLost);
            }
        };
        lose_at("accept");
        let id = errand.task("do it").await;
        lose_at("start");
        errand.ring().await;
        let mut runner = errand.runner(&format!("{id}/1"));
        lose_at("say");
        for text in ["one", "two"] {
            assert_eq!(runner.says(text).await.status, 200, "{moment} {operation}");
        }
        lose_at("end");
        assert_eq!(runner.ends("succeeded").await.status, 200, "{moment} {operation}");
        let lost = errand.world.faults.fired(Fault::ReplyLost);
        assert_eq!(lost, 1, "{moment} {operation}");
        let head = errand.world.head(id).await;
        assert_eq!((head.task.state, head.task.attempt.0, head.seq), (State::Succeeded, 1, 3));
        errand.settles().await;
    }
}

#[tokio::test]
async fn f09_a_transaction_that_meets_another_is_tried_again_and_not_for_ever() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    errand.world.faults.next("TransactWriteItems", 2, Fault::TransactionConflict);
    errand.ring().await;
    assert_eq!(errand.state(id).await, State::Starting, "the same look took the slot");
    let mut runner = errand.runner(&format!("{id}/1"));
    runner.says("one").await;
    errand.world.faults.next("TransactWriteItems", 2, Fault::TransactionConflict);
    assert_eq!(runner.ends("succeeded").await.status, 200);
    assert_eq!(errand.world.faults.fired(Fault::TransactionConflict), 4);

    // One that always meets another gives up, and the next look finds the task.
    let id = errand.task("do it again").await;
    errand.world.faults.always("TransactWriteItems", Fault::TransactionConflict);
    let before = errand.world.faults.calls();
    errand.ring().await;
    let calls = errand.world.faults.calls() - before;
    assert!(calls <= 10 * (3 + 4), "{calls} calls: more than ten looks, each with four tries");
    assert_eq!(errand.state(id).await, State::Queued);
    errand.world.faults.heal();
    errand.settles().await;
}

#[tokio::test]
async fn f10_an_index_that_lags_starts_nothing_twice_and_hides_nothing_for_ever() {
    let errand = Errand::with(|settings| settings.max_running = 10).await;
    let first = errand.task("seen by the index").await;
    errand.ring().await;
    let called_off = errand.task("called off").await;
    // Whoever looks now sees the first as ready no more, and the second as ready: and so it stays.
    errand.world.store.queued(50).await.unwrap();
    errand.world.lag.begin();
    errand.cancel(called_off).await;
    let late = errand.task("not seen by the index yet").await;
    for _ in 0..3 {
        errand.ring().await;
        errand.tick().await;
    }
    assert!(errand.world.lag.fired() > 0, "the index did not lag");
    assert_eq!(errand.state(called_off).await, State::Canceled);
    assert_eq!(errand.containers(), [format!("{first}/1")]);
    errand.world.lag.end();
    errand.tick().await;
    assert_eq!(errand.state(late).await, State::Starting);
    errand.settles().await;
    assert_eq!(errand.world.head(first).await.task.reason, None::<Reason>);
}
