//! The dashboard: the files of its build, as CloudFront and its bucket serve them in the cloud.
//!
//! They are read once, at the start, and answered from memory by their exact path: no request ever names a file of this
//! machine. Links are left out, since they lead elsewhere.

use std::{collections::HashMap, fs, io, path::Path};

use bytes::Bytes;
use domain::problem::Code;
use http::{
    HeaderMap, HeaderValue, Method, Response,
    header::{
        ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
        X_FRAME_OPTIONS,
    },
};
use http_body_util::Full;
use serde_json::json;

use super::{Answer, SOCKET_PATH, problem};

/// What lies under it is named by its content.
const ASSETS: &str = "/assets/";
const PAGE: &str = "/index.html";
const NOT_BUILT: &str = "The dashboard is not built. Build it with `make`, then start Errand again.\n\n\
    The API is up all the same: /v1/openapi.json describes it, and `errand` speaks it.\n";

/// The dashboard, if it is built.
#[derive(Debug, Default)]
pub(crate) struct Site {
    files: HashMap<String, File>,
}

#[derive(Debug)]
struct File {
    content: Bytes,
    /// The same, compressed when it was built.
    brotli: Option<Bytes>,
    kind: &'static str,
}

impl Site {
    /// Reads a build; without a directory there is none.
    ///
    /// # Errors
    /// When a file of it cannot be read.
    pub(crate) fn read(directory: Option<&Path>) -> io::Result<Self> {
        let mut files = HashMap::new();
        if let Some(directory) = directory {
            collect(directory, "", &mut files)?;
            let config = json!({
                "mode": "local",
                "version": env!("CARGO_PKG_VERSION"),
                "websocket": SOCKET_PATH,
                "sign_in": ["password", "link"],
            });
            let content = Bytes::from(config.to_string());
            let kind = kind("config.json");
            files.insert("/config.json".to_owned(), File { content, brotli: None, kind });
        }
        Ok(Self { files })
    }

    /// Whether a path belongs to the functions, and so never to a page.
    pub(crate) fn is_of_the_api(path: &str) -> bool {
        [SOCKET_PATH, "/v1", "/health"].iter().any(|prefix| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// A file of the build; or, where the path could be that of a view, the page that knows all views.
    pub(crate) fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        request_id: &str,
    ) -> Answer {
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut answer = problem(Code::MethodNotAllowed, "this is a page", request_id);
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        let names_a_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let mut answer = if let Some(file) = self.files.get(path) {
            file.answer(path, headers)
        } else if names_a_file || path.starts_with(ASSETS) {
            problem(Code::NotFound, "the dashboard has no such file", request_id)
        } else if let Some(page) = self.files.get(PAGE) {
            page.answer(PAGE, headers)
        } else {
            let mut answer = Response::new(Full::from(NOT_BUILT));
            let kind = HeaderValue::from_static("text/plain; charset=utf-8");
            answer.headers_mut().insert(CONTENT_TYPE, kind);
            answer
        };
        if *method == Method::HEAD {
            let length = hyper::body::Body::size_hint(answer.body()).exact().unwrap_or_default();
            answer.headers_mut().insert(CONTENT_LENGTH, length.into());
            *answer.body_mut() = Full::default();
        }
        answer
    }
}

impl File {
    fn answer(&self, path: &str, headers: &HeaderMap) -> Answer {
        let brotli = self.brotli.as_ref().filter(|_| accepts_brotli(headers));
        let mut answer = Response::new(Full::new(brotli.unwrap_or(&self.content).clone()));
        let cached = if path.starts_with(ASSETS) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let answered = answer.headers_mut();
        answered.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        answered.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
        if self.brotli.is_some() {
            answered.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if brotli.is_some() {
            answered.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        answer
    }
}

/// What every answer tells a browser, unless it says something stricter itself. The cloud sends the same
/// (`infra/lib/edge/headers.ts`).
pub(super) fn dress(headers: &mut HeaderMap, host: &str) {
    // An older browser does not count the socket of its own address as its own.
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; \
         img-src 'self' data:; worker-src 'self'; connect-src 'self' ws://{host} wss://{host}; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS.as_str(), "nosniff"),
        (X_FRAME_OPTIONS.as_str(), "DENY"),
        (REFERRER_POLICY.as_str(), "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

fn collect(directory: &Path, path: &str, files: &mut HashMap<String, File>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // What begins with a dot is the build's own business; what ends so belongs to the file beside it.
        if name.starts_with('.') || name.ends_with(".br") {
            continue;
        }
        let (kind_of, path) = (entry.file_type()?, format!("{path}/{name}"));
        if kind_of.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else if kind_of.is_file() {
            let content = fs::read(entry.path())?.into();
            let brotli = compressed(&directory.join(format!("{name}.br")))?;
            files.insert(path, File { content, brotli, kind: kind(&name) });
        }
    }
    Ok(())
}

fn compressed(path: &Path) -> io::Result<Option<Bytes>> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => fs::read(path).map(|bytes| Some(bytes.into())),
        Ok(_) => Ok(None),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let refused = parts.any(|part| {
            part.strip_prefix("q=").and_then(|q| q.parse().ok()).is_some_and(|q: f32| q <= 0.0)
        });
        named && !refused
    })
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
#[path = "site_tests.rs"]
mod tests;
