//! One WebSocket, frame by frame.

use domain::socket::{ClientFrame, ServerFrame, Topic};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message},
};

use crate::DEADLINE;

/// An open connection. Dropping it cuts it, without a goodbye.
#[derive(Debug)]
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects to where a ticket leads.
    ///
    /// # Errors
    /// When it is not let in.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let (stream, _) = connect_async(url).await?;
        Ok(Self(stream))
    }

    /// The HTTP status with which a connection is refused.
    ///
    /// # Panics
    /// When it is let in, or nobody answers.
    pub async fn refused(url: &str) -> u16 {
        match connect_async(url).await {
            Err(Error::Http(answer)) => answer.status().as_u16(),
            Err(error) => panic!("no answer: {error}"),
            Ok(_) => panic!("{url} was let in"),
        }
    }

    /// Says something.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, frame: &ClientFrame) -> Result<(), Error> {
        self.send_text(&serde_json::to_string(frame).expect("a frame is JSON")).await
    }

    /// Says something that may be no frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_text(&mut self, text: &str) -> Result<(), Error> {
        self.0.send(Message::text(text)).await
    }

    /// Follows topics.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn subscribe(&mut self, topics: Vec<Topic>) -> Result<(), Error> {
        self.send(&ClientFrame::Subscribe { topics }).await
    }

    /// The next frame; nothing when the connection has ended.
    ///
    /// # Panics
    /// When the server says something that is no frame.
    pub async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => {
                    let frame = serde_json::from_str(text.as_str());
                    return Some(frame.unwrap_or_else(|err| panic!("no frame ({err}): {text}")));
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next frame, which must come.
    ///
    /// # Panics
    /// When it does not come in time.
    pub async fn heard(&mut self) -> ServerFrame {
        timeout(DEADLINE, self.next()).await.expect("a frame in time").expect("a connection")
    }
}
