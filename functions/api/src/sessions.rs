//! Signing in, staying signed in, signing out.

use auth::{
    Caller, Via, access,
    password::{Candidate, HashError, MAX_BYTES, Phc},
    refresh::{self, Decision, Family, Presented},
};
use domain::{
    id::{FamilyId, UserId},
    limits::Fault,
    problem::Code,
    view::{MeView, TokensView},
};
use jiff::Timestamp;
use runtime::clock;
use secrecy::{ExposeSecret as _, SecretString};
use store::{Login, StoreError, User};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::{found, role},
    error::{Error, Result},
    input::{Fields, FromBody, Rules, values::text},
    services::Services,
};

/// A mail address is no longer (RFC 5321).
const EMAIL_CHARS: usize = 254;
/// Twenty tabs that refresh at once settle in fewer rounds.
const MAX_RACES: usize = 20;

/// Who signs in.
#[derive(Debug, ToSchema)]
#[schema(as = Login)]
pub(crate) struct Credentials {
    #[schema(max_length = 254, example = "ada@example.org")]
    email: String,
    /// At most 1,024 bytes.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    password: SecretString,
}

impl FromBody for Credentials {
    const MAX_BYTES: usize = 16 * 1024;

    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self {
            email: fields.required("email", text(email)),
            password: fields.required("password", text(password)),
        }
    }
}

/// A refresh token.
#[derive(Debug, ToSchema)]
#[schema(as = Refresh)]
pub(crate) struct RefreshToken {
    #[schema(value_type = String)]
    refresh_token: SecretString,
}

impl FromBody for RefreshToken {
    const MAX_BYTES: usize = 16 * 1024;

    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self { refresh_token: fields.required("refresh_token", text(|text| Ok(text.into()))) }
    }
}

impl Services {
    /// Opens a sign-in. An address that nobody has costs the same work as one that somebody has.
    pub(crate) async fn sign_in(&self, credentials: Credentials) -> Result<TokensView> {
        let Credentials { email, password } = credentials;
        let candidate = Candidate::parse(password.expose_secret().to_owned())
            .map_err(|_| Error::code(Code::BadCredentials))?;
        self.before_hashing(&email);
        let user = match self.user_or_nobody(&email).await? {
            Some(user) => Some(user),
            None => self.first_admin(&email, &password).await?,
        };
        let phc = user.as_ref().map(|user| Phc::parse(&user.password)).transpose();
        let verdict = self.hasher.verify(candidate, phc.map_err(Error::internal)?).await;
        let verdict = verdict.map_err(|err| match err {
            HashError::Busy => Error::unavailable(err),
            HashError::Failed(_) => Error::internal(err),
        })?;
        let user = user.filter(|user| verdict.ok && !user.disabled);
        let user = user.ok_or_else(|| Error::code(Code::BadCredentials))?;

        let (now, id) = (clock::now(), FamilyId::from_uuid(Uuid::now_v7()));
        let (refresh_token, family) = refresh::open(id, now);
        self.store.put_login(&login(id, user.id, 1, &family)?).await?;
        self.tokens(&user, id, &refresh_token, now)
    }

    /// Where a token bucket by account and by network belongs. It has to be one that all instances share: a bucket of
    /// this process would limit nobody.
    fn before_hashing(&self, _email: &str) {}

    /// As many reads for nobody as for somebody.
    async fn user_or_nobody(&self, email: &str) -> Result<Option<User>> {
        let user = found(self.store.user_by_email(email).await)?;
        if user.is_none() {
            found(self.store.user(UserId::from_uuid(Uuid::nil())).await)?;
        }
        Ok(user)
    }

