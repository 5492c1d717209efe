//! One-use links: who is invited, forgot the password, or started the service on this machine.

use auth::{
    link::{self, Kind},
    password::Password,
};
use domain::{audit, audit::Action, id::UserId, problem::Code, view::LinkView};
use runtime::clock;
use secrecy::{ExposeSecret as _, SecretString};
use store::{Link, StoreError, User};
use utoipa::ToSchema;

use crate::{
    audit::Act,
    edge::{Origin, found},
    error::{Error, Result},
    input::{
        Fields, FromBody, Rules,
        values::{boolean, text},
    },
    passwords,
    services::Services,
    sign_in::{SignedIn, hashing},
};

/// A link that somebody opened.
#[derive(Debug, ToSchema)]
#[schema(as = UseLink)]
pub(crate) struct LinkRequest {
    /// What stands behind `#link=`.
    #[schema(value_type = String)]
    token: SecretString,
    /// The password to have from now on: needed by a link that invites or resets, refused by one that signs in.
    #[schema(value_type = Option<String>, format = Password, min_length = 8, max_length = 1024)]
    password: Option<SecretString>,
    /// Keep the refresh token in a cookie that no script can read, and out of the answer. For pages of this very address.
    #[schema(value_type = Option<bool>)]
    pub(crate) cookie: bool,
}

impl FromBody for LinkRequest {
    const MAX_BYTES: usize = 16 * 1024;

    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self {
            token: fields.required("token", text(|text| Ok(text.into()))),
            password: fields.optional("password", text(passwords::chosen)),
            cookie: fields.optional("cookie", boolean).unwrap_or_default(),
        }
    }
}

impl Services {
    /// Signs in by a link. What is wrong with the password is told before the link is used up.
    pub(crate) async fn use_link(
        &self,
        request: &LinkRequest,
        origin: &Origin,
    ) -> Result<SignedIn> {
        let hash = link::parse(request.token.expose_secret()).map_err(|_| dead())?.to_string();
        let seen = found(self.store.link(&hash).await)?.ok_or_else(dead)?;
        let kind: Kind =
            serde_json::from_value(seen.kind.as_str().into()).map_err(Error::internal)?;
        let user = self.active_user(seen.user).await?;
        let user = user
            .filter(|user| user.session_version == seen.session_version)
            .filter(|_| clock::now() < seen.expires)
            .ok_or_else(dead)?;
        let password = match (kind.sets_password(), &request.password) {
            (true, Some(password)) => Some(password.expose_secret().to_owned()),
            (false, None) => None,
            (true, None) => return Err(Error::field("password", "is missing: choose one")),
            (false, Some(_)) => {
                return Err(Error::field("password", "cannot be chosen by this link"));
            }
        };
        let phc = match password {
            None => None,
            Some(text) => {
                let password = Password::parse(text).map_err(Error::internal)?;
                Some(self.hasher.hash(password).await.map_err(hashing)?)
            }
        };
        self.store.take_link(&hash).await.map_err(|err| match err {
            StoreError::NotFound => dead(),
            err => err.into(),
        })?;
        let by = |action| Act::of(user.id, action).via(audit::Via::Link);
        let user = match phc {
            None => user.clone(),
            Some(phc) => {
                let session_version = user.session_version + 1;
                let next = User { password: Some(phc.into()), session_version, ..user.clone() };
                let next = self.store.change_user(&user, next).await?;
                self.audit(origin, by(Action::PasswordChanged).on(user.id)).await;
                next
            }
        };
        let (family, signed_in) = self.open(&user).await?;
        self.audit(origin, by(Action::SignedIn).on(family)).await;
        Ok(signed_in)
    }

    /// Makes a link. This answer is the only one that shows it.
    pub(crate) async fn make_link(&self, user: &User, kind: Kind) -> Result<LinkView> {
        let issued = link::issue(kind, clock::now());
        let link = Link {
            user: user.id,
            kind: kind.name().to_owned(),
            session_version: user.session_version,
            expires: issued.expires_at,
        };
        self.store.put_link(&issued.hash.to_string(), &link).await?;
        let link = format!("/login#link={}", issued.text.expose_secret());
        Ok(LinkView { link, expires_at: issued.expires_at })
    }

    /// Lets somebody choose a new password. Until it is chosen, the old one and the sign-ins live on.
    pub(crate) async fn reset_link(&self, id: UserId) -> Result<(User, LinkView)> {
        let user = self.store.user(id).await?;
        if user.disabled {
            return Err(Error::field("id", "is of an account that is disabled; enable it first"));
        }
        let kind = if user.password.is_some() { Kind::Reset } else { Kind::Invite };
        let link = self.make_link(&user, kind).await?;
        Ok((user, link))
    }
}

/// One answer for every reason: who shows a token learns nothing from it.
fn dead() -> Error {
    Error::told(Code::Unauthorized, "The link is not valid, or not any more. Ask for a new one.")
}
