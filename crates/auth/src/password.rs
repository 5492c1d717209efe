//! Passwords: argon2id, 19 MiB, two passes (OWASP's first choice for one lane).

mod hasher;

use std::{collections::HashSet, fmt, sync::LazyLock};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{
        self, CustomizedPasswordHasher as _, PasswordVerifier as _,
        phc::{ParamsString, PasswordHash},
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::{Invalid, random};

pub use hasher::Hasher;

/// Shorter ones are guessed.
pub const MIN_CHARS: usize = 8;

/// Longer ones are no better, and hashing them is work for whoever sends them.
pub const MAX_BYTES: usize = 1024;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH_LEN: usize = 32;
const SALT_LEN: usize = 16;

/// Most memory that a stored hash may ask for: else one bad row takes the whole function down.
const MAX_MEMORY_KIB: u32 = 64 * 1024;
const MAX_PASSES: u32 = 8;
const MAX_LANES: u32 = 4;

/// A password that somebody wants to have.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// Why a password may not be had. Shown to who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("must have at least {MIN_CHARS} characters")]
    TooShort,
    #[error("must have at most {MAX_BYTES} bytes")]
    TooLong,
    #[error("must not contain the character NUL")]
    Nul,
    #[error("is one of the passwords that are tried first; choose another")]
    TooCommon,
}

impl Password {
    /// Checks a new password. No rule says which characters it must have: such rules make worse passwords.
    pub fn parse(text: String) -> Result<Self, PasswordError> {
        let text = SecretString::from(text);
        let chosen = text.expose_secret();
        if chosen.len() > MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        if chosen.chars().count() < MIN_CHARS {
            return Err(PasswordError::TooShort);
        }
        // Other programs would end the password there.
        if chosen.contains('\0') {
            return Err(PasswordError::Nul);
        }
        if is_common(chosen) {
            return Err(PasswordError::TooCommon);
        }
        Ok(Self(text))
    }
}

/// A password that somebody tries. It need not follow today's rules: they may be younger than the account.
#[derive(Clone, Debug)]
pub struct Candidate(SecretString);

impl Candidate {
    /// Takes what was sent, if it could be a password at all.
    pub fn parse(text: String) -> Result<Self, Invalid> {
        let text = SecretString::from(text);
        if text.expose_secret().len() > MAX_BYTES { Err(Invalid) } else { Ok(Self(text)) }
    }
}

/// The 3,000 most used passwords that are long enough, from the list that Django ships (Royce Williams' count of leaked
/// passwords).
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Capitals and a mark at the end are what people add when they are told to, and what is tried next.
fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let bare = lower.trim_end_matches(|c: char| !c.is_alphanumeric());
    COMMON.contains(lower.as_str()) || COMMON.contains(bare)
}

/// A stored password hash, with its salt and its parameters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Phc(PasswordHash);

impl Phc {
    /// Reads a stored hash. Parameters that we would never have chosen are refused here, before they cost anything.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let hash = PasswordHash::new(text).map_err(|_| Invalid)?;
        let params = Params::try_from(&hash).map_err(|_| Invalid)?;

        let ours = hash.algorithm.as_str() == Algorithm::Argon2id.as_str()
            && hash.version == Some(Version::V0x13.into())
            && (1..=MAX_MEMORY_KIB).contains(&params.m_cost())
            && (1..=MAX_PASSES).contains(&params.t_cost())
            && (1..=MAX_LANES).contains(&params.p_cost())
            && params.keyid().is_empty()
            && params.data().is_empty()
            // In our order, each once: the parser lets the last of two win.
            && ParamsString::try_from(&params).is_ok_and(|written| written == hash.params)
            && hash.salt.is_some_and(|salt| salt.len() >= SALT_LEN)
            && hash.hash.is_some_and(|hash| hash.len() == HASH_LEN);
        if ours { Ok(Self(hash)) } else { Err(Invalid) }
    }

    /// Whether it was made with other parameters than today's.
    fn is_outdated(&self) -> bool {
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        Params::try_from(&self.0)
            .map_or(true, |params| cost(&params) != (MEMORY_KIB, PASSES, LANES))
    }
}

impl fmt::Debug for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phc([REDACTED])")
    }
}

impl From<Phc> for String {
    fn from(phc: Phc) -> Self {
        phc.0.to_string()
    }
}

impl TryFrom<String> for Phc {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

/// What came of trying a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    pub ok: bool,
    /// It is the right one, and its hash was made with yesterday's parameters: hash it again and store that.
    pub needs_rehash: bool,
}

/// Why there is neither a hash nor a verdict. Nothing is known about the password then.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many wait already: try again later.
    #[error("too many passwords are being hashed")]
    Busy,
    /// Out of memory, most likely.
    #[error("the password could not be hashed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Hashes a new password. Slow on purpose: see [`Hasher`].
pub fn hash(password: &Password) -> Result<Phc, HashError> {
    hash_with(password, params()?)
}

/// Tries a password. Slow on purpose: see [`Hasher`].
pub fn verify(candidate: &Candidate, phc: &Phc) -> Result<Verdict, HashError> {
    let ok = match Argon2::default().verify_password(candidate.0.expose_secret().as_bytes(), &phc.0)
    {
        Ok(()) => true,
        Err(password_hash::Error::PasswordInvalid) => false,
        Err(err) => return Err(HashError::Failed(err.into())),
    };
    Ok(Verdict { ok, needs_rehash: ok && phc.is_outdated() })
}

/// Tries a password of an account that does not exist: the same work as [`verify`], and never right.
pub fn verify_nobody(candidate: &Candidate) -> Result<Verdict, HashError> {
    verify(candidate, &NOBODY).map(|_| Verdict { ok: false, needs_rehash: false })
}

/// Nobody's hash. No password is known that fits.
#[expect(clippy::expect_used, reason = "a constant, and a test reads it")]
static NOBODY: LazyLock<Phc> = LazyLock::new(|| {
    let text = format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$bm9ib2R5IG5vYm9keSBubw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    );
    Phc::parse(&text).expect("nobody has a hash")
});

fn params() -> Result<Params, HashError> {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_LEN))
        .map_err(|err| HashError::Failed(err.into()))
}

fn hash_with(password: &Password, params: Params) -> Result<Phc, HashError> {
    let salt = random::bytes::<SALT_LEN>();
    let hash: PasswordHash = Argon2::default()
        .hash_password_customized(
            password.0.expose_secret().as_bytes(),
            &salt,
            Some(Algorithm::Argon2id.as_str()),
            Some(Version::V0x13.into()),
            params,
        )
        .map_err(|err| HashError::Failed(err.into()))?;
    Ok(Phc(hash))
}

#[cfg(test)]
#[path = "password/tests.rs"]
mod tests;
