//! A deployment of the real stack in an emulator of AWS, which `make test-cloud` made. Where the environment names one,
//! every scenario runs against it: the same scenarios, one after the other, as the deployment is one for all.
//!
//! What a scenario starts there is only its containers: ECS is `errand-cluster`, a process of the scenario's own, since
//! the emulator has none.

use std::{fs, io::Write as _, path::PathBuf, sync::OnceLock};

use aws_credential_types::Credentials;
use runtime::{Aws, Clients, Endpoints};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use store::{Store, StoreError};

use crate::{accounts, programs};

/// Names the file that tells where everything is.
const VARIABLE: &str = "ERRAND_CLOUD";

/// Where everything is, as `infra/emulator` writes it.
#[derive(Debug, Deserialize)]
pub struct Stack {
    /// Every AWS service.
    pub endpoint_url: String,
    pub region: String,
    /// Where `/v1` and `/health` are.
    pub api_url: String,
    pub table: String,
    pub bucket: String,
    pub queue_url: String,
    pub dead_letters_url: String,
    /// Where the functions look for ECS.
    pub ecs_url: String,
    pub admin_email: String,
    pub secrets: Secrets,
    pub functions: Functions,
    /// The emulator's log, in the directory of everything that is this emulator's.
    pub log: PathBuf,
}

/// Names of secrets.
#[derive(Debug, Deserialize)]
pub struct Secrets {
    /// The first admin's password.
    pub admin: String,
}

/// Names of functions.
#[derive(Debug, Deserialize)]
pub struct Functions {
    pub dispatcher: String,
}

impl Stack {
    /// The deployment, if there is one.
    ///
    /// # Panics
    /// When the file cannot be read.
    pub fn given() -> Option<&'static Self> {
        static STACK: OnceLock<Option<Stack>> = OnceLock::new();
        let read = || {
            let path = std::env::var_os(VARIABLE)?;
            let text = fs::read_to_string(&path).expect("the file that ERRAND_CLOUD names");
            Some(serde_json::from_str(&text).expect("the addresses of a deployment"))
        };
        STACK.get_or_init(read).as_ref()
    }

    /// As an operator of the deployment.
    #[must_use]
    pub fn clients(&self) -> Clients {
        let endpoint = Some(self.endpoint_url.clone());
        let aws = Aws {
            region: self.region.clone(),
            credentials: Credentials::new("test", "test", None, None, "emulator"),
            app_name: None,
            endpoints: Endpoints {
                dynamodb: endpoint.clone(),
                sqs: endpoint.clone(),
                s3: endpoint.clone(),
                ecs: endpoint.clone(),
                secrets: endpoint,
            },
        };
        Clients::connect(&aws, &self.endpoint_url, runtime::wire::plain())
    }

    /// `errand-cluster` as a command: where it listens, and whom it tells.
    pub(crate) fn cluster(&self) -> [String; 2] {
        let address = self.ecs_url.trim_start_matches("http://").to_owned();
        let Self { endpoint_url, functions, .. } = self;
        let invoke =
            format!("{endpoint_url}/2015-03-31/functions/{}/invocations", functions.dispatcher);
        [address, invoke]
    }

    /// The table.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::new(self.clients().dynamodb, &self.table)
    }

    /// The password that the deployment made for the first admin.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn admin_password(&self) -> String {
        let secret = runtime::secret(&self.clients(), &self.secrets.admin).await;
        secret.expect("a password").expose_secret().to_owned()
    }

    /// Deploys again, with another binary in the place of a function's, and gives what was said about it.
    ///
    /// # Panics
    /// When that fails.
    pub async fn replace_function(&self, name: &str) -> String {
        let state = self.log.parent().expect("a directory");
        let bootstrap = state.with_file_name("lambda").join(name).join("bootstrap");
        // What follows the last section of a binary does nothing, but makes it another one.
        let mut file = fs::OpenOptions::new().append(true).open(bootstrap).expect("a function");
        file.write_all(b"\n").expect("a function");
        let log = state.join("deploy.log");
        let before = fs::read_to_string(&log).expect("a log").len();
        let root = programs::repository_root();
        let deploy = tokio::process::Command::new(root.join(".venv-emulator/bin/python"))
            .arg(root.join("infra/emulator/emulator.py"))
            .args(["deploy", "--state"])
            .arg(state)
            .status();
        assert!(deploy.await.expect("Python").success(), "the deployment failed");
        fs::read_to_string(&log).expect("a log").split_off(before)
    }

    /// Adds an account, if it is not there from an earlier scenario.
    ///
    /// # Panics
    /// When that fails.
    pub async fn add_user(&self, email: &str, password: &str, role: auth::Role) {
        match self.store().put_user(&accounts::user(email, password, role)).await {
            Ok(()) | Err(StoreError::Conflict) => (),
            Err(err) => panic!("no account for {email}: {err}"),
        }
    }

    /// Everything in the table, as text to search.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn table_text(&self) -> String {
        let mut text = String::new();
        let mut start = None;
        loop {
            let scan = self.clients().dynamodb.scan().table_name(&self.table);
            let page = scan.set_exclusive_start_key(start).send().await.expect("a scan");
            text.push_str(&format!("{:?}", page.items()));
            start = page.last_evaluated_key;
            if start.is_none() {
                return text;
            }
        }
    }
}
