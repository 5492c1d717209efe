//! The keys that sign and verify tokens.
//!
//! One function signs, others only verify; so the private key has its own type and its own text. A new key is brought
//! in without signing anybody out: give the new public key to every verifier, then sign with it, then, after the
//! longest run, take the old one away.

use std::{collections::BTreeMap, fmt};

use ed25519_dalek::{SECRET_KEY_LENGTH, SigningKey, VerifyingKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{encoding, random};

/// What makes a derived key one of ours and of this version.
const DERIVATION: &[u8] = b"errand signing key, version 1:";
/// Longest name of a key.
const MAX_KID_LEN: usize = 64;

/// Why a text is no set of keys. It is a setting: a person reads this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The parser's own words are left out: they could quote the secret.
    #[error("must be JSON: {expected}")]
    Form { expected: &'static str },
    #[error("a passphrase must have at least {MIN_PASSPHRASE} letters and digits")]
    Passphrase,
    #[error("a key's name must be 1 to {MAX_KID_LEN} letters, digits, `-` or `_`")]
    Name,
    #[error("`signing.seed` must be 32 bytes in base64url")]
    Seed,
    #[error("the public key `{kid}` must be an Ed25519 key, 32 bytes in base64url")]
    Public { kid: String },
    #[error("`{kid}` names two different keys")]
    Conflict { kid: String },
}

const SIGNING_FORM: &str = r#"{"signing":{"kid","seed"},"verifying":{kid: public key}}"#;
/// The shortest passphrase that a key is derived from: 32 characters of letters and digits have 190 bits.
const MIN_PASSPHRASE: usize = 32;
const VERIFYING_FORM: &str = r#"{"verifying":{kid: public key}}"#;

/// The public keys whose signatures count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyingKeys(BTreeMap<String, VerifyingKey>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifyingText {
    verifying: BTreeMap<String, String>,
}

impl VerifyingKeys {
    /// Reads what [`VerifyingKeys::to_text`] wrote. A text with a private key in it is refused: it does not belong here.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let text: VerifyingText =
            serde_json::from_str(text).map_err(|_| KeysError::Form { expected: VERIFYING_FORM })?;
        Self::from_text(text.verifying)
    }

    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::json!({ "verifying": self.texts() }).to_string()
    }

    /// Whether there is a key of this name.
    #[must_use]
    pub fn knows(&self, kid: &str) -> bool {
        self.0.contains_key(kid)
    }

    /// Adds the keys of another set, for the time of a rotation.
    pub fn trust(&mut self, other: &Self) -> Result<(), KeysError> {
        other.0.iter().try_for_each(|(kid, key)| self.insert(kid.clone(), *key))
    }

    /// The name is a key of this map and nothing else: never a path, an address or a query.
    pub(crate) fn decoding(&self, kid: &str) -> Option<DecodingKey> {
        // The library's name for it is misleading: it takes the 32 bytes of the key as they are.
        self.0.get(kid).map(|key| DecodingKey::from_ed_der(key.as_bytes()))
    }

    fn from_text(texts: BTreeMap<String, String>) -> Result<Self, KeysError> {
        let mut keys = Self::default();
        for (kid, text) in texts {
            let key = encoding::decode_array(&text)
                .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
                // A key of small order verifies signatures that nobody made.
                .filter(|key| !key.is_weak());
            match key {
                Some(key) => keys.insert(kid, key)?,
                None => return Err(KeysError::Public { kid }),
            }
        }
        Ok(keys)
    }

    fn insert(&mut self, kid: String, key: VerifyingKey) -> Result<(), KeysError> {
        check_kid(&kid)?;
        match self.0.get(&kid) {
            Some(known) if *known != key => Err(KeysError::Conflict { kid }),
            Some(_) => Ok(()),
            None => {
                self.0.insert(kid, key);
                Ok(())
            }
        }
    }

    fn texts(&self) -> BTreeMap<&str, String> {
        self.0.iter().map(|(kid, key)| (kid.as_str(), encoding::encode(key.as_bytes()))).collect()
    }
}

