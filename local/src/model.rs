//! The model that answers.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{containers::ModelAccess, listener, services::Services, settings::Settings};

/// Before each piece of the demonstration, so that a person can watch it.
const PACE: Duration = Duration::from_millis(15);

/// The real model, if there is a key to it, or else the demo model, which is served here then.
pub(crate) async fn access(
    services: &mut Services,
    settings: &Settings,
) -> anyhow::Result<ModelAccess> {
    if let Some(key) = &settings.model_key {
        return Ok(ModelAccess { key: key.clone(), url: settings.model_url.clone(), demo: false });
    }
    let key = key()?;
    let (listener, url) = listener::loopback().await?;
    let options = demo_model::Options {
        required_key: Some(key.expose_secret().to_owned()),
        pace: PACE,
        journal: false,
    };
    let stopping = services.stopping();
    services.spawn(async move {
        if let Err(error) = demo_model::serve(listener, options, stopping.cancelled_owned()).await {
            tracing::error!(%error, "the demo model ended");
        }
    });
    Ok(ModelAccess { key, url: Some(url), demo: true })
}

/// A key for this start: the supervisor keeps it from the agent, as it does with a real one.
fn key() -> Result<SecretString, getrandom::Error> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)?;
    Ok(format!("demo-{}", URL_SAFE_NO_PAD.encode(bytes)).into())
}
