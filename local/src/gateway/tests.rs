use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

use aws_lambda_events::{
    apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpRequest, ApiGatewayWebsocketProxyRequest},
    encodings::Body,
};
use aws_sdk_apigatewaymanagement::{
    Client, config::retry::RetryConfig, error::ProvideErrorMetadata as _, primitives::Blob,
};
use axum::{Router, extract::Request as AxumRequest, routing::any};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::mpsc};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error as SocketError, Message, protocol::frame::coding::CloseCode},
};

use super::*;
use crate::{
    functions::{function, http},
    listener,
    management::Management,
    services::Services,
    testing::{clients_of, stranger},
};

const LONG: Duration = Duration::from_secs(20);

/// A gateway before functions that note what they are called with.
struct Cloud {
    url: String,
    sockets: Arc<Sockets>,
    management: Client,
    events: mpsc::UnboundedReceiver<ApiGatewayWebsocketProxyRequest>,
    _services: Services,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Cloud {
    async fn new() -> Self {
        Self::with_limits(Limits { idle: LONG, life: LONG }).await
    }

    async fn with_limits(limits: Limits) -> Self {
        Self::with(limits, Disk::with(|| Ok(())).unwrap()).await
    }

    async fn with(limits: Limits, disk: Disk) -> Self {
        let (noted, events) = mpsc::unbounded_channel();
        let api =
            Router::new().route("/v1/panic", any(panics)).fallback(|request| echo("api", request));
        let functions = Functions {
            api: http(api),
            progress: http(Router::new().fallback(|request| echo("progress", request))),
            sockets: function(move |event: lambda_runtime::LambdaEvent<_>| {
                let noted = noted.clone();
                async move { Ok::<_, anyhow::Error>(decide(event.payload, &noted)) }
            }),
            dispatcher: function(|_| async { Ok::<_, anyhow::Error>(Value::Null) }),
        };
        let sockets = Arc::new(Sockets::default());
        let mut services = Services::default();
        let management = clients_of(Management(Arc::clone(&sockets))).sockets;
        // What is refused is to be seen, not tried again.
        let once = management.config().to_builder().retry_config(RetryConfig::disabled()).build();
        let management = Client::from_conf(once);
        let (listener, url) = listener::loopback().await.unwrap();
        let (sockets_of, site) = (Arc::clone(&sockets), Site::default());
        let gateway = Gateway { functions, sockets: sockets_of, limits, site, disk };
        let gateway = Arc::new(gateway);
        services.listen(listener, move |peer| Connection { gateway: Arc::clone(&gateway), peer });
        Self { url, sockets, management, events, _services: services }
    }

    async fn connect(&self, ticket: &str) -> Result<Socket, SocketError> {
        let url = format!("{}/ws?ticket={ticket}", self.url.replace("http", "ws"));
        connect_async(url).await.map(|(socket, _)| socket)
    }

    async fn event(&mut self) -> ApiGatewayWebsocketProxyRequest {
        tokio::time::timeout(LONG, self.events.recv()).await.expect("an event should come").unwrap()
    }

    /// Connects, and knows the name of the connection.
    async fn open(&mut self) -> (Socket, String) {
        let mut socket = self.connect("good").await.unwrap();
        let id = self.event().await.request_context.connection_id.unwrap();
        // The first message is handled when the connection can be spoken to.
        socket.send(Message::text("hello")).await.unwrap();
        self.event().await;
        (socket, id)
    }

    async fn post(&self, id: &str, bytes: usize) -> Result<(), String> {
        let post = self.management.post_to_connection().connection_id(id);
        let posted = post.data(Blob::new("x".repeat(bytes))).send().await;
        posted.map(|_| ()).map_err(|err| err.code().unwrap_or_default().to_owned())
    }
}

async fn panics() -> &'static str {
    panic!("as asked")
}

async fn echo(function: &'static str, request: AxumRequest) -> axum::Json<Value> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let header =
        |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    axum::Json(json!({
        "function": function,
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "query": parts.uri.query(),
        "cookie": header("cookie"),
        "twice": header("twice"),
        "from": header("x-forwarded-for"),
        "bytes": body.len(),
    }))
}

