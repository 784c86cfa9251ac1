//! Dataview's inline fields: `Key:: value` on a line of its own, `[key:: value]` and `(key:: value)` anywhere, and the dates of tasks.
//!
//! A convention of a plugin, which is the reference: code in a line is no obstacle to it, nor are links.

use super::{InlineField, ListItem, Wrapping};
use memchr::memmem::{self, Finder};
use std::ops::Range;
use std::sync::LazyLock;

/// Dataview passes over longer lines, and so do we: each bracket may look through all that follows it.
const LONGEST_LINE: usize = 32 << 10;

/// Made once: most notes have no such sign, and to make it takes longer than to look.
static COLONS: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("::"));

/// Returns the fields that stand on `lines` of `text`; `items` are its list items.
pub fn fields<'t>(text: &'t str, lines: &[Range<usize>], items: &[ListItem<'_>]) -> Vec<InlineField<'t>> {
    let mut fields = Vec::new();
    let has_colons = COLONS.find(text.as_bytes()).is_some();
    // Without colons only the dates of list items are left, and no emoji is ASCII.
    if !has_colons && (items.is_empty() || text.is_ascii()) {
        return fields;
    }
    let mut colons = COLONS.find_iter(text.as_bytes()).peekable();
    let mut items = items.iter().peekable();
    let mut item: Option<&ListItem<'_>> = None;
    for line in lines {
        while let Some(next) = items.next_if(|next| next.range.start <= line.start) {
            item = Some(next);
        }
        let item = item.filter(|item| item.range.contains(&line.start));
        let is_task = item.is_some_and(|item| item.task.is_some());
        while colons.next_if(|&at| at < line.start).is_some() {}
        if line.len() > LONGEST_LINE {
            continue;
        }
        let has_colons = colons.peek().is_some_and(|&at| at < line.end);
        let source = &text[line.clone()];
        let may_have_dates = item.is_some() && !source.is_ascii();
        if !has_colons && !may_have_dates {
            continue;
        }
        let mut found = if has_colons { in_brackets(source) } else { vec![] };
        if may_have_dates {
            found.extend(dates(source));
        }
        if has_colons && found.is_empty() && !is_task {
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
        } else if c.is_alphabetic() || c.is_ascii_digit() || matches!(c, '_' | '-') || is_emoji(c) {
            normalized.extend(c.to_lowercase());
        }
        was_space = is_space;
    }
    normalized
}

/// Returns the fields in brackets, then those in parentheses. Each kind nests with itself only and knows nothing of the other, so that a
/// field of one may stand in the value of the other.
fn in_brackets(line: &str) -> Vec<InlineField<'_>> {
    let mut found = Vec::new();
    for (open, close, wrapping) in [('[', ']', Wrapping::Bracket), ('(', ')', Wrapping::Parenthesis)] {
        let mut from = 0;
        while let Some(start) = line[from..].find(open).map(|at| from + at) {
            from = start + 1;
            if let Some((key, value)) = field_after(&line[from..], open, close) {
                let range = start..from + value.end + 1;
                let value = line[from..][value].trim();
                from = range.end;
                found.push(InlineField { key: key.trim(), value, wrapping, range });
            }
        }
    }
    found
}

