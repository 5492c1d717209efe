//! All of it together: what is started in which order, and ended in which.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use domain::limits::RepositoryPolicy;
use runtime::{Aws, Clients, Endpoints, Fargate, Runtime, Wire};
use store::Store;
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    containers::{Containers, ModelAccess, Processes, Runners},
    credentials::{Credentials, REGION},
    data::Data,
    database::Database,
    deployed, events,
    first_user::{self, FirstUser},
    functions::Functions,
    gateway::{Connection, Gateway, Limits, SOCKET_PATH, Sockets},
    listener,
    management::Management,
    model,
    objects::{BUCKET, Objects},
    queue::{self, Queue},
    settings::Settings,
    signed::Signed,
};

const TABLE: &str = "errand";
const CLUSTER: &str = "errand";

/// The cloud on one machine, running.
pub struct Server {
    address: SocketAddr,
    data: Arc<Data>,
    first_user: FirstUser,
    services: JoinSet<()>,
    gateway: JoinSet<()>,
    sources: JoinSet<()>,
    stop_services: CancellationToken,
    stop_gateway: CancellationToken,
    stop_sources: CancellationToken,
    sockets: Arc<Sockets>,
    containers: Arc<Containers>,
    database: Database,
}

/// What else a start can be given.
pub struct Options {
    /// What the AWS calls of the functions travel through; a benchmark counts them there.
    pub wire: Wire,
    /// Whether this program has no children but runners. Then it adopts whatever they leave behind, and ends it.
    pub adopt: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { wire: runtime::wire::plain(), adopt: false }
    }
}

impl Server {
    /// Starts everything; when this returns, requests are answered.
    ///
    /// # Errors
    /// When the data is in use, the port is taken, or a service does not start.
    pub async fn start(settings: Settings, options: Options) -> anyhow::Result<Self> {
        let data = Data::open(&settings.data)?;
        Self::start_on(data, settings, options).await
    }

    /// Like [`Server::start`], on data that is open already.
    ///
    /// # Errors
    /// See there.
    pub async fn start_on(
        data: Data,
        settings: Settings,
        options: Options,
    ) -> anyhow::Result<Self> {
        let data = Arc::new(data);
        let processes = if options.adopt { Processes::adopting()? } else { Processes::default() };
        processes.end_all(&data.runs()).await;
        empty(&data.runs()).context("the directory of the runs")?;

        // Taken first: whoever has the port already is the likeliest trouble.
        let public = TcpListener::bind((settings.host, settings.port))
            .await
            .with_context(|| format!("ERRAND_PORT {} cannot be used", settings.port))?;
        let address = public.local_addr()?;

        let credentials = Credentials::generate()?;
        let stop_services = CancellationToken::new();
        let mut services = JoinSet::new();
        let database = Database::start(&data, &credentials)?;

        let (listener, sqs) = listener::loopback().await?;
        services.spawn(Queue::new(listener, &credentials)?.serve(stop_services.clone()));

        let (listener, s3) = listener::loopback().await?;
        let objects = Objects::new(&data, &credentials)?;
        let stop = stop_services.clone();
        services.spawn(async move { listener::serve(listener, |_| objects.clone(), stop).await });

        let model = match &settings.model_key {
            Some(key) => {
                ModelAccess { key: key.clone(), url: settings.model_url.clone(), demo: false }
            }
            None => {
                let (listener, url) = listener::loopback().await?;
                let key = model::key()?;
                services.spawn(model::serve(listener, key.clone(), stop_services.clone()));
                ModelAccess { key, url: Some(url), demo: true }
            }
        };
        let demo_model = model.demo;

        let (changed, changes) = mpsc::unbounded_channel();
        let runners = Runners {
            supervisor: settings.supervisor.clone(),
            wrapper: settings.wrapper.clone(),
            runs: data.runs(),
            logs: data.logs(),
            model,
            local_repositories: settings.local_repositories,
            stop_timeout: settings.timing.stop_timeout,
        };
        let containers = Containers::start(runners, processes, changed)?;
        let (listener, ecs) = listener::loopback().await?;
        let service = Signed::new(Arc::new(Arc::clone(&containers)), &credentials);
        let stop = stop_services.clone();
        services.spawn(async move { listener::serve(listener, |_| service.clone(), stop).await });

        let sockets = Arc::new(Sockets::default());
        let (listener, management_url) = listener::loopback().await?;
        let service = Signed::new(Arc::new(Management(Arc::clone(&sockets))), &credentials);
        let stop = stop_services.clone();
        services.spawn(async move { listener::serve(listener, |_| service.clone(), stop).await });

        let aws = Aws {
            region: REGION.to_owned(),
            credentials: credentials.for_clients(),
            endpoints: Endpoints {
                dynamodb: Some(database.url.clone()),
                sqs: Some(sqs),
                s3: Some(s3),
                ecs: Some(ecs),
            },
        };
        // Our own calls are AWS's, not the functions': they pass another wire and are not counted.
        let own = Clients::connect(&aws, &management_url, runtime::wire::plain());
        store::create_table(&own.dynamodb, TABLE).await.context("the table")?;
        let queue_url = queue::create(&own.sqs, settings.timing.ring_visibility).await?;
        let store = Store::new(own.dynamodb.clone(), TABLE);
        let first_user = first_user::ensure(&store, &settings).await?;

        let function_settings = runtime::Settings {
            queue_url: queue_url.clone(),
            management_url: management_url.clone(),
            demo_model,
            ..function_settings(&settings, &data, address)?
        };
        let runtime = Runtime {
            settings: function_settings,
            clients: Clients::connect(&aws, &management_url, options.wire),
        };
        let functions = deployed::deploy(&runtime)?;

        let mut server = Self {
            address,
            data,
            first_user,
            services,
            gateway: JoinSet::new(),
            sources: JoinSet::new(),
            stop_services,
            stop_gateway: CancellationToken::new(),
            stop_sources: CancellationToken::new(),
            sockets,
            containers,
            database,
        };
        server.open(public, &functions, &settings);
        let stop = &server.stop_sources;
        let dispatcher = &functions.dispatcher;
        let sources = &mut server.sources;
        sources.spawn(events::rings(own.sqs, queue_url, dispatcher.clone(), stop.clone()));
        sources.spawn(events::state_changes(changes, dispatcher.clone(), stop.clone()));
        sources.spawn(events::ticks(settings.timing.tick, dispatcher.clone(), stop.clone()));
        Ok(server)
    }

