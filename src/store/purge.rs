//! Purges documents of private files: of what they said, and what was said of them, nothing stays, in no table and in no free page.
//!
//! A row stays of each, without a name, by which followers learn that the document is gone. The vault has its file, so nothing is lost but
//! what was counted of it.

use super::batch::Purged;
use super::engine::list;
use super::links::{self, Linking};
use super::{Store, contents, first_text};
use crate::path::VaultPath;
use anyhow::{Result, ensure};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What stands where the path of a purged document stood, before its id.
const NO_PATH: &str = "/private/";

/// Tables in which others may refer to a project.
const USERS_OF_PROJECTS: [&str; 13] = [
    "build_tasks",
    "document_projects",
    "documents",
    "features",
    "feedback",
    "ideas",
    "knowledge",
    "phases",
    "project_docs",
    "requirements",
    "scheduled_jobs",
    "work_tasks",
    "workspaces",
];

/// Returns what stands for the path of a purged document.
pub(super) fn no_path(doc_id: &str) -> VaultPath {
    VaultPath::stored(format!("{NO_PATH}{doc_id}"))
}

/// Returns whether a path is one of a purged document.
pub fn is_no_path(path: &str) -> bool {
    path.starts_with(NO_PATH)
}

impl Store {
    /// Empties documents, within a transaction. [`Store::scrub`] comes after its end.
    pub(super) async fn purge(&mut self, purged: &[Purged], revision: i64, at: &str, linking: &mut Linking) -> Result<()> {
        if purged.is_empty() {
            return Ok(());
        }
        if let Some(file) = &self.file {
            std::fs::write(mark(file), [])?;
        }
        let ids: Vec<&str> = purged.iter().map(|p| p.doc_id.as_str()).collect();
        let mut trip = self.engine.trip();
        let targets = links::read_targets(&mut trip, &ids).await?;
        let projects = trip.read::<(String,)>("project_id", "from claude.document_projects where doc_id in {ids}", &[list(&ids)]).await?;
        contents::clear(&mut trip, &ids).await?;
        let seen = trip.end().await?;
        linking.note_targets(&seen, &targets)?;
        let projects: HashSet<String> = seen.rows(&projects)?.into_iter().map(|(id,)| id).collect();
        let documents = "update claude.documents set file_path = '/private/' || doc_id::text, doc_title = '', is_archived = ($4 = 1), \
             archived_at = $2::timestamptz, status = 'ARCHIVED', updated_at = $2::timestamptz, revision = $3, doc_type = null, version = null, \
             category = null, tags = null, core_reason = null, size_bytes = 0, mtime_ns = 0, file_id = null, file_hash = null, \
             content_hash = null, name_key = null, frontmatter_raw = null, properties = null, problems = null, backlink_bucket = 0 \
             where doc_id in {ids}";
        self.engine.execute(documents, &[list(&ids), at.into(), revision.into(), 1.into()]).await?;
        self.lock_log("select pg_advisory_xact_lock(hashtext('claude.knowledge_retrieval_log'))").await?;
        for sql in [
            "delete from claude.document_projects where doc_id in {ids}",
            "delete from claude.document_paths where doc_id in {ids}",
            "delete from claude.knowledge where doc_id in {ids}",
            "update claude.changes set path = '/private/' || doc_id::text, old_path = null where doc_id in {ids}",
            // Whoever found it asked for words of it.
            "update claude.knowledge_retrieval_log set prompt_excerpt = '(private)', keywords = null \
             where log_id in (select log_id from claude.lookup_hits where doc_id in {ids})",
            "delete from claude.lookup_hits where doc_id in {ids}",
        ] {
            self.engine.execute(sql, &[list(&ids)]).await?;
        }
        tracing::info!(n_documents = ids.len(), "purged");
        self.forget_projects(&projects).await
    }

    /// Takes the names from projects that only purged notes named.
    async fn forget_projects(&mut self, projects: &HashSet<String>) -> Result<()> {
        if projects.is_empty() {
            return Ok(());
        }
        let unused = USERS_OF_PROJECTS
            .map(|table| format!("and project_id not in (select project_id from claude.{table} where project_id is not null)"));
        let sql = format!(
            "update claude.projects set project_name = '/private/' || project_id::text, is_archived = ($2 = 1) \
             where project_id in {{ids}} and created_by = 'vault-sync' {}",
            unused.join(" ")
        );
        self.engine.execute(&sql, &[list(projects), 1.into()]).await.map(drop)
    }

    /// Takes a lock to the transaction's end that keeps lookups from being logged beside a purge, where each would miss the other's rows.
    /// SQLite has one writer at a time anyway.
    async fn lock_log(&mut self, sql: &str) -> Result<()> {
        if self.is_sqlite() {
            return Ok(());
        }
        self.engine.execute(sql, &[]).await.map(drop)
    }

    /// Returns which of these documents were purged; until the transaction ends no others are.
    pub(super) async fn purged_among(&mut self, doc_ids: &HashSet<&str>) -> Result<HashSet<String>> {
        if doc_ids.is_empty() {
            return Ok(HashSet::new());
        }
        self.lock_log("select pg_advisory_xact_lock_shared(hashtext('claude.knowledge_retrieval_log'))").await?;
        let rest = "from claude.documents where doc_id in {ids} and file_path = '/private/' || doc_id::text";
        let rows: Vec<(String,)> = self.engine.rows("doc_id", rest, &[list(doc_ids)]).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Writes an SQLite file anew, so that nothing of what was purged stays in pages that are free now, nor in its log. What stops it half-way
    /// is said; whoever opens the file next does it. A server has its own ways.
    pub(super) async fn scrub(&mut self) {
        let Some(mark) = self.file.as_deref().map(mark).filter(|mark| mark.exists()) else { return };
        self.end_folding().await;
        if let Err(error) = self.write_anew(&mark).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "what was purged may still stand in free pages of the database; the next command removes it"
            );
        }
    }

    async fn write_anew(&mut self, mark: &Path) -> Result<()> {
        self.engine.execute("vacuum claude", &[]).await?;
        let is_busy = first_text(self.engine.texts("pragma claude.wal_checkpoint(truncate)", &[]).await?);
        ensure!(is_busy.as_deref() == Some("0"), "somebody else is reading the database");
        Ok(std::fs::remove_file(mark)?)
    }
}

/// Returns the file that is there as long as an SQLite file is to be scrubbed.
pub(super) fn mark(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-purged");
    name.into()
}
