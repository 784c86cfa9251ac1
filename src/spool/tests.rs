//! Lines that arrive once, whatever comes between.

use super::*;

fn lookup(id: usize) -> Lookup {
    Lookup { log_id: id.to_string(), prompt_excerpt: "what is\nthis".into(), ..Lookup::default() }
}

fn ids(data_dir: &Path) -> (Vec<String>, Drained) {
    let mut ids = Vec::new();
    let drained = wait(drain(data_dir, Busy::Wait, async |waiting: &Waiting| {
        ids.extend(waiting.lookups.iter().map(|l| l.log_id.clone()));
        Ok(())
    }));
    (ids, drained.unwrap())
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn lookups_arrive_once_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(ids(dir.path()).0, Vec::<String>::new());
    for id in 0..3 {
        append(dir.path(), &lookup(id)).unwrap();
    }
    assert_eq!(ids(dir.path()).0, ["0", "1", "2"]);
    assert_eq!(ids(dir.path()).0, Vec::<String>::new());
    append(dir.path(), &lookup(3)).unwrap();
    assert_eq!(ids(dir.path()).0, ["3"]);
}

#[test]
fn a_failed_drain_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    append(dir.path(), &lookup(1)).unwrap();
    assert!(wait(drain(dir.path(), Busy::Wait, async |_: &Waiting| anyhow::bail!("the database is away"))).is_err());
    append(dir.path(), &lookup(2)).unwrap();
    assert_eq!(waiting(dir.path()).unwrap(), Drained { n_lookups: 2, ..Drained::default() });
    assert_eq!(ids(dir.path()).0, ["1", "2"]);
    assert_eq!(waiting(dir.path()).unwrap(), Drained::default());
}

#[test]
fn a_database_that_is_away_is_not_asked_by_every_search() {
    let dir = tempfile::tempdir().unwrap();
    append(dir.path(), &lookup(1)).unwrap();
    let in_seconds = |seconds| is_due_at(dir.path(), SystemTime::now() + Duration::from_secs(seconds));
    assert_eq!((in_seconds(0), in_seconds(10)), (false, true));
    put_off(dir.path()).unwrap();
    assert_eq!((in_seconds(10), in_seconds(70)), (false, true));
}

#[test]
fn a_torn_line_is_skipped_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    append(dir.path(), &lookup(1)).unwrap();
    let mut file = File::options().append(true).open(dir.path().join(FILE_NAME)).unwrap();
    file.write_all(b"{\"log_id\": \"2\", \"pro").unwrap();
    append(dir.path(), &lookup(3)).unwrap();
    assert_eq!(ids(dir.path()), (vec!["1".into(), "3".into()], Drained { n_lookups: 2, n_torn: 1, n_dropped: 0 }));
}

#[test]
fn beyond_its_size_the_oldest_lines_go_and_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    for id in 0..100 {
        append_below(dir.path(), &lookup(id), 4096).unwrap();
    }
    assert!(std::fs::metadata(dir.path().join(FILE_NAME)).unwrap().len() <= 4096);
    let (ids, drained) = ids(dir.path());
    assert_eq!(ids.last().unwrap(), "99");
    assert_eq!(ids.len() as u64 + drained.n_dropped, 100);
}

#[test]
fn who_does_not_wait_leaves_the_lookups_to_whoever_drains() {
    let dir = tempfile::tempdir().unwrap();
    append(dir.path(), &lookup(1)).unwrap();
    let other = File::create(dir.path().join(LOCK_NAME)).unwrap();
    other.lock().unwrap();
    let nothing = wait(drain(dir.path(), Busy::Leave, async |_: &Waiting| panic!("the other drains")));
    assert_eq!(nothing.unwrap(), Drained::default());
    drop(other);
    assert_eq!(ids(dir.path()).0, ["1"]);
}

#[test]
fn a_line_of_an_older_version_is_a_lookup() {
    let line = r#"{"log_id": "1", "prompt_excerpt": "", "keywords": [], "results_count": 0, "results_ids": [], "strict_count": 0,
        "retrieval_method": "", "latency_ms": 0, "session_id": null, "agent": null, "project": null, "retrieved_at": ""}"#;
    assert_eq!(serde_json::from_str::<Lookup>(line).unwrap(), Lookup { log_id: "1".into(), ..Lookup::default() });
}

#[test]
fn four_writers_and_a_drain_lose_and_double_no_line() {
    const N_EACH: usize = 20_000;
    let dir = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let dir = dir.path();
                scope.spawn(move || (0..N_EACH).for_each(|id| append(dir, &lookup(writer * N_EACH + id)).unwrap()))
            })
            .collect();
        while writers.iter().any(|writer| !writer.is_finished()) {
            found.extend(ids(dir.path()).0);
        }
    });
    found.extend(ids(dir.path()).0);
    let mut found: Vec<usize> = found.iter().map(|id| id.parse().unwrap()).collect();
    found.sort_unstable();
    assert!(found == (0..4 * N_EACH).collect::<Vec<_>>(), "{} lines of {}", found.len(), 4 * N_EACH);
}

#[test]
fn calls_of_agents_arrive_beside_lookups() {
    let dir = tempfile::tempdir().unwrap();
    let call = ToolCall { usage_id: "7".into(), tool_name: "get".into(), error_message: Some("two\nlines".into()), ..ToolCall::default() };
    append(dir.path(), &call).unwrap();
    append(dir.path(), &lookup(1)).unwrap();
    let mut all = Waiting::default();
    let drained = wait(drain(dir.path(), Busy::Wait, async |waiting: &Waiting| {
        all = waiting.clone();
        Ok(())
    }));
    assert_eq!(drained.unwrap(), Drained { n_lookups: 1, ..Drained::default() });
    assert_eq!(all, Waiting { lookups: vec![lookup(1)], calls: vec![call] });
}
