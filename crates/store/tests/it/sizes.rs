//! What changes with each post must stay small: DynamoDB bills a write by the KB.

use domain::{
    event::Tokens,
    limits::{LABEL_CHARS, MAX_ATTEMPTS, MODEL_CHARS, TITLE_CHARS},
    reason::Reason,
    run::RunUsage,
    task::{Attempt, State, Task},
};
use store::NewTask;

use super::fixture::*;

/// As it is while a run lives, with the longest title that a task is given by itself and a UUID for the runner.
fn usual() -> NewTask {
    let mut new = new_task(1, user(u128::MAX));
    new.head.id = task(u128::MAX);
    let time = Some(at(1) + jiff::SignedDuration::from_millis(999));
    new.head.title = "x".repeat(80);
    new.head.task.state = State::Running;
    new.head.task.attempt = Attempt(1);
    new.head.tags = Vec::new();
    new.head.repository = Some("github.com/an-organisation/a-repository".to_owned());
    new.head.git_ref = Some("main".to_owned());
    new.head.model = Some("claude-sonnet-5".to_owned());
    new.head.runner = Some("r".repeat(36));
    new.head.seq = 999;
    new.head.run_seq = 999;
    new.head.version = 999;
    new.head.claimed_at = time;
    new.head.started_at = time;
    new.head.lease_until = time;
    new.head.usage_run = usage(999_999);
    new
}

/// As it never is: every field at its longest. Only tags are left out.
fn largest(title: char) -> NewTask {
    let many = 99_999_999_999;
    let attempts = u32::try_from(MAX_ATTEMPTS.1).unwrap();
    let mut new = usual();
    let time = new.head.claimed_at;
    new.head.title = title.to_string().repeat(TITLE_CHARS);
    new.head.task = Task {
        // The longest that is also in an index.
        state: State::Scheduled,
        attempt: Attempt(attempts),
        attempt_limit: Attempt(attempts),
        cancel_requested: true,
        reason: Some(Reason::StartTimeout),
    };
    new.head.max_attempts = attempts;
    new.head.version = many;
    new.head.timeout_s = 86_399;
    new.head.seq = many;
    new.head.run_seq = many;
    new.head.runner = Some("r".repeat(64));
    new.head.usage_before = usage(many);
    new.head.usage_run = usage(many);
    new.head.not_before = time;
    new.head.ended_at = time;
    new.head.cancel_at = time;
    new.head.reviewed_at = time;
    new.head.repository = Some(title.to_string().repeat(LABEL_CHARS));
    new.head.git_ref = new.head.repository.clone();
    new.head.model = Some("m".repeat(MODEL_CHARS));
    new
}

fn usage(many: u64) -> RunUsage {
    let tokens = Tokens {
        input_tokens: many,
        output_tokens: many,
        cache_read_tokens: many,
        cache_creation_tokens: many,
    };
    RunUsage { cost_usd_micros: many, tokens, turns: 999 }
}

async fn stored_size(new: NewTask) -> usize {
    let f = Fixture::new().await;
    let head = f.stored(new).await;
    f.head_size(head.id).await
}

#[tokio::test]
async fn a_head_costs_one_unit_to_write_except_at_its_very_largest() {
    let usual = stored_size(usual()).await;
    assert!(usual <= 1024, "{usual}");
    let largest = (stored_size(largest('x')).await, stored_size(largest('文')).await);
    insta::assert_compact_debug_snapshot!((usual, largest), @"(935, (1552, 2432))");
}
