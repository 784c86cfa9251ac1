//! Finds links, embeds, tags and footnote references on the lines of an outline, from left to right as Obsidian does: what begins first wins,
//! and a wiki link swallows all up to its `]]`. Linear in the text.

use super::links::{self, Target};
use super::marks::{Mark, MarkKind, MarkdownLink, Marks};
use super::{Link, LinkSyntax, Note, Tag, tags};
use memchr::{memchr_iter, memchr2};
use std::borrow::Cow;
use std::ops::Range;
use std::slice;

/// Fills the note's links, embeds, tags and footnote references.
pub(super) fn scan<'t>(text: &'t str, inline: Marks, note: &mut Note<'t>) {
    let mut scan = Scan {
        text,
        note,
        marks: inline.marks.iter(),
        links: inline.links,
        line: 0..0,
        at: 0,
        is_edge: true,
        highlight: Pair::default(),
        comment: Pair::default(),
        bracket_end: 0,
        brackets: None,
    };
    for line in &inline.lines {
        // What began on a line before may reach into this one.
        let line = line.start.max(scan.at)..line.end;
        if !line.is_empty() {
            scan.begin(line);
            scan.read();
        }
    }
}

/// A text under the scanner, line by line.
struct Scan<'t, 'n> {
    text: &'t str,
    note: &'n mut Note<'t>,
    /// The marks ahead, and the links that they name.
    marks: slice::Iter<'n, Mark>,
    links: Vec<MarkdownLink>,
    line: Range<usize>,
    at: usize,
    /// Whether something inline begins or has just ended here, so that a tag may follow without a space.
    is_edge: bool,
    highlight: Pair,
    comment: Pair,
    /// Where the bracket closes that is open here.
    bracket_end: usize,
    /// The brackets of the line that belong together, in the order of their openings; found when first asked for.
    brackets: Option<Vec<(usize, usize)>>,
}

