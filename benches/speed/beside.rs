//! What else is installed: a plain script over SQLite FTS5, ripgrep, and peers with an index of their own.

use crate::place::{Place, median, time, try_time};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Who needs longer to index a vault is not waited for.
const PATIENCE: Duration = Duration::from_secs(180);

const SCRIPT: &str = include_str!("fts5.py");

/// A peer's commands, from a bare vault to an answer. Of the words in braces each means what is given in its place.
pub struct Peer {
    pub name: &'static str,
    index: &'static [&'static str],
    search: &'static str,
}

pub const PEERS: [Peer; 4] = [
    Peer {
        name: "zk",
        index: &["zk init --no-input {vault}", "zk index --quiet --notebook-dir {vault}"],
        search: "zk list --quiet --no-pager --format path --limit 10 --notebook-dir {vault} --match {word}",
    },
    Peer { name: "qmd", index: &["qmd collection add {vault} --name bench"], search: "qmd search -n 10 {word}" },
    Peer { name: "recoll", index: &["recollindex -c {home}/recoll"], search: "recollq -c {home}/recoll -n 10 {word}" },
    Peer { name: "hyalo", index: &["hyalo --dir {vault} create-index"], search: "hyalo --dir {vault} find --index {word}" },
];

impl Peer {
    fn command(&self, place: &Place, words: &str, word: &str) -> Option<Command> {
        let (vault, home) = (place.vault(), place.path(""));
        let given = [("{vault}", &*vault.to_string_lossy()), ("{home}/", &*home.to_string_lossy()), ("{word}", word)];
        let given = |part: &str| given.iter().fold(part.to_owned(), |part, (name, value)| part.replace(name, value));
        let words: Vec<String> = words.split(' ').map(given).collect();
        place.theirs(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub fn is_installed(&self, place: &Place) -> bool {
        self.command(place, self.search, "").is_some()
    }

    /// Indexes the vault. `None` if that fails, or takes too long.
    pub fn index(&self, place: &Place) -> Option<f64> {
        let settings = place.path("recoll");
        std::fs::create_dir_all(&settings).ok()?;
        std::fs::write(settings.join("recoll.conf"), format!("topdirs = {}\n", place.vault().display())).ok()?;
        let start = Instant::now();
        for words in self.index {
            let mut command = self.command(place, words, "")?;
            let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
            let status = loop {
                if let Some(status) = process.try_wait().ok()? {
                    break status;
                }
                if start.elapsed() > PATIENCE {
                    process.kill().ok()?;
                    process.wait().ok()?;
                    return None;
                }
                std::thread::sleep(Duration::from_millis(1));
            };
            if !status.success() {
                return None;
            }
        }
        Some(start.elapsed().as_secs_f64())
    }

    pub fn search(&self, place: &Place, words: &[String]) -> Option<f64> {
        let times = words.iter().map(|word| try_time(self.command(place, self.search, word)?, &[0, 1]).ok());
        times.collect::<Option<Vec<f64>>>().map(|times| median(&times))
    }
}

/// Runs the script. `None` where there is no Python with FTS5.
pub fn script(place: &Place, words: &[&str]) -> Option<f64> {
    static PYTHON: OnceLock<Option<String>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| python(place)).as_deref()?;
    let script = place.path("fts5.py");
    std::fs::write(&script, SCRIPT).expect("the script can be written");
    Some(time(place.theirs(&[&[python, &script.to_string_lossy(), "fts.db"], words].concat())?, &[0]))
}

/// Returns where Python is itself, since what is on the `PATH` may be a slow script that looks for it.
fn python(place: &Place) -> Option<String> {
    let ask = "import sqlite3, sys; sqlite3.connect(':memory:').execute('create virtual table t using fts5 (x)'); print(sys.executable)";
    let output = place.theirs(&["python3", "-c", ask])?.output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

pub fn forget_script(place: &Place) {
    for name in ["fts.db", "fts.db-wal", "fts.db-shm"] {
        let _ = std::fs::remove_file(place.path(name));
    }
}

pub fn ripgrep(place: &Place, word: &str) -> Option<f64> {
    Some(time(place.theirs(&["rg", "-il", word, "vault"])?, &[0, 1]))
}
