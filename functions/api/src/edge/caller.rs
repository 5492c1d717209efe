//! Who asks. A handler that names no permission has no caller, and so nothing that it could look up.

use std::{marker::PhantomData, ops::Deref};

use auth::{Action, Caller, Role, Scope, TokenError, Via, access, bearer::Bearer};
use axum::extract::FromRequestParts;
use domain::{id::UserId, problem::Code};
use http::{header::AUTHORIZATION, request::Parts};
use runtime::{Chain, clock};
use store::{ApiKey, StoreError, User};

use crate::{
    error::{Error, Result},
    services::{Services, Shared},
    sessions,
};

/// A caller who may do `A`. Proof, not a check: there is no other way to come by one.
#[derive(Debug)]
pub(crate) struct May<A> {
    caller: Caller,
    action: PhantomData<A>,
}

impl<A> Deref for May<A> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

/// An action as a type.
pub(crate) trait Permission {
    const ACTION: Action;
}

macro_rules! permissions {
    ($($name:ident),+) => {$(
        #[derive(Debug)]
        pub(crate) struct $name;

        impl Permission for $name {
            const ACTION: Action = Action::$name;
        }
    )+};
}

permissions!(
    ReadSelf,
    ReadTasks,
    WriteTasks,
    ManageOwnKeys,
    ManageOwnLogins,
    ReadQueue,
    ManageUsers,
    OperateQueue
);

impl<A: Permission> FromRequestParts<Shared> for May<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, services: &Shared) -> Result<Self> {
        let mut caller = services.caller(shown(parts)?).await?;
        if A::ACTION.is_far_reaching() {
            caller = services.confirmed(caller).await?;
        }
        if !caller.may(A::ACTION) {
            return Err(Error::code(Code::Forbidden));
        }
        Ok(Self { caller, action: PhantomData })
    }
}

/// What the one `Authorization` header shows.
fn shown(parts: &Parts) -> Result<Bearer<'_>> {
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    match (headers.next(), headers.next()) {
        (None, _) => Err(Error::told(Code::Unauthorized, "Send `Authorization: Bearer …`.")),
        (Some(header), None) => {
            let header = header.to_str().map_err(|_| nobody())?;
            Bearer::parse(header).map_err(|_| nobody())
        }
        (Some(_), Some(_)) => Err(nobody()),
    }
}

impl Services {
    async fn caller(&self, shown: Bearer<'_>) -> Result<Caller> {
        match shown {
            Bearer::Token(token) => access::verify(self.keys.verifying(), token, clock::now())
                .map(|claims| claims.caller())
                .map_err(|err| match err {
                    TokenError::Expired => {
                        Error::told(Code::Unauthorized, "The token has expired.")
                    }
                    TokenError::Invalid => nobody(),
                }),
            Bearer::Key(hash) => {
                let key = found(self.store.api_key(&hash.to_string()).await)?.ok_or_else(nobody)?;
                if key.expires_at.is_some_and(|end| end <= clock::now()) {
                    return Err(Error::told(Code::Unauthorized, "The API key has expired."));
                }
                let user = self.active_user(key.user).await?.ok_or_else(nobody)?;
                let scope = scope(&key)?;
                if let Err(err) = self.store.api_key_used(&key, clock::now()).await {
                    tracing::warn!(error = %Chain(&err), "it is not noted that a key was used");
                }
                Ok(Caller { user: user.id, role: role(&user)?, via: Via::Key(key.id), scope })
            }
        }
    }

    /// What a token says may be ten minutes old: here the table says whether it still holds, and for which role.
    pub(crate) async fn confirmed(&self, caller: Caller) -> Result<Caller> {
        let Via::Session(family) = caller.via else { return Ok(caller) };
        let (user, login) = tokio::join!(self.active_user(caller.user), self.store.login(family));
        let user = user?.ok_or_else(nobody)?;
        let login = found(login)?.ok_or_else(nobody)?;
        if login.user != user.id || !sessions::lives(&login, &user, clock::now())? {
            return Err(nobody());
        }
        Ok(Caller { role: role(&user)?, ..caller })
    }

    /// An account that may come in.
    pub(crate) async fn active_user(&self, id: UserId) -> Result<Option<User>> {
        Ok(found(self.store.user(id).await)?.filter(|user| !user.disabled))
    }
}

/// What the store knows by this name, if it does.
pub(crate) fn found<T>(answer: std::result::Result<T, StoreError>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::NotFound) => Ok(None),
        Err(err) => Err(err.into()),
    }
}

pub(crate) fn role(user: &User) -> Result<Role> {
    serde_json::from_value(user.role.as_str().into()).map_err(Error::internal)
}

pub(crate) fn scope(key: &ApiKey) -> Result<Scope> {
    let Some(name) = key.scope.as_deref() else { return Ok(Scope::Write) };
    serde_json::from_value(name.into()).map_err(Error::internal)
}

fn nobody() -> Error {
    Error::told(Code::Unauthorized, "The token or key is not valid.")
}
