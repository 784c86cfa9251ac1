//! Which projects a document belongs to, as its note says. Names and codes meet in any case; a project that people made is never changed.

use super::apply::Manner;
use super::batch::Contents;
use super::engine::list;
use super::tables::{DOCUMENT_PROJECTS, PROJECTS};
use super::{Store, new_id};
use crate::path::{fold, normal};
use anyhow::Result;
use std::collections::HashMap;

/// Marks rows of ours among those that people make.
const OURS: &str = "vault-sync";

impl Store {
    /// Links documents to the projects that their notes name, and unlinks them from those that they no longer name.
    pub(super) async fn write_projects(&mut self, contents: &[Contents], manner: &Manner) -> Result<()> {
        let stored: Vec<&str> = contents.iter().filter(|c| !c.is_first).map(|c| c.doc_id.as_str()).collect();
        if !stored.is_empty() {
            let sql = "delete from claude.document_projects where linked_by = 'vault-sync' and doc_id in {ids}";
            self.engine.execute(sql, &[list(&stored)]).await?;
        }
        if contents.iter().all(|c| c.facts.projects.is_empty()) {
            return Ok(());
        }
        let mut projects = self.projects_by_key().await?;
        let mut made = Vec::new();
        let mut linked = Vec::new();
        for c in contents {
            for name in &c.facts.projects {
                let key = fold(&normal(name));
                if !projects.contains_key(&key) && manner.create_projects {
                    let id = new_id();
                    made.push((id.clone(), name.clone(), OURS));
                    projects.insert(key.clone(), id);
                }
                // Where unknown names are not created they are found in `applies_to_projects`, as written.
                if let Some(id) = projects.get(&key) {
                    linked.push((new_id(), c.doc_id.clone(), id.clone(), OURS));
                }
            }
        }
        self.engine.put(&PROJECTS, &made).await?;
        self.engine.put(&DOCUMENT_PROJECTS, &linked).await
    }

    /// Returns every project's id by its name's and its code's key; a name goes before another project's code.
    async fn projects_by_key(&mut self) -> Result<HashMap<String, String>> {
        let mut rows: Vec<(String, Option<String>, Option<String>)> =
            self.engine.rows("project_id, project_name, project_code", "from claude.projects", &[]).await?;
        rows.sort(); // of several projects with one name, always the same
        let mut keys = HashMap::new();
        for (id, name, _) in &rows {
            keys.entry(fold(&normal(name.as_deref().unwrap_or_default()))).or_insert_with(|| id.clone());
        }
        for (id, _, code) in &rows {
            keys.entry(fold(&normal(code.as_deref().unwrap_or_default()))).or_insert_with(|| id.clone());
        }
        keys.remove("");
        Ok(keys)
    }
}