fn decide(
    event: ApiGatewayWebsocketProxyRequest,
    noted: &mpsc::UnboundedSender<ApiGatewayWebsocketProxyRequest>,
) -> ApiGatewayProxyResponse {
    let good = event.query_string_parameters.first("ticket") == Some("good");
    let connects = event.request_context.route_key.as_deref() == Some("$connect");
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = if good || !connects { 200 } else { 401 };
    response.body = (!good && connects).then(|| Body::Text("no".to_owned()));
    noted.send(event).unwrap();
    response
}

async fn closed(socket: &mut Socket) -> Option<CloseCode> {
    let wait = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    };
    tokio::time::timeout(LONG, wait).await.expect("the socket should close")
}

#[tokio::test]
async fn a_request_reaches_its_function_as_it_was_sent() {
    let cloud = Cloud::new().await;
    let sent = stranger()
        .put(format!("{}/v1/tasks/a%20b?q=%C3%A9&q=2&empty=", cloud.url))
        .header("cookie", "a=1; b=2")
        .header("twice", "1")
        .header("twice", "2")
        .header("x-forwarded-for", "203.0.113.9")
        .body(vec![0, 159, 146, 150]);
    let answer: Value = sent.send().await.unwrap().json().await.unwrap();
    insta::assert_json_snapshot!(answer, @r#"
    {
      "function": "api",
      "method": "PUT",
      "path": "/v1/tasks/a%20b",
      "query": "q=%C3%A9&q=2&empty=",
      "cookie": "a=1; b=2",
      "twice": "1, 2",
      "from": "127.0.0.1",
      "bytes": 4
    }
    "#);
}

#[tokio::test]
async fn what_a_runner_says_goes_to_progress_and_all_else_to_the_api() {
    let cloud = Cloud::new().await;
    for (path, function) in [
        ("/v1/run", "progress"),
        ("/v1/run/events", "progress"),
        ("/v1/runs", "api"),
        ("/v1/run%2Fevents", "api"),
        ("/health", "api"),
        ("/v1/tasks", "api"),
    ] {
        let answer = stranger().get(format!("{}{path}", cloud.url)).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["function"], function, "{path}");
    }
}

#[tokio::test]
async fn a_body_may_have_ten_megabytes_and_no_more() {
    let cloud = Cloud::new().await;
    let post = |bytes: usize| {
        stranger().post(format!("{}/v1/tasks", cloud.url)).body(vec![b'a'; bytes]).send()
    };
    let fits: Value = post(MAX_BODY).await.unwrap().json().await.unwrap();
    assert_eq!(fits["bytes"], MAX_BODY);
    let refused = post(MAX_BODY + 1).await.unwrap();
    assert_eq!(refused.status(), 413);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["type"], "urn:errand:problem:payload_too_large");
    assert!(problem["request_id"].is_string());
}