impl<'t> Scan<'t, '_> {
    fn begin(&mut self, line: Range<usize>) {
        self.at = line.start;
        self.is_edge = true;
        (self.highlight, self.comment) = (Pair::default(), Pair::default());
        self.bracket_end = 0;
        self.brackets = None;
        self.line = line;
    }

    /// Reads the line up to its end, or beyond when something reaches over.
    fn read(&mut self) {
        loop {
            while self.marks.as_slice().first().is_some_and(|mark| mark.start < self.at) {
                self.marks.next(); // swallowed
            }
            let mark = self.marks.as_slice().first().copied().filter(|mark| mark.start < self.line.end);
            // What has just been read may reach over the end of the line.
            self.skip_plain(mark.map_or(self.line.end, |mark| mark.start).max(self.at));
            if self.at >= self.line.end {
                return;
            }
            if self.wiki_link() {
                self.is_edge = true;
            } else if let Some(mark) = mark.filter(|mark| mark.start == self.at) {
                self.marks.next();
                self.mark(mark.kind);
                self.is_edge = true;
            } else {
                self.is_edge = self.sign();
            }
        }
    }

    /// Goes on to the next byte that may mean something, at most to `end`.
    fn skip_plain(&mut self, end: usize) {
        let sign = next_sign(self.text.as_bytes(), self.at, end);
        self.is_edge &= sign == self.at;
        self.at = sign;
    }

    fn mark(&mut self, kind: MarkKind) {
        match kind {
            MarkKind::Edge => {}
            MarkKind::Opaque(end) => self.at = end,
            MarkKind::Link(index) => {
                let MarkdownLink { range, link, display } = std::mem::take(&mut self.links[index]);
                let is_image = self.text.as_bytes()[self.at] == b'!';
                self.at = if is_image { range.end } else { self.at + 1 };
                let target = Target { link: Cow::Owned(link), display: Cow::Owned(display) };
                self.push(target, LinkSyntax::Markdown, range, is_image);
            }
        }
    }

    /// Reads a wiki link or an embed, if one stands here.
    fn wiki_link(&mut self) -> bool {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..self.line.end];
        let open = match rest {
            [b'[', b'[', ..] => start,
            [b'!', b'[', b'[', ..] => start + 1,
            _ => return false,
        };
        let is_embed = open > start;
        let Some(content) = links::wiki_content(&self.text[open + 2..self.line.end]) else { return false };
        self.at = open + content.len() + "[[]]".len();
        self.push(links::wiki(content), LinkSyntax::Wiki, start..self.at, is_embed);
        true
    }

    fn push(&mut self, Target { link, display }: Target<'t>, syntax: LinkSyntax, range: Range<usize>, is_embed: bool) {
        let list = if is_embed { &mut self.note.embeds } else { &mut self.note.links };
        list.push(Link { link, original: &self.text[range.clone()], display, syntax, range });
    }

    /// Reads the sign that stands here, and returns whether it bounds something inline.
    fn sign(&mut self) -> bool {
        let start = self.at;
        self.at += 1;
        let next = self.text.as_bytes()[..self.line.end].get(self.at);
        match self.text.as_bytes()[start] {
            b'\\' if next.is_some_and(u8::is_ascii_punctuation) => self.at += 1,
            b'#' => return self.tag(start),
            b'[' if next == Some(&b'^') => return self.footnote(start) || self.bracket(start),
            b'[' => return self.bracket(start),
            b']' if start == self.bracket_end => {}
            b':' if next == Some(&b'/') => return self.url(start),
            b'^' if next == Some(&b'[') => return self.inline_footnote(),
            b'=' if next == Some(&b'=') => {
                self.at += 1;
                return self.highlight.meets(self.text, start, self.line.end);
            }
            b'%' if next == Some(&b'%') => {
                self.at += 1;
                return self.comment.meets(self.text, start, self.line.end);
            }
            _ => return false,
        }
        true
    }

    fn tag(&mut self, start: usize) -> bool {
        let is_free = self.is_edge || self.text[..start].ends_with(|c: char| c.is_whitespace() || c == '\u{feff}');
        let Some(end) = tags::end(&self.text[..self.line.end], start).filter(|_| is_free) else { return false };
        self.at = end;
        self.note.tags.push(Tag { tag: &self.text[start..end], range: start..end });
        true
    }

    /// Goes past the rest of a bare URL, given its colon: it reaches to white space, `<`, or a bracket that closes what was open before.
    fn url(&mut self, colon: usize) -> bool {
        let is_scheme = |scheme: &str| self.text[self.line.start..colon].ends_with(scheme);
        if !(is_scheme("http") || is_scheme("https")) || !self.text[colon..self.line.end].starts_with("://") {
            return false;
        }
        let mut n_open = 0;
        let end = self.text[colon..self.line.end].find(|c: char| {
            n_open += i32::from(matches!(c, '[' | '(')) - i32::from(matches!(c, ']' | ')'));
            c.is_whitespace() || c == '<' || n_open < 0
        });
        self.at = end.map_or(self.line.end, |end| colon + end);
        true
    }

    /// Reads `[^id]`.
    fn footnote(&mut self, start: usize) -> bool {
        let rest = &self.text[start + 2..self.line.end];
        let Some(length) = rest.find(|c: char| c.is_whitespace() || matches!(c, '[' | ']')).filter(|&n| n > 0) else { return false };
        if !rest[length..].starts_with(']') {
            return false;
        }
        self.note.footnote_refs.push(rest[..length].to_lowercase());
        self.at = start + 2 + length + 1;
        true
    }

    /// Reads the opening of `^[text]`, a footnote without an id of its own; Obsidian numbers them on. Its text may hold brackets in pairs.
    fn inline_footnote(&mut self) -> bool {
        let (text, line) = (self.text, &self.line);
        let brackets = self.brackets.get_or_insert_with(|| pairs_of_brackets(text, line.clone()));
        let Ok(index) = brackets.binary_search_by_key(&self.at, |(open, _)| *open) else { return false };
        let close = brackets[index].1;
        if close == self.at + 1 {
            return false;
        }
        self.bracket_end = close;
        self.at += 1;
        self.note.footnotes.push(format!("[inline{}", self.note.footnotes.len()));
        true
    }

    /// Returns whether the bracket at `start` closes on this line before another opens: it is then a reference, whose label is inline text,
    /// to Obsidian's parser also without a definition.
    fn bracket(&mut self, start: usize) -> bool {
        let inside = &self.text.as_bytes()[start + 1..self.line.end];
        let end = memchr2(b'[', b']', inside).filter(|&end| inside[end] == b']' && end > 0);
        self.bracket_end = end.map_or(self.bracket_end, |end| start + 1 + end);
        end.is_some()
    }
}

