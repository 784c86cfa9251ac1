//! The rows of the mirror as they stand, all of one moment, for whoever holds them against the disk. What they should be is not known here,
//! and nothing of what writes them is used.

use super::engine::{Arg, list};
use super::schema::{self, outlook};
use super::{Location, Store};
use crate::refusal::{Exit, Refusal};
use anyhow::Result;
use serde_json::Value;
use std::collections::HashMap;

/// A table, the columns that are looked at, and how many of them, from the first, name a row.
pub struct Shape {
    pub table: &'static str,
    pub n_key: usize,
    pub columns: &'static [&'static str],
}

/// The values of a shape's columns. PostgreSQL gives lists, maps and booleans as such; SQLite gives texts and numbers for them.
pub type Row = Vec<Value>;

impl Shape {
    /// Returns a row's value.
    pub fn value<'r>(&self, row: &'r [Value], column: &str) -> &'r Value {
        let at = self.columns.iter().position(|name| *name == column).expect("a shape is asked for its own columns");
        &row[at]
    }

    pub fn text<'r>(&self, row: &'r [Value], column: &str) -> &'r str {
        self.value(row, column).as_str().unwrap_or_default()
    }

    pub fn number(&self, row: &[Value], column: &str) -> i64 {
        self.value(row, column).as_i64().unwrap_or_default()
    }

    pub fn is_true(&self, row: &[Value], column: &str) -> bool {
        matches!(self.value(row, column), Value::Bool(true)) || self.number(row, column) == 1
    }
}

