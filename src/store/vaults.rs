//! Vaults as the store knows them, and documents that were in them.

use super::engine::{Arg, list};
use super::known::{StoredFileId, file_id_text};
use super::lease::Lease;
use super::tables::STAMPS;
use super::trip::{Read, Trip};
use super::{Store, new_id};
use crate::clock::Timestamp;
use crate::disk::{FileId, Stamp};
use crate::machine::Machine;
use crate::path::VaultPath;
use anyhow::{Context as _, Result};

/// A vault's own row. Its identity is its name; where it lies is each machine's own business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vault {
    pub id: String,
    pub name: String,
    /// The revision of its last change.
    pub revision: i64,
    /// A run's contents are not all in yet.
    pub is_partial: bool,
    /// What read its notes, see [`crate::facts::Rules::version`].
    pub parser_version: i64,
    /// Who writes it.
    pub lease: Option<Lease>,
}

/// A document that was archived not long ago: it may be what a new file once was.
#[derive(Clone, Debug)]
pub struct Departed {
    pub doc_id: String,
    pub path: VaultPath,
    pub file_id: Option<FileId>,
    pub content_hash: Option<String>,
}

type Optional = Option<String>;
/// The columns of [`Vault`], and the writer's: id, name, since, until, whether its lease lives.
pub(super) type VaultRow = (String, String, i64, i64, i64, Optional, Optional, Optional, Optional, i64);
type DepartedRow = (String, VaultPath, Option<StoredFileId>, Option<String>);

const DEPARTED: &str = "doc_id, file_path, file_id, content_hash";
impl Store {
    /// Returns the vault of that name; makes it if it is new.
    pub async fn vault(&mut self, name: &str) -> Result<Vault> {
        if let Some(vault) = self.find_vault(name).await? {
            return Ok(vault);
        }
        self.make_vault(name).await?;
        self.find_vault(name).await?.with_context(|| format!("the vault '{name}' has lost its row"))
    }

    pub(super) async fn make_vault(&mut self, name: &str) -> Result<()> {
        let sql = "insert into claude.vaults (vault_id, vault_name, parser_version) values ($1::uuid, $2, $3) on conflict (vault_name) do nothing";
        self.engine.execute(sql, &[new_id().into(), name.into(), crate::note::PARSER_VERSION.into()]).await.map(drop)
    }

    /// Returns the vault of that name, if the store has it.
    pub async fn find_vault(&mut self, name: &str) -> Result<Option<Vault>> {
        let mut trip = self.engine.trip();
        let row = read(&mut trip, name).await?;
        Ok(vault(trip.end().await?.rows(&row)?))
    }

    /// Says by which parser, and by which rules, every note was read; after that, a changed stamp alone makes a note be read again.
    pub async fn set_parser_version(&mut self, vault: &Vault, version: i64) -> Result<()> {
        let sql = "update claude.vaults set parser_version = $2 where vault_id = $1::uuid";
        self.engine.execute(sql, &[vault.id.as_str().into(), version.into()]).await.map(drop)
    }

    /// Takes documents for unread, whatever their stamps say: they could not be read when everything was to be.
    pub async fn forget_contents(&mut self, doc_ids: &[String]) -> Result<()> {
        if doc_ids.is_empty() {
            return Ok(());
        }
        self.engine.execute("update claude.documents set file_hash = null where doc_id in {ids}", &[list(doc_ids)]).await.map(drop)
    }

    /// Returns which of these documents hold what once stood in their files.
    pub async fn with_contents(&mut self, doc_ids: &[&str]) -> Result<Vec<String>> {
        let rest = "from claude.documents where doc_id in {ids} and frontmatter_raw is not null";
        Ok(self.engine.rows::<(String,)>("doc_id", rest, &[list(doc_ids)]).await?.into_iter().map(|(id,)| id).collect())
    }

    /// Returns documents that are archived: all of those at `paths`, and whatever was archived since `since`.
    pub async fn departed(&mut self, vault: &Vault, paths: &[VaultPath], since: Timestamp) -> Result<Vec<Departed>> {
        let rest =
            "from claude.documents where vault_id = $2::uuid and is_archived and (archived_at >= $3::timestamptz or file_path in {keys})";
        let args: [Arg; 3] = [list(paths), vault.id.as_str().into(), since.to_string().into()];
        let rows: Vec<DepartedRow> = self.engine.rows(DEPARTED, rest, &args).await?;
        Ok(rows.into_iter().map(departed).collect())
    }

