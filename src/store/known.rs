//! What the store knows of a vault's files: the side of a plan that is not the disk.

use super::engine::{Arg, json_rows, list};
use super::trip::{self, Read, Trip};
use super::vaults::{self, Vault};
use super::{Ledger, Store, ledger};
use crate::disk::{FileId, Scope, Stamp};
use crate::path::VaultPath;
use crate::plan::Known;
use anyhow::{Context as _, Result};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// What the store knows of a scope of a vault.
#[derive(Debug)]
pub struct Side {
    pub vault: Vault,
    /// The live documents.
    pub known: BTreeMap<VaultPath, Known>,
    pub ledger: Ledger,
}

type KnownRow = (String, VaultPath, i64, i64, Option<StoredFileId>, i64, i64, Option<String>);

const KNOWN: &str = "doc_id, file_path, mtime_ns, size_bytes, file_id, case when is_ignored then 1 else 0 end, \
     case when file_hash is null then 0 else 1 end";

/// So many documents of a whole vault are read at once: so few that they can be taken apart while the next are read, and no fewer where each
/// page is a trip to a server.
const PAGE: i64 = 2048;
const PAGE_BY_TRIP: i64 = 8192;

/// Documents as the database gives them.
struct Page {
    rows: String,
    /// The place of the last one, if more may follow.
    last: Option<String>,
}

impl Page {
    fn take_apart(&self, each: &mut impl FnMut(Known)) -> Result<()> {
        trip::each(&self.rows, |row| each(known(row)))
    }
}

impl Store {
    /// Returns all that the store knows of a scope of a vault, of its revision or later; makes the vault if it is new.
    pub async fn look(&mut self, name: &str, scope: &Scope) -> Result<Side> {
        let is_whole = scope.is_root() || scope.0.len() > ledger::MANY;
        loop {
            let mut trip = self.engine.trip();
            let row = vaults::read(&mut trip, name).await?;
            let below = if is_whole { Vec::new() } else { read_below(&mut trip, name, scope).await? };
            let ledger = ledger::read(&mut trip, name, scope).await?;
            let seen = trip.end().await?;
            let Some(vault) = vaults::vault(seen.rows(&row)?) else {
                self.make_vault(name).await?;
                continue;
            };
            let ledger = ledger::ledger(&seen, &ledger, scope)?;
            let mut documents = BTreeMap::new();
            // One by one, as they come: a list of all beside it would take 25 MB of a large vault.
            let mut take = |known: Known| {
                if scope.covers(&known.path) {
                    documents.insert(known.path.clone(), known);
                }
            };
            if is_whole {
                self.read_all(&vault, &mut take).await?;
            }
            below.iter().try_for_each(|read| seen.each(read, |row| take(known(row))))?;
            return Ok(Side { vault, known: documents, ledger });
        }
    }

    /// Reads the live documents of a whole vault. While the database looks up a page of them, the one before is taken apart.
    async fn read_all(&mut self, vault: &Vault, take: &mut impl FnMut(Known)) -> Result<()> {
        let mut page = self.page(vault, self.engine.first_place()).await?;
        while let Some(last) = &page.last {
            let (next, taken) = tokio::join!(self.page(vault, last), async { page.take_apart(take) });
            taken?;
            page = next?;
        }
        page.take_apart(take)
    }

    /// Returns the live documents of a vault after a place. Without hashes: of a whole vault they would be read to be thrown away.
    async fn page(&mut self, vault: &Vault, after: &str) -> Result<Page> {
        // As they lie: SQLite would take the index of the vault's paths, were the vault's id offered to it.
        let from = "from (select {place} as place, doc_id, file_path, mtime_ns, size_bytes, file_id, is_ignored, file_hash \
             from claude.documents where coalesce(vault_id, null) = $1::uuid and not is_archived and {place} > $2::uuid \
             order by {place} limit $3) as page";
        let rest = format!(", max(place::text {{by_bytes}}), count(*)::text {from}");
        let sql = json_rows(&format!("{KNOWN}, null"), &rest, self.engine.is_sqlite());
        let most = if self.engine.is_sqlite() { PAGE } else { PAGE_BY_TRIP };
        let args: [Arg; 3] = [vault.id.as_str().into(), after.into(), most.into()];
        let row = self.engine.texts(&sql, &args).await?.pop().context("the database left an answer out")?;
        let [rows, last, n_rows] = <[_; 3]>::try_from(row).ok().context("a page has three columns")?;
        let is_full = n_rows.is_some_and(|n| n == most.to_string());
        Ok(Page { rows: rows.unwrap_or_default(), last: last.filter(|_| is_full) })
    }

    /// Returns the live documents, anywhere in the vault, whose file had one of these ids.
    pub async fn known_by_file_id(&mut self, vault: &Vault, ids: &[FileId]) -> Result<Vec<Known>> {
        let keys: Vec<String> = ids.iter().map(|id| file_id_text(*id)).collect();
        let rest = "from claude.documents where file_id in {keys} and vault_id = $2::uuid and not is_archived";
        Ok(self
            .engine
            .rows::<KnownRow>(&format!("{KNOWN}, file_hash"), rest, &[list(&keys), vault.id.as_str().into()])
            .await?
            .into_iter()
            .map(known)
            .collect())
    }
}

/// Asks for the live documents under a scope.
async fn read_below(trip: &mut Trip<'_>, name: &str, scope: &Scope) -> Result<Vec<Read<KnownRow>>> {
    let of_vault = "from claude.documents where vault_id = (select vault_id from claude.vaults where vault_name = $1) and {live}";
    // The path itself, and all that sorts between `path/` and `path0`: `0` is the character after `/`.
    let within = "file_path {by_bytes} >= $2 and file_path {by_bytes} < $2::text || '0' \
         and (file_path = $2 or file_path {by_bytes} > $2::text || '/')";
    let rest = format!("{of_vault} and {within}");
    let mut reads = Vec::new();
    for path in &scope.0 {
        reads.push(trip.read(&format!("{KNOWN}, file_hash"), &rest, &[name.into(), path.as_str().into()]).await?);
    }
    Ok(reads)
}

fn known((doc_id, path, mtime_ns, size, file_id, ignored, is_read, file_hash): KnownRow) -> Known {
    let stamp = Stamp { mtime_ns, size, file_id: file_id.and_then(|id| id.0), is_ignored: ignored == 1 };
    Known { doc_id, path, stamp, is_read: is_read == 1, file_hash }
}

/// A file id as the column `file_id` holds it: inode and birth time, in hexadecimal.
pub(super) fn file_id_text(id: FileId) -> String {
    format!("{:x}-{:x}", id.inode, id.born_ns as u64)
}

/// A file id out of its column; `None` if it is none.
pub(super) struct StoredFileId(pub(super) Option<FileId>);

impl<'de> Deserialize<'de> for StoredFileId {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = StoredFileId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a file id")
            }

            fn visit_str<E>(self, text: &str) -> Result<StoredFileId, E> {
                Ok(StoredFileId(parse_file_id(text)))
            }
        }
        text.deserialize_str(Text)
    }
}

fn parse_file_id(text: &str) -> Option<FileId> {
    let (inode, born_ns) = text.split_once('-')?;
    Some(FileId { inode: u64::from_str_radix(inode, 16).ok()?, born_ns: u64::from_str_radix(born_ns, 16).ok()? as i64 })
}
