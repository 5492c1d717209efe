//! The WebSocket side of the service.

use std::sync::Arc;

use domain::socket::{ClientFrame, ServerFrame, Topic};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

use super::{Push, Shared};

pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut sockets = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        if !shared.world().refuses_sockets {
            sockets.spawn(serve(stream, shared.clone()));
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut pushes = shared.pushes.subscribe();
    let Ok(mut socket) = accept_async(stream).await else { return };
    loop {
        tokio::select! {
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                let Ok(text) = message.into_text() else { return };
                let Ok(frame) = serde_json::from_str::<ClientFrame>(&text) else { return };
                let heads = {
                    let mut world = shared.world();
                    match frame {
                        ClientFrame::Subscribe { .. } => world.sockets_opened += 1,
                        ClientFrame::Ping if world.deaf_to_pings => continue,
                        ClientFrame::Ping | ClientFrame::Unsubscribe { .. } => {}
                    }
                    [(Topic::Task(world.tasks[0].id), world.log.len() as u64)].into()
                };
                shared.note();
                let heads = serde_json::to_string(&ServerFrame::Heads { heads }).unwrap();
                if socket.send(Message::text(heads)).await.is_err() {
                    return;
                }
            }
            push = pushes.recv() => match push {
                Ok(Push::Frame(text)) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        return;
                    }
                }
                // Dropped as it is: no goodbye.
                Ok(Push::Cut) | Err(_) => return,
            },
        }
    }
}
