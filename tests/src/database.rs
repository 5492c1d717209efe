//! The table of a server that does not run: what no user of the API can put in or look at.

use std::{fs, path::Path, thread::JoinHandle};

use auth::Role;
use aws_credential_types::Credentials;
use runtime::{Aws, Clients, Endpoints};
use store::Store;
use tokio::sync::oneshot;

use crate::accounts;

const TABLE: &str = "errand";

/// An engine over a file; it ends when dropped.
#[derive(Debug)]
pub struct Database {
    store: Store,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Goes with the engine.
    copy: Option<tempfile::TempDir>,
}

impl Database {
    /// Opens the table, and makes it if it is not there.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(file: &Path) -> Self {
        fs::create_dir_all(file.parent().expect("a file in a directory")).expect("a directory");
        let engine = dynoxide::Database::new(file.to_str().expect("UTF-8")).expect("a database");
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        listener.set_nonblocking(true).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel();
        // It blocks; what waits for it must not be on the same thread.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = dynoxide::server::serve_on(listener, engine) => {}
                    _ = stopped => {}
                }
            });
        });
        let aws = Aws {
            region: "us-east-1".to_owned(),
            credentials: Credentials::new("test", "test", None, None, "test"),
            app_name: None,
            endpoints: Endpoints { dynamodb: Some(url), ..Endpoints::default() },
        };
        let clients = Clients::connect(&aws, "http://nowhere.invalid", runtime::wire::plain());
        store::create_table(&clients.dynamodb, TABLE).await.expect("a table");
        let store = Store::new(clients.dynamodb, TABLE);
        Self { store, stop: Some(stop), thread: Some(thread), copy: None }
    }

    /// Opens a copy, so that looking changes nothing.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn copy_of(file: &Path) -> Self {
        let copy = tempfile::tempdir().expect("a temporary directory");
        for suffix in ["", "-wal"] {
            let from = format!("{}{suffix}", file.display());
            if Path::new(&from).exists() {
                fs::copy(&from, copy.path().join(format!("errand.db{suffix}"))).expect("a copy");
            }
        }
        let mut database = Self::open(&copy.path().join("errand.db")).await;
        database.copy = Some(copy);
        database
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Adds an account.
    ///
    /// # Panics
    /// When that fails.
    pub async fn add_user(&self, email: &str, password: &str) {
        let user = accounts::user(email, password, Role::Member);
        self.store.put_user(&user).await.expect("a user");
    }

    /// Closes the file.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok() || std::thread::panicking(), "the engine panicked");
        }
        drop(self.copy.take());
    }
}
