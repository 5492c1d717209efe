//! The `Authorization` header.

use std::fmt;

use crate::{Hash, Invalid, api_key};

/// What a caller showed. Of the right form; not yet verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bearer<'a> {
    /// A JWT, for [`crate::access::verify`] (or [`crate::run_token::verify`] where runners speak).
    Token(&'a str),
    /// An API key, by the hash to look it up with.
    Key(Hash),
}

impl<'a> Bearer<'a> {
    /// Reads the value of an `Authorization` header.
    ///
    /// Refresh tokens and tickets are refused here, by their prefix; a run token is refused by `access::verify`, by its
    /// `typ`.
    pub fn parse(header: &'a str) -> Result<Self, Invalid> {
        let (scheme, credential) = header.split_once(' ').ok_or(Invalid)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Invalid);
        }
        if credential.starts_with("errand_") {
            return api_key::parse(credential).map(Self::Key);
        }
        if is_jwt_shaped(credential) { Ok(Self::Token(credential)) } else { Err(Invalid) }
    }
}

fn is_jwt_shaped(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    text.split('.').count() == 3 && text.split('.').all(is_part)
}

impl fmt::Debug for Bearer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token([REDACTED])"),
            Self::Key(hash) => f.debug_tuple("Key").field(hash).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::{refresh, ticket};

    const JWT: &str = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln";

    #[test]
    fn a_token_and_a_key_are_told_apart() {
        let (key, hash) = api_key::generate();
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert_eq!(Bearer::parse(&format!("{scheme} {JWT}")), Ok(Bearer::Token(JWT)));
            assert_eq!(
                Bearer::parse(&format!("{scheme} {}", key.expose_secret())),
                Ok(Bearer::Key(hash))
            );
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        let family = domain::id::FamilyId::from_uuid(uuid::Uuid::nil());
        let (refresh, _) = refresh::open(family, Timestamp::UNIX_EPOCH);
        let ticket = ticket::issue(Timestamp::UNIX_EPOCH).text;
        for header in [
            String::new(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            JWT.to_owned(),
            format!("Basic {JWT}"),
            format!("Bearer\t{JWT}"),
            format!("Bearer  {JWT}"),
            format!(" Bearer {JWT}"),
            format!("Bearer {JWT} "),
            format!("Bearer {JWT},Bearer {JWT}"),
            format!("Bearer {JWT}.{JWT}"),
            format!("Bearer {JWT}\n"),
            "Bearer a.b".to_owned(),
            "Bearer a..c".to_owned(),
            "Bearer a.b.".to_owned(),
            "Bearer a.b.c.d.e".to_owned(),
            "Bearer a.b=.c".to_owned(),
            "Bearer undefined".to_owned(),
            "Bearer errand_key_".to_owned(),
            format!("Bearer {}x", api_key::generate().0.expose_secret()),
            format!("Bearer {}", refresh.expose_secret()),
            format!("Bearer {}", ticket.expose_secret()),
        ] {
            assert_eq!(Bearer::parse(&header), Err(Invalid), "{header:?}");
        }
    }

    #[test]
    fn the_debug_form_is_redacted() {
        let header = format!("Bearer {JWT}");
        assert_eq!(format!("{:?}", Bearer::parse(&header).unwrap()), "Token([REDACTED])");
    }
}
