//! What is sent twice under one Idempotency-Key is done once, and answered the same for a day.
//!
//! A claim in the table comes first, then the deed, then the answer to the claim's place. Of two at once the second finds
//! the claim, waits a moment for its answer, and is told to come again where that takes longer. A function that died leaves
//! a claim which is over after [`LEASE`]; the next request does the rest, so each deed is one that may be begun twice: it
//! finds what it had made by ids that follow from the key.
//!
//! Answers hold secrets: new API keys, links, tickets. They are sealed with a key that follows from the one that signs
//! tokens, and is in no table.

use std::{io::Read as _, time::Duration};

use auth::Caller;
use axum::response::{IntoResponse as _, Response};
use domain::{
    id::UserId,
    problem::{Code, Problem},
};
use flate2::{Compression, read::DeflateDecoder, read::DeflateEncoder};
use hmac::{Hmac, Mac as _};
use http::{StatusCode, header::CONTENT_TYPE};
use jiff::SignedDuration;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use runtime::{Chain, clock};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use store::{Claim, StoreError};
use uuid::Uuid;

use crate::{
    cursor::mac,
    edge::{KeyHash, Once, found},
    error::{Error, Result},
    services::Services,
};

/// No answer takes longer: the gateway gives up after 30 seconds, and the function with it.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// An answer that is under way is there by then, as a rule.
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(1);
/// How long an answer that is under way is waited for, look by look: nothing tells of it but the table.
const LOOKS_MS: [u64; 6] = [20, 50, 100, 200, 400, 800];

/// Whether this is the first time, for what is done under a key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turn {
    pub(crate) key: Option<KeyHash>,
    /// Somebody began it, and did not get to the answer.
    pub(crate) again: bool,
}

impl Turn {
    /// The id of what is made: the same one again under the same key.
    pub(crate) fn new_id(&self, caller: &Caller) -> Uuid {
        match &self.key {
            Some(key) => Uuid::new_v5(&caller.user.uuid(), key.text().as_bytes()),
            None => clock::new_id(),
        }
    }
}

/// An answer as it is kept.
#[derive(Debug, Serialize, Deserialize)]
enum Kept {
    Done { status: u16, body: String },
    Refused(Problem),
}

/// Whose turn it is.
enum Begun {
    Mine { claim: Claim, again: bool },
    Before(Kept),
}

/// A key and who uses it.
struct Place<'a> {
    user: UserId,
    key: &'a KeyHash,
}

/// Seals answers and opens them again.
#[derive(Debug)]
pub(crate) struct Answers {
    key: SecretBox<[u8; 32]>,
}

impl Answers {
    /// With a key that follows from the one that signs tokens, and does not lead back to it.
    pub(crate) fn derive(signing_keys: &SecretString) -> Self {
        let secret = signing_keys.expose_secret().as_bytes();
        let key = mac(secret, &[b"errand kept answers, version 1"]);
        Self { key: SecretBox::new(Box::new(bytes(key))) }
    }

    /// Of what was asked for, not of how it was spelled.
    pub(crate) fn request_hash(&self, path: &str, body: &Value) -> String {
        let body = plain(body).to_string();
        let mac = mac(self.key.expose_secret(), &[b"request", path.as_bytes(), body.as_bytes()]);
        bytes(mac).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn seal(&self, place: &Place<'_>, holder: &str, kept: &Kept) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(kept).map_err(Error::internal)?;
        let mut sealed = Vec::new();
        let mut packer = DeflateEncoder::new(text.as_slice(), Compression::fast());
        packer.read_to_end(&mut sealed).map_err(Error::internal)?;
        let sealing =
            self.key_of(place, holder).seal_in_place_append_tag(nonce(), Aad::empty(), &mut sealed);
        sealing.map_err(|_| Error::internal("an answer that cannot be sealed"))?;
        Ok(sealed)
    }

    /// Nothing, where it was sealed with keys that are no longer ours.
    fn open(&self, place: &Place<'_>, holder: &str, mut sealed: Vec<u8>) -> Option<Kept> {
        let key = self.key_of(place, holder);
        let packed = key.open_in_place(nonce(), Aad::empty(), &mut sealed).ok()?;
        let mut text = Vec::new();
        DeflateDecoder::new(&*packed).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// A key for this answer alone: no holder's name comes twice.
    fn key_of(&self, place: &Place<'_>, holder: &str) -> LessSafeKey {
        let (user, name) = (place.user.uuid(), place.key.text());
        let parts = [b"answer", user.as_bytes().as_slice(), name.as_bytes(), holder.as_bytes()];
        let key = bytes(mac(self.key.expose_secret(), &parts));
        #[expect(clippy::expect_used, reason = "the algorithm's keys are this long")]
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).expect("a key of 32 bytes");
        LessSafeKey::new(key)
    }
}

impl Services {
    /// Does what a request asks for, and answers `status` with what came of it; under a key that was used before, the
    /// answer is the one of then. Without a key it is just done.
    ///
    /// A refusal is kept where it hangs on how things stood (409). What else is refused was not begun, and the key is free
    /// again; after an outage nobody knows, and only the same request may go on.
    pub(crate) async fn once<T: Serialize, F: Future<Output = Result<T>>>(
        &self,
        caller: &Caller,
        once: Once,
        status: StatusCode,
        act: impl FnOnce(Turn) -> F,
    ) -> Result<Response> {
        let Some(key) = once.key.map(|key| KeyHash::of(caller.user, &key)) else {
            return Ok(answer(status.as_u16(), body(status, &act(Turn::default()).await?)?));
        };
        let place = Place { user: caller.user, key: &key };
        let (claim, again) = match self.begin(&place, once.request_hash).await? {
            Begun::Mine { claim, again } => (claim, again),
            Begun::Before(Kept::Done { status, body }) => return Ok(answer(status, body)),
            Begun::Before(Kept::Refused(problem)) => return Err(problem.into()),
        };
        let done = act(Turn { key: Some(key.clone()), again }).await;
        let done = done.and_then(|done| body(status, &done));
        let kept = match &done {
            Ok(body) => Some(Kept::Done { status: status.as_u16(), body: body.clone() }),
            Err(Error::Refused(problem)) if problem.status == StatusCode::CONFLICT.as_u16() => {
                Some(Kept::Refused((**problem).clone()))
            }
            Err(_) => None,
        };
        let noted = match (&kept, &done) {
            (Some(kept), _) => self.keep(&place, &claim, kept).await,
            (None, Err(Error::Unavailable(_) | Error::Internal(_))) => {
                self.let_go(&place, &claim).await
            }
            (None, _) => self.give_back(&place, &claim).await,
        };
        // What was done is done, and who asked is told so. The claim is over by itself.
        if let Err(err) = noted {
            tracing::warn!(error = %Chain(&err), "the answer to an Idempotency-Key is not kept");
        }
        done.map(|body| answer(status.as_u16(), body))
    }

