//! What changes under everybody's feet: the key that signs, and the time of day on one host.

use std::sync::{Arc, Mutex};

use auth::SigningKeys;
use domain::{reason::Reason, task::State};
use jiff::SignedDuration;
use serde_json::json;

use crate::errand::Errand;

#[tokio::test]
async fn f60_what_the_old_key_signed_holds_and_what_is_new_names_the_new_one() {
    // Both functions that sign are given a new key that trusts the old one; whoever verifies knows both.
    let old = Arc::new(Mutex::new(String::new()));
    let errand = Errand::with(|settings| {
        let before = SigningKeys::parse(settings.signing_keys.as_ref().unwrap()).unwrap();
        let mut keys = SigningKeys::generate();
        keys.trust(before.verifying()).unwrap();
        *old.lock().unwrap() = before.kid().to_owned();
        settings.verifying_keys = Some(keys.verifying().to_text());
        settings.signing_keys = Some(keys.to_text());
    })
    .await;
    // The user's own token is of the old key.
    assert_eq!(errand.world.keys.kid(), *old.lock().unwrap());
    let id = errand.task("do it").await;
    errand.ring().await;
    let runner = errand.runner(&format!("{id}/1"));
    assert!(!runner.token_names(&old.lock().unwrap()), "a new run has a token of the new key");
    assert_eq!(runner.beats().await.status, 200);
    // A run from before the change goes on with what it has.
    let token = errand.world.run_token(&errand.world.head(id).await);
    let mut before = errand.runner_with(token);
    assert!(before.token_names(&old.lock().unwrap()));
    assert_eq!(before.learns().await.status, 200);
    assert_eq!(before.says("signed by the old key").await.status, 200);
    assert_eq!(before.ends("succeeded").await.status, 200);
    errand.settles().await;
}

/// Leases are times of day. Whose clock is ahead may give a run up that lives: that costs the run, and nothing else.
#[tokio::test]
async fn f61_a_clock_that_is_five_minutes_off_costs_a_run_at_worst() {
    let off = SignedDuration::from_mins(5);
    let lease = SignedDuration::from_secs(45);
    // The dispatcher is ahead, or progress is behind: then a fresh lease is over already. The other way round it lasts.
    for (shift, given_up) in [(off, true), (-off, false)] {
        let errand = Errand::new().await;
        let id = errand.task("do it").await;
        errand.ring().await;
        let mut first = errand.runner(&format!("{id}/1"));
        assert_eq!(first.says("one").await.status, 200);
        errand.world.long_ago(id, "lease_until", shift - lease).await;
        errand.tick().await;
        let again = first.says("two").await;
        if given_up {
            assert_eq!(again.problem(), "409 superseded");
            assert_eq!(errand.world.head(id).await.task.reason, Some(Reason::Lost));
        } else {
            assert_eq!(again.status, 200);
            assert_eq!(first.ends("succeeded").await.status, 200);
        }
        errand.settles().await;
        let head = errand.world.head(id).await;
        assert_eq!(
            (head.task.state, head.task.attempt.0),
            (State::Succeeded, 1 + u32::from(given_up))
        );
        let log = serde_json::to_value(errand.world.log(id).await).unwrap();
        let of_first = log.as_array().unwrap().iter().filter(|event| event["text"] == "two");
        assert_eq!(of_first.count(), usize::from(!given_up), "what was refused is not seen");
        assert_eq!(log[0]["text"], json!("one"), "what was said before stays");
    }
}
