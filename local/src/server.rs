//! All of it together: what is started in which order, and ended in which.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use domain::limits::RepositoryPolicy;
use runtime::{Aws, Clients, Endpoints, Fargate, Metrics, Runtime, ledger::Ledger};
use secrecy::{ExposeSecret as _, SecretString};
use store::Store;
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::sync::CancellationToken;

use crate::{
    containers::{Containers, ModelAccess, Processes, Runners},
    credentials::{Credentials, REGION},
    data::Data,
    database::{Database, TABLE},
    deployed,
    disk::Disk,
    events,
    first_user::{self, FirstUser},
    gateway::{Connection, Gateway, Limits, SOCKET_PATH, Site, Sockets},
    inside::Inside,
    leftovers,
    management::Management,
    model,
    objects::{self, BUCKET},
    queue,
    services::Services,
    settings::Settings,
};

const CLUSTER: &str = "errand";

/// The cloud on one machine, running.
pub struct Server {
    address: SocketAddr,
    data: Data,
    first_user: FirstUser,
    /// Signs the first user in, once.
    link: Option<SecretString>,
    /// What the world reaches.
    front: Services,
    /// What calls the dispatcher.
    sources: Services,
    /// What the functions call.
    services: Services,
    sockets: Arc<Sockets>,
    containers: Arc<Containers>,
    database: Database,
    /// Comes when nothing reaches the disk any more.
    broken: CancellationToken,
}

/// What else a start can be given.
#[derive(Debug, Default)]
pub struct Options {
    /// Counts the AWS calls of the functions.
    pub ledger: Option<Ledger>,
    /// Whether this program has no children but runners. Then it adopts whatever they leave behind, and ends it.
    pub adopt: bool,
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
        let processes = if options.adopt { Processes::adopting()? } else { Processes::default() };
        processes.end_all(&data.runs()).await;
        leftovers::remove(&data.runs()).await.context("the directory of the runs")?;

        // Taken first: whoever has the port already is the likeliest trouble.
        let public = TcpListener::bind((settings.host, settings.port))
            .await
            .with_context(|| format!("ERRAND_PORT {} cannot be used", settings.port))?;
        let address = public.local_addr()?;

        let credentials = Credentials::generate()?;
        let mut services = Services::default();
        let mut inside = Inside::default();
        let database = Database::open(&data.database()).await?;
        let dynamodb = inside.take("table", database.calls());
        let disk = Disk::start(&data.database())?;
        let broken = disk.broken();
        let sqs = queue::serve(&mut services, &credentials).await?;
        let s3 = objects::serve(&mut services, &data, &credentials).await?;
        let model = model::access(&mut services, &settings).await?;
        let demo_model = model.demo;
        let (changed, changes) = mpsc::unbounded_channel();
        let containers = Containers::start(runners(&settings, &data, model), processes, changed)?;
        let ecs = inside.take("containers", Arc::clone(&containers));
        let sockets = Arc::new(Sockets::default());
        let management_url = inside.take("sockets", Management(Arc::clone(&sockets)));
        let wire = inside.wire();

        let aws = Aws {
            region: REGION.to_owned(),
            credentials: credentials.for_clients(),
            app_name: None,
            endpoints: Endpoints {
                dynamodb: Some(dynamodb),
                sqs: Some(sqs),
                s3: Some(s3),
                ecs: Some(ecs),
                // Here the keys are a file and the first account is made at the start.
                secrets: None,
            },
        };
        // Our own calls are AWS's, not the functions': they are not counted.
        let own = Clients::connect(&aws, &management_url, wire.clone());
        let counted = match options.ledger {
            Some(ledger) => ledger.counting(wire),
            None => wire,
        };
        let queue_url = queue::create(&own.sqs, settings.timing.ring_visibility).await?;

        let function_settings = runtime::Settings {
            queue_url: queue_url.clone(),
            management_url: management_url.clone(),
            demo_model,
            ..function_settings(&settings, &data, address)?
        };
        let runtime = Runtime {
            settings: function_settings,
            clients: Clients::connect(&aws, &management_url, counted),
        };
        let functions = deployed::deploy(&runtime)?;
        // Last of what can fail: its password is shown once.
        let store = Store::new(own.dynamodb, TABLE);
        let first_user = first_user::ensure(&store, &settings).await?;
        // A convenience: without room for it all else can still be looked at.
        let link = first_user::link(&store, &settings).await.unwrap_or_else(|error| {
            tracing::warn!(error = format!("{error:#}"), "there is no link to sign in");
            None
        });

        let mut sources = Services::default();
        let (dispatcher, stop) = (&functions.dispatcher, sources.stopping());
        sources.spawn(events::rings(own.sqs, queue_url, dispatcher.clone(), stop.clone()));
        sources.spawn(events::state_changes(changes, dispatcher.clone(), stop.clone()));
        sources.spawn(events::ticks(settings.timing.tick, dispatcher.clone(), stop));

        let gateway = Arc::new(Gateway {
            functions,
            sockets: Arc::clone(&sockets),
            limits: Limits { idle: settings.timing.socket_idle, life: settings.timing.socket_life },
            site: Site::read(settings.dashboard.as_deref()).context("the dashboard")?,
            disk,
        });
        let mut front = Services::default();
        front.listen(public, move |peer| Connection { gateway: Arc::clone(&gateway), peer });
        Ok(Self {
            address,
            data,
            first_user,
            link,
            front,
            sources,
            services,
            sockets,
            containers,
            database,
            broken,
        })
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

    /// Where a browser signs the first user in, once and soon; nowhere if that account is disabled.
    #[must_use]
    pub fn link(&self) -> Option<SecretString> {
        let token = self.link.as_ref()?.expose_secret();
        Some(format!("{}/login#link={token}", self.url()).into())
    }

    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.root()
    }

    /// Comes back when the disk refused what was to be kept. Nothing is accepted from then on; only another start helps.
    pub async fn broken(&self) {
        self.broken.cancelled().await;
    }

    /// Ends everything: nothing new is started, runners are asked to end and heard until they do, then the rest.
    /// Runs that were under way are found by the next start.
    pub async fn stop(mut self) {
        self.sources.stop().await;
        self.sockets.close_all().await;
        self.containers.close().await;
        self.front.stop().await;
        self.services.stop().await;
        self.database.stop().await;
    }
}

pub(crate) fn runners(settings: &Settings, data: &Data, model: ModelAccess) -> Runners {
    Runners {
        supervisor: settings.supervisor.clone(),
        wrapper: settings.wrapper.clone(),
        runs: data.runs(),
        logs: data.logs(),
        model,
        local_repositories: settings.local_repositories,
        stop_timeout: settings.timing.stop_timeout,
        // It hears of a cancel by its next heartbeat, and its end has to come before it is given up.
        cancel_limit: settings.timing.cancel_grace.mul_f64(0.6),
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
        signing_keys: Some(signing_keys),
        verifying_keys: Some(verifying_keys),
        first_admin: None,
        metrics: Metrics::default(),
        fargate: Fargate {
            cluster: CLUSTER.to_owned(),
            task_definition: "errand-runner".to_owned(),
            container: "runner".to_owned(),
            subnets: Vec::new(),
            security_groups: Vec::new(),
        },
        max_running: settings.max_running,
        user_max_running: settings.user_max_running,
        user_max_queued: settings.user_max_queued,
        tick: settings.timing.tick,
        lease: settings.timing.lease,
        // Posts are cheap here, and whoever cancels does not want to wait.
        heartbeat: (settings.timing.lease / 3).min(Duration::from_millis(500)),
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
