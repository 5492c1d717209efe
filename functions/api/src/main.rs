//! The REST function as a Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    runtime::telemetry::init("info");
    let runtime = runtime::Runtime::from_env().await?;
    lambda_http::run(api::router(&runtime)?).await
}
