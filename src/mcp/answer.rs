//! An answer cut to what an agent wants to pay for, and how to get the rest. Rows go from the end, a text from its last line up.

use super::{Asked, Said};
use crate::render::budget::{Budget, tokens};
use crate::render::json;
use serde_json::{Value, json};

/// Bytes that a token stands for, as agents count them; where text is denser, it is counted as denser.
const BYTES: usize = 4;
/// Of a budget, what an outline may take beside a text that is cut.
const OUTLINE: usize = 4;

/// Returns the text that an agent gets for its question.
pub(super) fn shown(asked: &Asked, said: &Said) -> String {
    match serde_json::from_str(&said.text) {
        Ok(document) if !said.is_error => json(&fitted(document, asked, &said.notes)).expect("what was JSON is JSON"),
        _ => said.notes.iter().fold(said.text.trim_end().to_owned(), |text, note| format!("{text}\n{note}")),
    }
}

/// Returns a document cut to fit.
fn fitted(mut document: Value, asked: &Asked, notes: &[String]) -> Value {
    if !notes.is_empty() {
        let known = document["warnings"].as_array().cloned().unwrap_or_default();
        document["warnings"] = known.into_iter().chain(notes.iter().cloned().map(Value::from)).collect();
    }
    if document["results"].is_array() {
        rows(document, asked)
    } else if document["text"].is_string() {
        lines(document, asked.max_tokens)
    } else {
        document
    }
}

fn rows(mut document: Value, asked: &Asked) -> Value {
    let Value::Array(mut rows) = document["results"].take() else { return document };
    let has_more = document["truncated"] == true;
    document["results"] = json!([]);
    document["truncated"] = json!(true);
    document["next"] = json!({"offset": usize::MAX});
    let mut purse = Purse::of(asked.max_tokens, &document);
    let mut n_kept = rows.iter().take_while(|row| purse.pay(&row.to_string())).count();
    let is_cut = n_kept < rows.len();
    let is_feed = document["read_to"].is_number();
    if is_cut && is_feed {
        // What one revision did is never cut: whoever goes on after it would miss the rest.
        n_kept = rows.iter().take_while(|row| row["revision"] != rows[n_kept]["revision"]).count();
    }
    rows.truncate(n_kept);
    if let (true, true, Some(last)) = (is_cut, is_feed, rows.last()) {
        document["read_to"] = last["revision"].clone();
    }
    if is_cut && n_kept == 0 {
        document["next"] = json!({"max_tokens": 2 * asked.max_tokens});
        document.as_object_mut().expect("it is a document").remove("read_to");
    } else if (is_cut || has_more) && is_feed {
        document["next"] = json!({"since": document["read_to"]});
    } else if is_cut || has_more {
        document["next"] = json!({"offset": asked.offset + n_kept});
    } else if let Some(document) = document.as_object_mut() {
        document.remove("truncated");
        document.remove("next");
    }
    document["results"] = rows.into();
    document
}

fn lines(mut document: Value, max_tokens: usize) -> Value {
    let text = document["text"].as_str().unwrap_or_default().to_owned();
    let first = document["line"].as_u64().unwrap_or(1) as usize;
    let headings = document["headings"].take();
    if let Some(document) = document.as_object_mut() {
        document.remove("headings");
        document.remove("text");
    }
    let quoted = |text: &str| Value::from(text).to_string();
    let rest = json!([document, {"text": "", "truncated": true, "next": {"lines": "1000000-"}}]);
    let mut purse = Purse::of(max_tokens, &rest);
    if text.split_inclusive('\n').all(|line| purse.pay(&quoted(line))) {
        document["text"] = text.into();
        return document;
    }
    purse = Purse::of(max_tokens, &rest);
    let outline = outline(&headings, max_tokens / OUTLINE);
    if outline.as_array().is_some_and(|outline| !outline.is_empty()) && purse.pay(&outline.to_string()) {
        document["headings"] = outline;
    }
    let mut kept: String = text.split_inclusive('\n').take_while(|line| purse.pay(&quoted(line))).collect();
    let mut n_kept = kept.lines().count();
    if kept.is_empty() {
        let long = json!(format!("line {first} is cut: it alone is longer than max_tokens"));
        purse.pay(&json!({ "warnings": [long] }).to_string());
        // A line that is longer than all that may be shown: its beginning says more than nothing.
        let mut line = text.lines().next().unwrap_or_default();
        while !purse.would_pay(&quoted(line)) && !line.is_empty() {
            line = &line[..line.floor_char_boundary(line.len() / 2)];
        }
        (kept, n_kept) = (line.to_owned(), 1);
        document["warnings"] = document["warnings"].as_array().cloned().unwrap_or_default().into_iter().chain([long]).collect();
    }
    document["text"] = kept.into();
    document["truncated"] = json!(true);
    document["end_line"] = json!(first + n_kept - 1);
    document["next"] = json!({"lines": format!("{}-", first + n_kept)});
    document
}

/// Returns the headings, without the lowest if all of them are too many, and without the last if the highest alone are.
fn outline(headings: &Value, max_tokens: usize) -> Value {
    let of_level = |most: u64| -> Vec<Value> {
        let all = headings.as_array().into_iter().flatten();
        all.filter(|heading| heading["level"].as_u64().is_some_and(|level| level <= most)).cloned().collect()
    };
    let outlines = (1..=6).rev().map(of_level).filter(|outline| !outline.is_empty());
    let outlines: Vec<Vec<Value>> = outlines.collect();
    let fits = |outline: &&Vec<Value>| Purse::of(max_tokens, &json!(outline)).left.is_some();
    let mut purse = Purse::of(max_tokens, &json!([]));
    match outlines.iter().find(fits) {
        Some(outline) => json!(outline),
        None => outlines.into_iter().next_back().into_iter().flatten().take_while(|heading| purse.pay(&heading.to_string())).collect(),
    }
}

