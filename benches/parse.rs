//! Times the parser on a folder of notes beside what `pulldown-cmark` alone costs there. `cargo bench --bench parse -- FOLDER [ROUNDS]`
//!
//! All is in memory, on one thread; each round takes every measure once, so that a noisy moment meets them all. The bar is 1.5 times
//! `pulldown-cmark` on the same texts, with the same extensions and source ranges.

#![allow(clippy::print_stdout, reason = "its figures are its answer")]

use pulldown_cmark::{Options, Parser};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;
use vault_sync::note::{self, Note, Source};

type Measure = fn(&Sample);

/// A note as the measures take it.
struct Sample {
    bytes: Vec<u8>,
    text: String,
    body_start: usize,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(vault) = arguments.next().map(PathBuf::from) else {
        println!("usage: cargo bench --bench parse -- FOLDER [ROUNDS]");
        return Ok(());
    };
    let n_rounds = arguments.next().map_or(Ok(15), |rounds| rounds.parse())?;
    let samples = read(&vault)?;
    let n_bytes = samples.iter().map(|sample| sample.bytes.len()).sum::<usize>();
    println!("{} notes, {:.1} MB, {n_rounds} rounds", samples.len(), n_bytes as f64 / 1e6);

    let measures: [(&str, Measure); 5] = [
        ("pulldown-cmark, whole texts", |sample| markdown(&sample.text)),
        ("pulldown-cmark, bodies", |sample| markdown(&sample.text[sample.body_start..])),
        ("decode", |sample| drop(black_box(Source::of(&sample.bytes)))),
        ("parse, frontmatter only", |sample| parse(&sample.text.as_bytes()[..sample.body_start])),
        ("parse", |sample| parse(&sample.bytes)),
    ];
    let mut times = measures.map(|_| Vec::new());
    for _ in 0..n_rounds {
        for ((_, measure), times) in measures.iter().zip(&mut times) {
            let start = Instant::now();
            samples.iter().for_each(measure);
            times.push(start.elapsed().as_secs_f64() * 1e9 / n_bytes as f64);
        }
    }
    println!("{:28} {:>12} {:>12} {:>8}", "", "min ns/byte", "median", "ratio");
    let [base, ..] = times.each_mut().map(|times| Figures::of(times));
    for ((name, _), times) in measures.iter().zip(&mut times) {
        let figures = Figures::of(times);
        println!("{name:28} {:12.3} {:12.3} {:8.3}", figures.min, figures.median, figures.min / base.min);
    }
    Ok(())
}

struct Figures {
    min: f64,
    median: f64,
}

impl Figures {
    fn of(times: &mut [f64]) -> Self {
        times.sort_by(f64::total_cmp);
        Self { min: times[0], median: times[times.len() / 2] }
    }
}

/// Reads Markdown as `note/markdown.rs` does, and does nothing with it.
fn markdown(text: &str) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
    Parser::new_ext(text, options).into_offset_iter().for_each(|event| drop(black_box(event)));
}

fn parse(bytes: &[u8]) {
    drop(black_box(note::parse(&Source::of(bytes))));
}

fn read(folder: &Path) -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let bytes = std::fs::read(path)?;
                let source = Source::of(&bytes);
                let Note { body_start, .. } = note::parse(&source);
                let text = source.text.into_owned();
                samples.push(Sample { bytes, text, body_start });
            }
        }
    }
    anyhow::ensure!(!samples.is_empty(), "there are no notes in {}", folder.display());
    Ok(samples)
}
