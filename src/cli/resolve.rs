//! `resolve`: which file a link means, and by which rule. Reads the folder itself, so that it needs no sync before.

use super::args::ResolveArgs;
use super::{Exit, Refusal, Surface};
use crate::note::text::Lines;
use crate::note::{self, Note};
use crate::path::{FileKind, VaultPath, fold};
use crate::resolve::{self, Rule, Subpath};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub(super) fn run(args: &ResolveArgs, surface: &Surface) -> anyhow::Result<Exit> {
    let root = vault(surface)?;
    let files = files(&root)?;
    let source = VaultPath::new(&args.from);
    let (linkpath, subpath) = resolve::split(&args.link);
    let key = resolve::target_key(linkpath);
    let candidates = files.keys().filter(|file| file.name_key() == key).collect::<Vec<_>>();
    let found = resolve::resolve(linkpath, &source, &candidates);
    let place = match (found, subpath) {
        // A source that is no file of the vault has no subpaths.
        (Some((file, _)), Some(subpath)) if file.kind() == FileKind::Note && files.contains_key(file) => {
            place(&read(&files[file])?, subpath)
        }
        _ => None,
    };
    let near = if found.is_none() { near_names(&files, linkpath)? } else { vec![] };
    if surface.global.json {
        surface.json(&json!({
            "dest": found.map(|(file, _)| file),
            "subpath": place,
            "unresolved": found.is_none().then(|| resolve::unresolved_key(linkpath)),
            "rule": found.map(|(_, rule)| rule.as_str()),
            "candidates": candidates,
            "did_you_mean": near,
        }))?;
    } else {
        writeln!(std::io::stdout(), "{}", sentence(&args.link, found, subpath, place.as_ref(), &near))?;
    }
    Ok(Exit::Success)
}

/// Returns the vault that is meant: as told, else the folder above the current one that Obsidian has opened.
fn vault(surface: &Surface) -> anyhow::Result<PathBuf> {
    if let Some(vault) = &surface.global.vault {
        return Ok(vault.clone());
    }
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    let above = here.ancestors().find(|folder| folder.join(".obsidian").is_dir());
    above.map(Path::to_owned).ok_or_else(|| {
        let (message, hint) = ("no vault is given, and the current folder is in none".to_owned(), Some("name it: --vault DIR".to_owned()));
        Refusal { exit: Exit::Usage, message, hint }.into()
    })
}

/// Lists the vault's files, each with its place on disk. To be replaced by `disk`, which knows more rules than that names with a dot are
/// invisible.
fn files(root: &Path) -> anyhow::Result<BTreeMap<VaultPath, PathBuf>> {
    let is_visible = |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root).into_iter().filter_entry(is_visible) {
        let entry = entry.with_context(|| format!("cannot list the vault at {}", root.display()))?;
        if entry.file_type().is_file() {
            let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let path = inside.components().fold(VaultPath::root(), |path, name| path.join(&name.as_os_str().to_string_lossy()));
            files.insert(path, entry.into_path());
        }
    }
    Ok(files)
}

fn read(path: &Path) -> anyhow::Result<Note> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(note::parse(&bytes))
}

/// Returns where the subpath leads, in Obsidian's words.
fn place(note: &Note, subpath: &str) -> Option<Value> {
    let lines = Lines::new(&note.text);
    Some(match resolve::subpath(note, subpath)? {
        Subpath::Heading(heading, next) => json!({
            "type": "heading",
            "heading": heading.text,
            "line": lines.line(heading.range.start),
            "next": next.map(|next| lines.line(next.range.start)),
        }),
        Subpath::Block(block) => json!({"type": "block", "line": lines.line(block.range.start)}),
        Subpath::Footnote(id) => json!({"type": "footnote", "id": id}),
    })
}

fn sentence(link: &str, found: Option<(&VaultPath, Rule)>, subpath: Option<&str>, place: Option<&Value>, near: &[String]) -> String {
    let Some((file, rule)) = found else {
        let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
        return format!("[[{link}]] leads to no file{hint}");
    };
    let place = match (subpath, place.and_then(|place| place["line"].as_u64())) {
        (None, _) => String::new(),
        (Some(_), Some(line)) => format!(", line {}", line + 1),
        (Some(subpath), None) => format!(", where nothing is called {subpath}"),
    };
    format!("[[{link}]] leads to {file}{place} ({})", because(rule))
}

fn because(rule: Rule) -> &'static str {
    match rule {
        Rule::SameNote => "the link names no file, so it stays in its note",
        Rule::OnlyName => "the only file of that name",
        Rule::ExactPath => "its whole path in the vault",
        Rule::Relative => "followed from the note's folder",
        Rule::OwnFolder => "of several, in or below the note's folder",
        Rule::Shortest => "of several, the shortest path",
    }
}

/// Returns names that could have been meant: notes with that alias, then names that differ by little. At most three.
fn near_names(files: &BTreeMap<VaultPath, PathBuf>, linkpath: &str) -> anyhow::Result<Vec<String>> {
    let wanted = fold(linkpath.trim());
    let mut near = Vec::new();
    for (file, path) in files.iter().filter(|(file, _)| file.kind() == FileKind::Note) {
        let aliases = read(path)?.aliases.unwrap_or_default();
        if aliases.iter().any(|alias| fold(alias) == wanted) {
            near.push(file.to_string());
        }
    }
    let name = wanted.rsplit('/').next().unwrap_or_default();
    let distances = files.keys().map(|file| (distance(&fold(file.name()), name), file));
    let mut close = distances.filter(|(distance, _)| *distance <= 1 + name.len() / 5).collect::<Vec<_>>();
    close.sort_unstable();
    near.extend(close.into_iter().map(|(_, file)| file.to_string()));
    near.truncate(3);
    Ok(near)
}

/// Returns how many characters must change, come or go to make one text of the other.
fn distance(a: &str, b: &str) -> usize {
    let b = b.chars().collect::<Vec<_>>();
    let mut row = (0..=b.len()).collect::<Vec<_>>();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
