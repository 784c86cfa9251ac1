//! What is private is set apart before anything is planned: files under a private glob, and notes that say it of themselves.
//!
//! Of such a file the store is told nothing, not even its path. What it knows of one already is found here, to be purged: the document at
//! its path, the one that was moved there, and what the archive keeps of either.

use super::sides::Sight;
use super::{Depth, Look, Site};
use crate::disk::{self, FileId, Observation};
use crate::note;
use crate::path::{FileKind, VaultPath};
use crate::plan::{self, Known, Plan};
use crate::store::batch::Purged;
use crate::store::{Store, Vault};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

/// Frontmatter ends within so many bytes, but for very few notes.
const BEGINNING: usize = 4 << 10;
/// From this many notes on, looking into them is worth several threads.
const WORTH_THREADS: usize = 64;

/// A look into notes is worth so much; who waits longer for a database has them looked into again.
const TRUST: Duration = Duration::from_secs(1);

/// Plans a look, and sets apart from it the notes that say of themselves that they are private, of those that would be read, unless that was
/// done just now.
pub(super) fn planned(site: &Site, sight: &mut Sight, known: &BTreeMap<VaultPath, Known>, depth: Depth) -> Plan {
    let first = plan(&sight.observation, known);
    let is_looked_into = sight.looked_into.is_some_and(|at| at.elapsed() < TRUST);
    let has_private = !is_looked_into && take_out(site, &mut sight.observation, &first, depth);
    if has_private { plan(&sight.observation, known) } else { first }
}

/// Sets apart from a look the notes that say of themselves that they are private, as far as the store does not know them as they are.
pub fn set_apart(site: &Site, observation: &mut Observation, known: &BTreeMap<VaultPath, Known>) {
    let plan = plan(observation, known);
    take_out(site, observation, &plan, Depth::Changed);
}

fn plan(observation: &Observation, known: &BTreeMap<VaultPath, Known>) -> Plan {
    let unknown: Vec<&VaultPath> = observation.unreadable.keys().collect();
    plan::plan(&observation.files, known, &unknown)
}

/// Looks into the notes that a plan would have read, and returns whether some were taken out.
fn take_out(site: &Site, observation: &mut Observation, plan: &Plan, depth: Depth) -> bool {
    let to_be_read: Vec<&VaultPath> = match depth {
        Depth::Everything => observation.files.keys().collect(),
        Depth::Changed => plan.to_read.iter().chain(&plan.arrived).chain(plan.moved.iter().map(|m| &m.to)).collect(),
    };
    let private = private_notes(site, &to_be_read);
    let stamps: Vec<_> = private.into_iter().filter_map(|path| observation.files.remove_entry(&path)).collect();
    let has_private = !stamps.is_empty();
    observation.private.extend(stamps);
    has_private
}

fn private_notes(site: &Site, paths: &[&VaultPath]) -> Vec<VaultPath> {
    if site.rules.private.is_empty() {
        return Vec::new();
    }
    let notes: Vec<&VaultPath> = paths.iter().copied().filter(|path| path.kind() == FileKind::Note).collect();
    let among = |notes: &[&VaultPath]| -> Vec<VaultPath> {
        let mut reader = disk::Reader::new(&site.disk);
        notes.iter().filter(|path| says_private(site, &mut reader, path)).map(|path| (*path).clone()).collect()
    };
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    if notes.len() < WORTH_THREADS || n_threads == 1 {
        return among(&notes);
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = notes.chunks(notes.len().div_ceil(n_threads)).map(|share| scope.spawn(move || among(share))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a note's properties are read without a panic")).collect()
    })
}

/// Looks into a note's frontmatter. One that cannot be read has nothing that could be told.
fn says_private(site: &Site, reader: &mut disk::Reader<'_>, path: &VaultPath) -> bool {
    let Ok(beginning) = reader.beginning(path, BEGINNING) else { return false };
    if beginning.len() == BEGINNING && note::is_cut_in_frontmatter(&beginning) {
        return disk::bytes(&site.disk, path).is_ok_and(|bytes| note::is_private(&bytes, &site.rules.private));
    }
    note::is_private(&beginning, &site.rules.private)
}

/// Takes out of a plan, and of the archive, the documents of private files.
pub(super) async fn take_purged(store: &mut Store, vault: &Vault, site: &Site, look: &mut Look) -> Result<Vec<Purged>> {
    let private = &look.observation.private;
    if private.is_empty() && !(look.is_whole && site.disk.has_private()) {
        return Ok(Vec::new());
    }
    let ids: HashSet<FileId> = private.values().filter_map(|stamp| stamp.file_id).collect();
    let has_id = |id: Option<FileId>| id.is_some_and(|id| ids.contains(&id));
    let moved_here = moved_by_contents(store, site, look).await?;
    let is_private = |known: &Known| private.contains_key(&known.path) || has_id(known.stamp.file_id) || moved_here.contains(&known.path);
    let departed = look.plan.departed.iter().map(|path| &look.known[path]);
    let live = departed.filter(|known| is_private(known));
    let mut purged: Vec<Purged> =
        live.map(|known| Purged { doc_id: known.doc_id.clone(), path: known.path.clone(), is_live: true }).collect();
    for archived in store.archived(vault).await? {
        if site.disk.is_private(&archived.path) || private.contains_key(&archived.path) || has_id(archived.file_id) {
            purged.push(Purged { doc_id: archived.doc_id, path: archived.path, is_live: false });
        }
    }
    look.plan.departed.retain(|path| !purged.iter().any(|p| p.is_live && p.path == *path));
    Ok(purged)
}

/// Finds documents whose bytes are now those of a private file, where a move has made another file of it.
async fn moved_by_contents(store: &mut Store, site: &Site, look: &Look) -> Result<HashSet<VaultPath>> {
    let departed: Vec<&Known> = look.plan.departed.iter().map(|path| &look.known[path]).collect();
    let sizes: HashSet<i64> = departed.iter().map(|known| known.stamp.size).collect();
    let alike = look.observation.private.iter().filter(|(path, stamp)| path.kind().is_read() && sizes.contains(&stamp.size));
    let hashes: HashSet<String> = alike.filter_map(|(path, _)| Some(note::hashes(&disk::bytes(&site.disk, path).ok()?).file)).collect();
    if hashes.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<&str> = departed.iter().map(|known| known.doc_id.as_str()).collect();
    let stored: HashMap<String, String> = store.hashes(&ids).await?.into_iter().map(|(id, file, _)| (id, file)).collect();
    let is_here = |known: &&&Known| stored.get(&known.doc_id).is_some_and(|hash| hashes.contains(hash));
    Ok(departed.iter().filter(is_here).map(|known| known.path.clone()).collect())
}
