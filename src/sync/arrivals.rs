//! Recognises arrivals: which of the files that came are documents that went, here or in the archive, and which are new.
//!
//! The evidence is weighed by `plan::moves`; this file fetches it: contents of the files that came, and the texts of the documents that
//! went. Without anything gone nothing is read.

use super::{Look, Site};
use crate::clock::Timestamp;
use crate::disk::{self, FileId};
use crate::note;
use crate::path::VaultPath;
use crate::plan::Move;
use crate::plan::moves::{Came, Gone, Sketch, match_contents};
use crate::store::batch::{Arrival, Origin};
use crate::store::{Departed, Store, Vault, new_id};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How long a document that was archived counts as one that just went.
const HOURS: i64 = 24;

/// The arrivals and departures of a plan, after recognition.
pub(super) struct Recognised {
    /// Documents of the plan that moved, by their contents (those that moved by file id are in the plan).
    pub moved: Vec<Move>,
    pub arrived: Vec<Arrival>,
    pub departed: Vec<VaultPath>,
}

/// Takes arrivals and departures out of the plan.
pub(super) async fn recognise(store: &mut Store, vault: &Vault, site: &Site, look: &mut Look, now: Timestamp) -> Result<Recognised> {
    let mut departed = std::mem::take(&mut look.plan.departed);
    let mut new = std::mem::take(&mut look.plan.arrived);
    if new.is_empty() {
        return Ok(Recognised { moved: Vec::new(), arrived: Vec::new(), departed });
    }
    let archived = store.departed(vault, &new, now.hours_before(HOURS)).await?;
    let mut arrived = Vec::new();
    let mut moved = Vec::new();
    if !departed.is_empty() || !archived.is_empty() {
        let mut came = read_evidence(site, look, &new);
        moved = here(store, look, &departed, &came).await?;
        let (from, to): (HashSet<&VaultPath>, HashSet<&VaultPath>) = moved.iter().map(|m: &Move| (&m.from, &m.to)).unzip();
        departed.retain(|path| !from.contains(path));
        came.retain(|c| !to.contains(&c.path));
        let origins = from_archive(store, look, archived, &came).await?;
        let taken: HashSet<&VaultPath> = moved.iter().map(|m| &m.to).chain(origins.keys()).collect();
        new.retain(|path| !taken.contains(path));
        arrived.extend(origins.into_iter().map(|(path, (doc_id, origin))| Arrival { stamp: look.stamp(&path), doc_id, path, origin }));
    }
    arrived.extend(new.into_iter().map(|path| Arrival { doc_id: new_id(), stamp: look.stamp(&path), path, origin: Origin::New }));
    Ok(Recognised { moved, arrived, departed })
}

/// Reads the files that came, as far as they can be read: contents are evidence, nothing more.
fn read_evidence(site: &Site, look: &Look, paths: &[VaultPath]) -> Vec<Came> {
    let came = |path: &VaultPath| {
        let bytes = path.kind().is_read().then(|| disk::Reader::new(&site.disk).read(path, &look.stamp(path)).ok()).flatten();
        let Some((bytes, _)) = bytes else { return Came { path: path.clone(), content_hash: None, text_len: 0, sketch: None } };
        let source = note::Source::of(&bytes);
        let note = note::parse(&source);
        let body = note.body();
        let content_hash = Some(note::hashes(&bytes).content);
        Came { path: path.clone(), content_hash, text_len: body.trim().len(), sketch: Sketch::of(body) }
    };
    paths.iter().map(came).collect()
}

/// Documents of this very plan that went and came.
async fn here(store: &mut Store, look: &Look, departed: &[VaultPath], came: &[Came]) -> Result<Vec<Move>> {
    let ids: Vec<&str> = departed.iter().map(|path| look.known[path].doc_id.as_str()).collect();
    let hashes: HashMap<String, Option<String>> = store.hashes(&ids).await?.into_iter().map(|(id, _, content)| (id, content)).collect();
    let gone = departed.iter().zip(&ids).map(|(path, id)| (*id, path.clone(), hashes.get(*id).cloned().flatten()));
    let mut moved = matched(store, gone.collect(), came).await?;
    moved.extend(attachments(look, departed, came));
    Ok(moved)
}