#[tokio::test]
async fn a_panic_is_one_failed_request_and_says_nothing() {
    let cloud = Cloud::new().await;
    let broken = stranger().get(format!("{}/v1/panic", cloud.url)).send().await.unwrap();
    assert_eq!(broken.status(), 500);
    assert!(!broken.text().await.unwrap().contains("as asked"));
    assert_eq!(stranger().get(&cloud.url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_host_that_is_no_host_is_refused() {
    let cloud = Cloud::new().await;
    for host in ["a b", "a/../b", "a@b", "", "[", "a%00", "a:99999", "a:b"] {
        let refused = stranger().get(&cloud.url).header("host", host).send().await.unwrap();
        assert_eq!(refused.status(), 400, "{host}");
    }
}

#[tokio::test]
async fn an_address_that_the_adapter_cannot_take_is_a_failed_request() {
    let cloud = Cloud::new().await;
    let ask = stranger().get(format!("{}/v1/tasks", cloud.url));
    let broken = ask.header("host", "999.999.999.999").send().await.unwrap();
    assert_eq!(broken.status(), 500);
}

#[test]
fn our_event_is_what_aws_sends() {
    let (parts, ()) = Request::get("/v1/me?a=1&a=2")
        .header("cookie", "a=1")
        .header("content-type", "application/json")
        .body(())
        .unwrap()
        .into_parts();
    let origin = Origin {
        peer: "192.0.2.1:5".parse().unwrap(),
        host: "localhost:4100".to_owned(),
        request_id: "r".to_owned(),
    };
    let event = http_event::request(&parts, &Bytes::from_static(b"{}"), &origin);
    let text = serde_json::to_string(&event).unwrap();
    let read: ApiGatewayV2httpRequest = serde_json::from_str(&text).unwrap();
    assert_eq!(read.raw_query_string, event.raw_query_string);
    assert_eq!(read.request_context, event.request_context);
    assert_eq!((read.headers, read.body, read.cookies), (event.headers, event.body, event.cookies));
}

#[tokio::test]
async fn the_function_decides_who_connects() {
    let mut cloud = Cloud::new().await;
    let SocketError::Http(refused) = cloud.connect("bad").await.unwrap_err() else {
        panic!("refused otherwise")
    };
    assert_eq!((refused.status().as_u16(), refused.body().as_deref()), (401, Some(&b"no"[..])));
    assert_eq!(cloud.event().await.query_string_parameters.first("ticket"), Some("bad"));

    let mut socket = cloud.connect("good").await.unwrap();
    let connect = cloud.event().await.request_context;
    assert_eq!(connect.event_type.as_deref(), Some("CONNECT"));
    socket.send(Message::text("hello")).await.unwrap();
    let message = cloud.event().await;
    assert_eq!(message.body.as_deref(), Some("hello"));
    assert_eq!(message.request_context.connection_id, connect.connection_id);
    assert_eq!(message.request_context.route_key.as_deref(), Some("$default"));
    socket.send(Message::binary(vec![1, 2])).await.unwrap();
    let message = cloud.event().await;
    assert_eq!((message.body.as_deref(), message.is_base64_encoded), (Some("AQI="), true));
    socket.close(None).await.unwrap();
    let gone = cloud.event().await.request_context;
    assert_eq!(
        (gone.route_key.as_deref(), gone.disconnect_status_code),
        (Some("$disconnect"), Some(1005))
    );
}

#[tokio::test]
async fn plain_http_on_the_socket_path_is_told_to_upgrade() {
    let cloud = Cloud::new().await;
    let answer = stranger().get(format!("{}/ws?ticket=good", cloud.url)).send().await.unwrap();
    assert_eq!(answer.status(), 426);
}

#[tokio::test]
async fn a_function_speaks_to_a_client_until_it_is_gone() {
    let mut cloud = Cloud::new().await;
    let (mut socket, id) = cloud.open().await;
    cloud.post(&id, 3).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("xxx"));
    cloud.post(&id, 128 << 10).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap().len(), 128 << 10);
    assert_eq!(cloud.post(&id, (128 << 10) + 1).await.unwrap_err(), "PayloadTooLargeException");
    let seen = cloud.management.get_connection().connection_id(&id).send().await.unwrap();
    assert!(seen.connected_at().is_some() && seen.last_active_at() >= seen.connected_at());
    socket.close(None).await.unwrap();
    cloud.event().await;
    assert_eq!(cloud.post(&id, 3).await.unwrap_err(), "GoneException");
    assert_eq!(cloud.post("nobody", 3).await.unwrap_err(), "GoneException");
}

#[tokio::test]
async fn a_client_that_does_not_read_costs_a_bounded_queue() {
    let mut cloud = Cloud::new().await;
    let (mut socket, id) = cloud.open().await;
    let mut taken = 0;
    let refused = loop {
        match cloud.post(&id, 100_000).await {
            Ok(()) => taken += 1,
            Err(code) => break code,
        }
        assert!(taken < 1000, "what the kernel does not take is not kept without bound");
    };
    assert_eq!(refused, "LimitExceededException");
    for _ in 0..taken {
        assert_eq!(socket.next().await.unwrap().unwrap().len(), 100_000);
    }
    cloud.post(&id, 100_000).await.unwrap();
}

#[tokio::test]
async fn the_service_can_close_a_connection() {
    let mut cloud = Cloud::new().await;
    let (mut socket, id) = cloud.open().await;
    cloud.management.delete_connection().connection_id(&id).send().await.unwrap();
    assert_eq!(closed(&mut socket).await, Some(CloseCode::Normal));
    assert_eq!(cloud.event().await.request_context.route_key.as_deref(), Some("$disconnect"));
}

#[tokio::test]
async fn messages_and_frames_have_their_largest_size() {
    for bytes in [(32 << 10) + 1, (128 << 10) + 1] {
        let mut cloud = Cloud::new().await;
        let (mut socket, _) = cloud.open().await;
        socket.send(Message::text("x".repeat(bytes))).await.unwrap();
        assert_eq!(closed(&mut socket).await, Some(CloseCode::Size));
        assert_eq!(cloud.event().await.request_context.disconnect_status_code, Some(1009));
    }
}

#[tokio::test]
async fn f55_silence_and_age_end_a_connection() {
    let short = Duration::from_millis(50);
    for limits in [Limits { idle: short, life: LONG }, Limits { idle: LONG, life: short }] {
        let mut cloud = Cloud::with_limits(limits).await;
        let mut socket = cloud.connect("good").await.unwrap();
        assert_eq!(closed(&mut socket).await, Some(CloseCode::Away));
        cloud.event().await;
        assert_eq!(cloud.event().await.request_context.disconnect_status_code, Some(1001));
    }
}

#[tokio::test]
async fn the_end_of_the_server_ends_every_connection() {
    let mut cloud = Cloud::new().await;
    let (mut socket, _) = cloud.open().await;
    let sockets = Arc::clone(&cloud.sockets);
    let (closed, ()) = tokio::join!(closed(&mut socket), sockets.close_all());
    assert_eq!(closed, Some(CloseCode::Away));
    let refused = cloud.connect("good").await;
    assert!(matches!(refused, Err(SocketError::Http(refused)) if refused.status() == 503));
}

#[tokio::test]
async fn f64_who_changed_something_is_answered_when_it_is_on_the_disk_and_who_reads_at_once() {
    const HANGS: u8 = 0;
    const WORKS: u8 = 1;
    const FAILS: u8 = 2;
    let the_disk = Arc::new(AtomicU8::new(HANGS));
    let watched = Arc::clone(&the_disk);
    let disk = Disk::with(move || {
        loop {
            match watched.load(Ordering::SeqCst) {
                HANGS => std::thread::sleep(Duration::from_millis(5)),
                WORKS => return Ok(()),
                _ => return Err(std::io::Error::other("no room")),
            }
        }
    })
    .unwrap();
    let cloud = Cloud::with(Limits { idle: LONG, life: LONG }, disk).await;
    let (http, url) = (stranger(), format!("{}/v1/tasks", cloud.url));
    let mut change = std::pin::pin!(http.post(&url).send());
    let early = tokio::time::timeout(Duration::from_millis(300), &mut change).await;
    assert!(early.is_err(), "nothing was on the disk");
    assert_eq!(http.get(&url).send().await.unwrap().status(), 200);
    let post = |body: &'static str| http.post(format!("{}/v1/run/events", cloud.url)).body(body);
    let event = post(r#"{"events":[{"type":"text","text":"\"end\":{}"}],"end":null}"#);
    let event = event.send().await.unwrap();
    assert_eq!(event.status(), 200, "a run does not outlast the power anyway");
    let mut end = std::pin::pin!(post(r#"{"events":[],"end":{"outcome":"succeeded"}}"#).send());
    let early = tokio::time::timeout(Duration::from_millis(300), &mut end).await;
    assert!(early.is_err(), "that it is over must last");
    the_disk.store(WORKS, Ordering::SeqCst);
    assert_eq!(change.await.unwrap().status(), 200);
    assert_eq!(end.await.unwrap().status(), 200);
    the_disk.store(FAILS, Ordering::SeqCst);
    assert_eq!(http.post(&url).send().await.unwrap().status(), 503);
    // The kernel takes for clean what it could not write: the next sync would succeed and mean nothing.
    the_disk.store(WORKS, Ordering::SeqCst);
    assert_eq!(http.post(&url).send().await.unwrap().status(), 503);
    assert_eq!(http.get(&url).send().await.unwrap().status(), 200);
}
