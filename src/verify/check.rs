//! All documents, a page at a time and in parallel, and then what can be said only of all of them: backlinks, what is of no document.

use super::Report;
use super::difference::{Difference, Kind, Layer};
use super::feed::Feed;
use super::file::{Checked, Projects};
use super::indexed::{self, Suspect};
use super::side::{self, Side};
use crate::index::Document;
use crate::path::VaultPath;
use crate::store::Store;
use crate::store::audit::{CHANGES, DOCUMENTS, Row, Whole};
use anyhow::Result;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

/// All that a document is held against.
pub(super) struct Check<'a> {
    pub sides: Vec<Side<'a>>,
    /// Names by id, of those without a side too.
    pub vaults: HashMap<String, String>,
    pub projects: Projects,
    pub feed: Feed,
    pub entries: HashMap<String, indexed::Entry>,
    /// How far the index follows, if there is one that can be asked.
    pub watermark: Option<i64>,
}

/// What the documents came to, for what can be said only of all of them.
#[derive(Default)]
pub(super) struct Outcome {
    /// Of each live document of a side: its bucket.
    buckets: Vec<(String, i64)>,
    n_backlinks: HashMap<String, i64>,
    suspects: Vec<Suspect>,
    /// Files that could not be read, by vault.
    failed: BTreeMap<String, Vec<(VaultPath, String)>>,
    ids: HashSet<String>,
    /// Beyond the last revision of their vault.
    late: Vec<(String, Difference)>,
}

