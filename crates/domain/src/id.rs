//! Typed ids. The prefix says what an id names, in a log line as in a URL; version 7 keeps ids in creation order.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// Text that is no id of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `{prefix}` followed by 32 hexadecimal digits")]
pub struct ParseIdError {
    prefix: &'static str,
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(into = "String", try_from = "String")]
        #[schema(value_type = String, pattern = $pattern)]
        pub struct $name(Uuid);

        impl $name {
            /// What every id of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps a UUID that the caller made.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            // One spelling only: an id that could be written two ways would be two cache keys and one task.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix($prefix)
                    .filter(|hex| hex.len() == 32 && !hex.bytes().any(|b| b.is_ascii_uppercase()))
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(ParseIdError { prefix: $prefix })
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

typed_id!(
    /// One errand: what a user asked for.
    TaskId, "task_", "^task_[0-9a-f]{32}$"
);
typed_id!(
    /// A person or a program with an account.
    UserId, "user_", "^user_[0-9a-f]{32}$"
);
typed_id!(
    /// An API key (its public name, not the secret).
    KeyId, "key_", "^key_[0-9a-f]{32}$"
);
typed_id!(
    /// One sign-in: the family of refresh tokens that follow from it.
    FamilyId, "login_", "^login_[0-9a-f]{32}$"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = TaskId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "task_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn an_id_has_one_spelling_and_one_kind() {
        for text in [
            "",
            "task_",
            "user_00000000000000000000000000000007",
            "task_0000000000000000000000000000000G",
            "task_0000000000000000000000000000000A",
            "task_00000000-0000-0000-0000-000000000007",
            " task_00000000000000000000000000000007",
            "task_00000000000000000000000000000007\n",
        ] {
            assert!(text.parse::<TaskId>().is_err(), "{text:?}");
        }
    }
}
