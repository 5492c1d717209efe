//! What can be wrong with something that a stranger presents: no more than a caller acts on, and no word about why.

/// Not what it should be. The same answer for every reason, so that nobody learns by trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credential is not valid")]
pub struct Invalid;

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Never was good here, or is not yet.
    #[error("the token is not valid")]
    Invalid,
    /// Was good once: refresh, or sign in again.
    #[error("the token has expired")]
    Expired,
}

impl From<Invalid> for TokenError {
    fn from(Invalid: Invalid) -> Self {
        Self::Invalid
    }
}
