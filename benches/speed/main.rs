//! How fast it is, beside a plain script over SQLite FTS5, ripgrep, and the peers that are installed, on vaults that it makes itself and on
//! those that are given: `cargo bench --bench speed -- [--notes 10000,100000] [--vault FOLDER] [--rounds 3]`. Nothing is written to a given vault.
//!
//! Read the ratios rather than the seconds: what is compared runs in turns, in one run on one machine. It fails when a bar is missed.
//! docs/performance.md says what the bars are, and what was seen.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its figures are its answer")]
#![allow(unreachable_pub, reason = "one program, nobody reaches in")]

mod beside;
mod follow;
mod place;
mod table;
mod vault;
mod warm;

use beside::PEERS;
use clap::Parser;
use follow::{N_MOVED, Watcher};
use place::{Place, median, peak, quantile, time};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use table::{Bar, Beside, Table};
use vault::Random;

#[derive(Parser)]
struct Arguments {
    /// Sizes of the vaults to make
    #[arg(long, value_delimiter = ',', default_value = "10000,100000")]
    notes: Vec<usize>,
    /// Vaults to copy and measure on
    #[arg(long, value_name = "FOLDER")]
    vault: Vec<PathBuf>,
    /// How often each command runs; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Measure this binary, and not the one that was just built
    #[arg(long, default_value = env!("CARGO_BIN_EXE_vault-sync"))]
    binary: PathBuf,
    #[arg(long, hide = true)]
    bench: bool,
}

/// So many of each are measured.
const N_SEARCHES: usize = 20;
const N_SAVES: usize = 40;

/// The bars that depend on how large a vault is: up to so many notes.
struct Bars {
    n_notes: usize,
    search_ms: f64,
    peak_mb: f64,
    idle_mb: f64,
}

const BARS: [Bars; 2] = [
    Bars { n_notes: 10_000, search_ms: 10.0, peak_mb: 160.0, idle_mb: 60.0 },
    Bars { n_notes: usize::MAX, search_ms: 25.0, peak_mb: 250.0, idle_mb: 150.0 },
];

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let binary = arguments.binary.canonicalize().expect("the binary is there");
    let mut table = Table::default();
    measure_binary(&binary, &mut table);
    let mut cold = Vec::new();
    for &n_notes in &arguments.notes {
        let place = Place::new(&binary, |root| vault::make(root, n_notes).expect("the vault can be written"));
        let name = format!("{n_notes} notes");
        let took = Measured { place: &place, name: &name, rounds: arguments.rounds, is_made: true }.measure(&mut table);
        cold.push((n_notes, took / n_notes as f64));
    }
    for folder in &arguments.vault {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let place = Place::copy(&binary, folder);
        Measured { place: &place, name: &name, rounds: arguments.rounds, is_made: false }.measure(&mut table);
    }
    if let [(less, first), .., (more, last)] = cold[..] {
        let row = table.add(&format!("{more} notes"), "cold sync, each note", last * 1e6, "us");
        row.beside(&format!("of {less}"), Some(first * 1e6)).bar(Bar::Ratio(1.3));
    }
    println!("{table}");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let n_cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{n_cores} cores, load {}, {}", load.split(' ').next().unwrap_or_default(), binary.display());
    if cfg!(debug_assertions) {
        println!("not optimised: the warm queries say nothing, nor does the rest unless `--binary` is optimised");
    }
    println!("{} bars missed", table.n_missed());
    if table.n_missed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure_binary(binary: &Path, table: &mut Table) {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let stripped = home.path().join("stripped");
    let is_stripped = Command::new("strip").arg("-o").args([&stripped, binary]).status().is_ok_and(|status| status.success());
    let size = std::fs::metadata(if is_stripped { &stripped } else { binary }).map_or(0, |metadata| metadata.len());
    table.add("", "binary, stripped", size as f64 / 1e6, "MB").bar(Bar::AtMost(25.0));
    let version = || {
        let mut command = Command::new(binary);
        command.arg("--version").env_clear();
        time(command, &[0]) * 1e3
    };
    let times: Vec<f64> = (0..50).map(|_| version()).collect();
    table.add("", "`--version`", median(&times), "ms").bar(Bar::AtMost(4.0));
}

/// One vault, on its way through all measures.
struct Measured<'a> {
    place: &'a Place,
    name: &'a str,
    rounds: usize,
    is_made: bool,
}

