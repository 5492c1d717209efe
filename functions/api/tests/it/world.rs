//! One function with its surroundings, and people who use it.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    thread,
    time::Duration,
};

use auth::{Role, SigningKeys, access, api_key, password, refresh};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::{Router, body::Body};
use domain::{
    id::{FamilyId, KeyId, TaskId, UserId},
    limits::RepositoryPolicy,
};
use http::Request;
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use lambda_http::{
    aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, request::RequestContext,
};
use runtime::{
    Clients, Endpoints, Fargate, Metrics, Runtime, Settings, clock, ledger::Ledger, wire,
};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use store::{ApiKey, Login, Store, User};
use tokio::{net::TcpListener, sync::oneshot};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::{answer::Answer, aws};

type Item = HashMap<String, AttributeValue>;

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) aws: aws::Shared,
    pub(crate) ledger: Ledger,
    pub(crate) keys: SigningKeys,
    router: Router,
    servers: Option<Servers>,
}

/// The table and the stub. They end when this is dropped.
struct Servers {
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let aws = aws::Shared::default();
        let (table, stub, servers) = serve(aws.clone());
        let keys = SigningKeys::generate();
        let mut settings = settings(&keys, stub);
        change(&mut settings);
        let ledger = Ledger::default();
        let wire = ledger.counting(wire::plain());
        let credentials = Credentials::new("test", "test", None, None, "test");
        let endpoint = Some(format!("http://{stub}"));
        let aws_settings = runtime::Aws {
            region: "eu-central-1".to_owned(),
            credentials,
            app_name: None,
            endpoints: Endpoints {
                dynamodb: Some(format!("http://{table}")),
                sqs: endpoint.clone(),
                s3: endpoint.clone(),
                ecs: None,
                secrets: endpoint,
            },
        };
        let clients = Clients::connect(&aws_settings, &settings.management_url, wire);
        store::create_table(&clients.dynamodb, &settings.table).await.unwrap();
        let store = Store::new(clients.dynamodb.clone(), &settings.table);
        let runtime = Runtime { settings, clients };
        let router = api::router(&runtime).unwrap();
        Self { runtime, store, aws, ledger, keys, router, servers: Some(servers) }
    }

    /// Somebody with an account, signed in.
    pub(crate) async fn user(&self, name: &str, role: Role) -> Person<'_> {
        let id = UserId::from_uuid(Uuid::now_v7());
        let user = self.account(id, name, role, "");
        self.store.put_user(&user).await.unwrap();
        Person { world: self, id, bearer: Some(self.sign_in(&user, role).await) }
    }

    /// An access token of a sign-in that is open, with this role in it.
    pub(crate) async fn sign_in(&self, user: &User, role: Role) -> String {
        let (id, now) = (FamilyId::from_uuid(Uuid::now_v7()), clock::now());
        let (_, family) = refresh::open(id, now);
        let login = Login {
            id,
            user: user.id,
            session_version: user.session_version,
            generation: 1,
            family: serde_json::to_string(&family).unwrap(),
            expires_at: family.expires_at,
        };
        self.store.put_login(&login, family.expires_at).await.unwrap();
        let session_version = user.session_version;
        let claims = access::Claims { user: user.id, family: id, role, session_version };
        access::sign(&self.keys, &claims, now).expose_secret().to_owned()
    }

    pub(crate) async fn member(&self, name: &str) -> Person<'_> {
        self.user(name, Role::Member).await
    }

    /// Somebody with an account and a password, who has not signed in.
    pub(crate) async fn user_with_password(&self, name: &str, disabled: bool) -> UserId {
        self.with_password(name, Role::Member, disabled).await
    }

    pub(crate) async fn admin_with_password(&self, name: &str) -> UserId {
        self.with_password(name, Role::Admin, false).await
    }

    /// Somebody with an account, signed in.
    pub(crate) async fn acting(&self, id: UserId, role: Role) -> Person<'_> {
        let user = self.store.user(id).await.unwrap();
        Person { world: self, id, bearer: Some(self.sign_in(&user, role).await) }
    }

    async fn with_password(&self, name: &str, role: Role, disabled: bool) -> UserId {
        let id = UserId::from_uuid(Uuid::now_v7());
        let chosen = password::Password::parse(PASSWORD.to_owned()).unwrap();
        let phc = String::from(password::hash(&chosen).unwrap());
        let user = User { disabled, ..self.account(id, name, role, &phc) };
        self.store.put_user(&user).await.unwrap();
        id
    }

    fn account(&self, id: UserId, name: &str, role: Role, phc: &str) -> User {
        User {
            id,
            email: format!("{name}@example.org"),
            role: role.name().to_owned(),
            password: (!phc.is_empty()).then(|| phc.to_owned()),
            disabled: false,
            created_at: clock::now(),
            session_version: 0,
            version: 0,
        }
    }

    pub(crate) fn nobody(&self) -> Person<'_> {
        Person { world: self, id: UserId::from_uuid(Uuid::nil()), bearer: None }
    }

    pub(crate) fn bearer(&self, bearer: &str) -> Person<'_> {
        Person { bearer: Some(bearer.to_owned()), ..self.nobody() }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// A POST as API Gateway hands on what comes from this address.
    pub(crate) async fn from(&self, address: &str, path: &str, body: &Value) -> Answer {
        let mut context = ApiGatewayV2httpRequestContext::default();
        context.http.source_ip = Some(address.to_owned());
        let request = Request::post(path)
            .header("content-type", "application/json")
            .extension(RequestContext::ApiGatewayV2(context));
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    /// From now on nothing of AWS answers.
    pub(crate) fn cut_off(&mut self) {
        let Servers { stop, thread } = self.servers.take().unwrap();
        drop(stop);
        thread.join().unwrap();
    }

    /// What waits for a slot.
    pub(crate) async fn ready(&self) -> Vec<TaskId> {
        let queued = self.store.queued(usize::MAX).await.unwrap();
        queued.tasks.iter().map(|one| one.task).collect()
    }

    /// How many items the table has.
    pub(crate) async fn items(&self) -> usize {
        let scan = self.runtime.clients.dynamodb.scan().table_name(&self.runtime.settings.table);
        scan.send().await.unwrap().items.unwrap_or_default().len()
    }

    /// All items by their keys, spelled out.
    pub(crate) async fn dump(&self) -> BTreeMap<String, String> {
        let scan = self.runtime.clients.dynamodb.scan().table_name(&self.runtime.settings.table);
        let items = scan.consistent_read(true).send().await.unwrap().items.unwrap_or_default();
        let part = |item: &Item, name: &str| item[name].as_s().unwrap().clone();
        let named = |item: Item| {
            let key = format!("{} {}", part(&item, "pk"), part(&item, "sk"));
            (key, spelled(&AttributeValue::M(item)))
        };
        items.into_iter().map(named).collect()
    }

    /// What a function leaves that dies between its deed and its answer, and whose claim holds so much longer.
    pub(crate) async fn forget_answers(&self, lease: SignedDuration) {
        let until = (clock::now() + lease).as_millisecond().max(0);
        for key in self.dump().await.into_keys().filter(|key| key.contains(" ANSWER#")) {
            let (pk, sk) = key.split_once(' ').unwrap();
            let update = self.runtime.clients.dynamodb.update_item();
            let update = update
                .table_name(&self.runtime.settings.table)
                .key("pk", AttributeValue::S(pk.to_owned()))
                .key("sk", AttributeValue::S(sk.to_owned()))
                .update_expression("SET #until = :until REMOVE sealed")
                .expression_attribute_names("#until", "until")
                .expression_attribute_values(":until", AttributeValue::N(until.to_string()));
            update.send().await.unwrap();
        }
    }

    pub(crate) fn rings(&self) -> Vec<Value> {
        self.aws.lock().unwrap().rings.clone()
    }

    pub(crate) async fn openapi(&self) -> Value {
        self.nobody().get("/v1/openapi.json").await.json()
    }
}

