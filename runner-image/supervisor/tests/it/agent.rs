//! What the child says, and how it dies.

use serde_json::json;

use crate::{harness::child, memory::MemoryLimit};

#[tokio::test]
async fn a_run_tells_its_story_from_the_start_to_the_end() {
    let ended = child(
        r#"
        say '{"v":1,"seq":1,"at":"2026-01-02T03:04:05Z","type":"hello","pid":1}'
        say '{"v":1,"seq":2,"at":"2026-01-02T03:04:05Z","type":"session","session_id":"s-0"}'
        say '{"v":1,"seq":3,"at":"2026-01-02T03:04:05Z","type":"text","text":"hello"}'
        echo content > new.txt
        echo '{"raw":1}' > "$ERRAND_RAW_LOG"
        end
        "#,
    )
    .run()
    .await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.log);
    insta::assert_snapshot!(ended.kinds(), @"run_started workspace_ready session text artifact_stored artifact_stored artifact_stored run_ended");
    assert_eq!(
        ended.events[3],
        json!({"at": "2026-01-02T03:04:05Z", "type": "text", "text": "hello"})
    );
    let end = ended.end();
    assert_eq!(ended.verdict(), "Succeeded - -");
    assert_eq!(end.session_id.as_deref(), Some("s-1"));
    assert_eq!(end.result_text.as_deref(), Some("done"));
    assert_eq!(end.exit_code, Some(0));
    let names: Vec<&str> = end.artifacts.iter().map(|artifact| artifact.name.as_str()).collect();
    assert_eq!(names, ["patch.diff", "transcript.jsonl", "result.json"]);
    assert_eq!(ended.file("transcript.jsonl").unwrap(), "{\"raw\":1}\n");
    assert!(ended.file("patch.diff").unwrap().contains("+content"));
    let result: serde_json::Value =
        serde_json::from_str(&ended.file("result.json").unwrap()).unwrap();
    assert_eq!(
        (&result["end"]["result_text"], &result["cost_usd_micros"]),
        (&json!("done"), &json!(42))
    );
    let last = ended.events.last().unwrap();
    assert_eq!((&last["cost_usd_micros"], &last["usage"]["input_tokens"]), (&json!(42), &json!(3)));
}

#[tokio::test]
async fn the_child_is_told_what_to_do_on_its_stdin_and_nowhere_else() {
    let ended = child(r#"printf '{"type":"other","frame":%s}\n' "$start"; end"#)
        .spec("prompt", "--dangerous; $(rm -rf /) \"quoted\"\nsecond line")
        .spec("model", "claude-sonnet-5")
        .spec("max_turns", 7)
        .spec("budget_usd_micros", 50_000)
        .run()
        .await;
    let mut start = ended.of_kind("other")[0]["frame"].clone();
    assert!(start["options"]["cwd"].as_str().unwrap().ends_with("/work/workspace"));
    start["options"]["cwd"] = "…".into();
    insta::assert_snapshot!(start, @r#"{"cmd":"start","prompt":"--dangerous; $(rm -rf /) \"quoted\"\nsecond line","options":{"cwd":"…","model":"claude-sonnet-5","max_turns":7,"max_budget_usd_micros":50000},"keep_open":false}"#);
}

#[tokio::test]
async fn s35_the_child_sees_a_cleared_environment_and_no_secret() {
    let ended = child(
        r#"
        for process in self $PPID; do
            tr '\0' '\n' < /proc/$process/environ | sed 's/=.*//' | sort | tr '\n' ' ' > /tmp/x.$$ 2>/dev/null
            [ $process = self ] && text "$(env | sed 's/=.*//' | sort | tr '\n' ' ')"
        done
        rm -f /tmp/x.$$
        case "$(env)" in *canary*) text "a secret" ;; esac
        case "$ANTHROPIC_API_KEY" in errand-*) text "a phantom" ;; esac
        case "$ANTHROPIC_BASE_URL" in http://127.0.0.1:*) text "a loopback address" ;; esac
        end
        "#,
    )
    .run()
    .await;
    let texts: Vec<_> = ended.of_kind("text").iter().map(|event| event["text"].clone()).collect();
    let root = rustix::process::geteuid().is_root();
    let names = format!(
        "ANTHROPIC_API_KEY ANTHROPIC_BASE_URL CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC \
         CLAUDE_CODE_MAX_RETRIES CLAUDE_CONFIG_DIR DISABLE_AUTOUPDATER DISABLE_ERROR_REPORTING \
         DISABLE_TELEMETRY ERRAND_RAW_LOG HOME {}LANG PATH PWD PYTHONUNBUFFERED TMPDIR ",
        if root { "IS_SANDBOX " } else { "" }
    );
    assert_eq!(texts, [names.as_str(), "a phantom", "a loopback address"]);
}

#[tokio::test]
async fn f36_a_line_of_ten_mib_arrives_cut_and_visibly_so() {
    let ended = child(
        r#"
        printf '{"type":"text","text":"first'
        head -c 10485760 /dev/zero | tr '\0' x
        printf 'last"}\n'
        text after
        end
        "#,
    )
    .run()
    .await;
    let texts = ended.of_kind("text");
    let long = texts[0]["text"].as_str().unwrap();
    assert!(long.len() < 1024 * 1024, "{}", long.len());
    assert!(long.starts_with("firstxxx") && long.ends_with("xxxlast"));
    assert!(long.contains("bytes cut …]"));
    assert_eq!(texts[1]["text"], "after");
}

