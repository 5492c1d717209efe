//! The `ws-connect` Lambda.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use runtime::{Runtime, telemetry};
use ws_connect::Sockets;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init("info");
    let sockets = Sockets::new(&Runtime::from_env().await?);
    run(service_fn(|event: LambdaEvent<_>| sockets.handle(event.payload))).await
}