    /// Trades a refresh token for the next one. A token that comes a second time ends the sign-in: it was copied.
    pub(crate) async fn refresh(&self, shown: &RefreshToken) -> Result<TokensView> {
        let presented =
            Presented::parse(shown.refresh_token.expose_secret()).map_err(|_| over())?;
        for _ in 0..MAX_RACES {
            let now = clock::now();
            let seen = found(self.store.login(presented.family).await)?.ok_or_else(over)?;
            let (token, next) = match family(&seen)?.present(&presented, now) {
                Decision::Rotate { token, next } => (token, Some(next)),
                Decision::Grace { token } => (token, None),
                Decision::Reused => {
                    tracing::warn!(user = %seen.user, family = %seen.id, "a refresh token came twice: its sign-in ends");
                    self.end_login(seen.id).await?;
                    return Err(over());
                }
                Decision::Expired | Decision::Revoked | Decision::Unknown => return Err(over()),
            };
            let user = self.active_user(seen.user).await?.ok_or_else(over)?;
            if let Some(next) = next {
                let next = login(seen.id, seen.user, seen.generation + 1, &next)?;
                match self.store.change_login(&next, seen.generation).await {
                    Ok(()) => (),
                    Err(StoreError::Conflict) => continue,
                    Err(err) => return Err(err.into()),
                }
            }
            return self.tokens(&user, seen.id, &token, now);
        }
        Err(lost_races())
    }

    /// Ends the caller's sign-in. Its access token still works until it ends by itself.
    pub(crate) async fn sign_out(&self, caller: &Caller) -> Result<()> {
        match caller.via {
            Via::Session(family) => self.end_login(family).await,
            Via::Key(_) => Err(Error::code(Code::Forbidden)),
        }
    }

    async fn end_login(&self, id: FamilyId) -> Result<()> {
        for _ in 0..MAX_RACES {
            let Some(seen) = found(self.store.login(id).await)? else { return Ok(()) };
            let family = Family { revoked: true, ..family(&seen)? };
            let next = login(id, seen.user, seen.generation + 1, &family)?;
            match self.store.change_login(&next, seen.generation).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err.into()),
            }
        }
        Err(lost_races())
    }

    fn tokens(
        &self,
        user: &User,
        family: FamilyId,
        refresh_token: &SecretString,
        now: Timestamp,
    ) -> Result<TokensView> {
        let claims =
            access::Claims { user: user.id, family, role: role(user)?, session_version: 0 };
        Ok(TokensView {
            access_token: access::sign(&self.keys, &claims, now).expose_secret().to_owned(),
            refresh_token: refresh_token.expose_secret().to_owned(),
            expires_in: access::LIFETIME.as_secs().unsigned_abs(),
            token_type: "Bearer".to_owned(),
        })
    }

    /// Who asks.
    pub(crate) async fn me(&self, caller: &Caller) -> Result<MeView> {
        let user = self.active_user(caller.user).await?.ok_or_else(over)?;
        let (session, key) = match caller.via {
            Via::Session(family) => (Some(family), None),
            Via::Key(key) => (None, Some(key)),
        };
        Ok(MeView { id: user.id, email: user.email, role: user.role, session, key })
    }
}

fn email(text: &str) -> std::result::Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > EMAIL_CHARS || text.chars().any(char::is_control) {
        return Err(format!("must be a mail address of at most {EMAIL_CHARS} characters"));
    }
    Ok(text.to_owned())
}

fn password(text: &str) -> std::result::Result<SecretString, Fault> {
    if text.len() > MAX_BYTES {
        return Err(format!("must be at most {MAX_BYTES} bytes long"));
    }
    Ok(text.into())
}

fn login(id: FamilyId, user: UserId, generation: u64, family: &Family) -> Result<Login> {
    let expires_at = family.ends_at();
    let family = serde_json::to_string(family).map_err(Error::internal)?;
    Ok(Login { id, user, generation, family, expires_at })
}

fn family(login: &Login) -> Result<Family> {
    serde_json::from_str(&login.family).map_err(Error::internal)
}

/// One answer for every reason: who shows a token learns nothing from it.
fn over() -> Error {
    Error::told(Code::Unauthorized, "The sign-in is over.")
}

fn lost_races() -> Error {
    Error::unavailable(format!("lost {MAX_RACES} races for a sign-in"))
}
