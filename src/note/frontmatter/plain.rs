//! Frontmatter as nearly all of it is: keys with a text, a number or a list of such on lines of their own. Read here at a tenth of the cost
//! of libyaml; `None` for anything else, which is not said to be wrong, only left to the whole grammar.
//!
//! What this reads it reads exactly as the whole grammar does: a property test holds the two equal.

use super::{Properties, Yaml};
use serde_json::Value;
use std::borrow::Cow;

/// Each key is compared with those before it; more than these are left to the whole grammar.
const MOST_KEYS: usize = 100;

/// Returns the entries of YAML that is plain as a whole.
pub(super) fn read(yaml: &str) -> Option<Properties<'_>> {
    let mut properties = Properties::with_capacity(8);
    let mut lines = lines(yaml).filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let (key, rest) = key(line)?;
        if properties.len() == MOST_KEYS || properties.iter().any(|(known, _)| known == key) {
            return None;
        }
        let value = match rest.trim_start_matches(' ') {
            "" => {
                let indent = lines.peek().map_or(0, |next| next.len() - next.trim_start_matches(' ').len());
                let mut list = Vec::new();
                while let Some(item) = lines.peek().and_then(|line| item(line, indent)) {
                    list.push(if item.is_empty() { Yaml::Scalar(Value::Null) } else { scalar(item)? });
                    lines.next();
                }
                if list.is_empty() { Yaml::Scalar(Value::Null) } else { Yaml::List(list) }
            }
            value if value.len() < rest.len() => match value.strip_prefix('[') {
                Some(items) => flow_list(items)?,
                None => scalar(value.trim_end_matches(' '))?,
            },
            _ => return None,
        };
        // Whatever is indented belongs to what stands above it, and may change what that means.
        if lines.peek().is_some_and(|next| next.starts_with([' ', '-'])) {
            return None;
        }
        properties.push((Cow::Borrowed(key), value));
    }
    Some(properties)
}

/// Returns the lines of a text.
fn lines(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
        let line = &text[..end];
        text = text.get(end + 1..).unwrap_or_default();
        (!line.is_empty() || !text.is_empty()).then_some(line)
    })
}

/// Returns the key that the line begins with, and what follows its colon.
fn key(line: &str) -> Option<(&str, &str)> {
    let length = line.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ')).count();
    let (key, rest) = (&line[..length], line[length..].strip_prefix(':')?);
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic()) && !key.ends_with(' ') && !is_constant(key);
    is_key.then_some((key, rest))
}

/// Returns the text of a list's item that is indented by `indent` spaces.
fn item(line: &str, indent: usize) -> Option<&str> {
    let (before, rest) = line.split_at_checked(indent)?;
    let text = rest.strip_prefix('-').filter(|text| text.is_empty() || text.starts_with(' '))?;
    before.bytes().all(|byte| byte == b' ').then(|| text.trim_matches(' '))
}

/// Reads `[a, b]`, given what follows the bracket.
fn flow_list(items: &str) -> Option<Yaml<'_>> {
    let items = items.trim_end_matches(' ').strip_suffix(']')?;
    if items.contains(['[', ']', '{', '}', '"', '\'', ':', '#']) {
        return None;
    }
    if items.trim_matches(' ').is_empty() {
        return Some(Yaml::List(Vec::new()));
    }
    items.split(',').map(|item| scalar(item.trim_matches(' '))).collect::<Option<Vec<_>>>().map(Yaml::List)
}

/// Reads a text or a whole number that fills its line.
fn scalar(text: &str) -> Option<Yaml<'_>> {
    let is_letter = |c: char| matches!(c, ' '..='~') || (!c.is_ascii() && (c.is_alphanumeric() || is_emoji(c)));
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.chars().all(is_letter) {
        return None;
    }
    let first = text.chars().next()?;
    if let '"' | '\'' = first {
        let inner = text[1..].strip_suffix(first).filter(|inner| !inner.contains([first, '\\']))?;
        return Some(Yaml::Text(Cow::Borrowed(inner)));
    }
    match text {
        "true" => return Some(Yaml::Scalar(Value::Bool(true))),
        "false" => return Some(Yaml::Scalar(Value::Bool(false))),
        "null" => return Some(Yaml::Scalar(Value::Null)),
        _ => {}
    }
    let is_text = first.is_alphanumeric() || matches!(first, '/' | '.' | '_' | '(') || is_emoji(first);
    let has_sign = text.bytes().any(|byte| matches!(byte, b':' | b'#'));
    if !is_text || (has_sign && (text.contains(": ") || text.ends_with(':') || text.contains(" #"))) || is_constant(text) {
        return None;
    }
    // What is made like a number is one or is none by rules that are not repeated here.
    let is_number_like =
        text.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b'+' | b'-' | b'_' | b'x' | b'X' | b'o'));
    match () {
        () if !is_number_like || first.is_ascii_alphabetic() || is_date(text) => Some(Yaml::Text(Cow::Borrowed(text))),
        () if text.len() < 16 && (first != '0' || text.len() == 1) => text.parse::<u64>().ok().map(|number| Yaml::Scalar(number.into())),
        () => None,
    }
}

