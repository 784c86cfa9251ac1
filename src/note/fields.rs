//! Dataview's inline fields: `Key:: value` on a line of its own, `[key:: value]` and `(key:: value)` anywhere, and the dates of tasks.
//!
//! A convention of a plugin, which is the reference: code in a line is no obstacle to it, nor are links.

use super::{InlineField, ListItem, Wrapping};
use memchr::memmem;
use std::ops::Range;

/// Returns the fields that stand on `lines` of `text`; `items` are its list items.
pub fn fields(text: &str, lines: &[Range<usize>], items: &[ListItem]) -> Vec<InlineField> {
    let mut fields = Vec::new();
    let mut colons = memmem::find_iter(text.as_bytes(), b"::").peekable();
    let mut items = items.iter().peekable();
    let mut is_task = 0..0;
    for line in lines {
        while let Some(item) = items.next_if(|item| item.range.start <= line.start) {
            is_task = if item.task.is_some() { item.range.clone() } else { 0..0 };
        }
        while colons.next_if(|&at| at < line.start).is_some() {}
        let has_colons = colons.peek().is_some_and(|&at| at < line.end);
        let source = &text[line.clone()];
        let mut found = if has_colons { in_brackets(source) } else { vec![] };
        if is_task.contains(&line.start) {
            found.extend(dates(source));
        }
        if has_colons && found.is_empty() {
            found.extend(whole_line(source));
        }
        found.sort_by_key(|field| field.range.start);
        fields.extend(
            found.into_iter().map(|field| InlineField { range: field.range.start + line.start..field.range.end + line.start, ..field }),
        );
    }
    fields
}

/// Returns a key in the form in which Dataview's queries name it: `Due Date!` is `due-date`.
pub fn normalized_key(key: &str) -> String {
    let mut normalized = String::with_capacity(key.len());
    let mut was_space = false;
    for c in key.chars() {
        let is_space = c.is_whitespace();
        if is_space && !was_space {
            normalized.push('-');
        } else if c.is_alphanumeric() || matches!(c, '_' | '-') || is_emoji(c) {
            normalized.extend(c.to_lowercase());
        }
        was_space = is_space;
    }
    normalized
}

/// Returns the fields in brackets or parentheses. A bracket nests with its own kind only; an escaped one is text.
fn in_brackets(line: &str) -> Vec<InlineField> {
    let mut closed = Vec::new();
    let (mut brackets, mut parentheses) = (Vec::new(), Vec::new());
    let mut is_escaped = false;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if is_escaped => {}
            b'[' => brackets.push(at),
            b'(' => parentheses.push(at),
            b']' => closed.extend(brackets.pop().map(|start| start..at + 1)),
            b')' => closed.extend(parentheses.pop().map(|start| start..at + 1)),
            _ => {}
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    closed.retain(|range| key_length(line, range).is_some());
    closed.sort_by_key(|range| range.start);
    without_overlap(closed).into_iter().filter_map(|range| field_between(line, range)).collect()
}

/// Returns how long the key is that begins in the brackets at the ends of `range`, if one does: up to `::`, without any bracket.
fn key_length(line: &str, range: &Range<usize>) -> Option<usize> {
    let inside = &line[range.start + 1..range.end - 1];
    let length = inside.find(['[', ']', '(', ')', ':'])?;
    inside[length..].starts_with("::").then_some(length)
}

fn field_between(line: &str, range: Range<usize>) -> Option<InlineField> {
    let (key, value) = line[range.start + 1..range.end - 1].split_at(key_length(line, &range)?);
    let wrapping = if line.as_bytes()[range.start] == b'[' { Wrapping::Bracket } else { Wrapping::Parenthesis };
    Some(InlineField { key: key.trim().to_owned(), value: value[2..].trim().to_owned(), wrapping, range })
}

/// Of ranges that overlap the first counts.
fn without_overlap(ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut end = 0;
    let is_free = |range: &Range<usize>| {
        let is_free = range.start >= end;
        end = if is_free { range.end } else { end };
        is_free
    };
    ranges.into_iter().filter(is_free).collect()
}

