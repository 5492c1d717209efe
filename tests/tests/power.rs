//! What is on the disk when power, room or the process itself is gone.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeSet,
    fs::{self, File},
    ops::RangeInclusive,
    time::Duration,
};

use domain::task::State;
use serde_json::json;
use tests::{Setup, database::Database, invariants, random::Random, scripted::Script, server::End};

/// Kill -9 of the whole server, at any moment: while a task is handed in, starts, speaks, ends.
#[tokio::test]
async fn f63_killed_at_any_moment_of_many_it_loses_nothing_doubles_nothing_and_leaves_nobody() {
    let cycles = Random::cycles(8);
    let mut random = Random::new();
    let mut runs = 0;
    for begun in (0..cycles).step_by(STRETCH) {
        let stretch = begun + 1..=cycles.min(begun + STRETCH as u32);
        runs += killed_in_each(stretch.clone(), &mut random).await;
        println!("{} kills, {} tasks, {runs} runs", stretch.end(), stretch.end() * 3);
    }
    assert!(runs > cycles * 3, "no run was ever interrupted: {runs} runs");
}

/// One server lives, and dies, for so many cycles: a sign-in does not last for more.
const STRETCH: usize = 40;

/// How many runs its tasks took.
async fn killed_in_each(cycles: RangeInclusive<u32>, random: &mut Random) -> u32 {
    let mut server = Setup::scripted().max_running(3).start().await;
    let (mut open, mut runs) = (Vec::new(), 0);
    for cycle in cycles.clone() {
        let mut body = Script::new().emit(5, 2.0).task();
        body["max_attempts"] = json!(10);
        for n in 0..2 {
            open.push(server.api().create_once(&format!("{cycle}-{n}"), &body).await.read(201));
        }
        let key = format!("{cycle}-at-once");
        let moment = Duration::from_millis(random.below(120));
        let api = server.api().clone();
        let kill = async {
            tokio::time::sleep(moment).await;
            server.end(End::AtOnce).await;
        };
        let (heard, ()) = tokio::join!(api.try_create_once(&key, &body), kill);
        let before = server.processes();
        server.start_again().await;
        let left: Vec<_> =
            server.processes().into_iter().filter(|one| before.contains(one)).collect();
        assert_eq!(left, [], "of before the kill, in cycle {cycle}");
        // Whoever was not answered asks again, and whoever was is answered the same.
        let task = server.api().try_create_once(&key, &body).await.unwrap();
        assert!(heard.is_none_or(|heard| heard.id == task.id), "{key} made two tasks");
        open.push(task);
        if cycle % 4 == 0 || cycle == *cycles.end() {
            let ids: BTreeSet<_> = open.iter().map(|task| task.id).collect();
            assert_eq!(ids.len(), open.len());
            let stored: BTreeSet<_> =
                server.api().tasks().await.iter().map(|task| task.id).collect();
            assert_eq!(stored, ids, "what was accepted, and nothing else");
            for task in open.drain(..) {
                let ended = invariants::of_task(&server, task.id).await;
                assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
                assert_eq!(ended.log.attempt(ended.task.attempt).texts().len(), 5);
                runs += ended.task.attempt;
                server.api().delete(task.id).await;
            }
        }
    }
    invariants::hold(server).await;
    runs
}

/// What a client was told when the log was so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Accepted,
    Ended,
    Deleted,
}

/// The power model: of the write-ahead log there is what was brought to the disk, and of the rest any beginning.
#[tokio::test]
async fn f64_wherever_the_log_ends_the_table_is_whole_and_has_all_that_was_answered_before() {
    let mut server = Setup::scripted().max_running(2).start().await;
    let file = server.database_file();
    let log = file.with_file_name("errand.db-wal");
    let go = server.aside("go");
    let first = server.api().create(Script::new().wait_for(&go).task()).await;
    server.api().until_kind(first.id, "text").await;
    let table_before = fs::read(&file).unwrap();
    let mut told = Vec::new();
    let mut tell = |id, what| told.push((fs::metadata(&log).unwrap().len(), id, what));
    for n in 0..4 {
        let task = server.api().create(Script::new().text(&format!("{n}")).task()).await;
        tell(task.id, Told::Accepted);
        let ended = server.api().ended(task.id).await;
        assert_eq!(ended.task.state, State::Succeeded);
        tell(task.id, Told::Ended);
        if n % 2 == 0 {
            server.api().delete(task.id).await;
            tell(task.id, Told::Deleted);
        }
    }
    server.end(End::AtOnce).await;
    assert_eq!(fs::read(&file).unwrap(), table_before, "all of it is still in the log alone");
    let whole = fs::read(&log).unwrap();
    let mut random = Random::new();
    let mut cuts: Vec<_> =
        (0..Random::cycles(12)).map(|_| random.below(whole.len() as u64)).collect();
    cuts.extend([0, 1, 31, 32, 33, whole.len() as u64]);
    cuts.extend(told.iter().map(|(length, ..)| *length));
    for cut in cuts {
        let place = tempfile::tempdir().unwrap();
        let copy = place.path().join("errand.db");
        fs::write(&copy, &table_before).unwrap();
        let kept = &whole[..usize::try_from(cut).unwrap()];
        fs::write(place.path().join("errand.db-wal"), kept).unwrap();
        let sound: String = rusqlite::Connection::open(&copy)
            .and_then(|file| file.query_row("PRAGMA integrity_check", [], |row| row.get(0)))
            .unwrap();
        assert_eq!(sound, "ok", "cut at {cut}");
        let database = Database::open(&copy).await;
        testkit::check_table(database.store()).await;
        for (_, id, what) in told.iter().filter(|(length, ..)| *length <= cut) {
            let state = database.store().head(*id).await.ok().map(|head| head.task.state);
            // The log may end between the steps of a deletion, or behind it.
            let may_be_gone = told.iter().any(|(_, of, what)| of == id && *what == Told::Deleted);
            match what {
                Told::Accepted => assert!(state.is_some() || may_be_gone, "{id}, cut at {cut}"),
                Told::Ended => assert!(
                    state == Some(State::Succeeded) || (state.is_none() && may_be_gone),
                    "{id} is {state:?}, cut at {cut}"
                ),
                Told::Deleted => assert_eq!(state, None, "{id} is back, cut at {cut}"),
            }
        }
        database.close();
    }
    File::create(go).unwrap();
    server.start_again().await;
    invariants::hold(server).await;
}

