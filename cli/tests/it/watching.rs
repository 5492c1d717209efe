use domain::{event::RawEvent, task::State};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    errand::{Errand, finish},
    service::{Service, task},
};

const EVENTS: u64 = 2_000;
const CUTS: u64 = 10;

/// A few numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn text(seq: u64) -> serde_json::Value {
    json!({"type": "text", "text": format!("event {seq}"), "message_id": format!("m{seq}")})
}

async fn service_with_a_task() -> Service {
    let service = Service::start().await;
    service.world().tasks.push(task(1));
    service
}

fn stored(service: &Service) -> Vec<String> {
    service.world().log.iter().map(|event| serde_json::to_string(event).unwrap()).collect()
}

#[tokio::test]
async fn watch_json_prints_exactly_the_log_over_lost_doubled_and_late_pushes_and_ten_cuts() {
    let service = service_with_a_task().await;
    let errand = Errand::with_key(&service);
    let id = service.world().tasks[0].id.to_string();
    let watching = errand.command(["watch", &id, "--json"]).spawn().unwrap();
    let mut watching = JoinSet::from_iter([finish(watching)]);
    let mut dice = Dice(7);
    let mut late: Vec<RawEvent> = Vec::new();

    for round in 0..=CUTS {
        let opened = u32::try_from(round).unwrap() + 1;
        service.until(|world| world.sockets_opened == opened).await;
        for seq in 1..=EVENTS / (CUTS + 1) {
            // One in fifty is too large for a list.
            let mut body = text(round * 1_000 + seq);
            if dice.roll(50) == 0 {
                body["text"] = "long ".repeat(6_000).into();
            }
            let event = service.append(&body);
            match dice.roll(10) {
                0 | 1 => {}
                2 => service.push(vec![event.clone(), event]),
                3 | 4 => late.push(event),
                5 => {
                    service.push(vec![event]);
                    late.reverse();
                    service.push(std::mem::take(&mut late));
                }
                _ => service.push(vec![event]),
            }
            tokio::task::yield_now().await;
        }
        late.clear();
        if round < CUTS {
            service.cut_sockets();
        }
    }
    service.append(&json!({"type": "run_ended", "outcome": "succeeded", "duration_ms": 1}));
    service.set_state(State::Succeeded, true);

    let ran = watching.join_next().await.unwrap().unwrap();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), stored(&service));
    assert_eq!(ran.stderr, "");
    assert_eq!(u64::from(service.world().sockets_opened), CUTS + 1);
}

#[tokio::test]
async fn without_any_socket_the_log_is_polled() {
    let service = service_with_a_task().await;
    service.world().refuses_sockets = true;
    service.append(&text(1));
    let errand = Errand::with_key(&service);
    let id = service.world().tasks[0].id.to_string();
    let watching = errand.command(["watch", &id, "--json"]).spawn().unwrap();
    let mut watching = JoinSet::from_iter([finish(watching)]);

    let events = format!("GET /v1/tasks/{id}/events");
    service.until(|world| world.requests.iter().any(|seen| seen.what == events)).await;
    service.append(&text(2));
    service.append(&text(3));
    service.set_state(State::Failed, false);

    let ran = watching.join_next().await.unwrap().unwrap();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), stored(&service));
    assert_eq!(service.requests("POST /v1/tickets").len(), 3);
}

#[tokio::test]
async fn f58_a_token_that_ends_while_a_task_is_watched_is_renewed_and_nothing_is_missed() {
    let service = service_with_a_task().await;
    service.append(&text(1));
    let errand = Errand::signed_out(&service.url);
    assert_eq!(errand.sign_in().await.code, 0);
    let id = service.world().tasks[0].id.to_string();
    let watching = errand.command(["watch", &id, "--json"]).spawn().unwrap();
    let mut watching = JoinSet::from_iter([finish(watching)]);
    for round in 1..=2 {
        service.until(|world| world.sockets_opened == round).await;
        service.push(vec![service.append(&text(u64::from(round) * 10))]);
        // From now on the service takes another token only, and the next connection needs a ticket.
        service.world().access = format!("another-{round}");
        service.append(&text(u64::from(round) * 10 + 1));
        service.cut_sockets();
    }
    service.until(|world| world.sockets_opened == 3).await;
    service.append(&json!({"type": "run_ended", "outcome": "succeeded", "duration_ms": 1}));
    service.set_state(State::Succeeded, true);
    let ran = watching.join_next().await.unwrap().unwrap();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), stored(&service));
    assert_eq!(service.world().refreshes, 2);
}

