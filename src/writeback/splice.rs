//! What a note is once it says that it was synced: bytes -> bytes, of which only the values of `synced` and `synced_at` differ, or the lines
//! that were missing. Pure.
//!
//! Where there is any doubt the answer is `None`, and the note stays as it is. The last word has the reader of frontmatter: it must find all
//! other properties as they were.

use crate::note::properties::{Properties, Yaml};
use crate::note::{self, Source, parse_properties};
use serde_json::Value;
use std::ops::Range;

const KEYS: [&str; 2] = ["synced", "synced_at"];

/// Sets `synced: true` and `synced_at: '<time>'`. `None` for a note without frontmatter, or whose frontmatter does not parse, or where these
/// cannot be set by changing nothing else.
pub fn splice(bytes: &[u8], synced_at: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
    let frontmatter = Frontmatter::of(text)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut missing = String::new();
    for (key, value) in KEYS.into_iter().zip(["true".to_owned(), format!("'{synced_at}'")]) {
        match frontmatter.lines_of(key).as_slice() {
            [] => missing += &format!("{key}: {value}{}", frontmatter.line_end),
            [line] => {
                let (range, is_empty) = value_in(&text[line.clone()], key)?;
                let value = if is_empty { format!(" {value}") } else { value };
                edits.push((line.start + range.start..line.start + range.end, value));
            }
            _ => return None,
        }
    }
    edits.push((frontmatter.end..frontmatter.end, missing));
    edits.sort_by_key(|(range, _)| range.start);
    let mut spliced = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for (range, value) in edits {
        spliced += &text[from..range.start];
        spliced += &value;
        from = range.end;
    }
    spliced += &text[from..];
    (is_only_that(text, &spliced, synced_at)).then(|| spliced.into_bytes())
}

/// Returns whether a note reads as before, but for the two properties, and is the same to the content hash.
fn is_only_that(before: &str, after: &str, synced_at: &str) -> bool {
    let (before, after) = (before.as_bytes(), after.as_bytes());
    let (old, new) = (Source::of(before), Source::of(after));
    let (Some(old), Some(new)) = (parse_properties(&old.text), parse_properties(&new.text)) else { return false };
    let others = |of: &Properties<'_>| -> Vec<(String, Value)> {
        of.iter().filter(|(key, _)| !KEYS.contains(&&**key)).map(|(key, value)| (key.to_string(), value.into())).collect()
    };
    // A name in another case is the same property to Obsidian.
    let is_twin = |(key, _): &(String, Value)| KEYS.iter().any(|name| name.eq_ignore_ascii_case(key));
    let said = |key: &str| new.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    others(&old) == others(&new)
        && !others(&old).iter().any(is_twin)
        && said("synced") == Some(&Yaml::Scalar(Value::Bool(true)))
        && matches!(said("synced_at"), Some(Yaml::Text(text)) if text == synced_at)
        && note::hashes(before).content == note::hashes(after).content
}

/// The frontmatter as it stands in the file, BOM and line ends included.
struct Frontmatter<'t> {
    text: &'t str,
    /// The lines between the fences, each without its line end.
    lines: Vec<Range<usize>>,
    /// Where the closing fence begins.
    end: usize,
    line_end: &'t str,
}

impl<'t> Frontmatter<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let mut lines = Lines { text, from: text.strip_prefix('\u{feff}').map_or(0, |_| '\u{feff}'.len_utf8()) };
        let (opening, next) = lines.find(|(line, _)| !line.is_empty())?;
        if &text[opening.clone()] != "---" {
            return None;
        }
        let mut between = Vec::new();
        for (line, _) in lines {
            if text[line.clone()].starts_with("---") {
                return Some(Self { text, lines: between, end: line.start, line_end: &text[opening.end..next] });
            }
            between.push(line);
        }
        None
    }

    /// Returns the lines that begin with a key, and that is no indented one.
    fn lines_of(&self, key: &str) -> Vec<Range<usize>> {
        self.lines.iter().filter(|line| after_colon(&self.text[(*line).clone()], key).is_some()).cloned().collect()
    }
}

/// The lines of a text: each without its end, and where the next begins.
struct Lines<'t> {
    text: &'t str,
    from: usize,
}

impl Iterator for Lines<'_> {
    type Item = (Range<usize>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.from;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let n_end = if rest[length..].starts_with("\r\n") { 2 } else { usize::from(length < rest.len()) };
        self.from = start + length + n_end;
        Some((start..start + length, self.from))
    }
}

/// Returns where in a line of a key what follows the colon begins.
fn after_colon(line: &str, key: &str) -> Option<usize> {
    let rest = line.strip_prefix(key)?;
    let colon = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let follows = rest[colon..].strip_prefix(':')?;
    (follows.is_empty() || follows.starts_with([' ', '\t'])).then(|| key.len() + colon + 1)
}

