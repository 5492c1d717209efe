//! Signing in, staying signed in, signing out.

use auth::{
    Caller, Via, access,
    password::{Candidate, HashError, MAX_BYTES, Phc, Verdict},
    refresh::{self, Decision, Presented},
};
use domain::{
    audit::Action,
    id::{FamilyId, UserId},
    limits::Fault,
    problem::Code,
    view::MeView,
};
use jiff::Timestamp;
use runtime::{Chain, clock};
use secrecy::{ExposeSecret as _, SecretString};
use store::{StoreError, User};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    audit::Act,
    edge::{Origin, found, role},
    error::{Error, Result},
    input::{
        Fields, FromBody, Rules,
        values::{boolean, text},
    },
    services::Services,
    sessions::{self, MAX_RACES},
};

/// A mail address is no longer (RFC 5321).
const EMAIL_CHARS: usize = 254;

/// Who signs in.
#[derive(Debug, ToSchema)]
#[schema(as = Login)]
pub(crate) struct Credentials {
    #[schema(max_length = 254, example = "ada@example.org")]
    email: String,
    /// At most 1,024 bytes.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    password: SecretString,
    /// Keep the refresh token in a cookie that no script can read, and out of the answer. For pages of this very address.
    #[schema(value_type = Option<bool>)]
    pub(crate) cookie: bool,
}

impl FromBody for Credentials {
    const MAX_BYTES: usize = 16 * 1024;

    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self {
            email: fields.required("email", text(email)),
            password: fields.required("password", text(password)),
            cookie: fields.optional("cookie", boolean).unwrap_or_default(),
        }
    }
}

/// A refresh token.
#[derive(Debug, ToSchema)]
#[schema(as = Refresh)]
pub(crate) struct RefreshToken {
    /// The cookie's, if absent.
    #[schema(value_type = Option<String>)]
    pub(crate) refresh_token: Option<SecretString>,
}

impl FromBody for RefreshToken {
    const MAX_BYTES: usize = 16 * 1024;

    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self { refresh_token: fields.optional("refresh_token", text(|text| Ok(text.into()))) }
    }
}

/// What a sign-in goes on with.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) access_token: SecretString,
    pub(crate) refresh_token: SecretString,
    /// When the refresh token ends if nobody uses it.
    pub(crate) ends_at: Timestamp,
}

impl Services {
    /// Opens a sign-in. An address that nobody has costs the same work as one that somebody has.
    pub(crate) async fn sign_in(
        &self,
        credentials: Credentials,
        origin: &Origin,
    ) -> Result<SignedIn> {
        let Credentials { email, password, .. } = credentials;
        let candidate = Candidate::parse(password.expose_secret().to_owned())
            .map_err(|_| Error::code(Code::BadCredentials))?;
        self.count_attempt(&email, origin).await?;
        let user = match self.user_or_nobody(&email).await? {
            Some(user) => Some(user),
            None => self.first_admin(&email, &password).await?,
        };
        let verdict = self.verify(candidate.clone(), user.as_ref()).await?;
        let user = user.filter(|user| verdict.ok && !user.disabled);
        let user = user.ok_or_else(|| Error::code(Code::BadCredentials))?;
        if verdict.needs_rehash {
            self.rehash(&user, candidate).await;
        }
        let (family, signed_in) = self.open(&user).await?;
        self.audit(origin, Act::of(user.id, Action::SignedIn).on(family)).await;
        Ok(signed_in)
    }

    /// Opens a sign-in for who has proved who they are.
    pub(crate) async fn open(&self, user: &User) -> Result<(FamilyId, SignedIn)> {
        let (now, id) = (clock::now(), FamilyId::from_uuid(Uuid::now_v7()));
        let (refresh_token, family) = refresh::open(id, now);
        let login = sessions::login(id, user, 1, &family)?;
        self.store.put_login(&login, family.expires_at).await?;
        Ok((id, self.signed_in(user, id, refresh_token, family.ends_at(), now)?))
    }

