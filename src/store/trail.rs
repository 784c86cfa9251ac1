//! What the store remembers of a path: the document that lies there, and those that lay there, or were called so, when they were archived.

use super::Store;
use super::engine::list;
use super::vaults::Vault;
use crate::clock::Timestamp;
use crate::path::VaultPath;
use anyhow::Result;

/// A document at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    pub doc_id: String,
    pub path: VaultPath,
    /// Of its last change; 0 while its contents have not been read.
    pub revision: i64,
    /// When its row was last written.
    pub written: Option<Timestamp>,
    /// When its file was found gone; `None` for a live document.
    pub archived: Option<Timestamp>,
}

type Row = (String, String, i64, Option<String>, Option<String>);

impl Store {
    /// Returns the documents at some paths, live or archived, and the archived ones that were called so.
    pub async fn traces(&mut self, vault: &Vault, paths: &[VaultPath]) -> Result<Vec<Trace>> {
        let keys: Vec<String> = paths.iter().flat_map(|path| [path.to_string(), path.name_key()]).collect();
        let columns = "doc_id, file_path, coalesce(revision, 0), updated_at, case when is_archived then archived_at end";
        let rest = "from claude.documents where vault_id = $2::uuid and (file_path in {keys} or is_archived and name_key in {keys})";
        let rows: Vec<Row> = self.engine.rows(columns, rest, &[list(&keys), vault.id.as_str().into()]).await?;
        let time = |text: Option<String>| text.and_then(|text| Timestamp::parse(&text));
        let trace = |(doc_id, path, revision, written, archived): Row| Trace {
            doc_id,
            path: VaultPath::stored(path),
            revision,
            written: time(written),
            archived: time(archived),
        };
        Ok(rows.into_iter().map(trace).collect())
    }
}
