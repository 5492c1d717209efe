//! How every service here listens: HTTP/1.1 on one listener until it is told to stop, with no connection left behind.

use std::{error::Error, net::SocketAddr, pin::pin, time::Duration};

use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::Service,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// So long may answers under way take once we stop.
const GRACE: Duration = Duration::from_secs(2);
/// So long may a client take to send the head of its next request: longer than clients keep idle connections, or they
/// would send into one that just closes.
const HEAD: Duration = Duration::from_mins(2);

type AnyError = Box<dyn Error + Send + Sync>;

/// Serves until `stop`, then lets answers under way finish for a moment and cuts the rest. `connect` makes the service
/// of one connection.
pub(crate) async fn serve<S, B>(
    listener: TcpListener,
    connect: impl Fn(SocketAddr) -> S,
    stop: CancellationToken,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Error: Into<AnyError>,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<AnyError>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(converse(stream, connect(peer), stop.clone()));
                }
                Err(error) => {
                    // Out of descriptors, mostly: some come back when others end.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    let finish = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, finish).await;
    connections.shutdown().await;
}

async fn converse<S, B>(stream: TcpStream, service: S, stop: CancellationToken)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Error: Into<AnyError>,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<AnyError>> + Send + 'static,
{
    // A small answer would otherwise wait for the other side's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Listens on a free port that only this machine reaches.
pub(crate) async fn loopback() -> std::io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
