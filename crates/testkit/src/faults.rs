//! A layer over the wire that refuses calls, or holds one until it is let go.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        orchestrator::HttpRequest,
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared as _,
};
use runtime::Wire;
use tokio::sync::oneshot;

/// Faults by operation, such as `UpdateItem`; an empty name is every call that has one.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    refused: Vec<&'static str>,
    held: Option<(&'static str, oneshot::Sender<()>, oneshot::Receiver<()>)>,
}

/// One call that is held.
#[derive(Debug)]
pub struct Held {
    reached: Option<oneshot::Receiver<()>>,
    go: oneshot::Sender<()>,
}

impl Held {
    /// Comes back when the call is made.
    pub async fn reached(&mut self) {
        self.reached.take().unwrap().await.expect("nobody made the call");
    }

    /// Lets the call go on.
    pub fn release(self) {
        drop(self.go);
    }
}

impl Faults {
    pub(crate) fn over(wire: Wire) -> (Wire, Self) {
        let faults = Self::default();
        (Client { inner: wire, faults: faults.clone() }.into_shared(), faults)
    }

    /// From now on calls of this operation fail, and are not tried again.
    pub fn refuse(&self, operation: &'static str) {
        self.0.lock().unwrap().refused.push(operation);
    }

    /// From now on nothing fails any more.
    pub fn heal(&self) {
        self.0.lock().unwrap().refused.clear();
    }

    /// Holds the next call of this operation.
    #[must_use]
    pub fn hold(&self, operation: &'static str) -> Held {
        let (tell, reached) = oneshot::channel();
        let (go, wait) = oneshot::channel();
        self.0.lock().unwrap().held = Some((operation, tell, wait));
        Held { reached: Some(reached), go }
    }

    fn refuses(&self, target: &str) -> bool {
        let state = self.0.lock().unwrap();
        !target.is_empty() && state.refused.iter().any(|operation| target.ends_with(operation))
    }

    fn waits(&self, target: &str) -> Option<oneshot::Receiver<()>> {
        let mut state = self.0.lock().unwrap();
        let (_, tell, wait) =
            state.held.take_if(|(operation, ..)| target.ends_with(&format!(".{operation}")))?;
        tell.send(()).unwrap();
        Some(wait)
    }
}

#[derive(Debug)]
struct Client {
    inner: SharedHttpClient,
    faults: Faults,
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        Connector { inner, faults: self.faults.clone() }.into_shared()
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    faults: Faults,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        if self.faults.refuses(target) {
            // Not an error that the client tries again.
            return HttpConnectorFuture::ready(Err(ConnectorError::user("refused".into())));
        }
        let Some(wait) = self.faults.waits(target) else { return self.inner.call(request) };
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            let _ = wait.await;
            inner.call(request).await
        })
    }
}
