//! Whether a note says of itself that it is private: by a property of the settings' choice, `private: true`.
//!
//! In doubt it is: also broken frontmatter is looked through, and a text that means yes counts as much as the truth value.

use super::Source;
use super::frontmatter::{self, Yaml};
use serde_json::Value;

/// Returns whether the note that begins with these bytes sets `property`. Without a name there is no such property.
pub fn is_private(bytes: &[u8], property: &str) -> bool {
    if property.is_empty() || !opens(bytes) {
        return false;
    }
    let text = Source::of(bytes).text;
    let Some(block) = frontmatter::find(&text) else { return false };
    let yaml = &text[block.yaml.clone()];
    if !may_name(yaml, property) {
        return false;
    }
    let reading = frontmatter::read(&text, &block);
    match reading.properties {
        Some(properties) => properties.iter().any(|(key, value)| key.eq_ignore_ascii_case(property) && is_yes(value)),
        None => reading.error.is_some() && yaml.lines().any(|line| is_line_of(line, property)),
    }
}

/// Returns whether the frontmatter does not end in these bytes, the first ones of a note.
pub fn is_cut_in_frontmatter(bytes: &[u8]) -> bool {
    opens(bytes) && frontmatter::find(&Source::of(bytes).text).is_none()
}

/// Nearly all notes are told by their first bytes, before anything is decoded.
fn opens(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().starts_with(b"---")
}

/// A name may be written with escapes, or with its blanks as line ends.
fn may_name(yaml: &str, property: &str) -> bool {
    let name = property.as_bytes();
    let is_odd = yaml.contains('\\') || property.contains(char::is_whitespace);
    let names = |at: usize| yaml.as_bytes().get(at..at + name.len()).is_some_and(|part| part.eq_ignore_ascii_case(name));
    is_odd
        || name
            .first()
            .is_some_and(|first| memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), yaml.as_bytes()).any(names))
}

fn is_yes(value: &Yaml<'_>) -> bool {
    match value {
        Yaml::Scalar(Value::Bool(is_so)) => *is_so,
        Yaml::Scalar(Value::Number(number)) => number.as_i64() == Some(1),
        Yaml::Text(text) => means_yes(text),
        _ => false,
    }
}

fn means_yes(text: &str) -> bool {
    ["true", "yes", "on", "1"].iter().any(|yes| text.trim().eq_ignore_ascii_case(yes))
}

/// Returns whether a line of broken YAML reads as `property: true`.
fn is_line_of(line: &str, property: &str) -> bool {
    let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    let Some((key, value)) = line.split_once(':') else { return false };
    let value = value.split(" #").next().unwrap_or_default();
    bare(key).eq_ignore_ascii_case(property) && means_yes(&bare(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(property: &str, private: &[&str], public: &[&str]) {
        for text in private {
            assert!(is_private(text.as_bytes(), property), "{text:?}");
        }
        for text in public {
            assert!(!is_private(text.as_bytes(), property), "{text:?}");
        }
    }

    #[test]
    fn a_property_that_means_yes_makes_a_note_private() {
        check(
            "private",
            &[
                "---\nprivate: true\n---\nx",
                "\u{feff}---\r\na: 1\r\nPrivate: yes # for me\r\n---\r\n",
                "---\n\"priv\\u0061te\": \"true\"\n---\n",
                "---\n{private: true}\n---\n",
                "---\nprivate: 1\n---\n",
            ],
            &[
                "---\nprivate: false\n---\nx",
                "---\nprivate:\n---\nx",
                "---\nprivate: [true]\n---\nx",
                "---\na: |\n  private: true\n---\n",
                "---\na:\n  private: true\n---\n",
                "private: true\n",
                "---\nprivate: true\n",
                "x\n---\nprivate: true\n---\n",
                "---\nprivately: true\n---\n",
            ],
        );
        check("for me", &["---\nfor me: true\n---\n"], &["---\nprivate: true\n---\n"]);
        check("", &[], &["---\nprivate: true\n---\n", "---\n\"\": true\n---\n"]);
    }

    #[test]
    fn broken_frontmatter_is_private_in_doubt() {
        check(
            "private",
            &["---\na: [\nprivate: true\n---\n", "---\na: 1\na: 2\n'private': 'on' # x\n---\n"],
            &["---\na: [\nprivate: no\n---\n"],
        );
    }

    #[test]
    fn a_beginning_that_ends_in_the_frontmatter_is_known() {
        assert!(is_cut_in_frontmatter(b"---\na: 1\n"));
        assert!(!is_cut_in_frontmatter(b"---\na: 1\n---\nx"));
        assert!(!is_cut_in_frontmatter(b"a: 1\n"));
    }
}
