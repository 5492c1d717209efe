//! A layer over the wire that loses the second write of a post: the batch lies there, the head never moved.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

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

/// Whether updates get lost just now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Torn(Arc<AtomicBool>);

impl Torn {
    pub(crate) fn over(wire: Wire) -> (Wire, Self) {
        let torn = Self::default();
        (Client { inner: wire, torn: torn.clone() }.into_shared(), torn)
    }

    pub(crate) fn lose_updates(&self, yes: bool) {
        self.0.store(yes, Ordering::SeqCst);
    }
}

#[derive(Debug)]
struct Client {
    inner: SharedHttpClient,
    torn: Torn,
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        Connector { inner, torn: self.torn.clone() }.into_shared()
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    torn: Torn,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        if target.ends_with(".UpdateItem") && self.torn.0.load(Ordering::SeqCst) {
            // Not an error that the client tries again.
            return HttpConnectorFuture::ready(Err(ConnectorError::user("lost".into())));
        }
        self.inner.call(request)
    }
}
