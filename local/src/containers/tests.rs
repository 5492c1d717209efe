use std::{os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use aws_sdk_ecs::{
    Client,
    error::ProvideErrorMetadata as _,
    types::{ContainerOverride, KeyValuePair, TaskOverride},
};
use tempfile::TempDir;

use super::*;
use crate::testing::{clients_of, is_alive, text_of};

const PATIENT: Duration = Duration::from_secs(20);

/// The service with a shell script in the place of the supervisor.
struct Cloud {
    dir: TempDir,
    ecs: Client,
    containers: Arc<Containers>,
    events: mpsc::UnboundedReceiver<Value>,
}

impl Cloud {
    async fn new(script: &str) -> Self {
        Self::with(script, Processes::default(), PATIENT).await
    }

    async fn with(script: &str, processes: Processes, stop_timeout: Duration) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let supervisor = dir.path().join("supervisor");
        std::fs::write(&supervisor, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&supervisor, std::fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["runs", "logs"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        let runners = Runners {
            supervisor,
            wrapper: vec!["python".to_owned()],
            runs: dir.path().join("runs"),
            logs: dir.path().join("logs"),
            model: ModelAccess { key: "sk-1".into(), url: None, demo: true },
            local_repositories: false,
            stop_timeout,
            cancel_limit: Duration::from_secs(1),
        };
        let (events, told) = mpsc::unbounded_channel();
        let containers = Containers::start(runners, processes, events).unwrap();
        let ecs = clients_of(Arc::clone(&containers)).ecs;
        Self { dir, ecs, containers, events: told }
    }

    fn marks(&self) -> PathBuf {
        self.dir.path().join("marks")
    }

    async fn run(&self, token: &str) -> String {
        let marks = self.marks().to_string_lossy().into_owned();
        let marks = KeyValuePair::builder().name("MARKS").value(marks).build();
        let container = ContainerOverride::builder().name("runner").environment(marks).build();
        let overrides = TaskOverride::builder().container_overrides(container).build();
        let run = self.ecs.run_task().cluster("errand").task_definition("errand-runner");
        let ran = run.client_token(token).overrides(overrides).started_by("errand").send().await;
        ran.unwrap().tasks()[0].task_arn().unwrap().to_owned()
    }

    async fn event(&mut self) -> Value {
        let event = tokio::time::timeout(Duration::from_secs(20), self.events.recv()).await;
        event.expect("an event should come").unwrap()
    }
}

/// An event without what differs from run to run.
fn steady(mut event: Value) -> Value {
    for name in ["id", "time"] {
        event[name] = json!("…");
    }
    event["resources"] = json!(event["resources"].as_array().unwrap().len());
    for name in ["taskArn", "createdAt", "startedAt", "stoppedAt"] {
        assert!(event["detail"][name].is_string(), "{name} of {event}");
        event["detail"][name] = json!("…");
    }
    for name in ["taskArn", "containerArn"] {
        event["detail"]["containers"][0][name] = json!("…");
    }
    event
}

#[tokio::test]
async fn one_client_token_starts_one_process() {
    let mut cloud = Cloud::new("echo $$ >> $MARKS\nexec sleep 600").await;
    let first = cloud.run("task_1-1").await;
    let second = cloud.run("task_1-1").await;
    assert_eq!(first, second);
    text_of(&cloud.marks()).await;
    cloud.ecs.stop_task().task(&first).send().await.unwrap();
    cloud.event().await;
    assert_eq!(cloud.run("task_1-1").await, first, "also when it has stopped");
    assert_eq!(text_of(&cloud.marks()).await.lines().count(), 1);
}

#[tokio::test]
async fn the_end_of_a_process_is_told_as_ecs_tells_it() {
    let mut cloud = Cloud::new("exit 3").await;
    cloud.run("task_1-1").await;
    let event = cloud.event().await;
    insta::assert_json_snapshot!(steady(event), @r#"
    {
      "version": "0",
      "id": "…",
      "detail-type": "ECS Task State Change",
      "source": "aws.ecs",
      "account": "000000000000",
      "time": "…",
      "region": "us-east-1",
      "resources": 1,
      "detail": {
        "taskArn": "…",
        "clusterArn": "arn:aws:ecs:us-east-1:000000000000:cluster/errand",
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:000000000000:task-definition/errand-runner",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "launchType": "FARGATE",
        "containers": [
          {
            "containerArn": "…",
            "taskArn": "…",
            "name": "runner",
            "lastStatus": "STOPPED",
            "exitCode": 3
          }
        ],
        "version": 3,
        "createdAt": "…",
        "startedBy": "errand",
        "clientToken": "task_1-1",
        "startedAt": "…",
        "stoppedAt": "…",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited"
      }
    }
    "#);
}

#[tokio::test]
async fn a_runner_sees_what_it_is_given_and_nothing_else() {
    let mut cloud = Cloud::new("env | cut -d= -f1 | grep -vxE 'PWD|SHLVL|_' | sort > $MARKS").await;
    cloud.run("task_1-1").await;
    cloud.event().await;
    insta::assert_snapshot!(text_of(&cloud.marks()).await, @r#"
    ANTHROPIC_API_KEY
    ERRAND_CANCEL_LIMIT_MS
    ERRAND_DEMO_MODEL
    ERRAND_WORK_DIR
    ERRAND_WRAPPER
    MARKS
    PATH
    "#);
}

#[tokio::test]
async fn a_runner_starts_in_an_empty_directory_that_goes_with_it() {
    let mut cloud = Cloud::new("pwd > $MARKS\nls -A >> $MARKS\ntouch left\necho said").await;
    let work_dir = cloud.dir.path().join("runs/task_1-1");
    std::fs::create_dir(&work_dir).unwrap();
    std::fs::write(work_dir.join("stale"), "").unwrap();
    cloud.run("task_1-1").await;
    cloud.event().await;
    assert_eq!(text_of(&cloud.marks()).await.trim(), work_dir.to_str().unwrap());
    assert!(!work_dir.exists());
    assert_eq!(text_of(&cloud.dir.path().join("logs/task_1-1.log")).await, "said\n");
}

#[tokio::test]
async fn stopping_asks_first_and_then_insists() {
    for (script, stop_timeout, exit_code) in [
        ("trap 'exit 7' TERM\necho > $MARKS\nwhile :; do sleep 0.01; done", PATIENT, 7),
        ("trap '' TERM\necho > $MARKS\nwhile :; do sleep 0.01; done", Duration::ZERO, 137),
    ] {
        let mut cloud = Cloud::with(script, Processes::default(), stop_timeout).await;
        let arn = cloud.run("task_1-1").await;
        text_of(&cloud.marks()).await;
        cloud.ecs.stop_task().task(&arn).reason("canceled").send().await.unwrap();
        let event = cloud.event().await;
        let detail = &event["detail"];
        assert_eq!(detail["containers"][0]["exitCode"], exit_code);
        assert_eq!(
            (&detail["stopCode"], &detail["stoppedReason"]),
            (&json!("UserInitiated"), &json!("canceled"))
        );
    }
}

#[tokio::test]
async fn a_program_that_is_missing_is_a_task_that_failed_to_start() {
    let mut cloud = Cloud::new("").await;
    std::fs::remove_file(cloud.dir.path().join("supervisor")).unwrap();
    cloud.run("task_1-1").await;
    let event = cloud.event().await;
    assert_eq!(event["detail"]["stopCode"], "TaskFailedToStart");
    let reason = event["detail"]["stoppedReason"].as_str().unwrap();
    assert!(reason.starts_with("CannotStartContainerError: "), "{reason}");
}

#[tokio::test]
async fn tasks_are_listed_and_described_and_unknown_ones_are_missing() {
    let cloud = Cloud::new("exec sleep 600").await;
    let arns =
        [cloud.run("task_1-1").await, cloud.run("task_2-1").await, cloud.run("task_3-1").await];
    let list = cloud.ecs.list_tasks().cluster("errand").started_by("errand");
    let first = list.clone().max_results(2).send().await.unwrap();
    let rest = list.set_next_token(first.next_token().map(str::to_owned)).send().await.unwrap();
    assert_eq!([first.task_arns(), rest.task_arns()].concat(), arns);
    assert_eq!(rest.next_token(), None);
    let none = cloud.ecs.list_tasks().started_by("somebody else").send().await.unwrap();
    assert!(none.task_arns().is_empty());

    let unknown = arns[0].replace("task/errand", "task/other");
    let described =
        cloud.ecs.describe_tasks().tasks(&arns[1]).tasks(&unknown).send().await.unwrap();
    assert_eq!(described.tasks()[0].desired_status(), Some("RUNNING"));
    assert_eq!(described.failures()[0].reason(), Some("MISSING"));
    assert_eq!(described.failures()[0].arn(), Some(unknown.as_str()));
    let refused = cloud.ecs.stop_task().task(unknown).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidParameterException"));
    cloud.containers.close().await;
}

#[tokio::test]
async fn what_ecs_would_refuse_is_refused() {
    let cloud = Cloud::new("echo > $MARKS").await;
    let run = || cloud.ecs.run_task().task_definition("errand-runner");
    let long = |bytes| {
        let value = KeyValuePair::builder().name("A").value("a".repeat(bytes)).build();
        let container = ContainerOverride::builder().name("runner").environment(value).build();
        TaskOverride::builder().container_overrides(container).build()
    };
    for refused in [
        run().client_token("a".repeat(65)),
        run().client_token("../../etc"),
        run().count(2),
        run().started_by("a".repeat(129)),
        run().overrides(long(8192)),
    ] {
        let error = refused.send().await.unwrap_err();
        assert_eq!(error.code(), Some("InvalidParameterException"), "{error:?}");
    }
    assert!(!cloud.marks().exists());
}

/// Leaves its group and its session, and its parent dies at once.
const LEAVES_A_DAEMON: &str = "setsid sh -c 'echo $$ > $MARKS; exec sleep 600' &\n\
    while [ ! -s $MARKS ]; do sleep 0.01; done\nkill -9 $$";

#[tokio::test]
async fn what_a_killed_supervisor_leaves_behind_is_ended_before_the_end_is_told() {
    let mut cloud = Cloud::new(LEAVES_A_DAEMON).await;
    cloud.run("task_1-1").await;
    let event = cloud.event().await;
    assert_eq!(event["detail"]["containers"][0]["exitCode"], 137);
    let daemon = text_of(&cloud.marks()).await.trim().parse().unwrap();
    assert!(!is_alive(daemon));
}

/// In a program of its own: whoever adopts ends all children that it does not know, those of other tests as well.
#[tokio::test]
#[ignore = "started by the test below"]
async fn adopting() {
    let clears = LEAVES_A_DAEMON.replace("setsid sh", "setsid env -i MARKS=$MARKS PATH=$PATH sh");
    let mut cloud = Cloud::with(&clears, Processes::adopting().unwrap(), PATIENT).await;
    cloud.run("task_1-1").await;
    cloud.event().await;
    let daemon = text_of(&cloud.marks()).await.trim().parse().unwrap();
    assert!(!is_alive(daemon));
}

#[tokio::test]
async fn a_stray_that_hides_its_origin_is_ended_as_well() {
    let this = std::env::current_exe().unwrap();
    let name = "containers::tests::adopting";
    let run = tokio::process::Command::new(this).args(["--exact", name, "--ignored"]).output();
    let run = run.await.unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn a_start_ends_what_an_earlier_server_left_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let sleeper = |name: &str, value: &Path| {
        let mut command = tokio::process::Command::new("sleep");
        command.arg("600").env(name, value).kill_on_drop(true).spawn().unwrap()
    };
    let mut of_a_run = sleeper("HOME", &runs.join("task_1-1/home"));
    let mut in_a_path =
        sleeper("PATH", Path::new(&format!("/bin:{}/task_1-1/bin", runs.display())));
    let mut shell = sleeper("PWD", &runs.join("task_1-1"));
    let mut neighbour = sleeper("HOME", &dir.path().join("runs-of-others"));
    Processes::default().end_all(&runs).await;
    assert!(!of_a_run.wait().await.unwrap().success());
    assert!(!in_a_path.wait().await.unwrap().success());
    assert!(shell.try_wait().unwrap().is_none() && neighbour.try_wait().unwrap().is_none());
}

#[tokio::test]
async fn closing_ends_every_runner_and_tells_nobody() {
    let mut cloud = Cloud::new("echo $$ > $MARKS\nexec sleep 600").await;
    cloud.run("task_1-1").await;
    let pid = text_of(&cloud.marks()).await.trim().parse().unwrap();
    cloud.containers.close().await;
    assert!(!is_alive(pid));
    assert!(cloud.events.try_recv().is_err());
    let error = cloud.ecs.run_task().task_definition("errand-runner").send().await.unwrap_err();
    assert_eq!(error.code(), Some("BlockedException"));
}
