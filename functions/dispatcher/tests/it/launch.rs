//! One container for each run, however often it is asked for.

use auth::run_token;
use domain::{reason::Reason, task::State};
use jiff::SignedDuration;
use runtime::clock;
use serde_json::json;
use testkit::{Launch, user};

use crate::dispatch::{Dispatch, LONG};

const A_WHILE: SignedDuration = SignedDuration::from_secs(10);

#[tokio::test]
async fn a_container_is_given_its_address_and_its_token_and_nothing_else() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued_as(user(1), |new| {
        new.spec.prompt = "p".repeat(100_000);
        new.head.title = "a secret title".to_owned();
    });
    let head = head.await;
    dispatch.ring().await;
    let launches = dispatch.world.cloud().launches.clone();
    let [launch] = launches.as_slice() else { panic!("{} launches", launches.len()) };
    assert_eq!(launch["startedBy"], format!("{}/1", head.id));
    assert_eq!(launch["clientToken"], format!("{}-1", head.id.uuid().simple()));
    assert!(launch["clientToken"].as_str().unwrap().len() <= 64);
    let members: Vec<_> = launch["overrides"].as_object().unwrap().keys().collect();
    assert_eq!(members, ["containerOverrides"]);
    let container = &launch["overrides"]["containerOverrides"][0];
    let members: Vec<_> = container.as_object().unwrap().keys().collect();
    assert_eq!(members, ["name", "environment"], "no role, no command");
    let environment = container["environment"].as_array().unwrap();
    let names: Vec<_> = environment.iter().map(|variable| &variable["name"]).collect();
    assert_eq!(names, [&json!("ERRAND_RUN_URL"), &json!("ERRAND_RUN_TOKEN")]);
    assert!(launch["overrides"].to_string().len() <= 8_192);
    assert!(!launch.to_string().contains("secret") && !launch.to_string().contains("ppp"));

    let token = environment[1]["value"].as_str().unwrap();
    let keys = dispatch.world.keys.verifying();
    let claims = run_token::verify(keys, token, clock::now()).unwrap();
    assert_eq!((claims.task, claims.attempt, claims.owner), (head.id, 1, user(1)));
    let deadline = SignedDuration::from_secs(3600);
    assert!(run_token::verify(keys, token, clock::now() + deadline).is_ok(), "it outlives the run");
    let later = clock::now() + deadline + SignedDuration::from_mins(20);
    assert!(run_token::verify(keys, token, later).is_err(), "but not for long");
}

#[tokio::test]
async fn the_key_of_run_tokens_is_published_before_the_first_of_them_and_once() {
    let dispatch = Dispatch::with(|settings| settings.verifying_keys = None).await;
    let world = &dispatch.world;
    let kid = world.keys.kid();
    let head = world.queued(user(1)).await;
    world.faults.refuse("PutItem");
    dispatch.ring().await;
    assert!(world.cloud().launches.is_empty(), "nobody could check its token");

    world.faults.heal();
    world.held_since(head.id, A_WHILE).await;
    dispatch.tick().await;
    assert_eq!(world.store.run_key(kid).await.unwrap(), world.keys.verifying().to_text());
    assert_eq!(world.cloud().launches.len(), 1);
    world.remove("KEYS#run", kid).await;
    world.queued(user(1)).await;
    dispatch.ring().await;
    assert_eq!(world.cloud().launches.len(), 2);
    assert!(world.store.run_key(kid).await.is_err(), "it was published again");
}

#[tokio::test]
async fn f20_a_launch_that_failed_is_tried_again_under_the_same_name() {
    for launch in [Launch::Fails, Launch::HasNoRoom] {
        let dispatch = Dispatch::new().await;
        let head = dispatch.world.queued(user(1)).await;
        dispatch.world.cloud().launch = launch;
        dispatch.ring().await;
        assert_eq!(dispatch.state(head.id).await, State::Starting);
        dispatch.tick().await;
        assert_eq!(dispatch.world.cloud().launches.len(), 1, "its dispatcher may still be at it");
        dispatch.world.held_since(head.id, A_WHILE).await;
        dispatch.tick().await;
        dispatch.world.cloud().launch = Launch::Starts;
        dispatch.tick().await;
        dispatch.tick().await;
        let launches = dispatch.world.cloud().launches.clone();
        assert_eq!(launches.len(), 3, "and no more once it runs");
        for name in ["clientToken", "startedBy"] {
            assert!(launches.iter().all(|launch| launch[name] == launches[0][name]));
        }
        assert_eq!(dispatch.started(), [format!("{}/1", head.id)]);
        dispatch.world.check_invariants().await;
    }
}

#[tokio::test]
async fn f19_a_container_that_started_in_silence_is_found_and_not_started_twice() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.world.cloud().launch = Launch::StartsInSilence;
    dispatch.ring().await;
    dispatch.world.held_since(head.id, A_WHILE).await;
    dispatch.tick().await;
    assert_eq!(dispatch.started().len(), 1);
    assert_eq!(dispatch.world.cloud().launches.len(), 1, "it was found, and not asked for again");
    dispatch.world.long_ago(head.id, "claimed_at", LONG).await;
    dispatch.tick().await;
    assert_eq!(dispatch.world.cloud().stops.len(), 1, "so it can be stopped");
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn f22_a_run_that_never_starts_is_repeated_and_given_up_in_the_end() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.world.cloud().launch = Launch::HasNoRoom;
    dispatch.ring().await;
    for attempt in 1..=3 {
        let task = dispatch.task(head.id).await;
        assert_eq!((task.attempt.0, task.state), (attempt, State::Starting));
        dispatch.world.long_ago(head.id, "claimed_at", LONG).await;
        dispatch.tick().await;
        assert_eq!(dispatch.last_words(head.id).await, (json!("failed"), json!("start_timeout")));
        if attempt < 3 && dispatch.state(head.id).await == State::Scheduled {
            dispatch.world.check_invariants().await;
            dispatch.world.due_now(head.id).await;
            dispatch.tick().await;
        }
    }
    let task = dispatch.task(head.id).await;
    assert_eq!((task.state, task.attempt.0), (State::Failed, 3));
    assert_eq!(task.reason, Some(Reason::StartTimeout));
    let mut names: Vec<_> = dispatch
        .world
        .cloud()
        .launches
        .iter()
        .map(|launch| launch["clientToken"].to_string())
        .collect();
    names.dedup();
    assert_eq!(names.len(), 3, "each run has a name of its own");
    dispatch.world.check_invariants().await;
}
