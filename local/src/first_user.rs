//! The first user: without one nobody could sign in.

use anyhow::Context as _;
use auth::{
    link,
    password::{self, Password},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::id::UserId;
use secrecy::{ExposeSecret as _, SecretString};
use store::{Link, Store, StoreError, User};
use uuid::Uuid;

use crate::settings::Settings;

/// What the operator has to know about the first user.
#[derive(Clone, Debug)]
pub enum FirstUser {
    /// Made by an earlier start.
    Exists,
    /// Made now, with the password of the settings.
    Made,
    /// Made now, with this password, which is not kept anywhere.
    MadeWith(SecretString),
}

pub(crate) async fn ensure(store: &Store, settings: &Settings) -> anyhow::Result<FirstUser> {
    match store.user_by_email(&settings.admin_email).await {
        Ok(_) => return Ok(FirstUser::Exists),
        Err(StoreError::NotFound) => {}
        Err(error) => return Err(error).context("the first user"),
    }
    let made = settings.admin_password.is_none();
    let password = match &settings.admin_password {
        Some(password) => password.clone(),
        None => random_password()?,
    };
    let hash = {
        let password = Password::parse(password.expose_secret().to_owned())
            .context("the password of the first user")?;
        tokio::task::spawn_blocking(move || password::hash(&password)).await??
    };
    let user = User {
        id: UserId::from_uuid(Uuid::now_v7()),
        email: settings.admin_email.clone(),
        role: auth::Role::Admin.name().to_owned(),
        password: Some(hash.into()),
        disabled: false,
        created_at: runtime::clock::now(),
        session_version: 0,
        version: 0,
    };
    store.put_user(&user).await.context("the first user")?;
    Ok(if made { FirstUser::MadeWith(password) } else { FirstUser::Made })
}

/// Makes the link by which the first user is signed in: who sees what this program prints could read its data as well.
pub(crate) async fn link(
    store: &Store,
    settings: &Settings,
) -> anyhow::Result<Option<SecretString>> {
    let user = store.user_by_email(&settings.admin_email).await.context("the first user")?;
    if user.disabled {
        return Ok(None);
    }
    let kind = link::Kind::SignIn;
    let issued = link::issue(kind, runtime::clock::now());
    let link = Link {
        user: user.id,
        kind: kind.name().to_owned(),
        session_version: user.session_version,
        expires: issued.expires_at,
    };
    store.put_link(&issued.hash.to_string(), &link).await.context("the link to sign in")?;
    Ok(Some(issued.text))
}

/// 108 bits, easy to select with a double click.
fn random_password() -> anyhow::Result<SecretString> {
    let mut bytes = [0; 18];
    getrandom::fill(&mut bytes)?;
    let text = URL_SAFE_NO_PAD.encode(bytes).replace(['-', '_'], "7");
    Ok(text[..18].into())
}
