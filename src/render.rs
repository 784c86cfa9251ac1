//! Answers as text: for a terminal, for a pipe. What comes from notes never reaches a terminal unwashed.

pub mod brief;
pub mod budget;
pub mod chart;
mod csv;
mod facets;
mod lines;
pub mod list;
pub mod rows;

pub use facets::facets;

use crate::path::VaultPath;
use crate::search::{Answer, Hit, Passage};
use lines::{Line, lines};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Returns the text without what could move a cursor, colour a terminal or make text run backwards.
pub fn harmless(text: &str) -> String {
    text.chars().map(|c| if speaks_to_terminals(c) && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

/// Returns the text as [`harmless`] does, and in one line: a name with a line break cannot pass for two.
pub fn one_line(text: &str) -> String {
    harmless(text).replace(['\n', '\t'], " ")
}

/// Returns a value as JSON in which nothing speaks to a terminal either: `serde_json` escapes only the first 32 characters.
pub fn json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(|text| json_harmless(&text))
}

/// Returns a JSON text that means the same, with all escaped in it that could speak to a terminal. Such characters stand in strings only.
pub fn json_harmless(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if speaks_to_terminals(c) && c != '\n' {
            let _ = write!(escaped, "\\u{:04x}", c as u32);
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Control characters, and those that override the direction in which the text after them runs. The mere marks of a direction stay: texts
/// in Hebrew and Arabic need them.
fn speaks_to_terminals(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Which passages of a hit a pipe gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passages {
    Best,
    All,
}

/// Returns an answer as a terminal shows it: each hit under its path, which opens the file where the terminal knows links.
pub fn on_terminal(answer: &Answer, roots: &[(String, PathBuf)], has_colour: bool) -> String {
    let style = Style { has_colour };
    let mut text = String::new();
    for hit in &answer.results {
        let link = style.link(&one_line(&hit.path), file_address(&hit.vault, &hit.path, roots).as_deref());
        let _ = writeln!(text, "{}{}", style.paint("1;35", &link), style.paint("2", &harmless(&remarks(hit))));
        for line in lines(hit) {
            let _ = match line {
                Line::Passage(passage) => {
                    let trail = if passage.headings.is_empty() { String::new() } else { format!("  ({})", passage.headings.join(" › ")) };
                    let number = style.paint("32", &format!("{:>5}", passage.line));
                    writeln!(text, "{number}: {}{}", style.highlighted(passage), style.paint("2", &one_line(&trail)))
                }
                Line::Around(number, around) => writeln!(text, "{}- {}", style.paint("32", &format!("{number:>5}")), one_line(around)),
                Line::Gap => writeln!(text, "   --"),
            };
        }
        text.push('\n');
    }
    text + &facets(answer, true, has_colour) + &style.paint("2", &summary(answer)) + "\n"
}

/// Returns an answer as a pipe takes it: one hit a line, `path:line:column: text`; the text of a relaxed hit begins with `~`. With all
/// passages, each is such a line, and one around it is `path-line-text`.
pub fn in_pipe(answer: &Answer, passages: Passages) -> String {
    let mut text = String::new();
    for (which, hit) in answer.results.iter().enumerate() {
        let (path, mark) = (one_line(&hit.path), if hit.relaxed { "~ " } else { "" });
        let lines = match passages {
            Passages::Best => hit.passages.iter().take(1).map(Line::Passage).collect(),
            Passages::All => lines(hit),
        };
        if which > 0 && passages == Passages::All && hit.passages.iter().any(|passage| passage.around.is_some()) {
            text.push_str("--\n");
        }
        for line in &lines {
            let _ = match line {
                Line::Passage(Passage { line, column, text: shown, .. }) => {
                    writeln!(text, "{path}:{line}:{column}: {mark}{}", one_line(shown))
                }
                Line::Around(number, around) => writeln!(text, "{path}-{number}-{}", one_line(around)),
                Line::Gap => writeln!(text, "--"),
            };
        }
        if lines.is_empty() {
            let line = hit.section.as_ref().map_or(1, |section| section.line);
            let _ = writeln!(text, "{path}:{line}:1: {mark}{}", one_line(&hit.title));
        }
    }
    text + &facets(answer, false, false)
}

/// Returns the paths of the hits, each once and followed by `end`, as they are: they go to programs.
pub fn paths(answer: &Answer, end: char) -> String {
    let mut seen = HashSet::new();
    let paths = answer.results.iter().filter(|hit| seen.insert((&hit.vault, &hit.path)));
    paths.flat_map(|hit| [hit.path.clone(), end.to_string()]).collect()
}

/// Returns the hits as JSON, an object a line.
pub fn json_lines(answer: &Answer) -> String {
    answer.results.iter().map(|hit| json_line(hit) + "\n").collect()
}

fn json_line(hit: &Hit) -> String {
    json(hit).expect("a hit is plain data")
}

/// Returns the hits as CSV, each with its first passage.
pub fn csv(answer: &Answer) -> String {
    let row = |hit: &Hit| {
        // By way of text, in which a score has as many digits as it needs.
        let mut row: Value = serde_json::from_str(&json_line(hit)).expect("it was just written");
        let passage = row["passages"][0].clone();
        ["line", "column", "text"].into_iter().for_each(|key| row[key] = passage[key].clone());
        row
    };
    let columns = ["vault", "path", "line", "column", "text", "title", "score", "relaxed", "id"];
    csv::table(&columns, answer.results.iter().map(row))
}

fn remarks(hit: &Hit) -> String {
    let mut remarks = String::new();
    if let Some(section) = &hit.section {
        let _ = write!(remarks, ":{}-{}", section.line, section.end_line);
        remarks.extend(section.heading.iter().flat_map(|heading| ["  § ", heading]));
    }
    if VaultPath::new(&hit.path).name() != hit.title {
        let _ = write!(remarks, "  {}", hit.title);
    }
    hit.tags.iter().take(5).for_each(|tag| remarks.extend(["  ", tag]));
    remarks.push_str(if hit.relaxed { "  (related)" } else { "" });
    remarks.push_str(if hit.changed { "  (changed since the last sync)" } else { "" });
    remarks.extend(["  ", &hit.short_id]);
    sum(hit).iter().for_each(|sum| remarks.extend(["  ", sum]));
    one_line(&remarks)
}

/// Returns how a hit's score came about, when it was to be explained.
pub fn sum(hit: &Hit) -> Option<String> {
    let explained = hit.explain.as_ref()?;
    let mut sum = format!("{:.3} = (", hit.score);
    let words = explained.words.iter().map(|(word, worth)| format!("{word} {worth:.3}"));
    let near = (explained.nearness > 0.0).then(|| format!("near {:.3}", explained.nearness));
    sum.push_str(&words.chain(near).collect::<Vec<_>>().join(" + "));
    let _ = write!(sum, ") × backlinks {:.3} × recency {:.3}", explained.backlinks, explained.recency);
    sum.extend((explained.exact_name > 0.0).then(|| format!(" + exact name {:.3}", explained.exact_name)));
    Some(sum)
}

fn summary(answer: &Answer) -> String {
    let n_strict = answer.results.iter().filter(|hit| !hit.relaxed).count();
    let n_relaxed = answer.results.len() - n_strict;
    let at_least = if answer.at_least { "at least " } else { "" };
    let mut summary = match (n_strict, answer.total) {
        (0, 0) => "no hits".to_owned(),
        (shown, total) if shown == total && !answer.at_least => format!("{total} hits"),
        (shown, total) => format!("{shown} of {at_least}{total} hits; -n N shows more"),
    };
    if n_relaxed > 0 {
        let _ = write!(summary, ", {n_relaxed} related");
    }
    summary
}

/// Returns the address of a vault's file, for a link.
fn file_address(vault: &str, path: &str, roots: &[(String, PathBuf)]) -> Option<String> {
    let root = roots.iter().find(|(name, _)| name == vault)?.1.to_str()?;
    Some(format!("file://{}", percent(&format!("{root}/{path}"))))
}

/// Returns a path as it stands in an address.
pub fn percent(path: &str) -> String {
    let mut address = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => address.push(char::from(byte)),
            _ => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    address
}

struct Style {
    has_colour: bool,
}

impl Style {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.has_colour && !code.is_empty() && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A hyperlink, in the terminals' own way (OSC 8).
    fn link(&self, text: &str, address: Option<&str>) -> String {
        match address {
            Some(address) if self.has_colour => format!("\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"),
            _ => text.to_owned(),
        }
    }

    fn highlighted(&self, passage: &Passage) -> String {
        let chars: Vec<char> = passage.text.chars().collect();
        let slice = |from: usize, to: usize| one_line(&chars[from.min(chars.len())..to.min(chars.len())].iter().collect::<String>());
        let (mut text, mut at) = (String::new(), 0);
        for [from, to] in &passage.highlights {
            text.push_str(&slice(at, *from.max(&at)));
            text.push_str(&self.paint("1;33", &slice(*from.max(&at), *to)));
            at = *to.max(&at);
        }
        text + &slice(at, chars.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        let passage = Passage {
            line: 7,
            column: 5,
            text: "mix the \x1b[31mflour\x07\tnow".into(),
            highlights: vec![[4, 7]],
            headings: vec!["Bread".into()],
            lines: 7..8,
            around: None,
        };
        let hit = Hit { path: "a/B c.md".into(), vault: "v".into(), title: "B c".into(), passages: vec![passage], ..Hit::default() };
        let related = Hit { path: "d.md".into(), title: "D".into(), relaxed: true, ..Hit::default() };
        Answer { results: vec![hit, related], total: 1, ..Answer::default() }
    }

    #[test]
    fn a_pipe_gets_one_hit_a_line_without_control_characters() {
        let expected = "a/B c.md:7:5: mix the \u{fffd}[31mflour\u{fffd} now\nd.md:1:1: ~ D\n";
        assert_eq!(in_pipe(&answer(), Passages::Best), expected);
    }

    #[test]
    fn a_terminal_without_colour_gets_none() {
        let text = on_terminal(&answer(), &[], false);
        assert!(!text.contains('\x1b'));
        assert!(text.contains("    7: mix the \u{fffd}[31mflour\u{fffd} now  (Bread)\n"), "{text}");
        assert!(text.ends_with("1 hits, 1 related\n"), "{text}");
    }

    #[test]
    fn a_terminal_with_colour_gets_highlights_and_links_of_ours_only() {
        let text = on_terminal(&answer(), &[("v".into(), "/vault".into())], true);
        assert!(text.contains("mix \x1b[1;33mthe\x1b[0m \u{fffd}[31m"), "{text:?}");
        assert!(text.contains("\x1b]8;;file:///vault/a/B%20c.md\x1b\\a/B c.md"), "{text:?}");
    }

    #[test]
    fn programs_get_paths_as_they_are() {
        assert_eq!(paths(&answer(), '\0'), "a/B c.md\0d.md\0");
    }
}
