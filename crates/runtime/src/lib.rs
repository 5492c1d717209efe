//! What every function does at a cold start: read its settings, set up its log, build its AWS clients.
//!
//! **Invariant:** this is the one place that reads the environment and the clock, and the one place where an HTTP
//! client for AWS is made: every call of a function passes the [`wire`].

mod clients;
pub mod clock;
mod error;
pub mod ledger;
pub mod metrics;
mod secrets;
mod settings;
pub mod telemetry;
pub mod wire;

pub use self::{
    clients::{Aws, Clients, Endpoints},
    error::Chain,
    metrics::Metrics,
    secrets::{SecretError, secret},
    settings::{Fargate, FirstAdmin, Settings, SettingsError},
    wire::Wire,
};

/// Why a function does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Everything a function is given when it starts.
#[derive(Clone, Debug)]
pub struct Runtime {
    pub settings: Settings,
    pub clients: Clients,
}

impl Runtime {
    /// As a Lambda starts: from the environment. A wrong setting fails the cold start, by name.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong, or the secret that cannot be had.
    pub async fn from_env() -> Result<Self, StartError> {
        let mut settings = Settings::from_env()?;
        let clients = Clients::connect(&Aws::from_env()?, &settings.management_url, wire::plain());
        if let Some(name) = settings::env("ERRAND_SIGNING_KEYS_SECRET") {
            settings.signing_keys = Some(secret(&clients, &name).await?);
        }
        Ok(Self { settings, clients })
    }
}
