//! Who is there, and what they may do: passwords, tokens, sign-ins, API keys, tickets, roles.
//!
//! **Invariants:**
//! - No I/O, no AWS, no clock: whoever calls brings the time and stores what comes back. Randomness is the operating
//!   system's.
//! - A secret leaves this crate once, as [`secrecy::SecretString`], when it is made. What is stored is its
//!   [`struct@Hash`].
//! - Whatever has the wrong form is refused before anything is hashed, looked up or verified.
//!
//! | secret | text | at rest | ends |
//! |---|---|---|---|
//! | password | what the user chose | argon2id ([`password::Phc`]) | when changed |
//! | access token | JWT, `at+jwt` | – | after [`access::LIFETIME`] |
//! | run token | JWT, `run+jwt` | – | with the run's deadline |
//! | refresh token | `errand_rt_…` | SHA-256, in a [`refresh::Family`] | when used |
//! | API key | `errand_key_…` | SHA-256 | when deleted, or when it says |
//! | ticket | `errand_ticket_…` | SHA-256 | when used, or after [`ticket::LIFETIME`] |
//! | link | `errand_link_…` | SHA-256 | when used, or after [`link::Kind::lifetime`] |

pub mod access;
pub mod api_key;
pub mod bearer;
mod encoding;
mod error;
mod hash;
mod jws;
pub mod keys;
pub mod link;
pub mod password;
mod random;
pub mod refresh;
pub mod role;
pub mod run_token;
pub mod throttle;
pub mod ticket;

pub use error::{Invalid, TokenError};
pub use hash::Hash;
pub use keys::{SigningKeys, VerifyingKeys};
pub use role::{Action, Caller, Role, Scope, Via};
