//! The bucket: artifacts, and the events that are too big for the table.

use std::time::Duration;

use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    presigning::PresigningConfig,
    types::{Delete, ObjectIdentifier},
};

use crate::error::{Error, Result};

/// How long a link works: long enough to follow it at once, too short to pass it on.
const LINK: Duration = Duration::from_mins(5);

#[derive(Debug)]
pub(crate) struct Objects {
    client: Client,
    bucket: String,
}

impl Objects {
    pub(crate) fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    /// A link that downloads an object as a file of this name. It is never shown: what a run left is not to be
    /// trusted by a browser.
    pub(crate) async fn link(&self, key: &str, file_name: &str) -> Result<String> {
        let signed = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .response_content_disposition(attachment(file_name))
            .response_content_type("application/octet-stream")
            .presigned(PresigningConfig::expires_in(LINK).map_err(Error::internal)?)
            .await
            .map_err(Error::internal)?;
        Ok(signed.uri().to_owned())
    }

    /// The whole of an object.
    pub(crate) async fn read(&self, key: &str) -> Result<Vec<u8>> {
        let object = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let body = object.map_err(outage)?.body.collect().await.map_err(Error::unavailable)?;
        Ok(body.into_bytes().into())
    }

    /// The first so many bytes of an object that is not empty.
    pub(crate) async fn read_first(&self, key: &str, bytes: u64) -> Result<Vec<u8>> {
        let range = format!("bytes=0-{}", bytes - 1);
        let object = self.client.get_object().bucket(&self.bucket).key(key).range(range);
        let body = object.send().await.map_err(outage)?.body;
        Ok(body.collect().await.map_err(Error::unavailable)?.into_bytes().into())
    }

    /// Deletes everything whose key starts with `prefix`.
    pub(crate) async fn delete_all(&self, prefix: &str) -> Result<()> {
        loop {
            let page = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
            let page = page.send().await.map_err(outage)?;
            let keys = page.contents().iter().filter_map(|object| object.key());
            let keys: Vec<_> = keys
                .map(|key| ObjectIdentifier::builder().key(key).build())
                .collect::<std::result::Result<_, _>>()
                .map_err(Error::internal)?;
            if keys.is_empty() {
                return Ok(());
            }
            let keys = Delete::builder().set_objects(Some(keys)).quiet(true).build();
            let request = self.client.delete_objects().bucket(&self.bucket);
            let answer = request.delete(keys.map_err(Error::internal)?).send().await;
            if let Some(failed) = answer.map_err(outage)?.errors().first() {
                return Err(Error::unavailable(
                    failed.message().unwrap_or("not deleted").to_owned(),
                ));
            }
        }
    }
}

fn outage<E>(err: SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match err.code() {
        Some("NoSuchKey" | "NoSuchBucket" | "AccessDenied") => Error::internal(err),
        Some(_) | None => Error::unavailable(err),
    }
}

/// RFC 6266, for any name: the plain form for old clients, the encoded one for all others.
fn attachment(file_name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ascii: String = file_name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if plain(char::from(byte)) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_break_out_of_its_header() {
        assert_eq!(
            attachment("patch.diff"),
            "attachment; filename=\"patch.diff\"; filename*=UTF-8''patch.diff"
        );
        assert_eq!(
            attachment("a\"; x=\r\né"),
            "attachment; filename=\"a___x____\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%C3%A9"
        );
    }
}
