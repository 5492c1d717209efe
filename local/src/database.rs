//! DynamoDB: the engine `dynoxide` over one SQLite file.
//!
//! The engine comes with an HTTP server, but that takes requests from anybody who reaches the port. So the few
//! operations that we use are called here, by who is [inside](crate::inside).

use std::{
    fs::{self, File},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use bytes::Bytes;
use dynoxide::{
    Database as Engine, DynoxideError, actions::transact_write_items::TransactWriteItemsRequest,
};
use http::{Request, StatusCode};
use runtime::{Aws, Clients, Endpoints};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::{
    aws_service::{self, Answer, AwsService},
    credentials::{Credentials, REGION},
    disk,
    inside::Inside,
    replays::Replays,
};

/// Between two sweeps of items whose time is over. Whoever reads checks the time as well, as one must in AWS.
const SWEEP: Duration = Duration::from_secs(30);

/// The one table.
pub(crate) const TABLE: &str = "errand";

/// The database, open.
pub(crate) struct Database {
    calls: Calls,
    stop: CancellationToken,
    threads: Vec<thread::JoinHandle<()>>,
}

/// Calls on their way to the database. SQLite blocks, and has a thread of its own: nothing else waits for the disk.
#[derive(Clone)]
pub(crate) struct Calls(mpsc::Sender<Option<Call>>);

struct Call {
    request: Request<Bytes>,
    answer: oneshot::Sender<Answer>,
}

struct Operations {
    engine: Engine,
    replays: Replays,
}

impl Database {
    /// Opens the file, which is made if it is not there.
    pub(crate) async fn open(file: &Path) -> anyhow::Result<Self> {
        if !file.try_exists()? {
            make(file).await.context("the table cannot be made")?;
        }
        Self::start(file)
    }

    /// The service.
    pub(crate) fn calls(&self) -> Calls {
        self.calls.clone()
    }

    fn start(file: &Path) -> anyhow::Result<Self> {
        let path = file.to_str().context("the data directory must have a name in UTF-8")?;
        disk::write_anew(file).context("the write-ahead log cannot be written anew")?;
        let engine = Engine::new(path).with_context(|| format!("{path} cannot be opened"))?;
        // SQLite writes ahead (WAL). The second call, and no other of the engine, sets `synchronous = NORMAL`: a commit
        // outlives us being killed at any instant, and the power once `crate::disk` has brought it to the disk. Each of
        // them would otherwise wait for the disk alone, and hold up all others meanwhile.
        engine.enable_bulk_loading()?;
        engine.disable_bulk_loading()?;

        let (calls, to_answer) = mpsc::channel();
        let operations = Operations::new(engine.clone());
        let serving = thread::Builder::new()
            .name("database".to_owned())
            .spawn(move || operations.serve(&to_answer))?;
        let stop = CancellationToken::new();
        let sweeping = on_a_thread("database-sweep", sweep(engine, stop.clone()))?;
        Ok(Self { calls: Calls(calls), stop, threads: vec![serving, sweeping] })
    }

    /// Ends it after all who use it have ended.
    pub(crate) async fn stop(mut self) {
        self.end();
        for thread in std::mem::take(&mut self.threads) {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    /// What was called before is still answered.
    fn end(&self) {
        self.stop.cancel();
        let _ = self.calls.0.send(None);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.end();
    }
}

/// The engine makes a table in several commits, and what dies between them would leave one that never works. So it is made
/// aside and takes its name when it is whole and on the disk.
async fn make(file: &Path) -> anyhow::Result<()> {
    let aside = file.with_extension("new");
    let log = disk::log_of(&aside);
    for left_over in [&aside, &log] {
        match fs::remove_file(left_over) {
            Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err.into()),
            Ok(()) | Err(_) => {}
        }
    }
    let database = Database::start(&aside)?;
    let mut inside = Inside::default();
    let url = inside.take("table", database.calls());
    let aws = Aws {
        region: REGION.to_owned(),
        credentials: Credentials::generate()?.for_clients(),
        app_name: None,
        endpoints: Endpoints { dynamodb: Some(url.clone()), ..Endpoints::default() },
    };
    let clients = Clients::connect(&aws, &url, inside.wire());
    let made = store::create_table(&clients.dynamodb, TABLE).await;
    drop(clients);
    database.stop().await;
    made?;
    // Whoever closes it last brings its log into it, and takes the log away.
    anyhow::ensure!(!log.try_exists()?, "{} is still there", log.display());
    File::open(&aside)?.sync_all()?;
    fs::rename(&aside, file)?;
    file.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())?;
    Ok(())
}

fn on_a_thread(
    name: &str,
    work: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(thread::Builder::new().name(name.to_owned()).spawn(move || runtime.block_on(work))?)
}

async fn sweep(engine: Engine, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match engine.sweep_ttl() {
            Ok(0) => {}
            Ok(items) => tracing::debug!(items, "items whose time is over were deleted"),
            Err(error) => tracing::warn!(%error, "items whose time is over were not deleted"),
        }
    }
}

