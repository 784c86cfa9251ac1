//! Sixteen searches at a time while the index is rebuilt and while notes are edited under a watcher: every answer is right, nobody waits,
//! and each lookup is logged once. And all at once, writers and long readers too: `VAULT_SYNC_TEST_CROWD=60` for a minute of it.

use crate::log::Other;
use crate::postgres;
use crate::support::{Sandbox, assert_same_dump, column, stderr};
use crate::watching::Watch;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const N_STABLE: usize = 24;
const N_RESTLESS: usize = 6;
/// No search takes so long, however busy the machine is.
const MOST: Duration = Duration::from_secs(10);

/// What the restless notes have held, as lines: whatever a search shows of them is one of these.
#[derive(Default)]
struct Written(Mutex<BTreeSet<(String, String)>>);

impl Written {
    fn write(&self, s: &Sandbox, path: &str, line: String) {
        self.0.lock().unwrap().insert((path.to_owned(), line.clone()));
        // In one step, as careful editors do: a half-written note would be one that was never meant.
        s.write(&format!(".{path}"), line);
        s.rename(&format!(".{path}"), path);
    }

    fn holds(&self, path: &str, line: &str) -> bool {
        self.0.lock().unwrap().contains(&(path.to_owned(), line.to_owned()))
    }
}

/// The lookups that were made.
#[derive(Default)]
struct Crowd {
    ids: Mutex<BTreeSet<String>>,
    n_hits: AtomicUsize,
}

impl Crowd {
    /// Lets sixteen search while `work` is done, and at least twice each.
    fn search_during(&self, s: &Sandbox, written: &Written, work: impl FnOnce()) {
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for asker in 0..16 {
                let is_done = &is_done;
                scope.spawn(move || {
                    for n in 0.. {
                        self.search(s, written, asker + n);
                        if n > 0 && is_done.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                });
            }
            work();
            is_done.store(true, Ordering::Relaxed);
        });
    }

    fn search(&self, s: &Sandbox, written: &Written, n: usize) {
        let start = Instant::now();
        let query = ["steady", "round even", "\"steady as ever\" path:stable", "round odd"][n % 4];
        let answer = s.json(&["search", "--strict", "-n", "100", query]);
        assert!(start.elapsed() < MOST, "a search took {:?}", start.elapsed());
        let id = answer["log_id"].as_str().unwrap().to_owned();
        assert!(self.ids.lock().unwrap().insert(id), "each lookup has its own id");
        let paths: BTreeSet<String> = column(&answer, "results", "/path").into_iter().collect();
        if n.is_multiple_of(2) {
            let all = (0..N_STABLE).map(|i| format!("stable/{i}.md")).collect();
            assert_eq!(paths, all, "{query}: a note that never changes is always found");
            return;
        }
        for hit in answer["results"].as_array().unwrap() {
            self.n_hits.fetch_add(1, Ordering::Relaxed);
            let (path, line) = (hit["path"].as_str().unwrap(), hit["passages"][0]["text"].as_str().unwrap_or_default());
            assert!(written.holds(path, line) && line.contains(&query[6..]), "{query}: {path} never said {line:?}");
        }
    }
}

#[test]
fn sixteen_search_while_the_index_is_rebuilt_and_while_notes_are_edited() {
    let s = Sandbox::new();
    let (written, crowd) = (Written::default(), Crowd::default());
    for i in 0..N_STABLE {
        s.write(&format!("stable/{i}.md"), format!("# {i}\nsteady as ever, whatever else changes\n"));
    }
    for i in 0..N_RESTLESS {
        written.write(&s, &format!("{i}.md"), format!("round even 0 of {i}"));
    }
    s.sync();
    crowd.search_during(&s, &written, || {
        s.text(&["resync"]);
        s.text(&["resync"]);
    });
    let watch = Watch::start(&s);
    crowd.search_during(&s, &written, || {
        for round in 1..=8 {
            for i in 0..N_RESTLESS {
                let parity = if round % 2 == 0 { "even" } else { "odd" };
                written.write(&s, &format!("{i}.md"), format!("round {parity} {round} of {i}"));
            }
            if round % 4 == 0 {
                s.text(&["resync"]);
            }
        }
    });
    assert_eq!(watch.stop(), Some(0));
    assert!(crowd.n_hits.into_inner() > 0);
    let mut logged = column(&s.json(&["log", "list", "-n", "100000"]), "results", "/id");
    logged.sort();
    assert_eq!(logged, crowd.ids.into_inner().unwrap().into_iter().collect::<Vec<String>>());
    let last: Vec<Value> = s.json(&["search", "--strict", "-n", "100", "round even 8"])["results"].as_array().unwrap().clone();
    assert_eq!(last.len(), N_RESTLESS, "what was written last is found");
}

const N_MOVED: usize = 12;

