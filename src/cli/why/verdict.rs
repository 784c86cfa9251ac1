//! How a path stands, and in which words that is said. Pure: it is told what the disk shows and what the store remembers.

use crate::clock::Timestamp;
use crate::disk::Observation;
use crate::path::{VaultPath, is_normal, normal};
use crate::plan::Known;
use crate::resolve;
use crate::store::{Ledger, Trace};
use crate::sync::{self, Account, Standing};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One vault, as far as a path's standing depends on it.
pub(super) struct Sight {
    pub name: String,
    /// What the disk shows, or why it cannot be looked at.
    pub seen: Result<Observation, String>,
    /// What the store knows; nothing of it counts unless it `is_known`.
    pub known: BTreeMap<VaultPath, Known>,
    pub ledger: Ledger,
    pub former: Vec<(VaultPath, VaultPath)>,
    pub traces: Vec<Trace>,
    /// What has the name by an alias or its id.
    pub called: Vec<VaultPath>,
    /// The store was asked, and has the vault.
    pub is_known: bool,
    /// Why the store does not say, where it does not.
    pub silence: String,
    /// Where each glob is written, as `file:line`.
    pub globs: BTreeMap<String, String>,
    /// Symbolic links on the way to each path that was asked for: the link, and where it leads.
    pub links: BTreeMap<VaultPath, (VaultPath, String)>,
    /// Which filter of Obsidian's hides a path.
    pub hidden: BTreeMap<VaultPath, String>,
    /// Folders, and files behind a dot, that are there.
    pub folders: Vec<VaultPath>,
    pub dotted: Vec<VaultPath>,
    pub synced: Option<Timestamp>,
}

/// What became of a path: one word for programs, one sentence for people, and what else there is to say.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    pub outcome: &'static str,
    pub sentence: String,
    pub path: Option<VaultPath>,
    pub details: Vec<(&'static str, Value)>,
}

impl Verdict {
    pub(super) fn new(outcome: &'static str, path: &VaultPath, sentence: impl Into<String>) -> Self {
        Self { outcome, sentence: sentence.into(), path: Some(path.clone()), details: Vec::new() }
    }

    fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.details.push((key, value));
        }
        self
    }
}

/// Returns how one of the `places` stands, the first of which there is anything to say: what is there before what was there, and a path
/// before a name. `None` when the vault knows nothing of the kind.
pub(super) fn verdict(sight: &Sight, places: &[VaultPath]) -> Option<Verdict> {
    let first = |say: &dyn Fn(&VaultPath) -> Option<Verdict>| places.iter().find_map(say);
    first(&|path| there(sight, path))
        .or_else(|| first(&|path| folder(sight, path)))
        .or_else(|| first(&|path| in_the_way(sight, path)))
        .or_else(|| first(&|path| remembered(sight, path)))
        .or_else(|| named(sight, places.first()?))
}

/// What the look has met at the path itself.
fn there(sight: &Sight, path: &VaultPath) -> Option<Verdict> {
    let seen = match &sight.seen {
        Ok(seen) => seen,
        Err(why) => {
            let known = sight.known.get(path)?;
            let said = format!("{path} is in the mirror as it was when it was last synced; the disk cannot be looked at now: {why}");
            return Some(documented(sight, Verdict::new("unknown", path, said), known));
        }
    };
    let (_, standing) = sync::standings(seen, &sight.known, &sight.ledger).find(|(at, _)| *at == path)?;
    let known = sight.known.get(path);
    let verdict = match standing {
        Standing::Excluded(glob) => {
            let said = format!("{path} is not in the mirror: the glob {glob:?} excludes it; links can mean it all the same");
            Verdict::new("excluded", path, said).with("rule", glob).with("where", sight.globs.get(glob).cloned())
        }
        Standing::LeftOut(why) => {
            let to = sight.links.get(path).map(|(_, to)| to.as_str());
            Verdict::new("excluded", path, format!("{path} is not in the mirror: {why}")).with("leads_to", to)
        }
        Standing::Private => Verdict::new("private", path, format!("{path} is private: nothing of it is kept")),
        Standing::Failed(why) => {
            let said = format!("{path} could not be read: {why}; each sync tries it again");
            Verdict::new("failed", path, said)
        }
        _ if !sight.is_known => Verdict::new("unknown", path, format!("{path} is there; {}", sight.silence)),
        Standing::Indexed => Verdict::new("indexed", path, indexed(sight, path)),
        Standing::Waiting if known.is_none_or(|known| !known.is_read && path.kind().is_read()) => {
            let said = match moved_to(sight, path) {
                Some(from) => format!("{path} is not in the mirror yet: it was {from} when it was last synced"),
                None => format!("{path} is not in the mirror yet: it came after the last sync"),
            };
            Verdict::new("waiting", path, said).with("cure", "vault-sync sync")
        }
        Standing::Waiting => {
            let said = format!("{path} has changed on disk; the mirror has it as it was when it was last synced");
            Verdict::new("waiting", path, said).with("cure", "vault-sync sync")
        }
    };
    let verdict = match known {
        Some(known) => documented(sight, verdict, known),
        None => verdict,
    };
    Some(verdict.with("hidden_by", sight.hidden.get(path).cloned()).with("twin", twin(seen, path)))
}