/// Returns the field that the line is as a whole. Formatting round its key is dropped.
fn whole_line(line: &str) -> Option<InlineField> {
    let at = memmem::find(line.as_bytes(), b"::")?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let key = line[..at].trim().trim_start_matches(|c| !is_word(c)).trim_end_matches(['*', '~', '`']);
    let is_key = !key.is_empty() && key.chars().all(|c| is_word(c) || c.is_whitespace() || matches!(c, '/' | '-') || is_emoji(c));
    let value = line[at + 2..].trim().to_owned();
    is_key.then(|| InlineField { key: key.trim().to_owned(), value, wrapping: Wrapping::Line, range: 0..line.len() })
}

/// Returns a task's dates in the shorthand of emoji.
fn dates(line: &str) -> Vec<InlineField> {
    let found = SHORTHANDS.iter().filter_map(|(emoji, key)| {
        let start = line.find(emoji)?;
        let rest = &line[start + emoji.len()..];
        let date = rest.strip_prefix('\u{fe0f}').unwrap_or(rest).trim_start();
        let date = date.get(..10).filter(|date| is_date(date))?;
        let end = date.as_ptr() as usize - line.as_ptr() as usize + date.len();
        Some(InlineField { key: (*key).to_owned(), value: date.to_owned(), wrapping: Wrapping::Emoji, range: start..end })
    });
    found.collect()
}

const SHORTHANDS: [(&str, &str); 8] = [
    ("\u{1f5d3}", "due"),
    ("\u{1f4c5}", "due"),
    ("\u{1f4c6}", "due"),
    ("\u{2705}", "completion"),
    ("\u{2795}", "created"),
    ("\u{1f6eb}", "start"),
    ("\u{23f3}", "scheduled"),
    ("\u{231b}", "scheduled"),
];

fn is_date(text: &str) -> bool {
    text.bytes().enumerate().all(|(i, byte)| if matches!(i, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{20e3}' | '\u{fe0f}' | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[(&str, &str, Wrapping)]) {
        let item = ListItem { parent: -1, task: Some(' '), id: None, range: 0..line.len() };
        let found = fields(line, std::slice::from_ref(&item.range), std::slice::from_ref(&item));
        let found = found.iter().map(|field| (field.key.as_str(), field.value.as_str(), field.wrapping)).collect::<Vec<_>>();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn fields_stand_in_brackets_or_fill_the_line() {
        check("a [k:: v] b (l::w)", &[("k", "v", Wrapping::Bracket), ("l", "w", Wrapping::Parenthesis)]);
        check("[k:: [v]]", &[("k", "[v]", Wrapping::Bracket)]);
        check("(k:: [l:: v])", &[("k", "[l:: v]", Wrapping::Parenthesis)]);
        check("**Bold Key**:: a, b", &[("Bold Key", "a, b", Wrapping::Line)]);
        check("key::", &[("key", "", Wrapping::Line)]);
        check("[k:: \\[v]", &[("k", "\\[v", Wrapping::Bracket)]);
    }

    #[test]
    fn other_colons_are_none() {
        for line in ["[k:v]", "k: v", "std::vec<T>::new, x++::y", "[a[b]:: c", "::"] {
            let whole = 0..line.len();
            let found = fields(line, std::slice::from_ref(&whole), &[]);
            assert!(found.iter().all(|field| field.key == "std"), "{line}: {found:?}");
        }
    }

    #[test]
    fn a_tasks_emoji_stand_for_dates() {
        check("x 🗓️2022-07-14 ✅ 2022-07-26", &[("due", "2022-07-14", Wrapping::Emoji), ("completion", "2022-07-26", Wrapping::Emoji)]);
        check("x ✅ soon ➕2022-1", &[]);
    }

    #[test]
    fn keys_are_normalized_as_queries_name_them() {
        for (key, normalized) in [("This     is test", "this-is-test"), ("This is a Test.", "this-is-a-test"), ("Größe 📏", "größe-📏")]
        {
            assert_eq!(normalized_key(key), normalized);
        }
    }
}
