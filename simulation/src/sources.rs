//! What wakes the dispatcher besides the queue: the minute, and the end of a container.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::{containers::Exit, functions, world::world};

/// A failed activation by an event is repeated so often.
const REPEATS: u64 = 2;

pub(crate) async fn ticks() {
    let world = world();
    loop {
        let tick = async || {
            functions::dispatch("tick", json!({ "source": "aws.events" })).await;
        };
        if world.fault("tick twice", world.plan.faults.tick_twice) {
            world.spawn(async move { tick().await });
        }
        world.spawn(async move { tick().await });
        sleep(world.plan.tick).await;
    }
}

/// A container ended: the dispatcher hears of it, soon or late, once, twice or never.
pub(crate) fn stopped(started_by: &str, exit: &Exit) {
    let world = world();
    let event = json!({
        "source": "aws.ecs", "detail-type": "ECS Task State Change",
        "detail": {
            "lastStatus": "STOPPED", "startedBy": started_by, "stoppedReason": exit.why,
            "containers": [{ "exitCode": exit.code, "reason": exit.why }],
        },
    });
    let faults = &world.plan.faults;
    if world.fault("stop event lost", faults.stop_lost) {
        return;
    }
    let twice = world.fault("stop event twice", faults.stop_twice);
    for _ in 0..=u8::from(twice) {
        let event = event.clone();
        let delay = if twice { world.millis(100..90_000) } else { world.millis(100..2_000) };
        world.spawn(async move {
            sleep(delay).await;
            for again in 0..=REPEATS {
                if functions::dispatch("stopped", event.clone()).await.is_some() {
                    return;
                }
                sleep(Duration::from_secs(60 * (again + 1))).await;
            }
        });
    }
}
