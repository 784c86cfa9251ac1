//! `ls`, `orphans`, `recent`: lists of files.

use super::args::{FilesArgs, FilesBy, OrphansArgs, RecentArgs};
use super::list::Lister;
use super::session::block_on;
use super::{Exit, Surface};
use crate::clock::Timestamp;
use crate::disk;
use crate::path::FileKind;
use crate::render::list::{Cell, Row, Shape, Shown};
use crate::store::{File, Vault};
use anyhow::Result;
use serde_json::json;
use std::cmp::Reverse;
use std::collections::HashSet;

const COLUMNS: &[&str] = &["path", "kind", "title", "size", "modified", "id"];
const FILES: Shape = Shape { nouns: ["file", "files"], columns: COLUMNS, heads: &["path"] };
const ORPHANS: Shape = Shape { nouns: ["orphan", "orphans"], columns: COLUMNS, heads: &["path"] };
const NOTES: Shape = Shape { nouns: ["note", "notes"], columns: COLUMNS, heads: &["path"] };
const RECENT: Shape = Shape { nouns: ["note", "notes"], columns: COLUMNS, heads: &["written", "path"] };

/// Without `-n`, so many notes are recent.
const FEW: usize = 10;

pub(super) fn ls(args: &FilesArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open(surface, &args.list).await?;
        let kind = args.kind.map(FileKind::from);
        let mut files = found(&mut lister, |file| kind.is_none_or(|kind| file.kind == kind)).await?;
        match args.sort {
            FilesBy::Path => {}
            FilesBy::Modified => files.sort_by_key(|found| Reverse(found.modified_ms)),
            FilesBy::Size => files.sort_by_key(|found| Reverse(found.file.size)),
        }
        lister.print(&FILES, files, None, |found| found.row(vec![found.path()])).await
    })
}

pub(super) fn orphans(args: &OrphansArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open(surface, &args.list).await?;
        let mut orphans = HashSet::new();
        for vault in &lister.vaults {
            orphans.extend(lister.session.store.orphans(vault).await?);
        }
        let files = found(&mut lister, |file| !file.is_ignored && orphans.contains(&file.doc_id)).await?;
        lister.print(&ORPHANS, files, None, |found| found.row(vec![found.path()])).await
    })
}

pub(super) fn recent(args: &RecentArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open(surface, &args.list).await?;
        let mut notes = found(&mut lister, |file| !file.is_ignored && file.kind == FileKind::Note).await?;
        notes.sort_by_key(|found| Reverse(found.modified_ms));
        let row = |found: &Found| found.row(vec![Cell::Text(Timestamp::from_millis(found.modified_ms).local()), found.path()]);
        lister.print(&RECENT, notes, Some(FEW), row).await
    })
}

/// Prints the notes that `is_wanted`, by path.
pub(super) async fn print_notes(mut lister: Lister<'_>, is_wanted: impl Fn(&File) -> bool) -> Result<Exit> {
    let notes = found(&mut lister, |file| !file.is_ignored && file.kind == FileKind::Note && is_wanted(file)).await?;
    lister.print(&NOTES, notes, None, |found| found.row(vec![found.path()])).await
}

/// A file of a list.
struct Found {
    vault: String,
    file: File,
    modified_ms: i64,
}

/// Returns the files that the flags leave over and `is_wanted`, vault by vault, by path.
async fn found(lister: &mut Lister<'_>, is_wanted: impl Fn(&File) -> bool) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    for vault in lister.vaults.clone() {
        let files = lister.session.store.files(&vault, &lister.narrow).await?;
        let wanted = files.into_iter().filter(&is_wanted);
        all.extend(wanted.map(|file| Found { modified_ms: modified_ms(lister, &vault, &file), vault: vault.name.clone(), file }));
    }
    Ok(all)
}

/// A file that was written just before it was looked at has no time that could be trusted, so the disk is asked again. Where there is
/// none at hand, the file was written when its row was.
fn modified_ms(lister: &Lister<'_>, vault: &Vault, file: &File) -> i64 {
    let on_disk = || {
        let site = lister.session.sites.iter().find(|site| site.name == vault.name)?;
        disk::modified_ms(&site.disk, &file.path)
    };
    file.modified_ms.or_else(on_disk).unwrap_or(file.written_ms)
}

impl Found {
    fn path(&self) -> Cell {
        Cell::Path(self.file.path.to_string())
    }

    fn row(&self, cells: Vec<Cell>) -> Row {
        let File { doc_id, path, kind, title, size, .. } = &self.file;
        let modified = Timestamp::from_millis(self.modified_ms).to_string();
        let json = json!({"path": path, "id": doc_id, "kind": kind, "title": title, "size": size, "modified": modified});
        Row { vault: self.vault.clone(), json, paths: vec![path.to_string()], shown: Shown::Cells(cells) }
    }
}
