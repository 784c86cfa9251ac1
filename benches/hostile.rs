//! Times hostile texts at one length and at four times that: what is linear takes four times as long.
//! `cargo bench --bench hostile -- [BYTES [NAME...]]`; it fails when one takes much more than that, and is not quick for all that.

#![allow(clippy::print_stdout, reason = "its figures are its answer")]

#[path = "../src/laws/hostile.rs"]
#[allow(unreachable_pub, reason = "to the library's tests it is a module like others")]
mod hostile;

use hostile::Hostile;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use vault_sync::facts::{self, Rules};
use vault_sync::note::{self, Note, text::Lines};
use vault_sync::path::VaultPath;

type Measure = fn(&Hostile, &str);

/// How many times as long four times the text may take.
const MOST: f64 = 8.0;

/// What takes less for a byte is not judged: frontmatter, whose length is bounded, and noise.
const QUICK: f64 = 600e-9;

/// A text that takes longer is measured once.
const LONG: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let size = arguments.next().map_or(15_000, |size| size.parse().expect("the first argument is a number of bytes"));
    let names: Vec<String> = arguments.collect();
    let is_asked = |kind: &Hostile| names.is_empty() || names.iter().any(|name| kind.name.contains(name));
    let mut n_slow = 0;
    println!("{:>8} {:>10} {:>10} {:>6}  text", "", "ms", "ns/byte", "ratio");
    for kind in hostile::hostile().into_iter().filter(is_asked) {
        let measures: [(&str, Measure); 2] = [("parse", parse), ("facts", facts)];
        for (name, measure) in measures {
            let (short, long) = (kind.text(size), kind.text(4 * size));
            let (short_time, long_time) = (time(|| measure(&kind, &short)), time(|| measure(&kind, &long)));
            let ratio = long_time.as_secs_f64() / short_time.as_secs_f64();
            let is_slow = long_time.as_secs_f64() / long.len() as f64 > QUICK && ratio > MOST;
            n_slow += usize::from(is_slow);
            let (ms, rate) = (long_time.as_secs_f64() * 1e3, long_time.as_secs_f64() * 1e9 / long.len() as f64);
            println!("{name:>8} {ms:10.2} {rate:10.1} {ratio:6.1}{} {}", if is_slow { "!" } else { " " }, kind.name);
        }
    }
    println!("{n_slow} of them not linear");
    if n_slow == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns the shortest time of several that `work` takes.
fn time(work: impl Fn()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed());
        if best > LONG {
            break;
        }
    }
    best
}

/// Parses the text and finds the place of all that stands in it, as `inspect --json` shows them.
fn parse(kind: &Hostile, text: &str) {
    if kind.is_canvas {
        let canvas = note::canvas::canvas(text.as_bytes());
        black_box((note::canvas::links(&canvas).count(), note::canvas::text(&canvas)));
    } else {
        places(&black_box(note::parse_text(text)));
    }
}

fn places(note: &Note<'_>) {
    let lines = Lines::new(note.text);
    let links = note.links.iter().chain(&note.embeds).map(|link| &link.range);
    let blocks = note.sections.iter().map(|section| &section.range).chain(note.blocks.iter().map(|block| &block.range));
    let rest = note.tags.iter().map(|tag| &tag.range).chain(note.list_items.iter().map(|item| &item.range));
    for range in links.chain(blocks).chain(rest).chain(note.fields.iter().map(|field| &field.range)) {
        black_box((lines.place(range.start), lines.place(range.end)));
    }
}

/// Reads all that the rows say of the text.
fn facts(kind: &Hostile, text: &str) {
    let path = VaultPath::new(if kind.is_canvas { "a.canvas" } else { "a.md" });
    black_box(facts::of(&path, text.as_bytes(), &Rules { labels: true, ..Rules::default() }));
}
