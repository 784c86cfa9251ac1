//! The selected note as it is shown beside its hits: its text from some line on, washed, with the places that answer.

use crate::search::Whole;
use std::ops::Range;

/// Characters of a line that are shown; nobody reads on in a longer one.
const LONGEST_LINE: usize = 2_000;
/// What a tab is shown as.
const TAB: &str = "    ";

/// What a piece of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// It answers.
    Answers,
    /// It is the answer that is looked at.
    LookedAt,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Frontmatter,
    Heading,
    Body,
}

/// A line, in pieces that each look alike. Nothing in it speaks to a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) role: Role,
    pub(super) pieces: Vec<(Kind, String)>,
}

/// Returns the number of lines before a place.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// Returns up to `most` lines of a note, from the line `first` on (from 0). `looked_at` is the place that is looked at, by its number.
pub(super) fn lines(whole: &Whole, first: usize, most: usize, looked_at: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = 0;
    for (number, line) in whole.text.split('\n').enumerate() {
        if number >= first + most {
            break;
        }
        if number >= first {
            let role = if at < whole.body_start {
                Role::Frontmatter
            } else if line.trim_start_matches('#').starts_with(' ') && line.starts_with('#') {
                Role::Heading
            } else {
                Role::Body
            };
            lines.push(Line { role, pieces: pieces(whole, at..at + cut(line).len(), looked_at) });
        }
        at += line.len() + 1;
    }
    lines
}

fn cut(line: &str) -> &str {
    line.char_indices().nth(LONGEST_LINE).map_or(line, |(end, _)| &line[..end])
}

/// Returns a stretch of the text in pieces.
fn pieces(whole: &Whole, range: Range<usize>, looked_at: usize) -> Vec<(Kind, String)> {
    let mut pieces = Vec::new();
    let mut at = range.start;
    let first = whole.places.partition_point(|place| place.end <= range.start);
    for (number, place) in whole.places.iter().enumerate().skip(first).take_while(|(_, place)| place.start < range.end) {
        let (start, end) = (place.start.max(at), place.end.min(range.end));
        let kind = if number == looked_at { Kind::LookedAt } else { Kind::Answers };
        for (kind, piece) in [(Kind::Plain, at..start), (kind, start..end)] {
            if !piece.is_empty() {
                pieces.push((kind, washed(&whole.text[piece])));
            }
        }
        at = end;
    }
    if at < range.end {
        pieces.push((Kind::Plain, washed(&whole.text[at..range.end])));
    }
    pieces
}

fn washed(text: &str) -> String {
    crate::render::harmless(text).replace('\t', TAB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_it_answers_and_washed() {
        let whole =
            Whole { text: "---\na: 1\n---\n# One\tTwo\n\u{1b}[31mtwo two".into(), body_start: 13, places: vec![19..22, 28..31, 32..35] };
        let said = |kind, text: &str| (kind, text.to_owned());
        let expected = [
            Line { role: Role::Frontmatter, pieces: vec![said(Kind::Plain, "---")] },
            Line { role: Role::Heading, pieces: vec![said(Kind::Plain, "# One    "), said(Kind::Answers, "Two")] },
            Line {
                role: Role::Body,
                pieces: vec![
                    said(Kind::Plain, "\u{fffd}[31m"),
                    said(Kind::LookedAt, "two"),
                    said(Kind::Plain, " "),
                    said(Kind::Answers, "two"),
                ],
            },
        ];
        assert_eq!(lines(&whole, 2, 9, 1), expected);
        assert_eq!(line_of(&whole.text, 28), 4);
    }
}
