//! What Obsidian's YAML reader (npm `yaml` 2.7) and libyaml read differently, settled in the source before libyaml sees it.
//!
//! A scanner of places only: where texts in quotes, brackets and blocks begin, and how far their further lines must be indented. It knows
//! no values. What it refuses Obsidian refuses; what it rewrites means to libyaml what the source means to Obsidian. Whatever else is
//! wrong with a source is for libyaml to say.

use std::borrow::Cow;
use std::ops::Range;

/// Where and why Obsidian does not read the source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub at: usize,
    pub why: &'static str,
}

const OPEN_BRACKETS: &str = "the brackets above are not closed, or this line of theirs is not indented enough";
const OPEN_QUOTES: &str = "the quotes above are not closed, or this line of theirs is not indented enough";
const OUTDENTED: &str = "this line is not indented as the text above it";
const TAB_INDENT: &str = "tabs are not allowed as indentation";
const NO_SPACE: &str = "a comment needs a space in front";
const LIST_IN_BRACKETS: &str = "a list of dashes cannot stand in brackets";

/// Returns the source as libyaml must get it.
pub(super) fn adapt(yaml: &str) -> Result<Cow<'_, str>, Refused> {
    let mut scan = Scan {
        text: yaml.as_bytes(),
        at: 0,
        indent: 0,
        next: 0,
        is_pending: false,
        tab_line: None,
        tab_indent: None,
        has_questions: false,
        edits: Vec::new(),
    };
    while scan.at < scan.text.len() {
        scan.line()?;
    }
    if scan.edits.is_empty() {
        return Ok(Cow::Borrowed(yaml));
    }
    let mut adapted = String::with_capacity(yaml.len() + 16);
    let mut from = 0;
    for (range, with) in &scan.edits {
        adapted += &yaml[from..range.start];
        adapted += with;
        from = range.end;
    }
    Ok(Cow::Owned(adapted + &yaml[from..]))
}

struct Scan<'s> {
    text: &'s [u8],
    at: usize,
    /// Where the innermost entry of the line begins: after its spaces and the dashes of lists.
    indent: usize,
    /// How far the further lines of a value must be indented.
    next: usize,
    /// A key or dash waits for its value.
    is_pending: bool,
    /// A line of tabs right below a key without a value, which is wrong if no value follows.
    tab_line: Option<usize>,
    /// A tab that indents what stands on the line: right before a text, wrong before a key.
    tab_indent: Option<usize>,
    /// A key was written as `? key`, so that a `:` which begins a line may be its value.
    has_questions: bool,
    edits: Vec<(Range<usize>, String)>,
}

