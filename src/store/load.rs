//! A large run into SQLite. The log is folded into the file beside it; and what costs much to keep in order row by row, and little to put in
//! order once, waits for the end of a first load.

use super::engine::Engine;
use super::{PATIENCE, Store, attach};
use crate::refusal::in_words;
use anyhow::Result;
use std::path::PathBuf;
use tokio::task::JoinHandle;

/// The indexes of links are in the order of where these lead, those of tags and aliases in the order of their keys. Kept while the contents of
/// a vault come in, each row goes to another page of them, and each transaction writes nearly all of these pages anew: a quarter of the whole
/// load. A test holds them against the schema.
const INDEXES: [(&str, &str); 4] = [
    ("idx_document_links_target_key", "document_links (target_key)"),
    ("idx_document_links_resolved", "document_links (resolved_doc_id) where resolved_doc_id is not null"),
    ("idx_document_tags_tag_key", "document_tags (tag_key)"),
    ("idx_document_aliases_alias_key", "document_aliases (alias_key)"),
];

/// The log of a large run being folded into the file, on a connection that is given back unless it is not needed any more, or failed.
pub(super) type Folding = JoinHandle<Option<Engine>>;

impl Store {
    /// Has what was committed folded into the file while the run goes on: SQLite would stop for it, a fifth of a load. After the last chunk,
    /// nothing `is_to_come`. What fails here fails no run: the log is as good as the file, and the next time folds it, or the end.
    pub(super) async fn fold(&mut self, is_to_come: bool) {
        let Some(file) = self.file.clone() else { return };
        let beside = match self.folding.take() {
            Some(folding) if is_to_come && !folding.is_finished() => return self.folding = Some(folding),
            Some(folding) => folding.await.unwrap_or_default(),
            None => None,
        };
        if beside.is_none() || !is_to_come {
            // Where the log gets long all the same, because others read what stands at its beginning, SQLite does stop.
            let by_itself = if is_to_come { "pragma claude.wal_autocheckpoint = 8000" } else { "pragma claude.wal_autocheckpoint = 2000" };
            let _ = self.engine.execute(by_itself, &[]).await;
        }
        if !is_to_come {
            // What it remembers of the file is worth little now, and the index is about to need the memory.
            let _ = self.engine.execute("pragma shrink_memory", &[]).await;
        }
        self.folding = Some(tokio::spawn(fold(file, beside, is_to_come)));
    }

    /// Waits until what was begun to be folded is.
    pub(super) async fn end_folding(&mut self) {
        if let Some(folding) = self.folding.take() {
            let _ = folding.await;
        }
    }

    /// Folds the log into the file, as closing would: a sync to disk that nobody need wait for who has something else to do.
    pub async fn fold_rest(&mut self) {
        if self.engine.is_sqlite() {
            let _ = self.engine.texts("pragma claude.wal_checkpoint(passive)", &[]).await;
        }
    }

    /// Takes these indexes away until [`Store::end_load`], if no link is there yet, which stands for all contents. Whoever needs them meanwhile
    /// is slower, not wrong. On PostgreSQL they stay: others would have to wait, and may have made something of them.
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

async fn fold(file: PathBuf, beside: Option<Engine>, is_to_come: bool) -> Option<Engine> {
    let folded = async {
        let mut beside = match beside {
            Some(beside) => beside,
            None => attach(&file, PATIENCE).await?,
        };
        beside.texts("pragma claude.wal_checkpoint(passive)", &[]).await?;
        if is_to_come {
            return Ok(Some(beside));
        }
        // A long log takes long to give back, and whoever closes the file would have to wait for that. Who reads from it now does not.
        beside.execute("pragma busy_timeout = 100", &[]).await?;
        beside.texts("pragma claude.wal_checkpoint(truncate)", &[]).await?;
        beside.close().await.map(|()| None)
    };
    folded.await.unwrap_or_else(|error: anyhow::Error| {
        tracing::info!(error = in_words(&error), "the log of the database could not be folded");
        None
    })
}
