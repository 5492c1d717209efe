//! API keys and tickets.

use auth::{Caller, Scope, api_key, ticket};
use domain::{
    audit::Action,
    id::KeyId,
    limits::{Fault, NOT_BEFORE_DAYS},
    problem::Code,
    view::{KeyView, NewKeyView, Page, TicketView},
};
use jiff::{SignedDuration, Timestamp};
use runtime::clock;
use secrecy::ExposeSecret as _;
use store::{ApiKey, StoreError, Ticket};
use utoipa::ToSchema;

use crate::{
    answers::Turn,
    audit::Act,
    edge::{self, Origin, found},
    error::{Error, Result},
    input::{
        Fields, FromBody, Rules,
        values::{line, text, time},
    },
    services::Services,
};

const NAME_CHARS: usize = 100;
/// Nobody needs more, and a list of them has one page.
const MAX_KEYS: usize = 100;

/// A key that somebody wants.
#[derive(Debug, ToSchema)]
#[schema(as = CreateApiKey)]
pub(crate) struct KeyRequest {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100, example = "nightly build")]
    name: String,
    /// It ends then, at most a year ahead; never if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// `read`: it sees, and changes nothing. `write`: it does what you may, except to manage keys, sign-ins and accounts.
    #[schema(value_type = Option<String>, default = "write", example = "read")]
    scope: Option<Scope>,
}

impl FromBody for KeyRequest {
    fn read(fields: &mut Fields<'_>, rules: &Rules) -> Self {
        let now = rules.now;
        let end = move |text: &str| {
            let end = time(text)?;
            let latest = now + SignedDuration::from_hours(24 * NOT_BEFORE_DAYS);
            if end > now && end <= latest {
                Ok(end)
            } else {
                Err(format!("must lie in the future, at most {NOT_BEFORE_DAYS} days ahead"))
            }
        };
        Self {
            name: fields.required("name", text(line(NAME_CHARS))),
            expires_at: fields.optional("expires_at", text(end)),
            scope: fields.optional("scope", text(scope)),
        }
    }
}

impl Services {
    /// Makes a key. This answer is the only one that shows its secret.
    pub(crate) async fn create_key(
        &self,
        caller: &Caller,
        turn: Turn,
        request: KeyRequest,
        origin: &Origin,
    ) -> Result<NewKeyView> {
        if self.store.api_keys(caller.user).await?.len() >= MAX_KEYS {
            let fault = format!("cannot be given: you have {MAX_KEYS} keys; delete one first");
            return Err(Error::field("name", fault));
        }
        let (secret, hash) = api_key::generate();
        let id = KeyId::from_uuid(turn.new_id(caller));
        if turn.again {
            // The key of whoever died at it: nobody was told its secret.
            found(self.store.delete_api_key(caller.user, id).await)?;
        }
        let key = ApiKey {
            id,
            user: caller.user,
            name: request.name,
            scope: Some(name_of(request.scope.unwrap_or_default()).to_owned()),
            hash: hash.to_string(),
            created_at: clock::now(),
            expires_at: request.expires_at,
            used_at: None,
        };
        match self.store.put_api_key(&key).await {
            // Of a day ago, or of before answers with secrets were kept.
            Err(StoreError::Conflict) if turn.key.is_some() => {
                let detail = "Its secret was shown that once. Delete the key, or make another under a new Idempotency-Key.";
                return Err(Error::told(Code::MadeBefore, detail));
            }
            stored => stored?,
        }
        self.audit(origin, Act::by(caller, Action::KeyCreated).on(key.id).saying(&key.name)).await;
        Ok(NewKeyView { key: view(key)?, secret: secret.expose_secret().to_owned() })
    }

    pub(crate) async fn list_keys(&self, caller: &Caller) -> Result<Page<KeyView>> {
        let keys = self.store.api_keys(caller.user).await?;
        Ok(Page { items: keys.into_iter().map(view).collect::<Result<_>>()?, next_cursor: None })
    }

    pub(crate) async fn delete_key(
        &self,
        caller: &Caller,
        id: KeyId,
        origin: &Origin,
    ) -> Result<()> {
        let key = self.store.delete_api_key(caller.user, id).await?;
        self.audit(origin, Act::by(caller, Action::KeyRevoked).on(id).saying(key.name)).await;
        Ok(())
    }

    /// Lets the caller open one WebSocket, soon.
    pub(crate) async fn create_ticket(&self, caller: &Caller) -> Result<TicketView> {
        // A socket outlives the access token by far.
        let caller = self.confirmed(*caller).await?;
        let issued = ticket::issue(clock::now());
        let role = serde_json::to_value(caller.role).map_err(Error::internal)?;
        let role = role.as_str().unwrap_or_default().to_owned();
        let ticket = Ticket { user: caller.user, role, expires: issued.expires_at };
        self.store.put_ticket(&issued.hash.to_string(), &ticket).await?;
        let text = issued.text.expose_secret();
        Ok(TicketView {
            ticket: text.to_owned(),
            url: format!("{}?ticket={text}", self.settings.socket_url),
            expires_at: issued.expires_at,
        })
    }
}

fn view(key: ApiKey) -> Result<KeyView> {
    Ok(KeyView {
        id: key.id,
        scope: name_of(edge::scope(&key)?).to_owned(),
        last_used_at: key.last_used_at(),
        name: key.name,
        created_at: key.created_at,
        expires_at: key.expires_at,
    })
}

const fn name_of(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read",
        Scope::Write => "write",
    }
}

fn scope(text: &str) -> std::result::Result<Scope, Fault> {
    serde_json::from_value(text.into()).map_err(|_| "must be `read` or `write`".to_owned())
}