/// Somebody who asks.
pub(crate) struct Person<'a> {
    pub(crate) world: &'a World,
    pub(crate) id: UserId,
    pub(crate) bearer: Option<String>,
}

impl Person<'_> {
    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        match &self.bearer {
            Some(bearer) => request.header("authorization", format!("Bearer {bearer}")),
            None => request,
        }
    }

    pub(crate) async fn ask(&self, method: &str, path: &str) -> Answer {
        self.world.send(self.request(method, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, "application/json", body.to_string()).await
    }

    /// The same by another method.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.request(method, path).header("content-type", "application/json");
        self.world.send(request.body(body.to_string().into()).unwrap()).await
    }

    pub(crate) async fn post_text(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = self.request("POST", path).header("content-type", kind);
        self.world.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn post_keyed(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).header("idempotency-key", key);
        let request = request.header("content-type", "application/json");
        self.world.send(request.body(body.to_string().into()).unwrap()).await
    }

    /// A new task of theirs.
    pub(crate) async fn task(&self, body: &Value) -> TaskId {
        let answer = self.post("/v1/tasks", body).await;
        assert_eq!(answer.status, 201, "{answer}");
        answer.json()["id"].as_str().unwrap().parse().unwrap()
    }

    /// The ids of all their tasks, as they are listed.
    pub(crate) async fn listed(&self) -> Vec<String> {
        let page = self.get("/v1/tasks?limit=100").await.json();
        let items = page["items"].as_array().unwrap().iter();
        items.map(|task| task["id"].as_str().unwrap().to_owned()).collect()
    }

    /// A new API key of theirs.
    pub(crate) async fn api_key(&self) -> (String, ApiKey) {
        self.key_with_scope(None).await
    }

    /// One that sees, and changes nothing.
    pub(crate) async fn reading_key(&self) -> String {
        self.key_with_scope(Some("read")).await.0
    }

    async fn key_with_scope(&self, scope: Option<&str>) -> (String, ApiKey) {
        let (secret, hash) = api_key::generate();
        let key = ApiKey {
            id: KeyId::from_uuid(Uuid::now_v7()),
            user: self.id,
            name: "test".to_owned(),
            scope: scope.map(str::to_owned),
            hash: hash.to_string(),
            created_at: clock::now(),
            expires_at: None,
            used_at: None,
        };
        self.world.store.put_api_key(&key).await.unwrap();
        (secret.expose_secret().to_owned(), key)
    }
}

