//! Changes that are on the disk before they are told: where each commit waits alone, and where one sync serves all who
//! wait. With the engine and nothing around it.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use dynoxide::Database as Engine;
use local::Disk;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{
    histogram::Durations,
    plan::Plan,
    report::{Goal, Report},
    steps::Steps,
};

const SUBJECT: &str = "changes on the disk, 32 at once";
const CLIENTS: u32 = 32;

struct Changes {
    a_second: f64,
    took: Durations,
}

pub(crate) async fn measure(
    plan: &Plan,
    steps: &mut Steps,
    report: &mut Report,
) -> anyhow::Result<()> {
    steps.begin("changes on the disk: each commit alone");
    let alone = changes(false, plan.posting).await?;
    steps.begin("changes on the disk: all who wait together");
    let together = changes(true, plan.posting).await?;
    for (name, changes) in [("each alone", &alone), ("together", &together)] {
        report.note(SUBJECT, format!("{name}, throughput"), (changes.a_second, "/s"));
        changes.took.tell(report, SUBJECT, name, &[(0.5, None), (0.99, None)]);
    }
    let gain = together.a_second / alone.a_second;
    report.check(SUBJECT, "throughput, together ÷ alone", (gain, "×"), Goal::AtLeast(1.0));
    let slower = together.took.ms(0.99) / alone.took.ms(0.99);
    report.check(SUBJECT, "p99, together ÷ alone", (slower, "×"), Goal::AtMost(1.0));
    Ok(())
}

async fn changes(together: bool, duration: Duration) -> anyhow::Result<Changes> {
    let dir = TempDir::with_prefix("errand-bench-")?;
    let file = dir.path().join("errand.db");
    let engine = Engine::new(file.to_str().context("a path in UTF-8")?)?;
    // As it opens a file, each commit waits for the disk. These two are how `local::database` has it.
    if together {
        engine.enable_bulk_loading()?;
        engine.disable_bulk_loading()?;
    }
    engine.create_table(serde_json::from_value(json!({
        "TableName": "errand",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
    }))?)?;
    let disk = together.then(|| Disk::start(&file)).transpose()?;
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (engine, disk) = (engine.clone(), disk.clone());
        clients.spawn(async move {
            let mut took = Durations::new()?;
            while began.elapsed() < duration {
                let item = json!({ "pk": { "S": format!("{client}-{}", took.len()) }, "body": { "S": "x".repeat(500) } });
                let put = serde_json::from_value(json!({ "TableName": "errand", "Item": item }))?;
                let (begun, engine) = (Instant::now(), engine.clone());
                tokio::task::spawn_blocking(move || engine.put_item(put)).await??;
                if let Some(disk) = &disk {
                    disk.synced().await?;
                }
                took.record(begun.elapsed());
            }
            anyhow::Ok(took)
        });
    }
    let mut took = Durations::new()?;
    while let Some(client) = clients.join_next().await {
        took.add(&client??)?;
    }
    Ok(Changes { a_second: took.len() as f64 / began.elapsed().as_secs_f64(), took })
}
