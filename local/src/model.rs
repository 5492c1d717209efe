//! The model that answers when no key of a real one is set.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Before each piece of the demonstration, so that a person can watch it.
const PACE: Duration = Duration::from_millis(15);

/// A key for this start: the supervisor keeps it from the agent, as it does with a real one.
pub(crate) fn key() -> Result<SecretString, getrandom::Error> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)?;
    Ok(format!("demo-{}", URL_SAFE_NO_PAD.encode(bytes)).into())
}

/// Serves the demo model until `stop`.
pub(crate) async fn serve(listener: TcpListener, key: SecretString, stop: CancellationToken) {
    let options = demo_model::Options {
        required_key: Some(key.expose_secret().to_owned()),
        pace: PACE,
        journal: false,
    };
    let stopped = async move { stop.cancelled().await };
    if let Err(error) = demo_model::serve(listener, options, stopped).await {
        tracing::error!(%error, "the demo model ended");
    }
}
