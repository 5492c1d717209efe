//! What every engine must hold. Each test has a table of its own.

pub(crate) mod fixture;

mod accounts;
mod append;
mod claim;
mod finish;
mod interleaving;
mod lists;
mod sizes;
mod sockets;
mod tasks;
mod usage;
