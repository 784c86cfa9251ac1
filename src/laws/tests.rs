//! The laws, held on random input that is made of what means something, and the bounds of what a text may cost, held on hostile ones.

use super::{canvas, encodings, frontmatter, hostile, link, note, resolve, size_of_facts, size_of_note, tags, told};
use crate::facts::{self, Rules};
use crate::note::{Source, parse, parse_text};
use crate::path::VaultPath;
use proptest::prelude::*;
use serde_json::{Map, Value};

/// How long the hostile texts are: long enough that what takes their square is noticed by whoever waits for it.
const LENGTH: usize = 10_000;

/// How many bytes of values a byte of text may give.
const MOST: usize = 40;

#[test]
fn a_hostile_text_is_read_and_costs_no_more_than_its_length() {
    for kind in hostile::hostile() {
        let text = kind.text(LENGTH);
        let path = VaultPath::new(if kind.is_canvas { "a.canvas" } else { "a.md" });
        let facts = facts::of(&path, text.as_bytes(), &Rules { labels: true, ..Rules::default() });
        let size = size_of_facts(&facts) + size_of_note(&parse(&Source::of(text.as_bytes())));
        assert!(size <= MOST * text.len(), "{}: {size} bytes of values in {} of text", kind.name, text.len());
    }
}

/// Pieces that mean something in a note, which random characters hardly ever come to.
const PIECES: &[&str] = &[
    "[[",
    "]]",
    "![[",
    "|",
    "\\",
    "#",
    "# ",
    "#tag",
    "[",
    "](",
    ")",
    "<",
    ">",
    "> ",
    "- ",
    "  - ",
    "\t- ",
    "1. ",
    "[ ] ",
    "`",
    "```\n",
    "~~~",
    "$",
    "$$",
    "%%",
    "==",
    "*",
    "**",
    "_",
    "~~",
    "^id",
    "^",
    "^[",
    "[^1]",
    "[^1]: ",
    "[a]: b",
    "---\n",
    "---",
    "| a | b |\n|---|---|\n",
    "::",
    "a:: b",
    "(",
    "<!--",
    "-->",
    "<b>",
    "<div>\n",
    "\n",
    "\n\n",
    "\r\n",
    "\0",
    " ",
    "    ",
    "\t",
    "a",
    "ä",
    "😀",
    "📅 2025-01-02",
    "\u{feff}",
    "\u{a0}",
    "a: b\n",
    "tags: [x]\n",
    "https://x.org/",
    ".md",
    "%20",
    "%",
];

/// Pieces that mean something in YAML.
const YAML: &[&str] = &[
    "a",
    "b: ",
    "a:\n",
    "- ",
    "  ",
    "\n",
    "\n  ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ": ",
    "? ",
    "'",
    "\"",
    "|\n",
    ">-\n",
    "&x ",
    "*x",
    "!t ",
    "# c",
    "010",
    "1e-3",
    ".inf",
    "~",
    "true",
    "2024-01-01",
    "[[n]]",
    "'[[n|m]]'",
    "tags: ",
    "aliases: ",
    "Tags:\n",
    "\\",
    "\\u00e4",
    "\t",
    "...",
    "%",
    "@",
    "`",
    "<<: ",
    "ä",
    "😀",
    "\u{a0}",
    "{{title}}",
    "-",
];

/// Lines of frontmatter about the two properties that a note is told.
const TOLD: &[&str] = &[
    "synced: false",
    "synced : 'no'  # by hand",
    "synced:",
    "synced: >",
    "synced_at: 2025-01-01",
    "synced_at: \"a\\\"b\" # then",
    "synced_at:\t'it''s'",
    "synced_at: [a,",
    "\"synced\": x",
    "Synced: 1",
    "  synced: 2",
    "synced_by: me",
    "a: |",
    "a: \"b",
    "c\"",
    "b: 1 # one",
    "c:",
    "- d",
    "  - e",
    "# nothing",
    "",
    "{e: f}",
];

