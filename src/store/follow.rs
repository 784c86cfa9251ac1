//! What an index needs to follow the store: the rows of documents that changed after a revision, and the ids of those that went.

use super::Store;
use super::engine::{Arg, list};
use crate::clock::Timestamp;
use crate::index::Document;
use crate::path::{FileKind, VaultPath};
use anyhow::Result;
use std::collections::HashMap;

/// Documents per page: bounds the memory of a follower.
const PAGE: i64 = 1000;

/// One page of changes. The pages of a run end with one that has no `next`.
#[derive(Debug, Default)]
pub struct Changes {
    pub documents: Vec<Document>,
    /// Ids of documents that are no longer live.
    pub removed: Vec<String>,
    /// Where the next page begins.
    pub next: Option<(i64, String)>,
}

type Row = (String, String, Option<String>, String, String, Option<String>, i64, i64, i64, i64, i64, i64, String);

impl Store {
    /// Returns the revision of the last change that a reader can see.
    pub async fn revision(&mut self) -> Result<i64> {
        let rows: Vec<(i64,)> = self.engine.rows("revision", "from claude.store where store_key = 1", &[]).await?;
        Ok(rows.first().map_or(0, |r| r.0))
    }

    /// Returns the documents that changed after `(revision, doc_id)`, a page of them, oldest change first.
    pub async fn changes_after(&mut self, after: (i64, String)) -> Result<Changes> {
        let columns = "d.doc_id, v.vault_name, k.knowledge_id, d.file_path, d.kind, d.doc_title, d.mtime_ns, d.size_bytes, \
             d.backlink_bucket, case when d.is_ignored then 1 else 0 end, case when d.is_archived then 1 else 0 end, d.revision, d.created_at";
        let from = "from (select doc_id, vault_id, file_path, kind, doc_title, mtime_ns, size_bytes, backlink_bucket, is_ignored, is_archived, revision, \
             created_at from claude.documents where vault_id is not null and (revision > $1 or revision = $1 and doc_id > $2::uuid) \
             order by revision, doc_id limit $3) as d join claude.vaults v on v.vault_id = d.vault_id \
             left join claude.knowledge k on k.doc_id = d.doc_id";
        let args: [Arg; 3] = [after.0.into(), after.1.as_str().into(), PAGE.into()];
        let mut rows: Vec<Row> = self.engine.rows(columns, from, &args).await?;
        rows.sort_by(|a, b| (a.11, &a.0).cmp(&(b.11, &b.0)));
        let is_full = rows.len() as i64 == PAGE;
        let next = rows.last().filter(|_| is_full).map(|last| (last.11, last.0.clone()));
        let removed = rows.iter().filter(|row| row.10 == 1).map(|row| row.0.clone()).collect();
        rows.retain(|row| row.10 == 0);
        let documents = self.documents(rows).await?;
        Ok(Changes { documents, removed, next })
    }

    async fn documents(&mut self, rows: Vec<Row>) -> Result<Vec<Document>> {
        let ids: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
        let mut texts = self.index_texts(&ids).await?;
        let mut tags = self.lists("tag", "document_tags", &ids).await?;
        let mut aliases = self.lists("alias", "document_aliases", &ids).await?;
        let mut headings = self.lists("heading", "document_headings", &ids).await?;
        let mut projects = self.project_names(&ids).await?;
        let document = |row: Row| {
            let (doc_id, vault, knowledge_id, path, kind, title, mtime_ns, size, backlink_bucket, ignored, _, _, created) = row;
            let text = texts.remove(&doc_id).unwrap_or_default();
            let mut take = |lists: &mut HashMap<String, Vec<String>>| lists.remove(&doc_id).unwrap_or_default();
            Document {
                vault,
                knowledge_id: knowledge_id.unwrap_or_default(),
                path: VaultPath::stored(path),
                kind: serde_json::from_value(kind.into()).unwrap_or(FileKind::Attachment),
                title: title.unwrap_or_default(),
                body_start: text.frontmatter.len(),
                text: text.frontmatter + &text.body,
                tags: take(&mut tags).into_iter().map(|tag| format!("#{tag}")).collect(),
                aliases: take(&mut aliases),
                headings: take(&mut headings),
                properties: text.properties.and_then(|p| serde_json::from_str(&p).ok()).unwrap_or_default(),
                knowledge_type: text.knowledge_type,
                projects: take(&mut projects),
                mtime_ns,
                size,
                created_ms: Timestamp::parse(&created).map_or(0, Timestamp::millis),
                backlink_bucket,
                is_ignored: ignored == 1,
                doc_id,
            }
        };
        Ok(rows.into_iter().map(document).collect())
    }

    /// The wide columns, row by row.
    async fn index_texts(&mut self, ids: &[String]) -> Result<HashMap<String, Text>> {
        let sql = "select d.doc_id::text, d.frontmatter_raw, coalesce(k.description, t.content), d.properties::text, k.knowledge_type \
             from claude.documents d left join claude.knowledge k on k.doc_id = d.doc_id left join claude.document_texts t on t.doc_id = d.doc_id \
             where d.doc_id in {ids}";
        let rows = self.engine.texts(sql, &[list(ids)]).await?;
        let text = |mut row: Vec<Option<String>>| {
            let mut take = |i: usize| row[i].take();
            let text = Text {
                frontmatter: take(1).unwrap_or_default(),
                body: take(2).unwrap_or_default(),
                properties: take(3),
                knowledge_type: take(4),
            };
            (take(0).unwrap_or_default(), text)
        };
        Ok(rows.into_iter().map(text).collect())
    }

    /// Returns one text column of a table of parts, by document, in the order of positions.
    pub(super) async fn lists(&mut self, column: &str, table: &str, ids: &[String]) -> Result<HashMap<String, Vec<String>>> {
        let rest = format!("from claude.{table} where doc_id in {{ids}}");
        let mut rows: Vec<(String, i64, String)> = self.engine.rows(&format!("doc_id, position, {column}"), &rest, &[list(ids)]).await?;
        rows.sort();
        let mut lists: HashMap<String, Vec<String>> = HashMap::new();
        for (id, _, text) in rows {
            lists.entry(id).or_default().push(text);
        }
        Ok(lists)
    }

    pub(super) async fn project_names(&mut self, ids: &[String]) -> Result<HashMap<String, Vec<String>>> {
        let rest = "from claude.document_projects l join claude.projects p on p.project_id = l.project_id where l.doc_id in {ids}";
        let mut rows: Vec<(String, String)> = self.engine.rows("l.doc_id, p.project_name", rest, &[list(ids)]).await?;
        rows.sort();
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for (id, name) in rows {
            names.entry(id).or_default().push(name);
        }
        Ok(names)
    }
}

#[derive(Default)]
struct Text {
    frontmatter: String,
    body: String,
    properties: Option<String>,
    knowledge_type: Option<String>,
}
