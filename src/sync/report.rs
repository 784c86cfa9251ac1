//! What a run did, in numbers that sum to the files on disk, and in changes.

use super::read::Job;
use crate::facts::Facts;
use crate::note::Problem;
use crate::path::VaultPath;
use crate::store::batch::{Batch, Contents, Origin};
use crate::store::{Gist, Gists, Ledger, LeftOut, Why};
use serde::Serialize;
use std::collections::BTreeMap;

/// A change of one file, as `watch` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    pub op: &'static str,
    pub path: VaultPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_path: Option<VaultPath>,
}

#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One entry a file and kind of change.
    changes: BTreeMap<(VaultPath, &'static str), Option<VaultPath>>,
    /// Files that were there and readable.
    pub(super) n_seen: usize,
    /// Private files: nothing else is told of them.
    pub(super) n_private: usize,
    /// Notes that were told that they were synced.
    pub n_written_back: usize,
    /// Documents of private files were purged: lookups that wait are to be taken in, since they may speak of them.
    pub has_purged: bool,
    /// Files left out, with the reason: excluded by a rule, or failed.
    pub left_out: Ledger,
    /// Notes of this run with something wrong in them.
    pub problems: Vec<(VaultPath, Vec<Problem>)>,
    /// The vault's revision at the end of the run.
    pub revision: i64,
    /// What was written, for an index that follows at once; as much as there is room for.
    pub gists: Gists,
    gist_bytes: usize,
}

/// The changes of one file, the one that counts first.
const FIRST: [&str; 5] = ["added", "returned", "renamed", "modified", "archived"];

/// So much text is handed on in memory; an index reads the rest back from the store.
const GIST_BYTES: usize = 8 << 20;

impl Report {
    pub(super) fn add_names(&mut self, batch: &Batch) {
        for d in &batch.departed {
            self.add("archived", &d.path, None);
        }
        self.has_purged |= !batch.purged.is_empty();
        for p in batch.purged.iter().filter(|p| p.is_live) {
            self.add("archived", &p.path, None);
        }
        for m in &batch.moved {
            self.add("renamed", &m.to, Some(&m.from));
        }
        for a in &batch.arrived {
            match &a.origin {
                Origin::New => self.add("added", &a.path, None),
                Origin::Returned => self.add("returned", &a.path, None),
                Origin::Renamed(from) => self.add("renamed", &a.path, Some(from)),
            }
        }
        for t in batch.touched.iter().filter(|t| t.is_modified) {
            self.add("modified", &t.path, None);
        }
    }

    pub(super) fn add_reading(&mut self, job: &Job, is_modified: bool, facts: &Facts) {
        if is_modified {
            self.add("modified", &job.path, None);
        }
        if !facts.problems.is_empty() {
            self.problems.push((job.path.clone(), facts.problems.clone()));
        }
    }

    pub(super) fn keep_gists(&mut self, contents: Vec<Contents>) {
        for c in contents {
            let bytes = c.facts.frontmatter.len() + c.facts.body.len();
            if self.gist_bytes + bytes > GIST_BYTES {
                return;
            }
            self.gist_bytes += bytes;
            self.gists.insert(c.doc_id, gist(c.facts));
        }
    }

    pub(super) fn set_left_out(&mut self, left_out: impl Iterator<Item = LeftOut>) {
        self.left_out.extend(left_out.map(|left| (left.path.clone(), left)));
    }

    /// Another attempt looks at everything again: what is counted is counted anew, what was changed stays changed.
    pub(super) fn forget_counts(&mut self) {
        (self.n_seen, self.n_private) = (0, 0);
        self.problems.clear();
        self.left_out.clear();
    }

    fn add(&mut self, op: &'static str, path: &VaultPath, old: Option<&VaultPath>) {
        self.changes.insert((path.clone(), op), old.cloned());
    }

    /// Returns the changes by path.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.changes.iter().map(|((path, op), old)| Change { op, path: path.clone(), old_path: old.clone() })
    }

    /// Returns how many files changed in each way. A file counts once, by the first that is true of it: failed, added, returned, renamed,
    /// modified; so the counts of all that is not archived sum to the files on disk.
    fn tally(&self) -> BTreeMap<&'static str, usize> {
        let mut tally: BTreeMap<_, _> = FIRST.iter().map(|op| (*op, 0)).collect();
        let counted: Vec<_> = self.changes.keys().filter(|(path, _)| !self.left_out.contains_key(path)).collect();
        for of_one in counted.chunk_by(|(path, _), (next, _)| path == next) {
            let first = FIRST.iter().find(|first| of_one.iter().any(|(_, op)| op == *first));
            first.iter().for_each(|op| *tally.entry(op).or_default() += 1);
        }
        tally
    }

    /// Returns how many files were left out for such a reason.
    pub fn count_left_out(&self, outcome: Why) -> usize {
        self.left_out.values().filter(|l| l.outcome == outcome).count()
    }

    pub fn is_unchanged(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the counts by name, as `sync_runs.counts` and `--json` have them.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = self.tally();
        let changed: usize = counts.iter().filter(|(op, _)| **op != "archived").map(|(_, n)| n).sum();
        counts.insert("unchanged", self.n_seen.saturating_sub(changed));
        counts.insert("excluded", self.count_left_out(Why::Excluded));
        counts.insert("written_back", self.n_written_back);
        counts.insert("private", self.n_private);
        counts.insert("failed", self.count_left_out(Why::Failed));
        counts.insert("with_problems", self.problems.len());
        counts
    }
}

fn gist(facts: Facts) -> Gist {
    Gist {
        file_hash: facts.hashes.file,
        body_start: facts.frontmatter.len(),
        text: facts.frontmatter + &facts.body,
        tags: facts.tags.into_iter().map(|tag| tag.tag).collect(),
        aliases: facts.aliases,
        headings: facts.headings.into_iter().map(|heading| heading.text).collect(),
        properties: facts.properties.unwrap_or_default(),
        knowledge_type: facts.knowledge_type,
    }
}
