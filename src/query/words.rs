//! How text is cut into words, for the index and for queries alike.
//!
//! A word of a text is a slice of its folded form, so whatever stands inside a word of a query stands inside a word of every text
//! that holds it: the index can pre-select any substring. Knows no index and no grammar.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// Longer runs of letters (encoded blobs) are cut into overlapping windows, so that no index term is huge and no part is lost.
const WINDOW: usize = 128;
/// Windows overlap by this much: any slice up to this long lies whole in one window.
pub const LONGEST_PIECE: usize = WINDOW / 2;

/// Returns `text` in the case in which searches compare it, character by character; a final sigma counts as a sigma.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_uppercase()) { text.to_ascii_lowercase().into() } else { text.into() };
    }
    let mut folded = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| fold_char(c, &mut folded));
    folded.into()
}

/// Appends the folded form of one character. Folding never looks at its neighbours, so it may be done piece by piece.
pub fn fold_char(c: char, folded: &mut String) {
    match c {
        '\0'..='\x7f' => folded.push(c.to_ascii_lowercase()),
        'ς' => folded.push('σ'),
        _ => folded.extend(c.to_lowercase()),
    }
}

/// Folds a line and says for each byte of the result (and for its end) where in the line it comes from.
pub(super) fn fold_with_origins(line: &str) -> (String, Vec<usize>) {
    let (mut folded, mut origins) = (String::with_capacity(line.len()), Vec::with_capacity(line.len() + 1));
    for (at, c) in line.char_indices() {
        fold_char(c, &mut folded);
        origins.resize(folded.len(), at);
    }
    origins.push(line.len());
    (folded, origins)
}

/// Returns where `text` holds one of some folded words, in order.
pub fn places_of(wanted: &BTreeSet<String>, text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let (folded, origins) = fold_with_origins(line);
        let found = words(&folded).filter(|range| wanted.contains(&folded[range.clone()]));
        places.extend(found.map(|range| start + origins[range.start]..start + origins[range.end]));
        start += line.len();
    }
    places
}

/// Returns whether a character is written without spaces between words: such runs are indexed as overlapping pairs.
pub fn is_cjk(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x11ff | 0x2e80..=0x2fdf | 0x3005..=0x3007 | 0x3040..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff
        | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x20000..=0x3ffff)
}

/// Returns whether a character can be part of a word.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// Walks over the words of a folded text, in order: runs of letters and digits, and pairs of CJK characters.
pub fn words(folded: &str) -> Words<'_> {
    Words { text: folded, at: 0, run_end: 0, run: Run::Letters }
}

pub struct Words<'a> {
    text: &'a str,
    /// Where to look next; inside a run while it is before `run_end`.
    at: usize,
    run_end: usize,
    run: Run,
}

#[derive(Clone, Copy, PartialEq)]
enum Run {
    Letters,
    Cjk,
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        if self.at >= self.run_end {
            self.find_run()?;
        }
        let start = self.at;
        let end = match self.run {
            Run::Cjk => self.pair(),
            Run::Letters if self.run_end - start <= WINDOW => self.run_end,
            Run::Letters => floor_boundary(self.text, start + WINDOW),
        };
        self.at = match (end == self.run_end, self.run) {
            (true, _) => self.run_end,
            (false, Run::Cjk) => start + char_len(self.text, start),
            (false, Run::Letters) => floor_boundary(self.text, start + LONGEST_PIECE),
        };
        Some(start..end)
    }
}

impl Words<'_> {
    /// Finds the next run of one script and stands at its start.
    fn find_run(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        let mut at = self.run_end;
        while at < bytes.len() {
            if bytes[at].is_ascii() {
                if bytes[at].is_ascii_alphanumeric() {
                    break;
                }
                at += 1;
                continue;
            }
            let c = char_at(self.text, at);
            if is_word(c) {
                break;
            }
            at += c.len_utf8();
        }
        if at >= bytes.len() {
            return None;
        }
        self.at = at;
        self.run = if is_cjk(char_at(self.text, at)) { Run::Cjk } else { Run::Letters };
        while at < bytes.len() {
            if bytes[at].is_ascii() {
                if self.run == Run::Cjk || !bytes[at].is_ascii_alphanumeric() {
                    break;
                }
                at += 1;
                continue;
            }
            let c = char_at(self.text, at);
            if !is_word(c) || is_cjk(c) != (self.run == Run::Cjk) {
                break;
            }
            at += c.len_utf8();
        }
        self.run_end = at;
        Some(())
    }

    /// Returns the end of the pair of characters that starts here; of a single one if the run is no longer.
    fn pair(&self) -> usize {
        let second = self.at + char_len(self.text, self.at);
        if second >= self.run_end { self.run_end } else { second + char_len(self.text, second) }
    }
}

fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().expect("the caller stands before the end, at a boundary")
}

fn char_len(text: &str, at: usize) -> usize {
    char_at(text, at).len_utf8()
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let folded = fold(text);
        let found: Vec<&str> = words(&folded).map(|range| &folded[range]).collect();
        assert_eq!(found, expected, "words of {text:?}");
    }

    #[test]
    fn text_is_cut_at_all_that_is_no_letter_or_digit() {
        check("Weekly Meeting: mix_the-flour, 2024!", &["weekly", "meeting", "mix", "the", "flour", "2024"]);
        check("", &[]);
        check("-> ##", &[]);
        check("Ça ΣΑΣ", &["ça", "σασ"]);
    }

    #[test]
    fn cjk_runs_become_overlapping_pairs() {
        check("検索する", &["検索", "索す", "する"]);
        check("a漢b", &["a", "漢", "b"]);
        check("漢字ABC", &["漢字", "abc"]);
    }

    #[test]
    fn every_short_slice_of_a_long_run_lies_in_one_window() {
        let text: String = ('a'..='z').cycle().take(1000).collect();
        let windows: Vec<&str> = words(&text).map(|range| &text[range]).collect();
        assert!(windows.iter().all(|window| window.len() <= WINDOW));
        for start in 0..text.len() - LONGEST_PIECE {
            let slice = &text[start..start + LONGEST_PIECE];
            assert!(windows.iter().any(|window| window.contains(slice)), "slice at {start}");
        }
        assert!(text.ends_with(windows.last().unwrap()));
    }
}