/// Serves the table and the stub from a thread of their own: the engine blocks.
fn serve(aws: aws::Shared) -> (SocketAddr, SocketAddr, Servers) {
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let table = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let stub = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send((table.local_addr().unwrap(), stub.local_addr().unwrap())).unwrap();
            let engine = dynoxide::Database::memory().unwrap();
            tokio::select! {
                () = async { dynoxide::server::serve_on(table, engine).await } => (),
                () = async { axum::serve(stub, aws::router(aws)).await.unwrap() } => (),
                _ = stopped => (),
            }
        });
    });
    let (table, stub) = told.recv().unwrap();
    (table, stub, Servers { stop, thread })
}

/// The same text for the same value.
fn spelled(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(map) => {
            let map: BTreeMap<_, _> = map.iter().map(|(name, one)| (name, spelled(one))).collect();
            format!("{map:?}")
        }
        AttributeValue::L(items) => format!("{:?}", items.iter().map(spelled).collect::<Vec<_>>()),
        other => format!("{other:?}"),
    }
}

fn settings(keys: &SigningKeys, stub: SocketAddr) -> Settings {
    Settings {
        table: "errand".to_owned(),
        queue_url: format!("http://{stub}/queue"),
        bucket: "bucket".to_owned(),
        run_url: String::new(),
        socket_url: "wss://socket.example.org".to_owned(),
        management_url: format!("http://{stub}"),
        signing_keys: Some(keys.to_text()),
        verifying_keys: None,
        first_admin: None,
        metrics: Metrics::default(),
        fargate: Fargate::default(),
        max_running: 4,
        user_max_running: 4,
        user_max_queued: 1_000,
        tick: Duration::from_secs(60),
        lease: Duration::from_secs(45),
        heartbeat: Duration::from_secs(15),
        start_timeout: Duration::from_secs(300),
        cancel_grace: Duration::from_secs(30),
        strict_containers: false,
        demo_model: false,
        repositories: RepositoryPolicy { local_files: false },
    }
}
