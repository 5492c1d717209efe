//! The envelope of everything that EventBridge delivers.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::credentials::{ACCOUNT, REGION};

pub(crate) fn event(source: &str, kind: &str, resources: &[String], detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": Uuid::now_v7(),
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "time": runtime::clock::now(),
        "region": REGION,
        "resources": resources,
        "detail": detail,
    })
}
