//! The table and the stub, served on loopback from a thread of their own: the engine blocks.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use tokio::{net::TcpListener, sync::oneshot};

use crate::{Cloud, cloud};

/// They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Servers {
    pub(crate) table: SocketAddr,
    pub(crate) stub: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Servers {
    pub(crate) fn start(cloud: Arc<Mutex<Cloud>>) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                let table = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let stub = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send((table.local_addr().unwrap(), stub.local_addr().unwrap())).unwrap();
                let engine = dynoxide::Database::memory().unwrap();
                tokio::select! {
                    () = async { dynoxide::server::serve_on(table, engine).await } => (),
                    () = async { axum::serve(stub, cloud::router(cloud)).await.unwrap() } => (),
                    _ = stopped => (),
                }
            });
        });
        let (table, stub) = told.recv().unwrap();
        Self { table, stub, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok() || thread::panicking(), "a server panicked");
        }
    }
}