const fn shape(table: &'static str, n_key: usize, columns: &'static [&'static str]) -> Shape {
    Shape { table, n_key, columns }
}

pub const DOCUMENTS: Shape = shape(
    "documents",
    1,
    &[
        "doc_id",
        "vault_id",
        "file_path",
        "is_archived",
        "file_id",
        "kind",
        "name_key",
        "doc_title",
        "size_bytes",
        "mtime_ns",
        "is_ignored",
        "file_hash",
        "content_hash",
        "doc_type",
        "version",
        "status",
        "category",
        "tags",
        "frontmatter_raw",
        "properties",
        "problems",
        "backlink_bucket",
        "archived_at",
        "created_at",
        "updated_at",
        "revision",
    ],
);
pub const KNOWLEDGE: Shape = shape(
    "knowledge",
    1,
    &[
        "doc_id",
        "title",
        "description",
        "knowledge_type",
        "knowledge_category",
        "tags",
        "confidence_level",
        "applies_to_projects",
        "source",
        "status",
        "archived_at",
        "knowledge_id",
    ],
);
pub const TEXTS: Shape = shape("document_texts", 1, &["doc_id", "content"]);
pub const LINKS: Shape = shape(
    "document_links",
    2,
    &[
        "doc_id",
        "position",
        "kind",
        "raw",
        "target",
        "target_key",
        "subpath",
        "display",
        "line",
        "col",
        "resolved_doc_id",
        "excluded_path",
        "rule",
    ],
);
pub const TAGS: Shape = shape("document_tags", 2, &["doc_id", "position", "tag", "tag_key", "in_property", "line"]);
pub const ALIASES: Shape = shape("document_aliases", 2, &["doc_id", "position", "alias", "alias_key"]);
pub const HEADINGS: Shape = shape("document_headings", 2, &["doc_id", "position", "level", "heading", "line"]);
pub const BLOCKS: Shape = shape("document_blocks", 2, &["doc_id", "position", "block_id", "line"]);
pub const TASKS: Shape = shape("document_tasks", 2, &["doc_id", "position", "status", "is_done", "task", "line"]);
pub const DOCUMENT_PROJECTS: Shape = shape("document_projects", 2, &["doc_id", "project_id", "linked_by"]);
pub const PATHS: Shape = shape("document_paths", 2, &["doc_id", "revision", "path"]);

/// The tables that have rows of a document, beside its own.
pub const PARTS: [&Shape; 10] = [&KNOWLEDGE, &TEXTS, &LINKS, &TAGS, &ALIASES, &HEADINGS, &BLOCKS, &TASKS, &DOCUMENT_PROJECTS, &PATHS];

pub const VAULTS: Shape = shape("vaults", 1, &["vault_id", "vault_name", "revision", "is_partial", "parser_version"]);
pub const STORE: Shape = shape("store", 1, &["store_key", "store_id", "revision"]);
pub const PROJECTS: Shape = shape("projects", 1, &["project_id", "project_name", "project_code"]);
pub const VAULT_FILES: Shape = shape("vault_files", 2, &["vault_id", "path", "outcome", "reason", "rule", "name_key"]);
pub const CHANGES: Shape = shape("changes", 2, &["revision", "position", "vault_id", "doc_id", "op", "path", "old_path"]);

/// What few columns say of all documents.
pub const NAMES: Shape = shape("documents", 1, &["doc_id", "vault_id", "file_path", "is_archived", "file_id", "revision"]);

/// A document with the rows of its parts, in the order of [`PARTS`].
pub struct Whole {
    pub document: Row,
    pub parts: Vec<Vec<Row>>,
}

impl Whole {
    /// Returns the rows of one of [`PARTS`].
    pub fn rows(&self, shape: &Shape) -> &[Row] {
        let at = PARTS.iter().position(|part| part.table == shape.table).expect("only parts are asked for");
        &self.parts[at]
    }
}

/// Documents that are read at a time: bounds memory.
const PAGE: i64 = 1000;
/// Rows of the change feed that are read at a time.
const CHANGES_AT_ONCE: i64 = 20_000;

impl Store {
    /// Opens a store that is there, to look at it: nothing is made, brought up to date or written.
    ///
    /// # Errors
    /// When the database is away; a [`Refusal`] when it has not the schema of this program.
    pub async fn open_to_look(location: &Location) -> Result<Self> {
        if !outlook(location).await?.is_current() {
            let hint = match location {
                Location::Sqlite(_) => "run `vault-sync sync` first",
                Location::Postgres(_) => "run `vault-sync db migrate`, then `vault-sync sync`",
            };
            let message = format!("the database {location} has nothing to look at yet");
            return Err(Refusal { exit: Exit::Findings, message, hint: Some(hint.to_owned()) }.into());
        }
        let mut engine = schema::connect(location).await?;
        if engine.is_sqlite() {
            engine.execute("pragma query_only = true", &[]).await?;
        }
        let mut store = Self { engine, id: String::new(), applied: 0, has_held: false, file: None, folding: None, heard: None };
        store.id = STORE.text(&store.all(&STORE).await?.pop().unwrap_or_else(|| vec![Value::Null; 3]), "store_id").to_owned();
        Ok(store)
    }

    /// Begins to look: all that is read until [`Self::end_look`] is of one moment, whatever others write meanwhile.
    pub async fn begin_look(&mut self) -> Result<()> {
        let sql = if self.is_sqlite() { "begin" } else { "begin transaction read only, isolation level repeatable read" };
        self.engine.execute(sql, &[]).await.map(drop)
    }

    pub async fn end_look(&mut self) -> Result<()> {
        self.engine.rollback().await
    }

    /// Returns all rows of a table.
    pub async fn all(&mut self, shape: &Shape) -> Result<Vec<Row>> {
        self.engine.rows(&shape.columns.join(", "), &format!("from claude.{}", shape.table), &[]).await
    }

    /// Returns documents of vaults with all their parts: the next ones after an id.
    pub async fn wholes_after(&mut self, doc_id: &str) -> Result<Vec<Whole>> {
        let columns = DOCUMENTS.columns.join(", ");
        let page = format!(
            "from (select {columns} from claude.documents where vault_id is not null and doc_id > $1::uuid order by doc_id limit $2) as page"
        );
        let mut documents: Vec<Row> = self.engine.rows(&columns, &page, &[doc_id.into(), PAGE.into()]).await?;
        documents.sort_by(|a, b| a[0].as_str().cmp(&b[0].as_str()));
        let places: HashMap<String, usize> =
            documents.iter().enumerate().map(|(i, row)| (DOCUMENTS.text(row, "doc_id").to_owned(), i)).collect();
        let ids = [list(&places.keys().collect::<Vec<_>>())];
        let mut wholes: Vec<Whole> =
            documents.into_iter().map(|document| Whole { document, parts: vec![Vec::new(); PARTS.len()] }).collect();
        for (i, part) in PARTS.iter().enumerate() {
            let of_these = format!("from claude.{} where doc_id in {{ids}}", part.table);
            let rows: Vec<Row> = self.engine.rows(&part.columns.join(", "), &of_these, &ids).await?;
            for row in rows {
                if let Some(at) = places.get(part.text(&row, "doc_id")) {
                    wholes[*at].parts[i].push(row);
                }
            }
        }
        Ok(wholes)
    }

    /// Returns rows of a table of parts whose document is not there.
    pub async fn without_document(&mut self, part: &Shape) -> Result<Vec<Row>> {
        let none = format!("from claude.{} where doc_id is not null and doc_id not in (select doc_id from claude.documents)", part.table);
        self.engine.rows(&part.columns.join(", "), &none, &[]).await
    }

    /// Returns the change feed after a place in it, in order.
    pub async fn changes_from(&mut self, revision: i64, position: i64) -> Result<Vec<Row>> {
        let columns = CHANGES.columns.join(", ");
        let page = format!(
            "from (select {columns} from claude.changes where revision > $1 or revision = $1 and position > $2 \
             order by revision, position limit $3) as page"
        );
        let args: [Arg; 3] = [revision.into(), position.into(), CHANGES_AT_ONCE.into()];
        let mut rows: Vec<Row> = self.engine.rows(&columns, &page, &args).await?;
        rows.sort_by_key(|row| (CHANGES.number(row, "revision"), CHANGES.number(row, "position")));
        Ok(rows)
    }
}
