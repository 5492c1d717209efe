//! A set of services that are started together and ended together.

use std::{error::Error, net::SocketAddr};

use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    service::Service,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::listener;

type AnyError = Box<dyn Error + Send + Sync>;

/// Services that run. They are cut off when this is dropped, and end in good order when it is stopped.
#[derive(Default)]
pub(crate) struct Services {
    running: JoinSet<()>,
    stop: CancellationToken,
}

impl Services {
    /// Cancelled when the services are to end.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    pub(crate) fn spawn(&mut self, service: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(service);
    }

    /// Serves HTTP; `connect` makes the service of one connection.
    pub(crate) fn listen<S, B>(
        &mut self,
        listener: TcpListener,
        connect: impl Fn(SocketAddr) -> S + Send + 'static,
    ) where
        S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
        S::Error: Into<AnyError>,
        S::Future: Send,
        B: Body<Data: Send, Error: Into<AnyError>> + Send + 'static,
    {
        self.spawn(listener::serve(listener, connect, self.stopping()));
    }

    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        while self.running.join_next().await.is_some() {}
    }
}