    fn open(&mut self, listener: TcpListener, functions: &Functions, settings: &Settings) {
        let gateway = Arc::new(Gateway {
            functions: functions.clone(),
            sockets: Arc::clone(&self.sockets),
            limits: Limits { idle: settings.timing.socket_idle, life: settings.timing.socket_life },
        });
        let stop = self.stop_gateway.clone();
        self.gateway.spawn(async move {
            let connect = |peer| Connection { gateway: Arc::clone(&gateway), peer };
            listener::serve(listener, connect, stop).await;
        });
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where this machine reaches it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    #[must_use]
    pub fn first_user(&self) -> &FirstUser {
        &self.first_user
    }

    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.root()
    }

    /// Ends everything: nothing new is started, runners are asked to end and heard until they do, then the rest.
    /// Runs that were under way are found by the next start.
    pub async fn stop(mut self) {
        self.stop_sources.cancel();
        while self.sources.join_next().await.is_some() {}
        self.sockets.close_all().await;
        self.containers.close().await;
        self.stop_gateway.cancel();
        while self.gateway.join_next().await.is_some() {}
        self.stop_services.cancel();
        while self.services.join_next().await.is_some() {}
        self.database.stop().await;
    }
}

/// The settings of the functions, but for what depends on a port.
fn function_settings(
    settings: &Settings,
    data: &Data,
    address: SocketAddr,
) -> anyhow::Result<runtime::Settings> {
    let reachable = reachable(address);
    let signing_keys = data.signing_keys()?;
    let verifying_keys = auth::SigningKeys::parse(&signing_keys)?.verifying().to_text();
    Ok(runtime::Settings {
        table: TABLE.to_owned(),
        queue_url: String::new(),
        bucket: BUCKET.to_owned(),
        run_url: format!("http://{reachable}"),
        socket_url: format!("ws://{reachable}{SOCKET_PATH}"),
        management_url: String::new(),
        issuer: "errand-local".to_owned(),
        signing_keys: Some(signing_keys),
        verifying_keys: Some(verifying_keys),
        fargate: Fargate {
            cluster: CLUSTER.to_owned(),
            task_definition: "errand-runner".to_owned(),
            container: "runner".to_owned(),
            subnets: Vec::new(),
            security_groups: Vec::new(),
        },
        max_running: settings.max_running,
        user_max_running: settings.user_max_running,
        lease: settings.timing.lease,
        // Posts are cheap here, and whoever cancels does not want to wait.
        heartbeat: (settings.timing.lease / 3).min(Duration::from_secs(1)),
        start_timeout: settings.timing.start_timeout,
        cancel_grace: settings.timing.cancel_grace,
        strict_containers: true,
        demo_model: false,
        repositories: RepositoryPolicy { local_files: settings.local_repositories },
    })
}

/// The address by which this machine reaches a listener, also one that listens everywhere.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    address
}

/// A killed server left the files of its runs.
fn empty(dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path: PathBuf = entry?.path();
        if path.is_dir() { std::fs::remove_dir_all(path)? } else { std::fs::remove_file(path)? }
    }
    Ok(())
}
