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
                Step::Cut => {
                    // A server flushes when it has to wait; a client shall see what came before.
                    tokio::task::yield_now().await;
                    Err(io::Error::from(io::ErrorKind::ConnectionAborted))
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{reply::Usage, script::text};

    /// The steps; an event by its name.
    fn steps(delay: Duration, fault: Option<&Kind>) -> String {
        let reply = Reply::new("m".to_owned(), vec![text("Hello.")], Usage::default());
        let step = |step: Step| match step {
            Step::Send(bytes) => {
                let frame = String::from_utf8_lossy(&bytes).into_owned();
                let (head, data) = frame.split_once('\n').unwrap();
                assert!(data.starts_with("data: {") && data.ends_with("}\n\n"), "{frame:?}");
                head.strip_prefix("event: ").unwrap().to_owned()
            }
            other => format!("{other:?}"),
        };
        plan(&reply, delay, fault).into_iter().map(step).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_delay_comes_before_each_delta() {
        insta::assert_snapshot!(steps(Duration::from_millis(50), None), @"
        message_start
        content_block_start
        ping
        Pause(50ms)
        content_block_delta
        content_block_stop
        message_delta
        message_stop
        ");
    }

    #[test]
    fn a_stream_stalls_in_its_middle() {
        let fault = Kind::Stall(Duration::from_secs(3));
        insta::assert_snapshot!(steps(Duration::ZERO, Some(&fault)), @"
        message_start
        content_block_start
        ping
        Pause(3s)
        content_block_delta
        content_block_stop
        message_delta
        message_stop
        ");
    }

    #[test]
    fn a_stream_is_cut_in_its_middle() {
        insta::assert_snapshot!(steps(Duration::ZERO, Some(&Kind::Truncate)), @"
        message_start
        content_block_start
        ping
        Cut
        ");
    }

    #[test]
    fn a_stream_ends_in_an_error() {
        let fault = Kind::Midstream("overloaded_error".to_owned());
        insta::assert_snapshot!(steps(Duration::ZERO, Some(&fault)), @"
        message_start
        content_block_start
        ping
        error
        ");
    }
}
