//! Disk = SQL = index, or every difference by name. It reads everything anew and trusts nothing that a sync remembers: files are listed, read,
//! hashed and parsed, links resolved, rows made a second time and held against those that are there, the index read to its last document.
//!
//! It changes nothing and uses nothing of what writes the mirror; only what a note says (`facts`) and what a link means (`resolve`) is
//! decided where it always is.

mod difference;
mod expect;
mod feed;
mod file;
mod indexed;
mod names;
mod side;

pub use difference::{Difference, Kind, Layer};

use crate::index::{Document, Index};
use crate::path::VaultPath;
use crate::store::Store;
use crate::store::audit::{self, CHANGES, DOCUMENTS, NAMES, PARTS, PROJECTS, Row, STORE, VAULT_FILES, VAULTS, Whole};
use crate::sync::Site;
use anyhow::Result;
use feed::Feed;
use file::{Checked, Projects};
use indexed::{Indexed, Suspect};
use serde_json::{Value, json};
use side::Side;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

/// What was compared, and every difference.
#[derive(Debug, Default)]
pub struct Report {
    pub differences: Vec<Difference>,
    pub n_files: usize,
    pub n_rows: usize,
    pub n_indexed: usize,
    /// The store's, at the moment that was looked at.
    pub revision: i64,
}

/// Compares the vaults' disks, the store and the index. `progress` is called with how many documents are done, of how many.
///
/// # Errors
/// When a vault, the store or the index cannot be looked at; differences are none.
pub async fn verify(store: &mut Store, sites: &[Site], index: &Path, progress: &dyn Fn(usize, usize)) -> Result<Report> {
    // The index comes first: what changes in SQL after it is known by its revision.
    let index = Index::open(index)?.map(Indexed::read).transpose()?;
    store.begin_look().await?;
    let compared = compare(store, sites, index, progress).await;
    store.end_look().await?;
    let mut report = compared?;
    report.differences.sort_by(|a, b| (&a.vault, a.layer, a.kind, a.table, &a.path).cmp(&(&b.vault, b.layer, b.kind, b.table, &b.path)));
    Ok(report)
}

async fn compare(store: &mut Store, sites: &[Site], index: Option<Indexed>, progress: &dyn Fn(usize, usize)) -> Result<Report> {
    let mut report = Report { n_indexed: index.as_ref().map_or(0, |index| index.n_documents), ..Report::default() };
    let vaults = store.all(&VAULTS).await?;
    let projects = Projects::of(&store.all(&PROJECTS).await?);
    report.revision = store.all(&STORE).await?.first().map_or(0, |row| STORE.number(row, "revision"));
    let feed = read_feed(store).await?;
    let names = store.all(&NAMES).await?;
    let ledger = store.all(&VAULT_FILES).await?;
    let mut sides = Vec::new();
    for site in sites {
        let row = side::vault_of(site, &vaults)?;
        sides.push(Side::look(site, row, &names, &ledger, &feed)?);
    }
    let usable = usable(index, &store.id, report.revision, &mut report.differences);
    let mut check = Check {
        sides,
        vaults: vaults.iter().map(|row| (VAULTS.text(row, "vault_id").to_owned(), VAULTS.text(row, "vault_name").to_owned())).collect(),
        projects,
        feed,
        entries: HashMap::new(),
        watermark: usable.as_ref().map(|index| index.watermark().revision),
    };
    let mut index = usable;
    if let Some(index) = &mut index {
        check.entries = std::mem::take(&mut index.entries);
    }
    let outcome = check.pages(store, names.len(), progress, &mut report).await?;
    for part in PARTS {
        let orphans = store.without_document(part).await?;
        let orphan = |row: &Row| {
            let extra = Difference::file(Kind::Extra, "", "").of(part.table, Some(row[0].to_string()), None);
            extra.said(&difference::told(part, row), &Value::Null)
        };
        report.differences.extend(orphans.iter().map(orphan));
    }
    check.conclude(&vaults, &ledger, outcome, index.as_ref(), &mut report)?;
    report.n_files = check.sides.iter().map(Side::n_files).sum();
    report.n_rows += ledger.len() + vaults.len() + check.feed.n_rows;
    Ok(report)
}

async fn read_feed(store: &mut Store) -> Result<Feed> {
    let mut feed = Feed::default();
    let mut after = (0, -1);
    loop {
        let rows = store.changes_from(after.0, after.1).await?;
        let Some(last) = rows.last() else { return Ok(feed) };
        after = (CHANGES.number(last, "revision"), CHANGES.number(last, "position"));
        rows.into_iter().for_each(|row| feed.play(row));
    }
}

/// Returns the index if it follows this store. One that is not there, or follows another, is one difference.
fn usable(index: Option<Indexed>, store: &str, revision: i64, found: &mut Vec<Difference>) -> Option<Indexed> {
    let should = json!({"store": store, "revision": revision});
    let behind = |is: Value| Difference::index(Kind::Behind, "", "").said(&is, &should);
    let Some(index) = index else {
        found.push(behind(Value::Null));
        return None;
    };
    let mark = index.watermark();
    if mark.store != store || mark.revision != revision {
        found.push(behind(json!({"store": mark.store, "revision": mark.revision})));
    }
    (mark.store == store && mark.revision <= revision).then_some(index)
}

/// All that a document is held against.
struct Check<'a> {
    sides: Vec<Side<'a>>,
    /// Names by id, of those without a side too.
    vaults: HashMap<String, String>,
    projects: Projects,
    feed: Feed,
    entries: HashMap<String, indexed::Entry>,
    /// How far the index follows, if there is one that can be asked.
    watermark: Option<i64>,
}

/// What the documents came to, for what can be said only of all of them.
#[derive(Default)]
struct Outcome {
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
    async fn pages(&mut self, store: &mut Store, n_all: usize, progress: &dyn Fn(usize, usize), report: &mut Report) -> Result<Outcome> {
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
    fn conclude(&self, vaults: &[Row], ledger: &[Row], outcome: Outcome, index: Option<&Indexed>, report: &mut Report) -> Result<()> {
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
        let Some(index) = index else { return Ok(()) };
        found.extend(indexed::extra(&self.entries));
        // An index follows rows. Where these are wrong, it is they that are said.
        let wrong: HashSet<(String, String)> =
            found.iter().filter(|d| d.layer == Layer::Sql && !d.is_pending()).map(|d| (d.vault.clone(), d.path.clone())).collect();
        let mut others: HashMap<String, Document> = HashMap::new();
        for suspect in outcome.suspects {
            match suspect {
                Suspect::Found(difference) => found.push(difference),
                Suspect::Other(document) if wrong.contains(&(document.vault.clone(), document.path.to_string())) => {}
                Suspect::Other(document) => drop(others.insert(document.doc_id.clone(), *document)),
            }
        }
        if !others.is_empty() {
            for is in index.documents(&others)? {
                found.extend(indexed::compare(&is, &others[&is.doc_id]));
            }
        }
        Ok(())
    }
}

/// The tables that are held against the disk; of the others that a sync writes, each is said here with why it is not.
pub const COVERED: [&str; 15] = [
    DOCUMENTS.table,
    audit::KNOWLEDGE.table,
    audit::TEXTS.table,
    audit::LINKS.table,
    audit::TAGS.table,
    audit::ALIASES.table,
    audit::HEADINGS.table,
    audit::BLOCKS.table,
    audit::TASKS.table,
    audit::DOCUMENT_PROJECTS.table,
    audit::PATHS.table,
    PROJECTS.table,
    VAULTS.table,
    VAULT_FILES.table,
    CHANGES.table,
];
