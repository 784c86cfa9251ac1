use super::evidence::Evidence;
use super::heading::Headings;
use super::passage::{self, Excerpt};
use super::section;
use crate::index::Document;
use crate::note;
use crate::query::{Matcher, parse};
use serde_json::json;

pub(super) fn document(path: &str, text: &str) -> Document {
    let source = note::Source::of(text.as_bytes());
    let note = note::parse(&source);
    let headings: Vec<&str> = note.headings.iter().map(|heading| heading.text).collect();
    let tags: Vec<&str> = note.all_tags().collect();
    let document = json!({
        "doc_id": "", "knowledge_id": "", "vault": "v", "path": path, "kind": "note", "title": "", "body_start": note.body_start, "tags": tags,
        "aliases": [], "headings": headings, "properties": note.json().unwrap_or_default(), "knowledge_type": null, "projects": [],
        "mtime_ns": 0, "size": 0, "created_ms": 0, "written_ms": 0, "backlink_bucket": 0, "is_ignored": false,
    });
    let document: Document = serde_json::from_value(document).unwrap();
    Document { text: text.to_owned(), ..document }
}

fn places(document: &Document, query: &str) -> Vec<std::ops::Range<usize>> {
    Evidence::Query(&Matcher::new(&parse(query).unwrap().unwrap())).places(document)
}

fn passages(text: &str, query: &str, excerpt: Excerpt) -> Vec<passage::Passage> {
    let document = document("a.md", text);
    let spots = passage::spots(&document, &places(&document, query), |at| passage::line_around(&document.text, at));
    passage::passages(spots, &document, &Headings::locate(&document.headings, &document.text), passage::LINE, excerpt)
}

/// Checks passages, best first: line, column, text, what of it is highlighted.
fn check(text: &str, query: &str, expected: &[(usize, usize, &str, &[&str])]) {
    let shown: Vec<_> = passages(text, query, Excerpt::default());
    let highlighted = |passage: &passage::Passage| -> Vec<String> {
        let chars: Vec<char> = passage.text.chars().collect();
        passage.highlights.iter().map(|[from, to]| chars[*from..*to].iter().collect()).collect()
    };
    let shown: Vec<_> = shown.iter().map(|p| (p.line, p.column, p.text.as_str(), highlighted(p))).collect();
    let expected: Vec<_> =
        expected.iter().map(|(l, c, text, marks)| (*l, *c, *text, marks.iter().map(|m| (*m).to_owned()).collect::<Vec<_>>())).collect();
    assert_eq!(shown, expected, "{query:?} in {text:?}");
}

#[test]
fn a_line_with_more_of_the_words_is_better_then_one_in_which_they_stand_closer() {
    check(
        "red a\nred and at last blue\nblue, red\nblue\nred red",
        "red blue",
        &[(3, 1, "blue, red", &["blue", "red"]), (2, 1, "red and at last blue", &["red", "blue"]), (1, 1, "red a", &["red"])],
    );
    check(
        "one x one y two\ntwo one three",
        "one two",
        &[(2, 1, "two one three", &["two", "one"]), (1, 1, "one x one y two", &["one", "one", "two"])],
    );
}

#[test]
fn properties_are_shown_where_they_answer_better() {
    check("---\np: red blue\n---\nred", "red blue", &[(2, 4, "p: red blue", &["red", "blue"]), (4, 1, "red", &["red"])]);
    check("---\np: red\n---\nred", "red", &[(4, 1, "red", &["red"])]);
    check("---\np: red\n---\nx", "red", &[(2, 4, "p: red", &["red"])]);
}

#[test]
fn a_long_line_is_shown_around_its_first_match() {
    let line = format!("  {}Öl needle {}needle", "ä ".repeat(200), "x ".repeat(200));
    let shown = passages(&line, "needle", Excerpt::default());
    let passage = &shown[0];
    assert_eq!((passage.line, passage.column, passage.text.chars().count()), (1, 406, 240));
    assert_eq!(passage.highlights, [[60, 66]], "what is not shown is not highlighted");
}

