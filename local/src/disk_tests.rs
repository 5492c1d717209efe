use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn many_who_wait_are_served_by_few_syncs_each_begun_after_they_asked() {
    let begun = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&begun);
    let disk = Disk::with(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(20));
        Ok(())
    })
    .unwrap();
    for _ in 0..3 {
        let before = begun.load(Ordering::SeqCst);
        join_all((0..50).map(|_| disk.synced())).await.into_iter().for_each(|done| done.unwrap());
        let syncs = begun.load(Ordering::SeqCst) - before;
        assert!((1..=3).contains(&syncs), "{syncs} syncs");
    }
}

#[tokio::test]
async fn a_sync_that_fails_is_told_to_all_who_wait_and_none_is_believed_after_it() {
    let results = Mutex::new(vec![Err(io::Error::other("no room")), Ok(())]);
    let disk = Disk::with(move || results.lock().unwrap().pop().unwrap_or(Ok(()))).unwrap();
    disk.synced().await.unwrap();
    assert!(!disk.broken().is_cancelled());
    assert_eq!(disk.synced().await.unwrap_err().to_string(), "no room");
    disk.broken().cancelled().await;
    assert_eq!(disk.synced().await.unwrap_err().to_string(), "a sync has failed before");
}

#[test]
fn a_log_is_written_anew_as_it_was_and_none_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("errand.db");
    write_anew(&database).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let log = dir.path().join("errand.db-wal");
    fs::write(&log, "what was there").unwrap();
    write_anew(&database).unwrap();
    assert_eq!(fs::read_to_string(&log).unwrap(), "what was there");
}

#[tokio::test]
async fn nobody_has_to_ask() {
    let (tell, told) = mpsc::channel();
    let _disk = Disk::with(move || {
        let _ = tell.send(());
        Ok(())
    })
    .unwrap();
    tokio::task::spawn_blocking(move || told.recv_timeout(AT_LEAST * 20)).await.unwrap().unwrap();
}
