//! The AWS clients, built by hand from the standard variables: a Lambda needs neither profiles nor metadata calls, and
//! every millisecond of a cold start is somebody's wait.

use std::time::Duration;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, app_name::AppName, region::Region};

use crate::{
    settings::{SettingsError, env, required},
    wire::Wire,
};

/// Before a second try. The SDK's own second would be most of a caller's patience; its budget for second tries and the
/// doubling of the wait keep an outage from becoming a storm.
const BACKOFF: Duration = Duration::from_millis(50);

/// Where AWS is, and who we are there.
#[derive(Clone, Debug)]
pub struct Aws {
    pub region: String,
    pub credentials: Credentials,
    pub endpoints: Endpoints,
    /// Who calls, as `CloudTrail` shows it.
    pub app_name: Option<AppName>,
}

/// Addresses in the place of AWS's own: an emulator, or the cloud on one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    pub dynamodb: Option<String>,
    pub sqs: Option<String>,
    pub s3: Option<String>,
    pub ecs: Option<String>,
    pub secrets: Option<String>,
}

impl Aws {
    /// From the variables that Lambda sets, and the standard `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`.
    ///
    /// # Errors
    /// Names the variable that is missing.
    pub fn from_env() -> Result<Self, SettingsError> {
        let endpoint = |service: &str| {
            env(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| env("AWS_ENDPOINT_URL"))
        };
        Ok(Self {
            region: env("AWS_REGION").map_or_else(|| required("AWS_DEFAULT_REGION"), Ok)?,
            credentials: Credentials::new(
                required("AWS_ACCESS_KEY_ID")?,
                required("AWS_SECRET_ACCESS_KEY")?,
                env("AWS_SESSION_TOKEN"),
                None,
                "environment",
            ),
            app_name: env("AWS_LAMBDA_FUNCTION_NAME").and_then(|name| AppName::new(name).ok()),
            endpoints: Endpoints {
                dynamodb: endpoint("DYNAMODB"),
                sqs: endpoint("SQS"),
                s3: endpoint("S3"),
                ecs: endpoint("ECS"),
                secrets: endpoint("SECRETS_MANAGER"),
            },
        })
    }
}

/// A client for each service.
#[derive(Clone, Debug)]
pub struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub s3: aws_sdk_s3::Client,
    pub ecs: aws_sdk_ecs::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    /// Pushes to sockets. Its endpoint is a setting: API Gateway has one for each stage.
    pub sockets: aws_sdk_apigatewaymanagement::Client,
}

impl Clients {
    /// Connects all clients over one wire.
    #[must_use]
    pub fn connect(aws: &Aws, management_url: &str, wire: Wire) -> Self {
        let mut shared = SdkConfig::builder();
        shared.set_app_name(aws.app_name.clone());
        let shared = shared
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(aws.credentials.clone()))
            .http_client(wire)
            .retry_config(
                RetryConfig::standard().with_max_attempts(4).with_initial_backoff(BACKOFF),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(2))
                    .operation_attempt_timeout(Duration::from_secs(25))
                    .build(),
            )
            .build();
        let at = |endpoint: &Option<String>| {
            let mut config = shared.to_builder();
            config.set_endpoint_url(endpoint.clone());
            config.build()
        };
        // A push is a hint: it is tried once, and nobody waits long for a slow socket.
        let at_sockets = {
            let mut config = shared.to_builder().retry_config(RetryConfig::disabled());
            config.set_endpoint_url(Some(management_url.to_owned()));
            config.set_timeout_config(Some(
                TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(3)).build(),
            ));
            config.build()
        };
        let s3 = aws_sdk_s3::config::Builder::from(&at(&aws.endpoints.s3))
            .force_path_style(aws.endpoints.s3.is_some())
            .build();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&at(&aws.endpoints.dynamodb)),
            sqs: aws_sdk_sqs::Client::new(&at(&aws.endpoints.sqs)),
            s3: aws_sdk_s3::Client::from_conf(s3),
            ecs: aws_sdk_ecs::Client::new(&at(&aws.endpoints.ecs)),
            secrets: aws_sdk_secretsmanager::Client::new(&at(&aws.endpoints.secrets)),
            sockets: aws_sdk_apigatewaymanagement::Client::new(&at_sockets),
        }
    }
}
