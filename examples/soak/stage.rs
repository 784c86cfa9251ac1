//! Where all of it plays: the home with the vault, the binary, what is counted, and what failed.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

pub struct Stage {
    pub home: PathBuf,
    pub vault: PathBuf,
    pub data: PathBuf,
    pub url: Option<String>,
    binary: PathBuf,
    /// Who acts holds it for reading, who compares for writing.
    pub gate: RwLock<()>,
    /// Held during each step of the person, and while the vault is away.
    pub desk: Mutex<()>,
    pub is_over: AtomicBool,
    pub n_steps: AtomicUsize,
    /// Odd while the database or the vault is away.
    outages: AtomicUsize,
    failures: Mutex<Vec<String>>,
    pub counts: Mutex<Counts>,
}

#[derive(Default)]
pub struct Counts {
    /// What was done how often, by who did it.
    pub acts: BTreeMap<(&'static str, String), usize>,
    /// The lookups that were answered, and how many hits each showed.
    pub asked: BTreeMap<String, u64>,
    /// Those of killed searches: they may be in the log, once.
    pub perhaps: BTreeMap<String, u64>,
    pub latencies: Vec<Duration>,
    /// Runs that ended otherwise than well because database or vault was away.
    pub n_excused: usize,
}

/// How a run ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub took: Duration,
    pub is_excused: bool,
}

impl Ended {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_default()
    }
}

impl Stage {
    /// Makes a new home; the binary is the one beside this program.
    pub fn new(binary: PathBuf, url: Option<String>, seed: u64) -> std::io::Result<Self> {
        let home = std::env::temp_dir().join(format!("vault-sync-soak-{}-{seed}", std::process::id()));
        let (vault, data) = (home.join("vault"), home.join("data"));
        std::fs::create_dir_all(vault.join(".obsidian"))?;
        let place = vault.display();
        let of_vault = format!("[[vault]]\npath = '{place}'\nname = 'soak'\nexclude = ['ladder*']\nprivate = ['Secret/']\n");
        std::fs::write(home.join("sync.toml"), of_vault + "[projects]\nunknown = 'create'\n")?;
        let (gate, desk, is_over, n_steps, outages, failures, counts) = Default::default();
        Ok(Self { home, vault, data, url, binary, gate, desk, is_over, n_steps, outages, failures, counts })
    }

    /// Returns the binary, to be run on the vault with nothing of the caller's environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.beside(&self.data, args);
        command.envs(self.url.iter().map(|url| ("VAULT_SYNC_DATABASE_URL", url)));
        command
    }

    /// Returns the same with an SQLite mirror in another data directory.
    pub fn beside(&self, data: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear().env("HOME", &self.home).current_dir(&self.home).stdin(Stdio::null());
        command.args(["--quiet", "--config", "sync.toml", "--data-dir"]).arg(data).args(args);
        command
    }

    /// Runs the binary to its end; it fails if that is not with one of `codes`, or if it says something though all is well.
    pub fn run(&self, args: &[&str], codes: &[i32]) -> Ended {
        self.judged(&mut self.command(args), args, codes, None)
    }

    /// Runs it for a while, and kills it if it has not ended by then. `None` is a kill.
    pub fn run_for(&self, args: &[&str], codes: &[i32], time: Duration) -> Ended {
        self.judged(&mut self.command(args), args, codes, Some(time))
    }

    pub fn judged(&self, command: &mut Command, args: &[&str], codes: &[i32], time: Option<Duration>) -> Ended {
        let before = self.outages.load(Ordering::SeqCst);
        let start = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        if let Some(time) = time {
            std::thread::sleep(time);
            child.kill().expect("a child can be killed");
        }
        let output = wait(child);
        let took = start.elapsed();
        let is_excused = before % 2 == 1 || self.outages.load(Ordering::SeqCst) != before;
        let (code, said) = (output.status.code(), String::from_utf8_lossy(&output.stderr));
        let is_killed = time.is_some() && code.is_none();
        let is_well = code.is_some_and(|code| codes.contains(&code)) && (code != Some(0) || said.is_empty());
        let is_away = is_excused && matches!(code, Some(0 | 1 | 75)) && !said.contains("panicked");
        if !is_killed && !is_well && !is_away {
            let answer: String = String::from_utf8_lossy(&output.stdout).chars().take(2000).collect();
            self.fail(&format!("vault-sync {args:?} ended with {} after {took:?}\n{said}{answer}", output.status));
        } else if !is_killed && !is_well {
            self.counts().n_excused += 1;
        }
        Ended { code, stdout: output.stdout, took, is_excused }
    }

    /// Counts an act.
    pub fn count(&self, who: &'static str, what: &str) {
        *self.counts().acts.entry((who, what.to_owned())).or_default() += 1;
    }

    pub fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().expect("nobody panics while counting")
    }

    /// Runs `work` while it is known that what it takes away is away, and until it is back.
    pub fn outage(&self, work: impl FnOnce()) {
        self.outages.fetch_add(1, Ordering::SeqCst);
        work();
        self.outages.fetch_add(1, Ordering::SeqCst);
    }

    pub fn fail(&self, what: &str) {
        let step = self.n_steps.load(Ordering::Relaxed);
        self.failures.lock().expect("nobody panics while failing").push(format!("at step {step}: {what}"));
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub fn failures(&self) -> Vec<String> {
        self.failures.lock().expect("nobody panics while failing").clone()
    }

    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Does one thing after another until all is over; comparisons come between.
    pub fn until_over(&self, mut act: impl FnMut()) {
        while !self.is_over() {
            let turn = self.gate.read().expect("nobody panics while acting");
            act();
            drop(turn);
        }
    }
}

fn wait(child: Child) -> std::process::Output {
    child.wait_with_output().expect("a child can be waited for")
}

/// Returns how many bytes the files below a folder take.
pub fn size(folder: &Path) -> u64 {
    let files = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    files.filter_map(|entry| entry.metadata().ok()).filter(std::fs::Metadata::is_file).map(|metadata| metadata.len()).sum()
}