fn indexed(sight: &Sight, path: &VaultPath) -> String {
    if sight.hidden.contains_key(path) {
        return format!("{path} is in the mirror, but searches and most lists hide it: it is among Obsidian's excluded files");
    }
    if !path.kind().is_read() {
        return format!("{path} is in the mirror by its name, size and time: files of its kind are not read");
    }
    format!("{path} is in the mirror, as it is on disk")
}

/// Adds what the document's row says.
fn documented(sight: &Sight, verdict: Verdict, known: &Known) -> Verdict {
    let trace = sight.traces.iter().find(|trace| trace.doc_id == known.doc_id);
    let verdict = verdict.with("id", known.doc_id.as_str());
    let verdict = verdict.with("revision", trace.map(|trace| trace.revision));
    let verdict = verdict.with("written", trace.and_then(|trace| trace.written).map(|at| at.to_string()));
    verdict.with("synced", sight.synced.map(|at| at.to_string()))
}

/// Where the store has the document whose file this now is.
fn moved_to(sight: &Sight, path: &VaultPath) -> Option<VaultPath> {
    let seen = sight.seen.as_ref().ok()?;
    let plan = crate::plan::plan(&seen.files, &sight.known, &[]);
    plan.moved.into_iter().find(|moved| moved.to == *path).map(|moved| moved.from)
}

/// Another file of the folder with the same name in normal form.
fn twin(seen: &Observation, path: &VaultPath) -> Option<String> {
    let names = seen.files.keys().filter(|other| *other != path && (!is_normal(other.file_name()) || !is_normal(path.file_name())));
    let mut twins = names.filter(|other| other.parent() == path.parent() && normal(other.file_name()) == normal(path.file_name()));
    twins.next().map(ToString::to_string)
}

fn folder(sight: &Sight, path: &VaultPath) -> Option<Verdict> {
    let seen = sight.seen.as_ref().ok()?;
    let is_in = |at: &VaultPath| at.is_within(path);
    if path.is_hidden() || !sight.folders.contains(path) {
        return None;
    }
    let cut = Observation {
        files: seen.files.iter().filter(|(at, _)| is_in(at)).map(|(at, stamp)| (at.clone(), *stamp)).collect(),
        excluded: within(&seen.excluded, path),
        left_out: within(&seen.left_out, path),
        unreadable: within(&seen.unreadable, path),
        private: seen.private.iter().filter(|(at, _)| is_in(at)).map(|(at, stamp)| (at.clone(), *stamp)).collect(),
        has_links: seen.has_links,
    };
    let known = sight.known.iter().filter(|(at, _)| is_in(at)).map(|(at, known)| (at.clone(), known.clone())).collect();
    let Account { on_disk, indexed, waiting, private, excluded, failed, .. } = sync::account(&cut, &known, &sight.ledger);
    let shown = if path.is_root() { format!("the vault '{}'", sight.name) } else { path.to_string() };
    let (n_excluded, n_failed): (usize, usize) = (excluded.values().sum(), failed.values().sum());
    let said = format!(
        "{shown} is a folder: on disk {on_disk} = indexed {indexed} + excluded {n_excluded} + failed {n_failed} + private {private} + waiting {waiting}"
    );
    let verdict = Verdict::new("folder", path, said)
        .with("on_disk", on_disk)
        .with("indexed", indexed)
        .with("waiting", waiting)
        .with("private", private);
    let verdict = verdict.with("excluded_by", json!(excluded)).with("failed_by", json!(failed));
    let globs = excluded.keys().filter_map(|glob| sight.globs.get(glob)).cloned().collect::<Vec<_>>();
    Some(verdict.with("where", (!globs.is_empty()).then(|| json!(globs))))
}

fn within(all: &BTreeMap<VaultPath, String>, folder: &VaultPath) -> BTreeMap<VaultPath, String> {
    all.iter().filter(|(path, _)| path.is_within(folder)).map(|(path, why)| (path.clone(), why.clone())).collect()
}

