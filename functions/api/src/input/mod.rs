//! What strangers send, read once, strictly, and completely: an answer names everything that is wrong with it.

mod fields;
pub(crate) mod json;
mod page;
mod params;
pub(crate) mod values;

use domain::limits::RepositoryPolicy;
use jiff::Timestamp;

pub(crate) use self::{fields::Fields, page::PageQuery, params::Params};

/// What a request is judged by besides itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) now: Timestamp,
    pub(crate) repositories: RepositoryPolicy,
}

/// A body, as it is described in the OpenAPI document by the same type.
pub(crate) trait FromBody: Sized {
    /// No request of this kind is larger.
    const MAX_BYTES: usize = 64 * 1024;
    /// Whether a request without a body says the same as one with `{}`.
    const OPTIONAL: bool = false;

    fn read(fields: &mut Fields<'_>, rules: &Rules) -> Self;
}

/// A query, as it is described in the OpenAPI document by the same type.
pub(crate) trait FromQuery: Sized {
    fn read(params: &mut Params) -> Self;
}

/// A body, or a query, that has nothing to say.
#[derive(Debug)]
pub(crate) struct Nothing;

impl FromBody for Nothing {
    const OPTIONAL: bool = true;

    fn read(_: &mut Fields<'_>, _: &Rules) -> Self {
        Self
    }
}

impl FromQuery for Nothing {
    fn read(_: &mut Params) -> Self {
        Self
    }
}

#[cfg(test)]
#[path = "described_tests.rs"]
mod tests;
