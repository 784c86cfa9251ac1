//! What a look at the disk means, compared with what the store knows: observed x known -> [`Plan`]. Pure, and blind to how it came about:
//! events, scopes and times of day do not enter.
//!
//! Identity is decided here and in [`moves`]: a document keeps its `doc_id` through renames and moves. The evidence, in this order: the
//! file's own id, then equal contents, then similar contents.

pub mod moves;

use crate::disk::{FileId, Stamp};
use crate::path::VaultPath;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What the store remembers of one live document.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub doc_id: String,
    pub path: VaultPath,
    pub stamp: Stamp,
    /// The file's contents have been read; false after its arrival, and after a reading that failed.
    pub is_read: bool,
    /// Of the contents that were read, where little was asked for; of a whole vault nobody needs them all.
    pub file_hash: Option<String>,
}

/// What is to be done so that the store says what the disk says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Documents that now stand elsewhere, by file id.
    pub moved: Vec<Move>,
    /// Files of documents that the store knows, whose contents may have changed.
    pub to_read: Vec<VaultPath>,
    /// Files that nobody reads (attachments) whose size or time changed.
    pub touched: Vec<VaultPath>,
    /// Known files whose place among Obsidian's excluded files changed.
    pub ignored_changed: Vec<VaultPath>,
    /// Files that the store does not know at this path.
    pub arrived: Vec<VaultPath>,
    /// Documents whose file is gone.
    pub departed: Vec<VaultPath>,
}

/// A document that changed its path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    pub from: VaultPath,
    pub to: VaultPath,
}

/// Compares what a look saw with what the store knows of the same scope. Paths under `unknown` could not be looked at: nothing there is
/// gone, and nothing there is planned.
pub fn plan(observed: &BTreeMap<VaultPath, Stamp>, known: &BTreeMap<VaultPath, Known>, unknown: &[&VaultPath]) -> Plan {
    let places = places(observed, known);
    let moved = moved_by_file_id(&places, known);
    let origin: HashMap<&VaultPath, &Known> = moved.iter().map(|m| (&m.to, &known[&m.from])).collect();
    let movers: HashSet<&VaultPath> = moved.iter().map(|m| &m.from).collect();
    let is_unknown = |path: &VaultPath| unknown.iter().any(|folder| path.is_within(folder));
    let mut plan = Plan::default();
    for &Place { path, observed, known } in &places {
        let stays = known.filter(|_| !movers.contains(path));
        match (observed, origin.get(path).copied().or(stays)) {
            (Some(stamp), Some(known)) => compare(path, stamp, known, &mut plan),
            (Some(_), None) => plan.arrived.push(path.clone()),
            (None, Some(_)) if !is_unknown(path) => plan.departed.push(path.clone()),
            (None, _) => {}
        }
    }
    plan.moved = moved;
    plan
}

/// A path that is observed, or known, or both.
struct Place<'a> {
    path: &'a VaultPath,
    observed: Option<&'a Stamp>,
    known: Option<&'a Known>,
}

/// Returns all places in the order of their paths. Both sides are in it already: to go along them is less than to look each path up.
fn places<'a>(observed: &'a BTreeMap<VaultPath, Stamp>, known: &'a BTreeMap<VaultPath, Known>) -> Vec<Place<'a>> {
    let mut places = Vec::with_capacity(observed.len().max(known.len()));
    let mut rest = known.iter().peekable();
    for (path, stamp) in observed {
        while let Some((path, known)) = rest.next_if(|(known, _)| *known < path) {
            places.push(Place { path, observed: None, known: Some(known) });
        }
        let known = rest.next_if(|(known, _)| *known == path).map(|(_, known)| known);
        places.push(Place { path, observed: Some(stamp), known });
    }
    places.extend(rest.map(|(path, known)| Place { path, observed: None, known: Some(known) }));
    places
}

fn compare(path: &VaultPath, stamp: &Stamp, known: &Known, plan: &mut Plan) {
    if stamp.is_ignored != known.stamp.is_ignored {
        plan.ignored_changed.push(path.clone());
    }
    let is_read = path.kind().is_read();
    let is_same = stamp.mtime_ns != 0
        && (stamp.mtime_ns, stamp.size, stamp.file_id) == (known.stamp.mtime_ns, known.stamp.size, known.stamp.file_id)
        && (!is_read || known.is_read);
    match (is_same, is_read) {
        (true, _) => {}
        (false, true) => plan.to_read.push(path.clone()),
        (false, false) => plan.touched.push(path.clone()),
    }
}

/// Finds the known documents whose file, by its id, is now at another path.
///
/// A file id that two observed files bear (hard links) proves nothing. A path that is still there keeps its document, even with another
/// file id (editors save by writing a new file over the old name), unless that document's own file is found elsewhere: then the name was
/// given to another file, as in a swap of names.
fn moved_by_file_id(places: &[Place<'_>], known: &BTreeMap<VaultPath, Known>) -> Vec<Move> {
    // Most files are where they were: only the others can have moved, or be where one went.
    let elsewhere = |place: &&Place<'_>| {
        let (now, before) = (place.observed.and_then(|stamp| stamp.file_id), place.known.and_then(|known| known.stamp.file_id));
        now != before
    };
    let mut files: HashMap<FileId, Option<&VaultPath>> = HashMap::new();
    for place in places.iter().filter(elsewhere) {
        let Some(id) = place.observed.and_then(|stamp| stamp.file_id) else { continue };
        files.entry(id).and_modify(|file| *file = None).or_insert(Some(place.path));
    }
    if files.is_empty() {
        return Vec::new();
    }
    let mut moved: BTreeMap<&VaultPath, &VaultPath> = BTreeMap::new();
    let mut claimed: HashSet<&VaultPath> = HashSet::new();
    for place in places.iter().filter(elsewhere) {
        let Some(id) = place.known.and_then(|known| known.stamp.file_id) else { continue };
        let to = files.get(&id).copied().flatten().filter(|to| to.kind() == place.path.kind());
        if let Some(to) = to.filter(|to| claimed.insert(to)) {
            moved.insert(place.path, to);
        }
    }
    // A destination where a document stays is taken; dropping one move can make another document stay.
    loop {
        let taken: Vec<&VaultPath> =
            moved.iter().filter(|(_, to)| known.contains_key(*to) && !moved.contains_key(*to)).map(|(from, _)| *from).collect();
        if taken.is_empty() {
            break;
        }
        for from in taken {
            moved.remove(from);
        }
    }
    moved.into_iter().map(|(from, to)| Move { from: from.clone(), to: to.clone() }).collect()
}

#[cfg(test)]
mod tests;
