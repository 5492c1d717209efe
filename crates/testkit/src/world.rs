//! What a function is given when it starts, with everything that it talks to.

use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use auth::SigningKeys;
use aws_credential_types::Credentials;
use domain::limits::RepositoryPolicy;
use runtime::{Aws, Clients, Endpoints, Fargate, Metrics, Runtime, Settings, ledger::Ledger, wire};
use store::Store;

use crate::{Cloud, Faults, Lag, servers::Servers};

static WORLDS: AtomicU64 = AtomicU64::new(1);

/// The surroundings of one function.
#[derive(Debug)]
pub struct World {
    pub runtime: Runtime,
    pub store: Store,
    pub ledger: Ledger,
    pub faults: Faults,
    pub lag: Lag,
    pub keys: SigningKeys,
    pub(crate) cloud: Arc<Mutex<Cloud>>,
    _servers: Servers,
}

impl World {
    /// Empty, with usual settings.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// Empty, with other settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let cloud = Arc::<Mutex<Cloud>>::default();
        let servers = Servers::start(cloud.clone());
        let stub = format!("http://{}", servers.stub);
        let keys = SigningKeys::generate();
        let mut settings = settings(&keys, &stub);
        change(&mut settings);
        let (wire, faults, lag) = Faults::over(wire::plain());
        let ledger = Ledger::default();
        let wire = ledger.counting(wire);
        let aws = Aws {
            // Clients of one region share a budget for second tries, and worlds share nothing.
            region: format!("eu-test-{}", WORLDS.fetch_add(1, Ordering::Relaxed)),
            credentials: Credentials::new("test", "test", None, None, "test"),
            app_name: None,
            endpoints: Endpoints {
                dynamodb: Some(format!("http://{}", servers.table)),
                sqs: Some(stub.clone()),
                s3: Some(stub.clone()),
                ecs: Some(stub),
                secrets: None,
            },
        };
        let clients = Clients::connect(&aws, &settings.management_url, wire);
        store::create_table(&clients.dynamodb, &settings.table).await.unwrap();
        let store = Store::new(clients.dynamodb.clone(), &settings.table);
        drop(ledger.take());
        let runtime = Runtime { settings, clients };
        Self { runtime, store, ledger, faults, lag, keys, cloud, _servers: servers }
    }

    /// What the stub holds and has seen.
    ///
    /// # Panics
    /// If the stub did.
    pub fn cloud(&self) -> MutexGuard<'_, Cloud> {
        self.cloud.lock().unwrap()
    }
}

fn settings(keys: &SigningKeys, stub: &str) -> Settings {
    Settings {
        table: "errand".to_owned(),
        queue_url: format!("{stub}/queue"),
        bucket: "bucket".to_owned(),
        run_url: "https://run.example.org".to_owned(),
        socket_url: "wss://socket.example.org".to_owned(),
        management_url: stub.to_owned(),
        signing_keys: Some(keys.to_text()),
        verifying_keys: Some(keys.verifying().to_text()),
        first_admin: None,
        metrics: Metrics::default(),
        fargate: Fargate {
            cluster: "cluster".to_owned(),
            task_definition: "runner".to_owned(),
            container: "runner".to_owned(),
            ..Fargate::default()
        },
        max_running: 4,
        user_max_running: 4,
        user_max_queued: 100,
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