    /// Returns all documents that are archived and of which something is kept.
    pub async fn archived(&mut self, vault: &Vault) -> Result<Vec<Departed>> {
        let rest = "from claude.documents where vault_id = $1::uuid and is_archived and name_key is not null";
        let rows: Vec<DepartedRow> = self.engine.rows(DEPARTED, rest, &[vault.id.as_str().into()]).await?;
        Ok(rows.into_iter().map(departed).collect())
    }

    /// Returns file hash and content hash of documents whose contents were read.
    pub async fn hashes(&mut self, doc_ids: &[&str]) -> Result<Vec<(String, String, Option<String>)>> {
        self.engine
            .rows(
                "doc_id, file_hash, content_hash",
                "from claude.documents where doc_id in {ids} and file_hash is not null",
                &[list(doc_ids)],
            )
            .await
    }

    /// Returns the texts of notes by document: what similarity is measured on.
    pub async fn bodies(&mut self, doc_ids: &[&str]) -> Result<Vec<(String, String)>> {
        self.engine.rows("doc_id, description", "from claude.knowledge where doc_id in {ids}", &[list(doc_ids)]).await
    }

    /// Returns how many documents are live, and how many were archived since the guard against emptying a vault last let one pass.
    pub async fn live_and_archived_since(&mut self, vault: &Vault, since: Timestamp) -> Result<(i64, i64)> {
        let live = "from claude.documents where vault_id = $1::uuid and not is_archived";
        let live = self.engine.count(live, &[vault.id.as_str().into()]).await?;
        let archived = "from claude.documents d join claude.vaults v on v.vault_id = d.vault_id where d.vault_id = $1::uuid and d.is_archived \
             and d.archived_at >= $2::timestamptz and (v.guard_since is null or d.archived_at > v.guard_since)";
        let archived = self.engine.count(archived, &[vault.id.as_str().into(), since.to_string().into()]).await?;
        Ok((live as i64, archived as i64))
    }

    /// Lets the guard count anew: a person allowed this deletion.
    pub async fn reset_guard(&mut self, vault: &Vault, now: Timestamp) -> Result<()> {
        let sql = "update claude.vaults set guard_since = $2::timestamptz where vault_id = $1::uuid";
        self.engine.execute(sql, &[vault.id.as_str().into(), now.to_string().into()]).await.map(drop)
    }

    /// Notes new stamps of files whose contents are equal. It changes nothing that a reader can see and takes no revision. A stamp is only
    /// noted beside the contents that it was seen with.
    pub async fn stamp(&mut self, stamps: &[(String, Stamp, Option<String>)]) -> Result<()> {
        let rows: Vec<_> = stamps.iter().map(|(id, s, hash)| (id, hash, s.mtime_ns, s.size, s.file_id.map(file_id_text))).collect();
        for chunk in rows.chunks(2000) {
            self.engine.amend(&STAMPS, chunk).await?;
        }
        Ok(())
    }
}

/// The columns of [`VaultRow`].
const VAULT: &str = "vault_id, vault_name, revision, case when is_partial then 1 else 0 end, parser_version, \
     writer_id, writer_name, writer_since, writer_until, case when writer_until > {now} then 1 else 0 end";

/// Asks for a vault's row.
pub(super) async fn read(trip: &mut Trip<'_>, name: &str) -> Result<Read<VaultRow>> {
    trip.read(VAULT, "from claude.vaults where vault_name = $1", &[name.into()]).await
}

/// Asks for a vault's row, and holds it until the transaction ends: nobody else takes the lease meanwhile.
pub(super) async fn read_held(trip: &mut Trip<'_>, name: &str) -> Result<Read<VaultRow>> {
    let held = "from (select vault_id, vault_name, revision, is_partial, parser_version, writer_id, writer_name, writer_since, writer_until \
         from claude.vaults where vault_name = $1 {held}) as held";
    trip.read(VAULT, held, &[name.into()]).await
}

pub(super) fn vault(rows: Vec<VaultRow>) -> Option<Vault> {
    let (id, name, revision, partial, parser_version, writer_id, writer_name, since, until, is_live) = rows.into_iter().next()?;
    let time = |text: Option<String>| Timestamp::parse(&text?);
    let lease = writer_id.map(|id| Lease {
        machine: Machine { id, name: writer_name.unwrap_or_default() },
        since: time(since),
        until: time(until),
        is_live: is_live == 1,
    });
    Some(Vault { id, name, revision, is_partial: partial == 1, parser_version, lease })
}

fn departed((doc_id, path, file_id, content_hash): DepartedRow) -> Departed {
    Departed { doc_id, path, file_id: file_id.and_then(|id| id.0), content_hash }
}
