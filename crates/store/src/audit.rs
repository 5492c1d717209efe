//! Who did what: entries that are written once and never changed, and that the table forgets after more than a year.

use domain::{
    audit::{Action, Via},
    id::UserId,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    items::{self, Range},
    keys::{self, AUDIT, AUDIT_PREFIX, Key},
};

const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub at: Timestamp,
    /// The service itself, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    pub via: Via,
    pub action: Action,
    /// The id of what it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// A sentence for people. Never a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Names the request in the logs, and this entry among those of its millisecond.
    pub request_id: String,
}

/// Some entries, and where the list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// Hand it back to get what follows; nothing follows if absent.
    pub next: Option<String>,
}

impl Store {
    /// Notes what somebody did. The same entry twice is one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let name = format!("{}#{}", entry.request_id, entry.action.name());
        let item = items::to_item(entry, &keys::audit(entry.at, &name))?;
        self.put(items::until(item, entry.at + KEPT)).await
    }

    /// A page of what was done, the newest first, behind `after`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn audit(&self, after: Option<&str>, limit: usize) -> Result<AuditPage, StoreError> {
        let after = after.map(|place| Key::new(AUDIT, place));
        let range = Range { pk: AUDIT, prefix: AUDIT_PREFIX, after: after.as_ref(), limit };
        let rows = self.newest(range).await?;
        let next = if rows.len() < limit {
            None
        } else {
            rows.last().and_then(|row| row.get("sk")?.as_s().ok().cloned())
        };
        let entries = rows.into_iter().map(items::from_item).collect::<Result<_, _>>()?;
        Ok(AuditPage { entries, next })
    }
}
