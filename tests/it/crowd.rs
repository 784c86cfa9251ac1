//! Sixteen searches at a time while the index is rebuilt and while notes are edited under a watcher: every answer is right, nobody waits,
//! and each lookup is logged once.

use crate::support::{Sandbox, column};
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
