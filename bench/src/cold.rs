//! Each function as Lambda starts it: from `exec` to its first answer.

use std::{
    io::Write as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use auth::SigningKeys;
use flate2::{Compression, write::DeflateEncoder};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};

use crate::{
    histogram::Durations,
    lambda::RuntimeApi,
    memory::mib,
    plan::Plan,
    processes, programs,
    report::{Goal, Report},
    steps::Steps,
};

const SUBJECT: &str = "cold start, exec to first answer";
const GOAL_MS: f64 = 10.0;
const GOAL_MIB: f64 = 32.0;
const GOAL_ZIP_MIB: f64 = 4.0;
/// Amazon Linux, as Lambda has it, keeps the trusted roots in one bundle. Debian has this bundle, too, and beside it a
/// file for each root: some hundred reads that no function does where it is deployed.
const ROOTS: (&str, &str) = ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt");
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn measure(
    plan: &Plan,
    steps: &mut Steps,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut servers = JoinSet::new();
    let table = table(&mut servers).await?;
    let lambda = RuntimeApi::start(&mut servers).await?;
    for (name, event) in events() {
        steps.begin(format!("cold start: {name}"));
        let mut durations = Durations::new()?;
        let mut most = 0;
        for _ in 0..plan.cold_starts {
            let (took, peak) = start(name, &event, &lambda, &table).await?;
            durations.record(took);
            most = peak.max(most);
        }
        durations.tell(report, SUBJECT, name, &[(0.5, Some(GOAL_MS)), (1.0, None)]);
        let memory = format!("{name}, peak memory");
        report.check(SUBJECT, memory, (mib(most), "MiB"), Goal::AtMost(GOAL_MIB));
        let zip = format!("{name}, zip");
        report.check(SUBJECT, zip, (mib(zipped(name)?), "MiB"), Goal::AtMost(GOAL_ZIP_MIB));
    }
    Ok(())
}

/// How much Lambda is given: the file as a zip has it, but for the few bytes around it.
fn zipped(name: &str) -> anyhow::Result<u64> {
    let file = std::fs::read(programs::function(name)?)?;
    let mut zip = DeflateEncoder::new(Vec::new(), Compression::best());
    zip.write_all(&file)?;
    Ok(zip.finish()?.len() as u64)
}

/// One start: how long it took, and the process's peak memory.
async fn start(
    name: &str,
    event: &Value,
    lambda: &RuntimeApi,
    table: &str,
) -> anyhow::Result<(Duration, u64)> {
    let mut command = command(name, &lambda.address, table)?;
    let answer = lambda.offer(event.clone());
    let began = Instant::now();
    let function = Function(command.spawn().with_context(|| format!("{name} cannot be started"))?);
    let answer = timeout(PATIENCE, answer).await.with_context(|| format!("{name} is silent"))??;
    let took = answer.came - began;
    ensure!(answer.kind == "response", "{name} failed: {}", answer.body);
    Ok((took, processes::peak(function.0.id())?))
}

/// A function's process, gone with its measurement.
struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A table that answers, on this machine.
async fn table(servers: &mut JoinSet<()>) -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let engine = dynoxide::Database::memory()?;
    servers.spawn(async move {
        let _ =
            dynoxide::server::serve_with_shutdown(listener, engine, std::future::pending()).await;
    });
    let aws = runtime::Aws {
        region: "eu-west-1".to_owned(),
        credentials: aws_credential_types::Credentials::new("bench", "bench", None, None, "bench"),
        app_name: None,
        endpoints: runtime::Endpoints { dynamodb: Some(endpoint.clone()), ..Default::default() },
    };
    let clients = runtime::Clients::connect(&aws, &endpoint, runtime::wire::plain());
    store::create_table(&clients.dynamodb, "errand").await?;
    Ok(endpoint)
}

fn command(name: &str, runtime_api: &str, table: &str) -> anyhow::Result<Command> {
    let keys = SigningKeys::generate();
    let mut command = Command::new(programs::function(name)?);
    command
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", runtime_api),
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
            ROOTS,
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("AWS_ENDPOINT_URL", table),
            ("ERRAND_TABLE", "errand"),
            ("ERRAND_QUEUE_URL", "http://127.0.0.1:1/ring"),
            ("ERRAND_BUCKET", "files"),
            ("ERRAND_RUN_URL", "http://127.0.0.1:1"),
            ("ERRAND_SOCKET_URL", "ws://127.0.0.1:1/ws"),
            ("ERRAND_MANAGEMENT_URL", "http://127.0.0.1:1"),
            ("ERRAND_CLUSTER", "errand"),
            ("ERRAND_TASK_DEFINITION", "runner"),
            ("ERRAND_SIGNING_KEYS", keys.to_text().expose_secret()),
            ("ERRAND_VERIFYING_KEYS", &keys.verifying().to_text()),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(command)
}

/// What each function is called with first: the commonest event of the service that calls it.
fn events() -> [(&'static str, Value); 4] {
    let ring = json!({"Records": [{
        "messageId": "m1", "receiptHandle": "h", "body": "{\"ring\":\"created\"}", "attributes": {},
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:1:ring", "awsRegion": "eu-west-1",
    }]});
    let ticket = "errand_ticket_AAAAAAAAAAAAAAAAAAAAAA";
    let connect = json!({
        "headers": {"Host": "s.example.com"}, "multiValueHeaders": {"Host": ["s.example.com"]},
        "queryStringParameters": {"ticket": ticket},
        "multiValueQueryStringParameters": {"ticket": [ticket]},
        "requestContext": {
            "routeKey": "$connect", "eventType": "CONNECT", "connectionId": "c1=",
            "messageDirection": "IN", "extendedRequestId": "x", "stage": "prod",
            "requestTime": "01/Jan/2026:00:00:00 +0000", "requestTimeEpoch": 1_767_225_600_000_u64,
            "connectedAt": 1_767_225_600_000_u64, "identity": {"sourceIp": "203.0.113.7"},
            "requestId": "r", "domainName": "s.example.com", "apiId": "a",
        },
        "isBase64Encoded": false,
    });
    [
        ("api", http("/health")),
        ("dispatcher", ring),
        ("progress", http("/v1/run")),
        ("ws-connect", connect),
    ]
}

/// A GET through an HTTP API, payload 2.0.
fn http(path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {"accept": "*/*", "host": "api.example.com"},
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "api.example.com", "domainPrefix": "api",
            "http": {
                "method": "GET", "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7", "userAgent": "bench",
            },
            "requestId": "r", "routeKey": "$default", "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_u64,
        },
        "isBase64Encoded": false,
    })
}
