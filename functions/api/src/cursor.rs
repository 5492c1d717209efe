//! Where a list goes on: opaque, and good for one user and one set of filters only.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{id::UserId, problem::Code};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::Sha256;

use crate::error::{Error, Result};

const MAC_LEN: usize = 32;

/// Seals cursors and opens them again.
#[derive(Debug)]
pub(crate) struct Cursors {
    key: SecretBox<[u8; 32]>,
}

impl Cursors {
    /// With a key that follows from the one that signs tokens, and does not lead back to it.
    pub(crate) fn derive(signing_keys: &SecretString) -> Self {
        let mac =
            mac(signing_keys.expose_secret().as_bytes(), &[b"errand list cursors, version 1"]);
        Self { key: SecretBox::new(Box::new(mac.finalize().into_bytes().into())) }
    }

    /// A cursor that goes on behind `place`.
    pub(crate) fn seal(&self, user: UserId, filter: &str, place: &str) -> String {
        let mac = self.mac(user, filter, place).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([mac.as_slice(), place.as_bytes()].concat())
    }

    /// The place that a cursor stands for.
    pub(crate) fn open(&self, user: UserId, filter: &str, cursor: &str) -> Result<String> {
        let open = || {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (mac, place) = bytes.split_at_checked(MAC_LEN)?;
            let place = std::str::from_utf8(place).ok()?;
            self.mac(user, filter, place).verify_slice(mac).ok()?;
            Some(place.to_owned())
        };
        open().ok_or_else(|| {
            Error::told(
                Code::BadRequest,
                "The cursor is not one of this list: start again without it.",
            )
        })
    }

    fn mac(&self, user: UserId, filter: &str, place: &str) -> Hmac<Sha256> {
        mac(
            self.key.expose_secret(),
            &[user.uuid().as_bytes(), filter.as_bytes(), place.as_bytes()],
        )
    }
}

/// Over the parts with their lengths, so that no two lists of parts look alike.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PLACE: &str = "001893456000000#task_00000000000000000000000000000007";

    fn cursors() -> Cursors {
        Cursors::derive(&SecretString::from("a secret"))
    }

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let cursor = cursors().seal(user(1), "q=a", PLACE);
        assert_eq!(cursors().open(user(1), "q=a", &cursor).unwrap(), PLACE);
    }

    #[test]
    fn a_cursor_is_good_for_one_user_one_filter_and_one_key() {
        let cursor = cursors().seal(user(1), "q=a", PLACE);
        assert!(cursors().open(user(2), "q=a", &cursor).is_err());
        assert!(cursors().open(user(1), "q=b", &cursor).is_err());
        let other = Cursors::derive(&SecretString::from("another secret"));
        assert!(other.open(user(1), "q=a", &cursor).is_err());
    }

    #[test]
    fn a_cursor_with_any_bit_flipped_is_refused() {
        let cursor = cursors().seal(user(1), "", PLACE);
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let flipped = URL_SAFE_NO_PAD.encode(flipped);
            assert!(cursors().open(user(1), "", &flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let cursor = cursors().seal(user(1), "", PLACE);
        for text in ["", "AAAA", "!", &cursor[..cursor.len() - 2], &format!("{cursor}=")] {
            assert!(cursors().open(user(1), "", text).is_err(), "{text:?}");
        }
    }
}