/// Returns the pairs of brackets on a line, escaped ones aside.
fn pairs_of_brackets(text: &str, line: Range<usize>) -> Vec<(usize, usize)> {
    let (mut open, mut pairs, mut is_escaped) = (Vec::new(), Vec::new(), false);
    for (at, byte) in line.clone().zip(text[line].bytes()) {
        match byte {
            _ if is_escaped => {}
            b'[' => open.push(at),
            b']' => pairs.extend(open.pop().map(|open| (open, at))),
            _ => {}
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    pairs.sort_unstable();
    pairs
}

/// Two equal signs round a text, `==highlight==` or `%%comment%%`.
#[derive(Default)]
struct Pair {
    /// Where the open one closes.
    close: Option<usize>,
    /// No further sign can be a closing one: never look again, or a line full of them would take its square.
    is_spent: bool,
}

impl Pair {
    /// Returns whether the sign at `at` opens or closes a pair on a line that ends at `end`.
    fn meets(&mut self, text: &str, at: usize, end: usize) -> bool {
        if let Some(close) = self.close.filter(|&close| close >= at) {
            return close == at;
        }
        let inside = at + 2;
        let (sign, rest) = (text.as_bytes()[at], &text[inside..end]);
        // A comment may begin and end with a space, highlighted text may not.
        let is_tight = sign == b'=';
        if self.is_spent || (is_tight && rest.starts_with([' ', '\t', '='])) {
            return false;
        }
        let is_close = |&close: &usize| close > 0 && !(is_tight && rest[..close].ends_with([' ', '\t']));
        self.close = pairs_of(sign, rest.as_bytes()).find(is_close).map(|close| inside + close);
        self.is_spent = self.close.is_none();
        !self.is_spent
    }
}

/// Returns where `sign` stands twice in a row, from left to right; of four in a row that is two times.
fn pairs_of(sign: u8, text: &[u8]) -> impl Iterator<Item = usize> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = &text[from..];
        let at = from + memchr_iter(sign, rest).find(|&at| rest.get(at + 1) == Some(&sign))?;
        from = at + 2;
        Some(at)
    })
}

/// Returns where the first byte from `at` on stands at which the scanner looks, at most `end`.
fn next_sign(text: &[u8], mut at: usize, end: usize) -> usize {
    // A block at a time, also beyond the end: text is mostly text, and this the compiler makes a few instructions of.
    while at < end && is_plain::<16>(&text[at..]) {
        at += 16;
    }
    if is_plain::<8>(&text[at..]) {
        at += 8;
    }
    (at..end).find(|&at| is_sign(text[at])).unwrap_or(end)
}

/// Returns whether the next bytes are there, and none of them is a sign.
fn is_plain<const N: usize>(text: &[u8]) -> bool {
    text.first_chunk::<N>().is_some_and(|block| block.iter().fold(0, |found, &byte| found | u8::from(is_sign(byte))) == 0)
}

/// Returns whether a byte is one of `[\]^`, `!#%`, `:` and `=`.
fn is_sign(byte: u8) -> bool {
    (byte.wrapping_sub(b'[') < 4) | ((byte & 0xf9 == b'!') & (byte != b'\'')) | (byte == b':') | (byte == b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scanner_looks_at_each_sign_and_at_nothing_else() {
        let signs = (0..=u8::MAX).filter(|&byte| is_sign(byte)).collect::<Vec<_>>();
        assert_eq!(signs, b"!#%:=[\\]^");
        for n in 0..40 {
            let text = [&vec![b'x'; n][..], b"#", &[b'y'; 20]].concat();
            assert_eq!(next_sign(&text, n / 2, n + 1), n);
            assert_eq!(next_sign(&text[..n + 1], 0, n + 1), n);
            assert_eq!(next_sign(&text, 0, n), n);
        }
    }
}
