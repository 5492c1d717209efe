//! The keys that run tokens are checked with.

use std::sync::{PoisonError, RwLock};

use anyhow::Context as _;
use auth::{
    TokenError, VerifyingKeys,
    run_token::{self, Claims},
};
use domain::problem::Code;
use jiff::Timestamp;
use runtime::{Chain, Settings};
use store::{Store, StoreError};

/// Given by the settings; or found in the table by the name that a token gives, and remembered. A token can name no
/// other place, and what it names is checked like every key.
pub(crate) struct Keys {
    known: RwLock<VerifyingKeys>,
    /// Absent where the settings give all there are.
    published: Option<Store>,
}

impl Keys {
    pub(crate) fn new(store: Store, settings: &Settings) -> anyhow::Result<Self> {
        let Some(text) = settings.verifying_keys.as_deref() else {
            return Ok(Self { known: RwLock::default(), published: Some(store) });
        };
        let keys = VerifyingKeys::parse(text).context("ERRAND_VERIFYING_KEYS cannot be read")?;
        Ok(Self { known: RwLock::new(keys), published: None })
    }

    pub(crate) async fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, Code> {
        if let Some(kid) = run_token::kid(token) {
            self.learn(&kid).await?;
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        run_token::verify(&known, token, now)
            .map_err(|(TokenError::Invalid | TokenError::Expired)| Code::Unauthorized)
    }

    async fn learn(&self, kid: &str) -> Result<(), Code> {
        let Some(store) = &self.published else { return Ok(()) };
        if self.known.read().unwrap_or_else(PoisonError::into_inner).knows(kid) {
            return Ok(());
        }
        let text = match store.run_key(kid).await {
            Ok(text) => text,
            Err(StoreError::NotFound) => return Err(Code::Unauthorized),
            Err(err) => {
                tracing::error!(error = %Chain(&err), "cannot look up a key of run tokens");
                return Err(Code::Unavailable);
            }
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        VerifyingKeys::parse(&text).and_then(|keys| known.trust(&keys)).map_err(|err| {
            tracing::error!(error = %Chain(&err), "a published key of run tokens cannot be read");
            Code::Internal
        })
    }
}
