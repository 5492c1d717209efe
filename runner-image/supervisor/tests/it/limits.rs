//! The limits of a run.

use std::time::{Duration, Instant};

use crate::harness::child;

#[tokio::test]
async fn f44_the_wall_clock_limit_ends_a_busy_agent() {
    let start = Instant::now();
    let ended = child("while :; do text busy; sleep 0.1; done").spec("timeout_s", 2).run().await;
    insta::assert_snapshot!(ended.verdict(), @"Failed timeout the run reached its limit of 2 s");
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert!(ended.file("result.json").unwrap().contains("timeout"), "what there is, is kept");
}

#[tokio::test]
async fn an_agent_that_gives_no_sign_of_life_is_ended() {
    let ended = child(r#"while :; do say '{"type":"heartbeat"}'; sleep 0.1; done"#)
        .spec("idle_timeout_s", 1)
        .run()
        .await;
    insta::assert_snapshot!(ended.verdict(), @"Failed idle the agent was silent for 1 s");
}

#[tokio::test]
async fn retries_and_progress_are_signs_of_life() {
    let ended = child(
        r#"
        for i in 1 2 3; do
            say '{"type":"tool_progress","tool_use_id":"t","name":"Bash","elapsed_s":30}'; sleep 0.5
            say '{"type":"api_retry","attempt_no":1,"max_retries":6,"retry_delay_ms":500}'; sleep 0.5
        done
        end
        "#,
    )
    .spec("idle_timeout_s", 2)
    .run()
    .await;
    assert_eq!(ended.verdict(), "Succeeded - -");
}

#[tokio::test]
async fn an_agent_that_waits_for_a_person_is_not_idle() {
    let ended = child(
        r#"say '{"type":"permission_request","request_id":"r1","tool":"Bash"}'; sleep 2; end"#,
    )
    .spec("idle_timeout_s", 1)
    .run()
    .await;
    assert_eq!(ended.verdict(), "Succeeded - -");
}
