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
    let moved = moved_by_file_id(observed, known);
    let origin: HashMap<&VaultPath, &Known> = moved.iter().map(|m| (&m.to, &known[&m.from])).collect();
    let movers: HashSet<&VaultPath> = moved.iter().map(|m| &m.from).collect();
    let mut plan = Plan::default();
    for (path, stamp) in observed {
        let here = origin.get(path).copied().or_else(|| known.get(path).filter(|_| !movers.contains(path)));
        match here {
            None => plan.arrived.push(path.clone()),
            Some(known) => compare(path, stamp, known, &mut plan),
        }
    }
    let is_unknown = |path: &VaultPath| unknown.iter().any(|folder| path.is_within(folder));
    plan.departed = known.keys().filter(|p| !observed.contains_key(*p) && !movers.contains(p) && !is_unknown(p)).cloned().collect();
    plan.moved = moved;
    plan
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
fn moved_by_file_id(observed: &BTreeMap<VaultPath, Stamp>, known: &BTreeMap<VaultPath, Known>) -> Vec<Move> {
    let mut places: HashMap<FileId, Option<&VaultPath>> = HashMap::new();
    for (path, stamp) in observed {
        // Most files are where they were: only the others can be a destination.
        let Some(id) = stamp.file_id.filter(|id| known.get(path).is_none_or(|k| k.stamp.file_id != Some(*id))) else { continue };
        places.entry(id).and_modify(|place| *place = None).or_insert(Some(path));
    }
    if places.is_empty() {
        return Vec::new();
    }
    let mut moved: BTreeMap<&VaultPath, &VaultPath> = BTreeMap::new();
    let mut claimed: HashSet<&VaultPath> = HashSet::new();
    for (path, known) in known {
        let Some(id) = known.stamp.file_id else { continue };
        if observed.get(path).is_some_and(|stamp| stamp.file_id == Some(id)) {
            continue;
        }
        let place = places.get(&id).copied().flatten().filter(|place| place.kind() == path.kind());
        if let Some(place) = place.filter(|place| claimed.insert(place)) {
            moved.insert(path, place);
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
