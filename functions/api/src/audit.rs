//! Who did what. Every change of who may come in, and of how the service runs, is noted here.

use std::collections::{BTreeSet, HashMap};

use auth::{Caller, Via};
use domain::{
    audit::{self, Action},
    id::UserId,
    view::{ActorView, AuditView, Page},
};
use runtime::{Chain, clock};
use store::AuditEntry;

use crate::{
    edge::Origin,
    error::{Error, Result},
    input::PageQuery,
    services::Services,
};

/// Cursors of this list are good for no other.
const LIST: &str = "audit";

/// Something that somebody did.
#[derive(Debug)]
pub(crate) struct Act {
    actor: UserId,
    via: audit::Via,
    action: Action,
    target: Option<String>,
    detail: Option<String>,
}

impl Act {
    /// Done by who asks.
    pub(crate) fn by(caller: &Caller, action: Action) -> Self {
        let via = match caller.via {
            Via::Session(_) => audit::Via::Session,
            Via::Key(_) => audit::Via::Key,
        };
        Self::of(caller.user, action).via(via)
    }

    /// Done by who signs in with it.
    pub(crate) fn of(actor: UserId, action: Action) -> Self {
        Self { actor, via: audit::Via::Session, action, target: None, detail: None }
    }

    pub(crate) fn via(self, via: audit::Via) -> Self {
        Self { via, ..self }
    }

    /// The id of what it was done to.
    pub(crate) fn on(self, target: impl ToString) -> Self {
        Self { target: Some(target.to_string()), ..self }
    }

    /// What exactly, in words for people. Never a secret.
    pub(crate) fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}

impl Services {
    /// Notes what was done. It is done by then: where the note fails, the log has it, and the answer stays.
    pub(crate) async fn audit(&self, origin: &Origin, act: Act) {
        let entry = AuditEntry {
            at: clock::now(),
            actor: Some(act.actor),
            via: act.via,
            action: act.action,
            target: act.target,
            detail: act.detail,
            request_id: origin.request_id.clone(),
        };
        if let Err(err) = self.store.put_audit(&entry).await {
            tracing::error!(?entry, error = %Chain(&err), "what somebody did could not be noted");
        }
    }

    pub(crate) async fn list_audit(
        &self,
        caller: &Caller,
        query: PageQuery,
    ) -> Result<Page<AuditView>> {
        let after: Option<String> = self.place(caller, LIST, query.cursor.as_deref())?;
        let page = self.store.audit(after.as_deref(), query.limit()).await?;
        let ids: BTreeSet<_> = page.entries.iter().filter_map(|entry| entry.actor).collect();
        let users = self.store.users(&ids.into_iter().collect::<Vec<_>>()).await?;
        let emails: HashMap<_, _> = users.into_iter().map(|user| (user.id, user.email)).collect();
        let items = page.entries.into_iter().map(|entry| AuditView {
            at: entry.at,
            actor: entry
                .actor
                .map(|id| ActorView { id, email: emails.get(&id).cloned().unwrap_or_default() }),
            via: entry.via,
            action: entry.action,
            target: entry.target,
            detail: entry.detail,
            request_id: entry.request_id,
        });
        let next_cursor = page.next.map(|place| self.cursors.seal(caller.user, LIST, &place));
        Ok(Page { items: items.collect(), next_cursor })
    }

    /// Where a list goes on.
    pub(crate) fn place<T: std::str::FromStr>(
        &self,
        caller: &Caller,
        list: &str,
        cursor: Option<&str>,
    ) -> Result<Option<T>> {
        let Some(cursor) = cursor else { return Ok(None) };
        let place = self.cursors.open(caller.user, list, cursor)?;
        place.parse().map(Some).map_err(|_| Error::internal("a sealed cursor without a place"))
    }
}
