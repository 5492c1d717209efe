//! The first account of a new deployment. Without it nobody could sign in, and whoever deploys has no way to put it into
//! the table but us.

use auth::{Role, password::Password};
use domain::id::UserId;
use runtime::{Chain, FirstAdmin, clock};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use store::{StoreError, User};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    services::Services,
};

impl Services {
    /// Makes the first account, if its address signs in with the password that the deployment made for it. Once it is
    /// there, the secret is never read again: a password that was changed stays changed.
    pub(crate) async fn first_admin(
        &self,
        email: &str,
        password: &SecretString,
    ) -> Result<Option<User>> {
        let Some(FirstAdmin { email: of_admin, secret }) = &self.settings.first_admin else {
            return Ok(None);
        };
        if !email.eq_ignore_ascii_case(of_admin) {
            return Ok(None);
        }
        let wanted = runtime::secret(&self.clients, secret).await.map_err(Error::unavailable)?;
        // Hashes are compared, so that the time tells nothing of the password.
        let digest = |text: &SecretString| Sha256::digest(text.expose_secret());
        if digest(password) != digest(&wanted) {
            return Ok(None);
        }
        let hash = {
            let password =
                Password::parse(wanted.expose_secret().to_owned()).map_err(Error::internal)?;
            tokio::task::spawn_blocking(move || auth::password::hash(&password))
                .await
                .map_err(Error::internal)?
                .map_err(Error::internal)?
        };
        let user = User {
            id: UserId::from_uuid(Uuid::now_v7()),
            email: of_admin.clone(),
            role: Role::Admin.name().to_owned(),
            password: Some(hash.into()),
            disabled: false,
            created_at: clock::now(),
            session_version: 0,
            version: 0,
        };
        match self.store.put_user(&user).await {
            Ok(()) => {
                tracing::info!(user = %user.id, "made the first account");
                Ok(Some(user))
            }
            // Two windows at once: the other one was faster.
            Err(StoreError::Conflict) => Ok(Some(self.store.user_by_email(email).await?)),
            Err(err) => {
                tracing::error!(error = %Chain(&err), "cannot make the first account");
                Err(err.into())
            }
        }
    }
}