/// The same, with all of the server: what was answered is there, and what was under way is done.
#[tokio::test]
async fn f64_after_a_power_failure_the_server_comes_to_rest_with_all_that_was_answered() {
    let mut random = Random::new();
    for _ in 0..3 {
        let mut server = Setup::scripted().max_running(2).start().await;
        let file = server.database_file();
        let log = file.with_file_name("errand.db-wal");
        let table_before = fs::read(&file).unwrap();
        let go = server.aside("go");
        let speaks = Script::new().wait_for(&go).emit(300, 3.0).task();
        let speaks = server.api().create(speaks).await;
        let [over, deleted] = ["over", "deleted"].map(|text| Script::new().text(text).task());
        let over = server.api().create(over).await;
        let over = server.api().ended(over.id).await;
        let deleted = server.api().create(deleted).await;
        server.api().ended(deleted.id).await;
        server.api().delete(deleted.id).await;
        let waits = server.api().create(Script::new().text("waits").task()).await;
        let answered = fs::metadata(&log).unwrap().len();
        File::create(go).unwrap();
        // Events were promised to nobody: they may go with the power.
        server.api().until(speaks.id, |event| event.seq > 100).await;
        server.end(End::AtOnce).await;
        assert_eq!(fs::read(&file).unwrap(), table_before, "all of it is still in the log alone");
        let whole = fs::read(&log).unwrap();
        assert!(whole.len() as u64 > answered, "nothing was under way");
        let cut = answered + random.below(whole.len() as u64 - answered);
        fs::write(&log, &whole[..usize::try_from(cut).unwrap()]).unwrap();
        server.start_again().await;
        assert_eq!(server.api().log(over.task.id).await, over.log);
        for id in [speaks.id, waits.id] {
            assert_eq!(server.api().ended(id).await.task.state, State::Succeeded);
        }
        invariants::hold(server).await;
    }
}

#[tokio::test]
async fn f62_on_a_full_disk_nothing_is_accepted_and_with_room_it_goes_on() {
    let server = Setup::scripted().on_a_disk_that_may_be_full().start().await;
    let done = server.run(Script::new().text("before").task()).await;
    server.quiet().await;
    let log = server.database_file().with_file_name("errand.db-wal");
    server.let_files_grow_to(Some(fs::metadata(log).unwrap().len()));
    let body = Script::new().text("after").task();
    for _ in 0..3 {
        let problem = server.api().create_once("key", &body).await.problem(503);
        assert_eq!(problem.code(), "unavailable");
        // Reading goes on.
        assert_eq!(server.api().task(done.task.id).await, done.task);
        assert_eq!(server.api().tasks().await.len(), 1, "nothing half-written is shown");
    }
    server.let_files_grow_to(None);
    let task = server.api().create_once("key", &body).await.read::<domain::view::TaskView>(201);
    let ended = server.api().ended(task.id).await;
    assert_eq!((ended.task.state, ended.log.texts()), (State::Succeeded, vec!["after".to_owned()]));
    invariants::hold(server).await;
}

/// A real disk without room, in the middle of a run; and the server is killed while there is none.
#[tokio::test]
async fn f62_a_run_and_a_restart_outlast_a_disk_without_room() {
    let setup = Setup::scripted().set("ERRAND_LEASE_MS", 60_000);
    let Some(mut server) = setup.start_on_a_disk_of(16 << 20).await else {
        eprintln!("not here: a disk of its own needs the right to mount one");
        return;
    };
    let go = server.aside("go");
    let mut speaks = Script::new().wait_for(&go).emit(50, 1.0).task();
    speaks["max_attempts"] = json!(5);
    let speaks = server.create(speaks).await;
    server.api().until_kind(speaks.id, "text").await;
    server.fill_the_disk();
    // The run has something to say, and nobody can keep it.
    File::create(&go).unwrap();
    let body = Script::new().text("after").task();
    for _ in 0..3 {
        let problem = server.api().create_once("key", &body).await.problem(503);
        assert_eq!(problem.code(), "unavailable");
        assert_eq!(server.api().tasks().await.len(), 1, "reading goes on");
    }
    assert_eq!(server.api().task(speaks.id).await.state, State::Running);
    server.end(End::AtOnce).await;
    server.fill_the_disk();
    // It starts all the same; and what room it made by what the run left behind is taken again.
    server.start_again().await;
    server.fill_the_disk();
    assert_eq!(server.api().create_once("key", &body).await.problem(503).code(), "unavailable");
    assert_eq!(server.api().tasks().await.len(), 1, "reading goes on");
    server.empty_the_disk();
    let task = server.api().create_once("key", &body).await.read::<domain::view::TaskView>(201);
    for id in [speaks.id, task.id] {
        assert_eq!(server.api().ended(id).await.task.state, State::Succeeded);
    }
    invariants::hold(server).await;
}
