//! A second, lenient reading of frontmatter that is no valid YAML: line by line, only the tags and aliases of the top level.
//!
//! Obsidian gives such a note no properties, and neither do we. What is found here is kept apart, as recovered.

use super::Yaml;
use crate::note::properties::{tags, texts};
use std::borrow::Cow;
use std::fmt;

/// Tags, with `#`, and aliases that stand in broken frontmatter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    pub tags: Vec<String>,
    pub aliases: Vec<String>,
}

impl fmt::Display for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |name: &str, texts: &[String]| if texts.is_empty() { None } else { Some(format!("{name} {}", texts.join(", "))) };
        let lists = [list("tags", &self.tags), list("aliases", &self.aliases)];
        f.write_str(&lists.into_iter().flatten().collect::<Vec<_>>().join(" and "))
    }
}

/// Returns what can be recovered, if there is any.
pub(super) fn recover(yaml: &str) -> Option<Recovered> {
    let recovered = Recovered {
        tags: values(yaml, "tags").as_ref().and_then(tags).map_or_else(Vec::new, owned),
        aliases: values(yaml, "aliases").as_ref().and_then(texts).map_or_else(Vec::new, owned),
    };
    Some(recovered).filter(|recovered| *recovered != Recovered::default())
}

fn owned(texts: Vec<Cow<'_, str>>) -> Vec<String> {
    texts.into_iter().map(Cow::into_owned).collect()
}

/// Returns the values of the first line that gives the key some, in whatever case it is written.
fn values(yaml: &str, key: &str) -> Option<Yaml<'static>> {
    let lines = yaml.lines().collect::<Vec<_>>();
    let (at, value) = lines.iter().enumerate().find_map(|(at, line)| Some((at, value_of(line, key)?)))?;
    let below = &lines[at + 1..];
    let written = if value.is_empty() {
        below.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).map_while(item).collect::<Vec<_>>()
    } else if let Some(list) = value.strip_prefix('[') {
        let rest = below.iter().flat_map(|line| ["\n", line.trim()]).collect::<String>();
        let list = format!("{list}{rest}");
        list.split(']').next().unwrap_or_default().split([',', '\n']).map(str::to_owned).collect()
    } else {
        vec![value.to_owned()]
    };
    Some(Yaml::List(written.iter().map(|text| Yaml::Text(Cow::Owned(unquoted(text).to_owned()))).collect()))
}

/// Returns what stands behind `key:` at the start of the line, without a comment.
fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (name, value) = line.split_once(':')?;
    let is_value = value.is_empty() || value.starts_with([' ', '\t']);
    (is_value && name.trim_end().eq_ignore_ascii_case(key)).then(|| without_comment(value.trim()))
}

fn item(line: &str) -> Option<String> {
    let text = line.strip_prefix('-').filter(|text| text.is_empty() || text.starts_with([' ', '\t']))?;
    Some(without_comment(text.trim()).to_owned())
}

/// Returns the text up to a comment; a text that begins with `#` is meant as a tag.
fn without_comment(text: &str) -> &str {
    text.split(" #").next().unwrap_or_default().trim_end()
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let quote = |mark| text.strip_prefix(mark)?.strip_suffix(mark);
    quote('"').or_else(|| quote('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(yaml: &str, tags: &[&str], aliases: &[&str]) {
        let recovered = recover(yaml).unwrap_or_default();
        assert_eq!((recovered.tags, recovered.aliases), (strings(tags), strings(aliases)), "{yaml:?}");
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn lists_and_single_values_are_recovered() {
        check(
            "a: b: c\ntags: [x, \"#y\",\n  z/w]\naliases:\n- One\n\n  - 'Two' # c\n  - @three\nd: 1",
            &["#x", "#y", "#z/w"],
            &["One", "Two", "@three"],
        );
        check("title: `x`\nTags: one\nALIASES : The One\ntags: two", &["#one"], &["The One"]);
        check("tags:\n\t- a\n\t- #b\n\t-c", &["#a", "#b"], &[]);
    }

    #[test]
    fn nothing_is_made_up() {
        check("x:\n  tags: a\nmytags: b\ntags:c\naliases: [] # d", &[], &[]);
        check("tags: two words\naliases: a, b\ntags", &[], &["a, b"]);
        check("tags: [a b, ]", &[], &[]);
        assert_eq!(recover("a: b: c"), None);
    }
}
