//! `inspect`: what a file parses to, without vault and database. With `--json` in the shape of Obsidian's own `CachedMetadata`.

use super::args::InspectArgs;
use super::{Exit, Surface};
use crate::note::canvas::{self, Canvas};
use crate::note::text::{Lines, Place};
use crate::note::{self, InlineField, Link, Note, Problem, Wrapping, fields};
use crate::path::{FileKind, VaultPath};
use anyhow::Context as _;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::path::Path;

pub(super) fn run(args: &InspectArgs, surface: &Surface) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    for (i, file) in args.files.iter().enumerate() {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = VaultPath::root().join(&file.file_name().unwrap_or_default().to_string_lossy());
        let is_canvas = name.kind() == FileKind::Canvas;
        let answer = match (is_canvas, surface.global.json) {
            (true, true) => canvas_json(&canvas::canvas(&bytes)).to_string() + "\n",
            (true, false) => canvas_summary(file, &canvas::canvas(&bytes)),
            (false, true) => note_json(name.name(), &note::parse(&bytes)).to_string() + "\n",
            (false, false) => note_summary(file, name.name(), &note::parse(&bytes)),
        };
        let gap = if i > 0 && !surface.global.json { "\n" } else { "" };
        write!(out, "{gap}{answer}")?;
    }
    Ok(Exit::Success)
}

/// Returns the note as Obsidian's cache has it, and under `vaultSync` what Obsidian has not.
fn note_json(name: &str, note: &Note) -> Value {
    let lines = Lines::new(&note.text);
    let at = |range: &Range<usize>| position(&lines, range);
    let link =
        |link: &Link| json!({"link": link.link, "original": link.original, "displayText": link.display, "position": at(&link.range)});
    let ids = |ids: &[String]| ids.iter().map(|id| json!({"id": id})).collect::<Value>();
    let yaml = note.sections.first().filter(|section| section.kind == "yaml" && note.properties.is_some());
    json!({
        "links": note.links.iter().map(link).collect::<Value>(),
        "embeds": note.embeds.iter().map(link).collect::<Value>(),
        "tags": note.tags.iter().map(|tag| json!({"tag": tag.tag, "position": at(&tag.range)})).collect::<Value>(),
        "headings": note.headings.iter().map(|h| json!({"heading": h.text, "level": h.level, "position": at(&h.range)})).collect::<Value>(),
        "sections": note.sections.iter().map(|s| sparse(json!({"type": s.kind, "id": s.id, "position": at(&s.range)}))).collect::<Value>(),
        "listItems": note.list_items.iter().map(|item| {
            sparse(json!({"parent": item.parent, "task": item.task, "id": item.id, "position": at(&item.range)}))
        }).collect::<Value>(),
        "blocks": note.blocks.iter().map(|block| {
            (block.id.to_lowercase(), json!({"id": block.id, "position": at(&block.range)}))
        }).collect::<Map<_, _>>(),
        "footnotes": ids(&note.footnotes),
        "footnoteRefs": ids(&note.footnote_refs),
        "referenceLinks": note.reference_links.iter().map(|link| {
            json!({"id": link.id, "link": link.link, "position": at(&link.range)})
        }).collect::<Value>(),
        "frontmatter": note.properties,
        "frontmatterPosition": yaml.map(|section| at(&section.range)),
        "frontmatterLinks": note.property_links.iter().map(|link| {
            json!({"key": link.key, "link": link.link, "original": link.original, "displayText": link.display})
        }).collect::<Value>(),
        "vaultSync": {
            "name": name,
            "title": note.title.as_deref().unwrap_or(name),
            "allTags": note.all_tags().collect::<Value>(),
            "frontmatterTags": note.property_tags,
            "aliases": note.aliases,
            "cssclasses": note.cssclasses,
            "frontmatterError": note.frontmatter_error.as_ref().map(|problem| &problem.message),
            "recovered": note.recovered.as_ref().map(|recovered| json!({"tags": recovered.tags, "aliases": recovered.aliases})),
            "inlineFields": note.fields.iter().map(|field| field_json(field, &lines)).collect::<Value>(),
            "problems": note.problems,
        },
    })
}