/// Returns the key and the place of the value of the field that begins right after an opening bracket: a key up to `::` without any bracket,
/// and a value up to the bracket that closes it. A backslash takes from a bracket of the value its meaning.
fn field_after(text: &str, open: char, close: char) -> Option<(&str, Range<usize>)> {
    let (key, value) = text.split_once("::")?;
    if key.contains(['[', ']', '(', ')']) {
        return None;
    }
    let start = key.len() + 2;
    let mut depth = 0;
    let mut is_escaped = false;
    for (at, c) in value.char_indices() {
        match c {
            '\\' => is_escaped = !is_escaped,
            _ if is_escaped => is_escaped = false,
            _ if c == open => depth += 1,
            _ if c == close && depth == 0 => return Some((key, start..start + at)),
            _ if c == close => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns the field that the line is as a whole. Formatting round its key is dropped.
fn whole_line(line: &str) -> Option<InlineField<'_>> {
    let at = memmem::find(line.as_bytes(), b"::")?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let key = line[..at].trim().trim_start_matches(|c| !is_word(c)).trim_end_matches(['*', '~', '`']);
    let is_key = !key.is_empty() && key.chars().all(|c| is_word(c) || c.is_whitespace() || matches!(c, '/' | '-') || is_emoji(c));
    let value = line[at + 2..].trim();
    is_key.then(|| InlineField { key: key.trim(), value, wrapping: Wrapping::Line, range: 0..line.len() })
}

/// Returns the dates of a list item in the shorthand of emoji: of each kind the first.
fn dates(line: &str) -> Vec<InlineField<'_>> {
    let mut found: Vec<InlineField<'_>> = Vec::new();
    for (start, emoji) in line.char_indices().filter(|(_, c)| !c.is_ascii()) {
        let Some((_, key)) = SHORTHANDS.iter().find(|(known, _)| *known == emoji) else { continue };
        let rest = &line[start + emoji.len_utf8()..];
        let date = rest.strip_prefix('\u{fe0f}').unwrap_or(rest).trim_start();
        let Some(date) = date.get(..10).filter(|date| is_date(date)) else { continue };
        if found.iter().all(|field| field.key != *key) {
            let end = date.as_ptr() as usize - line.as_ptr() as usize + date.len();
            found.push(InlineField { key, value: date, wrapping: Wrapping::Emoji, range: start..end });
        }
    }
    found
}

const SHORTHANDS: [(char, &str); 8] = [
    ('\u{1f5d3}', "due"),
    ('\u{1f4c5}', "due"),
    ('\u{1f4c6}', "due"),
    ('\u{2705}', "completion"),
    ('\u{2795}', "created"),
    ('\u{1f6eb}', "start"),
    ('\u{23f3}', "scheduled"),
    ('\u{231b}', "scheduled"),
];

fn is_date(text: &str) -> bool {
    text.bytes().enumerate().all(|(i, byte)| if matches!(i, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{20e3}' | '\u{fe0f}' | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::super::Parent;
    use super::*;

    fn check(line: &str, expected: &[(&str, &str, Wrapping)]) {
        check_item(line, None, expected);
    }

    fn check_item(line: &str, task: Option<char>, expected: &[(&str, &str, Wrapping)]) {
        let item = ListItem { parent: Parent::List(0), task, id: None, range: 0..line.len() };
        let found = fields(line, std::slice::from_ref(&item.range), std::slice::from_ref(&item));
        let found = found.iter().map(|field| (field.key, field.value, field.wrapping)).collect::<Vec<_>>();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn fields_stand_in_brackets_or_fill_the_line() {
        check("a [k:: v] b (l::w)", &[("k", "v", Wrapping::Bracket), ("l", "w", Wrapping::Parenthesis)]);
        check("[k:: [v]]", &[("k", "[v]", Wrapping::Bracket)]);
        check("(k:: [l:: v])", &[("k", "[l:: v]", Wrapping::Parenthesis), ("l", "v", Wrapping::Bracket)]);
        check("\\[k:: v] [a:b:: c] [d:: e", &[("k", "v", Wrapping::Bracket), ("a:b", "c", Wrapping::Bracket)]);
        check("[[k:: v]] (see [x](y:: z))", &[("k", "v", Wrapping::Bracket), ("y", "z", Wrapping::Parenthesis)]);
        check("[k:: a \\\\] b]", &[("k", "a \\\\", Wrapping::Bracket)]);
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
        check(
            "📅 2022-01-01 📆 2022-01-02 ⏳ x ⏳2022-01-03",
            &[("due", "2022-01-01", Wrapping::Emoji), ("scheduled", "2022-01-03", Wrapping::Emoji)],
        );
    }

    #[test]
    fn a_task_is_no_field_as_a_whole() {
        check_item("k:: v", Some('x'), &[]);
        check_item("k:: [l:: v]", Some(' '), &[("l", "v", Wrapping::Bracket)]);
        check_item("k:: v", None, &[("k", "v", Wrapping::Line)]);
    }

    #[test]
    fn keys_are_normalized_as_queries_name_them() {
        for (key, normalized) in [("This     is test", "this-is-test"), ("This is a Test.", "this-is-a-test"), ("Größe 📏", "größe-📏")]
        {
            assert_eq!(normalized_key(key), normalized);
        }
    }
}
