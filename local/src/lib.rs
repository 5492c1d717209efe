//! The cloud on one machine. The functions talk to AWS, always; this crate speaks AWS instead and calls the same handlers
//! with the same events. Table, containers and sockets are called inside the process (`inside`), queue and objects on loopback.
//!
//! | AWS | here |
//! |---|---|
//! | DynamoDB | `database`: an engine over one SQLite file |
//! | SQS | `queue`: in memory |
//! | S3 | `objects`: a directory |
//! | ECS | `containers`: process groups |
//! | API Gateway | `gateway` and `management` |
//! | Lambda | `lambda` and `deployed` |
//! | event source mapping, EventBridge | `events` |

mod aws_service;
mod banner;
mod cluster;
mod containers;
mod credentials;
mod data;
mod database;
mod deployed;
mod disk;
mod event_bridge;
mod events;
mod first_user;
mod functions;
mod gateway;
mod inside;
mod lambda;
mod leftovers;
mod listener;
mod logs;
mod management;
mod model;
mod objects;
mod queue;
mod replays;
mod server;
mod services;
mod settings;
#[cfg(test)]
mod testing;

pub use self::{
    banner::text as banner,
    cluster::Cluster,
    data::{Data, DataError},
    disk::Disk,
    first_user::FirstUser,
    logs::init as init_logs,
    server::{Options, Server},
    settings::{Settings, SettingsError, Timing},
};
