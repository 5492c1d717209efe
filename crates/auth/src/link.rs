//! One-use links: how somebody comes in without a password, or gets a new one.
//!
//! Like a [`crate::ticket`], but given to a person: it lives longer, and what it may do depends on its kind. *Once* is
//! the store's part. It is good for the account as it was when the link was made: once the account's session version
//! has grown, by another link or a new password, it is not.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Hash, Invalid, encoding, random};

/// What every link's token starts with.
pub const PREFIX: &str = "errand_link_";

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Signs in, as a password would: for who started the service on this machine.
    SignIn,
    /// Chooses the first password of a new account.
    Invite,
    /// Chooses a new password.
    Reset,
}

impl Kind {
    /// As links spell it at rest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Invite => "invite",
            Self::Reset => "reset",
        }
    }

    /// How long a link waits to be used.
    #[must_use]
    pub const fn lifetime(self) -> SignedDuration {
        match self {
            Self::SignIn => SignedDuration::from_mins(15),
            Self::Invite | Self::Reset => SignedDuration::from_hours(7 * 24),
        }
    }

    /// Whether who uses it chooses a password.
    #[must_use]
    pub const fn sets_password(self) -> bool {
        match self {
            Self::SignIn => false,
            Self::Invite | Self::Reset => true,
        }
    }
}

/// A new link: the token to give out, and what to store with the account that it is for.
#[derive(Debug)]
pub struct Issued {
    pub text: SecretString,
    pub hash: Hash,
    pub expires_at: Timestamp,
}

/// Makes a link's token.
#[must_use]
pub fn issue(kind: Kind, now: Timestamp) -> Issued {
    let text = format!("{PREFIX}{}", encoding::encode(random::bytes::<24>()));
    Issued { hash: Hash::of(&text), text: text.into(), expires_at: now + kind.lifetime() }
}

/// Checks a token's form and gives the hash to take the link by. Asks nobody.
pub fn parse(text: &str) -> Result<Hash, Invalid> {
    let secret = text.strip_prefix(PREFIX).ok_or(Invalid)?;
    encoding::decode_array::<24>(secret).ok_or(Invalid)?;
    Ok(Hash::of(text))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_link_parses_to_the_hash_that_is_stored() {
        let issued = issue(Kind::Invite, Timestamp::UNIX_EPOCH);
        assert_eq!(parse(issued.text.expose_secret()), Ok(issued.hash));
        assert_ne!(issued.hash, issue(Kind::Invite, Timestamp::UNIX_EPOCH).hash);
        assert!(!format!("{issued:?}").contains(issued.text.expose_secret()));
    }

    #[test]
    fn a_link_that_signs_in_ends_soon_and_one_that_waits_for_a_person_after_a_week() {
        let minutes = |kind: Kind| kind.lifetime().as_mins();
        assert_eq!([Kind::SignIn, Kind::Invite, Kind::Reset].map(minutes), [15, 10_080, 10_080]);
    }

    #[test]
    fn a_kind_is_read_as_it_is_written() {
        for kind in [Kind::SignIn, Kind::Invite, Kind::Reset] {
            assert_eq!(serde_json::from_value::<Kind>(kind.name().into()).unwrap(), kind);
        }
    }

    #[test]
    fn what_is_no_link_is_refused() {
        let good = issue(Kind::Reset, Timestamp::UNIX_EPOCH).text;
        let good = good.expose_secret();
        for text in [
            "",
            PREFIX,
            &good[..good.len() - 1],
            &format!("{good}A"),
            &format!("{good}="),
            &format!(" {good}"),
            &good.replace("link", "ticket"),
            &good[PREFIX.len()..],
        ] {
            assert_eq!(parse(text), Err(Invalid), "{text:?}");
        }
    }
}
