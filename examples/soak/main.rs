//! A random person and random agents beside a watcher, with kills and outages; every half minute, and in the end, the mirror must be what
//! a fresh one is, and the log must have each search once. CONTRIBUTING.md says how to run it.
//!
//! The person's history is the same for the same seed; when what befalls it is not, since processes take the time that they take.

#![allow(clippy::print_stdout, reason = "its figures are its answer")]
#![allow(unreachable_pub, reason = "one program, nobody reaches in")]

mod agents;
mod check;
mod fate;
mod person;
mod random;
mod stage;
mod watcher;

use clap::Parser;
use person::Person;
use random::Random;
use stage::Stage;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};
use watcher::Watcher;

#[derive(Parser)]
struct Arguments {
    /// How long it goes on
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// The person's history; by default another each time
    #[arg(long)]
    seed: Option<u64>,
    /// The mirror lies in this empty database, and not in an SQLite file
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Notes to begin with
    #[arg(long, default_value_t = 300)]
    notes: usize,
    /// Who ask at the same time
    #[arg(long, default_value_t = 4)]
    agents: usize,
    /// Seconds between two comparisons
    #[arg(long, default_value_t = 30)]
    every: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970");
    let seed = arguments.seed.unwrap_or(now.as_secs());
    let stage = Stage::new(binary(), arguments.postgres.clone(), seed).expect("a folder can be made where temporary ones are");
    println!("seed {seed}, in {}", stage.home.display());
    let mut person = Person::new(&stage, seed);
    person.begin(arguments.notes).expect("notes can be written");
    if stage.url.is_some() {
        stage.run(&["db", "migrate"], &[0]);
    }
    // Without an index a search says so, and ends with 1.
    stage.run(&["--json", "sync"], &[0]);
    let watcher = Mutex::new(Watcher::default());
    let start = Instant::now();
    let end = Duration::from_secs_f64(arguments.minutes * 60.0);
    std::thread::scope(|scope| {
        let (stage, watcher) = (&stage, &watcher);
        scope.spawn(move || live(stage, &mut person, seed));
        for agent in 0..arguments.agents as u64 {
            let mut random = Random::new(seed.wrapping_add(100 + agent));
            scope.spawn(move || stage.until_over(|| agents::ask(stage, &mut random)));
        }
        let mut random = Random::new(seed.wrapping_add(2));
        // In the second half the watcher lives, so that its memory can be seen.
        scope.spawn(move || stage.until_over(|| fate::strike(stage, watcher, &mut random, start.elapsed() < end / 2)));
        compare_at_times(stage, watcher, start, end, Duration::from_secs(arguments.every));
    });
    watcher.into_inner().expect("nobody panics while watching").stop(&stage);
    conclude(&stage, seed, start)
}

/// Returns the program beside this one; under `cargo run`, which makes examples only, it is built first.
fn binary() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it is");
    let folder = own.parent().and_then(std::path::Path::parent).expect("examples have a folder in that of their profile");
    if let Some(cargo) = std::env::var_os("CARGO") {
        let profile = folder.file_name().filter(|name| *name != "debug").unwrap_or("dev".as_ref());
        let built = Command::new(cargo).args(["build", "--quiet", "--bin", "vault-sync", "--profile"]).arg(profile).status();
        assert!(built.is_ok_and(|status| status.success()), "vault-sync cannot be built");
    }
    folder.join("vault-sync")
}

/// The person's life: a step, then a pause.
fn live(stage: &Stage, person: &mut Person<'_>, seed: u64) {
    let mut pauses = Random::new(seed.wrapping_add(1));
    stage.until_over(|| {
        let desk = stage.desk.lock().expect("nobody panics at the desk");
        match person.step() {
            Ok(name) => stage.count("person", name),
            Err(error) => stage.fail(&format!("the person could not do it: {error}")),
        }
        drop(desk);
        stage.n_steps.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(pauses.below(120) as u64));
    });
}

fn compare_at_times(stage: &Stage, watcher: &Mutex<Watcher>, start: Instant, end: Duration, every: Duration) {
    watcher.lock().expect("nobody panics while watching").start(stage);
    for n in 1.. {
        let next = end.min(every * n);
        while start.elapsed() < next && !stage.is_over() {
            std::thread::sleep(Duration::from_millis(50));
        }
        let all = stage.gate.write().expect("nobody panics while acting");
        let mut watcher = watcher.lock().expect("nobody panics while watching");
        let is_last = start.elapsed() >= end;
        if !stage.is_over() {
            let is_stopped = is_last || n % 2 == 0 && start.elapsed() < end / 2;
            println!("{}", check::check(stage, &mut watcher, is_stopped, start));
        }
        if is_last {
            stage.is_over.store(true, Ordering::SeqCst);
        }
        drop((watcher, all));
        if stage.is_over() {
            return;
        }
    }
}

/// Prints the figures, and what failed.
fn conclude(stage: &Stage, seed: u64, start: Instant) -> ExitCode {
    let mut counts = stage.counts();
    for who in ["person", "agents", "fate"] {
        let acts = counts.acts.iter().filter(|((whose, _), _)| *whose == who);
        let acts: Vec<String> = acts.map(|((_, what), n)| format!("{what} {n}")).collect();
        println!("{who}: {}", acts.join(", "));
    }
    counts.latencies.sort();
    let n = counts.latencies.len();
    let percentile = |share: usize| counts.latencies.get(n * share / 100).copied().unwrap_or_default();
    let (minutes, n_excused) = (start.elapsed().as_secs_f64() / 60.0, counts.n_excused);
    println!("{n} searches: p50 {:?}, p99 {:?}; {n_excused} runs ended while database or vault was away", percentile(50), percentile(99));
    let failures = stage.failures();
    if failures.is_empty() {
        println!("{minutes:.1} minutes without an error");
        std::fs::remove_dir_all(&stage.home).expect("the folder can be removed");
        return ExitCode::SUCCESS;
    }
    println!("failed after {minutes:.1} minutes, with --seed {seed}; all is left in {}", stage.home.display());
    failures.iter().for_each(|failure| println!("{failure}"));
    ExitCode::FAILURE
}