/// The private key that signs, and the public keys that count beside it.
#[derive(Clone)]
pub struct SigningKeys {
    kid: String,
    key: SigningKey,
    encoding: EncodingKey,
    verifying: VerifyingKeys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SigningText {
    signing: Seed,
    #[serde(default)]
    verifying: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    kid: String,
    seed: SecretString,
}

impl SigningKeys {
    /// Makes a key of its own name.
    #[must_use]
    pub fn generate() -> Self {
        Self::named_by_itself(SigningKey::from_bytes(&random::bytes()))
    }

    /// Reads what [`SigningKeys::to_text`] wrote, or derives a key from a passphrase: a secret store can make one of
    /// letters and digits by itself, but no key.
    pub fn parse(text: &SecretString) -> Result<Self, KeysError> {
        let exposed = text.expose_secret();
        if !exposed.starts_with('{') {
            return Self::derive(exposed);
        }
        let text: SigningText = serde_json::from_str(exposed)
            .map_err(|_| KeysError::Form { expected: SIGNING_FORM })?;
        let seed =
            encoding::decode_array(text.signing.seed.expose_secret()).ok_or(KeysError::Seed)?;
        Self::new(
            text.signing.kid,
            SigningKey::from_bytes(&seed),
            VerifyingKeys::from_text(text.verifying)?,
        )
    }

    /// One line of JSON for a secret or an environment variable.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let seed = encoding::encode(self.key.as_bytes());
        serde_json::json!({ "signing": { "kid": self.kid, "seed": seed }, "verifying": self.verifying.texts() })
            .to_string()
            .into()
    }

    /// What verifies: the public half of the key that signs, and those beside it.
    #[must_use]
    pub fn verifying(&self) -> &VerifyingKeys {
        &self.verifying
    }

    /// Adds keys that another set signs with, for the time of a rotation.
    pub fn trust(&mut self, other: &VerifyingKeys) -> Result<(), KeysError> {
        self.verifying.trust(other)
    }

    /// A plain hash is enough: a passphrase that a machine made leaves nothing to guess.
    fn derive(passphrase: &str) -> Result<Self, KeysError> {
        let made_by_a_machine = passphrase.bytes().all(|b| b.is_ascii_alphanumeric());
        if passphrase.len() < MIN_PASSPHRASE || !made_by_a_machine {
            return Err(KeysError::Passphrase);
        }
        let digest = Sha256::new().chain_update(DERIVATION).chain_update(passphrase).finalize();
        let seed = Zeroizing::new(<[u8; SECRET_KEY_LENGTH]>::from(digest));
        Ok(Self::named_by_itself(SigningKey::from_bytes(&seed)))
    }

    #[expect(
        clippy::expect_used,
        reason = "16 characters of base64url are a name, and an empty set has no other"
    )]
    fn named_by_itself(key: SigningKey) -> Self {
        let digest = Sha256::digest(key.verifying_key().as_bytes());
        Self::new(encoding::encode(&digest[..12]), key, VerifyingKeys::default())
            .expect("a new key fits")
    }

    fn new(kid: String, key: SigningKey, mut verifying: VerifyingKeys) -> Result<Self, KeysError> {
        verifying.insert(kid.clone(), key.verifying_key())?;
        let encoding = EncodingKey::from_ed_der(&*pkcs8(&key));
        Ok(Self { kid, key, encoding, verifying })
    }

    /// The name of the key that signs.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// What precedes the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410, 7): always the same.
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// The key in the one form that `jsonwebtoken` takes.
fn pkcs8(key: &SigningKey) -> Zeroizing<[u8; PKCS8_HEAD.len() + SECRET_KEY_LENGTH]> {
    let mut der = Zeroizing::new([0; PKCS8_HEAD.len() + SECRET_KEY_LENGTH]);
    let (head, seed) = der.split_at_mut(PKCS8_HEAD.len());
    head.copy_from_slice(&PKCS8_HEAD);
    seed.copy_from_slice(key.as_bytes());
    der
}

pub(crate) fn check_kid(kid: &str) -> Result<(), KeysError> {
    let fits = (1..=MAX_KID_LEN).contains(&kid.len());
    if fits && kid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        Ok(())
    } else {
        Err(KeysError::Name)
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
