//! Following a task live.

use domain::{
    id::TaskId,
    socket::{ServerFrame, Topic},
    task::State,
};
use serde_json::json;
use tests::{
    Follower, Setup, clock, invariants, random::Random, scripted::Script, secrets::OTHER_PASSWORD,
    setup::OTHER, socket::Socket,
};

#[tokio::test]
async fn f50_a_client_that_is_cut_ten_times_at_random_holds_exactly_the_log() {
    let server = Setup::scripted().start().await;
    let go = server.aside("go");
    let task = server.create(Script::new().wait_for(&go).emit(2_000, 4.0).task()).await;
    let follower = Follower::start(server.api().clone());
    follower.follow(task.id);
    follower.until("the beginning", |seen| (seen.whole_to(task.id) > 0).then_some(())).await;

    let mut random = Random::new();
    let mut cuts: Vec<u64> = (0..10).map(|_| 10 + random.below(1_400)).collect();
    cuts.sort_unstable();
    std::fs::File::create(go).unwrap();
    for (done, seq) in (1..).zip(&cuts) {
        let here = format!("event {seq}");
        follower.until(&here, |seen| (seen.whole_to(task.id) >= *seq).then_some(())).await;
        let before = follower.seen();
        assert!(before.whole_to(task.id) < 2_000, "cut {done} came too late to be in the run");
        follower.cut();
        let again = |seen: &tests::follower::Seen| seen.connections > before.connections;
        follower.until("the next connection", |seen| again(seen).then_some(())).await;
    }
    let ended = server.api().ended(task.id).await;
    assert_eq!(ended.task.state, State::Succeeded);
    assert_eq!(ended.log.texts().len(), 2_001);
    let copy = follower.copy(task.id, ended.task.head).await;
    assert_eq!(copy, ended.log);

    let seen = follower.seen();
    assert_eq!(seen.connections, 11, "cut at {cuts:?}");
    assert_eq!(seen.errors, [] as [&str; 0]);
    // Both ways were used: what was missed was read, and the rest was pushed.
    assert!(seen.pushed > 0 && seen.read > 0, "{} pushed, {} read", seen.pushed, seen.read);
    invariants::hold(server).await;
}

#[tokio::test]
async fn f51_a_client_that_is_cut_a_hundred_times_holds_exactly_the_log() {
    let server = Setup::scripted().start().await;
    let go = server.aside("go");
    let stop = server.aside("stop");
    let script = Script::new().wait_for(&go).emit(3_000, 4.0).wait_for(&stop).text("the end");
    let task = server.create(script.task()).await;
    let follower = Follower::start(server.api().clone());
    follower.follow(task.id);
    follower.until("the beginning", |seen| (seen.whole_to(task.id) > 0).then_some(())).await;
    std::fs::File::create(go).unwrap();
    for _ in 0..100 {
        let before = follower.seen().connections;
        follower.cut();
        let again = |seen: &tests::follower::Seen| (seen.connections > before).then_some(());
        follower.until("the next connection", again).await;
    }
    std::fs::File::create(stop).unwrap();
    let ended = server.api().ended(task.id).await;
    assert_eq!(follower.copy(task.id, ended.task.head).await, ended.log);
    assert_eq!(follower.seen().connections, 101);
    invariants::hold(server).await;
}

