//! A layer over the wire that counts what AWS would bill: calls by service and operation, and capacity units as the
//! table reports them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        orchestrator::HttpRequest,
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared as _,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde::Serialize;

use crate::wire::Wire;

/// What was counted, by `service.Operation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Account {
    pub calls: BTreeMap<String, u64>,
    /// Capacity units of reads and writes, by operation.
    pub units: BTreeMap<String, f64>,
}

impl Account {
    /// All calls.
    #[must_use]
    pub fn total_calls(&self) -> u64 {
        self.calls.values().sum()
    }
}

/// A ledger that goes on counting.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Arc<Mutex<Account>>);

impl Ledger {
    /// A wire over `wire` that is counted here.
    #[must_use]
    pub fn counting(&self, wire: Wire) -> Wire {
        CountedClient { inner: wire, ledger: self.clone() }.into_shared()
    }

    /// What was counted so far; counting begins anew.
    #[must_use]
    pub fn take(&self) -> Account {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, operation: &str, units: f64) {
        let mut account = self.lock();
        *account.calls.entry(operation.to_owned()).or_default() += 1;
        if units > 0.0 {
            *account.units.entry(operation.to_owned()).or_default() += units;
        }
    }
}

#[derive(Debug)]
struct CountedClient {
    inner: SharedHttpClient,
    ledger: Ledger,
}

impl HttpClient for CountedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        CountedConnector { inner, ledger: self.ledger.clone() }.into_shared()
    }
}

#[derive(Debug)]
struct CountedConnector {
    inner: SharedHttpConnector,
    ledger: Ledger,
}

impl HttpConnector for CountedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation_of(&request);
        let answer = self.inner.call(request);
        let ledger = self.ledger.clone();
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            let mut units = 0.0;
            // The table's answers are small: they are read whole, looked at, and handed on.
            if operation.starts_with("dynamodb.") {
                let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
                let bytes = ByteStream::new(body)
                    .collect()
                    .await
                    .map_err(|err| ConnectorError::io(err.into()))?;
                let bytes = bytes.into_bytes();
                units = units_in(&bytes);
                *answer.body_mut() = SdkBody::from(bytes);
            }
            ledger.count(&operation, units);
            Ok(answer)
        })
    }
}

/// `DynamoDB_20120810.PutItem` → `dynamodb.PutItem`; a REST call is named by its method and the kind of its path.
fn operation_of(request: &HttpRequest) -> String {
    if let Some((service, operation)) =
        request.headers().get("x-amz-target").and_then(|name| name.split_once('.'))
    {
        let service = match service {
            "AmazonSQS" => "sqs",
            "AmazonEC2ContainerServiceV20141113" => "ecs",
            _ => "dynamodb",
        };
        return format!("{service}.{operation}");
    }
    let service =
        if request.uri().contains("/@connections/") || request.uri().contains("/%40connections/") {
            "sockets"
        } else {
            "s3"
        };
    format!("{service}.{}", request.method())
}

fn units_in(body: &[u8]) -> f64 {
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let units = |entry: &serde_json::Value| entry["CapacityUnits"].as_f64().unwrap_or_default();
    match &answer["ConsumedCapacity"] {
        serde_json::Value::Array(tables) => tables.iter().map(units).sum(),
        table => units(table),
    }
}
