//! Links to put files with: for plain names, announced sizes, and nothing else.

use std::fmt::Write as _;

use serde_json::{Value, json};
use testkit::user;

use crate::runner::Progress;

fn file(name: &str) -> Value {
    json!({ "name": name, "size_bytes": 12, "content_type": "text/plain", "sha256": "0".repeat(64) })
}

fn with(field: &str, value: Value) -> Value {
    let mut file = file("patch.diff");
    file[field] = value;
    file
}

#[tokio::test]
async fn a_link_is_for_the_file_that_was_announced() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    let runner = progress.runner(&head);
    let files = json!([file("patch.diff"), with("name", json!("result.json"))]);
    let answer = runner.uploads(&files).await;
    assert_eq!(answer.status, 200);
    let uploads = answer.json["uploads"].as_array().unwrap();
    assert_eq!(uploads.len(), 2);
    for (upload, name) in uploads.iter().zip(["patch.diff", "result.json"]) {
        assert_eq!(upload["name"], name);
        let (address, query) = upload["url"].as_str().unwrap().split_once('?').unwrap();
        let key = store::objects::artifact_key(head.id, 1, name);
        assert!(address.ends_with(&format!("/bucket/{key}")), "{address}");
        let query: Vec<_> = query.split('&').collect();
        assert!(query.contains(&"X-Amz-Expires=300"), "{query:?}");
        let signed = query.iter().find_map(|part| part.strip_prefix("X-Amz-SignedHeaders="));
        let signed: Vec<_> = signed.unwrap().split("%3B").collect();
        assert!(
            signed.contains(&"content-length") && signed.contains(&"content-type"),
            "{signed:?}"
        );
        let headers = upload["headers"].as_array().unwrap();
        assert!(headers.contains(&json!(["content-length", "12"])), "{headers:?}");
        assert!(headers.contains(&json!(["content-type", "text/plain"])), "{headers:?}");
    }
    assert!(progress.world.cloud().objects.is_empty(), "a link is no file");
}

#[tokio::test]
async fn a_file_is_one_plain_name_of_a_bounded_size() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    let runner = progress.runner(&head);
    let bad = [
        "",
        ".",
        "..",
        ".bashrc",
        "../../etc/passwd",
        "/etc/passwd",
        "a/../../b",
        "a/b",
        "a\\b",
        "..%2f",
        "a%2fb",
        "a\0b",
        "a\nb",
        "a b",
        "ä",
        "a\u{202e}b",
        "-\"; rm",
        "?a=b",
        "#",
    ];
    for name in bad.into_iter().map(str::to_owned).chain(["x".repeat(101)]) {
        let answer = runner.uploads(&json!([file("good"), file(&name)])).await;
        assert_eq!(answer.problem(), "422 validation", "{name:?}");
        assert_eq!(answer.json["errors"][0]["field"], "artifacts[1].name", "{name:?}");
    }
    let mut answers = String::new();
    for files in [
        json!([with("size_bytes", json!(512_u64 * 1024 * 1024 + 1))]),
        json!([with("size_bytes", json!(u64::MAX))]),
        json!([with("size_bytes", json!(-1))]),
        json!([with("content_type", json!(""))]),
        json!([with("content_type", json!("text"))]),
        json!([with("content_type", json!("text/html\r\nx-amz-acl: public-read"))]),
        json!([with("content_type", json!(format!("text/{}", "x".repeat(100))))]),
        json!([with("sha256", json!("0"))]),
        json!([with("sha256", json!("../".repeat(22)))]),
        json!((0..21).map(|n| file(&format!("file-{n}"))).collect::<Vec<_>>()),
        json!({}),
    ] {
        writeln!(answers, "{}", runner.uploads(&files).await.brief()).unwrap();
    }
    insta::assert_snapshot!(answers, @r"
    422 `artifacts[0].size_bytes` is too large
    422 `artifacts[0].size_bytes` is too large
    400 Failed to deserialize the JSON body into the target type: artifacts[0].size_bytes: invalid value: integer `-1`, expected u64 at line 1 column 50
    422 `artifacts[0].content_type` must be a media type
    422 `artifacts[0].content_type` must be a media type
    422 `artifacts[0].content_type` must be a media type
    422 `artifacts[0].content_type` must be a media type
    422 `artifacts[0].sha256` must be 64 hexadecimal digits
    422 `artifacts[0].sha256` must be 64 hexadecimal digits
    422 `artifacts` must have at most 20 entries
    400 Failed to deserialize the JSON body into the target type: artifacts: invalid type: map, expected a sequence at line 1 column 13
    ");
    let most: Vec<_> = (0..20).map(|n| file(&format!("file-{n}"))).collect();
    assert_eq!(runner.uploads(&json!(most)).await.json["uploads"].as_array().unwrap().len(), 20);
    let largest = with("size_bytes", json!(512 * 1024 * 1024));
    assert_eq!(runner.uploads(&json!([largest])).await.status, 200);
}
