//! Obsidian's search language, with operators of our own: text -> [`Ast`] -> [`Matcher`], which decides a document exactly, and [`plan`], which says what of it an
//! index can answer. Pure: knows no disk and no index.
//!
//! What nobody documents is decided in [`mod@parse`] (grammar) and [`matcher`] (meaning), where it arises.

mod given;
pub mod matcher;
mod needle;
pub mod parse;
pub mod plan;
mod property;
mod record;
mod regular;
pub mod relax;
mod structure;
mod test;
pub mod words;

pub use given::{Given, Related, Relation};
pub use matcher::{Matcher, Subject};
pub use parse::{parse, read};
pub use record::{Record, Time, created};
pub use test::Named;

use serde_json::{Value, json};
use std::fmt;
use std::ops::Range;

/// A query as it was written, groups of one taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ast {
    Word(String),
    Phrase(String),
    Regex(String),
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Operator(Operator, Box<Self>),
    /// `[name]` (no value) or `[name:value]`.
    Property {
        name: String,
        value: Option<Box<Self>>,
    },
    Compare(Comparison, Box<Self>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Below,
    Above,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    File,
    Path,
    Content,
    Tag,
    Line,
    Block,
    Section,
    Task,
    TaskTodo,
    TaskDone,
    MatchCase,
    IgnoreCase,
    // Ours: names that Obsidian does not know, and so would refuse.
    Title,
    Alias,
    Type,
    Project,
    Created,
    Modified,
    Link,
    Backlink,
    Unresolved,
    Orphan,
}

impl Operator {
    pub const ALL: [Self; 22] = [
        Self::File,
        Self::Path,
        Self::Content,
        Self::Tag,
        Self::Line,
        Self::Block,
        Self::Section,
        Self::Task,
        Self::TaskTodo,
        Self::TaskDone,
        Self::MatchCase,
        Self::IgnoreCase,
        Self::Title,
        Self::Alias,
        Self::Type,
        Self::Project,
        Self::Created,
        Self::Modified,
        Self::Link,
        Self::Backlink,
        Self::Unresolved,
        Self::Orphan,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Path => "path",
            Self::Content => "content",
            Self::Tag => "tag",
            Self::Line => "line",
            Self::Block => "block",
            Self::Section => "section",
            Self::Task => "task",
            Self::TaskTodo => "task-todo",
            Self::TaskDone => "task-done",
            Self::MatchCase => "match-case",
            Self::IgnoreCase => "ignore-case",
            Self::Title => "title",
            Self::Alias => "alias",
            Self::Type => "type",
            Self::Project => "project",
            Self::Created => "created",
            Self::Modified => "modified",
            Self::Link => "link",
            Self::Backlink => "backlink",
            Self::Unresolved => "unresolved",
            Self::Orphan => "orphan",
        }
    }

    /// Returns whether the operator only says how to compare, and so may stand around and within all others.
    fn is_case_mode(self) -> bool {
        matches!(self, Self::MatchCase | Self::IgnoreCase)
    }
}

impl Ast {
    /// Returns the query as `--explain-query` prints it.
    pub fn to_json(&self) -> Value {
        let list = |children: &[Self]| children.iter().map(Self::to_json).collect::<Value>();
        match self {
            Self::Word(text) => json!({ "word": text }),
            Self::Phrase(text) => json!({ "phrase": text }),
            Self::Regex(source) => json!({ "regex": source }),
            Self::And(children) => json!({ "and": list(children) }),
            Self::Or(children) => json!({ "or": list(children) }),
            Self::Not(child) => json!({ "not": child.to_json() }),
            Self::Operator(operator, argument) => json!({ "op": operator.name(), "arg": argument.to_json() }),
            Self::Property { name, value } => json!({ "prop": name, "value": value.as_ref().map(|value| value.to_json()) }),
            Self::Compare(Comparison::Below, value) => json!({ "cmp": "<", "value": value.to_json() }),
            Self::Compare(Comparison::Above, value) => json!({ "cmp": ">", "value": value.to_json() }),
        }
    }
}

/// A query, and what is odd about how it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// `None` when the query asks for nothing.
    pub ast: Option<Ast>,
    /// What is not closed and so runs to the end: what it is, and the byte at which it begins.
    pub unclosed: Vec<(&'static str, usize)>,
}

/// Why a query cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    pub message: String,
    /// The offending bytes of the query.
    pub span: Range<usize>,
    /// What to write instead.
    pub hint: Option<String>,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QueryError {}