/// Returns whether a text is a value of its own kind in YAML, in whatever case it is written.
fn is_constant(text: &str) -> bool {
    ["true", "false", "null", ".inf", ".nan"].iter().any(|constant| text.eq_ignore_ascii_case(constant))
}

/// Returns whether a text is like `2024-01-31`, which is text to YAML 1.2.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.bytes().enumerate().all(|(i, byte)| if matches!(i, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::super::values;
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    fn whole(yaml: &str) -> Option<Properties<'static>> {
        match values(&super::super::dialect::adapt(yaml).ok()?, &Cell::new(0)).ok()? {
            Yaml::Map(properties) => Some(properties),
            _ => None,
        }
    }

    #[test]
    fn frontmatter_as_people_write_it_is_plain() {
        for yaml in [
            "title: A note\ntags:\n  - a/b\n  - c\naliases: [x, y z]\ncreated: 2024-01-31\n",
            "aliases: \n- \ntags:\n-\n- x\nup: \"[[A]]\"\nn: 12\npublish: true\ndraft: false\nold: null\nempty:\n\nlink: https://x.org/a#b\nlist:\n- 'x: y'\n- z\nnone: []",
        ] {
            assert_eq!(read(yaml), whole(yaml), "{yaml}");
            assert!(read(yaml).is_some(), "{yaml}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_whole_grammar() {
        for value in ["True", "010", "1.5", "- x", "a: b", "a #c", "&a b", "\"a\\n\"", "'a''b'", "[a, [b]]", "|", "\tx", "\u{85}", "a\n  b"]
        {
            assert_eq!(read(&format!("k: {value}\n")), None, "{value}");
        }
        for yaml in
            ["a: 1\na: 2", "1: a", "null: a", "a:\n  b: c", "a:\n  - b\n - c", "a:\n  - b\n    c", " a: b", "a", "# c", "a :b", "a:b"]
        {
            assert_eq!(read(yaml), None, "{yaml}");
        }
    }

    fn lines() -> impl Strategy<Value = String> {
        let heads = ["a: ", "b:", "b: ", "c d: ", "- ", "  - ", " - ", "-", "    ", "e-f:", "", "#", "true: ", "\"q\": "];
        let values = [
            "x",
            "x y",
            "12",
            "012",
            "1e3",
            "1.",
            "+1",
            "0x1F",
            "0o7",
            "12:30",
            "2024-01-31",
            "2024-1-3",
            "true",
            "false",
            "True",
            "null",
            "~",
            "yes",
            ".5",
            ".inf",
            ".NaN",
            ".x",
            "\"s\"",
            "'s'",
            "\"s",
            "\"s\" t",
            "'it''s'",
            "[x, y]",
            "[x, 1]",
            "[]",
            "[ ]",
            "[x,]",
            "[x",
            "[a b , c]",
            "[x, #y]",
            "{a: b}",
            "a: b",
            "a:",
            "a#b",
            "a #b",
            "é",
            "日本",
            "👍 ok",
            "http://x.y",
            "(x)",
            "@x",
            "*x",
            "&x",
            "!x",
            "%x",
            "`x",
            "|",
            ">",
            "- x",
            "? x",
            "-1",
            "_x",
            "/x",
            "x:y",
            "x ",
            "",
            "e1",
            "1_0",
            "0",
            "00",
            "99999999999999999999",
            "...",
            "---",
            "a, b",
            "]",
            "}",
            "x\\y",
            "\u{a0}x",
            "x\u{2028}",
        ];
        let line = (prop::sample::select(heads.to_vec()), prop::sample::select(values.to_vec()))
            .prop_map(|(head, value)| format!("{head}{value}\n"));
        prop::collection::vec(line, 0..5).prop_map(|lines| lines.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_plain_reads_as_the_whole_grammar_reads_it(yaml in lines()) {
            if let Some(properties) = read(&yaml) {
                prop_assert_eq!(Some(properties), if yaml.trim().is_empty() { Some(Properties::new()) } else { whole(&yaml) });
            }
        }
    }
}
