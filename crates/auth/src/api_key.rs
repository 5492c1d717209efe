//! API keys: `errand_key_`, 30 random base62 characters (178 bits), 6 of checksum.
//!
//! The form is GitHub's. The prefix lets a scanner find a key that leaked; the checksum refuses a mistyped or made-up
//! one before anybody asks the store.

use secrecy::SecretString;

use crate::{Hash, Invalid, random};

/// What every API key starts with.
pub const PREFIX: &str = "errand_key_";

const RANDOM_LEN: usize = 30;
const CHECKSUM_LEN: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes a key: the text to show once, and what to store.
#[must_use]
pub fn generate() -> (SecretString, Hash) {
    let body = format!("{PREFIX}{}", random_base62());
    let text = format!("{body}{}", checksum(&body));
    let hash = Hash::of(&text);
    (text.into(), hash)
}

/// Checks a key's form and gives the hash to look it up by. Asks nobody.
pub fn parse(text: &str) -> Result<Hash, Invalid> {
    let secret = text.strip_prefix(PREFIX).ok_or(Invalid)?;
    if secret.len() != RANDOM_LEN + CHECKSUM_LEN
        || !secret.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return Err(Invalid);
    }
    let (body, sum) = text.split_at(text.len() - CHECKSUM_LEN);
    if sum != checksum(body) {
        return Err(Invalid);
    }
    Ok(Hash::of(text))
}

fn random_base62() -> String {
    let mut text = String::with_capacity(RANDOM_LEN);
    while text.len() < RANDOM_LEN {
        let wanted = RANDOM_LEN - text.len();
        text.extend(random::bytes::<RANDOM_LEN>().into_iter().filter_map(base62).take(wanted));
    }
    text
}

/// One of 62 characters, each as likely as the others: 248 = 4 × 62, and the bytes above it are not used.
fn base62(byte: u8) -> Option<char> {
    (byte < 248).then(|| char::from(BASE62[usize::from(byte % 62)]))
}

fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.map(char::from).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    /// Computed elsewhere, and fixed: keys in the hands of users must keep working.
    const KEY: &str = "errand_key_0123456789ABCDEFGHIJKLMNOPQRST35m0Gs";

    #[test]
    fn a_key_once_given_out_stays_valid() {
        assert_eq!(parse(KEY), Ok(Hash::of(KEY)));
    }

    #[test]
    fn a_new_key_parses_to_the_hash_that_is_stored() {
        let (text, hash) = generate();
        assert_eq!(parse(text.expose_secret()), Ok(hash));
        assert_eq!(text.expose_secret().len(), PREFIX.len() + 36);
    }

    #[test]
    fn every_character_is_as_likely_as_the_others() {
        for character in BASE62 {
            let bytes = (0..=255).filter(|byte| base62(*byte) == Some(char::from(*character)));
            assert_eq!(bytes.count(), 4, "{character}");
        }
    }

    #[test]
    fn two_keys_differ() {
        assert_ne!(generate().1, generate().1);
    }

    #[test]
    fn a_key_of_another_form_is_refused() {
        for text in [
            String::new(),
            PREFIX.to_owned(),
            KEY.to_uppercase(),
            KEY.replace("errand_key_", "errand_rt_"),
            KEY[PREFIX.len()..].to_owned(),
            format!("{KEY}0"),
            format!(" {KEY}"),
            format!("{KEY}\n"),
            format!("{KEY}\0"),
            KEY[..KEY.len() - 1].to_owned(),
            KEY.replace('Q', "é"),
            KEY.replace('Q', "-"),
        ] {
            assert_eq!(parse(&text), Err(Invalid), "{text:?}");
        }
    }

    #[test]
    fn a_right_checksum_does_not_make_up_for_a_wrong_length() {
        for length in [0, 1, 29, 31, 100_000] {
            let body = format!("{PREFIX}{}", "a".repeat(length));
            assert_eq!(parse(&format!("{body}{}", checksum(&body))), Err(Invalid), "{length}");
        }
    }

    #[test]
    fn the_debug_form_of_a_key_is_redacted() {
        let made = generate();
        assert!(!format!("{made:?}").contains(made.0.expose_secret()));
    }

    proptest! {
        /// CRC32 finds every burst of up to 32 bits, so this holds for all keys and not just for most.
        #[test]
        fn one_changed_character_is_found(at in 0..36_usize, by in 1..62_usize) {
            let (text, _) = generate();
            let mut bytes = text.expose_secret().as_bytes().to_vec();
            let at = PREFIX.len() + at;
            let old = BASE62.iter().position(|b| *b == bytes[at]).unwrap();
            bytes[at] = BASE62[(old + by) % 62];
            prop_assert_eq!(parse(std::str::from_utf8(&bytes).unwrap()), Err(Invalid));
        }
    }
}
