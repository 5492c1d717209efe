//! The function in its world, and what wakes it.

use dispatcher::Dispatcher;
use domain::{
    id::TaskId,
    task::{State, Task},
};
use jiff::SignedDuration;
use runtime::Settings;
use serde_json::{Value, json};
use store::Head;
use testkit::World;

pub(crate) const LONG: SignedDuration = SignedDuration::from_hours(2);

pub(crate) struct Dispatch {
    pub(crate) world: World,
    pub(crate) dispatcher: Dispatcher,
}

impl Dispatch {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let world = World::with(change).await;
        let dispatcher = Dispatcher::new(&world.runtime).unwrap();
        Self { world, dispatcher }
    }

    pub(crate) async fn ring(&self) {
        let event = json!({ "Records": [{ "messageId": "m", "body": "{}" }] });
        let answer = self.dispatcher.handle(event).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
    }

    pub(crate) async fn tick(&self) {
        let event = json!({ "source": "aws.events", "detail-type": "Scheduled Event" });
        assert_eq!(self.dispatcher.handle(event).await.unwrap(), Value::Null);
    }

    /// ECS says that the container of a run ended.
    pub(crate) async fn stopped(&self, task: TaskId, attempt: u32, reason: &str) {
        let answer = self.dispatcher.handle(stopped(task, attempt, reason)).await;
        assert_eq!(answer.unwrap(), Value::Null);
    }

    /// The host of a container goes away, which only who asks for the container is told.
    pub(crate) fn gone(&self, container: u32) {
        let mut cloud = self.world.cloud();
        let container = cloud.containers.get_mut(&format!("arn:aws:ecs:::task/{container}"));
        let container = container.unwrap();
        container.status = "STOPPED".to_owned();
        container.stop_code = Some("TerminationNotice");
    }

    /// ECS says that the host of a run's container took it away.
    pub(crate) async fn taken_away(&self, task: TaskId, attempt: u32) {
        let mut event = stopped(task, attempt, "");
        event["detail"]["stopCode"] = json!("SpotInterruption");
        assert_eq!(self.dispatcher.handle(event).await.unwrap(), Value::Null);
    }

    pub(crate) async fn task(&self, id: TaskId) -> Task {
        self.world.head(id).await.task
    }

    pub(crate) async fn state(&self, id: TaskId) -> State {
        self.task(id).await.state
    }

    /// `task_…/1` of every container that was started, in order.
    pub(crate) fn started(&self) -> Vec<String> {
        let cloud = self.world.cloud();
        let mut containers: Vec<_> = cloud.containers.iter().collect();
        containers.sort_by_key(|(arn, _)| (arn.len(), (*arn).clone()));
        containers.into_iter().map(|(_, container)| container.started_by.clone()).collect()
    }

    /// The runner of a task's current run says something.
    pub(crate) async fn says(&self, task: TaskId, text: &str) -> Head {
        self.world.says(task, text).await
    }

    /// The outcome and the reason of the last event.
    pub(crate) async fn last_words(&self, task: TaskId) -> (Value, Value) {
        let log = self.world.log(task).await;
        let last = serde_json::to_value(log.last().unwrap()).unwrap();
        assert_eq!(last["type"], "run_ended");
        (last["outcome"].clone(), last["reason"].clone())
    }
}

pub(crate) fn stopped(task: TaskId, attempt: u32, reason: &str) -> Value {
    json!({
        "source": "aws.ecs", "detail-type": "ECS Task State Change",
        "detail": {
            "lastStatus": "STOPPED", "startedBy": format!("{task}/{attempt}"),
            "stoppedReason": "Essential container in task exited",
            "containers": [{ "name": "runner", "exitCode": 137, "reason": reason }],
        },
    })
}
