//! How long a search takes beside writers: sixteen searchers while a watcher, four syncs and a resync take in a folder that is renamed to and
//! fro, first in the same vault, then in another one with a data directory of its own. The second is an equal load that touches no file of
//! the searchers, so what the first takes more is what writers cost searchers.
//! `cargo bench --bench crowd -- [SECONDS [VAULT]]`; it fails when p99 is more than one and a half times as long.

#![allow(clippy::print_stdout, reason = "its figures are its answer")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many times as long the slowest of a hundred searches may take.
const MOST: f64 = 1.5;
const N_NOTES: usize = 500;

/// A vault with its mirror and its watcher.
struct Place {
    home: tempfile::TempDir,
    watcher: Option<Child>,
}

impl Place {
    fn new(vault: Option<&Path>) -> Self {
        let mut place = Self { home: tempfile::tempdir().expect("a temporary folder can be made"), watcher: None };
        let to = place.vault();
        std::fs::create_dir_all(to.join(".obsidian")).expect("the vault can be made");
        if let Some(from) = vault {
            let copied = Command::new("cp").arg("-r").arg(from.join(".")).arg(&to).status();
            assert!(copied.is_ok_and(|status| status.success()), "the vault can be copied");
        }
        std::fs::create_dir_all(to.join("here")).expect("the folder can be made");
        for i in 0..N_NOTES {
            let text = format!("# Note {i}\n\nA needle among others, see [[{}]] and [[{}]].\n", i * 7 % N_NOTES, i / 2);
            let folder = if i % 10 == 0 { "here" } else { "" };
            std::fs::write(to.join(folder).join(format!("{i}.md")), text).expect("the note can be written");
        }
        place.run(&["sync"]);
        place.watcher = Some(place.command(&["watch"]).spawn().expect("the binary starts"));
        place
    }

    fn vault(&self) -> PathBuf {
        self.home.path().join("vault")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vault-sync"));
        command.env_clear().env("HOME", self.home.path()).current_dir(self.home.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command.args(["-q", "--json", "--data-dir", "data", "--vault", "vault"]).args(args);
        command
    }

    fn run(&self, args: &[&str]) {
        let ended = self.command(args).status().expect("the binary starts");
        assert!(ended.success(), "vault-sync {args:?} ended with {ended}");
    }

    /// Writes without rest, until it is told that all is done.
    fn write(&self, is_done: &AtomicBool) {
        let until_done = |act: &dyn Fn(usize)| (0..).take_while(|_| !is_done.load(Ordering::Relaxed)).for_each(act);
        std::thread::scope(|scope| {
            (0..4).for_each(|_| drop(scope.spawn(|| until_done(&|_| self.run(&["sync"])))));
            scope.spawn(|| until_done(&|_| self.run(&["resync"])));
            until_done(&|n| {
                let (from, to) = (["here", "there"][n % 2], ["there", "here"][n % 2]);
                std::fs::rename(self.vault().join(from), self.vault().join(to)).expect("the folder can be moved");
                std::thread::sleep(Duration::from_millis(100));
            });
            if self.vault().join("there").exists() {
                std::fs::rename(self.vault().join("there"), self.vault().join("here")).expect("the folder can be moved");
            }
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut watcher) = self.watcher.take() {
            let _ = watcher.kill();
            let _ = watcher.wait();
        }
    }
}

/// Lets sixteen search in one place while somebody writes in another, or the same. Returns the times, sorted.
fn search_beside(place: &Place, written: &Place, time: Duration) -> Vec<Duration> {
    let (is_done, times) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let queries = ["needle", "\"needle among\"", "path:here needle", "note others -absent"];
    std::thread::scope(|scope| {
        scope.spawn(|| written.write(&is_done));
        let start = Instant::now();
        let searchers = (0..16).map(|asker| {
            let times = &times;
            scope.spawn(move || {
                for n in asker.. {
                    let began = Instant::now();
                    place.run(&["search", queries[n % queries.len()]]);
                    times.lock().expect("nobody panics while measuring").push(began.elapsed());
                    if start.elapsed() > time {
                        break;
                    }
                }
            })
        });
        let searchers: Vec<_> = searchers.collect();
        searchers.into_iter().for_each(|searcher| searcher.join().expect("no search fails"));
        is_done.store(true, Ordering::Relaxed);
    });
    let mut times = times.into_inner().expect("nobody panics while measuring");
    times.sort();
    times
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let seconds = arguments.next().map_or(30, |seconds| seconds.parse().expect("the first argument is a number of seconds"));
    let vault = arguments.next().map(PathBuf::from);
    let (place, other) = (Place::new(vault.as_deref()), Place::new(vault.as_deref()));
    let slowest = [("writers elsewhere", &other), ("writers here", &place)].map(|(name, written)| {
        let times = search_beside(&place, written, Duration::from_secs(seconds));
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
        println!("{name:>18}: {:>6} searches, p50 {:>6.1?}, p95 {:>6.1?}, p99 {:>6.1?}", times.len(), at(50), at(95), at(99));
        at(99).as_secs_f64()
    });
    let ratio = slowest[1] / slowest[0];
    println!("p99 is {ratio:.2} times as long");
    if ratio <= MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
