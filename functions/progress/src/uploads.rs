//! `POST /v1/run/uploads`: links to put files with, so that a runner needs no credentials.

use std::{sync::Arc, time::Duration};

use aws_sdk_s3::presigning::PresigningConfig;
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
};
use domain::{
    problem::{Code, FieldError, Problem},
    run::{Artifact, Upload, UploadsAnswer, UploadsPost},
};
use runtime::Chain;
use store::objects::artifact_key;

use crate::{App, answer::Refusal, caller::Caller};

const MAX_FILES: usize = 20;
const MAX_BYTES: u64 = 512 * 1024 * 1024;
const LINK_LIFE: Duration = Duration::from_secs(300);

pub(crate) async fn post_uploads(
    State(app): State<Arc<App>>,
    Caller(run): Caller,
    post: Result<Json<UploadsPost>, JsonRejection>,
) -> Result<Json<UploadsAnswer>, Refusal> {
    let Json(post) = post?;
    let errors = faults("artifacts", &post.artifacts);
    if !errors.is_empty() {
        return Err(Problem::validation(errors).into());
    }
    let head = app.store.head(run.task).await?;
    if head.task.attempt.0 != run.attempt || !head.task.state.is_live() {
        return Err(Code::Superseded.into());
    }
    let mut uploads = Vec::with_capacity(post.artifacts.len());
    for artifact in &post.artifacts {
        let key = artifact_key(run.task, run.attempt, &artifact.name);
        uploads.push(link(&app, &key, artifact).await?);
    }
    Ok(Json(UploadsAnswer { uploads }))
}

/// The size is part of the signature: a link takes the file that was announced and no other.
async fn link(app: &App, key: &str, artifact: &Artifact) -> Result<Upload, Refusal> {
    let expiry = PresigningConfig::expires_in(LINK_LIFE).map_err(|_| Code::Internal)?;
    let request = app
        .clients
        .s3
        .put_object()
        .bucket(&app.settings.bucket)
        .key(key)
        .content_type(&artifact.content_type)
        .content_length(i64::try_from(artifact.size_bytes).unwrap_or(i64::MAX))
        .presigned(expiry)
        .await
        .map_err(|err| {
            tracing::error!(error = %Chain(&err), "cannot sign an upload link");
            Code::Internal
        })?;
    Ok(Upload {
        name: artifact.name.clone(),
        url: request.uri().to_owned(),
        headers: request
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    })
}

/// What is wrong with these files, which are the field `name` of a post.
pub(crate) fn faults(name: &str, artifacts: &[Artifact]) -> Vec<FieldError> {
    if artifacts.len() > MAX_FILES {
        let message = format!("must have at most {MAX_FILES} entries");
        return vec![FieldError { field: name.to_owned(), message }];
    }
    let mut errors = Vec::new();
    for (index, artifact) in artifacts.iter().enumerate() {
        for (good, field, message) in [
            (is_plain_name(&artifact.name), "name", "must be a plain file name"),
            (artifact.size_bytes <= MAX_BYTES, "size_bytes", "is too large"),
            (is_media_type(&artifact.content_type), "content_type", "must be a media type"),
            (is_sha256(&artifact.sha256), "sha256", "must be 64 hexadecimal digits"),
        ] {
            if !good {
                let field = format!("{name}[{index}].{field}");
                errors.push(FieldError { field, message: message.to_owned() });
            }
        }
    }
    errors
}

/// It becomes a header of the link and of the download.
fn is_media_type(text: &str) -> bool {
    text.len() <= 100
        && text.bytes().all(|b| (0x20..0x7f).contains(&b))
        && text.split_once('/').is_some_and(|(kind, of)| !kind.is_empty() && !of.is_empty())
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// One path segment of plain characters: it becomes part of an object's key and of a download's name.
fn is_plain_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_one_plain_segment() {
        for good in ["patch.diff", "transcript.jsonl", "a_b-c.1"] {
            assert!(is_plain_name(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            ".bashrc",
            "../x",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "a\0",
            "a\nb",
            "é",
            "..%2f",
        ] {
            assert!(!is_plain_name(bad), "{bad:?}");
        }
    }
}
