//! What our own AWS services have in common: what they are asked, and how they answer.

use std::{convert::Infallible, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

/// The largest request that DynamoDB takes, and more than any other.
const MAX_BODY: usize = 16 << 20;

pub(crate) type Answer = Response<Full<Bytes>>;

/// An AWS service. It trusts who calls.
pub(crate) trait AwsService: Send + Sync + 'static {
    fn call(&self, request: Request<Bytes>) -> impl Future<Output = Answer> + Send;
}

/// An AWS service on a port: whoever reaches that may call.
pub(crate) struct OnPort<S>(Arc<S>);

impl<S> Clone for OnPort<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: AwsService> OnPort<S> {
    pub(crate) fn new(service: S) -> Self {
        Self(Arc::new(service))
    }
}

impl<S: AwsService> hyper::service::Service<Request<Incoming>> for OnPort<S> {
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let service = Arc::clone(&self.0);
        Box::pin(async move {
            match whole(request).await {
                Ok(request) => Ok(service.call(request).await),
                Err(answer) => Ok(answer),
            }
        })
    }
}

async fn whole(request: Request<Incoming>) -> Result<Request<Bytes>, Answer> {
    let (parts, body) = request.into_parts();
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(Request::from_parts(parts, body.to_bytes())),
        Err(_) => {
            let message = "the request is too large or broke off";
            Err(error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message))
        }
    }
}

/// An answer in AWS's JSON protocols.
pub(crate) fn answer(status: StatusCode, body: Vec<u8>) -> Answer {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

pub(crate) fn ok(body: &Value) -> Answer {
    answer(StatusCode::OK, body.to_string().into_bytes())
}

/// An error in AWS's JSON protocols: RPC services name it in the body, REST services in a header.
pub(crate) fn error(status: StatusCode, code: &'static str, message: &str) -> Answer {
    let body = json!({ "__type": code, "message": message });
    let mut response = answer(status, body.to_string().into_bytes());
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(code));
    response
}