impl AwsService for Calls {
    async fn call(&self, request: Request<Bytes>) -> Answer {
        let (answer, answered) = oneshot::channel();
        let sent = self.0.send(Some(Call { request, answer }));
        let ended = || {
            let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable");
            aws_service::error(status, code, "the database has ended")
        };
        if sent.is_err() { ended() } else { answered.await.unwrap_or_else(|_| ended()) }
    }
}

impl Operations {
    fn new(engine: Engine) -> Self {
        Self { engine, replays: Replays::default() }
    }

    /// Answers one call after the other, until it is told to end.
    fn serve(mut self, calls: &mpsc::Receiver<Option<Call>>) {
        while let Ok(Some(Call { request, answer })) = calls.recv() {
            // One that panics must not take all others with it.
            let answered = catch_unwind(AssertUnwindSafe(|| self.answer(&request)));
            // Whoever no longer waits is not told.
            let _ = answer.send(answered.unwrap_or_else(|_| {
                let (status, code) = (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError");
                aws_service::error(status, code, "the database panicked")
            }));
        }
    }

    fn answer(&mut self, request: &Request<Bytes>) -> Answer {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.strip_prefix("DynamoDB_20120810."));
        match self.dispatch(operation.unwrap_or_default(), request.body()) {
            Ok(body) => aws_service::answer(StatusCode::OK, body),
            Err(error) => {
                let status = StatusCode::from_u16(error.status_code());
                if error.status_code() >= 500 {
                    tracing::error!(operation, %error, "the database failed");
                }
                aws_service::answer(
                    status.unwrap_or(StatusCode::BAD_REQUEST),
                    error.to_json().into_bytes(),
                )
            }
        }
    }

    fn dispatch(&mut self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        let db = &self.engine;
        match operation {
            "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
            "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
            "CreateTable" => run(body, |request| db.create_table(request)),
            "DeleteItem" => run(body, |request| db.delete_item(request)),
            "DescribeTable" => run(body, |request| db.describe_table(request)),
            "DescribeTimeToLive" => run(body, |request| db.describe_time_to_live(request)),
            "GetItem" => run(body, |request| db.get_item(request)),
            "ListTables" => run(body, |request| db.list_tables(request)),
            "PutItem" => run(body, |request| db.put_item(request)),
            "Query" => run(body, |request| db.query(request)),
            "Scan" => run(body, |request| db.scan(request)),
            "TransactGetItems" => run(body, |request| db.transact_get_items(request)),
            "TransactWriteItems" => self.transact(body),
            "UpdateItem" => run(body, |request| db.update_item(request)),
            "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
            _ => {
                Err(DynoxideError::ValidationException(format!("no operation `{operation}` here")))
            }
        }
    }

    fn transact(&mut self, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        let mut request: TransactWriteItemsRequest = read(body)?;
        let Some(token) = request.client_request_token.take() else {
            return write(&self.engine.transact_write_items(request)?);
        };
        if let Some(answer) = self.replays.of(&token) {
            return Ok(answer);
        }
        let answer = write(&self.engine.transact_write_items(request)?)?;
        self.replays.keep(token, answer.clone(), Instant::now());
        Ok(answer)
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<Vec<u8>, DynoxideError> {
    write(&operation(read(body)?)?)
}

fn read<Q: DeserializeOwned>(body: &[u8]) -> Result<Q, DynoxideError> {
    serde_json::from_slice(body)
        .map_err(|err| DynoxideError::SerializationException(err.to_string()))
}

fn write(answer: &impl Serialize) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(answer).map_err(|err| DynoxideError::InternalServerError(err.to_string()))
}

#[cfg(test)]
#[path = "database_tests.rs"]
mod tests;