/// What is left of a budget: tokens, and bytes.
struct Purse {
    left: Option<(usize, usize)>,
}

impl Purse {
    /// Returns what is left beside a document.
    fn of(max_tokens: usize, document: &Value) -> Self {
        let mut purse = Self { left: Some((max_tokens, BYTES * max_tokens)) };
        if !purse.pay(&document.to_string()) {
            purse.left = None;
        }
        purse
    }

    /// Pays for a text, and a comma, if it can.
    fn pay(&mut self, text: &str) -> bool {
        let left = self.left.and_then(|(most, bytes)| Some((most.checked_sub(tokens(text) + 1)?, bytes.checked_sub(text.len() + 1)?)));
        let is_paid = left.is_some();
        self.left = left.or(self.left);
        is_paid
    }

    fn would_pay(&self, text: &str) -> bool {
        let (most, bytes) = self.left.unwrap_or_default();
        !Budget { bytes: Some(bytes), tokens: Some(most) }.is_over(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(document: &Value, max_tokens: usize) -> Value {
        let asked = Asked { max_tokens, offset: 10, ..Asked::default() };
        let text = super::shown(&asked, &Said { text: document.to_string(), ..Said::default() });
        assert!(text.len() <= BYTES * max_tokens && tokens(&text) <= max_tokens, "{max_tokens}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn rows_are_cut_from_the_end_and_the_rest_is_offered() {
        let row = |n: usize| json!({"path": format!("a folder/note {n}.md"), "title": "A note of some length"});
        let document = json!({"results": (0..100).map(row).collect::<Vec<_>>(), "total": 100});
        assert_eq!(shown(&document, 10_000), document);
        for max_tokens in [100, 200, 500, 1000] {
            let cut = shown(&document, max_tokens);
            let n_rows = cut["results"].as_array().unwrap().len();
            assert_eq!((&cut["next"]["offset"], &cut["truncated"], &cut["total"]), (&json!(10 + n_rows), &json!(true), &json!(100)));
            assert!(n_rows > 0 && n_rows < 100, "{cut}");
        }
        let page = json!({"results": [row(1)], "total": 100, "truncated": true});
        assert_eq!(shown(&page, 200)["next"], json!({"offset": 11}), "what a command has cut goes on too");
    }

    #[test]
    fn a_feed_is_cut_between_revisions() {
        let row = |n: usize| json!({"revision": n / 10, "op": "modified", "path": format!("a folder/note {n}.md")});
        let document = json!({"results": (10..60).map(row).collect::<Vec<_>>(), "total": 50, "read_to": 5});
        assert_eq!(shown(&document, 10_000), document);
        let cut = shown(&document, 700);
        let n_rows = cut["results"].as_array().unwrap().len();
        assert!(n_rows > 0 && n_rows < 50 && n_rows.is_multiple_of(10), "{cut}");
        assert_eq!((&cut["read_to"], &cut["next"]), (&json!(n_rows / 10), &json!({"since": n_rows / 10})));
        let none = shown(&document, 100);
        assert_eq!((&none["results"], &none["next"]), (&json!([]), &json!({"max_tokens": 200})), "{none}");
    }

    #[test]
    fn a_text_is_cut_at_a_line_and_says_where_it_goes_on() {
        let text: String = (1..=200).map(|n| format!("line {n} with \"some\" words\n")).collect();
        let headings: Vec<Value> = (1..=50).map(|n| json!({"line": n, "level": 1 + n % 3, "heading": "About something"})).collect();
        let document = json!({"path": "a.md", "text": text, "line": 11, "end_line": 210, "lines": 300, "headings": headings});
        assert_eq!(shown(&document, 10_000)["text"], text, "whole");
        assert_eq!(shown(&document, 10_000).get("headings"), None, "the text says it all");
        for max_tokens in [200, 400, 1000] {
            let cut = shown(&document, max_tokens);
            let n_lines = cut["text"].as_str().unwrap().lines().count();
            assert!(n_lines > 1 && text.starts_with(cut["text"].as_str().unwrap()), "{cut}");
            assert_eq!((&cut["end_line"], &cut["next"]["lines"]), (&json!(10 + n_lines), &json!(format!("{}-", 11 + n_lines))));
        }
        assert!(!shown(&document, 1000)["headings"].as_array().unwrap().is_empty());
        let long = json!({"text": "ü".repeat(10_000), "line": 1, "end_line": 1});
        let cut = shown(&long, 200);
        assert!(cut["text"].as_str().unwrap().starts_with('ü') && cut["warnings"][0].as_str().unwrap().contains("line 1 is cut"), "{cut}");
    }

    #[test]
    fn what_else_was_said_is_a_warning_and_an_error_is_said_as_it_is() {
        let said = |text: &str, is_error| Said { text: text.to_owned(), is_error, notes: vec!["not closed".to_owned()] };
        let asked = Asked { max_tokens: 100, ..Asked::default() };
        assert_eq!(super::shown(&asked, &said("{\"results\":[]}", false)), "{\"results\":[],\"warnings\":[\"not closed\"]}");
        assert_eq!(super::shown(&asked, &said("no note 'x'\n  cure\n", true)), "no note 'x'\n  cure\nnot closed");
    }
}
