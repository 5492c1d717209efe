//! How a server is set up before it starts.

use std::collections::BTreeMap;

use auth::Role;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    cloud::Stack,
    database::Database,
    disk::SmallDisk,
    model::Model,
    programs,
    secrets::{ADMIN_PASSWORD, MODEL_KEY, OTHER_PASSWORD},
    server::{self, Server},
};

/// The first user.
pub const ADMIN: &str = "admin@errand.test";
/// The second user, where there is one.
pub const OTHER: &str = "other@errand.test";

/// Who answers in the place of the model's service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ModelChoice {
    /// The demo model as a program of its own, reached with a key like the real service.
    Outside,
    /// No key is given: the server brings its own.
    Embedded,
    /// Nobody: the child is scripted.
    Nobody,
}

/// Settings of a server that is still to be started.
#[derive(Clone, Debug)]
pub struct Setup {
    pub(crate) variables: BTreeMap<String, String>,
    /// Who the first user is.
    pub(crate) admin: String,
    /// The deployment that all scenarios run against, if not each against a server of its own.
    pub(crate) stack: Option<&'static Stack>,
    model: ModelChoice,
    other_user: bool,
    /// Told that a file may not grow, the server is to hear it as an error: the signal would end it.
    pub(crate) deaf_to_file_limits: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

impl Setup {
    /// With the real wrapper, Claude Code, and the demo model outside.
    #[must_use]
    pub fn new() -> Self {
        let variables = [
            ("ERRAND_PORT", "0".to_owned()),
            ("ERRAND_ADMIN_EMAIL", ADMIN.to_owned()),
            ("ERRAND_ADMIN_PASSWORD", ADMIN_PASSWORD.to_owned()),
            ("ERRAND_SUPERVISOR", programs::program("supervisor").display().to_string()),
            ("ERRAND_WRAPPER", json!(programs::wrapper()).to_string()),
            ("ANTHROPIC_API_KEY", MODEL_KEY.to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let (admin, stack) = (ADMIN.to_owned(), Stack::given());
        Self {
            variables,
            admin,
            stack,
            model: ModelChoice::Outside,
            other_user: false,
            deaf_to_file_limits: false,
        }
    }

    /// With a scripted child in the place of wrapper and Claude Code: fast, and exact in what it says.
    #[must_use]
    pub fn scripted() -> Self {
        let setup = Self { model: ModelChoice::Nobody, ..Self::new() };
        setup.set("ERRAND_WRAPPER", json!(programs::scripted()))
    }

    /// Without a key, so that the server brings its own model.
    #[must_use]
    pub fn without_key(mut self) -> Self {
        self.variables.remove("ANTHROPIC_API_KEY");
        Self { model: ModelChoice::Embedded, ..self }
    }

    /// Another setting.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.insert(name.to_owned(), value.to_string());
        self
    }

    /// So many runs at once.
    #[must_use]
    pub fn max_running(self, runs: u32) -> Self {
        self.set("ERRAND_MAX_RUNNING", runs)
    }

    /// With a second user, who may sign in as [`OTHER`].
    #[must_use]
    pub fn with_other_user(self) -> Self {
        Self { other_user: true, ..self }
    }

    /// Files may be kept from growing while it runs: see [`Server::let_files_grow_to`].
    #[must_use]
    pub fn on_a_disk_that_may_be_full(self) -> Self {
        Self { deaf_to_file_limits: true, ..self }
    }

    /// Starts the server, and signs in.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(mut self) -> Server {
        let dir = TempDir::with_prefix("errand-test-").expect("a temporary directory");
        if let Some(stack) = self.stack {
            self.move_into(stack).await;
        } else if self.other_user {
            let database = Database::open(&server::database_file(dir.path())).await;
            database.add_user(OTHER, OTHER_PASSWORD).await;
            database.close();
        }
        let model = match self.model {
            ModelChoice::Outside => {
                let model = Model::start(MODEL_KEY).await;
                self.variables.insert("ANTHROPIC_BASE_URL".to_owned(), model.url().to_owned());
                Some(model)
            }
            ModelChoice::Embedded | ModelChoice::Nobody => None,
        };
        Server::start(self, dir, model).await
    }

    /// Starts it on a file system of its own, of so many bytes; not at all where nobody may mount one.
    pub async fn start_on_a_disk_of(self, bytes: u64) -> Option<Server> {
        let dir = TempDir::with_prefix("errand-test-").expect("a temporary directory");
        let disk = SmallDisk::mount(&server::data(dir.path()), bytes)?;
        Some(Server::start(self, dir, None).await.on(disk))
    }

    /// Takes a user of its own, so that nothing of another scenario is in the way, and says what only runners are told.
    async fn move_into(&mut self, stack: &Stack) {
        let of_runners = [
            "ANTHROPIC_API_KEY",
            "ANTHROPIC_BASE_URL",
            "ERRAND_ALLOW_LOCAL_REPOSITORIES",
            "ERRAND_LOG",
            "ERRAND_STOP_TIMEOUT_MS",
            "ERRAND_SUPERVISOR",
            "ERRAND_WRAPPER",
        ];
        let usual = ["ERRAND_PORT", "ERRAND_ADMIN_EMAIL", "ERRAND_ADMIN_PASSWORD"];
        self.variables.retain(|name, value| {
            let told = of_runners.contains(&name.as_str());
            assert!(
                told || usual.contains(&name.as_str()),
                "no scenario of a deployment: {name}={value}"
            );
            told
        });
        self.admin = format!("admin-{}@errand.test", Uuid::now_v7().simple());
        stack.add_user(&self.admin, ADMIN_PASSWORD, Role::Admin).await;
        if self.other_user {
            stack.add_user(OTHER, OTHER_PASSWORD, Role::Member).await;
        }
    }
}
