use std::fs;

use serde_json::{Value, json};

use crate::{
    errand::Errand,
    service::{Service, task},
};

const CONTENT: &str = "diff --git a/x b/x\n";
const SHA256: &str = "1a059963bbf3198857755a48c741d351e21515186ce951464b89a0de0797c081";

async fn service_with_files(files: &[(&str, &str, &str)]) -> Service {
    let service = Service::start().await;
    {
        let mut world = service.world();
        world.tasks.push(task(1));
        for (number, (name, content, sha256)) in files.iter().enumerate() {
            world.files.insert(number.to_string(), content.as_bytes().to_vec());
            world.artifacts.push(json!({
                "name": name, "size_bytes": CONTENT.len(), "content_type": "text/x-diff",
                "sha256": sha256, "attempt": 1, "url": format!("{}/files/{number}", service.url),
            }));
        }
    }
    service
}

#[tokio::test]
async fn all_files_are_listed_and_downloaded() {
    let service =
        service_with_files(&[("patch.diff", CONTENT, SHA256), ("b.diff", CONTENT, SHA256)]).await;
    let errand = Errand::with_key(&service);
    let ran = errand.run("artifacts 019900").await;
    insta::assert_snapshot!(ran.stdout, @r"
    RUN  SIZE  TYPE         NAME
    1    19 B  text/x-diff  patch.diff
    1    19 B  text/x-diff  b.diff
    ");
    let ran = errand.run("artifacts 019900 --all -d out/deep --json").await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["files"].as_array().unwrap().len(), 2);
    for name in ["patch.diff", "b.diff"] {
        assert_eq!(fs::read_to_string(errand.path("out/deep").join(name)).unwrap(), CONTENT);
    }
}

#[tokio::test]
async fn one_file_goes_where_it_is_wanted() {
    let service = service_with_files(&[("patch.diff", CONTENT, SHA256)]).await;
    let errand = Errand::with_key(&service);
    let ran = errand.run("artifacts 019900 --get patch.diff -o -").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, CONTENT));
    assert_eq!(errand.run("artifacts 019900 --get patch.diff -o mine").await.code, 0);
    assert_eq!(fs::read_to_string(errand.path("mine")).unwrap(), CONTENT);
    assert_eq!(errand.run("artifacts 019900 --get other").await.code, 1);
}

#[tokio::test]
async fn a_file_that_is_not_what_was_stored_is_not_written() {
    let changed = CONTENT.replace('x', "y");
    let longer = CONTENT.repeat(100);
    for content in [changed.as_str(), &longer, &CONTENT[1..]] {
        let service = service_with_files(&[("patch.diff", content, SHA256)]).await;
        let errand = Errand::with_key(&service);
        fs::write(errand.path("patch.diff"), "old").unwrap();
        for line in ["artifacts 019900 --get patch.diff", "artifacts 019900 --all"] {
            let ran = errand.run(line).await;
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        }
        assert_eq!(errand.run("artifacts 019900 --get patch.diff -o -").await.stdout, "");
        assert_eq!(fs::read_to_string(errand.path("patch.diff")).unwrap(), "old");
        let left: Vec<_> = fs::read_dir(errand.path(""))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["patch.diff"], "nothing half done stays");
    }
}

#[tokio::test]
async fn a_name_that_would_leave_the_directory_is_refused() {
    let service =
        service_with_files(&[("patch.diff", CONTENT, SHA256), ("../evil", CONTENT, SHA256)]).await;
    let errand = Errand::with_key(&service);
    fs::create_dir(errand.path("out")).unwrap();
    let ran = errand.run("artifacts 019900 --all -d out").await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("`../evil` is not safe as the name of a file"), "{}", ran.stderr);
    assert!(!errand.path("evil").exists());
}
