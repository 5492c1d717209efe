//! The `dispatcher` Lambda.

use dispatcher::Dispatcher;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use runtime::{Runtime, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init("info");
    let dispatcher = Dispatcher::new(&Runtime::from_env().await?)?;
    run(service_fn(|event: LambdaEvent<_>| dispatcher.handle(event.payload))).await
}
