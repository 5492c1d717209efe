//! Settings and clients, as every function gets them: the clients of the product, over our wire.

use std::time::Duration;

use auth::SigningKeys;
use aws_credential_types::Credentials;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_sdk_dynamodb::config::{IdentityCache, StalledStreamProtectionConfig};
use aws_smithy_runtime::client::{auth::no_auth::NO_AUTH_SCHEME_ID, retries::RetryPartition};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::interceptors::{
        Intercept, context::BeforeSerializationInterceptorContextRef, disable_interceptor,
        dyn_dispatch_hint,
    },
    shared::IntoShared as _,
};
use aws_smithy_types::config_bag::ConfigBag;
use domain::limits::RepositoryPolicy;
use runtime::{Aws, Clients, Endpoints, Fargate, Metrics, Runtime, Settings};
use secrecy::SecretString;

use crate::{plan::Plan, wire::Client};

pub(crate) const TABLE: &str = "errand";
/// Longer than this no heartbeat may take.
pub(crate) const LEASE: Duration = Duration::from_secs(45);
const PASSPHRASE: &str = "thepassphraseofallsimulatedworlds0123456789abcdef";

pub(crate) fn keys() -> anyhow::Result<SigningKeys> {
    Ok(SigningKeys::parse(&SecretString::from(PASSPHRASE))?)
}

pub(crate) fn runtime(plan: &Plan) -> anyhow::Result<Runtime> {
    let settings = settings(plan);
    let at = |service: &str| Some(format!("http://{service}.test"));
    let aws = Aws {
        region: "eu-central-1".to_owned(),
        credentials: Credentials::new("test", "test", None, None, "test"),
        app_name: None,
        endpoints: Endpoints {
            dynamodb: at("dynamodb"),
            sqs: at("sqs"),
            s3: at("s3"),
            ecs: at("ecs"),
            secrets: None,
        },
    };
    let clients = Clients::connect(&aws, &settings.management_url, Client.into_shared());
    Ok(Runtime { settings, clients: of_one_world(clients) })
}

/// The SDK spares a service that fails too often, and remembers that for the whole process. Here each world remembers
/// for itself.
fn of_one_world(clients: Clients) -> Clients {
    macro_rules! partitioned {
        ($service:ident, $client:expr) => {{
            let partition = RetryPartition::custom(stringify!($service)).build();
            let config = $client
                .config()
                .to_builder()
                .retry_partition(partition)
                // Bodies are here at once, or not at all.
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .identity_cache(IdentityCache::no_cache())
                .interceptor(Nameless)
                // Nobody here checks a signature.
                .allow_no_auth()
                .auth_scheme_preference([NO_AUTH_SCHEME_ID])
                .build();
            $service::Client::from_conf(config)
        }};
    }
    Clients {
        dynamodb: partitioned!(aws_sdk_dynamodb, clients.dynamodb),
        sqs: partitioned!(aws_sdk_sqs, clients.sqs),
        s3: partitioned!(aws_sdk_s3, clients.s3),
        ecs: partitioned!(aws_sdk_ecs, clients.ecs),
        sockets: partitioned!(aws_sdk_apigatewaymanagement, clients.sockets),
        ..clients
    }
}

/// Nobody here asks what SDK calls, which is told at length.
#[derive(Debug)]
struct Nameless;

#[dyn_dispatch_hint]
impl Intercept for Nameless {
    fn name(&self) -> &'static str {
        "Nameless"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let off = disable_interceptor::<UserAgentInterceptor>("nobody reads it");
        cfg.interceptor_state().store_put(off);
        Ok(())
    }
}

fn settings(plan: &Plan) -> Settings {
    Settings {
        table: TABLE.to_owned(),
        queue_url: "http://sqs.test/queue".to_owned(),
        bucket: "bucket".to_owned(),
        run_url: "https://run.test".to_owned(),
        socket_url: "wss://socket.test".to_owned(),
        management_url: "http://sockets.test".to_owned(),
        signing_keys: Some(SecretString::from(PASSPHRASE)),
        // As in the cloud: progress finds the dispatcher's key in the table.
        verifying_keys: None,
        first_admin: None,
        metrics: Metrics::default(),
        fargate: Fargate {
            cluster: "cluster".to_owned(),
            task_definition: "runner".to_owned(),
            container: "runner".to_owned(),
            ..Fargate::default()
        },
        max_running: plan.max_running,
        user_max_running: plan.user_max_running,
        user_max_queued: plan.user_max_queued,
        tick: plan.tick,
        lease: LEASE,
        heartbeat: Duration::from_secs(15),
        start_timeout: Duration::from_secs(90),
        cancel_grace: Duration::from_secs(30),
        strict_containers: false,
        demo_model: false,
        repositories: RepositoryPolicy { local_files: false },
    }
}
