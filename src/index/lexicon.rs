//! All words of a segment's texts, one a line, in the order of its term dictionary: where a word's middle is looked for.
//!
//! The dictionary itself can only be walked, key by key; a flat copy, which is written beside the segment, is searched at memory speed.

use crate::query::plan::Piece;
use memchr::{memchr, memmem, memrchr};
use std::io;
use tantivy::directory::OwnedBytes;
use tantivy::postings::TermInfo;
use tantivy::termdict::TermDictionary;

const BREAK: u8 = b'\n';
/// What a file of words ends with. No word has a blank, so no part of a file ends so.
const END: &[u8; 8] = b"words 1\n";

/// The words of one segment. Every word stands between two line breaks.
pub(super) struct Lexicon(OwnedBytes);

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
    /// Takes the lexicon of a segment, whose dictionary is `terms`, from its file, if that is whole.
    pub(super) fn open(file: Option<OwnedBytes>, terms: &TermDictionary) -> io::Result<Self> {
        let text = |file: OwnedBytes| {
            let n_bytes = file.as_slice().strip_suffix(END)?.len();
            Some(file.slice(0..n_bytes))
        };
        match file.and_then(text) {
            Some(text) => Ok(Self(text)),
            None => Ok(Self(OwnedBytes::new(copy(terms)?))),
        }
    }

    /// Returns the words of `terms` that an open piece fits; `None` if there are more than `most`.
    pub(super) fn fits(&self, terms: &TermDictionary, piece: &Piece, most: usize) -> io::Result<Option<Vec<Fit>>> {
        let text = self.0.as_slice();
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

/// Returns the words of a dictionary as a lexicon holds them.
fn copy(terms: &TermDictionary) -> io::Result<Vec<u8>> {
    let mut text = vec![BREAK];
    let mut walk = terms.stream()?;
    while walk.advance() {
        text.extend_from_slice(walk.key());
        text.push(BREAK);
    }
    Ok(text)
}

/// Returns them as a file: one that is torn does not end so.
pub(super) fn encoded(terms: &TermDictionary) -> io::Result<Vec<u8>> {
    Ok([copy(terms)?.as_slice(), END].concat())
}
