//! A home with a vault and its mirror, and processes that are timed and weighed there.

use crate::vault::Random;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

pub struct Place {
    home: tempfile::TempDir,
    binary: PathBuf,
    /// The notes, as the walk of the disk finds them.
    pub notes: Vec<PathBuf>,
}

impl Place {
    /// Makes a home; `fill` writes the vault.
    pub fn new(binary: &Path, fill: impl FnOnce(&Path)) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        let mut place = Self { home, binary: binary.to_owned(), notes: Vec::new() };
        fill(&place.vault());
        place.notes = place.walk();
        place
    }

    fn walk(&self) -> Vec<PathBuf> {
        let is_seen = |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
        let files = walkdir::WalkDir::new(self.vault()).sort_by_file_name().into_iter().filter_entry(is_seen).filter_map(Result::ok);
        let files = files.filter(|entry| entry.file_type().is_file() && entry.path().extension().is_some_and(|e| e == "md"));
        files.map(walkdir::DirEntry::into_path).collect()
    }

    /// Reads all notes, so that the system has them in its cache, for everybody. Returns how many MB they are.
    pub fn read(&self) -> f64 {
        self.walk().iter().map(|note| fs::read(note).map_or(0, |bytes| bytes.len())).sum::<usize>() as f64 / 1e6
    }

    /// Makes a home with a copy of a vault, whose files are an hour old.
    pub fn copy(binary: &Path, vault: &Path) -> Self {
        Self::new(binary, |to| {
            let copied = Command::new("cp").arg("-r").arg(vault).arg(to).status();
            assert!(copied.is_ok_and(|status| status.success()), "the vault can be copied");
            fs::create_dir_all(to.join(".obsidian")).expect("a folder can be made");
            let past = SystemTime::now() - Duration::from_secs(3600);
            for entry in walkdir::WalkDir::new(to).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
                // A file that nobody may write keeps its time.
                let _ = File::options().append(true).open(entry.path()).and_then(|file| file.set_modified(past));
            }
        })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn vault(&self) -> PathBuf {
        self.path("vault")
    }

    /// Returns the path of a note in the vault.
    pub fn relative(&self, note: &Path) -> String {
        note.strip_prefix(self.vault()).expect("notes lie in the vault").to_string_lossy().into_owned()
    }

    pub fn any_note(&self, random: &mut Random) -> &Path {
        &self.notes[random.below(self.notes.len())]
    }

    /// Returns words of notes, chosen by chance: some lines of three, and where they stand.
    pub fn words(&self, random: &mut Random, n: usize) -> Vec<(&Path, [String; 3])> {
        let is_plain = |word: &&str| (3..=12).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase());
        let mut found = Vec::new();
        while found.len() < n {
            let note = self.any_note(random);
            let text = fs::read_to_string(note).unwrap_or_default();
            let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(' ').collect()).collect();
            let threes: Vec<&[&str]> = lines.iter().flat_map(|line| line.windows(3)).collect();
            let threes: Vec<_> = threes.into_iter().filter(|three| three.iter().all(&is_plain) && three[0].len() > 5).collect();
            if !threes.is_empty() {
                let three = threes[random.below(threes.len())];
                found.push((note, [three[0], three[1], three[2]].map(str::to_owned)));
            }
        }
        found
    }

    pub fn append(&self, note: &Path, text: &str) {
        let file = File::options().append(true).open(note);
        file.and_then(|mut file| file.write_all(text.as_bytes())).expect("the note can be written to");
    }

    /// Returns the binary, to be run here with nothing of the caller's environment.
    pub fn ours(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear().env("HOME", self.home.path()).current_dir(self.home.path());
        command.args(["-q", "--data-dir", "data", "--vault", "vault"]).args(args);
        command
    }

    /// Returns another program, which finds its settings in this home, if it is installed.
    pub fn theirs(&self, words: &[&str]) -> Option<Command> {
        let (name, args) = words.split_first()?;
        let folders = std::env::var_os("PATH")?;
        let program = std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|program| program.is_file())?;
        let mut command = Command::new(program);
        command.env("HOME", self.home.path()).env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME").env_remove("XDG_DATA_HOME");
        command.current_dir(self.home.path()).args(args);
        Some(command)
    }

    /// Returns the paths that a strict search finds; a wrong answer is none, however fast.
    pub fn found(&self, query: &str) -> BTreeSet<String> {
        let output = self.ours(&["search", "--json", "--strict", "-n", "2000", "--", query]).output().expect("the binary starts");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let hits = answer["results"].as_array().map(Vec::as_slice).unwrap_or_default();
        hits.iter().filter_map(|hit| hit["path"].as_str().map(str::to_owned)).collect()
    }

    /// Returns how many MB the files of the data directory take that have `part` in their names.
    pub fn size_of_data(&self, part: &str) -> f64 {
        let files = walkdir::WalkDir::new(self.path("data")).into_iter().filter_map(Result::ok);
        let files = files.filter(|entry| entry.file_type().is_file() && entry.file_name().to_string_lossy().contains(part));
        files.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum::<u64>() as f64 / 1e6
    }

    pub fn n_generations(&self) -> usize {
        let index = walkdir::WalkDir::new(self.path("data/index")).min_depth(1).max_depth(1).into_iter().filter_map(Result::ok);
        index.filter(|entry| entry.file_type().is_dir()).count()
    }

    pub fn forget_data(&self) {
        let _ = fs::remove_dir_all(self.path("data"));
    }
}

/// Runs a program to its end, and returns how many seconds it took. It must end with one of `codes`.
pub fn time(command: Command, codes: &[i32]) -> f64 {
    try_time(command, codes).unwrap_or_else(|said| panic!("{said}"))
}

/// Does the same; what fails says so.
pub fn try_time(mut command: Command, codes: &[i32]) -> Result<f64, String> {
    command.stdin(Stdio::null());
    let start = Instant::now();
    let output = command.output().map_err(|error| format!("{command:?} does not start: {error}"))?;
    let took = start.elapsed().as_secs_f64();
    let is_well = output.status.code().is_some_and(|code| codes.contains(&code));
    let said = String::from_utf8_lossy(&output.stderr);
    if is_well { Ok(took) } else { Err(format!("{command:?} ended with {}: {said}", output.status)) }
}

/// Runs a program to its end, and returns how many MB it had at most, where the system tells.
pub fn peak(mut command: Command, pause: Duration) -> f64 {
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let mut peak = 0.0_f64;
    while process.try_wait().expect("a child can be looked at").is_none() {
        peak = peak.max(memory(&process, "VmHWM:"));
        std::thread::sleep(pause);
    }
    peak
}

/// Returns a figure of a process's memory, in MB.
pub fn memory(process: &Child, what: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let figure = status.lines().find_map(|line| line.strip_prefix(what)?.trim().strip_suffix(" kB")?.parse().ok());
    figure.map_or(0.0, |kib: f64| kib / 1024.0)
}

/// Returns the value below which a share of all lies.
pub fn quantile(times: &[f64], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() as f64 * share) as usize).min(sorted.len() - 1)]
}

pub fn median(times: &[f64]) -> f64 {
    quantile(times, 0.5)
}
