//! Which files of a vault the index holds, and when each was written: what a look at the disk is compared with.
//!
//! There may be very many of them, and somebody waits: nothing is made of a file before it is asked for.

use super::columns;
use super::docs::Docs;
use super::paths::Paths;
use super::schema::{Fields, Key};
use super::segment::Segment;
use crate::path::VaultPath;
use crate::query::Time;
use std::collections::HashSet;
use std::ops::ControlFlow;
use tantivy::DocId;
use tantivy::columnar::Column;

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

/// Which file: when it was last written, its part, and its place there.
pub type Place = (i64, u32, DocId);

impl Files<'_> {
    pub(super) fn of<'a>(segment: &'a Segment, fields: &Fields, vault: &str) -> anyhow::Result<Part<'a>> {
        let mut docs = segment.alive();
        docs.intersect(&segment.with_key(fields, Key::Vault, vault)?);
        Ok(Part { paths: segment.paths()?, docs, times: columns::times(&segment.reader, Time::Modified)? })
    }

    /// Returns how many there are.
    pub fn n_files(&self) -> usize {
        self.0.iter().map(|part| part.docs.len()).sum()
    }

    /// Calls `each` with the folders that hold the files and those above them, each once, one above before those below, until it breaks.
    pub fn each_folder<'a>(&'a self, mut each: impl FnMut(&'a str) -> ControlFlow<()>) -> ControlFlow<()> {
        each("")?;
        let mut known: HashSet<&[u8]> = HashSet::from([&b""[..]]);
        let mut new = Vec::new();
        for part in &self.0 {
            let mut last: &[u8] = b"";
            for doc in part.docs.iter() {
                let path = part.paths.bytes(doc);
                // Neighbours mostly lie in one folder.
                if is_directly_in(path, last) {
                    continue;
                }
                let mut folder = folder_of(path);
                last = folder;
                while known.insert(folder) {
                    new.push(folder);
                    folder = folder_of(folder);
                }
                for folder in new.drain(..).rev() {
                    each(std::str::from_utf8(folder).unwrap_or_default())?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Calls `each` with the paths of the files that lie in some folders, and their folders.
    pub fn each_in<'a>(&'a self, folders: &HashSet<&[u8]>, mut each: impl FnMut(&'a str, &'a str)) {
        for part in &self.0 {
            for doc in part.docs.iter() {
                let folder = folder_of(part.paths.bytes(doc));
                if folders.contains(folder) {
                    let path = part.paths.get(doc);
                    each(path.get(..folder.len()).unwrap_or_default(), path);
                }
            }
        }
    }

    /// Returns the places of the notes and canvases, the `newest` of them before all others.
    pub fn notes(&self, newest: usize) -> Vec<Place> {
        let mut notes: Vec<Place> = Vec::with_capacity(self.n_files());
        for (which, part) in (0..).zip(&self.0) {
            let modified = |doc| part.times.as_ref().and_then(|times| times.first(doc)).unwrap_or_default();
            notes.extend(part.docs.iter().filter(|doc| is_read(part.paths.bytes(*doc))).map(|doc| (modified(doc), which, doc)));
        }
        if notes.len() > newest {
            notes.select_nth_unstable_by_key(newest, |(modified_ms, _, _)| std::cmp::Reverse(*modified_ms));
        }
        notes
    }

    /// Returns the file at a place.
    pub fn file(&self, (modified_ms, which, doc): Place) -> File<'_> {
        File { path: self.0[which as usize].paths.get(doc), modified_ms }
    }
}

fn folder_of(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(b"", |at| &path[..at])
}

fn is_directly_in(path: &[u8], folder: &[u8]) -> bool {
    let rest = if folder.is_empty() { Some(path) } else { path.strip_prefix(folder).and_then(|rest| rest.strip_prefix(b"/")) };
    rest.is_some_and(|name| memchr::memchr(b'/', name).is_none())
}

fn is_read(path: &[u8]) -> bool {
    let read = || std::str::from_utf8(path).is_ok_and(|path| VaultPath::stored(path).kind().is_read());
    path.ends_with(b".md") || read()
}
