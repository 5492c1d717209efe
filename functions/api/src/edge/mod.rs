//! Between HTTP and the handlers: what every request passes and every answer has.

mod body;
mod caller;
mod frame;
mod idempotency;
mod origin;
mod path;
mod query;

pub(crate) use self::{
    body::Body,
    caller::{
        ManageOwnKeys, ManageOwnLogins, ManageUsers, May, OperateQueue, ReadQueue, ReadSelf,
        ReadTasks, WriteTasks, found, role, scope,
    },
    frame::{frame, method_not_allowed, not_found, panicked},
    idempotency::{IdempotencyKey, KeyHash, Keyed, Once, keys_are_well_formed},
    origin::Origin,
    path::Path,
    query::Query,
};
