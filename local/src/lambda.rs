//! How a function is called here: with an event and a context, as the Lambda service does it. A panic is one failed
//! call, not the end of the server.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use lambda_runtime::{Context, LambdaEvent};
use uuid::Uuid;

/// The longest that API Gateway waits for a function.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    #[error("the function failed: {0}")]
    Failed(String),
    #[error("the function panicked")]
    Panicked,
    #[error("the function took too long")]
    TimedOut,
}

pub(crate) fn event<T>(payload: T) -> LambdaEvent<T> {
    let mut context = Context::default();
    context.request_id = Uuid::now_v7().to_string();
    let deadline = runtime::clock::now().as_millisecond() + TIMEOUT.as_millis() as i64;
    context.deadline = u64::try_from(deadline).unwrap_or_default();
    LambdaEvent::new(payload, context)
}

pub(crate) async fn invoke<T, E: std::fmt::Display>(
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, InvokeError> {
    match tokio::time::timeout(TIMEOUT, AssertUnwindSafe(call).catch_unwind()).await {
        Ok(Ok(Ok(answer))) => Ok(answer),
        Ok(Ok(Err(error))) => Err(InvokeError::Failed(format!("{error:#}"))),
        Ok(Err(_)) => Err(InvokeError::Panicked),
        Err(_) => Err(InvokeError::TimedOut),
    }
}
