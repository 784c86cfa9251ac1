//! The text of a file: from its bytes to the form all positions count in, and from bytes of that text to lines and UTF-16 columns.
//!
//! That form is UTF-8 without BOM, with LF line ends and without NUL (PostgreSQL stores none). Knows nothing of Markdown.

use super::Problem;
use std::borrow::Cow;

/// A file as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source<'b> {
    /// Borrowed from the file's bytes when they are in the form of texts already, as nearly all are.
    pub text: Cow<'b, str>,
    /// What was wrong with its encoding.
    pub problems: Vec<Problem>,
}

impl<'b> Source<'b> {
    /// Decodes the bytes of a file.
    pub fn of(bytes: &'b [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut problems = Vec::new();
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => {
                let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                problems.push(problem_after(&before, "the text is not UTF-8 here; such bytes are read as \u{fffd}"));
                String::from_utf8_lossy(bytes)
            }
        };
        if memchr::memchr2(b'\r', 0, text.as_bytes()).is_none() {
            return Self { text, problems };
        }
        if let Some(at) = memchr::memchr(0, text.as_bytes()) {
            problems.push(problem_after(&text[..at], "a NUL character was left out"));
        }
        Self { text: Cow::Owned(normalize(&text)), problems }
    }
}

/// Returns whether a text holds a NUL.
pub fn has_nul(text: &str) -> bool {
    memchr::memchr(0, text.as_bytes()).is_some()
}

/// Returns the problem `message` at the place that `before`, the text up to it, ends at.
pub fn problem_after(before: &str, message: impl Into<String>) -> Problem {
    let line_start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let n_lines = before.matches('\n').count() + before.matches('\r').count() - before.matches("\r\n").count();
    Problem { line: n_lines + 1, column: before[line_start..].chars().count() + 1, message: message.into() }
}

fn normalize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'\r', 0, rest.as_bytes()) {
        out.push_str(&rest[..at]);
        if rest.as_bytes()[at] == b'\r' && rest.as_bytes().get(at + 1) != Some(&b'\n') {
            out.push('\n');
        }
        rest = &rest[at + 1..];
    }
    out + rest
}

/// A place as Obsidian writes it: all from 0, `col` and `offset` in UTF-16 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    pub line: usize,
    pub col: usize,
    pub offset: usize,
}

/// The lines of a text, for turning byte positions into lines and columns.
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// How much comes before each [`STRIDE`] bytes, so that no lookup walks a long line from its start.
    strides: Vec<Length>,
}

const STRIDE: usize = 512;

/// The length of a piece of text.
#[derive(Clone, Copy, Default)]
struct Length {
    n_chars: usize,
    n_units: usize,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let mut length = Length::default();
        let strides = text.as_bytes().chunks(STRIDE).map(|chunk| {
            let before = length;
            length = before.plus(chunk);
            before
        });
        Self { text, strides: strides.collect(), starts: std::iter::once(0).chain(newlines).collect() }
    }

    /// Returns the line, from 0, that holds the byte `at`.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start <= at) - 1
    }

    /// Returns where the line of the byte `at` begins.
    pub fn start_of_line(&self, at: usize) -> usize {
        self.starts[self.line(at)]
    }

    pub fn place(&self, at: usize) -> Place {
        let line = self.line(at);
        let offset = self.before(at).n_units;
        Place { line, col: offset - self.before(self.starts[line]).n_units, offset }
    }

    /// Returns line and column from 1, in characters, as editors show them.
    pub fn line_and_column(&self, at: usize) -> (usize, usize) {
        let line = self.line(at);
        (line + 1, self.before(at).n_chars - self.before(self.starts[line]).n_chars + 1)
    }

    fn before(&self, at: usize) -> Length {
        // A text that fills its last stride has no further one.
        let stride = (at / STRIDE).min(self.strides.len().saturating_sub(1));
        self.strides.get(stride).map_or_else(Length::default, |before| before.plus(&self.text.as_bytes()[stride * STRIDE..at]))
    }
}

impl Length {
    /// Returns the length with that of `bytes` added: a character begins with each byte that continues none, and it is two UTF-16 units if it
    /// takes four bytes.
    fn plus(self, bytes: &[u8]) -> Self {
        // Nearly all text is ASCII, and that is seen many bytes at once.
        let (n_chars, n_large) =
            if bytes.is_ascii() { (bytes.len(), 0) } else { (count(bytes, |byte| byte & 0xc0 != 0x80), count(bytes, |byte| byte >= 0xf0)) };
        Self { n_chars: self.n_chars + n_chars, n_units: self.n_units + n_chars + n_large }
    }
}

fn count(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> usize {
    bytes.iter().filter(|byte| is_one(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_lf_and_bom_and_nul_go() {
        for (bytes, text, n_problems) in [
            (&b"\xef\xbb\xbfa\r\nb\rc\n"[..], "a\nb\nc\n", 0),
            (b"a\r", "a\n", 0),
            (b"a\0b", "ab", 1),
            (b"a\xffb", "a\u{fffd}b", 1),
            (b"", "", 0),
        ] {
            let source = Source::of(bytes);
            assert_eq!((&*source.text, source.problems.len()), (text, n_problems), "{bytes:?}");
        }
    }

    #[test]
    fn a_broken_byte_is_reported_where_it_stands() {
        let problems = Source::of(b"one\r\nt\xc3\xa4\xff").problems;
        assert_eq!((problems[0].line, problems[0].column), (2, 3));
    }

    #[test]
    fn columns_count_utf16_units() {
        let text = format!("a\n{}ä😀x\n", "y".repeat(1000));
        let lines = Lines::new(&text);
        let place = lines.place(text.find('x').unwrap());
        assert_eq!(place, Place { line: 1, col: 1003, offset: 1005 });
        assert_eq!(lines.place(text.len()).line, 2);
        assert_eq!(lines.line_and_column(text.find('x').unwrap()), (2, 1003));
    }

    #[test]
    fn the_end_of_any_text_has_a_place() {
        for n in [0, 1, STRIDE - 1, STRIDE, STRIDE + 1, 2 * STRIDE] {
            let text = "x".repeat(n);
            assert_eq!(Lines::new(&text).place(n).offset, n);
        }
    }
}
