//! All words of a segment's texts, one a line, in the order of its term dictionary: where a word's middle is looked for.
//!
//! The dictionary itself can only be walked, key by key; a flat copy is searched at memory speed. It is written beside the segment
//! and is worth nothing by itself: where it is missing or torn, the dictionary is walked.

use super::directory;
use crate::query::plan::Piece;
use memchr::{memchr, memmem, memrchr};
use std::collections::HashSet;
use std::io;
use std::path::Path;
use tantivy::SegmentReader;
use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;
use tantivy::schema::Field;
use tantivy::termdict::TermDictionary;

const EXTENSION: &str = "words";
const BREAK: u8 = b'\n';

/// The words of one segment. Every word stands between two line breaks.
pub(super) struct Lexicon(Vec<u8>);

/// A word that a piece fits.
pub(super) struct Fit {
    pub(super) info: TermInfo,
    pub(super) kind: FitKind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FitKind {
    /// The piece is the word.
    Whole,
    /// The word begins with it.
    Beginning,
    Inside,
}

impl Lexicon {
    /// Opens the lexicon of a segment, whose dictionary is `terms`.
    pub(super) fn open(folder: &Path, segment: SegmentId, terms: &TermDictionary) -> io::Result<Self> {
        match std::fs::read(folder.join(file_name(segment))) {
            Ok(text) if is_whole(&text, terms) => Ok(Self(text)),
            _ => copy(terms).map(Self),
        }
    }

    /// Returns the words of `terms` that an open piece fits; `None` if there are more than `most`.
    pub(super) fn fits(&self, terms: &TermDictionary, piece: &Piece, most: usize) -> io::Result<Option<Vec<Fit>>> {
        let text = &self.0;
        let mut pattern = Vec::with_capacity(piece.text.len() + 2);
        pattern.extend((!piece.is_open_before).then_some(BREAK));
        pattern.extend(piece.text.as_bytes());
        pattern.extend((!piece.is_open_after).then_some(BREAK));
        let finder = memmem::Finder::new(&pattern);
        let (mut words, mut from) = (Vec::new(), 0);
        while let Some(found) = finder.find(&text[from..]) {
            if words.len() == most {
                return Ok(None);
            }
            let at = from + found + usize::from(!piece.is_open_before);
            let start = memrchr(BREAK, &text[..at]).map_or(0, |before| before + 1);
            let end = memchr(BREAK, &text[at..]).map_or(text.len(), |after| at + after);
            words.push((start..end, kind(at == start, at + piece.text.len() == end)));
            // The break after one word is the break before the next.
            from = end;
        }
        let mut fits = Vec::with_capacity(words.len());
        for (word, kind) in words {
            fits.extend(terms.get(&text[word])?.map(|info| Fit { info, kind }));
        }
        Ok(Some(fits))
    }
}

fn kind(is_at_start: bool, is_at_end: bool) -> FitKind {
    match (is_at_start, is_at_end) {
        (true, true) => FitKind::Whole,
        (true, false) => FitKind::Beginning,
        _ => FitKind::Inside,
    }
}

/// Writes the lexica of segments that lack one and removes those of segments that are gone.
pub(super) fn follow(files: &tantivy::Index, folder: &Path, body: Field) -> anyhow::Result<()> {
    let segments = files.searchable_segments()?;
    let there = remove_others(folder, &segments.iter().map(|segment| file_name(segment.id())).collect())?;
    for segment in segments.iter().filter(|segment| !there.contains(&file_name(segment.id()))) {
        let words = SegmentReader::open(segment)?.inverted_index(body)?;
        directory::replace(&folder.join(file_name(segment.id())), &copy(words.terms())?)?;
    }
    Ok(())
}

/// Removes all lexica: after a power cut nobody knows which are whole.
pub(super) fn forget(folder: &Path) -> io::Result<()> {
    remove_others(folder, &HashSet::new()).map(|_| ())
}

/// Removes the lexica that are not wanted and returns those that are there.
fn remove_others(folder: &Path, wanted: &HashSet<String>) -> io::Result<HashSet<String>> {
    let mut there = HashSet::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if wanted.contains(&name) {
            there.insert(name);
        } else if entry.path().extension().is_some_and(|extension| extension == EXTENSION) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(there)
}

fn file_name(segment: SegmentId) -> String {
    format!("{}.{EXTENSION}", segment.uuid_string())
}

fn copy(terms: &TermDictionary) -> io::Result<Vec<u8>> {
    let mut text = vec![BREAK];
    let mut walk = terms.stream()?;
    while walk.advance() {
        text.extend_from_slice(walk.key());
        text.push(BREAK);
    }
    Ok(text)
}

/// A look that costs nothing: a file of this boot is whole if it ends as it should (see `directory`).
fn is_whole(text: &[u8], terms: &TermDictionary) -> bool {
    text.last() == Some(&BREAK) && (terms.num_terms() == 0) == (text.len() == 1)
}
