//! The one wire: every AWS call of a function passes one HTTP client. This is the one of production. The cloud on one machine has
//! one that leads into the process; tests and benchmarks put layers over it, for all services at once (a [ledger](crate::ledger),
//! faults); no hook for them stands in a function.

use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// What AWS calls travel through.
pub type Wire = SharedHttpClient;

/// The wire as it is in production.
#[must_use]
pub fn plain() -> Wire {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
