//! Regular expressions as Obsidian's users write them: JavaScript's, read by an engine that always ends in linear time.
//!
//! What that engine cannot do (look-around, references back) is an error with a reason, never another meaning.

use regex::{Regex, RegexBuilder};

/// Compiles an expression; `^` and `$` stand at lines. The error is one line for people.
pub(super) fn compile(source: &str, matches_case: bool) -> Result<Regex, String> {
    RegexBuilder::new(&translate(source))
        .multi_line(true)
        .case_insensitive(!matches_case)
        .size_limit(4 << 20)
        .build()
        .map_err(|error| reason(&error))
}

/// Within a class, JavaScript takes `[` and doubled `&`, `-` and `~` for themselves.
fn translate(source: &str) -> String {
    let mut translated = String::with_capacity(source.len());
    let (mut in_class, mut last) = (false, ' ');
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                translated.push(c);
                translated.extend(chars.next());
            }
            '[' if !in_class => {
                in_class = true;
                translated.push(c);
            }
            '[' => translated.push_str("\\["),
            ']' => {
                in_class = false;
                translated.push(c);
            }
            '&' | '~' | '-' if in_class && last == c => translated.extend(['\\', c]),
            _ => translated.push(c),
        }
        last = c;
    }
    translated
}

fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::Syntax(text) => {
            let line = text.lines().rev().find(|line| line.starts_with("error:")).unwrap_or("error: cannot be read");
            line.trim_start_matches("error: ").to_owned()
        }
        _ => "the expression is too large".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javascript_means_what_it_meant() {
        for (source, text) in [("^two$", "one\ntwo"), (r"a\/b", "a/b"), ("[[x]+", "[["), ("[a&&b]", "&"), ("HappyC.t", "happycat")] {
            assert!(compile(source, false).unwrap().is_match(text), "{source} in {text:?}");
        }
        assert!(!compile("Lorem", true).unwrap().is_match("lorem"));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert_eq!(compile("[unclosed", false).unwrap_err(), "unclosed character class");
        assert!(compile("(?=x)", false).unwrap_err().contains("look-around"));
    }
}
