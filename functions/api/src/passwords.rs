//! Changing one's own password.

use auth::{
    Caller,
    password::{Candidate, Password},
};
use domain::{audit::Action, limits::Fault};
use secrecy::{ExposeSecret as _, SecretString};
use store::User;
use utoipa::ToSchema;

use crate::{
    answers::Turn,
    audit::Act,
    edge::Origin,
    error::{Error, Result},
    input::{Fields, FromBody, Rules, values::text},
    services::Services,
    sign_in::{hashing, over, password},
};

/// Another password.
#[derive(Debug, ToSchema)]
#[schema(as = ChangePassword)]
pub(crate) struct PasswordChange {
    #[schema(value_type = String, format = Password, max_length = 1024)]
    current: SecretString,
    /// At least 8 characters, at most 1,024 bytes, and none of the passwords that are tried first.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 1024)]
    new: SecretString,
}

impl FromBody for PasswordChange {
    const MAX_BYTES: usize = 16 * 1024;

    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self {
            current: fields.required("current", text(password)),
            new: fields.required("new", text(chosen)),
        }
    }
}

impl Services {
    /// Changes the caller's password, and ends all other sign-ins: one of them may be the reason.
    pub(crate) async fn change_password(
        &self,
        caller: &Caller,
        turn: Turn,
        change: PasswordChange,
        origin: &Origin,
    ) -> Result<()> {
        let user = self.active_user(caller.user).await?.ok_or_else(over)?;
        let current = Candidate::parse(change.current.expose_secret().to_owned());
        let current = current.map_err(|_| wrong())?;
        let new =
            Password::parse(change.new.expose_secret().to_owned()).map_err(Error::internal)?;
        // Who has come by somebody's access token must not guess here instead.
        self.count_attempt(&user.email, origin).await?;
        if !self.verify(current, Some(&user)).await?.ok {
            // Whoever died at it had come so far.
            let new = Candidate::parse(change.new.expose_secret().to_owned());
            let new = new.map_err(Error::internal)?;
            if turn.again && self.verify(new, Some(&user)).await?.ok {
                return self.keep_login(caller, &user).await;
            }
            return Err(wrong());
        }
        let phc = self.hasher.hash(new).await.map_err(hashing)?;
        let session_version = user.session_version + 1;
        let next = User { password: Some(phc.into()), session_version, ..user.clone() };
        let user = self.store.change_user(&user, next).await?;
        self.keep_login(caller, &user).await?;
        self.audit(origin, Act::by(caller, Action::PasswordChanged).on(user.id)).await;
        Ok(())
    }
}

/// Not 401: who asks is signed in, and would be taken for signed out.
fn wrong() -> Error {
    Error::field("current", "is not your password")
}

/// A password that may be had.
pub(crate) fn chosen(text: &str) -> std::result::Result<SecretString, Fault> {
    Password::parse(text.to_owned()).map_err(|err| err.to_string())?;
    Ok(text.into())
}
