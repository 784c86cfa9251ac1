//! Facts that a note states in bold labels instead of properties: `**Category**: database`.
//!
//! Only a run of such lines counts, at the body's head (its first heading aside) or at its foot: in the midst of a text bold is emphasis.

use std::collections::BTreeMap;

/// Returns the labels of a note's body, lower-cased, with their values; of equal ones the first.
pub fn labels(body: &str) -> BTreeMap<String, String> {
    let is_text = |line: &&str| !line.trim().is_empty();
    let mut head = body.lines().filter(is_text).peekable();
    head.next_if(|line| line.trim_start().starts_with('#'));
    let foot = body.lines().rev().filter(is_text).skip_while(|line| is_rule(line));
    let mut labels = BTreeMap::new();
    // The foot is read upwards and before the head, so that the first of equal labels is the last to be set.
    for (label, value) in foot.map_while(label).chain(head.map_while(label).collect::<Vec<_>>().into_iter().rev()) {
        labels.insert(label, value);
    }
    labels
}

/// Reads `**Label**: value` or `**Label:** value`.
fn label(line: &str) -> Option<(String, String)> {
    let (label, rest) = line.trim().strip_prefix("**")?.split_once("**")?;
    let (label, value) = match label.strip_suffix(':') {
        Some(label) => (label, rest),
        None => (label, rest.trim_start().strip_prefix(':')?),
    };
    let (label, value) = (label.trim(), value.trim_end_matches('\\').trim());
    (!label.is_empty() && !label.contains(':')).then(|| (label.to_lowercase(), value.to_owned()))
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && (line.bytes().all(|byte| byte == b'-') || line.bytes().all(|byte| byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &[(&str, &str)]) {
        let expected = expected.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
        assert_eq!(labels(body), expected, "{body:?}");
    }

    #[test]
    fn labels_stand_at_the_head_or_at_the_foot() {
        check("\n# T\n\n**Category**: database\n**Tags:** #a #b\\\n\ntext\n", &[("category", "database"), ("tags", "#a #b")]);
        check("text\n\n---\n\n**Version**: 1.0\n**Created**: 2025-12-20\n---\n", &[("version", "1.0"), ("created", "2025-12-20")]);
        check("**A**: head\ntext\n**A**: foot\n**B**:\n", &[("a", "head"), ("b", "")]);
    }

    #[test]
    fn bold_text_elsewhere_is_emphasis() {
        check("# T\ntext\n**A**: 1\ntext\n", &[]);
        check("**bold** text: x\n", &[]);
        check("# T\n## U\n**A**: 1\nmore\n", &[]);
        check("", &[]);
    }
}