/// Matches by contents: first equal ones, then, of what is left, similar ones. Texts are fetched only if somebody is left to compare.
async fn matched(store: &mut Store, gone: Vec<(&str, VaultPath, Option<String>)>, came: &[Came]) -> Result<Vec<Move>> {
    let mut candidates: Vec<Gone> =
        gone.iter().map(|(_, path, hash)| Gone { path: path.clone(), content_hash: hash.clone(), sketch: None }).collect();
    let mut moves = match_contents(&candidates, came);
    let (from, to): (HashSet<&VaultPath>, HashSet<&VaultPath>) = moves.iter().map(|m| (&m.from, &m.to)).unzip();
    candidates.retain(|g| !from.contains(&g.path));
    let rest: Vec<Came> = came.iter().filter(|c| c.sketch.is_some() && !to.contains(&c.path)).cloned().collect();
    if candidates.is_empty() || rest.is_empty() || candidates.len() * rest.len() > crate::plan::moves::MOST_PAIRS {
        return Ok(moves);
    }
    let ids: HashMap<&VaultPath, &str> = gone.iter().map(|(id, path, _)| (path, *id)).collect();
    let wanted: Vec<&str> = candidates.iter().map(|g| ids[&g.path]).collect();
    let bodies: HashMap<String, String> = store.bodies(&wanted).await?.into_iter().collect();
    for candidate in &mut candidates {
        candidate.content_hash = None;
        candidate.sketch = bodies.get(ids[&candidate.path]).and_then(|body| Sketch::of(body));
    }
    moves.extend(match_contents(&candidates, &rest));
    Ok(moves)
}

/// Attachments are never read: name, size and a sure time together tell a moved one, where there are no file ids.
fn attachments(look: &Look, departed: &[VaultPath], came: &[Came]) -> Vec<Move> {
    type Key = (String, i64, i64);
    let mut sides: BTreeMap<Key, [Vec<&VaultPath>; 2]> = BTreeMap::new();
    for path in departed.iter().filter(|p| !p.kind().is_read()) {
        let stamp = look.known[path].stamp;
        sides.entry((path.file_name().to_owned(), stamp.size, stamp.mtime_ns)).or_default()[0].push(path);
    }
    for path in came.iter().map(|c| &c.path).filter(|p| !p.kind().is_read()) {
        let stamp = look.stamp(path);
        sides.entry((path.file_name().to_owned(), stamp.size, stamp.mtime_ns)).or_default()[1].push(path);
    }
    let unique = sides.into_iter().filter(|((_, _, mtime), [gone, came])| *mtime != 0 && gone.len() == 1 && came.len() == 1);
    unique.map(|(_, [gone, came])| Move { from: gone[0].clone(), to: came[0].clone() }).collect()
}

/// Documents in the archive that are back: at their old path, whenever they went, or elsewhere, if they went not long ago.
async fn from_archive(
    store: &mut Store,
    look: &Look,
    mut archived: Vec<Departed>,
    came: &[Came],
) -> Result<BTreeMap<VaultPath, (String, Origin)>> {
    let mut origins = BTreeMap::new();
    // Of several documents that once had a path, the last to be made has it back.
    archived.sort_by(|a, b| a.doc_id.cmp(&b.doc_id));
    let by_path: HashMap<&VaultPath, &Departed> = archived.iter().map(|d| (&d.path, d)).collect();
    for c in came {
        if let Some(d) = by_path.get(&c.path) {
            origins.insert(c.path.clone(), (d.doc_id.clone(), Origin::Returned));
        }
    }
    let mut gone: Vec<Departed> = without(archived.iter().rev().cloned(), &origins);
    let mut came: Vec<Came> = came.iter().filter(|c| !origins.contains_key(&c.path)).cloned().collect();
    let by_id: HashMap<FileId, &Came> = came.iter().filter_map(|c| Some((look.stamp(&c.path).file_id?, c))).collect();
    for d in &gone {
        if let Some(c) = d.file_id.and_then(|id| by_id.get(&id)).filter(|c| c.path.kind() == d.path.kind()) {
            origins.entry(c.path.clone()).or_insert_with(|| (d.doc_id.clone(), Origin::Renamed(d.path.clone())));
        }
    }
    gone = without(gone.into_iter(), &origins);
    came.retain(|c| !origins.contains_key(&c.path));
    // Paths in the archive need not be unique; the evidence is matched by path, so the youngest of each stands for it.
    let mut paths = HashSet::new();
    gone.retain(|d| paths.insert(d.path.clone()));
    let ids: HashMap<VaultPath, String> = gone.iter().map(|d| (d.path.clone(), d.doc_id.clone())).collect();
    let candidates = gone.iter().map(|d| (d.doc_id.as_str(), d.path.clone(), d.content_hash.clone())).collect();
    for Move { from, to } in matched(store, candidates, &came).await? {
        origins.insert(to, (ids[&from].clone(), Origin::Renamed(from)));
    }
    Ok(origins)
}

/// Returns those that are not back yet.
fn without(archived: impl Iterator<Item = Departed>, back: &BTreeMap<VaultPath, (String, Origin)>) -> Vec<Departed> {
    let back: HashSet<&String> = back.values().map(|(id, _)| id).collect();
    archived.filter(|d| !back.contains(&d.doc_id)).collect()
}
