//! The paths of a segment's documents, in their order, as they are written and folded: a query looks at all of them.
//!
//! They are written beside the segment, as one text for the memory to search; where that file is missing or torn, they are taken from the
//! column, one by one.

use super::docs::Docs;
use super::schema::PATH_COLUMN;
use crate::path::{FileKind, VaultPath};
use crate::query::plan::PathTest;
use crate::query::words::fold;
use anyhow::Context as _;
use memchr::memmem;
use tantivy::directory::OwnedBytes;
use tantivy::{DocId, SegmentReader};

/// What a file of paths ends with; it says the version, too.
const END: &[u8; 8] = b"paths 1\n";

pub(super) struct Paths {
    written: Joined,
    folded: Joined,
}

/// Texts one after the other, each ended by a NUL, which no path holds.
struct Joined {
    text: OwnedBytes,
    /// Where each ends, four bytes a text.
    ends: OwnedBytes,
}

impl Paths {
    /// Reads the file that [`encoded`] made, if it is whole.
    pub(super) fn decode(file: &OwnedBytes, n_docs: u32) -> Option<Self> {
        let mut rest = file.as_slice().strip_suffix(END)?.len();
        let mut back = |n_bytes: usize| {
            let start = rest.checked_sub(n_bytes)?;
            Some(file.slice(start..std::mem::replace(&mut rest, start)))
        };
        let n_ends = n_docs as usize * 4;
        let folded_ends = back(n_ends)?;
        let written_ends = back(n_ends)?;
        let folded = Joined::new(&mut back, folded_ends)?;
        let written = Joined::new(&mut back, written_ends)?;
        (rest == 0).then_some(Self { written, folded })
    }

    /// Takes the paths from a segment's column.
    pub(super) fn read(reader: &SegmentReader) -> anyhow::Result<Self> {
        Self::decode(&OwnedBytes::new(encoded(reader)?), reader.max_doc()).context("paths that were just written are whole")
    }

    pub(super) fn get(&self, doc: DocId) -> &str {
        self.written.get(doc as usize)
    }

    pub(super) fn bytes(&self, doc: DocId) -> &[u8] {
        self.written.bytes(doc as usize)
    }

    pub(super) fn is_attachment(&self, doc: DocId) -> bool {
        !self.bytes(doc).ends_with(b".md") && VaultPath::new(self.get(doc)).kind() == FileKind::Attachment
    }

    /// Returns the documents whose paths satisfy a test.
    pub(super) fn matching(&self, test: &PathTest) -> Docs {
        let mut docs = Docs::none(self.written.len() as u32);
        match test.folded_text() {
            Some(text) => self.folded.each_holding(text, |which| docs.insert(which as DocId)),
            None => {
                (0..self.written.len())
                    .filter(|which| test.matches(self.written.get(*which)))
                    .for_each(|which| docs.insert(which as DocId));
            }
        }
        docs
    }
}

/// Returns the paths of a segment as a file holds them: the texts, then where each path ends in them.
pub(super) fn encoded(reader: &SegmentReader) -> anyhow::Result<Vec<u8>> {
    let column = reader.fast_fields().str(PATH_COLUMN)?.context("the index has no column of paths")?;
    let mut names: Vec<String> = Vec::with_capacity(column.num_terms());
    let mut walk = column.dictionary().stream()?;
    while walk.advance() {
        names.push(std::str::from_utf8(walk.key()).context("a path of the index is not text")?.to_owned());
    }
    let of_doc = |doc| names.get(column.ords().first(doc).unwrap_or_default() as usize).map_or("", String::as_str);
    let (mut written, mut written_ends) = (Vec::new(), Vec::new());
    let (mut folded, mut folded_ends) = (Vec::new(), Vec::new());
    for path in (0..reader.max_doc()).map(of_doc) {
        push(&mut written, &mut written_ends, path)?;
        push(&mut folded, &mut folded_ends, &fold(path))?;
    }
    Ok([written, folded, written_ends, folded_ends, END.to_vec()].concat())
}

fn push(text: &mut Vec<u8>, ends: &mut Vec<u8>, path: &str) -> anyhow::Result<()> {
    text.extend_from_slice(path.as_bytes());
    text.push(0);
    ends.extend(u32::try_from(text.len()).context("the paths of a segment are shorter than 4 GiB")?.to_le_bytes());
    Ok(())
}

