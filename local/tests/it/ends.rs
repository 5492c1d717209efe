use std::time::Duration;

use rustix::process::Signal;

use crate::server::{LONG, Place, is_alive};

/// Waits for a process that was told to end.
async fn gone(pid: i32) {
    let gone = async {
        while is_alive(pid) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, gone).await.expect("a process should be gone");
}

#[tokio::test]
async fn told_to_end_it_leaves_no_process_and_the_next_start_goes_on() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let place = Place::new();
        let mut server = place.start().await;
        let id = server.admin().await.task("leave").await;
        let [_, supervisor, daemon] = place.marks(1).await[0];
        server.signal(signal);
        assert_eq!(server.ended().await.code(), Some(0));
        assert!(!is_alive(supervisor) && !is_alive(daemon));
        assert_eq!(server.rest().await, "ending; a second Ctrl-C ends at once\n");

        let server = place.start().await;
        let [attempt, ..] = place.marks(2).await[1];
        assert_eq!(attempt, 2);
        assert_eq!(server.admin().await.get(&format!("/v1/tasks/{id}")).await["attempt"], 2);
    }
}

#[tokio::test]
async fn what_a_killed_server_left_is_ended_by_the_next_start() {
    let place = Place::new();
    let mut server = place.start().await;
    server.admin().await.task("leave").await;
    let [_, supervisor, daemon] = place.marks(1).await[0];
    server.signal(Signal::KILL);
    server.ended().await;
    gone(supervisor).await;
    assert!(is_alive(daemon), "nobody was left to end it");

    let server = place.start().await;
    assert!(!is_alive(daemon), "ended before the server was ready");
    let [attempt, ..] = place.marks(2).await[1];
    assert_eq!(attempt, 2);
    drop(server);
}

#[tokio::test]
async fn a_killed_supervisor_takes_its_run_along_and_the_task_goes_on() {
    let place = Place::new();
    let server = place.start().await;
    let me = server.admin().await;
    let id = me.task("leave").await;
    let [_, supervisor, daemon] = place.marks(1).await[0];
    let supervisor = rustix::process::Pid::from_raw(supervisor).unwrap();
    rustix::process::kill_process(supervisor, Signal::KILL).unwrap();
    let [attempt, ..] = place.marks(2).await[1];
    assert_eq!(attempt, 2);
    assert!(!is_alive(daemon));
    me.post(&format!("/v1/tasks/{id}/cancel"), &serde_json::json!({})).await;
}
