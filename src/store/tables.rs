//! The tables that the sync fills, as data: which columns a batch brings, and which of them identify a row.

/// What a column holds, and so how a value is read out of JSON for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    Text,
    Int,
    Bool,
    Json,
    Texts,
    Uuids,
    Time,
}

use Kind::{Bool, Int, Json, Text, Texts, Time, Uuid, Uuids};

/// A table, the columns that a batch brings (in the order of its tuples), the key among them, and what a row that is there does.
pub(super) struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
    pub key: &'static [&'static str],
    pub again: Again,
}

/// What happens to a row whose key is there already.
pub(super) enum Again {
    /// It takes the new values.
    Replace,
    /// It takes the new values, but keeps this column: its own identity.
    ReplaceAllBut(&'static str),
    /// It stays as it is.
    Keep,
}

/// The row of a file that came: what a look saw. Its contents follow in [`CONTENTS`].
pub(super) const ARRIVALS: Table = Table {
    name: "documents",
    columns: &[
        ("doc_id", Uuid),
        ("vault_id", Uuid),
        ("kind", Text),
        ("file_path", Text),
        ("name_key", Text),
        ("doc_title", Text),
        ("size_bytes", Int),
        ("mtime_ns", Int),
        ("file_id", Text),
        ("is_ignored", Bool),
        ("revision", Int),
        ("updated_at", Time),
    ],
    key: &["doc_id"],
    again: Again::Replace,
};

/// What a file says, on the row that its arrival made.
pub(super) const CONTENTS: Table = Table {
    name: "documents",
    columns: &[
        ("doc_id", Uuid),
        ("file_hash", Text),
        ("content_hash", Text),
        ("size_bytes", Int),
        ("mtime_ns", Int),
        ("file_id", Text),
        ("doc_title", Text),
        ("doc_type", Text),
        ("version", Text),
        ("status", Text),
        ("category", Text),
        ("tags", Texts),
        ("frontmatter_raw", Text),
        ("properties", Json),
        ("problems", Json),
        ("revision", Int),
        ("updated_at", Time),
    ],
    key: &["doc_id"],
    again: Again::Replace,
};

/// What a look saw of a file whose contents are equal to those that are stored.
pub(super) const STAMPS: Table = Table {
    name: "documents",
    columns: &[("doc_id", Uuid), ("file_hash", Text), ("mtime_ns", Int), ("size_bytes", Int), ("file_id", Text)],
    key: &["doc_id", "file_hash"],
    again: Again::Replace,
};

/// What a look saw of a file that nobody reads.
pub(super) const TOUCHED: Table = Table {
    name: "documents",
    columns: &[("doc_id", Uuid), ("mtime_ns", Int), ("size_bytes", Int), ("file_id", Text), ("is_ignored", Bool), ("revision", Int)],
    key: &["doc_id"],
    again: Again::Replace,
};

/// A document's new place.
pub(super) const PLACES: Table = Table {
    name: "documents",
    columns: &[
        ("doc_id", Uuid),
        ("file_path", Text),
        ("name_key", Text),
        ("doc_title", Text),
        ("mtime_ns", Int),
        ("size_bytes", Int),
        ("file_id", Text),
        ("is_ignored", Bool),
        ("revision", Int),
        ("updated_at", Time),
    ],
    key: &["doc_id"],
    again: Again::Replace,
};

/// What a document's path alone says.
pub(super) const NAMED: Table = Table {
    name: "documents",
    columns: &[("doc_id", Uuid), ("kind", Text), ("name_key", Text), ("doc_title", Text), ("revision", Int)],
    key: &["doc_id"],
    again: Again::Replace,
};

/// Where a note's knowledge comes from, after a move.
pub(super) const SOURCES: Table =
    Table { name: "knowledge", columns: &[("doc_id", Uuid), ("source", Text)], key: &["doc_id"], again: Again::Replace };

/// How many notes link to a document, coarsely.
pub(super) const BUCKETS: Table = Table {
    name: "documents",
    columns: &[("doc_id", Uuid), ("backlink_bucket", Int), ("revision", Int)],
    key: &["doc_id"],
    again: Again::Replace,
};

/// What a link that is stored already now means.
pub(super) const MEANINGS: Table = Table {
    name: "document_links",
    columns: &[("doc_id", Uuid), ("position", Int), ("resolved_doc_id", Uuid), ("excluded_path", Text), ("rule", Text)],
    key: &["doc_id", "position"],
    again: Again::Replace,
};

pub(super) const ADOPTED: Table = Table {
    name: "knowledge",
    columns: &[("knowledge_id", Uuid), ("doc_id", Uuid), ("source", Text)],
    key: &["knowledge_id"],
    again: Again::Replace,
};

pub(super) const KNOWLEDGE: Table = Table {
    name: "knowledge",
    columns: &[
        ("knowledge_id", Uuid),
        ("doc_id", Uuid),
        ("title", Text),
        ("description", Text),
        ("knowledge_type", Text),
        ("knowledge_category", Text),
        ("tags", Texts),
        ("confidence_level", Int),
        ("applies_to_projects", Texts),
        ("source", Text),
        ("status", Text),
        ("archived_at", Time),
        ("updated_at", Time),
    ],
    key: &["doc_id"],
    again: Again::ReplaceAllBut("knowledge_id"),
};

pub(super) const TEXTS: Table =
    Table { name: "document_texts", columns: &[("doc_id", Uuid), ("content", Text)], key: &["doc_id"], again: Again::Replace };

pub(super) const LINKS: Table = Table {
    name: "document_links",
    columns: &[
        ("doc_id", Uuid),
        ("position", Int),
        ("kind", Text),
        ("raw", Text),
        ("target", Text),
        ("target_key", Text),
        ("subpath", Text),
        ("display", Text),
        ("line", Int),
        ("col", Int),
        ("resolved_doc_id", Uuid),
        ("excluded_path", Text),
        ("rule", Text),
    ],
    key: &["doc_id", "position"],
    again: Again::Replace,
};

pub(super) const TAGS: Table = Table {
    name: "document_tags",
    columns: &[("doc_id", Uuid), ("position", Int), ("tag", Text), ("tag_key", Text), ("in_property", Bool), ("line", Int)],
    key: &["doc_id", "position"],
    again: Again::Replace,
};

pub(super) const ALIASES: Table = Table {
    name: "document_aliases",
    columns: &[("doc_id", Uuid), ("position", Int), ("alias", Text), ("alias_key", Text)],
    key: &["doc_id", "position"],
    again: Again::Replace,
};

pub(super) const HEADINGS: Table = Table {
    name: "document_headings",
    columns: &[("doc_id", Uuid), ("position", Int), ("level", Int), ("heading", Text), ("line", Int)],
    key: &["doc_id", "position"],
    again: Again::Replace,
};

pub(super) const BLOCKS: Table = Table {
    name: "document_blocks",
    columns: &[("doc_id", Uuid), ("position", Int), ("block_id", Text), ("line", Int)],
    key: &["doc_id", "position"],
    again: Again::Replace,
};

pub(super) const TASKS: Table = Table {
    name: "document_tasks",
    columns: &[("doc_id", Uuid), ("position", Int), ("status", Text), ("is_done", Bool), ("task", Text), ("line", Int)],
    key: &["doc_id", "position"],
    again: Again::Replace,
};

/// What stands in a document, a row each: emptied when the document's contents change or go.
pub(super) const PARTS: [&str; 7] =
    ["document_texts", "document_links", "document_tags", "document_aliases", "document_headings", "document_blocks", "document_tasks"];

pub(super) const PATHS: Table = Table {
    name: "document_paths",
    columns: &[("doc_id", Uuid), ("revision", Int), ("path", Text)],
    key: &["doc_id", "revision"],
    again: Again::Replace,
};

pub(super) const CHANGES: Table = Table {
    name: "changes",
    columns: &[
        ("revision", Int),
        ("position", Int),
        ("vault_id", Uuid),
        ("doc_id", Uuid),
        ("op", Text),
        ("path", Text),
        ("old_path", Text),
    ],
    key: &["revision", "position"],
    again: Again::Replace,
};

pub(super) const PROJECTS: Table = Table {
    name: "projects",
    columns: &[("project_id", Uuid), ("project_name", Text), ("created_by", Text)],
    key: &["project_id"],
    again: Again::Keep,
};

pub(super) const DOCUMENT_PROJECTS: Table = Table {
    name: "document_projects",
    columns: &[("document_project_id", Uuid), ("doc_id", Uuid), ("project_id", Uuid), ("linked_by", Text)],
    key: &["doc_id", "project_id"],
    again: Again::Keep,
};

pub(super) const VAULT_FILES: Table = Table {
    name: "vault_files",
    columns: &[("vault_id", Uuid), ("path", Text), ("outcome", Text), ("reason", Text), ("rule", Text), ("name_key", Text)],
    key: &["vault_id", "path"],
    again: Again::Replace,
};

pub(super) const SYNC_RUNS: Table = Table {
    name: "sync_runs",
    columns: &[
        ("run_id", Uuid),
        ("vault_id", Uuid),
        ("command", Text),
        ("started_at", Time),
        ("ended_at", Time),
        ("counts", Json),
        ("outcome", Text),
    ],
    key: &["run_id"],
    again: Again::Replace,
};

pub(super) const LOOKUPS: Table = Table {
    name: "knowledge_retrieval_log",
    columns: &[
        ("log_id", Uuid),
        ("prompt_excerpt", Text),
        ("keywords", Texts),
        ("results_count", Int),
        ("results_ids", Uuids),
        ("strict_count", Int),
        ("retrieval_method", Text),
        ("latency_ms", Int),
        ("session_ref", Text),
        ("agent", Text),
        ("project_name", Text),
        ("vaults", Texts),
        ("retrieved_at", Time),
    ],
    key: &["log_id"],
    again: Again::Keep,
};

pub(super) const LOOKUP_HITS: Table = Table {
    name: "lookup_hits",
    columns: &[("log_id", Uuid), ("rank", Int), ("doc_id", Uuid), ("is_relaxed", Bool)],
    key: &["log_id", "rank"],
    again: Again::Keep,
};

pub(super) const LOOKUP_FEEDBACK: Table = Table {
    name: "lookup_feedback",
    columns: &[("log_id", Uuid), ("verdict", Text), ("given_by", Text), ("given_at", Time)],
    key: &["log_id"],
    again: Again::Replace,
};

pub(super) const SCHEMA_REGISTRY: Table = Table {
    name: "schema_registry",
    columns: &[
        ("id", Uuid),
        ("table_name", Text),
        ("purpose", Text),
        ("owner", Text),
        ("category", Text),
        ("created_by", Text),
        ("column_descriptions", Json),
        ("fk_relationships", Json),
    ],
    key: &["table_name"],
    again: Again::ReplaceAllBut("id"),
};

pub(super) const COLUMN_REGISTRY: Table = Table {
    name: "column_registry",
    columns: &[
        ("id", Uuid),
        ("table_name", Text),
        ("column_name", Text),
        ("data_type", Text),
        ("is_nullable", Bool),
        ("description", Text),
        ("valid_values", Json),
        ("default_value", Text),
        ("constraints", Text),
        ("quality_rules", Json),
        ("updated_at", Time),
        ("created_by", Text),
    ],
    key: &["table_name", "column_name"],
    again: Again::ReplaceAllBut("id"),
};
/// The tables above that others may have made before us.
pub(super) const FILLED: &[&Table] =
    &[&ARRIVALS, &CONTENTS, &KNOWLEDGE, &PROJECTS, &DOCUMENT_PROJECTS, &LOOKUPS, &SCHEMA_REGISTRY, &COLUMN_REGISTRY];
