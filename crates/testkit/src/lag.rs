//! An index that lags behind its table: while it does, it answers as it last did before.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde_json::Value;

/// Lags on demand. Its memory is filled by what is asked while it does not.
#[derive(Clone, Debug, Default)]
pub struct Lag(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    lags: bool,
    /// The last answer to each question.
    remembered: BTreeMap<String, String>,
    fired: u64,
}

impl Lag {
    /// From now on no index learns anything new.
    pub fn begin(&self) {
        self.0.lock().unwrap().lags = true;
    }

    /// All indexes are up to date again.
    pub fn end(&self) {
        self.0.lock().unwrap().lags = false;
    }

    /// How often somebody was told what was no longer so.
    #[must_use]
    pub fn fired(&self) -> u64 {
        self.0.lock().unwrap().fired
    }

    pub(crate) async fn pass(
        &self,
        request: HttpRequest,
        inner: &SharedHttpConnector,
    ) -> Result<HttpResponse, ConnectorError> {
        let Some(question) = question(&request) else { return inner.call(request).await };
        let mut answer = inner.call(request).await?;
        let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
        let body = ByteStream::new(body).collect().await.unwrap().into_bytes();
        let mut body = String::from_utf8(body.into()).unwrap();
        {
            let mut state = self.0.lock().unwrap();
            if state.lags {
                let nothing = r#"{"Count":0,"Items":[],"ScannedCount":0}"#;
                let old = state.remembered.get(&question).map_or(nothing, String::as_str);
                let old = old.to_owned();
                state.fired += u64::from(old != body);
                answer.headers_mut().remove("x-amz-crc32");
                answer.headers_mut().remove("content-length");
                body = old;
            } else {
                state.remembered.insert(question, body.clone());
            }
        }
        *answer.body_mut() = SdkBody::from(body);
        Ok(answer)
    }
}

/// What is asked of an index, but for how much of it is wanted at once.
fn question(request: &HttpRequest) -> Option<String> {
    let mut question: Value = serde_json::from_slice(request.body().bytes()?).ok()?;
    question.get("IndexName")?;
    question.as_object_mut()?.remove("Limit");
    Some(question.to_string())
}
