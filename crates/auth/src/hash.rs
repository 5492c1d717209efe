//! What is stored in the place of a secret.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Invalid, encoding};

/// The SHA-256 of a secret that is random, 128 bits or more: nothing slower is needed for those.
///
/// Comparing takes the same time wherever two hashes differ. There is no order and no map key on purpose.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// Hashes a secret's whole text, its prefix included: so a ticket is never a key, whatever its bytes are.
    pub(crate) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Takes a hash out of the store.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Hash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Hash {}

/// base64url: 43 characters that fit a key, a path and a query.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encoding::encode(self.0))
    }
}

/// Enough to tell two hashes apart in a log, not enough to look one up.
impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

impl FromStr for Hash {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        encoding::decode_array(text).map(Self).ok_or(Invalid)
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for Hash {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_back_as_it_was_written() {
        let hash = Hash::of("abc");
        assert_eq!(hash.to_string(), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        assert_eq!(hash.to_string().parse(), Ok(hash));

        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
    }

    #[test]
    fn every_byte_counts() {
        let hash = Hash::from_bytes([7; 32]);
        assert_eq!(hash, Hash::from_bytes(*hash.as_bytes()));
        for place in 0..32 {
            let mut bytes = [7; 32];
            bytes[place] = 8;
            assert_ne!(hash, Hash::from_bytes(bytes), "byte {place}");
        }
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        let short = &Hash::of("abc").to_string()[..42];
        for text in [
            "",
            "abc",
            short,
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa1",
        ] {
            assert_eq!(text.parse::<Hash>(), Err(Invalid), "{text:?}");
        }
    }

    #[test]
    fn debug_shows_a_stub() {
        assert_eq!(format!("{:?}", Hash::of("abc")), "Hash(ba78…)");
    }
}