    /// Tries a password of an account; who has none yet, or is nobody, costs the same work.
    pub(crate) async fn verify(
        &self,
        candidate: Candidate,
        user: Option<&User>,
    ) -> Result<Verdict> {
        let phc = user.and_then(|user| user.password.as_deref()).map(Phc::parse);
        let phc = phc.transpose().map_err(Error::internal)?;
        self.hasher.verify(candidate, phc).await.map_err(hashing)
    }

    /// The password is right and its hash is of yesterday's kind. That nobody noticed is no reason to keep them out.
    async fn rehash(&self, user: &User, right: Candidate) {
        let phc = match self.hasher.rehash(right).await {
            Ok(phc) => phc,
            Err(err) => return tracing::warn!(error = %Chain(&err), "a password is not rehashed"),
        };
        let next = User { password: Some(phc.into()), ..user.clone() };
        if let Err(err) = self.store.change_user(user, next).await {
            tracing::warn!(error = %Chain(&err), "a password is not rehashed");
        }
    }

    /// As many reads for nobody as for somebody.
    async fn user_or_nobody(&self, email: &str) -> Result<Option<User>> {
        let user = found(self.store.user_by_email(email).await)?;
        if user.is_none() {
            found(self.store.user(UserId::from_uuid(Uuid::nil())).await)?;
        }
        Ok(user)
    }

    /// Trades a refresh token for the next one. A token that comes a second time ends the sign-in: it was copied.
    pub(crate) async fn refresh(&self, shown: &SecretString) -> Result<SignedIn> {
        let presented = Presented::parse(shown.expose_secret()).map_err(|_| over())?;
        for _ in 0..MAX_RACES {
            let now = clock::now();
            let seen = found(self.store.login(presented.family).await)?.ok_or_else(over)?;
            let family = sessions::family(&seen)?;
            let (token, next) = match family.present(&presented, now) {
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
            if !sessions::lives(&seen, &user, now)? {
                return Err(over());
            }
            let ends_at = next.as_ref().unwrap_or(&family).ends_at();
            if let Some(next) = next {
                let next = sessions::login(seen.id, &user, seen.generation + 1, &next)?;
                match self.store.change_login(&next, seen.generation).await {
                    Ok(()) => (),
                    Err(StoreError::Conflict) => continue,
                    Err(err) => return Err(err.into()),
                }
            }
            return self.signed_in(&user, seen.id, token, ends_at, now);
        }
        Err(sessions::lost_races())
    }

    /// Ends the caller's sign-in. Its access token still works where only the token is asked, until it ends by itself.
    pub(crate) async fn sign_out(&self, caller: &Caller, origin: &Origin) -> Result<()> {
        let Via::Session(family) = caller.via else { return Err(Error::code(Code::Forbidden)) };
        self.end_login(family).await?;
        self.audit(origin, Act::by(caller, Action::SignedOut).on(family)).await;
        Ok(())
    }

    fn signed_in(
        &self,
        user: &User,
        family: FamilyId,
        refresh_token: SecretString,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> Result<SignedIn> {
        let session_version = user.session_version;
        let claims = access::Claims { user: user.id, family, role: role(user)?, session_version };
        let access_token = access::sign(&self.keys, &claims, now);
        Ok(SignedIn { access_token, refresh_token, ends_at })
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

pub(crate) fn email(text: &str) -> std::result::Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > EMAIL_CHARS || text.chars().any(char::is_control) {
        return Err(format!("must be a mail address of at most {EMAIL_CHARS} characters"));
    }
    Ok(text.to_owned())
}

pub(crate) fn password(text: &str) -> std::result::Result<SecretString, Fault> {
    if text.len() > MAX_BYTES {
        return Err(format!("must be at most {MAX_BYTES} bytes long"));
    }
    Ok(text.into())
}

pub(crate) fn hashing(err: HashError) -> Error {
    match err {
        HashError::Busy => Error::unavailable(err),
        HashError::Failed(_) => Error::internal(err),
    }
}

/// One answer for every reason: who shows a token learns nothing from it.
pub(crate) fn over() -> Error {
    Error::told(Code::Unauthorized, "The sign-in is over.")
}
