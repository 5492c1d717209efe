//! What waits, what goes first, and what is asked for twice.

use std::{
    collections::BTreeSet,
    fs::File,
    time::{Duration, Instant},
};

use domain::{event::RawEvent, reason::Reason, task::State, view::TaskView};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::{Log, Setup, clock, invariants, scripted::Script};

/// When a run lived: both moments are surely within the time that it held its slot.
fn life(log: &Log) -> (Timestamp, Timestamp) {
    (log.only("run_started").at, log.only("run_ended").at)
}

#[tokio::test]
async fn three_tasks_share_two_slots() {
    let server = Setup::new().max_running(2).start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(server.create(json!({ "prompt": "[[demo:bash=sleep 1]]" })).await.id);
    }
    let mut lives = Vec::new();
    for id in ids {
        let ended = server.api().ended(id).await;
        assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
        lives.push(life(&ended.log));
    }
    let at_once = |(begin, _): &(Timestamp, Timestamp)| {
        lives.iter().filter(|(from, to)| from <= begin && begin < to).count()
    };
    let most = lives.iter().map(at_once).max();
    assert_eq!(most, Some(2), "both slots were used, and never a third: {lives:#?}");
    invariants::hold(server).await;
}

#[tokio::test]
async fn the_urgent_goes_first_and_then_the_oldest() {
    let server = Setup::scripted().max_running(1).start().await;
    let go = server.aside("go");
    let first = server.create(Script::new().wait_for(&go).task()).await;
    server.api().until_kind(first.id, "text").await;
    let mut waiting = Vec::new();
    for priority in ["low", "normal", "urgent", "normal", "high"] {
        let task = json!({ "prompt": Script::new().prompt(), "priority": priority });
        waiting.push(server.create(task).await.id);
    }
    File::create(go).unwrap();
    let mut order = Vec::new();
    for (place, id) in waiting.into_iter().enumerate() {
        order.push((life(&server.api().ended(id).await.log).0, place));
    }
    order.sort_unstable();
    let order: Vec<_> = order.into_iter().map(|(_, place)| place).collect();
    assert_eq!(order, [2, 4, 1, 3, 0]);
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_task_starts_no_earlier_than_asked_for() {
    let server = Setup::scripted().set("ERRAND_TICK_MS", 100).start().await;
    let not_before = clock::now() + SignedDuration::from_secs(2);
    let task = json!({ "prompt": Script::new().prompt(), "not_before": not_before });
    let task = server.create(task).await;
    assert_eq!((task.state, task.not_before), (State::Scheduled, Some(not_before)));
    let ended = server.api().ended(task.id).await;
    assert_eq!(ended.task.state, State::Succeeded);
    let began = life(&ended.log).0;
    assert!(began >= not_before && began < not_before + SignedDuration::from_secs(5), "{began}");
    invariants::hold(server).await;
}

#[tokio::test]
async fn twenty_equal_requests_under_one_key_make_one_task() {
    let server = Setup::scripted().start().await;
    let body = Script::new().text("once").task();
    let answers = join_all((0..20).map(|_| server.api().create_once("the-key", &body))).await;
    let ids: BTreeSet<_> = answers.iter().map(|answer| answer.read::<TaskView>(201).id).collect();
    assert_eq!(ids.len(), 1);
    let id = *ids.first().unwrap();

    let other = Script::new().text("twice").task();
    let problem = server.api().create_once("the-key", &other).await.problem(422);
    assert_eq!(problem.code(), "idempotency_mismatch");

    let ended = server.api().ended(id).await;
    assert_eq!(ended.log.texts(), ["once"]);
    // Also long after its end the key leads to the same task.
    let again: TaskView = server.api().create_once("the-key", &body).await.read(201);
    assert_eq!((again.id, again.state), (id, State::Succeeded));
    assert_eq!(server.api().tasks().await.len(), 1);
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_retry_goes_on_in_the_same_log() {
    let server = Setup::scripted().start().await;
    let file = server.aside("file");
    let script =
        Script::new().text("trying").fail_without(&file, "agent_error").text("there it is");
    let ended = server.run(script.task()).await;
    assert_eq!((ended.task.state, ended.task.reason), (State::Failed, Some(Reason::AgentError)));
    let before = ended.log;

    File::create(file).unwrap();
    let task = server.api().retry(ended.task.id).await;
    assert!(!task.state.is_terminal() && task.reason.is_none(), "{task:?}");
    let ended = server.api().ended(task.id).await;
    assert_eq!((ended.task.state, ended.task.attempt), (State::Succeeded, 2));
    assert_eq!(ended.log.0[..before.0.len()], before.0);
    assert_eq!(ended.log.attempt(2).texts(), ["trying", "there it is"]);
    let path = format!("/v1/tasks/{}/artifacts", task.id);
    let artifacts: Value = server.api().get(200, &path).await;
    let attempts: BTreeSet<_> =
        artifacts["items"].as_array().unwrap().iter().map(|a| a["attempt"].as_u64()).collect();
    assert_eq!(attempts, BTreeSet::from([Some(1), Some(2)]), "files of both runs: {artifacts}");
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_task_that_lives_cannot_be_retried_or_deleted_and_one_that_is_deleted_is_gone() {
    let server = Setup::scripted().start().await;
    let go = server.aside("go");
    let task = server.create(Script::new().wait_for(&go).task()).await;
    let path = format!("/v1/tasks/{}", task.id);
    server.api().until_kind(task.id, "text").await;
    let problem = server.api().post_refused(409, &format!("{path}/retry"), json!({})).await;
    assert_eq!(problem.code(), "not_ended");
    let problem = server.api().send(reqwest::Method::DELETE, &path, None).await.problem(409);
    assert_eq!(problem.code(), "not_ended");

    File::create(go).unwrap();
    server.api().ended(task.id).await;
    let link = server.api().artifacts(task.id).await.remove(0).url;
    server.follower().forget(task.id);
    server.api().delete(task.id).await;
    for path in ["", "/events", "/events/1", "/runs", "/artifacts", "/artifacts/result.json"] {
        server.api().get_refused(404, &format!("/v1/tasks/{}{path}", task.id)).await;
    }
    assert_eq!(server.api().tasks().await, []);
    assert_eq!(reqwest::get(link).await.unwrap().status(), 404, "the link to its file");
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_long_poll_is_answered_when_something_happens() {
    let server = Setup::scripted().start().await;
    let (go, stop) = (server.aside("go"), server.aside("stop"));
    let task = server.create(Script::new().wait_for(&go).text("now").wait_for(&stop).task()).await;
    server.api().until_kind(task.id, "text").await;
    let head = server.api().task(task.id).await.head;

    // Nothing happens: the whole wait, and an answer that says so.
    let began = Instant::now();
    let page = server.api().events(task.id, &format!("after={head}&wait=1")).await;
    assert!(began.elapsed() >= Duration::from_secs(1), "after {:?}", began.elapsed());
    assert_eq!((page.events.len(), page.next, page.head, page.done), (0, head, head, false));

    let query = format!("after={head}&wait=20");
    let poll = server.api().events(task.id, &query);
    let release = async { File::create(&go).unwrap() };
    let began = Instant::now();
    let (page, _) = tokio::join!(poll, release);
    assert!(began.elapsed() < Duration::from_secs(2), "after {:?}", began.elapsed());
    let texts: Vec<_> =
        page.events.iter().filter_map(|event| event.body["text"].as_str()).collect();
    assert_eq!(texts[0], "now");

    // The end of a task is something that happens, too.
    File::create(stop).unwrap();
    let ended = server.api().ended(task.id).await;
    let page = server.api().events(task.id, &format!("after={}&wait=20", ended.task.head)).await;
    assert!(page.events.is_empty() && page.done, "{page:?}");
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_log_can_be_read_from_each_end() {
    let server = Setup::scripted().start().await;
    let ended = server.run(Script::new().emit(30, 0.0).task()).await;
    let (id, head) = (ended.task.id, ended.task.head);
    let seqs =
        |events: Vec<RawEvent>| events.into_iter().map(|event| event.seq).collect::<Vec<_>>();
    for (query, first, last) in [
        ("limit=10", 1, 10),
        ("after=25&limit=5", 26, 30),
        ("before=11&limit=4", 7, 10),
        ("tail=3", head - 2, head),
    ] {
        let page = server.api().events(id, query).await;
        assert_eq!((page.head, page.next), (head, last), "{query}");
        assert_eq!(page.done, last == head, "{query}");
        assert_eq!(seqs(page.events), (first..=last).collect::<Vec<_>>(), "{query}");
    }
    invariants::hold(server).await;
}
