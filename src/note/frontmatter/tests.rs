//! What frontmatter says, held against what npm `yaml` 2.7.0 reads.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn fenced(yaml: &str) -> String {
    format!("---\n{yaml}\n---\n")
}

fn reading(text: &str) -> Reading<'_> {
    read(text, &find(text).unwrap())
}

fn check(yaml: &str, expected: Value) {
    let text = fenced(yaml);
    let reading = reading(&text);
    assert_eq!(reading.error, None, "{yaml}");
    assert_eq!(reading.properties.map_or(Value::Null, |properties| Value::Object(to_json(&properties))), expected, "{yaml}");
}

/// Checks that the YAML is refused, and at which line and column of it.
fn check_refused(cases: &[(&str, usize, usize)]) {
    for (yaml, line, column) in cases {
        let text = fenced(yaml);
        let reading = reading(&text);
        let error = reading.error.unwrap_or_else(|| panic!("{yaml:?} was read as {:?}", reading.properties));
        assert_eq!((error.line - 1, error.column), (*line, *column), "{yaml:?}: {}", error.message);
    }
}

#[test]
fn scalars_follow_the_core_schema() {
    check(
        "a: 010\nb: 0o10\nc: 0x1F\nd: 1_000\ne: .5\nf: 1e3\nh: +12\ni: \"010\"\nj: '007'\nk: -08",
        json!({"a": 10, "b": 8, "c": 31, "d": "1_000", "e": 0.5, "f": 1000, "h": 12, "i": "010", "j": "007", "k": -8}),
    );
    check("a: yes\nb: 12:30\nc: 2024-01-01\nd: ~\ne: True", json!({"a": "yes", "b": "12:30", "c": "2024-01-01", "d": null, "e": true}));
    check("a: .inf\nb: 99999999999999999999\nc: 1e400", json!({"a": null, "b": 1e20, "c": null}));
    check("a: 9007199254740993\nb: 123456789012345678", json!({"a": 9_007_199_254_740_992_i64, "b": 123_456_789_012_345_680_i64}));
    check("a: 0b11\nb: [-0x1f, +0o7]\nc: '0b1'\n0b1: d", json!({"a": "0b11", "b": ["-0x1f", "+0o7"], "c": "0b1", "0b1": "d"}));
}

#[test]
fn template_text_and_own_tags_are_kept() {
    check("title: {{title}}", json!({"title": {"{ title }": null}}));
    check("a: !x 1\nb: !y [2]\nc: !\n? 3\n: c", json!({"a": "1", "b": [2], "c": "", "3": "c"}));
    check("{{title}}: a\n[[b, c]]: d\n{e: f}: g", json!({"{ ? { title } }": "a", "[ [ b, c ] ]": "d", "{ e: f }": "g"}));
    check("<<: {a: 1}\nb: &x [1]\nc: *x", json!({"<<": {"a": 1}, "b": [1], "c": [1]}));
}

#[test]
fn what_is_no_mapping_has_no_properties_and_no_error() {
    for yaml in ["", "\n", "# only", "just text", "- a\n- b"] {
        check(yaml, Value::Null);
    }
}

#[test]
fn errors_carry_the_lines_of_the_note() {
    for (text, line) in [
        ("---\na: 1\na: 2\n---\n", 3),
        ("---\na: b: c\n---\n", 2),
        ("\n\n---\na: 1\nb: `x`\n---\n", 5),
        ("---\na:\n\t- b\n---\n", 3),
        ("---\na: \"open\n---\n", 3),
        ("---\na: 1\n...\nb: 2\n---\n", 2),
    ] {
        let error = read(text, &find(text).unwrap()).error.unwrap();
        assert_eq!(error.line, line, "{text:?}: {}", error.message);
    }
}

#[test]
fn hostile_yaml_is_refused_soon() {
    let list = format!("a: &a [{}]\nb: [{}]", "x, ".repeat(5000), "*a, ".repeat(5000));
    let text = format!("a: &a {}\nb: [{}]", "x".repeat(20_000), "*a, ".repeat(5000));
    let late = format!("{}- {}", "- x\n".repeat(2000), "[".repeat(20_000));
    for yaml in ["[".repeat(MAX_YAML), format!("a: {}", "{a: ".repeat(1000)), "x".repeat(MAX_YAML + 1), list, text, late] {
        let text = format!("---\n{yaml}\n---\n");
        assert!(read(&text, &find(&text).unwrap()).error.is_some());
    }
}