#[tokio::test]
async fn watching_begins_where_it_is_told_to() {
    let service = service_with_a_task().await;
    for seq in 1..=250 {
        service.append(&text(seq));
    }
    service.set_state(State::Succeeded, false);
    let ran = Errand::with_key(&service).run("watch 01990000 --after 120 --json").await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), stored(&service)[120..]);
}

#[tokio::test]
async fn retry_watch_shows_the_new_run_only() {
    let service = service_with_a_task().await;
    service.append(&json!({"type": "run_ended", "outcome": "failed", "duration_ms": 1}));
    service.set_state(State::Failed, false);
    let errand = Errand::with_key(&service);
    let retrying = errand.command(["retry", "01990000", "--watch", "--json"]).spawn().unwrap();
    let mut retrying = JoinSet::from_iter([finish(retrying)]);
    service.until(|world| world.sockets_opened == 1).await;
    service.push(vec![service.append(&text(2))]);
    service.set_state(State::Succeeded, true);
    let ran = retrying.join_next().await.unwrap().unwrap();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), stored(&service)[1..]);
}

#[tokio::test]
async fn the_exit_code_follows_the_task() {
    for (state, code) in [(State::Succeeded, 0), (State::Failed, 1), (State::Canceled, 3)] {
        let service = service_with_a_task().await;
        service.set_state(state, false);
        let ran = Errand::with_key(&service).run("watch 01990000").await;
        assert_eq!(ran.code, code, "{state}: {}", ran.stderr);
        assert!(ran.stdout.contains(&state.to_string()), "{}", ran.stdout);
    }
}

#[tokio::test]
async fn a_task_that_is_deleted_while_it_is_watched_ends_the_watch() {
    let service = service_with_a_task().await;
    let errand = Errand::with_key(&service);
    let watching = errand.command(["watch", "01990000"]).spawn().unwrap();
    let mut watching = JoinSet::from_iter([finish(watching)]);
    service.until(|world| world.sockets_opened == 1).await;
    service.world().refusals =
        vec![domain::problem::Problem::new(domain::problem::Code::NotFound); 5];
    service.set_state(State::Failed, true);
    let ran = watching.join_next().await.unwrap().unwrap();
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("There is no such thing"), "{}", ran.stderr);
}

#[tokio::test]
async fn run_watch_shows_the_task_from_its_first_event_to_its_end() {
    let service = Service::start().await;
    let errand = Errand::with_key(&service);
    let running = errand.command(["run", "--watch", "Fix the login"]).spawn().unwrap();
    let mut running = JoinSet::from_iter([finish(running)]);
    service.until(|world| world.sockets_opened == 1).await;
    for body in [
        json!({"type": "run_started", "version": "0.1.0", "isolation": {}, "demo_model": true}),
        json!({"type": "tool_use", "tool_use_id": "a", "name": "Bash", "input": {"command": "ls"}}),
        json!({"type": "tool_result", "tool_use_id": "a", "content": "a\nb\u{1b}[2J"}),
        json!({"type": "text", "text": "Done.\u{1b}]0;pwned\u{7}"}),
        json!({"type": "run_ended", "outcome": "failed", "reason": "budget", "duration_ms": 1_234, "cost_usd_micros": 1_500_000}),
    ] {
        let event = service.append(&body);
        service.push(vec![event]);
    }
    service.set_state(State::Failed, true);
    let ran = running.join_next().await.unwrap().unwrap();
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stdout, @r"
    Fix the login · task_01990000000000000000000000000001
    ▶ run 1 · runner 0.1.0
      demo model: a script answers; no real model is asked
    ● Bash ls
      └ 0 ms · 2 lines

    Done.␛]0;pwned␇
    ✘ failed: budget · 1.2 s · $1.50 · 0 tokens in, 0 out
      → Raise `budget_usd_micros`, or choose a cheaper model.
    ");
    assert_eq!(ran.stderr, "");
}

#[tokio::test]
async fn an_interrupt_ends_the_watch_and_not_the_task() {
    let service = service_with_a_task().await;
    let errand = Errand::with_key(&service);
    let watching = errand.command(["watch", "01990000"]).spawn().unwrap();
    let pid = Pid::from_raw(watching.id().unwrap().try_into().unwrap()).unwrap();
    let mut watching = JoinSet::from_iter([finish(watching)]);
    service.until(|world| world.sockets_opened == 1).await;
    kill_process(pid, Signal::INT).unwrap();
    let ran = watching.join_next().await.unwrap().unwrap();
    assert_eq!(ran.code, 130);
    assert!(ran.stderr.contains("goes on; `errand watch task_0199"), "{}", ran.stderr);
    assert!(!service.world().requests.iter().any(|seen| seen.what.contains("cancel")));
}
