//! What lies beside each segment, made from it so that searches need not: a text of its words, a text of its paths.
//!
//! It is worth nothing by itself: where it is missing or torn, the segment is asked.

use super::directory::{self, CacheDirectory};
use super::schema::Fields;
use super::{lexicon, paths};
use crate::points::{Point, reach};
use std::collections::HashSet;
use std::io;
use std::path::Path;
use tantivy::SegmentReader;
use tantivy::directory::{Directory as _, OwnedBytes};
use tantivy::index::SegmentId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Words,
    Paths,
}

const KINDS: [Kind; 2] = [Kind::Words, Kind::Paths];

impl Kind {
    fn extension(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Paths => "paths",
        }
    }

    fn file_name(self, segment: SegmentId) -> String {
        format!("{}.{}", segment.uuid_string(), self.extension())
    }

    fn made(self, reader: &SegmentReader, fields: &Fields) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Words => Ok(lexicon::encoded(reader.inverted_index(fields.body)?.terms())?),
            Self::Paths => paths::encoded(reader),
        }
    }
}

/// Maps a file into memory, if it is there.
pub(super) fn open(files: &CacheDirectory, segment: SegmentId, kind: Kind) -> Option<OwnedBytes> {
    files.open_read(Path::new(&kind.file_name(segment))).ok()?.read_bytes().ok()
}

/// Makes what segments lack, and removes what belongs to those that are gone.
pub(super) fn follow(files: &tantivy::Index, folder: &Path, fields: &Fields) -> anyhow::Result<()> {
    let segments = files.searchable_segments()?;
    let wanted = segments.iter().flat_map(|segment| KINDS.map(|kind| kind.file_name(segment.id()))).collect();
    let there = remove_others(folder, &wanted)?;
    for segment in segments {
        let mut reader = None;
        for kind in KINDS {
            let name = kind.file_name(segment.id());
            if !there.contains(&name) {
                if reader.is_none() {
                    reader = Some(SegmentReader::open(&segment)?);
                }
                let reader = reader.as_ref().expect("it was just opened");
                directory::replace(&folder.join(name), &kind.made(reader, fields)?)?;
                reach(Point::CopyWritten);
            }
        }
    }
    Ok(())
}

/// Removes everything: after a power cut nobody knows what is whole.
pub(super) fn forget(folder: &Path) -> io::Result<()> {
    remove_others(folder, &HashSet::new()).map(|_| ())
}

/// Removes what is not wanted and returns what is there.
fn remove_others(folder: &Path, wanted: &HashSet<String>) -> io::Result<HashSet<String>> {
    let mut there = HashSet::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = || KINDS.iter().any(|kind| name.ends_with(&format!(".{}", kind.extension())));
        if wanted.contains(&name) {
            there.insert(name);
        } else if is_ours() {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(there)
}
