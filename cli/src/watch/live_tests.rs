use domain::task::State;
use serde_json::json;
use tokio::time::timeout;

use super::*;

#[path = "../../tests/it/service/mod.rs"]
#[expect(dead_code, reason = "shared with the tests of the whole binary, which use more of it")]
mod service;

use self::service::{KEY, PATIENCE, Service, task};

/// Remembers what it was told.
#[derive(Default)]
struct Memory {
    seqs: Vec<u64>,
    links: Vec<Link>,
    states: Vec<State>,
}

impl Sink for Memory {
    fn wants_whole(&self, event: &RawEvent) -> bool {
        event.truncated
    }

    fn event(&mut self, event: &RawEvent) -> Result<()> {
        assert!(!event.truncated);
        self.seqs.push(event.seq);
        Ok(())
    }

    fn task(&mut self, task: &TaskView) {
        self.states.push(task.state);
    }

    fn link(&mut self, link: Link) {
        self.links.push(link);
    }
}

/// A watcher in a hurry.
const TIMING: Timing = Timing {
    ping: Duration::from_millis(200),
    pong: Duration::from_millis(100),
    gap: Duration::from_millis(20),
    reconnect: (Duration::from_millis(10), Duration::from_millis(50)),
    poll_s: 1,
    polling: Duration::from_millis(100),
    gone: Duration::from_millis(500),
};

async fn service_with_a_task() -> (Service, Client) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let service = Service::start().await;
    service.world().tasks.push(task(1));
    let client = Client::with_key(service.url.parse().unwrap(), KEY.into()).unwrap();
    (service, client)
}

fn text() -> serde_json::Value {
    json!({"type": "text", "text": "hello"})
}

/// How often the log was read.
fn reads(world: &service::World) -> usize {
    world.requests.iter().filter(|seen| seen.what.ends_with("/events")).count()
}

/// Follows the task while `story` happens.
async fn watched(
    service: &Service,
    client: &Client,
    timing: Timing,
    story: impl Future<Output = ()>,
) -> (Result<TaskView>, Memory) {
    let mut memory = Memory::default();
    let id = service.world().tasks[0].id;
    let both = async { tokio::join!(follow(client, id, 0, timing, &mut memory), story) };
    let (ended, ()) = timeout(PATIENCE, both).await.expect("it never ended");
    (ended, memory)
}

#[tokio::test]
async fn f54_a_last_push_that_got_lost_is_found_by_the_heads_of_the_next_ping() {
    let (service, client) = service_with_a_task().await;
    let (ended, memory) = watched(&service, &client, TIMING, async {
        service.until(|world| world.sockets_opened == 1).await;
        service.push(vec![service.append(&text())]);
        service.append(&text());
        let before = reads(&service.world());
        service.until(|world| reads(world) > before).await;
        service.set_state(State::Succeeded, true);
    })
    .await;
    assert_eq!(ended.unwrap().state, State::Succeeded);
    assert_eq!(memory.seqs, [1, 2]);
    assert_eq!(service.world().sockets_opened, 1);
}

#[tokio::test]
async fn an_end_that_nobody_told_of_is_found_while_all_is_quiet() {
    let (service, client) = service_with_a_task().await;
    let (ended, memory) = watched(&service, &client, TIMING, async {
        service.until(|world| world.sockets_opened == 1).await;
        service.set_state(State::Canceled, false);
    })
    .await;
    assert_eq!(ended.unwrap().state, State::Canceled);
    assert!(memory.seqs.is_empty());
}

#[tokio::test]
async fn a_ping_without_an_answer_ends_the_connection_and_another_takes_over() {
    let (service, client) = service_with_a_task().await;
    let (ended, memory) = watched(&service, &client, TIMING, async {
        service.world().deaf_to_pings = true;
        service.until(|world| world.sockets_opened == 2).await;
        service.world().deaf_to_pings = false;
        service.push(vec![service.append(&text())]);
        service.set_state(State::Succeeded, true);
    })
    .await;
    assert_eq!(ended.unwrap().state, State::Succeeded);
    assert_eq!(memory.seqs, [1]);
    assert_eq!(memory.links[..3], [Link::Live, Link::Reconnecting, Link::Live]);
}

#[tokio::test]
async fn a_socket_that_comes_back_takes_over_from_polling() {
    let (service, client) = service_with_a_task().await;
    let (ended, memory) = watched(&service, &client, TIMING, async {
        service.world().refuses_sockets = true;
        service.until(|world| reads(world) > 0).await;
        service.append(&text());
        service.world().refuses_sockets = false;
        service.append(&text());
        service.until(|world| world.sockets_opened == 1).await;
        service.push(vec![service.append(&text())]);
        service.set_state(State::Succeeded, true);
    })
    .await;
    assert_eq!(ended.unwrap().state, State::Succeeded);
    assert_eq!(memory.seqs, [1, 2, 3]);
    assert!(memory.links.contains(&Link::Polling));
    assert_eq!(memory.links.last(), Some(&Link::Live));
}

#[tokio::test]
async fn a_service_that_is_gone_for_good_is_given_up() {
    let (service, client) = service_with_a_task().await;
    let id = service.world().tasks[0].id;
    let mut memory = Memory::default();
    let gone = async {
        service.until(|world| world.sockets_opened == 1).await;
        drop(service);
    };
    let both = async { tokio::join!(follow(&client, id, 0, TIMING, &mut memory), gone) };
    let (ended, ()) = timeout(PATIENCE, both).await.expect("it never gives up");
    assert!(matches!(ended, Err(Error::Unreachable { .. })), "{ended:?}");
}

#[tokio::test]
async fn the_state_of_the_task_comes_along() {
    let (service, client) = service_with_a_task().await;
    let (_, memory) = watched(&service, &client, TIMING, async {
        service.until(|world| world.sockets_opened == 1).await;
        service.set_state(State::Waiting, true);
        // By the time of a read that nothing but the quiet asked for, the push has come.
        service.until(|world| reads(world) == 3).await;
        service.set_state(State::Failed, false);
    })
    .await;
    assert_eq!(memory.states, [State::Waiting]);
}
