//! `resolve`: which file a link means, and by which rule. Reads the folder itself, so that it needs no sync before.

use super::args::ResolveArgs;
use super::session::require_vaults;
use super::{Exit, Surface};
use crate::disk::{self, Disk, Scope, Stamp};
use crate::nearest::nearest;
use crate::note::text::Lines;
use crate::note::{self, Note};
use crate::path::{FileKind, VaultPath, fold};
use crate::resolve::{self, Rule, Subpath};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;

pub(super) fn run(args: &ResolveArgs, surface: &Surface) -> anyhow::Result<Exit> {
    let vault = Vault::look(surface)?;
    let source = VaultPath::new(&args.from);
    let (linkpath, subpath) = resolve::split(&args.link);
    let key = resolve::target_key(linkpath);
    let candidates = vault.files.keys().filter(|file| file.name_key() == key).collect::<Vec<_>>();
    let found = resolve::resolve(linkpath, &source, &candidates);
    let place = match (found, subpath) {
        // A source that is no file of the vault has no subpaths.
        (Some((file, _)), Some(subpath)) if file.kind() == FileKind::Note && vault.files.contains_key(file) => {
            place(&vault.read(file)?, subpath)
        }
        _ => None,
    };
    let near = if found.is_none() { near_names(&vault, linkpath)? } else { vec![] };
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

/// The vault's files as they are on disk now, and the way to one of them.
struct Vault {
    disk: Disk,
    files: BTreeMap<VaultPath, Stamp>,
}

impl Vault {
    /// Looks at the first vault of the settings.
    fn look(surface: &Surface) -> anyhow::Result<Self> {
        let settings = surface.settings()?;
        require_vaults(&settings)?;
        let disk = settings.sites().swap_remove(0).disk;
        let files = disk::observe(&disk, &Scope::root())?.files;
        Ok(Self { disk, files })
    }

    fn read(&self, file: &VaultPath) -> anyhow::Result<Note> {
        let (bytes, _) = disk::read(&self.disk, file, &self.files[file]).with_context(|| format!("reading {file}"))?;
        Ok(note::parse(&bytes))
    }
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

/// Returns files that could have been meant: notes with that alias, and the one whose name differs least.
fn near_names(vault: &Vault, linkpath: &str) -> anyhow::Result<Vec<String>> {
    let wanted = fold(linkpath.trim());
    let mut near = Vec::new();
    for file in vault.files.keys().filter(|file| file.kind() == FileKind::Note) {
        let aliases = vault.read(file)?.aliases.unwrap_or_default();
        if aliases.iter().any(|alias| fold(alias) == wanted) {
            near.push(file.to_string());
        }
    }
    let name = linkpath.trim().rsplit('/').next().unwrap_or_default();
    if let Some(nearest) = nearest(name, vault.files.keys().map(VaultPath::name)) {
        near.extend(vault.files.keys().filter(|file| file.name() == nearest).map(VaultPath::to_string));
    }
    near.dedup();
    near.truncate(3);
    Ok(near)
}
