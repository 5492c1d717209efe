//! One WebSocket connection: opened with a ticket, subscribed to one task.

use std::time::Duration;

use domain::{
    id::TaskId,
    socket::{ClientFrame, FRAME_BYTES, ServerFrame, Topic},
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use crate::{
    client::Client,
    error::{Error, Result, origin},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// The connection is of no use any more.
#[derive(Debug)]
pub(crate) struct Cut;

impl Socket {
    /// Gets a ticket, connects with it and subscribes. The heads follow as the first frame.
    pub(crate) async fn open(client: &Client, task: TaskId) -> Result<Self> {
        let ticket = client.ticket().await?;
        let unreachable = |why: String| {
            let url =
                ticket.url.parse().map_or_else(|_| "the socket".to_owned(), |url| origin(&url));
            Error::Unreachable { url, why }
        };
        // Some room above what the protocol allows, so that only nonsense is refused.
        let config = WebSocketConfig::default().max_message_size(Some(8 * FRAME_BYTES));
        let connect = connect_async_with_config(ticket.url.as_str(), Some(config), true);
        let (stream, _) = timeout(CONNECT_TIMEOUT, connect)
            .await
            .map_err(|_| unreachable("no answer in time".to_owned()))?
            .map_err(|error| unreachable(error.to_string()))?;
        let mut socket = Self { stream };
        socket
            .send(&ClientFrame::Subscribe { topics: vec![Topic::Task(task)] })
            .await
            .map_err(|Cut| unreachable("the socket was cut".to_owned()))?;
        Ok(socket)
    }

    /// Asks for the heads.
    pub(crate) async fn ping(&mut self) -> Result<(), Cut> {
        self.send(&ClientFrame::Ping).await
    }

    /// The next frame. Safe to drop and call again.
    pub(crate) async fn next(&mut self) -> Result<ServerFrame, Cut> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    // A frame that cannot be read is a push that got lost: the heads will tell.
                    return Ok(serde_json::from_str(&text).unwrap_or(ServerFrame::Unknown));
                }
                Some(Ok(
                    Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_),
                )) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Cut),
            }
        }
    }

    async fn send(&mut self, frame: &ClientFrame) -> Result<(), Cut> {
        let text = serde_json::to_string(frame).map_err(|_| Cut)?;
        timeout(CONNECT_TIMEOUT, self.stream.send(Message::text(text)))
            .await
            .map_err(|_| Cut)?
            .map_err(|_| Cut)
    }
}
