//! Sign-ins: which of them live, and how they end.

use auth::{Caller, Via, refresh::Family};
use domain::{
    audit::Action,
    id::{FamilyId, UserId},
    view::{Page, SessionView},
};
use jiff::Timestamp;
use runtime::clock;
use store::{Login, StoreError, User};

use crate::{
    audit::Act,
    edge::{Origin, found},
    error::{Error, Result},
    input::PageQuery,
    services::Services,
    sign_in::over,
};

/// Twenty tabs that refresh at once settle in fewer rounds.
pub(crate) const MAX_RACES: usize = 20;
/// Cursors of this list are good for no other.
const LIST: &str = "sessions";

impl Services {
    /// Where the caller is signed in.
    pub(crate) async fn list_sessions(
        &self,
        caller: &Caller,
        query: PageQuery,
    ) -> Result<Page<SessionView>> {
        let limit = query.limit();
        let after: Option<FamilyId> = self.place(caller, LIST, query.cursor.as_deref())?;
        let user = self.active_user(caller.user).await?.ok_or_else(over)?;
        let page = self.store.logins(caller.user, after, limit).await?;
        let now = clock::now();
        let mut items = Vec::new();
        for login in page.logins {
            if lives(&login, &user, now)? {
                items.push(view(&login, caller)?);
            }
        }
        let next_cursor = page.next.map(|id| self.cursors.seal(caller.user, LIST, &id.to_string()));
        Ok(Page { items, next_cursor })
    }

    /// Ends one of the caller's sign-ins.
    pub(crate) async fn end_session(
        &self,
        caller: &Caller,
        id: FamilyId,
        origin: &Origin,
    ) -> Result<()> {
        let user = self.active_user(caller.user).await?.ok_or_else(over)?;
        let login = self.store.login(id).await?;
        if login.user != caller.user || !lives(&login, &user, clock::now())? {
            return Err(Error::not_found());
        }
        self.end_login(id).await?;
        self.audit(origin, Act::by(caller, Action::SessionRevoked).on(id)).await;
        Ok(())
    }

    /// Ends all of the caller's sign-ins, this one too.
    pub(crate) async fn end_sessions(&self, caller: &Caller, origin: &Origin) -> Result<()> {
        self.alter_user(caller.user, |user| {
            Ok(User { session_version: user.session_version + 1, ..user.clone() })
        })
        .await?;
        let act = Act::by(caller, Action::SessionRevoked).on(caller.user);
        self.audit(origin, act.saying("signed out everywhere")).await;
        Ok(())
    }

    pub(crate) async fn end_login(&self, id: FamilyId) -> Result<()> {
        for _ in 0..MAX_RACES {
            let Some(seen) = found(self.store.login(id).await)? else { return Ok(()) };
            let family = Family { revoked: true, ..family(&seen)? };
            let next =
                Login { generation: seen.generation + 1, family: json(&family)?, ..seen.clone() };
            match self.store.change_login(&next, seen.generation).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err.into()),
            }
        }
        Err(lost_races())
    }

    /// Lets one sign-in outlive the end of all others.
    pub(crate) async fn keep_login(&self, caller: &Caller, user: &User) -> Result<()> {
        let Via::Session(id) = caller.via else { return Ok(()) };
        for _ in 0..MAX_RACES {
            let seen = self.store.login(id).await?;
            let next = Login {
                session_version: user.session_version,
                generation: seen.generation + 1,
                ..seen.clone()
            };
            match self.store.change_login(&next, seen.generation).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err.into()),
            }
        }
        Err(lost_races())
    }

    /// Changes an account, whoever else changes it at the same moment.
    pub(crate) async fn alter_user(
        &self,
        id: UserId,
        change: impl Fn(&User) -> Result<User>,
    ) -> Result<User> {
        for _ in 0..MAX_RACES {
            let seen = self.store.user(id).await?;
            let next = change(&seen)?;
            match self.store.change_user(&seen, next).await {
                Ok(user) => return Ok(user),
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err.into()),
            }
        }
        Err(lost_races())
    }
}

fn view(login: &Login, caller: &Caller) -> Result<SessionView> {
    let family = family(login)?;
    Ok(SessionView {
        id: login.id,
        created_at: family.opened_at(),
        last_used_at: family.rotated_at,
        expires_at: family.ends_at(),
        current: caller.via == Via::Session(login.id),
    })
}

/// Whether somebody is still signed in by this.
pub(crate) fn lives(login: &Login, user: &User, now: Timestamp) -> Result<bool> {
    let family = family(login)?;
    let current = login.session_version >= user.session_version;
    Ok(current && !family.revoked && now < family.ends_at())
}

pub(crate) fn login(id: FamilyId, user: &User, generation: u64, family: &Family) -> Result<Login> {
    let (session_version, expires_at) = (user.session_version, family.ends_at());
    let family = json(family)?;
    Ok(Login { id, user: user.id, session_version, generation, family, expires_at })
}

pub(crate) fn family(login: &Login) -> Result<Family> {
    serde_json::from_str(&login.family).map_err(Error::internal)
}

fn json(family: &Family) -> Result<String> {
    serde_json::to_string(family).map_err(Error::internal)
}

pub(crate) fn lost_races() -> Error {
    Error::unavailable(format!("lost {MAX_RACES} races for an account"))
}
