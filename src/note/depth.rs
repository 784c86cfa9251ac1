//! Keeps what a Markdown parser reads from being nested too deeply: each line below a nest costs it the depth of the nest, so that 100 kB of
//! `> > >` and as much text would take the square of their length.
//!
//! Of a line that opens more than a few dozen quotes and lists within one another the rest is text. Nobody writes such a line.

use super::Problem;
use super::text::problem_after;
use memchr::{memchr, memrchr};
use std::borrow::Cow;

/// What may stand before a further marker on its line: each marker weighs three, each column of white space one. That makes 75 lists on one
/// line, or 150 below one another.
const MOST: usize = 300;

/// No shorter line is too deep, even if it is all tabs.
pub(super) const SHORT: usize = MOST / TAB;
const TAB: usize = 4;

/// Returns the text as the Markdown parser may read it, of the same length: the first marker that is too deep is a letter.
pub(super) fn shallow(text: &str) -> Cow<'_, str> {
    let mut from = 0;
    let mut shallow = String::new();
    for marker in deep_markers(text) {
        shallow.push_str(&text[from..marker]);
        shallow.push('x');
        from = marker + 1;
    }
    if from == 0 { Cow::Borrowed(text) } else { Cow::Owned(shallow + &text[from..]) }
}

/// Returns the problem with a marker that is too deep.
pub(super) fn problem(text: &str, marker: usize) -> Problem {
    problem_after(&text[..marker], "quotes and lists are nested too deeply from here on; the rest of the line is read as text")
}

/// Returns where the first marker stands that is too deep, of each line that has one.
pub(super) fn deep_markers(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at + SHORT < bytes.len() {
            // Lines that end soon are skipped, all at once.
            if let Some(end) = memrchr(b'\n', &bytes[at..at + SHORT]) {
                at += end + 1;
                continue;
            }
            let line = at;
            at = memchr(b'\n', &bytes[line + SHORT..]).map_or(bytes.len(), |end| line + SHORT + end + 1);
            if let Some(marker) = deep_marker(&bytes[line..at]) {
                return Some(line + marker);
            }
        }
        None
    })
}

/// Returns where the first marker of a line stands that is too deep.
pub(super) fn deep_marker(line: &[u8]) -> Option<usize> {
    let (mut at, mut weight) = (0, 0);
    loop {
        match line.get(at)? {
            b' ' => (at, weight) = (at + 1, weight + 1),
            b'\t' => (at, weight) = (at + 1, weight + TAB),
            _ => {
                let length = marker_length(&line[at..])?;
                if weight > MOST {
                    return Some(at).filter(|&at| !is_rule(&line[at..]));
                }
                (at, weight) = (at + length, weight + 3);
            }
        }
    }
}

/// Returns how long the marker of a quote, a list item or a footnote is that a piece of a line begins with.
fn marker_length(line: &[u8]) -> Option<usize> {
    let is_free = |length: &usize| line.get(*length).is_none_or(u8::is_ascii_whitespace);
    match line[0] {
        b'>' => Some(1),
        b'-' | b'*' | b'+' => Some(1).filter(is_free),
        b'0'..=b'9' => {
            let n_digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
            line.get(n_digits).filter(|sign| matches!(sign, b'.' | b')')).map(|_| n_digits + 1).filter(is_free)
        }
        b'[' if line.get(1) == Some(&b'^') => {
            let end = memchr(b']', line)?;
            (line.get(end + 1) == Some(&b':')).then_some(end + 2)
        }
        _ => None,
    }
}

/// Returns whether a piece of a line is nothing but one sign, again and again: that is a rule, and no list.
fn is_rule(line: &[u8]) -> bool {
    line.iter().all(|byte| *byte == line[0] || byte.is_ascii_whitespace()) && line[0] != b'>'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let shallow = shallow(text);
        assert_eq!(shallow.len(), text.len());
        assert_eq!(deep_markers(text).next().map(|at| &text[at..]), expected);
    }

    #[test]
    fn the_rest_of_a_line_that_is_too_deep_is_text() {
        check(&("> ".repeat(76) + "> a"), Some("> a"));
        check(&("text\n".to_owned() + &"- ".repeat(76) + "1. > a\nb"), Some("1. > a\nb"));
        check(&(" ".repeat(301) + "- a"), Some("- a"));
        check(&("\t".repeat(76) + "- a"), Some("- a"));
        check(&("[^a]: ".repeat(76) + "- a"), Some("- a"));
        assert_eq!(shallow(&(">".repeat(102) + "\nb\n")), ">".repeat(101) + "x\nb\n");
    }

    #[test]
    fn other_lines_are_left_alone() {
        for text in ["- ".repeat(300), " ".repeat(400) + "a", "> - ".repeat(30) + "a", "a".repeat(500) + "\n" + &"> a\n".repeat(200)] {
            check(&text, None);
        }
    }

    #[test]
    fn the_problem_is_at_the_marker() {
        let text = "---\na: b\n---\nc\n".to_owned() + &">".repeat(500);
        let problem = problem(&text, 13 + deep_markers(&text[13..]).next().unwrap());
        assert_eq!((problem.line, problem.column), (5, 102));
    }
}
