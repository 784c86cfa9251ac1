//! Which values the constrained columns take: by table and column, in the order of the alphabet. The checks in migrations/ say the same,
//! as a test sees to. The values of the guide's tables are those of the guide.

use super::Valid;
use serde_json::Value;

#[derive(Debug)]
pub(super) struct Definition {
    pub table: &'static str,
    pub column: &'static str,
    pub valid: Values,
    pub description: &'static str,
}

#[derive(Debug)]
pub(super) enum Values {
    Texts(&'static [&'static str]),
    Between(i64, i64),
}

/// A range of no more numbers than this is told number by number.
const MOST_NUMBERS: i64 = 10;

impl Values {
    pub(super) fn owned(&self) -> Valid {
        match *self {
            Self::Texts(texts) => Valid::OneOf(texts.iter().map(|text| Value::from(*text)).collect()),
            Self::Between(least, most) if most - least < MOST_NUMBERS => Valid::OneOf((least..=most).map(Value::from).collect()),
            Self::Between(least, most) => Valid::Between(least, most),
        }
    }
}

const fn texts(table: &'static str, column: &'static str, texts: &'static [&'static str], description: &'static str) -> Definition {
    Definition { table, column, valid: Values::Texts(texts), description }
}

const fn between(table: &'static str, column: &'static str, least: i64, most: i64, description: &'static str) -> Definition {
    Definition { table, column, valid: Values::Between(least, most), description }
}

#[rustfmt::skip]
pub(super) const COLUMNS: &[Definition] = &[
    texts("async_tasks", "status", &["pending", "running", "completed", "failed"], "How far the task is"),
    texts("build_tasks", "status", &["todo", "in_progress", "completed", "blocked", "cancelled"], "How far the task is"),
    texts("changes", "op", &["added", "modified", "renamed", "archived", "returned"], "What happened to the file"),
    texts("document_links", "kind", &["link", "embed", "property"], "A link in the text, an embedded file, or a link in a property"),
    texts("features", "status", &["not_started", "planned", "in_progress", "blocked", "completed", "cancelled"], "How far the feature is"),
    texts("feedback", "feedback_type", &["bug", "design", "question", "change"], "What the feedback is about"),
    texts("feedback", "status", &["new", "in_progress", "resolved", "wont_fix", "duplicate"], "What became of it; open are new and in_progress"),
    texts("identities", "status", &["active", "archived"], "Whether the identity is still in use"),
    between("knowledge", "confidence_level", 0, 100, "How sure it is, in percent"),
    texts("knowledge", "status", &["active", "archived"], "Archived when its note is gone"),
    texts("knowledge", "tier", &["short", "mid", "long", "archived"], "How long it is worth keeping"),
    texts("lookup_feedback", "verdict", &["useful", "useless"], "Whether the lookup helped"),
    texts("messages", "message_type", &["task_request", "status_update", "question", "notification", "handoff", "broadcast"], "What the message wants"),
    texts("projects", "phase", &["idea", "research", "planning", "implementation", "maintenance", "archived"], "Where the project stands in its life"),
    between("projects", "priority", 1, 5, "1 is the most urgent"),
    texts("projects", "status", &["active", "paused", "archived", "completed"], "Whether the project is being worked on"),
    texts("sessions", "status", &["active", "ended", "abandoned"], "Ended as soon as session_end is set"),
    between("store", "store_key", 1, 1, "There is one row"),
    texts("vault_files", "outcome", &["excluded", "failed"], "Why the file is not in documents"),
];
