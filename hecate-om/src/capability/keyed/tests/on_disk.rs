//! Calls with keys whose answers are on disk.

use super::*;

fn on_disk(folder: &Path) -> Service {
    let keyed = KeyedCalls::new(KeyedBounds::DEFAULT, folder);
    service(keyed, DedupeStore::Disk)
}

#[tokio::test]
async fn answers_and_refusals_on_disk_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let before = on_disk(folder.path());
    assert_eq!(number(before.call("a", "x").await), 1);
    before.call("b", "refuse").await.unwrap_err();
    assert_eq!(code(before.call("c", "panic").await), "panicked");
    before.keyed.close().await;
    let after = on_disk(folder.path());
    assert_eq!(number(after.call("a", "x").await), 1);
    assert_eq!(code(after.call("a", "y").await), "key_reused");
    let refusal = after.call("b", "refuse").await.unwrap_err();
    assert_eq!(refusal.to_string(), "sold_out: run 2");
    assert_eq!(code(after.call("c", "panic").await), "outcome_unknown");
    assert_eq!(after.runs.started(), 0);
}

#[tokio::test]
async fn a_call_on_disk_that_did_not_end_before_a_restart_has_an_unknown_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let before = on_disk(folder.path());
    let _first = before.start("a", "x");
    before.until_started(1).await;
    // As after a kill, nothing more is written.
    before.keyed.close().await;
    let after = on_disk(folder.path());
    assert_eq!(code(after.call("a", "x").await), "outcome_unknown");
    assert_eq!(after.runs.started(), 0);
}

#[tokio::test]
async fn a_call_on_disk_that_did_not_run_leaves_its_key_free_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let before = on_disk(folder.path());
    before.call("a", "retry").await.unwrap_err();
    before.keyed.close().await;
    let after = on_disk(folder.path());
    assert_eq!(number(after.call("a", "x").await), 1);
}

#[tokio::test]
async fn without_a_place_to_write_nothing_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let service = on_disk(&file);
    let refusal = service.call("a", "x").await.unwrap_err();
    assert_eq!(refusal.code(), "unavailable");
    assert!(refusal.log_detail().is_some());
    assert_eq!((service.runs.started(), service.keyed.stats().keys), (0, 0));
}
