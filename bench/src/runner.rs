//! `bench runner`: says the same at each run, in the place of a supervisor: a task of a fixed size in a fixed number of
//! posts, so that what it costs is a number and not a distribution.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, ensure};
use domain::{
    event::{Body, Draft, RawDraft, RunOutcome, Tokens},
    run::{Artifact, EventsAnswer, EventsPost, Phase, RunEnd, RunSpec, UploadsAnswer, UploadsPost},
};
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;

use crate::script::Stamp;

pub(crate) const POSTS: u64 = 20;
pub(crate) const EVENTS: u64 = 200;
/// What every run of a supervisor keeps.
pub(crate) const ARTIFACTS: [(&str, &str); 3] = [
    ("patch.diff", "text/x-diff"),
    ("transcript.jsonl", "application/jsonl"),
    ("result.json", "application/json"),
];
const LOOK_AGAIN: Duration = Duration::from_millis(5);

struct Run {
    http: Client,
    url: String,
    token: String,
}

/// Waits for `gate` to be there, then runs; it pauses between its posts.
pub(crate) async fn run(gate: &Path, pause: Duration) -> anyhow::Result<()> {
    let variable = |name: &str| std::env::var_os(name).and_then(|value| value.into_string().ok());
    let run = Run {
        http: Client::builder().no_proxy().build()?,
        url: variable("ERRAND_RUN_URL").context("ERRAND_RUN_URL is not set")?,
        token: variable("ERRAND_RUN_TOKEN").context("ERRAND_RUN_TOKEN is not set")?,
    };
    while !gate.exists() {
        sleep(LOOK_AGAIN).await;
    }
    let spec: RunSpec = run.call(run.http.get(run.at("/v1/run"))).await?;
    let mut head = spec.head;
    for post in 0..POSTS {
        let last = post + 1 == POSTS;
        let artifacts = if last { run.upload().await? } else { Vec::new() };
        let run_seq = post * EVENTS / POSTS;
        let events = (run_seq..(post + 1) * EVENTS / POSTS)
            .map(|number| event(number, last && number + 1 == EVENTS))
            .collect();
        let end = last.then(|| RunEnd {
            outcome: RunOutcome::Succeeded,
            reason: None,
            message: None,
            exit_code: Some(0),
            session_id: None,
            result_text: Some("done".to_owned()),
            structured_output: serde_json::Value::Null,
            artifacts,
        });
        let body = EventsPost {
            runner: "bench-runner".to_owned(),
            run_seq,
            head,
            events,
            phase: Phase::Running,
            done_commands: Vec::new(),
            usage: None,
            end,
        };
        let posted = run.http.post(run.at("/v1/run/events")).json(&body);
        let answer: EventsAnswer = run.call(posted).await?;
        head = answer.head;
        sleep(pause).await;
    }
    Ok(())
}

fn event(number: u64, is_last: bool) -> RawDraft {
    let body = if is_last {
        Body::RunEnded {
            outcome: RunOutcome::Succeeded,
            reason: None,
            message: None,
            duration_ms: 0,
            cost_usd_micros: 0,
            usage: Tokens::default(),
        }
    } else {
        Body::Text {
            text: Stamp::now(number).to_text(),
            message_id: None,
            model: None,
            uuid: None,
            parent_tool_use_id: None,
            error: None,
        }
    };
    Draft { at: runtime::clock::now(), body }.raw()
}

impl Run {
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<T> {
        let answer = request.bearer_auth(&self.token).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    async fn upload(&self) -> anyhow::Result<Vec<Artifact>> {
        let contents = ARTIFACTS.map(|(name, _)| format!("the content of {name}\n"));
        let artifacts: Vec<_> = ARTIFACTS
            .iter()
            .zip(&contents)
            .map(|((name, content_type), content)| Artifact {
                name: (*name).to_owned(),
                size_bytes: content.len() as u64,
                content_type: (*content_type).to_owned(),
                sha256: hex(&Sha256::digest(content)),
            })
            .collect();
        let post = UploadsPost { artifacts: artifacts.clone() };
        let answer: UploadsAnswer =
            self.call(self.http.post(self.at("/v1/run/uploads")).json(&post)).await?;
        for (upload, content) in answer.uploads.into_iter().zip(contents) {
            let mut put = self.http.put(&upload.url).body(content);
            for (name, value) in &upload.headers {
                if !name.eq_ignore_ascii_case("content-length") {
                    put = put.header(name, value);
                }
            }
            let status = put.send().await?.status();
            ensure!(status.is_success(), "{}: {status}", upload.name);
        }
        Ok(artifacts)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