#[tokio::test]
async fn f36_a_hundred_thousand_events_arrive_whole_and_in_order() {
    let ended = child(r#"seq 100000 | sed 's/.*/{"type":"text","text":"&"}/'; end"#).run().await;
    let texts = ended.of_kind("text");
    assert_eq!(texts.len(), 100_000);
    assert!(texts.iter().zip(1..).all(|(event, n)| event["text"].as_str() == Some(&n.to_string())));
    assert_eq!(ended.verdict(), "Succeeded - -");
}

#[tokio::test]
async fn f37_half_a_line_is_kept_as_a_remark() {
    let ended = child(r#"text whole; printf '{"type":"text","te'; exit 7"#).run().await;
    assert_eq!(ended.of_kind("text").len(), 1);
    insta::assert_snapshot!(ended.remarks(), @r#"the wrapper's output broke off: {"type":"text","te"#);
    insta::assert_snapshot!(ended.verdict(), @"Failed crashed the wrapper died with exit code 7");
    assert_eq!(ended.end().exit_code, Some(7));
}

#[tokio::test]
async fn f38_invalid_utf8_nul_and_escapes_do_no_harm() {
    let ended = child(
        r#"
        printf '{"type":"text","text":"a\377\376b"}\n'
        printf 'garbage \000 \033[2J \377\n'
        end
        "#,
    )
    .run()
    .await;
    assert_eq!(ended.of_kind("text")[0]["text"], "a\u{fffd}\u{fffd}b");
    insta::assert_snapshot!(ended.remarks(), @r#"the wrapper wrote no event: garbage \u{0} \u{1b}[2J �"#);
    assert_eq!(ended.verdict(), "Succeeded - -");
}

#[tokio::test]
async fn f39_a_flood_of_ten_thousand_lines_arrives_whole_and_in_order() {
    let ended = child(
        r#"
        i=0
        while [ $i -lt 10000 ]; do echo "{\"type\":\"text\",\"text\":\"$i\"}"; i=$((i+1)); done
        end
        "#,
    )
    .run()
    .await;
    let texts: Vec<_> = ended.of_kind("text").iter().map(|event| event["text"].clone()).collect();
    let expected: Vec<_> = (0..10_000).map(|i| json!(i.to_string())).collect();
    assert!(texts == expected, "{} texts", texts.len());
    let posts = ended.server.state().posts.len();
    assert!(posts < 200, "lines that come together are posted together, not in {posts} posts");
}

#[tokio::test]
async fn f39_a_flood_on_stderr_is_thinned_out() {
    let ended = child("seq 5000 >&2; text after; end").run().await;
    let lines = ended.of_kind("stderr").len();
    assert!((10..500).contains(&lines), "{lines}");
    assert!(ended.remarks().contains("lines of stderr were left out"), "{}", ended.remarks());
    assert_eq!(ended.of_kind("text").len(), 1);
}

#[tokio::test]
async fn f42_a_child_that_closes_its_stdout_and_lives_on_is_ended() {
    let ended = child("text hello; exec >&-; trap '' TERM; while :; do sleep 1; done").run().await;
    insta::assert_snapshot!(ended.verdict(), @"Failed crashed the wrapper closed its output and lived on");
}

#[tokio::test]
async fn f43_a_child_that_exits_without_an_end_has_no_result() {
    let ended = child("text hello").run().await;
    insta::assert_snapshot!(ended.verdict(), @"Failed no_result the agent ended without a result");
}

#[tokio::test]
async fn f24_a_child_that_is_killed_is_a_crash_and_its_session_is_kept() {
    let ended = child(r#"say '{"type":"session","session_id":"s-9"}'; kill -9 $$"#).run().await;
    insta::assert_snapshot!(ended.verdict(), @"Failed crashed the wrapper was killed by signal 9");
    assert_eq!(ended.end().session_id.as_deref(), Some("s-9"));
    assert_eq!(ended.end().exit_code, Some(137));
}

/// `tail` keeps a line until it is whole, and this one never is: the kernel kills it when the run's memory is used up.
#[tokio::test]
async fn f23_an_agent_that_takes_all_memory_is_out_of_memory_and_not_just_dead() {
    let its_wrapper_tells = r#"tail /dev/zero
        say '{"type":"end","outcome":"failed","reason":"crashed","exit_code":-9}'"#;
    for script in ["exec tail /dev/zero", its_wrapper_tells] {
        let Some(memory) = MemoryLimit::of(96 << 20) else {
            eprintln!("not here: a control group of its own needs the right to make one");
            return;
        };
        let ended = child(script).within(memory).run().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(ended.verdict(), @"Failed oom memory ran out, and the kernel killed the agent");
        }
        assert_eq!(ended.end().exit_code, Some(137));
    }
}

#[tokio::test]
async fn a_wrapper_that_cannot_be_started_is_told() {
    let ended = child("").env("ERRAND_WRAPPER", r#"["/nowhere/wrapper"]"#).run().await;
    insta::assert_snapshot!(ended.verdict(), @"Failed internal the agent could not be started");
}

#[tokio::test]
async fn a_link_in_the_place_of_the_transcript_is_not_followed() {
    let ended = child(r#"ln -s /etc/passwd "$ERRAND_RAW_LOG"; end"#).run().await;
    assert_eq!(ended.file("transcript.jsonl"), None);
    assert!(ended.remarks().contains("transcript.jsonl was not kept"), "{}", ended.remarks());
    assert_eq!(ended.verdict(), "Succeeded - -");
}

#[tokio::test]
async fn s34_a_parent_that_shows_what_it_handed_on_is_told_of() {
    let told = |ended: &crate::harness::Ended| {
        (
            ended.of_kind("run_started")[0]["isolation"]["key_outside"].clone(),
            ended.log.contains("without an init"),
        )
    };
    let alone = child("end").run().await;
    assert_eq!(told(&alone), (json!(true), false));
    let under_an_init = child("end").under_a_parent().run().await;
    assert_eq!(told(&under_an_init), (json!(false), true));
}