/// Pieces of names and paths.
const NAMES: &[&str] =
    &["a", "A", "b", "ä", "a\u{308}", "ß", "ς", "σ", ".md", ".MD", ".png", ".", "/", "/", "../", "./", " ", "\u{a0}", "\\"];

fn of(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), 0..most).prop_map(|pieces| pieces.concat())
}

/// JSON values as properties hold them.
fn value() -> impl Strategy<Value = Value> {
    // These end lines in YAML 1.1, by which they are written, and do not in 1.2, by which they are read.
    let some_text = any::<String>().prop_map(|text| text.replace(['\u{85}', '\u{2028}', '\u{2029}'], ""));
    let text = prop_oneof![of(YAML, 6), some_text];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(|number| Value::from(number % (1 << 53))),
        (-1e15..1e15).prop_map(|number: f64| Value::from(number.trunc() + 0.5)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        let map = prop::collection::btree_map(of(YAML, 3), inner.clone(), 0..5);
        prop_oneof![prop::collection::vec(inner, 0..5).prop_map(Value::from), map.prop_map(|map| Value::Object(map.into_iter().collect()))]
    })
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in of(PIECES, 60)) {
        note(text.as_bytes());
        encodings(&text);
        tags(&text);
    }

    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        note(&bytes);
        canvas(&bytes);
    }

    #[test]
    fn no_frontmatter_is_too_much(yaml in of(YAML, 40)) {
        frontmatter(&yaml);
    }

    #[test]
    fn a_note_is_told_and_nothing_else_in_it_differs(
        lines in prop::collection::vec(prop::sample::select(TOLD), 0..6),
        end in prop::sample::select(&["\n", "\r\n", "\r"][..]),
        start in prop::sample::select(&["", "\u{feff}", "\n"][..]),
        yaml in of(YAML, 5),
        body in of(PIECES, 6),
    ) {
        let lines = lines.iter().map(|line| format!("{line}{end}")).collect::<String>();
        told(format!("{start}---{end}{lines}---{end}{body}").as_bytes());
        told(format!("{start}---{end}{lines}{yaml}{end}---{body}").as_bytes());
    }

    #[test]
    fn no_link_is_too_much(text in of(PIECES, 12)) {
        link(&text);
    }

    #[test]
    fn no_canvas_is_too_much(text in of(PIECES, 20), label in any::<String>()) {
        let nodes = serde_json::json!([{"type": "text", "text": text}, {"type": "group", "label": label}, {"type": "file", "file": text}]);
        canvas(serde_json::json!({"nodes": nodes}).to_string().as_bytes());
    }

    #[test]
    fn no_name_is_too_much(files in prop::collection::vec(of(NAMES, 6), 0..12), source in of(NAMES, 6), link in of(NAMES, 6)) {
        let files = files.iter().map(|file| VaultPath::new(file)).collect::<std::collections::BTreeSet<_>>();
        let files = files.into_iter().filter(|file| !file.is_root()).collect::<Vec<_>>();
        resolve(&files, &VaultPath::new(&source), &link);
    }

    #[test]
    fn properties_are_read_as_they_were_written(properties in prop::collection::btree_map("[a-z]{1,5}|[A-Za-z0-9 :#-]{1,8}", value(), 1..6)) {
        let properties = properties.into_iter().collect::<Map<_, _>>();
        let yaml = serde_yaml::to_string(&properties).unwrap();
        // The writer leaves `1e310` without quotes, which is a number beyond all others to whoever reads it.
        let is_infinite = |word: &str| word.parse::<f64>().is_ok_and(f64::is_infinite);
        prop_assume!(!yaml.contains("\n---") && !yaml.split(|c: char| !c.is_alphanumeric()).any(is_infinite));
        let text = format!("---\n{yaml}---\n");
        prop_assert_eq!(parse_text(&text).json(), Some(properties), "{}", yaml);
    }
}
