//! A layer over the wire that lets calls fail in the ways that AWS has, or holds one until it is let go. Everything is
//! counted: a test that wanted a fault can say that it happened.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared as _,
};
use aws_smithy_types::body::SdkBody;
use runtime::Wire;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::lag::Lag;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nobody is there. The client does not try again.
    Refused,
    /// The service has too much to do. The client tries again.
    Throttled,
    /// Everything is done, but the answer is lost. The client tries again.
    ReplyLost,
    /// Another transaction is at the same items.
    TransactionConflict,
}

/// Faults by operation, such as `UpdateItem`; an empty name is every call that has one.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    held: Option<Hold>,
    fired: BTreeMap<Fault, u64>,
    calls: u64,
}

#[derive(Debug)]
struct Rule {
    operation: &'static str,
    fault: Fault,
    when: When,
}

#[derive(Debug)]
enum When {
    Always,
    /// So many times more.
    Next(u32),
    /// So many of a hundred calls, by a generator of this state.
    Share(u64, u64),
}

/// One call that is held.
#[derive(Debug)]
pub struct Held {
    reached: Option<oneshot::Receiver<()>>,
    go: oneshot::Sender<()>,
}

impl Held {
    /// Comes back when the call is made.
    pub async fn reached(&mut self) {
        self.reached.take().unwrap().await.expect("nobody made the call");
    }

    /// Lets the call go on.
    pub fn release(self) {
        drop(self.go);
    }
}

impl Faults {
    pub(crate) fn over(wire: Wire) -> (Wire, Self, Lag) {
        let (faults, lag) = (Self::default(), Lag::default());
        let client = Client { inner: wire, faults: faults.clone(), lag: lag.clone() };
        (client.into_shared(), faults, lag)
    }

    /// From now on calls of this operation fail, and are not tried again.
    pub fn refuse(&self, operation: &'static str) {
        self.always(operation, Fault::Refused);
    }

    /// From now on this becomes of every call of an operation.
    pub fn always(&self, operation: &'static str, fault: Fault) {
        self.add(operation, fault, When::Always);
    }

    /// This becomes of the next so many calls of an operation.
    pub fn next(&self, operation: &'static str, times: u32, fault: Fault) {
        self.add(operation, fault, When::Next(times));
    }

    /// This becomes of so many of a hundred calls; the same seed chooses the same ones.
    pub fn share(&self, operation: &'static str, percent: u64, seed: u64, fault: Fault) {
        self.add(operation, fault, When::Share(percent, seed));
    }

    fn add(&self, operation: &'static str, fault: Fault, when: When) {
        self.lock().rules.push(Rule { operation, fault, when });
    }

    /// From now on nothing fails any more.
    pub fn heal(&self) {
        self.lock().rules.clear();
    }

    /// How often this happened so far.
    #[must_use]
    pub fn fired(&self, fault: Fault) -> u64 {
        self.lock().fired.get(&fault).copied().unwrap_or_default()
    }

    /// How many calls were made so far, each try counted.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// Holds the next call of this operation before it is made.
    #[must_use]
    pub fn hold(&self, operation: &'static str) -> Held {
        self.hold_at(operation, false)
    }

    /// Holds the next call of this operation once it is made, and before its answer is read.
    #[must_use]
    pub fn hold_answer(&self, operation: &'static str) -> Held {
        self.hold_at(operation, true)
    }

    fn hold_at(&self, operation: &'static str, made: bool) -> Held {
        let (tell, reached) = oneshot::channel();
        let (go, wait) = oneshot::channel();
        self.lock().held = Some(Hold { operation, made, tell, wait });
        Held { reached: Some(reached), go }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn becomes(&self, target: &str) -> Option<Fault> {
        let mut state = self.lock();
        state.calls += 1;
        let mut rules = state.rules.iter_mut().filter(|rule| is_of(target, rule.operation));
        let fault = rules.find_map(|rule| rule.when.is_now().then_some(rule.fault))?;
        *state.fired.entry(fault).or_default() += 1;
        Some(fault)
    }

    fn waits(&self, target: &str) -> Option<Hold> {
        self.lock().held.take_if(|held| target.ends_with(&format!(".{}", held.operation)))
    }
}

/// A call that is to be held.
#[derive(Debug)]
struct Hold {
    operation: &'static str,
    /// After it is made, not before.
    made: bool,
    tell: oneshot::Sender<()>,
    wait: oneshot::Receiver<()>,
}

impl Hold {
    async fn pass(self) {
        self.tell.send(()).unwrap();
        let _ = self.wait.await;
    }
}

impl When {
    fn is_now(&mut self) -> bool {
        match self {
            Self::Always => true,
            Self::Next(0) => false,
            Self::Next(left) => {
                *left -= 1;
                true
            }
            Self::Share(percent, state) => {
                // SplitMix64: short, and good enough to choose calls.
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut bits = *state;
                bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                (bits ^ (bits >> 31)) % 100 < *percent
            }
        }
    }
}

fn is_of(target: &str, operation: &str) -> bool {
    !target.is_empty() && (operation.is_empty() || target.ends_with(&format!(".{operation}")))
}

#[derive(Debug)]
struct Client {
    inner: SharedHttpClient,
    faults: Faults,
    lag: Lag,
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        Connector { inner, faults: self.faults.clone(), lag: self.lag.clone() }.into_shared()
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    faults: Faults,
    lag: Lag,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let fault = self.faults.becomes(target);
        match fault {
            Some(Fault::Refused) => {
                // Not an error that the client tries again.
                return HttpConnectorFuture::ready(Err(ConnectorError::user("refused".into())));
            }
            Some(Fault::Throttled) => {
                return error(json!({ "__type": "ThrottlingException", "message": "later" }));
            }
            Some(Fault::TransactionConflict) => {
                return error(json!({
                    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                    "message": "Transaction cancelled, see reasons [TransactionConflict, None]",
                    "CancellationReasons": [
                        { "Code": "TransactionConflict", "Message": "ongoing" }, { "Code": "None" },
                    ],
                }));
            }
            Some(Fault::ReplyLost) | None => (),
        }
        let mut held = self.faults.waits(target);
        let (inner, lag) = (self.inner.clone(), self.lag.clone());
        HttpConnectorFuture::new(async move {
            if let Some(held) = held.take_if(|held| !held.made) {
                held.pass().await;
            }
            let answer = lag.pass(request, &inner).await?;
            if let Some(held) = held {
                held.pass().await;
            }
            match fault {
                Some(Fault::ReplyLost) => Err(ConnectorError::io("the answer was lost".into())),
                _ => Ok(answer),
            }
        })
    }
}

fn error(body: Value) -> HttpConnectorFuture {
    let status = 400.try_into().unwrap();
    let answer = HttpResponse::new(status, SdkBody::from(body.to_string()));
    HttpConnectorFuture::ready(Ok(answer))
}
