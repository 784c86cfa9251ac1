//! The first load of an empty store: what costs much to keep in order row by row, and little to put in order once, waits for its end.

use super::Store;
use anyhow::Result;

/// The indexes of links are in the order of where these lead. Kept while the links of a vault come in, each row goes to another page of them,
/// and each transaction writes nearly all of these pages anew: a quarter of the whole load. A test holds them against the schema.
const INDEXES: [(&str, &str); 2] = [
    ("idx_document_links_target_key", "document_links (target_key)"),
    ("idx_document_links_resolved", "document_links (resolved_doc_id) where resolved_doc_id is not null"),
];

impl Store {
    /// Takes the indexes of links away until [`Store::end_load`], if no link is there yet. Whoever needs them meanwhile is slower, not wrong.
    /// On PostgreSQL they stay: others would have to wait, and may have made something of them.
    pub(super) async fn begin_load(&mut self) -> Result<()> {
        if !self.engine.is_sqlite() || self.engine.count("from (select 1 from claude.document_links limit 1) as link", &[]).await? > 0 {
            return Ok(());
        }
        for (name, _) in INDEXES {
            self.engine.execute(&format!("drop index if exists claude.{name}"), &[]).await?;
        }
        Ok(())
    }

    /// Makes the indexes that [`Store::begin_load`] took away, also when that was in a run that was killed.
    pub(super) async fn end_load(&mut self) -> Result<()> {
        if !self.engine.is_sqlite() {
            return Ok(());
        }
        for (name, of) in INDEXES {
            self.engine.execute(&format!("create index if not exists claude.{name} on {of}"), &[]).await?;
        }
        Ok(())
    }
}
