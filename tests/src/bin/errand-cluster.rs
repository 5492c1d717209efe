//! `errand-cluster`: ECS for a deployment in an emulator of AWS that has none. It takes the settings of `errand-local`, as
//! far as they are about runners. What happens to containers is told to the dispatcher as EventBridge would tell it.

use std::{io::Write as _, net::SocketAddr, time::Duration};

use anyhow::Context as _;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use local::{Cluster, Settings};
use serde_json::Value;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

const USAGE: &str = "errand-cluster ADDRESS INVOKE_URL: serves ECS at ADDRESS, and tells what happens to containers to the
function at INVOKE_URL (…/2015-03-31/functions/NAME/invocations) as EventBridge would";
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(invoke), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        anyhow::bail!("usage: {USAGE}");
    };
    let address: SocketAddr = address.parse().context("ADDRESS")?;
    let settings = Settings::read()?;
    runtime::telemetry::init(&settings.log);
    let mut terminate = signal(SignalKind::terminate())?;
    let (changed, mut changes) = mpsc::unbounded_channel();
    let cluster = Cluster::start(&settings, address, changed).await?;
    let _ = writeln!(std::io::stdout(), "ready at http://{}", cluster.address());
    let bus = Bus::new(invoke)?;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            Some(change) = changes.recv() => bus.deliver(&change).await,
        }
    }
    cluster.stop().await;
    Ok(())
}

/// The rule that tells the dispatcher of containers.
struct Bus {
    http: reqwest::Client,
    invoke: String,
}

impl Bus {
    fn new(invoke: String) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { http: reqwest::Client::builder().no_proxy().build()?, invoke })
    }

    async fn deliver(&self, change: &Value) {
        for attempt in 1..=TRIES {
            match self.try_to_deliver(change).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(
                        error = format!("{error:#}"),
                        attempt,
                        "a state change was not handled"
                    )
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn try_to_deliver(&self, change: &Value) -> anyhow::Result<()> {
        let body = change.to_string();
        let request = http::Request::post(&self.invoke).header("content-type", "application/json");
        let mut request = request.body(body.clone())?;
        let credentials =
            aws_credential_types::Credentials::new("test", "test", None, None, "emulator");
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("lambda")
            .time(runtime::clock::now().into())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = request.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new(
            "POST",
            &self.invoke,
            headers,
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        let answer = self.http.execute(request.try_into()?).await?.error_for_status()?;
        let failed = answer.headers().contains_key("x-amz-function-error");
        anyhow::ensure!(!failed, "the function failed: {}", answer.text().await?);
        Ok(())
    }
}