    async fn begin(&self, place: &Place<'_>, request_hash: String) -> Result<Begun> {
        let (user, key, now) = (place.user, place.key.text(), clock::now());
        let until = (now + LEASE).as_millisecond();
        let holder = clock::new_id().simple().to_string();
        let claim = Claim { request_hash, holder, until };
        let mut over: Option<String> = None;
        let mut looks = LOOKS_MS.into_iter();
        loop {
            match self.store.claim_key(user, key, &claim, over.as_deref(), now).await {
                Ok(()) => return Ok(Begun::Mine { claim, again: over.is_some() }),
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err.into()),
            }
            let seen = loop {
                let seen = found(self.store.claimed(user, key).await)?;
                let under_way = seen.as_ref().is_some_and(|seen| {
                    seen.answer.is_none()
                        && seen.claim.request_hash == claim.request_hash
                        && seen.claim.holder != claim.holder
                        && clock::now().as_millisecond() < seen.claim.until
                });
                if !under_way {
                    break seen;
                }
                let pause = looks.next().ok_or_else(under_way_still)?;
                tokio::time::sleep(Duration::from_millis(pause)).await;
            };
            // Given back meanwhile.
            let Some(seen) = seen else {
                over = None;
                looks.next().ok_or_else(under_way_still)?;
                continue;
            };
            // It was written, and only the table's answer was lost.
            if seen.claim.holder == claim.holder {
                return Ok(Begun::Mine { claim, again: over.is_some() });
            }
            if seen.claim.request_hash != claim.request_hash {
                return Err(Error::code(Code::IdempotencyMismatch));
            }
            if let Some(sealed) = seen.answer {
                let kept = self.answers.open(place, &seen.claim.holder, sealed);
                return kept.map(Begun::Before).ok_or_else(untold);
            }
            looks.next().ok_or_else(under_way_still)?;
            over = Some(seen.claim.holder);
        }
    }

    async fn keep(&self, place: &Place<'_>, claim: &Claim, kept: &Kept) -> Result<()> {
        let sealed = self.answers.seal(place, &claim.holder, kept)?;
        let (user, key) = (place.user, place.key.text());
        Ok(self.store.put_answer(user, key, &claim.holder, sealed, clock::now()).await?)
    }

    /// Nothing was done.
    async fn give_back(&self, place: &Place<'_>, claim: &Claim) -> Result<()> {
        Ok(self.store.unclaim(place.user, place.key.text(), &claim.holder).await?)
    }

    /// Something may have been done: the same request may go on at once, and no other.
    async fn let_go(&self, place: &Place<'_>, claim: &Claim) -> Result<()> {
        let over = Claim { until: 0, ..claim.clone() };
        let (user, key, now) = (place.user, place.key.text(), clock::now());
        Ok(self.store.claim_key(user, key, &over, Some(&claim.holder), now).await?)
    }
}

fn body(status: StatusCode, done: &impl Serialize) -> Result<String> {
    if status == StatusCode::NO_CONTENT {
        return Ok(String::new());
    }
    serde_json::to_string(done).map_err(Error::internal)
}

fn answer(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if body.is_empty() {
        return status.into_response();
    }
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

fn under_way_still() -> Error {
    let problem = Problem::new(Code::InProgress);
    let detail =
        "It was sent twice, and the first one is not answered yet. Send it again for its answer.";
    Error::later(problem.detail(detail), ASK_AGAIN)
}

fn untold() -> Error {
    let detail =
        "It was done, and its answer can no longer be told: the service has other keys since.";
    Error::told(Code::MadeBefore, detail)
}

/// Without what says nothing: the order of fields, and fields that are null.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let said = object.iter().filter(|(_, value)| !value.is_null());
            let mut said: serde_json::Map<_, _> =
                said.map(|(name, value)| (name.clone(), plain(value))).collect();
            said.sort_keys();
            Value::Object(said)
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn bytes(mac: Hmac<Sha256>) -> [u8; 32] {
    mac.finalize().into_bytes().into()
}

/// Each key seals one answer.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
