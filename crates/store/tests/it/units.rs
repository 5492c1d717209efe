//! What each operation costs: calls, and capacity units as the engine reports them. A dearer one is a decision.

use std::fmt::Write as _;

use domain::{
    socket::Topic,
    task::{Change, Outcome},
};
use store::{Connection, Ticket};

use crate::contract::fixture::*;

struct Table(String);

impl Table {
    fn row(&mut self, f: &Fixture, name: &str) {
        let account = f.ledger.take();
        let units = |writes: bool| {
            let reads = ["dynamodb.GetItem", "dynamodb.Query", "dynamodb.BatchGetItem"];
            let units = account.units.iter();
            units
                .filter(|(operation, _)| reads.contains(&operation.as_str()) != writes)
                .fold(0.0, |sum, (_, units)| sum + units)
        };
        let (calls, written, read) = (account.total_calls(), units(true), units(false));
        writeln!(self.0, "{name:<28}{calls:>5}{written:>7}{read:>7}").unwrap();
    }
}

/// Text that does not pack well: as images and minified code are.
fn noise(chars: usize) -> String {
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'#' + u8::try_from(seed >> 58).unwrap())
    };
    (0..chars).map(|_| next()).collect()
}

#[tokio::test]
async fn what_each_operation_costs() {
    let f = Fixture::new().await;
    let mut table = Table(format!("{:<28}{:>5}{:>7}{:>7}\n", "", "calls", "write", "read"));
    let _ = f.ledger.take();

    let head = f.queued(1, user(1)).await;
    table.row(&f, "create");
    f.store.create(&new_task(1, user(1))).await.unwrap();
    table.row(&f, "create, repeated");
    f.ready().await;
    table.row(&f, "ready");
    let head = f.claimed(&head).await;
    table.row(&f, "claim");
    let head = f.appended_to(&head, &batch(&head, "runner-1", &["a"])).await;
    table.row(&f, "append, small");
    let alike: Vec<_> =
        (0..10).map(|n| format!("{n}: {}", "what an agent says ".repeat(10))).collect();
    let alike: Vec<_> = alike.iter().map(String::as_str).collect();
    let head = f.appended_to(&head, &batch(&head, "runner-1", &alike)).await;
    table.row(&f, "append, ten events of 200 B");
    let long = noise(24_000);
    let said = batch(&head, "runner-1", &[&long]);
    let head = f.appended_to(&head, &said).await;
    table.row(&f, "append, 24 KB of noise");
    f.store.append(post(head.id, &said)).await.unwrap();
    table.row(&f, "append, repeated");
    let head = f.appended(&head, &batch(&head, "runner-1", &[])).await;
    table.row(&f, "heartbeat");
    let head = f.store.change(&head, Change::CancelRequested, at(1050)).await.unwrap();
    table.row(&f, "cancel");
    f.store.batches(head.id, 0, head.seq, 100).await.unwrap();
    table.row(&f, "read the log, 24 KB");
    f.listed(user(1), None, 25).await.unwrap();
    table.row(&f, "list");
    f.finished(&head, Outcome::Canceled, &batch(&head, "runner-1", &["end"])).await;
    table.row(&f, "finish");

    let socket = Connection { id: "a".to_owned(), user: user(1), role: "member".to_owned() };
    f.store.connect(&socket, at(0)).await.unwrap();
    table.row(&f, "connect");
    f.store.follow(&socket, Topic::Tasks, at(0)).await.unwrap();
    table.row(&f, "follow");
    f.store.followers(Topic::Tasks, user(1)).await.unwrap();
    table.row(&f, "followers");
    f.store.disconnect("a").await.unwrap();
    table.row(&f, "disconnect");
    let ticket = Ticket { user: user(1), role: "member".to_owned(), expires: at(30) };
    f.store.put_ticket("hash", &ticket).await.unwrap();
    table.row(&f, "put a ticket");
    f.store.take_ticket("hash").await.unwrap();
    table.row(&f, "take a ticket");

    insta::assert_snapshot!(table.0, @"
                                calls  write   read
    create                          2      5      0
    create, repeated                4      0      2
    ready                           1      0    0.5
    claim                           1      7      0
    append, small                   1      4      0
    append, ten events of 200 B     1      4      0
    append, 24 KB of noise          1     40      0
    append, repeated                1      0      1
    heartbeat                       1      1      0
    cancel                          1      1      0
    read the log, 24 KB             1      0      5
    list                            2      0    1.5
    finish                          1     12      0
    connect                         1      1      0
    follow                          2      2      0
    followers                       1      0      1
    disconnect                      4      3      1
    put a ticket                    1      1      0
    take a ticket                   1      1      0
    ");
}
