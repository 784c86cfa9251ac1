//! `resolve`: which file a link means, and by which rule. Reads the folder itself, so that it needs no sync before.

use super::args::ResolveArgs;
use super::session::{block_on, require_files, require_vaults};
use super::{Exit, Surface, one_line};
use crate::disk::{self, Disk, Scope, Stamp};
use crate::note::text::Lines;
use crate::note::{self, Note, Source};
use crate::path::{FileKind, VaultPath};
use crate::resolve::{self, Rule, Subpath};
use crate::state;
use crate::store::{Location, Store};
use crate::suggest::{self, Called, Move, Reason};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(super) fn run(args: &ResolveArgs, surface: &Surface) -> anyhow::Result<Exit> {
    let vault = Vault::look(surface)?;
    let source = VaultPath::new(&args.from);
    let (linkpath, subpath) = resolve::split(&args.link);
    let key = resolve::target_key(linkpath);
    let candidates = vault.files.keys().filter(|file| file.name_key() == key && !vault.is_private(file)).collect::<Vec<_>>();
    let found = resolve::resolve(linkpath, &source, &candidates);
    let place = match (found, subpath) {
        // A source that is no file of the vault has no subpaths.
        (Some((file, _)), Some(subpath)) if file.kind() == FileKind::Note && vault.files.contains_key(file) => {
            place(&note::parse(&Source::of(&vault.read(file)?)), subpath)
        }
        _ => None,
    };
    let excluded = found.and_then(|(file, _)| vault.excluded_by(file));
    let mut near = if found.is_none() { suggestions(&vault, linkpath, &source) } else { vec![] };
    near.retain(|(path, _)| !vault.is_private(path));
    if surface.global.json {
        surface.json(&json!({
            "dest": found.map(|(file, _)| file),
            "subpath": place,
            "unresolved": found.is_none().then(|| resolve::unresolved_key(linkpath)),
            "rule": found.map(|(_, rule)| rule.as_str()),
            "excluded": excluded,
            "candidates": candidates,
            "did_you_mean": near.iter().map(|(path, reason)| json!({"path": path, "reason": reason.as_str()})).collect::<Value>(),
        }))?;
    } else {
        let excluded = excluded.map(|rule| format!("; no search shows it, since it is excluded by {rule}")).unwrap_or_default();
        surface.text(&(one_line(&(sentence(&args.link, found, subpath, place.as_ref(), &near) + &excluded)) + "\n"))?;
    }
    Ok(Exit::Success)
}

/// What keeps a file out of searches without a glob of ours.
pub(super) const OBSIDIANS: &str = "Obsidian's excluded files";

/// The vault's files as they are on disk now, excluded ones among them: they are no less linkable. And the way to each.
struct Vault {
    disk: Disk,
    private_property: String,
    files: BTreeMap<VaultPath, Stamp>,
    /// The same vault with the globs of the settings.
    configured: Disk,
    name: String,
    data_dir: PathBuf,
    location: Location,
}

impl Vault {
    /// Looks at the first vault of the settings.
    fn look(surface: &Surface) -> anyhow::Result<Self> {
        let settings = surface.settings()?;
        require_vaults(&settings)?;
        require_files(&settings.vaults[0])?;
        let site = settings.sites().swap_remove(0);
        let disk = site.disk.clone().without_globs();
        let mut files = disk::observe(&disk, &Scope::root())?.files;
        files.retain(|file, _| !site.disk.is_private(file));
        let private_property = site.rules.private;
        let (location, data_dir) = (settings.location(), settings.data_dir.value);
        Ok(Self { disk, private_property, files, configured: site.disk, name: site.name, data_dir, location })
    }

    fn read(&self, file: &VaultPath) -> anyhow::Result<Vec<u8>> {
        let (bytes, _) = disk::Reader::new(&self.disk).read(file, &self.files[file]).with_context(|| format!("reading {file}"))?;
        Ok(bytes)
    }

