//! Events reach the server, whatever it does.

use std::time::Duration;

use crate::{
    harness::child,
    server::Mood::{Captive, LosesTheAnswer, Slow, Status},
};

const HUNDRED: &str = r#"
i=0
while [ $i -lt 100 ]; do text $i; i=$((i+1)); [ $((i % 10)) = 0 ] && sleep 0.06; done
end
"#;

fn numbers(ended: &crate::harness::Ended) -> Vec<String> {
    let texts = ended.of_kind("text");
    texts.iter().map(|event| event["text"].as_str().unwrap().to_owned()).collect()
}

fn hundred() -> Vec<String> {
    (0..100).map(|i| i.to_string()).collect()
}

#[tokio::test]
async fn f34_a_lost_answer_doubles_nothing() {
    let run = child(HUNDRED).start_with(|server| {
        server.state().moods =
            [LosesTheAnswer, LosesTheAnswer, Status(500), LosesTheAnswer, Captive, Status(429)]
                .into();
    });
    let ended = run.await.end().await;
    assert_eq!(numbers(&ended), hundred());
    assert_eq!(ended.status.code(), Some(0));
}

#[tokio::test]
async fn f32_a_slow_server_gets_larger_batches_and_everything_in_order() {
    let slow = Slow(Duration::from_millis(150));
    let run = child(HUNDRED).start_with(|server| server.state().from_now_on = Some(slow));
    let ended = run.await.end().await;
    assert_eq!(numbers(&ended), hundred());
}

#[tokio::test]
async fn f33_while_the_server_is_away_a_small_spool_holds_the_child_up_and_nothing_is_lost() {
    // 4,000 lines of 100 bytes are more than spool, channel and pipe can hold together.
    let script = r#"
        i=0
        while [ $i -lt 4000 ]; do
            echo "{\"type\":\"text\",\"text\":\"$i\",\"uuid\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}"
            i=$((i+1))
        done
        touch ../tmp/written
        end
    "#;
    let run = child(script)
        .env("ERRAND_SPOOL_BYTES", 20_000)
        .start_with(|server| server.state().from_now_on = Some(Status(503)))
        .await;
    run.server.until(|state| state.seen >= 8).await;
    assert!(!run.work.join("tmp/written").exists(), "the child feels that nobody takes its lines");
    run.server.state().from_now_on = None;
    let ended = run.end().await;
    assert_eq!(numbers(&ended), (0..4000).map(|i| i.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn f31_a_run_that_was_superseded_falls_silent_and_leaves_nothing_alive() {
    let run =
        child("trap '' TERM; text one; setsid sleep 300 & text two; while :; do sleep 1; done")
            .spec("heartbeat_ms", 200)
            .start()
            .await;
    run.server.until_event("text").await;
    let told = {
        let mut state = run.server.state();
        state.from_now_on = Some(Status(409));
        state.seen
    };
    let ended = run.end().await;
    assert_eq!(ended.status.code(), Some(3), "{}", ended.log);
    assert_eq!(ended.end, None);
    assert_eq!(ended.server.state().seen, told + 1, "after a 409 nothing is said any more");
}

#[tokio::test]
async fn a_token_that_is_refused_ends_the_supervisor_before_it_touches_anything() {
    let run = child("text never").env("ERRAND_RUN_TOKEN", "old").start().await;
    let ended = run.end().await;
    assert_eq!(ended.status.code(), Some(3));
    assert!(ended.events.is_empty());
}

#[tokio::test]
async fn silence_is_broken_by_heartbeats() {
    let run = child("read -r wait; end").spec("heartbeat_ms", 100).start().await;
    run.server
        .until(|state| state.posts.iter().filter(|(_, post)| post.events.is_empty()).count() >= 3)
        .await;
    run.server.state().commands =
        vec![serde_json::json!({"n": 1, "at": "2026-01-02T03:04:05Z", "command": "cancel"})];
    run.end().await;
}

#[tokio::test]
async fn a_restarted_run_goes_on_with_the_number_that_the_server_names() {
    let ended = child("text hello; end").spec("run_seq", 17).run().await;
    assert_eq!(ended.server.state().posts[0].1.run_seq, 17);
    assert_eq!(ended.verdict(), "Succeeded - -");
}

#[tokio::test]
async fn an_upload_that_fails_for_a_while_is_repeated() {
    let run = child("end").start_with(|server| server.state().failing_uploads = 2);
    let ended = run.await.end().await;
    assert!(ended.file("result.json").is_some());
    assert_eq!(ended.remarks(), "");
}

#[tokio::test]
async fn an_upload_that_fails_for_good_is_a_remark_and_not_a_failure() {
    let run = child("end").start_with(|server| server.state().failing_uploads = 1_000);
    let ended = run.await.end().await;
    assert_eq!(ended.verdict(), "Succeeded - -");
    assert!(ended.end().artifacts.is_empty());
    assert!(ended.remarks().contains("result.json was not kept"), "{}", ended.remarks());
}

#[tokio::test]
async fn posts_tell_whether_the_agent_waits_and_what_it_used() {
    let ended = child(
        r#"
        say '{"type":"permission_request","request_id":"r1","tool":"Bash"}'
        sleep 0.1
        say '{"type":"permission_resolved","request_id":"r1","decision":"allow"}'
        say '{"type":"usage","request":{},"run":{"input_tokens":5},"cost_usd_micros":9}'
        sleep 0.1
        end
        "#,
    )
    .run()
    .await;
    let state = ended.server.state();
    let mut phases: Vec<String> = state
        .posts
        .iter()
        .map(|(_, post)| {
            format!("{:?} {:?}", post.phase, post.usage.map(|usage| usage.cost_usd_micros))
        })
        .collect();
    phases.dedup();
    insta::assert_snapshot!(phases.join("\n"), @r#"
    Running None
    Waiting None
    Running None
    Running Some(9)
    Running Some(42)
    "#);
}