/// Returns how many documents have their place in a folder, as another program counts them.
fn live_in(other: &mut Other, folder: &str) -> i64 {
    other.count(&format!("from claude.documents where not is_archived and file_path like '{folder}/%'"))
}

/// Reads in one long transaction, as a report does: what it sees is one moment, and stays that.
fn read_long(s: &Sandbox, url: Option<&str>) {
    let mut other = Other::of(s, url);
    other.run(if url.is_some() { "begin isolation level repeatable read" } else { "begin" });
    let first = ["here", "there", "stable"].map(|folder| live_in(&mut other, folder));
    assert!(first[0] == 0 || first[1] == 0, "half of a folder was moved: {first:?}");
    assert_eq!(first[2], N_STABLE as i64, "rows of notes that never change were lost");
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(["here", "there", "stable"].map(|folder| live_in(&mut other, folder)), first, "a snapshot stays what it was");
    }
    other.run("rollback");
}

/// Failure 11 of the peers: a database that was locked for readers, and writes that were dropped. And failure 4: what comes or goes during
/// a scan.
fn all_at_once(url: Option<&str>) {
    let s = Sandbox::new().configured("[projects]\nunknown = \"create\"\n");
    let s = if let Some(url) = url { s.on(url) } else { s };
    (0..N_STABLE).for_each(|i| s.write(&format!("stable/{i}.md"), format!("# {i}\nsteady as ever, [[moved {}]]\n", i % N_MOVED)));
    (0..N_MOVED).for_each(|i| s.write(&format!("here/moved {i}.md"), format!("# Moved {i}\nA wanderer, with [[{i}]].\n")));
    s.sync();
    let watch = Watch::start(&s);
    let (is_done, ids, n_moves) = (AtomicBool::new(false), Mutex::new(BTreeSet::new()), AtomicUsize::new(0));
    let until_done = |act: &dyn Fn()| {
        // Each at least once, and none after another has failed.
        act();
        while !is_done.load(Ordering::Relaxed) {
            act();
        }
    };
    let search = |query: &str| {
        let answer = s.json(&["search", "--strict", "-n", "100", query]);
        assert!(ids.lock().unwrap().insert(answer["log_id"].as_str().unwrap().to_owned()), "each lookup has its own id");
        column(&answer, "results", "/path")
    };
    let run = |command: &str| {
        let output = s.vault_sync(&[command]);
        assert!(output.status.success(), "{command} ended with {}: {}", output.status, stderr(&output));
    };
    std::thread::scope(|scope| {
        let (until_done, search, run, s) = (&until_done, &search, &run, &s);
        let searching = || {
            let found = search("wanderer");
            let n_here = found.iter().filter(|path| path.starts_with("here/")).count();
            assert!(n_here == 0 || n_here == found.len(), "half of a folder was moved: {found:?}");
            assert_eq!(search("steady").len(), N_STABLE, "a note that never changes is always found");
        };
        let mut crowd: Vec<_> = (0..16).map(|_| scope.spawn(move || until_done(&searching))).collect();
        crowd.extend((0..4).map(|_| scope.spawn(move || until_done(&|| run("sync")))));
        crowd.push(scope.spawn(move || until_done(&|| run("resync"))));
        crowd.extend((0..2).map(|_| scope.spawn(move || until_done(&|| read_long(s, url)))));
        let time = Duration::from_secs(std::env::var("VAULT_SYNC_TEST_CROWD").map_or(3, |text| text.parse().expect("a number of seconds")));
        let start = Instant::now();
        while start.elapsed() < time && !crowd.iter().any(std::thread::ScopedJoinHandle::is_finished) {
            let n = n_moves.fetch_add(1, Ordering::Relaxed);
            s.rename(["here", "there"][n % 2], ["there", "here"][n % 2]);
            s.write(&format!("new/{}.md", n % 7), format!("Round {n}, see [[moved {}]].", n % N_MOVED));
            std::thread::sleep(Duration::from_millis(100));
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert_eq!(watch.stop(), Some(0));
    s.sync();
    s.text(&["verify"]);
    let fresh = Sandbox::new().over(&s.vault).configured("[projects]\nunknown = \"create\"\n");
    fresh.sync();
    assert_same_dump(&s.text(&["dump"]), &fresh.text(&["dump"]), "after all at once");
    let mut logged = column(&s.json(&["log", "list", "-n", "100000"]), "results", "/id");
    logged.sort();
    assert_eq!(logged, ids.into_inner().unwrap().into_iter().collect::<Vec<String>>(), "each lookup is logged once");
}

#[test]
fn all_at_once_are_right_on_sqlite() {
    all_at_once(None);
}

#[test]
fn all_at_once_are_right_on_postgres() {
    all_at_once(Some(&postgres::database().url));
}