#[test]
fn a_block_opens_at_the_top_and_closes_at_the_next_dashes() {
    for (text, expected) in [
        ("---\na: 1\n---\nbody", Some((0..12, 13))),
        ("---\n---\n", Some((0..7, 8))),
        ("\n---\na: 1\n---", Some((1..13, 13))),
        ("---\na: 1\n---   \nbody", Some((0..15, 16))),
        ("--- \na: 1\n---\n", None),
        ("----\na: 1\n---\n", None),
        (" ---\na: 1\n---\n", None),
        ("---\na: 1\n...\n", None),
        ("x\n---\na: 1\n---\n", None),
        ("---", None),
    ] {
        assert_eq!(find(text).map(|block| (block.range, block.body_start)), expected, "{text:?}");
    }
}

#[test]
fn a_key_of_another_kind_replaces_and_one_of_its_own_kind_is_an_error() {
    check("1: a\n\"1\": b\nnull: c\n'': d\n[e]: f\n[e]: g", json!({"1": "b", "": "d", "[ e ]": "g"}));
    check_refused(&[("a: 1\nb:\n  c: 1\n  c: 2", 4, 3), ("1: a\n1.0: b", 1, 4), ("~: a\nnull: b", 1, 4), ("{a: 1, a: 2}", 1, 8)]);
}

#[test]
fn keys_that_are_numbers_come_first() {
    let text = fenced("b: 1\n10: 2\na: 3\n2: 4\n-1: 5\n01: 6");
    let names = reading(&text).properties.unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names, ["1", "2", "10", "b", "a", "-1"]);
}

#[test]
fn odd_characters_are_letters() {
    check("a\u{b}b: c\u{2028}d\n\u{85}: [e\u{feff}, \u{7}]", json!({"a\u{b}b": "c\u{2028}d", "\u{85}": ["e\u{feff}", "\u{7}"]}));
    check("a: \"\\ud83d\\uDE00 \\u00e9 \\ud83d \\\\ud83d\"", json!({"a": "😀 é \u{fffd} \\ud83d"}));
    check_refused(&[("\u{b}\u{b}: [a, - b]", 1, 9)]);
}

#[test]
fn tabs_may_stand_wherever_they_indent_nothing() {
    check("a:\t1\t\n\t\nb: 2\n\t# c\nd:\n-\te\n\t\n- f", json!({"a": 1, "b": 2, "d": ["e", "f"]}));
    check("a:\n  \tb\nc: |\n  \td\n  e\nf:\n  - >\n    \tg", json!({"a": "b", "c": "\td\ne\n", "f": ["\tg\n"]}));
    check("a:\n\t\n- b", json!({"a": ["b"]}));
    check_refused(&[("a:\n\t- b", 2, 1), ("a:\n\t\nb: 1", 2, 1), ("a:\n-\tb: 1", 2, 2), ("a:\n  \t- b", 2, 3), ("a: |\n  b\n\t\n", 3, 1)]);
}

#[test]
fn further_lines_are_indented() {
    check("a: \"b\n\n  c\"\nd: ['e',\n  f\n]\ng:\n- 'h\n i'", json!({"a": "b\nc", "d": ["e", "f"], "g": ["h i"]}));
    check_refused(&[
        ("a: \"b\nc\"", 2, 1),
        ("a: 'b\n'", 2, 1),
        ("a: [\nb\n]", 2, 1),
        ("a:\n  b: {c: 1,\n  d: 2}", 3, 3),
        ("a: [b,\nc: d", 2, 1),
    ]);
}

#[test]
fn a_comment_needs_a_space_and_a_dash_a_line() {
    check("a: -\nb: - # c\nd: -e\nf:\n- -\n: g", json!({"a": [null], "b": [null], "d": "-e", "f": [[null]], "": "g"}));
    check("a: [b#c, d]\ne: f#g", json!({"a": ["b#c", "d"], "e": "f#g"}));
    check_refused(&[("a: 'b'#c", 1, 7), ("a: [b]#c", 1, 7), ("a: |#c\n  d", 1, 5), ("a: [#b\n  ]", 1, 5), ("a: [-, b]", 1, 5)]);
}

/// YAML made of the pieces that mean something.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "a: ", "b:", "c", "tags: ", "aliases:", "- ", "-", "? ", ": ", ":", "\n", "\n\n", "\n  ", "\n ", "\t", "\n\t", " ", "\"", "'",
        "\\", "\\ud83d", "\\é", "[", "]", "{", "}", ",", ", ", "|", ">", "|2", ">-", "#", " # ", "&x ", "*x", "!", "!x ", "!!str ", "é",
        "😀", "\u{2028}", "\u{7}", "\u{fdd0}", "\u{feff}", "0b1", "-0x1", "010", "1", "~", "...", "%", "@", "`",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_yaml_is_too_much(yaml in soup()) {
        let text = format!("---\n{yaml}\n---\n");
        let n_lines = text.lines().count();
        let reading = read(&text, &find(&text).unwrap());
        prop_assert!(reading.error.is_none_or(|error| (1..=n_lines).contains(&error.line) && error.column > 0));
    }
}
