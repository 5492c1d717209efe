//! What changes under everybody's feet: the key that signs, and the time of day on one host.

use std::sync::{Arc, Mutex};

use auth::{SigningKeys, run_token};
use domain::{reason::Reason, task::State};
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;

use crate::errand::Errand;

/// Longer than a runner is silent.
const A_WHILE: SignedDuration = SignedDuration::from_mins(10);

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

/// Leases are times of day. Whoever looks at one may have another clock than who renewed it.
#[tokio::test]
async fn f61_a_clock_that_is_five_minutes_off_gives_no_live_run_up_and_keeps_no_silent_one() {
    let off = SignedDuration::from_mins(5);
    // The dispatcher is ahead, or progress is behind: then a fresh lease is over already. The other way round it lasts.
    for shift in [off, -off] {
        let errand = Errand::new().await;
        let id = errand.task("do it").await;
        errand.ring().await;
        let mut runner = errand.runner(&format!("{id}/1"));
        let lease = SignedDuration::try_from(errand.world.runtime.settings.lease).unwrap();
        for text in ["one", "two", "three"] {
            assert_eq!(runner.says(text).await.status, 200);
            errand.world.long_ago(id, "lease_until", shift - lease).await;
            // What it is doubted for is always another lease, however long ago the doubt began.
            errand.tick().await;
            errand.world.doubted_since(id, A_WHILE).await;
        }
        assert_eq!(runner.ends("succeeded").await.status, 200);
        let head = errand.world.head(id).await;
        assert_eq!((head.task.state, head.task.attempt.0, head.seq), (State::Succeeded, 1, 4));
        errand.settles().await;
    }

    // Tokens are times of day as well: the dispatcher signs what progress reads.
    for (shift, status) in [(-off, 200), (off, 401)] {
        let errand = Errand::new().await;
        let id = errand.task("do it").await;
        errand.ring().await;
        let head = errand.world.head(id).await;
        let claims = run_token::Claims { task: id, attempt: 1, owner: head.owner };
        let signed_at = runtime::clock::now() + shift;
        let token = run_token::sign(&errand.world.keys, &claims, signed_at, signed_at + off * 2);
        let mut runner = errand.runner_with(token.expose_secret().to_owned());
        // What was signed in the future is refused until then; it would hold for longer than it should.
        assert_eq!(runner.learns().await.status, status, "{shift}");
        errand.settles().await;
    }

    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    errand.ring().await;
    let mut silent = errand.runner(&format!("{id}/1"));
    assert_eq!(silent.says("one").await.status, 200);
    errand.world.long_ago(id, "lease_until", off).await;
    errand.tick().await;
    assert_eq!(errand.state(id).await, State::Running, "it may be the clock");
    errand.world.doubted_since(id, A_WHILE).await;
    errand.tick().await;
    assert_eq!(errand.world.head(id).await.task.reason, Some(Reason::Lost));
    assert_eq!(silent.says("two").await.problem(), "409 superseded");
    errand.settles().await;
    let head = errand.world.head(id).await;
    assert_eq!((head.task.state, head.task.attempt.0), (State::Succeeded, 2));
}
