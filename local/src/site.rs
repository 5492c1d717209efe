//! CloudFront: the dashboard's files in front of the API, under one address.

use std::path::Path;

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use crate::gateway::Answer;

/// As `infra/lib/edge/headers.ts` has it: the dashboard loads nothing from elsewhere and talks to its own origin.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; \
    img-src 'self' data:; worker-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
    form-action 'self'; object-src 'none'";
/// What pages name by its hash never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// The dashboard as it was built.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    files: ServeDir,
    config: Bytes,
}

impl Site {
    pub(crate) fn new(directory: &Path, socket_path: &str) -> Self {
        let config = json!({
            "mode": "local",
            "version": env!("CARGO_PKG_VERSION"),
            "websocket": socket_path,
            "sign_in": ["password", "link"],
        });
        Self {
            files: ServeDir::new(directory)
                .precompressed_br()
                .append_index_html_on_directories(false),
            config: config.to_string().into(),
        }
    }

    /// Whether a path is the dashboard's, and not the API's: the behaviours of the distribution.
    pub(crate) fn has(path: &str) -> bool {
        let api = ["/v1", "/health"];
        !api.iter().any(|of| {
            path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    pub(crate) async fn answer(&self, request: &http::request::Parts) -> Answer {
        let mut answer = match request.method {
            Method::GET | Method::HEAD => self.file(request).await,
            _ => {
                let mut answer = empty(StatusCode::METHOD_NOT_ALLOWED);
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
                answer
            }
        };
        for (name, value) in [
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            (REFERRER_POLICY, "no-referrer"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (
                HeaderName::from_static("permissions-policy"),
                "camera=(), geolocation=(), microphone=()",
            ),
        ] {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        answer
    }

    async fn file(&self, request: &http::request::Parts) -> Answer {
        let path = request.uri.path();
        if path == "/config.json" {
            let mut answer = Response::new(Full::from(self.config.clone()));
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            return answer;
        }
        // A path without a dot is a page of the one application; a file that is not there is not.
        let path = if path.contains('.') { path } else { "/index.html" };
        let Ok(uri) = path.parse::<Uri>() else { return empty(StatusCode::NOT_FOUND) };
        let mut inner = Request::new(Full::<Bytes>::default());
        *inner.method_mut() = request.method.clone();
        *inner.uri_mut() = uri;
        *inner.headers_mut() = request.headers.clone();
        let Ok(found) = self.files.clone().oneshot(inner).await;
        let (mut parts, body) = found.into_parts();
        let caching = if path.starts_with("/assets/") && parts.status.is_success() {
            FOREVER
        } else {
            "no-cache"
        };
        parts.headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        match body.collect().await {
            Ok(body) => Response::from_parts(parts, Full::from(body.to_bytes())),
            Err(error) => {
                tracing::warn!(%error, path, "a file of the dashboard cannot be read");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    struct Dashboard {
        site: Site,
        _dir: TempDir,
    }

    impl Dashboard {
        fn new() -> Self {
            let dir = TempDir::new().unwrap();
            let dist = dir.path().join("dist");
            fs::create_dir_all(dist.join("assets")).unwrap();
            fs::write(dir.path().join("secret.txt"), "a secret").unwrap();
            fs::write(dist.join("index.html"), "<title>Errand</title>").unwrap();
            fs::write(dist.join("favicon.svg"), "<svg/>").unwrap();
            fs::write(dist.join("assets/app.1a2b.js"), "plain").unwrap();
            fs::write(dist.join("assets/app.1a2b.js.br"), "packed").unwrap();
            Self { site: Site::new(&dist, "/ws"), _dir: dir }
        }

        async fn ask(
            &self,
            method: &str,
            path: &str,
            encoding: &str,
        ) -> (u16, http::HeaderMap, String) {
            let request =
                Request::builder().method(method).uri(path).header("accept-encoding", encoding);
            let answer = self.site.answer(&request.body(()).unwrap().into_parts().0).await;
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&body).into_owned())
        }

        async fn get(&self, path: &str) -> (u16, http::HeaderMap, String) {
            self.ask("GET", path, "").await
        }
    }

    #[tokio::test]
    async fn every_page_is_the_one_application_and_is_asked_for_each_time() {
        let dashboard = Dashboard::new();
        for path in ["/", "/tasks", "/tasks/task_1?e=7", "/login", "/v10"] {
            let (status, headers, body) = dashboard.get(path).await;
            assert_eq!((status, body.as_str()), (200, "<title>Errand</title>"), "{path}");
            assert_eq!(headers[CACHE_CONTROL], "no-cache");
            assert_eq!(headers[CONTENT_TYPE], "text/html");
        }
    }

    #[tokio::test]
    async fn what_pages_name_by_its_hash_is_kept_and_comes_packed() {
        let dashboard = Dashboard::new();
        let (status, headers, body) = dashboard.get("/assets/app.1a2b.js").await;
        assert_eq!((status, body.as_str()), (200, "plain"));
        assert_eq!(headers[CACHE_CONTROL], FOREVER);
        let (_, headers, body) = dashboard.ask("GET", "/assets/app.1a2b.js", "gzip, br").await;
        assert_eq!(
            (body.as_str(), &headers["content-encoding"]),
            ("packed", &HeaderValue::from_static("br"))
        );
        let (status, headers, _) = dashboard.get("/assets/gone.js").await;
        assert_eq!((status, &headers[CACHE_CONTROL]), (404, &HeaderValue::from_static("no-cache")));
    }

    #[tokio::test]
    async fn the_build_is_told_where_it_runs() {
        let (status, headers, body) = Dashboard::new().get("/config.json").await;
        let config: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &config["mode"], &config["websocket"]),
            (200, &json!("local"), &json!("/ws"))
        );
        assert_eq!(headers[CACHE_CONTROL], "no-cache");
    }

    #[tokio::test]
    async fn nothing_beside_the_dashboard_is_served() {
        let dashboard = Dashboard::new();
        for path in [
            "/../secret.txt",
            "/assets/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
            "//secret.txt",
            "/assets/..%5c..%5csecret.txt",
        ] {
            let (status, _, body) = dashboard.get(path).await;
            assert!(status == 404 && !body.contains("secret"), "{path}: {status} {body}");
        }
    }

    #[tokio::test]
    async fn whatever_is_answered_carries_its_headers() {
        let dashboard = Dashboard::new();
        for (method, path, status) in [
            ("GET", "/", 200),
            ("HEAD", "/tasks", 200),
            ("GET", "/config.json", 200),
            ("GET", "/gone.js", 404),
            ("POST", "/", 405),
        ] {
            let (answered, headers, _) = dashboard.ask(method, path, "").await;
            assert_eq!(answered, status, "{method} {path}");
            let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(
                policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'")
            );
            for name in ["x-content-type-options", "referrer-policy", "cross-origin-opener-policy"]
            {
                assert!(headers.contains_key(name), "{method} {path}: {name}");
            }
        }
    }

    #[test]
    fn the_api_keeps_its_paths() {
        for (path, ours) in [
            ("/", true),
            ("/v1", false),
            ("/v1/tasks", false),
            ("/health", false),
            ("/healthy", true),
        ] {
            assert_eq!(Site::has(path), ours, "{path}");
        }
    }
}