impl Measured<'_> {
    /// Returns how many seconds a cold sync takes.
    fn measure(&self, table: &mut Table) -> f64 {
        let Self { place, name, .. } = self;
        eprintln!("{name}: {} notes, {:.1} MB", place.notes.len(), place.read());
        let mut random = Random::new(7);
        let cold = self.syncs(table);
        let words: Vec<String> = place.words(&mut random, N_SEARCHES).into_iter().map(|(_, three)| three[0].clone()).collect();
        let search = self.searches(table, &words);
        self.warm(table, &mut random);
        self.watch(table, &mut random);
        table.add(name, "data directory", place.size_of_data(""), "MB").beside("notes", Some(place.read())).bar(Bar::Ratio(4.0));
        table.add(name, "generations of the index", place.n_generations() as f64, "").bar(Bar::AtMost(1.0));
        table.add(name, "write-ahead log", place.size_of_data("-wal"), "MB");
        follow::forget_folder(place);
        place.forget_data();
        let row = table.add(name, "peak memory, cold sync", peak(place.ours(&["sync"]), Duration::from_millis(1)), "MB");
        row.bar(Bar::AtMost(self.bars().peak_mb));
        self.peers(table, &words, cold, search);
        cold
    }

    fn bars(&self) -> &Bars {
        BARS.iter().find(|bars| self.place.notes.len() <= bars.n_notes).expect("the last holds for all")
    }

    fn syncs(&self, table: &mut Table) -> f64 {
        let Self { place, name, .. } = self;
        let is_large = place.notes.len() > BARS[0].n_notes;
        let vault = place.vault();
        let script = || beside::script(place, &["index", &vault.to_string_lossy()]);
        let (cold, script_cold) = self.in_turns(|_| {
            place.forget_data();
            beside::forget_script(place);
            (time(place.ours(&["sync"]), &[0]), script())
        });
        table.add(name, "cold sync", cold, "s").beside("FTS5 script", script_cold).bar(Bar::Ratio(1.0));
        let row = table.add(name, "cold sync, notes a second", place.notes.len() as f64 / cold, "");
        if !self.is_made {
            row.bar(Bar::AtLeast(8000.0));
        }
        let (unchanged, script_unchanged) = self.in_turns(|_| (time(place.ours(&["sync"]), &[0]), script()));
        table.add(name, "sync, nothing changed", unchanged, "s").beside("FTS5 script", script_unchanged).bar(Bar::Ratio(0.35));
        if is_large {
            table.add(name, "sync, nothing changed", unchanged, "s").bar(Bar::AtMost(0.4));
        }
        let note = &place.notes[place.notes.len() / 2];
        let (one, script_one) = self.in_turns(|i| {
            place.append(note, &format!("\nChanged as zqone{i}.\n"));
            let took = time(place.ours(&["sync"]), &[0]);
            assert!(place.found(&format!("zqone{i}")).contains(&place.relative(note)), "a synced change is not found");
            (took, script())
        });
        table.add(name, "sync, one note changed", one, "s").beside("FTS5 script", script_one).bar(Bar::Ratio(0.45));
        let further = table.add(name, "sync, one note changed: beyond nothing", (one - unchanged) * 1e3, "ms");
        if is_large {
            further.bar(Bar::AtMost(30.0));
        }
        cold
    }

    /// Measures two things in turns, and returns the median of each.
    fn in_turns(&self, mut turn: impl FnMut(usize) -> (f64, Option<f64>)) -> (f64, Option<f64>) {
        let (ours, theirs): (Vec<f64>, Vec<Option<f64>>) = (0..self.rounds.max(1)).map(&mut turn).unzip();
        let theirs: Option<Vec<f64>> = theirs.into_iter().collect();
        (median(&ours), theirs.map(|times| median(&times)))
    }

    /// Returns how many seconds a search takes.
    fn searches(&self, table: &mut Table, words: &[String]) -> f64 {
        let Self { place, name, .. } = self;
        let (mut ours, mut script, mut ripgrep) = (Vec::new(), Vec::new(), Vec::new());
        for word in words {
            ours.push(time(place.ours(&["search", "--json", "--", word]), &[0]));
            script.extend(beside::script(place, &["search", word]));
            ripgrep.extend(beside::ripgrep(place, word));
            assert!(!place.found(word).is_empty(), "nothing is found for {word}, which stands in a note");
        }
        let theirs = |times: &[f64]| (!times.is_empty()).then(|| median(times));
        table.add(name, "search, p50", median(&ours) * 1e3, "ms").bar(Bar::AtMost(self.bars().search_ms));
        table.add(name, "search, p95", quantile(&ours, 0.95) * 1e3, "ms");
        table.add(name, "search", median(&ours), "s").beside("FTS5 script", theirs(&script)).bar(Bar::Ratio(0.12));
        table.add(name, "search", median(&ours), "s").beside("rg -il", theirs(&ripgrep)).bar(Bar::Ratio(0.35));
        let search = || words.iter().map(|word| peak(place.ours(&["search", "--json", "--", word]), Duration::ZERO));
        table.add(name, "peak memory, search", search().fold(0.0, f64::max), "MB").bar(Bar::AtMost(40.0));
        median(&ours)
    }

    fn warm(&self, table: &mut Table, random: &mut Random) {
        for (kind, times) in warm::measure(self.place, random, 5 * N_SEARCHES) {
            table.add(self.name, &format!("warm query, {kind}, p50"), median(&times), "ms").bar(Bar::AtMost(1.0));
        }
    }

    fn watch(&self, table: &mut Table, random: &mut Random) {
        let mut watcher = Watcher::start(self.place);
        let saves = watcher.saves(random, N_SAVES);
        table.add(self.name, "save to searchable, p50", median(&saves), "ms").bar(Bar::AtMost(40.0));
        table.add(self.name, "save to searchable, p95", quantile(&saves, 0.95), "ms").bar(Bar::AtMost(60.0));
        table.add(self.name, "anonymous memory, idle watch", watcher.idle_memory(), "MB").bar(Bar::AtMost(self.bars().idle_mb));
        let (arrived, renamed) = watcher.rename_folder();
        table.add(self.name, &format!("{N_MOVED} notes come, searchable"), arrived, "s");
        table.add(self.name, &format!("folder of {N_MOVED} notes renamed, searchable"), renamed, "s").bar(Bar::AtMost(1.0));
    }

    fn peers(&self, table: &mut Table, words: &[String], cold: f64, search: f64) {
        for peer in PEERS {
            let is_installed = peer.is_installed(self.place);
            let figure = |took: Option<f64>| took.map_or(if is_installed { Beside::GaveUp } else { Beside::NotInstalled }, Beside::Took);
            let indexed = if is_installed { peer.index(self.place) } else { None };
            let searched = indexed.and_then(|_| peer.search(self.place, words));
            table.add(self.name, "cold sync", cold, "s").beside(peer.name, figure(indexed));
            table.add(self.name, "search", search, "s").beside(peer.name, figure(searched));
        }
    }
}
