use http_body_util::BodyExt as _;

use super::*;

const PAGE_TEXT: &str = "<!doctype html><title>Errand</title>";

/// A build, with a secret beside it and links that lead there.
fn build() -> (tempfile::TempDir, Site) {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("dist");
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("index.html", PAGE_TEXT);
    write("index.html.br", "small page");
    write("theme.js", "theme");
    write("assets/app.3f2a.js", "script");
    write("assets/app.3f2a.js.br", "small script");
    write("assets/font.woff2", "font");
    write(".vite/manifest.json", "a secret");
    fs::write(place.path().join("secret.txt"), "a secret").unwrap();
    let link = |from: &str, to: &str| std::os::unix::fs::symlink(to, root.join(from)).unwrap();
    link("link.txt", "../secret.txt");
    link("assets/passwd", "/etc/passwd");
    link("theme.js.br", "../secret.txt");
    link("up", "..");
    let site = Site::read(Some(&root)).unwrap();
    (place, site)
}

async fn ask(site: &Site, method: Method, path: &str, accept: &str) -> (String, String) {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, accept.parse().unwrap());
    let answer = site.answer(&method, path, &headers, "id");
    let shown = ["content-type", "cache-control", "content-encoding", "vary"]
        .map(|name| answer.headers().get(name).map_or("-", |value| value.to_str().unwrap()));
    let line = format!("{} {}", answer.status().as_u16(), shown.join(" | "));
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (line, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn files_are_served_as_what_they_are_and_kept_as_long_as_they_may_be() {
    let (_place, site) = build();
    let mut page = String::new();
    for (path, accept) in [
        ("/", "gzip, br"),
        ("/", "gzip"),
        ("/", "br;q=0"),
        ("/index.html", "*"),
        ("/tasks/task_1", "br"),
        ("/theme.js", "br"),
        ("/assets/app.3f2a.js", "gzip;q=1.0, br;q=0.8"),
        ("/assets/font.woff2", "br"),
        ("/config.json", "br"),
    ] {
        let (line, body) = ask(&site, Method::GET, path, accept).await;
        page += &format!("{path} ({accept}): {line}\n    {body}\n");
    }
    insta::assert_snapshot!(page.replace(env!("CARGO_PKG_VERSION"), "(version)"), @r#"
    / (gzip, br): 200 text/html; charset=utf-8 | no-cache | br | accept-encoding
        small page
    / (gzip): 200 text/html; charset=utf-8 | no-cache | - | accept-encoding
        <!doctype html><title>Errand</title>
    / (br;q=0): 200 text/html; charset=utf-8 | no-cache | - | accept-encoding
        <!doctype html><title>Errand</title>
    /index.html (*): 200 text/html; charset=utf-8 | no-cache | - | accept-encoding
        <!doctype html><title>Errand</title>
    /tasks/task_1 (br): 200 text/html; charset=utf-8 | no-cache | br | accept-encoding
        small page
    /theme.js (br): 200 text/javascript; charset=utf-8 | no-cache | - | -
        theme
    /assets/app.3f2a.js (gzip;q=1.0, br;q=0.8): 200 text/javascript; charset=utf-8 | public, max-age=31536000, immutable | br | accept-encoding
        small script
    /assets/font.woff2 (br): 200 font/woff2 | public, max-age=31536000, immutable | - | -
        font
    /config.json (br): 200 application/json | no-cache | - | -
        {"mode":"local","version":"(version)","websocket":"/ws","sign_in":["password","link"]}
    "#);
}

#[tokio::test]
async fn nothing_beside_the_build_is_ever_served() {
    let (_place, site) = build();
    for path in [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/./../secret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%252e%252e/secret.txt",
        "/link.txt",
        "/up/secret.txt",
        "/up",
        "/assets/passwd",
        "/etc/passwd",
        "/.vite/manifest.json",
        "/.env",
        "/theme.js%00.html",
        "/theme.js.br",
        "/index.html.br",
        "/assets",
        "/assets/",
    ] {
        let (line, body) = ask(&site, Method::GET, path, "br").await;
        assert!(!body.contains("secret") && !body.contains("root:"), "{path} {line} {body}");
        assert!(line.starts_with("404 ") || body == "small page", "{path} {line} {body}");
    }
    // The compressed form of a file is no link either.
    assert_eq!(ask(&site, Method::GET, "/theme.js", "br").await.1, "theme");
}

#[tokio::test]
async fn a_file_that_is_missing_is_no_page() {
    let (_place, site) = build();
    for path in ["/assets/old.js", "/favicon.ico", "/a/b.js", "/assets/app"] {
        let (line, _) = ask(&site, Method::GET, path, "br").await;
        assert!(line.starts_with("404 application/problem+json"), "{path} {line}");
    }
}

#[tokio::test]
async fn a_page_is_only_read() {
    let (_place, site) = build();
    let (line, body) = ask(&site, Method::HEAD, "/", "gzip").await;
    assert!(line.starts_with("200 text/html") && body.is_empty(), "{line} {body}");
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE] {
        let (line, _) = ask(&site, method.clone(), "/", "br").await;
        assert!(line.starts_with("405 "), "{method} {line}");
    }
}

#[tokio::test]
async fn without_a_build_a_page_says_how_to_make_one() {
    let site = Site::read(None).unwrap();
    for path in ["/", "/login", "/tasks/task_1"] {
        let (line, body) = ask(&site, Method::GET, path, "br").await;
        assert!(line.starts_with("200 text/plain"), "{line}");
        assert!(body.contains("Build it with `make`"), "{body}");
    }
}

#[test]
fn the_api_is_never_taken_for_a_page() {
    for path in ["/v1", "/v1/", "/v1/tasks", "/v1/nothing/x", "/ws", "/ws/x", "/health"] {
        assert!(Site::is_of_the_api(path), "{path}");
    }
    for path in ["/", "/v10", "/wsx", "/healthy", "/login", "/tasks/v1", "/V1/tasks"] {
        assert!(!Site::is_of_the_api(path), "{path}");
    }
}
