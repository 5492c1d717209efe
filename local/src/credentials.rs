//! The one AWS identity of this server: made at each start and held in memory. The ports of queue and objects are open to
//! every process of this machine, the agent included; a signature keeps all but ourselves out, as in AWS.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

/// Where we say that we are. A name only: nothing leaves this machine.
pub(crate) const REGION: &str = "us-east-1";
pub(crate) const ACCOUNT: &str = "000000000000";
const ACCESS_KEY_ID: &str = "AKIAERRANDLOCAL00000";

#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    secret: SecretString,
}

impl Credentials {
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self { secret: URL_SAFE_NO_PAD.encode(bytes).into() })
    }

    /// For who signs.
    pub(crate) fn for_clients(&self) -> aws_credential_types::Credentials {
        let secret = self.secret.expose_secret();
        aws_credential_types::Credentials::new(ACCESS_KEY_ID, secret, None, None, "local")
    }

    /// For who verifies.
    pub(crate) fn for_services(&self) -> Arc<dyn rustack_auth::CredentialProvider> {
        let pair = (ACCESS_KEY_ID.to_owned(), self.secret.expose_secret().to_owned());
        Arc::new(rustack_auth::StaticCredentialProvider::new([pair]))
    }

    /// For the object store, which verifies by itself.
    pub(crate) fn for_objects(&self) -> s3s::auth::SimpleAuth {
        s3s::auth::SimpleAuth::from_single(ACCESS_KEY_ID, self.secret.expose_secret())
    }
}
