//! What every function does at a cold start: read its settings, set up its log, build its AWS clients.
//!
//! **Invariant:** this is the one place that reads the environment and the clock, and the one place where an HTTP
//! client for AWS is made: every call of a function passes the [`wire`].

mod clients;
pub mod clock;
mod error;
pub mod ledger;
mod settings;
pub mod telemetry;
pub mod wire;

pub use self::{
    clients::{Aws, Clients, Endpoints},
    error::Chain,
    settings::{Fargate, Settings, SettingsError},
    wire::Wire,
};

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
    /// A [`SettingsError`] that names the variable.
    pub fn from_env() -> Result<Self, SettingsError> {
        let settings = Settings::from_env()?;
        let clients = Clients::connect(&Aws::from_env()?, &settings.management_url, wire::plain());
        Ok(Self { settings, clients })
    }
}
