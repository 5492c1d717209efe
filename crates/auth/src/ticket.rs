//! Tickets: how a WebSocket is opened without a token in its URL.
//!
//! A URL ends in access logs. So what stands there is 128 random bits that work once, for half a minute. *Once* is the
//! store's part: it deletes the ticket by its hash on the condition that it is there, and whoever deleted it has it.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::{Hash, Invalid, TokenError, encoding, random};

/// How long a ticket waits to be used.
pub const LIFETIME: SignedDuration = SignedDuration::from_secs(30);

/// What every ticket starts with.
pub const PREFIX: &str = "errand_ticket_";

/// A new ticket: the text to give out, and what to store with the caller it is for.
#[derive(Debug)]
pub struct Issued {
    pub text: SecretString,
    pub hash: Hash,
    pub expires_at: Timestamp,
}

/// Makes a ticket.
#[must_use]
pub fn issue(now: Timestamp) -> Issued {
    let text = format!("{PREFIX}{}", encoding::encode(random::bytes::<16>()));
    Issued { hash: Hash::of(&text), text: text.into(), expires_at: now + LIFETIME }
}

/// Checks a ticket's form and gives the hash to take it by. Asks nobody.
pub fn parse(text: &str) -> Result<Hash, Invalid> {
    let secret = text.strip_prefix(PREFIX).ok_or(Invalid)?;
    encoding::decode_array::<16>(secret).ok_or(Invalid)?;
    Ok(Hash::of(text))
}

/// Whether a ticket that the store gave up may still be used. The store's own expiry is lazy: ask this too.
pub fn check(expires_at: Timestamp, now: Timestamp) -> Result<(), TokenError> {
    if now < expires_at { Ok(()) } else { Err(TokenError::Expired) }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn a_ticket_parses_to_the_hash_that_is_stored() {
        let issued = issue(NOW);
        assert_eq!(parse(issued.text.expose_secret()), Ok(issued.hash));
        assert_ne!(issued.hash, issue(NOW).hash);
    }

    #[test]
    fn a_ticket_ends_after_thirty_seconds() {
        let expires_at = issue(NOW).expires_at;
        for (age_s, answer) in [
            (0, Ok(())),
            (29, Ok(())),
            (30, Err(TokenError::Expired)),
            (31, Err(TokenError::Expired)),
        ] {
            assert_eq!(
                check(expires_at, NOW + SignedDuration::from_secs(age_s)),
                answer,
                "{age_s} s"
            );
        }
    }

    #[test]
    fn what_is_no_ticket_is_refused() {
        for text in [
            "",
            "errand_ticket_",
            "errand_ticket_AAAAAAAAAAAAAAAAAAAAA",
            "errand_ticket_AAAAAAAAAAAAAAAAAAAAAAA",
            "errand_ticket_AAAAAAAAAAAAAAAAAAAAAB",
            "errand_ticket_AAAAAAAAAAAAAAAAAAAAAA==",
            "errand_ticket_AAAAAAAAAAAAAAAAAAAAA+",
            "errand_key_AAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAA",
            "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln",
        ] {
            assert_eq!(parse(text), Err(Invalid), "{text:?}");
        }
    }

    #[test]
    fn the_debug_form_of_a_ticket_is_redacted() {
        let issued = issue(NOW);
        assert!(!format!("{issued:?}").contains(issued.text.expose_secret()));
    }
}
