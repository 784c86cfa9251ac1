//! Which files of a vault the index holds, and when each was written: what a look at the disk is compared with.

use super::columns;
use super::docs::Docs;
use super::paths::Paths;
use super::segment::Segment;
use crate::query::Time;
use tantivy::columnar::Column;
use tantivy::schema::Field;

/// The files of a vault, as threads may share them.
pub struct Files<'a>(pub(super) Vec<Part<'a>>);

/// Those of one segment.
pub(super) struct Part<'a> {
    paths: &'a Paths,
    docs: Docs,
    times: Option<Column<i64>>,
}

/// A file of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File<'a> {
    pub path: &'a str,
    /// When it was last written, in Unix milliseconds; where that is in doubt, when its row was.
    pub modified_ms: i64,
}

impl<'a> Files<'a> {
    pub(super) fn of(segment: &'a Segment, field: Field, vault: &str) -> anyhow::Result<Part<'a>> {
        let mut docs = segment.alive();
        docs.intersect(&segment.with_term(field, vault)?);
        Ok(Part { paths: segment.paths()?, docs, times: columns::times(&segment.reader, Time::Modified)? })
    }

    /// Returns all of them, in no particular order, neighbours mostly in one folder.
    pub fn list(&self) -> Vec<File<'_>> {
        let mut files = Vec::with_capacity(self.0.iter().map(|part| part.docs.len()).sum());
        for part in &self.0 {
            let modified = |doc| part.times.as_ref().and_then(|times| times.first(doc)).unwrap_or_default();
            files.extend(part.docs.iter().map(|doc| File { path: part.paths.get(doc), modified_ms: modified(doc) }));
        }
        files
    }
}