/// What stands between the vault's root and the path.
fn in_the_way(sight: &Sight, path: &VaultPath) -> Option<Verdict> {
    if sight.dotted.contains(path) {
        let said = format!("{path} is not in the mirror: names that begin with a dot are not seen, as in Obsidian");
        return Some(Verdict::new("excluded", path, said));
    }
    // One that is followed stands in nobody's way.
    let left_out = |link: &VaultPath| match &sight.seen {
        Ok(seen) => seen.left_out.get(link).cloned(),
        Err(_) => Some("a symbolic link".to_owned()),
    };
    let link = sight.links.get(path).filter(|(link, _)| link != path);
    if let Some(((link, to), why)) = link.and_then(|(link, to)| Some(((link, to), left_out(link)?))) {
        let said = format!("{path} is not in the mirror: {link} on its way is {why}");
        return Some(Verdict::new("excluded", path, said).with("link", link.as_str()).with("leads_to", to.as_str()));
    }
    let seen = sight.seen.as_ref().ok()?;
    let above = |all: &BTreeMap<VaultPath, String>| {
        all.iter().find(|(folder, _)| *folder != path && path.is_within(folder)).map(|(folder, why)| (folder.clone(), why.clone()))
    };
    if let Some((folder, why)) = above(&seen.unreadable) {
        let known = sight.known.get(path);
        let rest = if known.is_some() { "; the mirror has it as it was" } else { "" };
        let said = format!("{path} cannot be looked at: the folder {folder} could not be listed: {why}{rest}");
        let verdict = Verdict::new("failed", path, said);
        return Some(match known {
            Some(known) => documented(sight, verdict, known),
            None => verdict,
        });
    }
    let (folder, why) = above(&seen.left_out)?;
    Some(Verdict::new("excluded", path, format!("{path} is not in the mirror: of {folder}, {why}")))
}

/// What lay there once.
fn remembered(sight: &Sight, path: &VaultPath) -> Option<Verdict> {
    if let Some(known) = sight.known.get(path) {
        let plan = crate::plan::plan(&sight.seen.as_ref().ok()?.files, &sight.known, &[]);
        let to = plan.moved.into_iter().find(|moved| moved.from == *path).map(|moved| moved.to);
        let said = match &to {
            Some(to) => format!("{path} was renamed: its file is {to} now; the mirror has not taken that in yet"),
            None => format!("{path} is not on disk any more; the mirror has not taken that in yet"),
        };
        let verdict = Verdict::new(if to.is_some() { "renamed" } else { "gone" }, path, said);
        let verdict = verdict.with("now", to.map(|to| to.to_string())).with("cure", "vault-sync sync");
        return Some(documented(sight, verdict, known));
    }
    if let Some((_, to)) = sight.former.iter().find(|(from, _)| from == path) {
        let id = sight.known.get(to).map(|known| known.doc_id.as_str());
        let said = format!("{path} was renamed: its document is {to} now");
        return Some(Verdict::new("renamed", path, said).with("now", to.as_str()).with("id", id));
    }
    let mut archived: Vec<&Trace> = sight.traces.iter().filter(|trace| trace.archived.is_some() && trace.path == *path).collect();
    archived.sort_by_key(|trace| trace.archived);
    archived.pop().map(went)
}

fn went(trace: &Trace) -> Verdict {
    let at = trace.archived.map(|at| at.to_string()).unwrap_or_default();
    let said = format!("{} went: its file was found gone at {at}, and its document is archived", trace.path);
    Verdict::new("archived", &trace.path, said).with("id", trace.doc_id.as_str()).with("revision", trace.revision).with("archived", at)
}

/// What a name means, as in a link; else what was called so.
fn named(sight: &Sight, name: &VaultPath) -> Option<Verdict> {
    let seen = sight.seen.as_ref().ok()?;
    let key = resolve::target_key(name.as_str());
    let all = seen.files.keys().chain(seen.excluded.keys()).chain(seen.left_out.keys()).chain(sight.known.keys());
    let mut candidates: Vec<&VaultPath> = all.filter(|path| path.name_key() == key).collect();
    candidates.sort();
    candidates.dedup();
    let root = VaultPath::root();
    let Some((meant, _)) = resolve::resolve(name.as_str(), &root, &candidates) else {
        let mut archived: Vec<&Trace> =
            sight.traces.iter().filter(|trace| trace.archived.is_some() && trace.path.name_key() == key).collect();
        archived.sort_by_key(|trace| trace.archived);
        let called = sight.called.first().and_then(|path| there(sight, path).or_else(|| remembered(sight, path)));
        return called.or_else(|| archived.pop().map(went));
    };
    let others: Vec<&VaultPath> = candidates.iter().copied().filter(|path| *path != meant).collect();
    let verdict = there(sight, meant).or_else(|| remembered(sight, meant))?;
    Some(verdict.with("also", (!others.is_empty()).then(|| json!(others))))
}
