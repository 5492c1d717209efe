//! The way from the functions to the services of this process: a call is handed over as it is. They have no port, so nobody
//! else finds them, the agent least of all.

use std::{collections::BTreeMap, fmt, pin::Pin, sync::Arc};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared as _,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use runtime::Wire;

use crate::aws_service::{Answer, AwsService};

type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;
type Service = Arc<dyn Fn(Request<Bytes>) -> Answering + Send + Sync>;

/// Services of this process, by the host that clients find them at.
#[derive(Default)]
pub(crate) struct Inside(BTreeMap<String, Service>);

impl Inside {
    /// Takes a service in, and says where it is found.
    pub(crate) fn take(&mut self, name: &str, service: impl AwsService) -> String {
        let service = Arc::new(service);
        let service: Service = Arc::new(move |request| {
            let service = Arc::clone(&service);
            Box::pin(async move { service.call(request).await })
        });
        // No name of a network ends so (RFC 6761).
        let host = format!("{name}.invalid");
        let url = format!("http://{host}");
        self.0.insert(host, service);
        url
    }

    /// A wire that leads to all of them. What else there is, is reached by the network.
    pub(crate) fn wire(self) -> Wire {
        Client { inside: Arc::new(self), outside: runtime::wire::plain() }.into_shared()
    }
}

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[derive(Debug)]
struct Client {
    inside: Arc<Inside>,
    outside: Wire,
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let outside = self.outside.http_connector(settings, components);
        Connector { inside: Arc::clone(&self.inside), outside }.into_shared()
    }
}

#[derive(Debug)]
struct Connector {
    inside: Arc<Inside>,
    outside: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri().parse::<Uri>().ok();
        let service = uri.and_then(|uri| self.inside.0.get(uri.host()?).cloned());
        match service {
            Some(service) => HttpConnectorFuture::new(hand_over(service, request)),
            None => self.outside.call(request),
        }
    }
}

async fn hand_over(service: Service, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(user)?;
    let (parts, body) = request.into_parts();
    let body = body.bytes().ok_or_else(|| user("these services take no streams"))?;
    let request = Request::from_parts(parts, Bytes::copy_from_slice(body));
    let (parts, body) = service(request).await.into_parts();
    let Ok(body) = body.collect().await;
    HttpResponse::try_from(Response::from_parts(parts, SdkBody::from(body.to_bytes())))
        .map_err(user)
}

fn user(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ConnectorError {
    ConnectorError::user(error.into())
}
