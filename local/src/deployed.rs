//! The functions of this version, as they are deployed in AWS.

use std::sync::Arc;

use lambda_runtime::LambdaEvent;
use runtime::Runtime;

use crate::functions::{Functions, function, http};

/// Starts all four.
pub(crate) fn deploy(runtime: &Runtime) -> anyhow::Result<Functions> {
    let sockets = Arc::new(ws_connect::Sockets::new(runtime));
    let dispatcher = Arc::new(dispatcher::Dispatcher::new(runtime)?);
    Ok(Functions {
        api: http(api::router(runtime)?),
        progress: http(progress::router(runtime)?),
        sockets: function(move |event: LambdaEvent<_>| {
            let sockets = Arc::clone(&sockets);
            async move { sockets.handle(event.payload).await }
        }),
        dispatcher: function(move |event: LambdaEvent<_>| {
            let dispatcher = Arc::clone(&dispatcher);
            async move { dispatcher.handle(event.payload).await }
        }),
    })
}