impl Joined {
    /// Takes the text that goes with `ends`; its last end is its length.
    fn new(back: &mut impl FnMut(usize) -> Option<OwnedBytes>, ends: OwnedBytes) -> Option<Self> {
        let length = ends.as_slice().last_chunk().map_or(0, |end| u32::from_le_bytes(*end));
        let text = back(length as usize)?;
        (text.is_empty() || text.as_slice().ends_with(&[0])).then_some(Self { text, ends })
    }

    fn len(&self) -> usize {
        self.ends.len() / 4
    }

    /// Returns where a text ends, its NUL included.
    fn end(&self, which: usize) -> usize {
        let bytes = self.ends.as_slice().get(which * 4..which * 4 + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_le_bytes) as usize
    }

    fn get(&self, which: usize) -> &str {
        std::str::from_utf8(self.bytes(which)).unwrap_or_default()
    }

    fn bytes(&self, which: usize) -> &[u8] {
        let start = which.checked_sub(1).map_or(0, |before| self.end(before));
        self.text.as_slice().get(start..self.end(which).saturating_sub(1)).unwrap_or_default()
    }

    /// Calls `each` with the texts that hold `part`.
    fn each_holding(&self, part: &str, mut each: impl FnMut(usize)) {
        let finder = memmem::Finder::new(part.as_bytes());
        let (mut which, mut from) = (0, 0);
        while let Some(found) = self.text.as_slice().get(from..).and_then(|rest| finder.find(rest)) {
            which = self.at(which, from + found);
            if which == self.len() {
                return;
            }
            each(which);
            from = self.end(which);
        }
    }

    /// Returns the text, from `first` on, in which the byte at `place` lies. Mostly it is near.
    fn at(&self, first: usize, place: usize) -> usize {
        let (mut low, mut step) = (first, 1);
        while low + step < self.len() && self.end(low + step - 1) <= place {
            low += step;
            step *= 2;
        }
        let mut high = (low + step).min(self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.end(middle) <= place { low = middle + 1 } else { high = middle }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(texts: &[&str]) -> Joined {
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        texts.iter().for_each(|path| push(&mut text, &mut ends, path).unwrap());
        Joined { text: OwnedBytes::new(text), ends: OwnedBytes::new(ends) }
    }

    fn holding(joined: &Joined, part: &str) -> Vec<usize> {
        let mut found = Vec::new();
        joined.each_holding(part, |which| found.push(which));
        found
    }

    #[test]
    fn a_part_is_found_in_each_text_and_never_across_two() {
        let joined = joined(&["ab/x.md", "", "äb.md", "mdab"]);
        assert_eq!((joined.get(0), joined.get(1), joined.get(2)), ("ab/x.md", "", "äb.md"));
        assert_eq!(holding(&joined, "ab"), [0, 3]);
        assert_eq!(holding(&joined, "md"), [0, 2, 3]);
        assert_eq!(holding(&joined, "mdä"), Vec::<usize>::new());
        assert_eq!(holding(&joined, "zz"), Vec::<usize>::new());
    }

    #[test]
    fn whatever_is_looked_for_its_text_is_found() {
        let texts: Vec<String> = (0..300).map(|n| "x".repeat(n % 7) + &n.to_string()).collect();
        let joined = joined(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        for part in ["29", "x1", "xxxxxx", "7"] {
            let expected: Vec<usize> = (0..texts.len()).filter(|which| texts[*which].contains(part)).collect();
            assert_eq!(holding(&joined, part), expected, "{part}");
        }
    }

    #[test]
    fn a_file_of_paths_that_is_cut_or_of_another_segment_is_none() {
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        ["a.md", "b.md"].iter().for_each(|path| push(&mut text, &mut ends, path).unwrap());
        let file = [text.clone(), text, ends.clone(), ends, END.to_vec()].concat();
        let decode = |file: &[u8], n_docs| Paths::decode(&OwnedBytes::new(file.to_vec()), n_docs).map(|paths| paths.get(1).to_owned());
        assert_eq!(decode(&file, 2).as_deref(), Some("b.md"));
        assert_eq!((decode(&file, 1), decode(&file, 3)), (None, None));
        assert!((0..file.len()).all(|length| decode(&file[..length], 2).is_none()));
    }
}
