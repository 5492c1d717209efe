//! The container service alone: for a deployment in an emulator of AWS that has no containers. The functions, the queue
//! and the table are the emulator's; only what ECS would start is started here.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    aws_service::OnPort,
    containers::{Containers, Processes},
    data::Data,
    leftovers, model,
    server::runners,
    services::Services,
    settings::Settings,
};

/// Containers that run.
pub struct Cluster {
    address: SocketAddr,
    services: Services,
    containers: Arc<Containers>,
}

impl Cluster {
    /// Serves ECS at an address, to whoever can reach it: in an emulator every caller has credentials of its own, so
    /// there is nothing to check a signature with. `changes` takes what ECS would tell EventBridge.
    ///
    /// # Errors
    /// When the address is taken, the data is in use, or a service does not start.
    pub async fn start(
        settings: &Settings,
        address: SocketAddr,
        changes: mpsc::UnboundedSender<Value>,
    ) -> anyhow::Result<Self> {
        let data = Data::open(&settings.data)?;
        let processes = Processes::adopting()?;
        processes.end_all(&data.runs()).await;
        leftovers::remove(&data.runs()).await.context("the directory of the runs")?;
        let listener = TcpListener::bind(address).await.with_context(|| address.to_string())?;
        let address = listener.local_addr()?;
        let mut services = Services::default();
        let model = model::access(&mut services, settings).await?;
        let runners = runners(settings, &data, model);
        let containers = Containers::start(runners, processes, changes)?;
        let service = OnPort::new(Arc::clone(&containers));
        services.listen(listener, move |_| service.clone());
        Ok(Self { address, services, containers })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops every container and waits for the last process.
    pub async fn stop(mut self) {
        self.containers.close().await;
        self.services.stop().await;
    }
}
