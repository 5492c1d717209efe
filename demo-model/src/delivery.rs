//! Delivery: a reply on its way to the client, in order, late, or cut.

use std::{io, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{api_error, fault::Kind, reply::Reply};

/// One step of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Send(Bytes),
    Pause(Duration),
    /// Closes the connection in the middle of the body.
    Cut,
}

/// How `reply` is streamed, with a pause of `delay` before each delta, and with `fault`.
pub(crate) fn plan(reply: &Reply, delay: Duration, fault: Option<&Kind>) -> Vec<Step> {
    let events = reply.events();
    // Where a client has seen some content and waits for more.
    let middle = events.len() / 2;
    let mut steps = Vec::with_capacity(events.len());
    for (position, event) in events.iter().enumerate() {
        if position == middle {
            match fault {
                Some(Kind::Stall(pause)) => steps.push(Step::Pause(*pause)),
                Some(Kind::Truncate) => {
                    steps.push(Step::Cut);
                    return steps;
                }
                Some(Kind::Midstream(kind)) => {
                    steps.push(Step::Send(frame(&api_error::body(kind, kind))));
                    return steps;
                }
                Some(Kind::Status(_) | Kind::Hang(_) | Kind::Drop) | None => {}
            }
        }
        if !delay.is_zero() && event["type"] == "content_block_delta" {
            steps.push(Step::Pause(delay));
        }
        steps.push(Step::Send(frame(event)));
    }
    steps
}

/// An event as the wire has it.
fn frame(event: &Value) -> Bytes {
    let name = event["type"].as_str().unwrap_or_default();
    Bytes::from(format!("event: {name}\ndata: {event}\n\n"))
}

/// A body that takes `steps`; `cut` ends it early.
pub(crate) fn body(steps: Vec<Step>, cut: CancellationToken) -> Body {
    let state = (steps.into_iter(), cut);
    Body::from_stream(stream::unfold(state, async |(mut steps, cut)| {
        loop {
            let item = match steps.next()? {
                Step::Send(bytes) => Ok(bytes),
                Step::Cut => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
                Step::Pause(length) if pause(length, &cut).await => continue,
                Step::Pause(_) => Err(io::Error::from(io::ErrorKind::Interrupted)),
            };
            return Some((item, (steps, cut)));
        }
    }))
}

/// Waits, unless `cut` comes first. Whether it waited to the end.
pub(crate) async fn pause(length: Duration, cut: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(length) => true,
        () = cut.cancelled() => false,
    }
}
