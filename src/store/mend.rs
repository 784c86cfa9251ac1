//! What a resync makes right beside the contents of files: what paths alone say, and that what is archived has nothing standing in it.

use super::Store;
use super::engine::list;
use super::tables::{NAMED, PARTS};
use super::vaults::Vault;
use crate::path::VaultPath;
use anyhow::Result;

/// Files of which nothing is read.
const UNREAD: &str = "doc_id in (select doc_id from claude.documents where vault_id = $1::uuid and kind not in ('note', 'canvas'))";
/// Documents that have gone.
const GONE: &str = "doc_id in (select doc_id from claude.documents where vault_id = $1::uuid and is_archived)";

/// Id, path, kind, name key and title.
type Row = (String, String, Option<String>, Option<String>, Option<String>);

impl Store {
    /// Rights rows of a vault that somebody else has changed, and that no contents will be written over.
    pub(super) async fn mend(&mut self, vault: &Vault, revision: i64, at: &str) -> Result<()> {
        let id = || [vault.id.as_str().into()];
        let columns = "doc_id, file_path, kind, name_key, doc_title";
        let live = "from claude.documents where vault_id = $1::uuid and not is_archived";
        let rows: Vec<Row> = self.engine.rows(columns, live, &id()).await?;
        let named = rows.into_iter().filter_map(|(doc_id, path, kind, key, title)| {
            let path = VaultPath::stored(path);
            // What is read says its title itself.
            let own = if path.kind().is_read() { title.clone() } else { Some(path.name().to_owned()) };
            let should = (Some(path.kind().as_str().to_owned()), Some(path.name_key()), own);
            ((kind, key, title) != should).then_some((doc_id, should.0, should.1, should.2, revision))
        });
        self.engine.amend(&NAMED, &named.collect::<Vec<_>>()).await?;
        let silent = format!(
            "update claude.documents set file_hash = null, content_hash = null, doc_type = null, version = null, status = 'ACTIVE', \
             category = null, tags = null, frontmatter_raw = null, properties = null, problems = null, revision = $2 \
             where {UNREAD} and not is_archived and (file_hash is not null or content_hash is not null or doc_type is not null \
             or version is not null or status is distinct from 'ACTIVE' or category is not null or tags is not null \
             or frontmatter_raw is not null or properties is not null or problems is not null)"
        );
        self.engine.execute(&silent, &[vault.id.as_str().into(), revision.into()]).await?;
        let present =
            "update claude.documents set archived_at = null where vault_id = $1::uuid and not is_archived and archived_at is not null";
        self.engine.execute(present, &id()).await?;
        for (table, status) in [("documents", "ARCHIVED"), ("knowledge", "archived")] {
            let gone = format!(
                "update claude.{table} set status = $3, archived_at = coalesce(archived_at, $2::timestamptz) \
                 where {GONE} and (status is distinct from $3 or archived_at is null)"
            );
            self.engine.execute(&gone, &[vault.id.as_str().into(), at.into(), status.into()]).await?;
        }
        for which in [GONE, UNREAD] {
            for part in PARTS {
                self.engine.execute(&format!("delete from claude.{part} where {which}"), &id()).await?;
            }
            let projects = format!("delete from claude.document_projects where linked_by = 'vault-sync' and {which}");
            self.engine.execute(&projects, &id()).await?;
        }
        // Whose knowledge it is, if not a note's, nobody knows: it stays, as a row of others.
        let strays = "select doc_id::text from claude.documents where vault_id = $1::uuid and kind <> 'note'";
        let strays: Vec<_> = self.engine.texts(strays, &id()).await?.into_iter().flatten().flatten().collect();
        self.engine.execute("update claude.knowledge set doc_id = null where doc_id in {ids}", &[list(&strays)]).await.map(drop)
    }
}
