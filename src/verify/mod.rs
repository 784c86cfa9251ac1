//! Disk = SQL = index, or every difference by name. It reads everything anew and trusts nothing that a sync remembers: files are listed, read,
//! hashed and parsed, links resolved, rows made a second time and held against those that are there, the index read to its last document.
//!
//! It changes nothing and uses nothing of what writes the mirror; only what a note says (`facts`) and what a link means (`resolve`) is
//! decided where it always is.

mod check;
mod difference;
mod expect;
mod feed;
mod file;
mod indexed;
mod listing;
mod names;
mod side;

pub use difference::{Difference, Kind, Layer};

use crate::store::Store;
use crate::store::audit::{self, CHANGES, DOCUMENTS, NAMES, PARTS, PROJECTS, Row, STORE, VAULT_FILES, VAULTS};
use crate::sync::Site;
use anyhow::Result;
use check::Check;
use feed::Feed;
use file::Projects;
use indexed::Indexed;
use serde_json::{Value, json};
use side::Side;
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
    let indexed = Indexed::read(index)?;
    store.begin_look().await?;
    let compared = compare(store, sites, index, indexed, progress).await;
    store.end_look().await?;
    let mut report = compared?;
    report.differences.sort_by(|a, b| (&a.vault, a.layer, a.kind, a.table, &a.path).cmp(&(&b.vault, b.layer, b.kind, b.table, &b.path)));
    Ok(report)
}

async fn compare(
    store: &mut Store,
    sites: &[Site],
    index: &Path,
    indexed: Option<Indexed>,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let mut report = Report { n_indexed: indexed.as_ref().map_or(0, |index| index.n_documents), ..Report::default() };
    let vaults = store.all(&VAULTS).await?;
    let projects = Projects::of(&store.all(&PROJECTS).await?);
    let own = store.all(&STORE).await?.pop().unwrap_or_else(|| vec![Value::Null; STORE.columns.len()]);
    report.revision = STORE.number(&own, "revision");
    let feed = read_feed(store).await?;
    let names = store.all(&NAMES).await?;
    let ledger = store.all(&VAULT_FILES).await?;
    let mut sides = Vec::new();
    for site in sites {
        let row = side::vault_of(site, &vaults)?;
        sides.push(Side::look(site, row, &names, &ledger, &feed)?);
    }
    // Where the store's own row is behind its changes, it is that which is wrong, and not the index.
    let last = feed.last.values().copied().fold(report.revision, i64::max);
    let usable = usable(indexed, STORE.text(&own, "store_id"), last, &mut report.differences);
    let mut check = Check {
        sides,
        vaults: vaults.iter().map(|row| (VAULTS.text(row, "vault_id").to_owned(), VAULTS.text(row, "vault_name").to_owned())).collect(),
        projects,
        feed,
        watermark: usable.as_ref().map(|indexed| indexed.watermark.revision),
        entries: usable.map(|indexed| indexed.entries).unwrap_or_default(),
    };
    let outcome = check.pages(store, names.len(), progress, &mut report).await?;
    for part in PARTS {
        let orphans = store.without_document(part).await?;
        let orphan = |row: &Row| {
            let extra = Difference::file(Kind::Extra, "", "").of(part.table, Some(row[0].to_string()), None);
            extra.said(&difference::told(part, row), &Value::Null)
        };
        report.differences.extend(orphans.iter().map(orphan));
    }
    check.conclude(&vaults, &ledger, outcome, index, &mut report)?;
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
        // Of a store without any change there is nothing to follow.
        found.extend((revision > 0).then(|| behind(Value::Null)));
        return None;
    };
    let mark = &index.watermark;
    if mark.store != store || mark.revision != revision {
        found.push(behind(json!({"store": mark.store, "revision": mark.revision})));
    }
    (mark.store == store && mark.revision <= revision).then_some(index)
}

/// The tables that are held against the disk, the change feed, and each other.
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