fn field_json(field: &InlineField, lines: &Lines<'_>) -> Value {
    let wrapping = match field.wrapping {
        Wrapping::Line => None,
        Wrapping::Bracket => Some("["),
        Wrapping::Parenthesis => Some("("),
        Wrapping::Emoji => Some("emoji-shorthand"),
    };
    let (start, end) = (lines.place(field.range.start), lines.place(field.range.end));
    json!({
        "key": field.key, "value": field.value, "wrapping": wrapping, "line": start.line, "start": start.col, "end": end.col,
        "normalizedKey": fields::normalized_key(&field.key),
    })
}

fn canvas_json(canvas: &Canvas) -> Value {
    json!({
        "fileNodes": canvas.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
        "fileSubpaths": canvas.files.iter().filter_map(|file| file.subpath.as_ref()).collect::<Vec<_>>(),
        "textNodeLinks": canvas.texts.iter().flat_map(|note| &note.links).map(|link| &link.link).collect::<Vec<_>>(),
        "urls": canvas.urls,
        "groupBackgrounds": canvas.backgrounds,
        "vaultSync": {"text": canvas::text(canvas), "problems": canvas.problems},
    })
}

fn position(lines: &Lines<'_>, range: &Range<usize>) -> Value {
    let place = |at| {
        let Place { line, col, offset } = lines.place(at);
        json!({"line": line, "col": col, "offset": offset})
    };
    json!({"start": place(range.start), "end": place(range.end)})
}

/// Returns an object without the entries that are null.
fn sparse(object: Value) -> Value {
    match object {
        Value::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

/// Returns what a person wants to know of a note: one line a subject, then its headings and what is wrong.
fn note_summary(file: &Path, name: &str, note: &Note) -> String {
    let lines = Lines::new(&note.text);
    let mut out = format!("{}\n", note.title.as_deref().unwrap_or(name));
    let mut row = |label: &str, values: Vec<String>| {
        if !values.is_empty() {
            let _ = writeln!(out, "  {label:<10}  {}", values.join(", "));
        }
    };
    row("properties", note.properties.iter().flatten().map(|(key, value)| format!("{key}: {}", brief(value))).collect());
    row("aliases", note.aliases.clone().unwrap_or_default());
    row("tags", unique(note.all_tags()));
    row("links", unique(note.property_links.iter().map(|l| l.link.as_str()).chain(note.links.iter().map(|l| l.link.as_str()))));
    row("embeds", unique(note.embeds.iter().map(|link| link.link.as_str())));
    row("fields", note.fields.iter().map(|field| format!("{}: {}", field.key, field.value)).collect());
    row("block ids", note.blocks.iter().map(|block| format!("^{}", block.id)).collect());
    row("tasks", tasks(note));
    for heading in &note.headings {
        let (line, _) = lines.line_and_column(heading.range.start);
        let _ = writeln!(out, "  {:>10}  {} {}", line, "#".repeat(heading.level.into()), heading.text);
    }
    plain(&(out + &problems(file, &note.problems)))
}

fn canvas_summary(file: &Path, canvas: &Canvas) -> String {
    let mut out = format!("{}\n", file.file_name().unwrap_or_default().to_string_lossy());
    let links = canvas::links(canvas).map(|link| link.link.as_str());
    for (label, values) in [
        ("links", unique(links)),
        ("files", unique(canvas.files.iter().map(|file| file.path.as_str()))),
        ("urls", canvas.urls.clone()),
        ("groups", canvas.labels.clone()),
    ] {
        if !values.is_empty() {
            let _ = writeln!(out, "  {label:<10}  {}", values.join(", "));
        }
    }
    plain(&(out + &problems(file, &canvas.problems)))
}

fn tasks(note: &Note) -> Vec<String> {
    let n_tasks = note.list_items.iter().filter(|item| item.task.is_some()).count();
    let n_open = note.list_items.iter().filter(|item| item.task == Some(' ')).count();
    if n_tasks == 0 { vec![] } else { vec![format!("{n_open} open of {n_tasks}")] }
}

fn problems(file: &Path, problems: &[Problem]) -> String {
    let line = |problem: &Problem| format!("{}:{}:{}: {}\n", file.display(), problem.line, problem.column, problem.message);
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

/// Returns `text` without control characters, which a note could send to the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
