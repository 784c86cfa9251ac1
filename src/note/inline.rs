//! Finds links, embeds, tags and footnote references on the lines of an outline, from left to right as Obsidian does: what begins first wins,
//! and a wiki link swallows all up to its `]]`. Linear in the text.

use super::links::{self, Target, WikiFinder};
use super::marks::{Mark, Marks};
use super::{Link, LinkSyntax, Note, Tag, tags};
use memchr::{memchr2, memmem};
use std::iter::Peekable;
use std::ops::Range;

/// Fills the note's links, embeds, tags and footnote references.
pub(super) fn scan(text: &str, inline: Marks, note: &mut Note) {
    let mut marks = inline.marks.into_iter().peekable();
    let mut from = 0;
    for line in inline.lines {
        let range = line.start.max(from)..line.end;
        if !range.is_empty() {
            from = Scan::of(text, range, note).run(&mut marks);
        }
    }
}

/// One line under the scanner.
struct Scan<'a, 'n> {
    text: &'a str,
    line: Range<usize>,
    at: usize,
    /// Whether something inline begins or has just ended here, so that a tag may follow without a space.
    is_edge: bool,
    wiki: WikiFinder<'a>,
    highlight: Pair,
    comment: Pair,
    /// Where the bracket closes that is open here.
    bracket_end: usize,
    /// The brackets of the line that belong together, in the order of their openings; found when first asked for.
    brackets: Option<Vec<(usize, usize)>>,
    note: &'n mut Note,
}

impl<'a, 'n> Scan<'a, 'n> {
    fn of(text: &'a str, line: Range<usize>, note: &'n mut Note) -> Self {
        let (highlight, comment) = (Pair::default(), Pair::default());
        let wiki = WikiFinder::new(&text[line.clone()]);
        Self { text, at: line.start, line, is_edge: true, wiki, highlight, comment, bracket_end: 0, brackets: None, note }
    }

    /// Reads the line and returns where it stopped: at its end, or behind it when something reached over.
    fn run(mut self, marks: &mut Peekable<impl Iterator<Item = Mark>>) -> usize {
        loop {
            while marks.next_if(|mark| mark.start() < self.at).is_some() {} // swallowed
            let next_mark = marks.peek().map_or(self.line.end, Mark::start).min(self.line.end);
            self.skip_plain(next_mark);
            if self.at >= self.line.end {
                return self.at;
            }
            if self.wiki_link() {
                self.is_edge = true;
            } else if let Some(mark) = marks.next_if(|mark| mark.start() == self.at) {
                self.mark(mark);
                self.is_edge = true;
            } else {
                self.is_edge = self.sign();
            }
        }
    }

    /// Goes on to the next byte that may mean something, at most to `end`.
    fn skip_plain(&mut self, end: usize) {
        let plain = &self.text.as_bytes()[self.at..end.max(self.at)];
        let length = plain.iter().position(|&byte| IS_SIGN[usize::from(byte)]).unwrap_or(plain.len());
        if length > 0 {
            self.at += length;
            self.is_edge = false;
        }
    }

    fn mark(&mut self, mark: Mark) {
        let (range, link, display) = match mark {
            Mark::Edge(_) => return,
            Mark::Opaque(range) => return self.at = range.end,
            Mark::Link { range, link, display } | Mark::Image { range, link, display } => (range, link, display),
        };
        let is_image = self.text.as_bytes()[self.at] == b'!';
        self.at = if is_image { range.end } else { self.at + 1 };
        self.push(Target { link, display }, LinkSyntax::Markdown, range, is_image);
    }

    /// Reads a wiki link or an embed, if one stands here.
    fn wiki_link(&mut self) -> bool {
        let rest = &self.text[self.at..self.line.end];
        let is_embed = rest.starts_with("![[");
        if !is_embed && !rest.starts_with("[[") {
            return false;
        }
        let start = self.at;
        let open = start + usize::from(is_embed);
        let Some(content) = self.wiki.content_at(open - self.line.start) else { return false };
        self.at = open + content.len() + "[[]]".len();
        self.push(links::wiki(content), LinkSyntax::Wiki, start..self.at, is_embed);
        true
    }

    fn push(&mut self, Target { link, display }: Target, syntax: LinkSyntax, range: Range<usize>, is_embed: bool) {
        let original = self.text[range.clone()].to_owned();
        let list = if is_embed { &mut self.note.embeds } else { &mut self.note.links };
        list.push(Link { link, original, display, syntax, range });
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
        self.note.tags.push(Tag { tag: self.text[start..end].to_owned(), range: start..end });
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
        let (sign, rest) = (&text[at..inside], &text[inside..end]);
        // A comment may begin and end with a space, highlighted text may not.
        let is_tight = sign == "==";
        if self.is_spent || (is_tight && rest.starts_with([' ', '\t', '='])) {
            return false;
        }
        let is_close = |&close: &usize| close > 0 && !(is_tight && rest[..close].ends_with([' ', '\t']));
        self.close = memmem::find_iter(rest.as_bytes(), sign).find(is_close).map(|close| inside + close);
        self.is_spent = self.close.is_none();
        !self.is_spent
    }
}

/// The bytes at which the scanner looks.
const IS_SIGN: [bool; 256] = {
    let mut is_sign = [false; 256];
    let signs = b"\\![]#=%^:";
    let mut i = 0;
    while i < signs.len() {
        is_sign[signs[i] as usize] = true;
        i += 1;
    }
    is_sign
};
