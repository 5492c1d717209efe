//! Between HTTP and the handlers: what every request passes and every answer has.

mod body;
mod caller;
mod frame;
mod idempotency;
mod path;
mod query;

pub(crate) use self::{
    body::Body,
    caller::{ManageOwnKeys, ManageOwnLogins, May, ReadSelf, ReadTasks, WriteTasks, found, role},
    frame::{frame, method_not_allowed, not_found, panicked},
    idempotency::{IdempotencyKey, keys_are_well_formed},
    path::Path,
    query::Query,
};
