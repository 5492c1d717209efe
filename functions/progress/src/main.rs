//! The `progress` Lambda.

use runtime::{Runtime, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init("info");
    let router = progress::router(&Runtime::from_env().await?)?;
    lambda_http::run(router).await
}
