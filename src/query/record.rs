//! What our own operators ask of a document beyond its text, path, tags and properties: its row, and the times it has.

use super::words::fold;
use super::{Ast, Comparison};
use crate::clock::{Period, Timestamp, Wall};
use serde_json::{Map, Value};
use std::ops::Range;

/// What the mirror knows of a document; all of it may be missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record<'a> {
    pub doc_id: &'a str,
    pub title: &'a str,
    pub aliases: &'a [String],
    pub knowledge_type: Option<&'a str>,
    pub projects: &'a [String],
    /// Unix milliseconds.
    pub modified_ms: Option<i64>,
}

/// Properties that say when a note was made, the first of them that holds a date.
const CREATED: [&str; 5] = ["created", "date created", "date_created", "created_at", "creation date"];

/// Returns when a note says that it was made, as it is written; nothing else is believed.
pub fn created(properties: &Map<String, Value>) -> Option<Wall> {
    let date = |name: &&str| {
        let (_, value) = properties.iter().find(|(written, _)| fold(written) == *name)?;
        // A date that links to a daily note is a date.
        Wall::written(value.as_str()?.trim_matches(['[', ']']))
    };
    CREATED.iter().find_map(date)
}

/// A time of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// Of the wall clock, see [`created`].
    Created,
    /// In Unix milliseconds.
    Modified,
}

impl Time {
    /// Returns the time that a query's date or comparison asks for; nothing for what is no date.
    pub(super) fn range(self, ast: &Ast, now: Timestamp) -> Range<i64> {
        let now = Wall::of(now);
        let period = |ast: &Ast| match ast {
            Ast::Word(text) | Ast::Phrase(text) => Period::parse(text),
            _ => None,
        };
        let stretch = match ast {
            Ast::Compare(Comparison::Below, date) => period(date).map(|period| period.below(now)),
            Ast::Compare(Comparison::Above, date) => period(date).map(|period| period.above(now)),
            date => period(date).map(|period| period.within(now)),
        };
        let Some(stretch) = stretch else { return 0..0 };
        match self {
            Self::Created => stretch.start.0..stretch.end.0,
            Self::Modified => stretch.start.moment().millis()..stretch.end.moment().millis(),
        }
    }
}
