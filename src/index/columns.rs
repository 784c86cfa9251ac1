//! What a segment keeps of each document in a column of its own: titles, aliases, times. Read only by queries that ask for them.

use super::docs::Docs;
use super::schema::{ALIAS_COLUMN, CREATED_COLUMN, MODIFIED_COLUMN, TITLE_COLUMN};
use crate::query::plan::NameTest;
use crate::query::{Named, Time};
use std::ops::Range;
use tantivy::SegmentReader;
use tantivy::columnar::Column;

/// Returns the documents of which a title or an alias satisfies a test.
pub(super) fn named(reader: &SegmentReader, test: &NameTest) -> anyhow::Result<Docs> {
    let mut docs = Docs::none(reader.max_doc());
    let column = match test.named {
        Named::Title => TITLE_COLUMN,
        Named::Alias => ALIAS_COLUMN,
    };
    let Some(column) = reader.fast_fields().str(column)? else { return Ok(docs) };
    // Each name is looked at once, however many documents have it.
    let mut does_match = Vec::with_capacity(column.num_terms());
    let mut walk = column.dictionary().stream()?;
    while walk.advance() {
        does_match.push(std::str::from_utf8(walk.key()).is_ok_and(|name| test.matches(name)));
    }
    let has_one = |doc: &u32| column.ords().values_for_doc(*doc).any(|ordinal| does_match[ordinal as usize]);
    (0..reader.max_doc()).filter(has_one).for_each(|doc| docs.insert(doc));
    Ok(docs)
}

/// Returns the documents whose time lies in a stretch; those without one never do.
pub(super) fn within(reader: &SegmentReader, time: Time, stretch: &Range<i64>) -> anyhow::Result<Docs> {
    let mut docs = Docs::none(reader.max_doc());
    let Some(column) = times(reader, time)? else { return Ok(docs) };
    let is_within = |doc: &u32| column.first(*doc).is_some_and(|at| stretch.contains(&at));
    (0..reader.max_doc()).filter(is_within).for_each(|doc| docs.insert(doc));
    Ok(docs)
}

/// Returns the column of a time; `None` where no document has one.
pub(super) fn times(reader: &SegmentReader, time: Time) -> tantivy::Result<Option<Column<i64>>> {
    let column = match time {
        Time::Created => CREATED_COLUMN,
        Time::Modified => MODIFIED_COLUMN,
    };
    reader.fast_fields().column_opt(column)
}