#[test]
fn lines_around_a_passage_end_with_the_text() {
    let around = |query: &str, n| {
        let around = passages("a\nb\nc\n\nd\n", query, Excerpt { context: Some(n), all_lines: false })[0].around.clone().unwrap();
        (around.before.join("|"), around.after.join("|"))
    };
    let texts = |before: &str, after: &str| (before.to_owned(), after.to_owned());
    assert_eq!(around("a", 1), texts("", "b"));
    assert_eq!(around("b", 2), texts("a", "c|"));
    assert_eq!(around("d", 2), texts("c|", ""));
    assert_eq!(around("c", 0), texts("", ""));
}

#[test]
fn all_lines_come_in_the_order_of_the_text() {
    let lines = |all_lines| -> Vec<usize> {
        let shown = passages("red\nx\nred\nred\nred blue\nred", "red OR blue", Excerpt { context: None, all_lines });
        shown.iter().map(|passage| passage.line).collect()
    };
    assert_eq!(lines(false), [5, 1, 3]);
    assert_eq!(lines(true), [1, 3, 4, 5, 6]);
}

/// A section: its heading, those above it, its first and last line, the text of its best passage.
type Answering<'a> = (Option<&'a str>, &'a [&'a str], usize, usize, &'a str);

/// Checks the sections of a text that answer.
fn check_sections(text: &str, query: &str, expected: &[Answering<'_>]) {
    let document = document("a.md", text);
    let found = section::sections(&document, &places(&document, query), Excerpt::default());
    let found: Vec<_> = found
        .iter()
        .map(|found| {
            let above: Vec<&str> = found.section.headings.iter().map(String::as_str).collect();
            let best = found.passages.first().map_or("", |passage| passage.text.as_str());
            (found.section.heading.as_deref(), above, found.section.line, found.section.end_line, best)
        })
        .collect();
    let expected: Vec<_> = expected.iter().map(|(h, above, from, to, text)| (*h, above.to_vec(), *from, *to, *text)).collect();
    assert_eq!(found, expected, "{query:?} in {text:?}");
}

#[test]
fn a_section_goes_to_the_next_heading_and_shows_the_paragraph() {
    let text = "red one\n\n# A\nsome\nred\nwords\n\nmore\n## B\nx\n\n- item\n- red item\n  goes on\n  - inner\n\n\nC\n---\nblue\n";
    check_sections(
        text,
        "red",
        &[(None, &[], 1, 1, "red one"), (Some("A"), &[], 3, 8, "some\nred\nwords"), (Some("B"), &["A"], 9, 15, "- red item\n  goes on")],
    );
    check_sections(text, "blue", &[(Some("C"), &["A"], 18, 20, "blue")]);
    check_sections(text, "file:a", &[(None, &[], 1, 1, "")]);
}

#[test]
fn frontmatter_belongs_to_the_first_section_line_by_line() {
    check_sections("---\na: red\nb: x\n---\n\n# H\nblue", "red", &[(None, &[], 1, 4, "a: red")]);
    check_sections("---\na: red\nb: x\n---\n\n# H\nred blue", "red", &[(Some("H"), &[], 6, 7, "red blue")]);
    check_sections("# H\n", "file:a", &[(Some("H"), &[], 1, 1, "")]);
    check_sections("", "file:a", &[(None, &[], 1, 1, "")]);
}

#[test]
fn a_section_is_worth_what_it_has_of_the_answer() {
    let best = |text: &str, query: &str| {
        let document = document("a.md", text);
        let found = section::sections(&document, &places(&document, query), Excerpt::default());
        assert!(found.iter().all(|found| found.share > 0.0 && found.share <= 1.0), "{text:?}");
        found.into_iter().max_by(|a, b| a.share.total_cmp(&b.share)).and_then(|best| best.section.heading)
    };
    let filler = "and other words ".repeat(9);
    assert_eq!(best("# A\nred x\n# B\nred blue\n# C\nblue x", "red blue").as_deref(), Some("B"), "all words");
    assert_eq!(best("# A\nx red x\n# red\nx y z\n", "red").as_deref(), Some("red"), "in the heading");
    assert_eq!(best(&format!("# A\nred {filler}\n# B\nred"), "red").as_deref(), Some("B"), "the shorter");
    assert_eq!(best(&format!("# A\nred {filler} blue\n# B\nred blue {filler}"), "red blue").as_deref(), Some("B"), "the closer");
}
