//! What must hold while everybody waits: nothing differs from a fresh mirror, and each lookup is in the log once.

use crate::stage::{Stage, size};
use crate::watcher::Watcher;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// So long a watcher may take to have taken all in.
const PATIENCE: Duration = Duration::from_secs(60);

/// Compares, and says in a line how it is. The watcher brings the mirror up to date by itself, or is stopped and a sync does.
pub fn check(stage: &Stage, watcher: &mut Watcher, is_stopped: bool, start: Instant) -> String {
    let memory = watcher.memory();
    if is_stopped {
        watcher.stop(stage);
        stage.run(&["--json", "sync", "--allow-mass-delete"], &[0]);
    } else {
        watcher.look_after(stage);
        catch_up(stage);
    }
    stage.run(&["verify"], &[0]);
    compare(stage);
    let n_logged = check_log(stage);
    watcher.start(stage);
    let counts = stage.counts();
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let index = size(&stage.data.join("index"));
    format!(
        "{:>6.1} min {:>7} steps {:>7} searches {:>7} logged   watcher {:>2} {:>6.1} MiB   data {:>6.1} MiB, index {:>5.1} MiB   {}",
        start.elapsed().as_secs_f64() / 60.0,
        stage.n_steps.load(std::sync::atomic::Ordering::Relaxed),
        counts.asked.len(),
        n_logged,
        watcher.n_started,
        memory as f64 / 1024.0,
        mib(size(&stage.data)),
        mib(index),
        if stage.failures().is_empty() { "equal" } else { "FAILED" },
    )
}

fn catch_up(stage: &Stage) {
    let start = Instant::now();
    while stage.command(&["--json", "status", "--strict"]).output().is_ok_and(|output| !output.status.success()) {
        if start.elapsed() > PATIENCE {
            let status = stage.run(&["status", "--strict"], &[0, 1]);
            return stage.fail(&format!("the watcher did not catch up: {}", String::from_utf8_lossy(&status.stdout)));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn compare(stage: &Stage) {
    let fresh = stage.home.join("fresh");
    let run = |args: &[&str]| stage.judged(&mut stage.beside(&fresh, args), args, &[0], None);
    run(&["sync"]);
    let (expected, found) = (run(&["dump"]).json(), stage.run(&["dump"], &[0]).json());
    if found != expected || found["documents"].is_null() {
        stage.fail(&format!("the mirror is not what a fresh one is:\n{}", difference(&found, &expected)));
    } else {
        std::fs::remove_dir_all(fresh).expect("a data directory can be removed");
    }
}

fn difference(found: &Value, expected: &Value) -> String {
    fn by_path(dump: &Value) -> BTreeMap<&str, &Value> {
        let documents = dump["documents"].as_array().map(Vec::as_slice).unwrap_or_default();
        documents.iter().map(|document| (document["path"].as_str().unwrap_or_default(), document)).collect()
    }
    let (found, expected) = (by_path(found), by_path(expected));
    let mut said = String::new();
    for path in found.keys().chain(expected.keys()).collect::<BTreeSet<_>>() {
        let (Some(Value::Object(one)), Some(Value::Object(other))) = (found.get(path), expected.get(path)) else {
            let _ = writeln!(said, "  {path} is only in the {} one", if found.contains_key(path) { "found" } else { "fresh" });
            continue;
        };
        for (key, value) in one.iter().filter(|(key, value)| other.get(*key) != Some(value)) {
            let _ = writeln!(said, "  {path}: {key} is {value}, afresh {}", other.get(key).unwrap_or(&Value::Null));
        }
    }
    said
}

/// Returns how many lookups the log has.
fn check_log(stage: &Stage) -> usize {
    let answer = stage.run(&["--json", "log", "list", "-n", "10000000"], &[0]).json();
    let rows = answer["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    // The hits that have become private since are gone from it, but still counted.
    let n_hits = |row: &Value| row["results_count"].as_u64().filter(|n| row["hits"].as_array().is_some_and(|hits| hits.len() as u64 <= *n));
    let logged: BTreeMap<&str, u64> = rows.iter().filter_map(|row| Some((row["id"].as_str()?, n_hits(row)?))).collect();
    let counts = stage.counts();
    let lost: Vec<_> = counts.asked.iter().filter(|(id, n_hits)| logged.get(id.as_str()) != Some(n_hits)).collect();
    let strange: Vec<_> = logged.keys().filter(|id| !counts.asked.contains_key(**id) && !counts.perhaps.contains_key(**id)).collect();
    if rows.len() != logged.len() || !lost.is_empty() || !strange.is_empty() {
        let n_twice = rows.len() - logged.len();
        stage.fail(&format!("the log has {n_twice} lookups twice, not or otherwise {lost:?}, and of nobody {strange:?}"));
    }
    rows.len()
}
