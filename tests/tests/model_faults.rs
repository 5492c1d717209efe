//! The model's service fails in each of its ways.

use domain::{event::Body, reason::Reason, task::State};
use serde_json::json;
use tests::{Ended, Setup, invariants};

/// The HTTP statuses that were met and tried again.
fn retried(ended: &Ended) -> Vec<Option<u16>> {
    let status = |event: domain::event::Event| match event.body {
        Body::ApiRetry { error_status, .. } => error_status,
        body => panic!("no retry: {body:?}"),
    };
    ended.log.of("api_retry").into_iter().map(status).collect()
}

#[tokio::test]
async fn what_passes_is_waited_for_and_the_errand_is_done() {
    let server = Setup::new().max_running(2).start().await;
    let limited = "[[fault:status=429,retry_after=1,times=1]] [[demo:hello]]";
    let overloaded = "[[fault:status=529,times=2]] [[demo:hello]]";
    let broken = "[[fault:truncate,times=1]] [[demo:hello]]";
    let mut tasks = Vec::new();
    for prompt in [limited, overloaded, broken] {
        tasks.push(server.create(json!({ "prompt": prompt })).await.id);
    }
    let mut ends = Vec::new();
    for id in tasks {
        let ended = server.api().ended(id).await;
        assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
        assert_eq!(ended.task.attempt, 1, "a run waits for itself, it is not repeated");
        ends.push(ended);
    }
    assert_eq!(retried(&ends[0]), [Some(429)]);
    assert_eq!(retried(&ends[1]), [Some(529), Some(529)]);
    // The faults did strike.
    let asked = server.model().asked().await;
    let struck: Vec<_> = asked.into_iter().filter_map(|asked| asked.fault).collect();
    for fault in ["429", "529", "truncate"] {
        assert!(struck.iter().any(|struck| struck.contains(fault)), "{fault} among {struck:?}");
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_key_that_is_refused_and_a_request_that_is_refused_are_told_at_once() {
    // The model lets another key in than the server has.
    let server =
        Setup::new().set("ANTHROPIC_API_KEY", "sk-ant-canary-of-somebody-else").start().await;
    let ended = server.run(json!({ "prompt": "[[demo:hello]]" })).await;
    let failed = (ended.task.state, ended.task.reason, ended.task.attempt);
    assert_eq!(failed, (State::Failed, Some(Reason::ModelAuth), 1), "{:?}", ended.task);
    assert_eq!(ended.task.remedy.as_deref(), Some(Reason::ModelAuth.remedy()));
    invariants::hold(server).await;

    let server = Setup::new().start().await;
    let forbidden = json!({ "prompt": "[[fault:status=401]] [[demo:hello]]" });
    let forbidden = server.create(forbidden).await;
    let refused = json!({ "prompt": "[[fault:status=400]] [[demo:hello]]" });
    let refused = server.create(refused).await;
    for (task, reason) in [(forbidden, Reason::ModelAuth), (refused, Reason::Refused)] {
        let ended = server.api().ended(task.id).await;
        let failed = (ended.task.state, ended.task.reason, ended.task.attempt);
        assert_eq!(failed, (State::Failed, Some(reason), 1), "{:?}", ended.task);
    }
    invariants::hold(server).await;
}
