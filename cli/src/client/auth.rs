//! Who we are to the service: nobody, an API key, or a sign-in that renews itself.

use domain::view::TokensView;
use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio::{sync::Mutex, task::spawn_blocking};

use super::http::{Http, Request};
use crate::{
    clock,
    error::{Error, Result},
    storage::{Credentials, Storage},
};

/// A token that ends sooner than this is renewed before it is used.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

pub(crate) enum Auth {
    /// Nobody signed in here; the text says where.
    Nobody(String),
    Key(SecretString),
    Session(Session),
}

impl Auth {
    /// What to send along.
    pub(crate) async fn bearer(&self, http: &Http) -> Result<SecretString> {
        match self {
            Self::Nobody(url) => {
                Err(Error::NotSignedIn { message: format!("you are not signed in at {url}") })
            }
            Self::Key(key) => Ok(key.clone()),
            Self::Session(session) => session.bearer(http).await,
        }
    }

    /// What to send instead of a token that was refused, if there is anything else.
    pub(crate) async fn renewed(
        &self,
        http: &Http,
        refused: &SecretString,
    ) -> Result<Option<SecretString>> {
        match self {
            Self::Nobody(_) | Self::Key(_) => Ok(None),
            Self::Session(session) => session.renewed(http, refused).await.map(Some),
        }
    }
}

/// A sign-in. Renewing burns the old refresh token, so only one at a time may do it: in this process by the mutex, among
/// processes by a lock on a file, and whoever comes second finds the work done.
pub(crate) struct Session {
    storage: Storage,
    current: Mutex<Credentials>,
}

impl Session {
    pub(crate) fn new(storage: Storage, credentials: Credentials) -> Self {
        Self { storage, current: Mutex::new(credentials) }
    }

    async fn bearer(&self, http: &Http) -> Result<SecretString> {
        let mut current = self.current.lock().await;
        if is_stale(&current) {
            let refused = current.access_token.clone();
            self.renew(http, &mut current, &refused).await?;
        }
        Ok(current.access_token.clone())
    }

    async fn renewed(&self, http: &Http, refused: &SecretString) -> Result<SecretString> {
        let mut current = self.current.lock().await;
        if same(&current.access_token, refused) {
            self.renew(http, &mut current, refused).await?;
        }
        Ok(current.access_token.clone())
    }

    async fn renew(
        &self,
        http: &Http,
        current: &mut Credentials,
        refused: &SecretString,
    ) -> Result<()> {
        let storage = self.storage.clone();
        let _lock = spawn_blocking(move || storage.lock_credentials())
            .await
            .map_err(|error| Error::failed(error.to_string()))??;
        match self.storage.credentials()? {
            None => return Err(signed_out()),
            // Another process signed in elsewhere meanwhile: those tokens are not for this service.
            Some(stored) if stored.url != current.url => return Err(signed_out()),
            Some(stored) => *current = stored,
        }
        if !same(&current.access_token, refused) && !is_stale(current) {
            return Ok(());
        }
        let body = json!({ "refresh_token": current.refresh_token.expose_secret() });
        let answer = http.send(&Request::post("/v1/auth/refresh", body), None).await;
        let tokens: TokensView = match answer {
            Ok(answer) => answer.read()?,
            Err(Error::Refused(problem)) if problem.status == 401 => {
                self.storage.forget_credentials()?;
                return Err(signed_out());
            }
            Err(error) => return Err(error),
        };
        *current = Credentials::new(current.url.clone(), tokens, clock::now());
        self.storage.keep_credentials(current)
    }
}

fn is_stale(credentials: &Credentials) -> bool {
    credentials.expires.duration_since(clock::now()) < MARGIN
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

fn signed_out() -> Error {
    Error::NotSignedIn { message: "your sign-in has ended".to_owned() }
}
