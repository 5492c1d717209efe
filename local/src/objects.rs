//! S3: `s3s` over a directory. It verifies signatures itself, so the presigned links of the API work as they do in AWS:
//! a runner puts its artifacts with them, a browser gets them.

use std::{fs, pin::Pin};

use anyhow::Context as _;
use http::{
    HeaderValue, Request, Response,
    header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS},
};
use hyper::body::Incoming;
use s3s::{
    HttpError,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;

use crate::{credentials::Credentials, data::Data, listener, services::Services};

pub(crate) const BUCKET: &str = "errand-objects";

/// Serves the objects of the data directory on loopback, and says where.
pub(crate) async fn serve(
    services: &mut Services,
    data: &Data,
    credentials: &Credentials,
) -> anyhow::Result<String> {
    let root = data.objects();
    fs::create_dir_all(root.join(BUCKET)).context("the bucket")?;
    let files = FileSystem::new(&root)
        .map_err(|err| anyhow::anyhow!("{} cannot be used: {err:?}", root.display()))?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(credentials.for_objects());
    let objects = Objects(service.build());
    let (listener, url) = listener::loopback().await?;
    services.listen(listener, move |_| objects.clone());
    Ok(url)
}

/// The store, with headers of our own on every answer.
#[derive(Clone)]
struct Objects(S3Service);

impl hyper::service::Service<Request<Incoming>> for Objects {
    type Response = Response<s3s::Body>;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, HttpError>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let answer = hyper::service::Service::call(&self.0, request);
        Box::pin(async move {
            let mut response = answer.await?;
            // What an agent wrote is never shown as a page, whatever a link says: it is saved.
            let headers = response.headers_mut();
            let disposition = headers.get(CONTENT_DISPOSITION);
            if !disposition.is_some_and(|kind| kind.as_bytes().starts_with(b"attachment")) {
                headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
            }
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            let closed = HeaderValue::from_static("default-src 'none'; sandbox");
            headers.insert(CONTENT_SECURITY_POLICY, closed);
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
    use reqwest::Response;

    use super::*;
    use crate::testing::{clients, stranger};

    struct Cloud {
        s3: aws_sdk_s3::Client,
        _dir: tempfile::TempDir,
        _services: Services,
    }

    impl Cloud {
        async fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let data = Data::open(dir.path()).unwrap();
            let credentials = Credentials::generate().unwrap();
            let mut services = Services::default();
            let url = serve(&mut services, &data, &credentials).await.unwrap();
            Self { s3: clients(&url, &credentials).s3, _dir: dir, _services: services }
        }
    }

    const KEY: &str = "tasks/task_1/1/patch.diff";

    fn for_a_minute() -> PresigningConfig {
        PresigningConfig::expires_in(Duration::from_mins(1)).unwrap()
    }

    async fn send(request: &PresignedRequest, body: &'static str) -> Response {
        let method = request.method().parse().unwrap();
        let mut sent = stranger().request(method, request.uri()).body(body);
        for (name, value) in request.headers() {
            sent = sent.header(name, value);
        }
        sent.send().await.unwrap()
    }

    #[tokio::test]
    async fn a_link_puts_and_a_link_gets() {
        let cloud = Cloud::new().await;
        let put = cloud.s3.put_object().bucket(BUCKET).key(KEY).content_type("text/html");
        let put = put.presigned(for_a_minute()).await.unwrap();
        assert_eq!(send(&put, "<script>").await.status(), 200);
        let get = cloud.s3.get_object().bucket(BUCKET).key(KEY);
        let get = get.response_content_disposition("inline; filename=\"x.html\"");
        let get = get.presigned(for_a_minute()).await.unwrap();
        let got = send(&get, "").await;
        let header = |name: &str| got.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-disposition"), "attachment");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(got.text().await.unwrap(), "<script>");
    }

    #[tokio::test]
    async fn a_link_keeps_the_name_that_it_gives_a_download() {
        let cloud = Cloud::new().await;
        let put = cloud.s3.put_object().bucket(BUCKET).key(KEY).body(b"x".to_vec().into());
        put.send().await.unwrap();
        let get = cloud.s3.get_object().bucket(BUCKET).key(KEY);
        let get = get.response_content_disposition("attachment; filename=\"patch.diff\"");
        let got = send(&get.presigned(for_a_minute()).await.unwrap(), "").await;
        assert_eq!(got.headers()["content-disposition"], "attachment; filename=\"patch.diff\"");
    }

    #[tokio::test]
    async fn a_link_is_good_for_one_object_and_one_method() {
        let cloud = Cloud::new().await;
        let put = cloud.s3.put_object().bucket(BUCKET).key(KEY);
        let put = put.presigned(for_a_minute()).await.unwrap();
        let elsewhere = put.uri().replace("patch.diff", "other.diff");
        let refused = stranger().put(elsewhere).body("x").send().await.unwrap();
        assert_eq!(refused.status(), 403);
        assert_eq!(stranger().get(put.uri()).send().await.unwrap().status(), 403);
        let bare = put.uri().split('?').next().unwrap();
        assert_eq!(stranger().put(bare).body("x").send().await.unwrap().status(), 403);
        assert!(cloud.s3.head_object().bucket(BUCKET).key(KEY).send().await.is_err());
    }

    #[tokio::test]
    async fn a_link_ends() {
        let cloud = Cloud::new().await;
        let hour_ago = std::time::SystemTime::from(runtime::clock::now()) - Duration::from_hours(1);
        let minute = Duration::from_mins(1);
        let ended = PresigningConfig::builder().start_time(hour_ago).expires_in(minute).build();
        let get = cloud.s3.get_object().bucket(BUCKET).key(KEY);
        let get = get.presigned(ended.unwrap()).await.unwrap();
        assert_eq!(send(&get, "").await.status(), 403);
    }
}
