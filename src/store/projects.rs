//! Which projects a document belongs to, as its note says. Names and codes meet in any case; a project that people made is never changed.

use super::apply::Manner;
use super::batch::Contents;
use super::tables::{DOCUMENT_PROJECTS, PROJECTS};
use super::trip::Trip;
use super::{Store, new_id};
use crate::path::{fold, normal};
use anyhow::Result;
use std::collections::HashMap;

/// Marks rows of ours among those that people make.
const OURS: &str = "vault-sync";

/// Projects that are to be made, and documents that are to be linked to projects.
#[derive(Default)]
pub(super) struct Projects {
    made: Vec<(String, String, &'static str)>,
    linked: Vec<(String, String, String, &'static str)>,
}

impl Projects {
    pub(super) async fn write<'a>(&'a self, trip: &mut Trip<'a>) -> Result<()> {
        if self.linked.is_empty() {
            return Ok(());
        }
        trip.put(&PROJECTS, || self.made.iter().collect()).await?;
        trip.put(&DOCUMENT_PROJECTS, || self.linked.iter().collect()).await
    }
}

impl Store {
    /// Returns which projects the notes name, and which of these are new.
    pub(super) async fn projects_of(&mut self, contents: &[Contents], manner: &Manner) -> Result<Projects> {
        let mut found = Projects::default();
        if contents.iter().all(|c| c.facts.projects.is_empty()) {
            return Ok(found);
        }
        let mut projects = self.projects_by_key().await?;
        for c in contents {
            for name in &c.facts.projects {
                let key = fold(&normal(name));
                if !projects.contains_key(&key) && manner.create_projects {
                    let id = new_id();
                    found.made.push((id.clone(), name.clone(), OURS));
                    projects.insert(key.clone(), id);
                }
                // Where unknown names are not created they are found in `applies_to_projects`, as written.
                if let Some(id) = projects.get(&key) {
                    found.linked.push((new_id(), c.doc_id.clone(), id.clone(), OURS));
                }
            }
        }
        Ok(found)
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
