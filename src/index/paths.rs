//! The paths of a segment's documents, in their order: as they are written, and folded for a query, which looks at all of them.
//!
//! A folder has many documents, so folders and names are folded apart, each folder once: a third of what the paths would be as a whole.
//!
//! They are written beside the segment, as texts for the memory to search; where that file is missing or torn, they are taken from the
//! column, one by one.

use super::docs::Docs;
use super::schema::PATH_COLUMN;
use crate::path::{FileKind, VaultPath};
use crate::query::plan::PathTest;
use crate::query::words::fold;
use anyhow::Context as _;
use memchr::memmem;
use std::collections::HashMap;
use tantivy::directory::OwnedBytes;
use tantivy::{DocId, SegmentReader};

/// What a file of paths ends with; it says the version, too.
const END: &[u8; 8] = b"paths 2\n";

pub(super) struct Paths {
    written: Joined,
    /// Of each document, folded.
    names: Joined,
    /// Each folder once, folded.
    folders: Joined,
    /// Which of the folders each document is in.
    homes: Numbers,
}

/// Texts one after the other, each ended by a NUL, which no path holds.
struct Joined {
    text: OwnedBytes,
    /// Where each ends.
    ends: Numbers,
}

/// Numbers of four bytes.
struct Numbers(OwnedBytes);

impl Paths {
    /// Reads the file that [`encoded`] made, if it is whole.
    pub(super) fn decode(file: &OwnedBytes, n_docs: u32) -> Option<Self> {
        let mut rest = Rest { file, end: file.as_slice().strip_suffix(END)?.len() };
        let n_folders = rest.numbers(1)?.get(0);
        let (homes, folder_ends) = (rest.numbers(n_docs as usize)?, rest.numbers(n_folders)?);
        let (name_ends, written_ends) = (rest.numbers(n_docs as usize)?, rest.numbers(n_docs as usize)?);
        let folders = rest.joined(folder_ends)?;
        let (names, written) = (rest.joined(name_ends)?, rest.joined(written_ends)?);
        (rest.end == 0).then_some(Self { written, names, folders, homes })
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
            Some(text) => self.each_holding(text, |doc| docs.insert(doc)),
            None => {
                (0..self.written.len())
                    .filter(|which| test.matches(self.written.get(*which)))
                    .for_each(|which| docs.insert(which as DocId));
            }
        }
        docs
    }

    /// Calls `each` with the documents whose folded paths hold `text`, some twice.
    fn each_holding(&self, text: &str, mut each: impl FnMut(DocId)) {
        let mut holding = vec![false; self.folders.len()];
        self.folders.each_holding(text, |folder| holding[folder] = true);
        self.each_in(&holding, &mut each);
        let Some((above, beginning)) = text.rsplit_once('/') else {
            return self.names.each_holding(text, |doc| each(doc as DocId));
        };
        // No name has a slash: what is not within a folder begins in one and ends in a name.
        let ends_so = |folder: &[u8]| !folder.is_empty() && folder.ends_with(above.as_bytes());
        let ending: Vec<bool> = (0..self.folders.len()).map(|folder| ends_so(self.folders.bytes(folder))).collect();
        self.each_in(&ending, |doc| {
            if self.names.bytes(doc as usize).starts_with(beginning.as_bytes()) {
                each(doc);
            }
        });
    }

    /// Calls `each` with the documents of some folders.
    fn each_in(&self, folders: &[bool], mut each: impl FnMut(DocId)) {
        if folders.contains(&true) {
            let is_in = |doc: &usize| folders.get(self.homes.get(*doc)) == Some(&true);
            (0..self.homes.len()).filter(is_in).for_each(|doc| each(doc as DocId));
        }
    }
}

/// Returns the paths of a segment as a file holds them.
pub(super) fn encoded(reader: &SegmentReader) -> anyhow::Result<Vec<u8>> {
    let column = reader.fast_fields().str(PATH_COLUMN)?.context("the index has no column of paths")?;
    let mut paths: Vec<String> = Vec::with_capacity(column.num_terms());
    let mut walk = column.dictionary().stream()?;
    while walk.advance() {
        paths.push(std::str::from_utf8(walk.key()).context("a path of the index is not text")?.to_owned());
    }
    let of_doc = |doc| paths.get(column.ords().first(doc).unwrap_or_default() as usize).map_or("", String::as_str);
    laid_out((0..reader.max_doc()).map(of_doc))
}

