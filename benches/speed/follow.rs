//! The watcher: how long a save takes until it can be found, a folder until it is found at its new place, and what waiting costs.

use crate::place::{Place, memory};
use crate::vault::{self, Random};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// So long nothing takes, unless it is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longer than a file's time is in doubt, and than a watcher waits before it tidies up.
const QUIET: Duration = Duration::from_secs(5);

pub const N_MOVED: usize = 1000;
const MOVED: &str = "Moved";

/// Takes away what was renamed: the other figures are of the vault as it was.
pub fn forget_folder(place: &Place) {
    fs::remove_dir_all(place.vault().join(MOVED)).expect("a folder can be removed");
}

pub struct Watcher<'a> {
    place: &'a Place,
    process: Child,
    /// The paths it has told of, and when.
    told: Receiver<(String, Instant)>,
    n_saves: usize,
}

impl<'a> Watcher<'a> {
    /// Starts it, and waits until it tells of a save.
    pub fn start(place: &'a Place) -> Self {
        let mut process = place.ours(&["watch", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary starts");
        let (teller, told) = channel();
        let lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let line: Value = serde_json::from_str(&line).unwrap_or_default();
                let path = line["path"].as_str().unwrap_or_default().to_owned();
                if teller.send((path, Instant::now())).is_err() {
                    break;
                }
            }
        });
        let mut watcher = Self { place, process, told, n_saves: 0 };
        let is_ready = (0..30).any(|_| watcher.save(&place.notes[0], Duration::from_secs(2)).is_some());
        assert!(is_ready, "the watcher tells of none of thirty saves");
        watcher
    }

    /// Saves notes, at some distance from one another, and returns how many milliseconds each took until it could be found.
    pub fn saves(&mut self, random: &mut Random, n: usize) -> Vec<f64> {
        let save = |i: usize| {
            std::thread::sleep(Duration::from_millis(300 + 50 * (i as u64 % 5)));
            let note = self.place.any_note(random);
            let took = self.save(note, PATIENCE).expect("the watcher tells of a save");
            let (word, path) = (format!("zqsave{}", self.n_saves), self.place.relative(note));
            assert!(self.place.found(&word).contains(&path), "the watcher told of {path}, and its new word is not found");
            took.as_secs_f64() * 1e3
        };
        (0..n).map(save).collect()
    }

    fn save(&mut self, note: &Path, patience: Duration) -> Option<Duration> {
        self.n_saves += 1;
        let path = self.place.relative(note);
        while self.told.try_recv().is_ok() {}
        let start = Instant::now();
        self.place.append(note, &format!("\nSaved as zqsave{}.\n", self.n_saves));
        self.wait(1, patience, |told| told == path).map(|end| end - start)
    }

    /// Waits until it has told of so many different paths, and returns when it told of the last.
    fn wait(&self, n: usize, patience: Duration, is_meant: impl Fn(&str) -> bool) -> Option<Instant> {
        let (start, mut seen) = (Instant::now(), BTreeMap::new());
        while seen.len() < n {
            let (path, at) = self.told.recv_timeout(patience.checked_sub(start.elapsed())?).ok()?;
            if is_meant(&path) {
                seen.insert(path, at);
            }
        }
        seen.into_values().max()
    }

    /// Returns its anonymous memory in MB, after a while in which nothing happened.
    pub fn idle_memory(&self) -> f64 {
        std::thread::sleep(QUIET);
        memory(&self.process, "RssAnon:")
    }

    /// Lets a folder of a thousand notes come, and then renames it. Returns how many seconds each took until all of them could be found.
    pub fn rename_folder(&self) -> (f64, f64) {
        let moving = "Moving";
        let (ready, from, to) = (self.place.path("ready"), self.place.vault().join(moving), self.place.vault().join(MOVED));
        fs::create_dir_all(&ready).expect("a folder can be made");
        for i in 0..N_MOVED {
            fs::write(ready.join(format!("{i}.md")), vault::text(i, N_MOVED)).expect("a note can be written");
        }
        let rename = |from: &Path, to: &Path, name: &str| {
            std::thread::sleep(QUIET);
            while self.told.try_recv().is_ok() {}
            let start = Instant::now();
            fs::rename(from, to).expect("a folder can be renamed");
            let end = self.wait(N_MOVED, PATIENCE, |path| path.starts_with(&format!("{name}/"))).expect("the watcher tells of all notes");
            assert_eq!(self.place.found(&format!("path:\"{name}/\"")).len(), N_MOVED, "not all notes are found in {name}/");
            (end - start).as_secs_f64()
        };
        (rename(&ready, &from, moving), rename(&from, &to, MOVED))
    }
}

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        // It is stopped as a person stops it, so that it tidies up.
        let stopped = std::process::Command::new("kill").arg(self.process.id().to_string()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}
