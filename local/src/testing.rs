//! What the tests of the services share.

use std::{path::Path, time::Duration};

use runtime::{Aws, Clients, Endpoints, Wire};

use crate::{
    aws_service::AwsService,
    credentials::{Credentials, REGION},
    inside::Inside,
};

/// Clients that find every service at `url`, and are who `credentials` says.
pub(crate) fn clients(url: &str, credentials: &Credentials) -> Clients {
    over(runtime::wire::plain(), url, credentials)
}

/// Clients of a service of this process.
pub(crate) fn clients_of(service: impl AwsService) -> Clients {
    let mut inside = Inside::default();
    let url = inside.take("service", service);
    over(inside.wire(), &url, &Credentials::generate().unwrap())
}

fn over(wire: Wire, url: &str, credentials: &Credentials) -> Clients {
    let url = Some(url.to_owned());
    let aws = Aws {
        region: REGION.to_owned(),
        credentials: credentials.for_clients(),
        app_name: None,
        endpoints: Endpoints {
            dynamodb: url.clone(),
            sqs: url.clone(),
            s3: url.clone(),
            ecs: url.clone(),
            secrets: url.clone(),
        },
    };
    Clients::connect(&aws, url.as_deref().unwrap_or_default(), wire)
}

/// An HTTP client that knows nothing of AWS.
pub(crate) fn stranger() -> reqwest::Client {
    // A second call finds the provider of the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// Waits for what another process writes.
pub(crate) async fn text_of(path: &Path) -> String {
    let written = async {
        loop {
            match std::fs::read_to_string(path) {
                Ok(text) if text.ends_with('\n') => return text,
                Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.expect("nothing was written")
}

/// Whether a process is there and not only waiting to be buried.
pub(crate) fn is_alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}
