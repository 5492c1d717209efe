use aws_sdk_dynamodb::{
    Client,
    error::ProvideErrorMetadata as _,
    types::{
        AttributeValue, Put, ReturnValuesOnConditionCheckFailure as OnFailure, TransactWriteItem,
    },
};

use super::*;
use crate::{data::Data, testing::clients_of};

async fn open(data: &Data) -> (Database, Client) {
    let database = Database::open(&data.database()).await.unwrap();
    let client = clients_of(database.calls()).dynamodb;
    (database, client)
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn put(pk: &str, value: &str) -> Put {
    Put::builder()
        .table_name("errand")
        .item("pk", text(pk))
        .item("sk", text("HEAD"))
        .item("value", text(value))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(OnFailure::AllOld)
        .build()
        .unwrap()
}

async fn write(client: &Client, puts: &[Put]) -> Result<(), aws_sdk_dynamodb::Error> {
    let items = puts.iter().cloned().map(|put| TransactWriteItem::builder().put(put).build());
    let write = client.transact_write_items().set_transact_items(Some(items.collect()));
    write.send().await.map(|_| ()).map_err(Into::into)
}

async fn value(client: &Client, pk: &str) -> Option<String> {
    let get = client.get_item().table_name("errand").key("pk", text(pk)).key("sk", text("HEAD"));
    let item = get.send().await.unwrap().item?;
    item["value"].as_s().ok().cloned()
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let data = Data::open(dir.path()).unwrap();
    let (database, client) = open(&data).await;
    write(&client, &[put("a", "1"), put("b", "2")]).await.unwrap();
    database.stop().await;
    let (database, client) = open(&data).await;
    assert_eq!(value(&client, "b").await.as_deref(), Some("2"));
    database.stop().await;
}

#[tokio::test]
async fn the_table_is_whole_in_its_file_from_the_first_moment() {
    let dir = tempfile::tempdir().unwrap();
    let data = Data::open(dir.path()).unwrap();
    let aside = data.database().with_extension("new");
    std::fs::write(&aside, "left half made by one that was killed").unwrap();
    let (_database, client) = open(&data).await;
    write(&client, &[put("a", "1")]).await.unwrap();
    assert!(!aside.exists());
    // Without its log: as it was before the first write.
    let copy = dir.path().join("copy.db");
    std::fs::copy(data.database(), &copy).unwrap();
    let copy = Database::start(&copy).unwrap();
    let client = clients_of(copy.calls()).dynamodb;
    assert_eq!(value(&client, "a").await, None);
    let by_owner = client.query().table_name(TABLE).index_name("by_owner");
    let none = by_owner
        .key_condition_expression("owner_pk = :owner")
        .expression_attribute_values(":owner", text("nobody"));
    assert_eq!(none.send().await.unwrap().count(), 0);
    write(&client, &[put("a", "2")]).await.unwrap();
    assert_eq!(value(&client, "a").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_condition_that_fails_says_which_and_shows_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let (_database, client) = open(&Data::open(dir.path()).unwrap()).await;
    write(&client, &[put("a", "1")]).await.unwrap();
    let error = write(&client, &[put("b", "2"), put("a", "3")]).await.unwrap_err();
    let aws_sdk_dynamodb::Error::TransactionCanceledException(canceled) = error else {
        panic!("{error:?}")
    };
    let reasons = canceled.cancellation_reasons();
    assert_eq!(reasons[0].code(), Some("None"));
    assert_eq!(reasons[1].code(), Some("ConditionalCheckFailed"));
    assert_eq!(reasons[1].item().unwrap()["value"], text("1"));
    assert_eq!(value(&client, "b").await, None);
}

#[tokio::test]
async fn a_transaction_that_is_sent_again_is_done_once_and_answered_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (_database, client) = open(&Data::open(dir.path()).unwrap()).await;
    let under = async |token: &str, pk: &str| {
        let item = TransactWriteItem::builder().put(put(pk, "1")).build();
        let write = client.transact_write_items().transact_items(item);
        write
            .client_request_token(token)
            .send()
            .await
            .map(|_| ())
            .map_err(|err| err.code().map(str::to_owned))
    };
    assert_eq!(under("token-1", "a").await, Ok(()));
    assert_eq!(under("token-1", "a").await, Ok(()), "it is not there twice");
    let another = under("token-2", "a").await;
    assert_eq!(another, Err(Some("TransactionCanceledException".to_owned())));
    // What failed is not remembered: it may succeed later.
    client
        .delete_item()
        .table_name(TABLE)
        .key("pk", text("a"))
        .key("sk", text("HEAD"))
        .send()
        .await
        .unwrap();
    assert_eq!(under("token-2", "a").await, Ok(()));
}

#[tokio::test]
async fn what_was_called_before_the_end_is_answered_and_what_comes_later_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (database, _) = open(&Data::open(dir.path()).unwrap()).await;
    let calls = database.calls();
    let list = || {
        let request = Request::builder().header("x-amz-target", "DynamoDB_20120810.ListTables");
        request.body(Bytes::from("{}")).unwrap()
    };
    // The call is on its way when the end begins.
    let (answered, ()) = tokio::join!(biased; calls.call(list()), database.stop());
    assert_eq!(
        (answered.status(), calls.call(list()).await.status()),
        (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE)
    );
}

#[tokio::test]
async fn items_whose_time_is_over_are_swept() {
    let engine = Engine::memory().unwrap();
    let (calls, to_answer) = mpsc::channel();
    let operations = Operations::new(engine.clone());
    let serving = thread::spawn(move || operations.serve(&to_answer));
    let client = clients_of(Calls(calls)).dynamodb;
    store::create_table(&client, "errand").await.unwrap();
    for (pk, expires_at) in [("old", "1"), ("new", "99999999999")] {
        let put =
            client.put_item().table_name("errand").item("pk", text(pk)).item("sk", text("HEAD"));
        let expires_at = AttributeValue::N(expires_at.to_owned());
        put.item("value", text(pk)).item("expires_at", expires_at).send().await.unwrap();
    }
    // The first sweep of a thread comes at once.
    let stop = CancellationToken::new();
    tokio::select! {
        () = sweep(engine, stop.clone()) => {}
        () = async { while value(&client, "old").await.is_some() {} } => {}
    }
    assert_eq!(value(&client, "new").await.as_deref(), Some("new"));
    drop(client);
    serving.join().unwrap();
}
