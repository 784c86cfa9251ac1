//! Rows that the sync of old left behind: `obsidian:<path>` without a document. They keep their id and counters and become ours when a
//! file arrives at that path.

use super::Store;
use super::apply::source;
use super::batch::{Arrival, Origin};
use super::tables::ADOPTED;
use crate::path::{FileKind, VaultPath};
use anyhow::Result;
use std::collections::BTreeMap;

impl Store {
    pub(super) async fn adopt(&mut self, vault: &str, arrived: &[Arrival]) -> Result<()> {
        // A document that is back has its knowledge already, and only notes have any.
        let mut new = arrived.iter().filter(|a| a.origin == Origin::New && a.path.kind() == FileKind::Note).peekable();
        if new.peek().is_none() {
            return Ok(());
        }
        let rest = "from claude.knowledge where doc_id is null and source >= 'obsidian:' and source < 'obsidian;'";
        let orphans: Vec<(String, String)> = self.engine.rows("knowledge_id, source", rest, &[]).await?;
        if orphans.is_empty() {
            return Ok(());
        }
        // Of several rows for one path the oldest id is kept; the others are nobody's and stay as they are.
        let mut by_path: BTreeMap<VaultPath, String> = BTreeMap::new();
        for (id, source) in orphans {
            let path = VaultPath::new(source.trim_start_matches("obsidian:"));
            by_path.entry(path).and_modify(|kept| *kept = kept.clone().min(id.clone())).or_insert(id);
        }
        let adopted = new.filter_map(|a| Some((by_path.get(&a.path)?, &a.doc_id, source(vault, &a.path))));
        self.engine.amend(&ADOPTED, &adopted.collect::<Vec<_>>()).await
    }
}