#[tokio::test]
async fn f55_connections_that_live_for_a_moment_cost_no_event() {
    let server = Setup::scripted().set("ERRAND_SOCKET_LIFE_MS", 300).start().await;
    let task = server.create(Script::new().emit(600, 4.0).task()).await;
    let ended = server.api().ended(task.id).await;
    let copy = server.follower().copy(task.id, ended.task.head).await;
    assert_eq!(copy, ended.log);
    let seen = server.follower().seen();
    assert!(seen.connections > 4 && seen.pushed > 0, "{} connections", seen.connections);
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_ticket_lets_in_once_and_nothing_else_lets_in() {
    let mut server = Setup::scripted().start().await;
    let expired = server.add_expired_ticket().await;

    let ticket = server.api().ticket().await;
    assert!(ticket.expires_at > clock::now());
    let (url, _) = ticket.url.split_once('?').unwrap();
    let mut socket = Socket::connect(&ticket.url).await.unwrap();
    // The emulator's gateway says 403 whatever the function said.
    let refusal = if server.stack().is_some() { 403 } else { 401 };
    assert_eq!(Socket::refused(&ticket.url).await, refusal, "a second time");
    assert_eq!(Socket::refused(url).await, refusal, "without a ticket");
    for wrong in
        [expired.as_str(), "", "errand_ticket_AAAAAAAAAAAAAAAAAAAAAA", server.api().token()]
    {
        let status = Socket::refused(&format!("{url}?ticket={wrong}")).await;
        assert_eq!(status, refusal, "{wrong}");
    }
    // Who was let in stays in.
    socket.subscribe(vec![Topic::Tasks]).await.unwrap();
    assert_eq!(socket.heard().await, ServerFrame::Heads { heads: [].into() });
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_frame_that_is_not_understood_is_answered_and_the_connection_lives_on() {
    let server = Setup::scripted().start().await;
    let task = server.run(Script::new().task()).await.task;
    let mut socket = Socket::connect(&server.api().ticket().await.url).await.unwrap();
    for frame in ["{", "[]", r#"{"action":"shout"}"#, r#"{"action":"subscribe","topics":["x"]}"#] {
        socket.send_text(frame).await.unwrap();
        let ServerFrame::Error { problem } = socket.heard().await else { panic!("{frame}") };
        assert_eq!(problem.status, 400, "{frame}");
    }
    let many: Vec<_> = (0..50).map(|_| Topic::Task(task.id)).chain([Topic::Tasks]).collect();
    socket.subscribe(many).await.unwrap();
    let ServerFrame::Error { problem } = socket.heard().await else { panic!() };
    assert_eq!(problem.status, 400);
    socket.subscribe(vec![Topic::Task(task.id)]).await.unwrap();
    let heads = [(Topic::Task(task.id), task.head)].into();
    assert_eq!(socket.heard().await, ServerFrame::Heads { heads });
    invariants::hold(server).await;
}

#[tokio::test]
async fn nothing_of_one_user_reaches_another() {
    let server = Setup::scripted().with_other_user().start().await;
    let (other, _) = server.nobody().sign_in(OTHER, OTHER_PASSWORD).await;
    let go = server.aside("go");
    let task =
        server.create(Script::new().text("secret").wait_for(&go).text("secret").task()).await;
    server.api().until_kind(task.id, "text").await;

    // REST: another's task is as one that never was.
    let nobodys = TaskId::from_uuid(uuid::Uuid::from_u128(7));
    for (method, path) in [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("GET", "/events"),
        ("GET", "/events?wait=20"),
        ("GET", "/events/1"),
        ("GET", "/runs"),
        ("GET", "/artifacts"),
        ("GET", "/artifacts/result.json"),
    ] {
        let ask = async |id: TaskId| {
            let method = method.parse().unwrap();
            let body = (method == reqwest::Method::POST).then(|| json!({}));
            let answer = other.send(method, &format!("/v1/tasks/{id}{path}"), body).await;
            let mut problem = answer.problem(404);
            problem.request_id = None;
            problem
        };
        assert_eq!(ask(task.id).await, ask(nobodys).await, "{method} {path}");
    }
    assert_eq!(other.tasks().await, []);

    // WebSocket: an error, and then nothing, whatever happens to the task.
    let mut socket = Socket::connect(&other.ticket().await.url).await.unwrap();
    socket.subscribe(vec![Topic::Tasks, Topic::Task(task.id)]).await.unwrap();
    let ServerFrame::Error { problem } = socket.heard().await else { panic!("let in") };
    assert_eq!(problem.status, 404);
    socket.subscribe(vec![Topic::Tasks]).await.unwrap();
    assert_eq!(socket.heard().await, ServerFrame::Heads { heads: [].into() });
    std::fs::File::create(go).unwrap();
    let ended = server.api().ended(task.id).await;
    // The owner's follower has heard of the end, so the push went out. The next thing that the other hears is the
    // answer to a question of their own.
    server.follower().task(task.id, "the end", |seen| seen.state == ended.task.state).await;
    socket.send(&domain::socket::ClientFrame::Ping).await.unwrap();
    assert_eq!(socket.heard().await, ServerFrame::Heads { heads: [].into() });

    // The same key of another user is another key.
    let body = Script::new().text("mine").task();
    let own = server.api().create_once("key", &body).await.read::<domain::view::TaskView>(201);
    let others = other.create_once("key", &Script::new().text("theirs").task()).await;
    let others = others.read::<domain::view::TaskView>(201);
    assert_ne!(own.id, others.id);
    assert_eq!(other.ended(others.id).await.log.texts(), ["theirs"]);
    other.delete(others.id).await;
    invariants::hold(server).await;
}

#[tokio::test]
async fn who_subscribes_in_the_middle_hears_the_next_event_at_once() {
    let server = Setup::scripted().start().await;
    let go = server.aside("go");
    let task = server.create(Script::new().emit(300, 10.0).wait_for(&go).task()).await;
    server.api().until_kind(task.id, "text").await;
    let topic = Topic::Task(task.id);
    for _ in 0..3 {
        let mut socket = Socket::connect(&server.api().ticket().await.url).await.unwrap();
        socket.subscribe(vec![topic]).await.unwrap();
        // An event may overtake the answer.
        let (mut head, mut first) = (None, None);
        while head.is_none() || first.is_none() {
            match socket.heard().await {
                ServerFrame::Heads { heads } => head = Some(heads[&topic]),
                ServerFrame::Events { events, .. } => {
                    first.get_or_insert(events[0].seq);
                }
                _ => (),
            }
        }
        assert!(first <= head.map(|head| head + 1), "{first:?} is the first event after {head:?}");
    }
    std::fs::File::create(go).unwrap();
    invariants::hold(server).await;
}