impl Scan<'_> {
    /// Reads from the start of a line to the start of a later one.
    fn line(&mut self) -> Result<(), Refused> {
        let start = self.at;
        let n_spaces = self.spaces(start);
        let end = start + n_spaces + self.blanks(start + n_spaces);
        if matches!(self.byte(end), None | Some(b'\n' | b'#')) {
            self.blank_line(start, n_spaces, end);
            return Ok(());
        }
        if n_spaces == 0 && self.is_document_mark(start) {
            self.at = self.text.len();
            return Ok(());
        }
        let is_item = self.byte(end) == Some(b'-') && self.is_empty(end + 1);
        match self.tab_line.take() {
            Some(at) if n_spaces == 0 && !is_item => return Err(Refused { at, why: TAB_INDENT }),
            _ => {}
        }
        self.tab_indent = None;
        self.indent = n_spaces;
        self.at = end;
        if (1..=n_spaces).contains(&self.next) {
            self.untab(start + n_spaces);
        }
        if self.next > self.indent && !self.is_empty(self.at + 1) {
            self.next = self.indent;
        }
        while matches!(self.byte(self.at), Some(b'-' | b'?' | b':')) && self.is_empty(self.at + 1) {
            if let Some(at) = self.tab_indent {
                return Err(Refused { at, why: TAB_INDENT });
            }
            match self.text[self.at] {
                b'?' => self.has_questions = true,
                b':' if !self.has_questions => self.edits.push((self.at..self.at, "~ ".to_owned())),
                _ => {}
            }
            let width = 1 + self.blanks(self.at + 1);
            self.next = self.indent + 1;
            self.indent += width;
            self.at += width;
            self.untab(self.at + 1 - width);
        }
        self.is_pending = false;
        self.values()
    }

    /// Makes spaces of the tabs between `from` and the place that is read next.
    fn untab(&mut self, from: usize) {
        if let Some(tab) = self.text[from..self.at].iter().position(|&byte| byte == b'\t') {
            self.tab_indent = Some(from + tab);
            self.edits.push((from..self.at, " ".repeat(self.at - from)));
        }
    }

    /// Passes a line without content. The tabs in it mean nothing to Obsidian and are refused by libyaml.
    fn blank_line(&mut self, start: usize, n_spaces: usize, end: usize) {
        if end > start + n_spaces {
            self.edits.push((start..end, " ".repeat(end - start)));
            if self.is_pending && self.indent == 0 && n_spaces == 0 && self.byte(end) == Some(b'\n') {
                self.tab_line = Some(start);
            }
        }
        self.is_pending = false;
        self.at = self.line_end(end) + 1;
    }

    /// Reads what stands on the rest of the line, and the further lines of its last value.
    fn values(&mut self) -> Result<(), Refused> {
        loop {
            self.at += self.blanks(self.at);
            match self.byte(self.at) {
                None | Some(b'\n' | b'#') => {
                    self.at = self.line_end(self.at) + 1;
                    return Ok(());
                }
                Some(b'!' | b'&' | b'*') => self.word(),
                Some(mark @ (b'-' | b'?' | b':')) if self.is_empty(self.at + 1) => {
                    if let Some(at) = self.tab_indent {
                        return Err(Refused { at, why: TAB_INDENT });
                    }
                    if mark == b'-' && self.is_pending {
                        self.lone_dash();
                    }
                    self.is_pending = mark == b':';
                    self.next = self.indent + 1;
                    self.at += 1;
                    continue;
                }
                Some(b'[' | b'{') => self.brackets()?,
                Some(b'"' | b'\'') => self.quotes()?,
                Some(b'|' | b'>') => return self.block(),
                Some(_) => self.plain(false),
            }
            if self.byte(self.at) == Some(b'#') {
                return Err(Refused { at: self.at, why: NO_SPACE });
            }
            self.is_pending = false;
        }
    }

    /// `key: -` is a list of one empty item to Obsidian, and nothing to libyaml.
    fn lone_dash(&mut self) {
        let after = self.at + 1 + self.blanks(self.at + 1);
        if !matches!(self.byte(after), None | Some(b'\n' | b'#')) {
            return;
        }
        let mut below = self.line_end(after) + 1;
        while below < self.text.len() && matches!(self.byte(below + self.blanks(below)), Some(b'\n' | b'#')) {
            below = self.line_end(below) + 1;
        }
        if below >= self.text.len() || self.spaces(below) <= self.indent {
            self.edits.push((self.at..self.at + 1, "[~]".to_owned()));
        }
    }

    /// Reads a flow collection, from its first bracket to its last.
    fn brackets(&mut self) -> Result<(), Refused> {
        let mut depth = 0;
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b'\n' => self.line_in_brackets(depth)?,
                b'#' if self.is_empty(self.at - 1) => self.at = self.line_end(self.at),
                b'#' => return Err(Refused { at: self.at, why: NO_SPACE }),
                b' ' | b'\t' | b',' => self.at += 1,
                b'[' | b'{' => {
                    depth += 1;
                    self.at += 1;
                }
                b']' | b'}' => {
                    depth -= 1;
                    self.at += 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                b'!' | b'&' | b'*' => self.word(),
                b'"' | b'\'' => self.quotes()?,
                b'-' if self.ends_in_brackets(self.at + 1) => return Err(Refused { at: self.at, why: LIST_IN_BRACKETS }),
                b':' | b'?' if self.ends_in_brackets(self.at + 1) => self.at += 1,
                _ => self.plain(true),
            }
        }
        Ok(())
    }

    /// Steps over a line end within brackets. Only the last bracket may stand as far left as the line where the first stands.
    fn line_in_brackets(&mut self, depth: usize) -> Result<(), Refused> {
        let start = self.at + 1;
        let n_spaces = self.spaces(start);
        self.at = start + n_spaces + self.blanks(start + n_spaces);
        let byte = self.byte(self.at);
        if matches!(byte, None | Some(b'\n')) {
            return Ok(());
        }
        let is_end = n_spaces + 1 == self.next && depth == 1 && matches!(byte, Some(b']' | b'}'));
        if n_spaces < self.next && byte != Some(b'#') && !is_end {
            return Err(Refused { at: self.at, why: OPEN_BRACKETS });
        }
        self.indent = n_spaces;
        Ok(())
    }

    /// Reads a text in quotes; one that does not end takes all the rest.
    fn quotes(&mut self) -> Result<(), Refused> {
        let quote = self.text[self.at];
        self.at += 1;
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b'\\' if quote == b'"' => self.escape(),
                b'\n' => match self.continued(self.at + 1) {
                    Some(at) => self.at = at,
                    None => return Err(Refused { at: self.at + 1, why: OPEN_QUOTES }),
                },
                _ if byte == quote && quote == b'\'' && self.byte(self.at + 1) == Some(quote) => self.at += 2,
                _ if byte == quote => {
                    self.at += 1;
                    return Ok(());
                }
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// Steps over an escape. JSON writes characters beyond the first 65,536 as two escapes, which libyaml does not put together.
    fn escape(&mut self) {
        if self.byte(self.at + 1) == Some(b'\n') {
            self.at += 1;
            return;
        }
        let unit = self.utf16_unit(self.at);
        let Some(high) = unit.filter(|unit| (0xd800..0xe000).contains(unit)) else {
            self.at += 2;
            return;
        };
        let low = self.utf16_unit(self.at + 6);
        let pair = low.and_then(|low| char::decode_utf16([high, low]).next()?.ok());
        let end = self.at + if pair.is_some() { 12 } else { 6 };
        let c = u32::from(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
        self.edits.push((self.at..end, format!("\\U{c:08x}")));
        self.at = end;
    }

    /// Returns the unit for the escape `\uXXXX` at `at`, if one stands there.
    fn utf16_unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
        u16::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_hex)?, 16).ok()
    }

    /// Reads a block of text, `|` or `>`, with its lines.
    fn block(&mut self) -> Result<(), Refused> {
        let header = self.at;
        while matches!(self.byte(self.at + 1), Some(b'+' | b'-' | b'0'..=b'9')) {
            self.at += 1;
        }
        let is_measured = self.text[header..=self.at].iter().any(u8::is_ascii_digit);
        if self.byte(self.at + 1) == Some(b'#') {
            return Err(Refused { at: self.at + 1, why: NO_SPACE });
        }
        let mut start = self.line_end(self.at) + 1;
        let mut first = start;
        while self.byte(first + self.spaces(first)) == Some(b'\n') {
            first += self.spaces(first) + 1;
        }
        let n_spaces = self.spaces(first);
        if n_spaces >= self.next && first < self.text.len() {
            if !is_measured && self.next > 0 && self.byte(first + n_spaces) == Some(b'\t') && n_spaces + 1 - self.next < 10 {
                self.edits.push((header + 1..header + 1, (n_spaces + 1 - self.next).to_string()));
            }
            self.next = if is_measured { self.next.max(1) } else { n_spaces };
            while let Some(at) = self.continued(start).filter(|_| start < self.text.len()) {
                start = self.line_end(at) + 1;
            }
        }
        if self.byte(start + self.spaces(start)) == Some(b'\t') {
            return Err(Refused { at: start, why: OUTDENTED });
        }
        self.at = start;
        Ok(())
    }

    /// Reads a text without quotes, with its further lines.
    fn plain(&mut self, in_brackets: bool) {
        let ends = |at| self.is_empty(at) || (in_brackets && self.is_bracket(at));
        let mut at = self.at;
        while let Some(byte) = self.byte(at) {
            match byte {
                b':' if at > self.at && ends(at + 1) => break,
                b'\n' => match self.continued(at + 1) {
                    Some(next) if self.byte(next) != Some(b'#') => at = next,
                    _ => break,
                },
                b' ' | b'\t' if self.byte(at + 1) == Some(b'#') => break,
                _ if in_brackets && self.is_bracket(at) => break,
                _ => at += 1,
            }
        }
        let text = self.text[self.at..at].trim_ascii_end();
        if is_number_to_library_only(text) {
            let end = self.at + text.len();
            self.edits.push((self.at..self.at, "'".to_owned()));
            self.edits.push((end..end, "'".to_owned()));
        }
        self.at = at.max(self.at + 1);
    }

    /// Steps over a tag, an anchor or an alias.
    fn word(&mut self) {
        self.at += 1;
        while !self.is_empty(self.at) && !self.is_bracket(self.at) {
            self.at += 1;
        }
    }

    /// Returns where the content of a value's further line begins, given the line's start; `None` if the line is not the value's.
    fn continued(&self, start: usize) -> Option<usize> {
        let at = start + self.spaces(start);
        let belongs = self.byte(at) == Some(b'\n') || at - start >= self.next;
        (belongs && !(self.next == 0 && self.is_document_mark(start))).then_some(at)
    }

    fn is_document_mark(&self, start: usize) -> bool {
        matches!(self.text.get(start..start + 3), Some(b"---" | b"...")) && self.is_empty(start + 3)
    }

    fn ends_in_brackets(&self, at: usize) -> bool {
        self.is_empty(at) || self.is_bracket(at)
    }

    fn is_bracket(&self, at: usize) -> bool {
        matches!(self.byte(at), Some(b'[' | b']' | b'{' | b'}' | b','))
    }

    fn is_empty(&self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b' ' | b'\t' | b'\n'))
    }

    fn spaces(&self, at: usize) -> usize {
        self.text.iter().skip(at).take_while(|&&byte| byte == b' ').count()
    }

    fn blanks(&self, at: usize) -> usize {
        self.text.iter().skip(at).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.text.len(), |length| at + length)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }
}

/// Returns whether a plain text is a number to the library and none in the core schema: `0b101`, `-0x1f`.
fn is_number_to_library_only(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    let is_signed = digits.len() < text.len();
    let is_prefixed = digits.starts_with(b"0b") || (is_signed && (digits.starts_with(b"0o") || digits.starts_with(b"0x")));
    is_prefixed && digits.iter().all(u8::is_ascii_alphanumeric)
}
