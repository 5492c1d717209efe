//! Containers: started once for each run, however often it is tried.

use auth::run_token::{self, Claims};
use aws_sdk_ecs::{
    error::SdkError,
    operation::run_task::RunTaskError,
    types::{
        AssignPublicIp, AwsVpcConfiguration, ContainerOverride, KeyValuePair, LaunchType,
        NetworkConfiguration, TaskOverride,
    },
};
use domain::task::Attempt;
use jiff::{SignedDuration, Timestamp};
use planted::planted;
use runtime::Chain;
use secrecy::ExposeSecret as _;
use store::{Head, StoreError};

use crate::{Dispatcher, event::started_by};

/// A run token outlives the run's deadline by this: its end has to be told.
const TOKEN_GRACE: SignedDuration = SignedDuration::from_mins(10);

impl Dispatcher {
    /// Asks for the run's container. It has a name of its own (`clientToken`), so asking twice starts one.
    ///
    /// A failure leaves the run as it is: the tick asks again until the start deadline, and then ends it.
    pub(crate) async fn launch(&self, head: &Head) {
        let attempt = head.task.attempt;
        if let Err(err) = self.published.get_or_try_init(|| self.publish_key()).await {
            tracing::warn!(error = %Chain(&err), task.id = %head.id, "cannot publish the key of run tokens");
            return;
        }
        match self.run_task(head, runtime::clock::now()).await {
            Ok(()) => {
                tracing::info!(task.id = %head.id, task.attempt = attempt.0, "started a container for {}", head.id);
            }
            Err(why) => {
                tracing::warn!(task.id = %head.id, task.attempt = attempt.0, "no container for {} yet: {why}", head.id);
            }
        }
    }

    /// Before the first token that is signed with it. Where the settings tell who checks, nobody looks in the table.
    async fn publish_key(&self) -> Result<(), StoreError> {
        if self.settings.verifying_keys.is_some() {
            return Ok(());
        }
        let text = self.keys.verifying().to_text();
        self.store.put_run_key(self.keys.kid(), &text, runtime::clock::now()).await
    }

    async fn run_task(&self, head: &Head, now: Timestamp) -> Result<(), String> {
        let fargate = &self.settings.fargate;
        let attempt = head.task.attempt;
        let variable =
            |name: &str, value: &str| KeyValuePair::builder().name(name).value(value).build();
        let overrides = TaskOverride::builder()
            .container_overrides(
                ContainerOverride::builder()
                    .name(&fargate.container)
                    .environment(variable("ERRAND_RUN_URL", &self.settings.run_url))
                    .environment(variable(
                        "ERRAND_RUN_TOKEN",
                        self.run_token(head, now).expose_secret(),
                    ))
                    .build(),
            )
            .build();
        let mut request = self
            .clients
            .ecs
            .run_task()
            .cluster(&fargate.cluster)
            .task_definition(&fargate.task_definition)
            .client_token(client_token(head, attempt))
            .started_by(started_by(head.id, attempt.0))
            .launch_type(LaunchType::Fargate)
            .overrides(overrides);
        if !fargate.subnets.is_empty() {
            let network = AwsVpcConfiguration::builder()
                .set_subnets(Some(fargate.subnets.clone()))
                .set_security_groups(Some(fargate.security_groups.clone()))
                // Public subnets without a way in: a NAT gateway would cost more than everything else together.
                .assign_public_ip(AssignPublicIp::Enabled)
                .build()
                .map_err(|err| err.to_string())?;
            request = request.network_configuration(
                NetworkConfiguration::builder().awsvpc_configuration(network).build(),
            );
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            // It was started before, and the answer was lost: only the token is another one now.
            Err(err) if was_started_before(&err) => return Ok(()),
            Err(err) => return Err(Chain(&err).to_string()),
        };
        if !answer.tasks().is_empty() {
            return Ok(());
        }
        let reasons: Vec<_> =
            answer.failures().iter().filter_map(|failure| failure.reason()).collect();
        Err(format!("refused ({})", reasons.join(", ")))
    }

    fn run_token(&self, head: &Head, now: Timestamp) -> secrecy::SecretString {
        let claims = Claims { task: head.id, attempt: head.task.attempt.0, owner: head.owner };
        let seconds = |duration: std::time::Duration| {
            SignedDuration::try_from(duration).unwrap_or(SignedDuration::ZERO)
        };
        let run = SignedDuration::from_secs(i64::try_from(head.timeout_s).unwrap_or(86_400));
        let life = run + seconds(self.settings.start_timeout) + TOKEN_GRACE;
        run_token::sign(&self.keys, &claims, now, now + life)
    }
}

fn was_started_before(err: &SdkError<RunTaskError>) -> bool {
    err.as_service_error().is_some_and(RunTaskError::is_conflict_exception)
}

/// At most 64 characters, the same for every try at the same run.
fn client_token(head: &Head, attempt: Attempt) -> String {
    let attempt = if planted!(TokenWithoutAttempt) { Attempt(0) } else { attempt };
    format!("{}-{attempt}", head.id.uuid().simple())
}
