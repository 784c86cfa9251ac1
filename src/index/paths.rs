//! The paths of a segment's documents, together in memory: a query looks at all of them.

use super::docs::Docs;
use super::schema::PATH_COLUMN;
use crate::path::{FileKind, VaultPath};
use crate::query::plan::PathTest;
use crate::query::words::fold;
use anyhow::Context as _;
use memchr::memmem;
use std::cell::OnceCell;
use tantivy::{DocId, SegmentReader};

pub(super) struct Paths {
    written: Joined,
    folded: OnceCell<Joined>,
    /// Which path each document has. Several vaults may have the same.
    of_docs: Vec<u32>,
}

/// The paths as they are written.
pub(super) struct WrittenPaths<'a> {
    written: &'a Joined,
    of_docs: &'a [u32],
}

impl WrittenPaths<'_> {
    pub(super) fn get(&self, doc: DocId) -> &str {
        self.written.get(self.of_docs[doc as usize] as usize)
    }
}

/// Texts one after the other, each ended by a NUL, which no path holds.
#[derive(Default)]
struct Joined {
    text: String,
    ends: Vec<u32>,
}

impl Paths {
    pub(super) fn read(reader: &SegmentReader) -> anyhow::Result<Self> {
        let column = reader.fast_fields().str(PATH_COLUMN)?.context("the index has no column of paths")?;
        let mut written = Joined::default();
        let mut walk = column.dictionary().stream()?;
        while walk.advance() {
            written.push(std::str::from_utf8(walk.key()).context("a path of the index is not text")?);
        }
        let ordinal = |doc| u32::try_from(column.ords().first(doc).unwrap_or_default()).context("a segment has less than 2^32 paths");
        let of_docs = (0..reader.max_doc()).map(ordinal).collect::<Result<_, _>>()?;
        Ok(Self { written, folded: OnceCell::new(), of_docs })
    }

    pub(super) fn get(&self, doc: DocId) -> &str {
        self.written.get(self.of_docs[doc as usize] as usize)
    }

    /// Returns the paths as threads may share them.
    pub(super) fn written(&self) -> WrittenPaths<'_> {
        WrittenPaths { written: &self.written, of_docs: &self.of_docs }
    }

    pub(super) fn is_attachment(&self, doc: DocId) -> bool {
        let path = self.get(doc);
        !path.ends_with(".md") && VaultPath::new(path).kind() == FileKind::Attachment
    }

    /// Returns the documents whose paths satisfy a test.
    pub(super) fn matching(&self, test: &PathTest) -> Docs {
        let does_match: Vec<bool> = match test.folded_text() {
            Some(text) => self.folded.get_or_init(|| self.written.folded()).holding(text),
            None => (0..self.written.ends.len()).map(|which| test.matches(self.written.get(which))).collect(),
        };
        let mut docs = Docs::none(self.of_docs.len() as u32);
        (0..).zip(&self.of_docs).filter(|(_, which)| does_match[**which as usize]).for_each(|(doc, _)| docs.insert(doc));
        docs
    }
}

impl Joined {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\0');
        self.ends.push(self.text.len() as u32);
    }

    fn get(&self, which: usize) -> &str {
        let start = if which == 0 { 0 } else { self.ends[which - 1] as usize };
        &self.text[start..self.ends[which] as usize - 1]
    }

    fn folded(&self) -> Self {
        let lowered = Self { text: self.text.to_ascii_lowercase(), ends: self.ends.clone() };
        if lowered.text.is_ascii() {
            return lowered;
        }
        let mut folded = Self { text: String::with_capacity(lowered.text.len()), ends: Vec::with_capacity(lowered.ends.len()) };
        for text in (0..lowered.ends.len()).map(|which| lowered.get(which)) {
            if text.is_ascii() { folded.push(text) } else { folded.push(&fold(text)) }
        }
        folded
    }

    /// Returns of each text whether it holds `part`.
    fn holding(&self, part: &str) -> Vec<bool> {
        let mut holding = vec![false; self.ends.len()];
        let finder = memmem::Finder::new(part.as_bytes());
        let (mut which, mut from) = (0, 0);
        while let Some(found) = finder.find(&self.text.as_bytes()[from..]) {
            let at = (from + found) as u32;
            which += self.ends[which..].partition_point(|end| *end <= at);
            holding[which] = true;
            from = self.ends[which] as usize;
        }
        holding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_in_each_text_and_never_across_two() {
        let mut joined = Joined::default();
        ["Ab/x.md", "", "Äb.md", "mdab"].into_iter().for_each(|text| joined.push(text));
        let folded = joined.folded();
        assert_eq!((folded.get(0), folded.get(1), folded.get(2)), ("ab/x.md", "", "äb.md"));
        assert_eq!(folded.holding("ab"), [true, false, false, true]);
        assert_eq!(folded.holding("md"), [true, false, true, true]);
        assert_eq!(folded.holding("mdä"), [false; 4]);
    }
}
