//! Refresh tokens: what keeps a client signed in.
//!
//! A sign-in is a *family*. It has one live token; using it makes the next one, and the used one is burnt. A burnt token
//! that comes again was copied by somebody, and nobody knows which of the two is the thief: the family ends.
//!
//! **A reply may get lost, and tabs refresh at the same time.** So for [`GRACE`] the token just burnt is answered once
//! more, as long as its successor is unused, and *with the same successor*: it is derived from the burnt token and a
//! nonce in the family's row. Twenty parallel refreshes get one token, whichever of their replies the client keeps. The
//! row alone, or an old token alone, gives no token away.
//!
//! **Whose token is it?** The text is `errand_rt_<family part>.<token part>`. The family part is the family's id and 128
//! random bits, the same in all of the family's tokens. Whoever shows it held one of them, so any other token part is an
//! old one, however long ago it was burnt, and the row need not list them. Whoever only knows the id, from a log, cannot
//! sign anybody out.
//!
//! **To store it:** load the family (consistently), [`Family::present`], and on [`Decision::Rotate`] put the next one on
//! the condition that `generation` is as loaded and `revoked` is false; if that fails, start again. `revoked` is set
//! without a condition. Died between the put and the reply: that is the lost reply.

use std::fmt;

use domain::id::FamilyId;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{Hash, Invalid, encoding, random};

/// How long a sign-in lasts, however busy it is.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long a sign-in lasts that nobody uses.
pub const IDLE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How long a burnt token is answered again.
pub const GRACE: SignedDuration = SignedDuration::from_secs(10);

/// What every refresh token starts with.
pub const PREFIX: &str = "errand_rt_";

/// A refresh token that somebody showed: of the right form, and nothing more is known.
#[derive(Debug)]
pub struct Presented {
    /// Whose it claims to be: where to look.
    pub family: FamilyId,
    family_part: SecretString,
    secret: SecretBox<[u8; 32]>,
    hash: Hash,
}

impl Presented {
    /// Checks a token's form. Asks nobody.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (family_part, token_part) =
            text.strip_prefix(PREFIX).and_then(|parts| parts.split_once('.')).ok_or(Invalid)?;
        let [id, _proof] = halves(encoding::decode_array(family_part).ok_or(Invalid)?);
        let secret = encoding::decode_array(token_part).ok_or(Invalid)?;
        Ok(Self {
            family: FamilyId::from_uuid(Uuid::from_bytes(id)),
            family_part: family_part.into(),
            secret: SecretBox::new(Box::new(secret)),
            hash: Hash::of(text),
        })
    }
}

/// A sign-in, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// Counts up with each rotation: the condition of the write.
    pub generation: u64,
    /// Of the part that all tokens of this family share.
    pub family_part: Hash,
    /// Of the live token.
    pub current: Hash,
    /// Of the token that `current` came from.
    pub previous: Option<Hash>,
    /// What `current` was derived with, so that it can be derived again.
    pub nonce: Nonce,
    pub rotated_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked: bool,
}

/// What to do about a token that was presented.
#[derive(Debug)]
pub enum Decision {
    /// Store `next` on the condition that the generation is still the old one, then answer with `token`.
    Rotate { token: SecretString, next: Family },
    /// Answer with `token`; there is nothing to store.
    Grace { token: SecretString },
    /// A burnt token. Revoke the family.
    Reused,
    /// The sign-in is over.
    Expired,
    /// The sign-in was ended, by its user or by a reuse.
    Revoked,
    /// None of this family's tokens. Change nothing: it says nothing about the family.
    Unknown,
}

/// Opens a family: its first token, and what to store.
#[must_use]
pub fn open(family: FamilyId, now: Timestamp) -> (SecretString, Family) {
    let [mut id_and_proof, secret] = [[0; 32], random::bytes::<32>()];
    id_and_proof[..16].copy_from_slice(family.uuid().as_bytes());
    id_and_proof[16..].copy_from_slice(&random::bytes::<16>());

    let family_part = encoding::encode(id_and_proof);
    let token = token_text(&family_part, &secret);
    let family = Family {
        generation: 1,
        family_part: Hash::of(&family_part),
        current: Hash::of(token.expose_secret()),
        previous: None,
        nonce: Nonce::random(),
        rotated_at: now,
        expires_at: now + LIFETIME,
        revoked: false,
    };
    (token, family)
}

impl Family {
    /// What a presented token means for this family. Changes nothing.
    #[must_use]
    pub fn present(&self, presented: &Presented, now: Timestamp) -> Decision {
        // First of all, so that who never held a token learns nothing about the family.
        if Hash::of(presented.family_part.expose_secret()) != self.family_part {
            return Decision::Unknown;
        }
        if self.revoked {
            return Decision::Revoked;
        }
        if now >= self.ends_at() {
            return Decision::Expired;
        }

        if presented.hash == self.current {
            let nonce = Nonce::random();
            let token = nonce.successor(presented);
            let next = Self {
                generation: self.generation + 1,
                current: Hash::of(token.expose_secret()),
                previous: Some(self.current),
                nonce,
                rotated_at: now,
                ..self.clone()
            };
            return Decision::Rotate { token, next };
        }
        // Had the successor been used, this would no longer be the previous one.
        let just_burnt =
            self.previous == Some(presented.hash) && now.duration_since(self.rotated_at) <= GRACE;
        if just_burnt {
            return Decision::Grace { token: self.nonce.successor(presented) };
        }
        Decision::Reused
    }

    /// When this sign-in began.
    #[must_use]
    pub fn opened_at(&self) -> Timestamp {
        self.expires_at - LIFETIME
    }

    /// When this sign-in ends if nobody refreshes any more; also the time to live of its row.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.expires_at.min(self.rotated_at + IDLE)
    }
}

/// The server's part in deriving a token from the one before it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Nonce([u8; 32]);

impl Nonce {
    fn random() -> Self {
        Self(random::bytes())
    }

    /// 256 bits that take both the row and the burnt token to compute. All inputs are of fixed length.
    fn successor(&self, burnt: &Presented) -> SecretString {
        let secret = Sha256::new()
            .chain_update("errand refresh token")
            .chain_update(self.0)
            .chain_update(burnt.secret.expose_secret())
            .finalize();
        token_text(burnt.family_part.expose_secret(), &secret.into())
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce([REDACTED])")
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        encoding::encode(nonce.0)
    }
}

impl TryFrom<String> for Nonce {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        encoding::decode_array(&text).map(Self).ok_or(Invalid)
    }
}

fn token_text(family_part: &str, secret: &[u8; 32]) -> SecretString {
    format!("{PREFIX}{family_part}.{}", encoding::encode(secret)).into()
}

fn halves(bytes: [u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    halves.as_flattened_mut().copy_from_slice(&bytes);
    halves
}

#[cfg(test)]
#[path = "refresh_tests.rs"]
mod tests;
