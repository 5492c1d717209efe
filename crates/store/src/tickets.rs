//! What lets in once: tickets for sockets, links for people.

use domain::id::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, items, keys};

/// The table forgets what ended this long ago.
const KEPT: SignedDuration = SignedDuration::from_mins(1);

/// What a ticket lets in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub user: UserId,
    pub role: String,
    pub expires: Timestamp,
}

/// What a link is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub user: UserId,
    /// The name of its kind.
    pub kind: String,
    /// Of the user when it was made: it is over when the user's has grown.
    pub session_version: u64,
    pub expires: Timestamp,
}

impl Store {
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_ticket(&self, hash: &str, ticket: &Ticket) -> Result<(), StoreError> {
        let item = items::to_item(ticket, &keys::ticket(hash))?;
        self.put_absent(items::until(item, ticket.expires + KEPT)).await
    }

    /// Takes a ticket: whoever comes second finds none.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn take_ticket(&self, hash: &str) -> Result<Ticket, StoreError> {
        self.take(&keys::ticket(hash)).await
    }

    /// # Errors
    /// See [`StoreError`].
    pub async fn put_link(&self, hash: &str, link: &Link) -> Result<(), StoreError> {
        let item = items::to_item(link, &keys::link(hash))?;
        self.put_absent(items::until(item, link.expires + KEPT)).await
    }

    /// Looks at a link without using it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn link(&self, hash: &str) -> Result<Link, StoreError> {
        self.row(&keys::link(hash)).await
    }

    /// Takes a link: whoever comes second finds none.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn take_link(&self, hash: &str) -> Result<Link, StoreError> {
        self.take(&keys::link(hash)).await
    }
}