/// Returns the file: the texts, where each of them ends, which folder each document is in, and how many folders there are.
fn laid_out<'a>(paths: impl Iterator<Item = &'a str>) -> anyhow::Result<Vec<u8>> {
    let [mut written, mut names, mut folders] = [const { (Vec::new(), Vec::new()) }; 3];
    let (mut homes, mut known) = (Vec::new(), HashMap::new());
    for path in paths {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        push(&mut written, path)?;
        push(&mut names, &fold(name))?;
        let next = u32::try_from(known.len())?;
        let home = *known.entry(folder).or_insert(next);
        if home == next {
            push(&mut folders, &fold(folder))?;
        }
        homes.extend(home.to_le_bytes());
    }
    let n_folders = u32::try_from(known.len())?.to_le_bytes().to_vec();
    let texts = [written.0, names.0, folders.0];
    Ok([texts.concat(), [written.1, names.1, folders.1].concat(), homes, n_folders, END.to_vec()].concat())
}

fn push((text, ends): &mut (Vec<u8>, Vec<u8>), path: &str) -> anyhow::Result<()> {
    text.extend_from_slice(path.as_bytes());
    text.push(0);
    ends.extend(u32::try_from(text.len()).context("the paths of a segment are shorter than 4 GiB")?.to_le_bytes());
    Ok(())
}

/// What of a file is left to be read, from its end.
struct Rest<'f> {
    file: &'f OwnedBytes,
    end: usize,
}

impl Rest<'_> {
    fn bytes(&mut self, n_bytes: usize) -> Option<OwnedBytes> {
        let start = self.end.checked_sub(n_bytes)?;
        Some(self.file.slice(start..std::mem::replace(&mut self.end, start)))
    }

    fn numbers(&mut self, n: usize) -> Option<Numbers> {
        self.bytes(n.checked_mul(4)?).map(Numbers)
    }

    /// Takes the text that goes with `ends`; its last end is its length.
    fn joined(&mut self, ends: Numbers) -> Option<Joined> {
        let length = ends.len().checked_sub(1).map_or(0, |last| ends.get(last));
        let text = self.bytes(length)?;
        (text.is_empty() || text.as_slice().ends_with(&[0])).then_some(Joined { text, ends })
    }
}

impl Numbers {
    fn len(&self) -> usize {
        self.0.len() / 4
    }

    fn get(&self, which: usize) -> usize {
        let bytes = self.0.as_slice().get(which * 4..which * 4 + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_le_bytes) as usize
    }
}

impl Joined {
    fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns where a text ends, its NUL included.
    fn end(&self, which: usize) -> usize {
        self.ends.get(which)
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
        let mut all = (Vec::new(), Vec::new());
        texts.iter().for_each(|path| push(&mut all, path).unwrap());
        Joined { text: OwnedBytes::new(all.0), ends: Numbers(OwnedBytes::new(all.1)) }
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
    fn folders_and_names_apart_hold_what_whole_paths_hold() {
        let paths = ["A/Bc/d.md", "A/bc.md", "a.md", "A/d.md", "Äb/c/A.md", "Bc/D.md", "A/Bc/e/d.md", "a/\u{301}b.md"];
        let file = OwnedBytes::new(laid_out(paths.into_iter()).unwrap());
        let all = Paths::decode(&file, paths.len() as u32).unwrap();
        let folded = paths.map(fold);
        let parts = folded.iter().flat_map(|path| {
            let ends = || path.char_indices().map(|(at, _)| at).chain([path.len()]);
            ends().flat_map(move |start| ends().filter(move |end| start < *end).map(move |end| &path[start..end]))
        });
        for part in parts.chain(["//", "/", "d.md/", "/a", "zz"]) {
            let mut docs = Docs::none(paths.len() as u32);
            all.each_holding(part, |doc| docs.insert(doc));
            let expected: Vec<DocId> = (0..).zip(&folded).filter(|(_, path)| path.contains(part)).map(|(doc, _)| doc).collect();
            assert_eq!(docs.iter().collect::<Vec<_>>(), expected, "{part}");
        }
    }

    #[test]
    fn a_file_of_paths_that_is_cut_or_of_another_segment_is_none() {
        let file = laid_out(["a.md", "b.md"].into_iter()).unwrap();
        let decode = |file: &[u8], n_docs| Paths::decode(&OwnedBytes::new(file.to_vec()), n_docs).map(|paths| paths.get(1).to_owned());
        assert_eq!(decode(&file, 2).as_deref(), Some("b.md"));
        assert_eq!((decode(&file, 1), decode(&file, 3)), (None, None));
        assert!((0..file.len()).all(|length| decode(&file[..length], 2).is_none()));
    }
}
