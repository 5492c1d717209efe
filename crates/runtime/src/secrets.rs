//! Secrets of Secrets Manager.

use secrecy::SecretString;

use crate::{Chain, Clients};

/// A secret that cannot be had. It names the secret, never its value.
#[derive(Debug, thiserror::Error)]
#[error("the secret {name} cannot be read: {why}")]
pub struct SecretError {
    name: String,
    why: String,
}

/// The value of a secret.
///
/// # Errors
/// When it is not there, has no text, or is not ours to read.
pub async fn secret(clients: &Clients, name: &str) -> Result<SecretString, SecretError> {
    let error = |why: String| SecretError { name: name.to_owned(), why };
    let answer = clients.secrets.get_secret_value().secret_id(name).send().await;
    let answer = answer.map_err(|err| error(Chain(&err).to_string()))?;
    answer.secret_string.map(SecretString::from).ok_or_else(|| error("it has no text".to_owned()))
}
