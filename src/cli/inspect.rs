//! `inspect`: what a file parses to, without vault and database. With `--json` in the shape of Obsidian's own `CachedMetadata`.

mod cache;

use super::args::InspectArgs;
use super::{Exit, Surface, harmless, json, one_line};
use crate::note::canvas::{self, Canvas};
use crate::note::text::Lines;
use crate::note::{self, Note, Problem, Source};
use crate::path::{FileKind, VaultPath};
use anyhow::Context as _;
use cache::Cache;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;

pub(super) fn run(args: &InspectArgs, surface: &Surface) -> anyhow::Result<Exit> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for (i, file) in args.files.iter().enumerate() {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = VaultPath::root().join(&file.file_name().unwrap_or_default().to_string_lossy());
        let is_canvas = name.kind() == FileKind::Canvas;
        if surface.global.json {
            let text = if is_canvas {
                json(&canvas_json(&canvas::canvas(&bytes)))
            } else {
                json(&Cache::of(name.name(), &note::parse(&Source::of(&bytes))))
            };
            writeln!(out, "{}", text?)?;
        } else {
            let gap = if i > 0 { "\n" } else { "" };
            let summary = if is_canvas {
                canvas_summary(file, &canvas::canvas(&bytes))
            } else {
                note_summary(file, name.name(), &note::parse(&Source::of(&bytes)))
            };
            write!(out, "{gap}{summary}")?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn canvas_json(canvas: &Canvas) -> Value {
    serde_json::json!({
        "fileNodes": canvas.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
        "fileSubpaths": canvas.files.iter().filter_map(|file| file.subpath.as_ref()).collect::<Vec<_>>(),
        "textNodeLinks": canvas::notes(canvas).flat_map(|note| note.links).map(|link| link.link).collect::<Vec<_>>(),
        "urls": canvas.urls,
        "groupBackgrounds": canvas.backgrounds,
        "vaultSync": {"text": canvas::text(canvas), "problems": canvas.problems},
    })
}

/// Returns what a person wants to know of a note: one line a subject, then its headings and what is wrong.
fn note_summary(file: &Path, name: &str, note: &Note<'_>) -> String {
    let lines = Lines::new(note.text);
    let mut out = format!("{}\n", one_line(note.title.as_deref().unwrap_or(name)));
    let mut row = |label: &str, values: Vec<String>| {
        if !values.is_empty() {
            let _ = writeln!(out, "  {label:<10}  {}", values.join(", "));
        }
    };
    row("properties", note.json().iter().flatten().map(|(key, value)| format!("{key}: {}", brief(value))).collect());
    row("aliases", note.aliases.iter().flatten().map(|alias| alias.clone().into_owned()).collect());
    row("tags", unique(note.all_tags()));
    row("links", unique(note.property_links.iter().map(|l| l.link.as_str()).chain(note.links.iter().map(|l| &*l.link))));
    row("embeds", unique(note.embeds.iter().map(|link| &*link.link)));
    row("fields", note.fields.iter().map(|field| format!("{}: {}", field.key, field.value)).collect());
    row("block ids", note.blocks.iter().map(|block| format!("^{}", block.id)).collect());
    row("tasks", tasks(note));
    for heading in &note.headings {
        let (line, _) = lines.line_and_column(heading.range.start);
        let _ = writeln!(out, "  {:>10}  {} {}", line, "#".repeat(heading.level.into()), heading.text);
    }
    harmless(&(out + &problems(file, &note.problems)))
}

fn canvas_summary(file: &Path, canvas: &Canvas) -> String {
    let mut out = format!("{}\n", one_line(&file.file_name().unwrap_or_default().to_string_lossy()));
    let links = canvas::links(canvas).collect::<Vec<_>>();
    for (label, values) in [
        ("links", unique(links.iter().map(|link| &*link.link))),
        ("files", unique(canvas.files.iter().map(|file| file.path.as_str()))),
        ("urls", canvas.urls.clone()),
        ("groups", canvas.labels.clone()),
    ] {
        if !values.is_empty() {
            let _ = writeln!(out, "  {label:<10}  {}", values.join(", "));
        }
    }
    harmless(&(out + &problems(file, &canvas.problems)))
}

fn tasks(note: &Note<'_>) -> Vec<String> {
    let n_tasks = note.list_items.iter().filter(|item| item.task.is_some()).count();
    let n_open = note.list_items.iter().filter(|item| item.task == Some(' ')).count();
    if n_tasks == 0 { vec![] } else { vec![format!("{n_open} open of {n_tasks}")] }
}

fn problems(file: &Path, problems: &[Problem]) -> String {
    let line =
        |problem: &Problem| format!("{}:{}:{}: {}\n", one_line(&file.to_string_lossy()), problem.line, problem.column, problem.message);
    problems.iter().map(line).collect()
}

fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => text.lines().next().unwrap_or_default().to_owned(),
        other => other.to_string(),
    }
}

/// Returns the texts in order, each once.
fn unique<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.filter(|text| seen.insert(*text)).map(str::to_owned).collect()
}