/// Returns where in a line of a key its value stands, without a comment after it, and whether it is empty.
fn value_in(line: &str, key: &str) -> Option<(Range<usize>, bool)> {
    let colon = after_colon(line, key)?;
    let start = colon + line[colon..].len() - line[colon..].trim_start_matches([' ', '\t']).len();
    let value = &line[start..];
    let length = match value.chars().next() {
        None | Some('#') => return Some((colon..colon, true)),
        Some(quote @ ('\'' | '"')) => end_of_quoted(value, quote)?,
        Some(_) => {
            let comment = value.find(" #").into_iter().chain(value.find("\t#")).min();
            value[..comment.unwrap_or(value.len())].trim_end_matches([' ', '\t']).len()
        }
    };
    Some((start..start + length, false))
}

/// Returns the length of a text in quotes that ends on its line.
fn end_of_quoted(value: &str, quote: char) -> Option<usize> {
    let mut characters = value.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' if quote == '"' => drop(characters.next()),
            '\'' if quote == '\'' && characters.next_if(|(_, c)| *c == '\'').is_some() => {}
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::splice;

    const AT: &str = "2025-12-20T23:29:45.916709";

    /// `@` stands for the time.
    fn check(before: &str, after: Option<&str>) {
        let spliced = splice(before.as_bytes(), AT).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(spliced, after.map(|after| after.replace('@', AT)), "{before:?}");
        if let Some(spliced) = spliced {
            assert_eq!(splice(spliced.as_bytes(), AT), Some(spliced.clone().into_bytes()), "twice is once: {spliced:?}");
        }
    }

    #[test]
    fn missing_lines_go_to_the_end_of_the_frontmatter() {
        check("---\na: 1 # one\n---\nb", Some("---\na: 1 # one\nsynced: true\nsynced_at: '@'\n---\nb"));
        check("---\r\na: \"x\"\r\n---\r\nb\r\n", Some("---\r\na: \"x\"\r\nsynced: true\r\nsynced_at: '@'\r\n---\r\nb\r\n"));
        check("\u{feff}---\na: 1\n---", Some("\u{feff}---\na: 1\nsynced: true\nsynced_at: '@'\n---"));
        check("\n\n---\n---\nb", Some("\n\n---\nsynced: true\nsynced_at: '@'\n---\nb"));
        check("---\n# nothing yet\n----\n", Some("---\n# nothing yet\nsynced: true\nsynced_at: '@'\n----\n"));
        check("---\na: |\n  synced: no\n---\n", Some("---\na: |\n  synced: no\nsynced: true\nsynced_at: '@'\n---\n"));
        check("---\na:\n  synced: no\n---\n", Some("---\na:\n  synced: no\nsynced: true\nsynced_at: '@'\n---\n"));
        check("---\nsynced: false\n---\n", Some("---\nsynced: true\nsynced_at: '@'\n---\n"));
        check("---\nsynced_at: x\na: 1\n---\n", Some("---\nsynced_at: '@'\na: 1\nsynced: true\n---\n"));
    }

    #[test]
    fn of_what_is_there_the_values_change_and_nothing_else() {
        check(
            "---\nsynced : false  # by hand\nsynced_at:\t\"y\\\"es\" # x\nb: 1\n---\n",
            Some("---\nsynced : true  # by hand\nsynced_at:\t'@' # x\nb: 1\n---\n"),
        );
        check("---\nsynced:\nsynced_at: 'it''s'  \n---\n", Some("---\nsynced: true\nsynced_at: '@'  \n---\n"));
        check("---\nsynced_at: 2025-01-01 00:00\nsynced: # when?\n---\n", Some("---\nsynced_at: '@'\nsynced: true # when?\n---\n"));
        check("---\nsynced: true\nsynced_at: '@'\n---\n".replace('@', AT).as_str(), Some("---\nsynced: true\nsynced_at: '@'\n---\n"));
    }

    #[test]
    fn where_there_is_a_doubt_the_note_stays() {
        for text in [
            "no frontmatter",
            "",
            "---\na: 1\n",
            "a\n---\nb: 1\n---\n",
            "---\na: [\n---\n",
            "---\na: 1\na: 2\n---\n",
            "---\nsynced: true\nsynced: true\n---\n",
            "---\n{a: b}\n---\n",
            "---\n{synced: false}\n---\n",
            "---\n- a\n---\n",
            "---\nwords\n---\n",
            "---\n  a: 1\n---\n",
            "---\n\"synced\": false\n---\n",
            "---\nSynced: false\n---\n",
            "---\nsynced: |\n  no\n---\n",
            "---\nsynced:\n  - 1\n---\n",
            "---\nsynced: [a,\n  b]\n---\n",
            "---\nsynced_at: 'a\n  b'\n---\n",
            "---\na: \"b\nsynced: c\"\n---\n",
            "---\na: &x 1\nsynced: &y 2\nb: *y\n---\n",
            "---\na: 1\0\n---\n",
        ] {
            check(text, None);
        }
        assert_eq!(splice(b"---\na: \xff\n---\n", AT), None);
    }
}