    /// Returns whether a note says of itself that it is private; such files as are private by a glob are not among these.
    fn is_private(&self, file: &VaultPath) -> bool {
        file.kind() == FileKind::Note && self.read(file).is_ok_and(|bytes| note::is_private(&bytes, &self.private_property))
    }

    /// Returns what keeps a file out of every search: a glob of ours, or Obsidian's own setting.
    fn excluded_by(&self, file: &VaultPath) -> Option<String> {
        let is_ignored = self.files.get(file).is_some_and(|stamp| stamp.is_ignored);
        let ours = self.configured.excluded_by(file).map(str::to_owned);
        ours.or_else(|| is_ignored.then(|| OBSIDIANS.to_owned()))
    }

    /// Returns where documents have been, if this machine has ever synced the vault.
    async fn moves(&self) -> anyhow::Result<Vec<Move>> {
        if !state::read(&self.data_dir).vaults.contains_key(&self.name) {
            return Ok(Vec::new());
        }
        let mut store = Store::open(&self.location).await?;
        let moves = match store.find_vault(&self.name).await? {
            Some(vault) => store.former_paths(&vault).await?,
            None => Vec::new(),
        };
        store.close().await?;
        Ok(moves)
    }
}

/// Returns where the subpath leads, in Obsidian's words.
fn place(note: &Note<'_>, subpath: &str) -> Option<Value> {
    let lines = Lines::new(note.text);
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

fn sentence(
    link: &str,
    found: Option<(&VaultPath, Rule)>,
    subpath: Option<&str>,
    place: Option<&Value>,
    near: &[(VaultPath, Reason)],
) -> String {
    let Some((file, rule)) = found else {
        let near = near.iter().map(|(path, reason)| format!("{path} ({})", in_words(*reason))).collect::<Vec<_>>().join(" or ");
        let hint = if near.is_empty() { near } else { format!("; did you mean {near}?") };
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

/// Returns what could have been meant. Notes are read for it, and the store is asked where documents have been.
fn suggestions(vault: &Vault, linkpath: &str, source: &VaultPath) -> Vec<(VaultPath, Reason)> {
    let files = vault.files.keys().collect::<Vec<_>>();
    let notes = files.iter().copied().filter(|file| file.kind() == FileKind::Note && vault.configured.excluded_by(file).is_none());
    let called = notes.filter_map(|file| {
        // A note that cannot be read now suggests nothing.
        let (bytes, _) = disk::Reader::new(&vault.disk).read(file, &vault.files[file]).ok()?;
        let is_possible = suggest::may_call_itself(linkpath, &String::from_utf8_lossy(&bytes));
        is_possible.then(|| (file, what_calls_itself(&note::parse(&Source::of(&bytes)))))
    });
    let called = called.collect::<Vec<_>>();
    let moves = block_on(vault.moves()).unwrap_or_else(|error| {
        tracing::debug!(error = crate::refusal::in_words(&error), "the store does not say where documents have been");
        Vec::new()
    });
    suggest::suggest(linkpath, source, &files, &called, &moves)
}

fn what_calls_itself(note: &Note<'_>) -> Called {
    let recovered = note.recovered.iter().flat_map(|recovered| &recovered.aliases);
    let aliases = note.aliases.iter().flatten().map(|alias| &**alias).chain(recovered.map(String::as_str)).map(str::to_owned).collect();
    let first = note.headings.first().map(|heading| heading.text.to_owned());
    Called { aliases, headings: note.title.iter().map(|title| title.clone().into_owned()).chain(first).collect() }
}

fn in_words(reason: Reason) -> &'static str {
    match reason {
        Reason::Moved => "of that name, now or before",
        Reason::Alias => "which has that alias",
        Reason::Heading => "which has that title",
        Reason::Slug => "whose name makes that slug",
        Reason::Spelling => "nearly so spelled",
    }
}
