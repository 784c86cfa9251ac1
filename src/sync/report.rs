//! What a run did, in numbers that sum to the files on disk, and in changes.

use super::read::Job;
use crate::facts::Facts;
use crate::note::Problem;
use crate::path::VaultPath;
use crate::store::batch::{Batch, Contents, Origin};
use crate::store::{Gist, Gists, LeftOut};
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
    /// Files that are as they were.
    pub unchanged: usize,
    /// Files left out, with the reason: excluded by a rule, or failed.
    pub left_out: Vec<LeftOut>,
    /// Notes of this run with something wrong in them.
    pub problems: Vec<(VaultPath, Vec<Problem>)>,
    /// The vault's revision at the end of the run.
    pub revision: i64,
    /// What was written, for an index that follows at once; as much as there is room for.
    pub gists: Gists,
    gist_bytes: usize,
}

/// So much text is handed on in memory; an index reads the rest back from the store.
const GIST_BYTES: usize = 32 << 20;

impl Report {
    pub(super) fn add_names(&mut self, batch: &Batch) {
        for d in &batch.departed {
            self.add("archived", &d.path, None);
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

    pub(super) fn add_reading(&mut self, job: &Job, is_modified: bool, is_equal: bool, facts: &Facts) {
        if is_modified {
            self.add("modified", &job.path, None);
        } else if is_equal && !self.has_change(&job.path) {
            self.unchanged += 1;
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

    pub(super) fn set_ledger(&mut self, ledger: Vec<LeftOut>) {
        self.left_out.retain(|old| !ledger.iter().any(|new| new.path == old.path));
        self.left_out.extend(ledger);
    }

    /// Another attempt looks at everything again: what is counted is counted anew, what was changed stays changed.
    pub(super) fn forget_counts(&mut self) {
        self.unchanged = 0;
        self.problems.clear();
        self.left_out.clear();
    }

    fn add(&mut self, op: &'static str, path: &VaultPath, old: Option<&VaultPath>) {
        self.changes.insert((path.clone(), op), old.cloned());
    }

    fn has_change(&self, path: &VaultPath) -> bool {
        self.changes.range((path.clone(), "")..).next().is_some_and(|((p, _), _)| p == path)
    }

    /// Returns the changes by path.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.changes.iter().map(|((path, op), old)| Change { op, path: path.clone(), old_path: old.clone() })
    }

    /// Returns how many files changed in this way; a file that was renamed and edited counts as both.
    pub fn count(&self, op: &str) -> usize {
        self.changes.keys().filter(|(_, of)| *of == op).count()
    }

    /// Returns how many files were left out, `excluded` or `failed`.
    pub fn count_left_out(&self, outcome: &str) -> usize {
        self.left_out.iter().filter(|l| l.outcome == outcome).count()
    }

    pub fn is_unchanged(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the counts by name, as `sync_runs.counts` and `--json` have them.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts: BTreeMap<&'static str, usize> =
            ["added", "modified", "renamed", "archived", "returned"].into_iter().map(|op| (op, self.count(op))).collect();
        counts.insert("unchanged", self.unchanged);
        counts.insert("excluded", self.count_left_out("excluded"));
        counts.insert("failed", self.count_left_out("failed"));
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