impl Check<'_> {
    /// Checks all documents, page by page.
    pub(super) async fn pages(
        &mut self,
        store: &mut Store,
        n_all: usize,
        progress: &dyn Fn(usize, usize),
        report: &mut Report,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut after = "00000000-0000-0000-0000-000000000000".to_owned();
        loop {
            let wholes = store.wholes_after(&after).await?;
            let Some(last) = wholes.last() else { return Ok(outcome) };
            DOCUMENTS.text(&last.document, "doc_id").clone_into(&mut after);
            report.n_rows += wholes.iter().map(|whole| 1 + whole.parts.iter().map(Vec::len).sum::<usize>()).sum::<usize>();
            for (whole, (checked, suspect)) in wholes.iter().zip(self.check_all(&wholes)) {
                self.gather(whole, checked, suspect, &mut outcome, report);
            }
            progress(outcome.ids.len(), n_all);
        }
    }

    /// Checks a page of documents, in parallel.
    fn check_all(&self, wholes: &[Whole]) -> Vec<(Checked, Option<Suspect>)> {
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let share = wholes.len().div_ceil(n_threads).max(1);
        std::thread::scope(|scope| {
            let check = |share: &[Whole]| share.iter().map(|whole| self.check(whole)).collect::<Vec<_>>();
            let threads: Vec<_> = wholes.chunks(share).map(|share| scope.spawn(move || check(share))).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("what a file can do is caught")).collect()
        })
    }

    fn check(&self, whole: &Whole) -> (Checked, Option<Suspect>) {
        let row = &whole.document;
        let (doc_id, vault_id) = (DOCUMENTS.text(row, "doc_id"), DOCUMENTS.text(row, "vault_id"));
        let side = self.sides.iter().find(|side| side.vault_id == vault_id);
        let checked = side.map(|side| side.check(whole, &self.projects, self.feed.told.get(doc_id))).unwrap_or_default();
        let revision = DOCUMENTS.value(row, "revision").as_i64();
        let is_wanted = side.map_or(!DOCUMENTS.is_true(row, "is_archived"), |side| side.is_live(row))
            && !DOCUMENTS.is_true(row, "is_ignored")
            && revision.is_some();
        let is_followed = self.watermark.is_some_and(|watermark| revision.is_none_or(|revision| revision <= watermark));
        let vault = self.vaults.get(vault_id).map_or("", String::as_str);
        let should = || indexed::made(whole, vault, &self.projects.names);
        let suspect = if is_followed { indexed::look_up(&self.entries, &should(), is_wanted) } else { None };
        (checked, suspect)
    }

    fn gather(&mut self, whole: &Whole, checked: Checked, suspect: Option<Suspect>, outcome: &mut Outcome, report: &mut Report) {
        let row = &whole.document;
        let doc_id = DOCUMENTS.text(row, "doc_id").to_owned();
        indexed::note(&mut self.entries, &doc_id);
        outcome.suspects.extend(suspect);
        report.differences.extend(checked.found);
        outcome.ids.insert(doc_id.clone());
        let vault_id = DOCUMENTS.text(row, "vault_id");
        let Some(side) = self.sides.iter().find(|side| side.vault_id == vault_id) else { return };
        let revision = DOCUMENTS.number(row, "revision");
        if revision > side.revision {
            let late = Difference::file(Kind::Altered, &side.site.name, DOCUMENTS.text(row, "file_path"));
            let late = late.of(DOCUMENTS.table, None, Some("revision")).said(&json!(revision), &json!(side.revision));
            outcome.late.push((vault_id.to_owned(), late));
        }
        if !side.is_live(row) {
            return;
        }
        if let Some(why) = checked.failed {
            let path = VaultPath::stored(DOCUMENTS.text(row, "file_path").to_owned());
            outcome.failed.entry(vault_id.to_owned()).or_default().push((path, why));
        }
        outcome.buckets.push((doc_id.clone(), DOCUMENTS.number(row, "backlink_bucket")));
        for target in checked.targets.into_iter().filter(|target| *target != doc_id) {
            *outcome.n_backlinks.entry(target).or_default() += 1;
        }
    }

    /// Says what can only be said when all documents are known.
    pub(super) fn conclude(&self, vaults: &[Row], ledger: &[Row], outcome: Outcome, index: &Path, report: &mut Report) -> Result<()> {
        let found = &mut report.differences;
        let paths: HashMap<&str, (&Side<'_>, &str)> =
            self.sides.iter().flat_map(|side| side.live.iter().map(move |(path, id)| (id.as_str(), (side, path.as_str())))).collect();
        for (doc_id, is) in &outcome.buckets {
            let n_notes = outcome.n_backlinks.get(doc_id).copied().unwrap_or_default();
            let should = (0..).find(|bucket| (n_notes + 1) >> (bucket + 1) == 0).unwrap_or(0_i64);
            if let Some((side, path)) = paths.get(doc_id.as_str()).filter(|_| *is != should) {
                let altered = Difference::file(Kind::Altered, &side.site.name, path).of(DOCUMENTS.table, None, Some("backlink_bucket"));
                found.push(altered.said(&json!(is), &json!(should)));
            }
        }
        for (doc_id, told) in self.feed.told.iter().filter(|(id, _)| !outcome.ids.contains(*id)) {
            let vault = self.vaults.get(&told.vault_id).map_or("", String::as_str);
            let extra = Difference::file(Kind::Extra, vault, &told.path).of(CHANGES.table, Some(doc_id.clone()), None);
            found.push(extra.said(&json!({"doc_id": doc_id}), &Value::Null));
        }
        for side in &self.sides {
            let row = side::vault_of(side.site, vaults)?;
            let late: Vec<&Difference> = outcome.late.iter().filter(|(id, _)| *id == side.vault_id).map(|(_, late)| late).collect();
            side.conclude(row, report.revision, &self.feed, &late, found);
            side.check_ledger(ledger, outcome.failed.get(&side.vault_id).map_or(&[], Vec::as_slice), found);
        }
        found.extend(indexed::extra(&self.entries));
        // An index follows rows. Where these are wrong, it is they that are said.
        let wrong: HashSet<(String, String)> =
            found.iter().filter(|d| d.layer == Layer::Sql && !d.is_pending()).map(|d| (d.vault.clone(), d.path.clone())).collect();
        let mut others: HashMap<String, Document> = HashMap::new();
        for suspect in outcome.suspects {
            match suspect {
                Suspect::Found(d) if d.kind == Kind::Extra && wrong.contains(&(d.vault.clone(), d.path.clone())) => {}
                Suspect::Found(difference) => found.push(difference),
                Suspect::Other(document) if wrong.contains(&(document.vault.clone(), document.path.to_string())) => {}
                Suspect::Other(document) => drop(others.insert(document.doc_id.clone(), *document)),
            }
        }
        if !others.is_empty() {
            for is in indexed::under(index, &others, &self.entries)? {
                found.extend(indexed::compare(&is, &others[&is.doc_id]));
            }
        }
        Ok(())
    }
}
