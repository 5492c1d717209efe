//! The DynamoDB table: keys, items, conditional writes, transactions, pages.
//!
//! **Invariant:** no decision is made here. What may happen is [`domain::task::Task::decide`]'s word; the store writes
//! a change on the condition that nobody was faster, or nothing at all. Rows are private: the table's form may change
//! without anyone noticing.

mod answers;
mod api_keys;
mod attempts;
mod audit;
mod batch;
mod counter;
mod error;
mod events;
mod expression;
mod finish;
mod head;
mod items;
mod keys;
mod lists;
mod logins;
pub mod objects;
mod review;
mod run_keys;
mod slots;
mod sockets;
mod table;
mod tasks;
mod tickets;
mod usage;
mod users;
mod waiting;

pub use self::{
    answers::{Claim, Claimed},
    api_keys::ApiKey,
    attempts::AttemptsRow,
    audit::{AuditEntry, AuditPage},
    batch::Batch,
    counter::{Pause, Slots},
    error::StoreError,
    events::{Append, Appended},
    finish::{Finish, RunRecord},
    head::{Head, Spec},
    lists::{HeadPage, Made, Whose},
    logins::{Login, LoginPage},
    slots::{Doubt, Holder, Limits},
    sockets::Connection,
    table::create_table,
    tasks::{Created, NewTask},
    tickets::{Link, Ticket},
    users::User,
    waiting::{Delayed, Queued},
};

/// The table, as everything else sees it.
#[derive(Clone, Debug)]
pub struct Store {
    client: aws_sdk_dynamodb::Client,
    table: String,
}

impl Store {
    /// A store over the table named `table`.
    #[must_use]
    pub fn new(client: aws_sdk_dynamodb::Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}
