//! The four functions, each behind the event that it gets in AWS.

use std::sync::Arc;

use aws_lambda_events::apigw::{
    ApiGatewayProxyResponse, ApiGatewayV2httpRequest, ApiGatewayV2httpResponse,
    ApiGatewayWebsocketProxyRequest,
};
use axum::Router;
use futures_util::future::BoxFuture;
use lambda_http::{Adapter, request::LambdaRequest};
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use tower::Service as _;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A function that takes events of one kind.
pub(crate) type Function<E, A> =
    Arc<dyn Fn(LambdaEvent<E>) -> BoxFuture<'static, Result<A, BoxError>> + Send + Sync>;

pub(crate) type HttpFunction = Function<ApiGatewayV2httpRequest, ApiGatewayV2httpResponse>;
pub(crate) type SocketFunction = Function<ApiGatewayWebsocketProxyRequest, ApiGatewayProxyResponse>;
pub(crate) type EventFunction = Function<Value, Value>;

/// What is deployed here.
#[derive(Clone)]
pub(crate) struct Functions {
    pub(crate) api: HttpFunction,
    pub(crate) progress: HttpFunction,
    pub(crate) sockets: SocketFunction,
    pub(crate) dispatcher: EventFunction,
}

/// A router as a function of an HTTP API, through the same adapter as in AWS.
pub(crate) fn http(router: Router) -> HttpFunction {
    Arc::new(move |event: LambdaEvent<ApiGatewayV2httpRequest>| {
        let router = router.clone();
        Box::pin(async move {
            let LambdaEvent { payload, context } = event;
            let event = LambdaEvent::new(LambdaRequest::ApiGatewayV2(payload), context);
            let answer = Adapter::from(router).call(event);
            let response = answer.await?;
            // The adapter's answer has no name: it is known by its JSON, as API Gateway knows it.
            Ok(serde_json::from_value(serde_json::to_value(response)?)?)
        })
    })
}

/// Any other handler as a function.
pub(crate) fn function<E, A, F, Fut, Error>(handle: F) -> Function<E, A>
where
    E: Send + 'static,
    A: 'static,
    F: Fn(LambdaEvent<E>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<A, Error>> + Send + 'static,
    Error: Into<BoxError>,
{
    Arc::new(move |event| {
        let answer = handle(event);
        Box::pin(async move { answer.await.map_err(Into::into) })
    })
}
