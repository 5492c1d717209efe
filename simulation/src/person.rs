//! A person with an account, and what they may ask for.

use std::{cell::RefCell, rc::Rc, time::Duration};

use auth::{Role, SigningKeys, access, refresh};
use axum::body::Body;
use domain::id::{FamilyId, TaskId, UserId};
use http::{Method, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::{Login, Store, User};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    functions::{Answer, Http},
    gateway::{self, Lost},
    world::{now, world},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// A token is used so long, which is less than it holds.
const TOKEN: SignedDuration = SignedDuration::from_mins(5);

pub(crate) struct Person {
    pub(crate) id: UserId,
    /// Stands in all that they say.
    pub(crate) mark: String,
    role: Role,
    keys: Rc<SigningKeys>,
    token: RefCell<Option<(Timestamp, String)>>,
}

impl Person {
    pub(crate) fn new(number: usize, keys: Rc<SigningKeys>) -> Self {
        let id = UserId::from_uuid(Uuid::from_u128(1_000 + number as u128));
        let mark = format!("mark-of-{number}");
        Self { id, mark, role: Role::Member, keys, token: RefCell::default() }
    }

    /// Who may pause the queue and set limits.
    pub(crate) fn operator(number: usize, keys: Rc<SigningKeys>) -> Self {
        Self { role: Role::Admin, ..Self::new(number, keys) }
    }

    /// What the table has to know of them.
    pub(crate) async fn signs_in(&self, store: &Store) -> anyhow::Result<()> {
        let (id, now) = (self.family(), now());
        let (_, family) = refresh::open(id, now);
        let login = Login {
            id,
            user: self.id,
            session_version: 0,
            generation: 1,
            family: serde_json::to_string(&family)?,
            expires_at: family.expires_at,
        };
        store.put_user(&self.account()).await?;
        store.put_login(&login, family.expires_at).await?;
        Ok(())
    }

    fn family(&self) -> FamilyId {
        FamilyId::from_uuid(self.id.uuid())
    }

    fn account(&self) -> User {
        User {
            id: self.id,
            email: format!("{}@example.org", self.mark),
            role: self.role.name().to_owned(),
            password: None,
            disabled: false,
            created_at: now(),
            session_version: 0,
            version: 0,
        }
    }

    fn token(&self) -> String {
        let now = now();
        let mut token = self.token.borrow_mut();
        if let Some((since, text)) = &*token
            && now.duration_since(*since) < TOKEN
        {
            return text.clone();
        }
        let claims = access::Claims {
            user: self.id,
            family: self.family(),
            role: self.role,
            session_version: 0,
        };
        let text = access::sign(&self.keys, &claims, now).expose_secret().to_owned();
        world().audit.borrow_mut().secrets.insert(text.clone());
        *token = Some((now, text.clone()));
        text
    }

    /// One try.
    pub(crate) async fn ask(&self, name: &str, what: &Ask) -> Result<Answer, Lost> {
        let mut request = Request::builder()
            .method(&what.method)
            .uri(&what.path)
            .header("authorization", format!("Bearer {}", self.token()));
        if let Some(key) = &what.key {
            request = request.header("idempotency-key", key);
        }
        let body = match &what.body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(body).map_err(|_| Lost)?;
        let answer = gateway::ask(Http::Api, format!("api {name}"), request, PATIENCE).await?;
        self.reads(name, &answer);
        Ok(answer)
    }

    /// As often as it takes to get an answer that is not a 5xx, and not that the same is under way.
    pub(crate) async fn insist(&self, name: &str, what: &Ask) -> Answer {
        let world = world();
        for again in 1.. {
            match self.ask(name, what).await {
                Ok(answer) if answer.is_under_way() => (),
                Ok(answer) if !answer.status.is_server_error() => return answer,
                Ok(answer) => {
                    let expected = [502, 503].contains(&answer.status.as_u16());
                    let text = String::from_utf8_lossy(&answer.body).into_owned();
                    let status = answer.status;
                    world.check(0, expected, || format!("{name} was answered {status}: {text}"));
                }
                Err(Lost) => (),
            }
            sleep(world.millis(200..4_000) * again.min(4)).await;
        }
        unreachable!("patience has no end")
    }

    /// As [`Self::insist`], where the answer must be a 2xx.
    pub(crate) async fn read<T: DeserializeOwned>(&self, name: &str, path: String) -> Option<T> {
        let answer = self.insist(name, &Ask::get(path)).await;
        if answer.status == StatusCode::NOT_FOUND {
            return None;
        }
        let read = serde_json::from_slice(&answer.body).ok();
        world().check(0, answer.status.is_success() && read.is_some(), || {
            format!("{name}: {} {}", answer.status, String::from_utf8_lossy(&answer.body))
        });
        read
    }

    /// 9: of nobody else's.
    fn reads(&self, name: &str, answer: &Answer) {
        let text = String::from_utf8_lossy(&answer.body);
        self.sees(name, &text);
    }

    /// 9: whatever reaches a person is their own.
    pub(crate) fn sees(&self, name: &str, text: &str) {
        let foreign = text.match_indices("mark-of-").map(|(at, _)| &text[at..]);
        let foreign = foreign.filter(|rest| !rest.starts_with(&self.mark)).count();
        world().check(9, foreign == 0, || format!("{name} shows {} another's: {text}", self.mark));
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: Method,
    path: String,
    key: Option<String>,
    body: Option<Value>,
}

impl Ask {
    pub(crate) fn get(path: String) -> Self {
        Self { method: Method::GET, path, key: None, body: None }
    }

    pub(crate) fn post(path: impl Into<String>, body: Option<Value>) -> Self {
        Self { method: Method::POST, path: path.into(), key: None, body }
    }

    pub(crate) fn put(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::PUT, ..Self::post(path, Some(body)) }
    }

    pub(crate) fn delete(id: TaskId) -> Self {
        Self { method: Method::DELETE, path: format!("/v1/tasks/{id}"), key: None, body: None }
    }

    pub(crate) fn with_key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }
}
