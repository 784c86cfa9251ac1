//! The walk over the words of a folded text: where each begins and ends. Knows nothing of how they are compared.

use super::{is_picture, is_unspaced, is_word};
use std::ops::Range;
use unicode_normalization::char::is_combining_mark;

/// Longer runs of letters (encoded blobs) are cut into overlapping windows, so that no index term is huge and no part is lost.
const WINDOW: usize = 128;
/// Windows overlap by this much: any slice up to this long lies whole in one window.
pub const LONGEST_PIECE: usize = WINDOW / 2;

/// Returns where the words of a folded text stand, in order: runs of letters and digits, pairs of characters that are written without
/// spaces, pictures one by one.
pub fn words(folded: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut walk = Walk::default();
    std::iter::from_fn(move || walk.next(folded))
}

/// Walks over the words of a text that somebody else holds.
#[derive(Default)]
pub struct Walk {
    /// Where to look next; inside a run while it is before `run_end`.
    at: usize,
    run_end: usize,
    run: Run,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Run {
    #[default]
    Letters,
    Unspaced,
    Pictures,
}

impl Run {
    /// Returns the kind of run that a character can be part of.
    fn of(c: char) -> Option<Self> {
        match c {
            '\0'..='\x7f' => c.is_ascii_alphanumeric().then_some(Self::Letters),
            _ if is_unspaced(c) => Some(Self::Unspaced),
            _ if is_picture(c) => Some(Self::Pictures),
            _ => is_word(c).then_some(Self::Letters),
        }
    }
}

impl Walk {
    /// Returns the next word. Each time it is given the same text.
    pub fn next(&mut self, text: &str) -> Option<Range<usize>> {
        if self.at >= self.run_end {
            self.find_run(text)?;
        }
        let start = self.at;
        let end = match self.run {
            Run::Unspaced => self.pair(text),
            Run::Pictures => start + char_len(text, start),
            Run::Letters if self.run_end - start <= WINDOW => self.run_end,
            Run::Letters => floor_boundary(text, start + WINDOW),
        };
        self.at = match (end == self.run_end, self.run) {
            (true, _) => self.run_end,
            (false, Run::Unspaced | Run::Pictures) => start + char_len(text, start),
            (false, Run::Letters) => floor_boundary(text, start + LONGEST_PIECE),
        };
        Some(start..end)
    }

    /// Finds the next run of one script and stands at its start.
    fn find_run(&mut self, text: &str) -> Option<()> {
        let bytes = text.as_bytes();
        let mut at = self.run_end;
        let kind = loop {
            at = past(bytes, at, Byte::Gap);
            if bytes.get(at)?.is_ascii() {
                break Run::Letters;
            }
            let c = char_at(text, at);
            match Run::of(c) {
                Some(kind) => break kind,
                None => at += c.len_utf8(),
            }
        };
        (self.at, self.run) = (at, kind);
        loop {
            if kind == Run::Letters {
                at = past(bytes, at, Byte::Letter);
            }
            let Some(byte) = bytes.get(at) else { break };
            let c = if byte.is_ascii() { char::from(*byte) } else { char_at(text, at) };
            // A mark belongs to the run that it stands in.
            if Run::of(c) != Some(kind) && !(kind == Run::Unspaced && is_combining_mark(c) && is_word(c)) {
                break;
            }
            at += c.len_utf8();
        }
        self.run_end = at;
        Some(())
    }

    /// Returns the end of the pair of characters that starts here; of a single one if the run is no longer.
    fn pair(&self, text: &str) -> usize {
        let second = self.at + char_len(text, self.at);
        if second >= self.run_end { self.run_end } else { second + char_len(text, second) }
    }
}

/// What a byte of a text is to its words.
#[derive(Clone, Copy, PartialEq)]
enum Byte {
    Gap,
    Letter,
    /// Of a character that is not ASCII: what that is, a table says.
    Other,
}

/// Most text is ASCII, and cutting it is a fifth of indexing it: each byte is looked up once.
static BYTES: [Byte; 256] = {
    let mut bytes = [Byte::Other; 256];
    let mut byte = 0;
    while byte < 128 {
        bytes[byte] = if (byte as u8).is_ascii_alphanumeric() { Byte::Letter } else { Byte::Gap };
        byte += 1;
    }
    bytes
};

/// Returns where the bytes of one kind end that stand at `at`.
fn past(bytes: &[u8], mut at: usize, kind: Byte) -> usize {
    while bytes.get(at).is_some_and(|byte| BYTES[usize::from(*byte)] == kind) {
        at += 1;
    }
    at
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
