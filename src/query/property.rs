//! The value of a property in a query, `[name:value]`, and which values of a note it matches.
//!
//! Lists match by item: a word anywhere in an item, a phrase as the whole of one; each term may be met by another item. `<` and `>` compare numbers, then dates, then text;
//! a number or a date is never compared with something else.

use super::words::fold;
use super::{Ast, Comparison, regular};
use regex::Regex;
use serde_json::Value;

#[derive(Clone, Debug)]
pub(super) enum ValueTest {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Present without a value: `null`, `EMPTY`.
    Absent,
    Boolean(bool),
    Word(Literal),
    Whole(Literal),
    Regex(Regex),
    Compare(Comparison, String),
    Never,
}

#[derive(Clone, Debug)]
pub(super) struct Literal {
    text: String,
    matches_case: bool,
}

impl ValueTest {
    pub(super) fn new(ast: &Ast, matches_case: bool) -> Self {
        let each = |children: &[Ast]| children.iter().map(|child| Self::new(child, matches_case)).collect();
        let literal = |text: &str| Literal { text: if matches_case { text.to_owned() } else { fold(text).into_owned() }, matches_case };
        match ast {
            Ast::And(children) => Self::All(each(children)),
            Ast::Or(children) => Self::Any(each(children)),
            Ast::Not(child) => Self::Not(Box::new(Self::new(child, matches_case))),
            Ast::Word(word) => match word.as_str() {
                "" => Self::Never,
                "null" | "EMPTY" => Self::Absent,
                "TRUE" => Self::Boolean(true),
                "FALSE" => Self::Boolean(false),
                word => Self::Word(literal(word)),
            },
            Ast::Phrase(text) => Self::Whole(literal(text)),
            Ast::Regex(source) => regular::compile(source, matches_case).map_or(Self::Never, Self::Regex),
            Ast::Compare(comparison, operand) => match operand.as_ref() {
                Ast::Word(text) | Ast::Phrase(text) => Self::Compare(*comparison, text.clone()),
                _ => Self::Never,
            },
            // The parser knows neither within a property.
            Ast::Operator(..) | Ast::Property { .. } => Self::Never,
        }
    }

    pub(super) fn matches(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::All(tests), _) => tests.iter().all(|test| test.matches(value)),
            (Self::Any(tests), _) => tests.iter().any(|test| test.matches(value)),
            (Self::Not(test), _) => !test.matches(value),
            (_, Value::Array(items)) => items.iter().any(|item| self.matches(item)),
            _ => self.matches_item(value),
        }
    }

    fn matches_item(&self, item: &Value) -> bool {
        match self {
            Self::Absent => item.is_null(),
            Self::Boolean(wanted) => item.as_bool() == Some(*wanted),
            Self::Word(literal) => literal.with_text(item, |text, word| text.contains(word)),
            Self::Whole(literal) => literal.with_text(item, |text, whole| text == whole),
            Self::Regex(regex) => text(item).is_some_and(|text| regex.is_match(&text)),
            Self::Compare(comparison, operand) => text(item).is_some_and(|text| compare(&text, *comparison, operand)),
            Self::All(_) | Self::Any(_) | Self::Not(_) | Self::Never => false,
        }
    }
}

impl Literal {
    fn with_text(&self, item: &Value, test: impl Fn(&str, &str) -> bool) -> bool {
        text(item).is_some_and(|text| if self.matches_case { test(&text, &self.text) } else { test(&fold(&text), &self.text) })
    }
}

/// Returns a value as it reads; `None` for no value.
fn text(item: &Value) -> Option<String> {
    match item {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn compare(value: &str, comparison: Comparison, operand: &str) -> bool {
    use std::cmp::Ordering::{Greater, Less};
    let order = match (number(value), number(operand), is_date(value), is_date(operand)) {
        (Some(value), Some(operand), ..) => value.partial_cmp(&operand),
        (_, _, true, true) => Some(value.cmp(operand)),
        (None, None, false, false) => Some(fold(value).cmp(&fold(operand))),
        _ => None,
    };
    order == Some(if comparison == Comparison::Below { Less } else { Greater })
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Returns whether a text starts as a date in ISO 8601, which sorts by time as it sorts by text.
fn is_date(text: &str) -> bool {
    let digits = |range| text.get(range).is_some_and(|part: &str| part.bytes().all(|b| b.is_ascii_digit()));
    digits(0..4) && digits(5..7) && digits(8..10) && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `query` stands within `[p:...]`.
    fn check(query: &str, value: Value, expected: bool) {
        let Some(Ast::Property { value: Some(ast), .. }) = super::super::parse(&format!("[p:{query}]")).unwrap() else {
            panic!("{query:?} is no property value")
        };
        assert_eq!(ValueTest::new(&ast, false).matches(&value), expected, "[p:{query}] on {value}");
    }

    #[test]
    fn a_word_matches_inside_and_a_phrase_as_a_whole() {
        check("do", json!("Done"), true);
        check("\"do\"", json!("Done"), false);
        check("\"done\"", json!("Done"), true);
        check("/^d.n/", json!("Done"), true);
        check("3", json!(3), true);
        check("", json!("x"), false);
    }

    #[test]
    fn lists_match_by_item() {
        check("\"blue whale\"", json!(["red fox", "blue whale"]), true);
        check("(Alice Jones)", json!(["Alice Smith", "Bob Jones"]), true);
        check("\"Alice Jones\"", json!(["Alice Smith", "Bob Jones"]), false);
        check("-fox", json!(["red fox", "blue whale"]), false);
        check("-cat", json!(["red fox", "blue whale"]), true);
    }

    #[test]
    fn no_value_is_neither_empty_text_nor_an_empty_list() {
        for constant in ["null", "EMPTY"] {
            check(constant, json!(null), true);
            check(constant, json!(""), false);
            check(constant, json!([]), false);
        }
        check("\"\"", json!(""), true);
    }

    #[test]
    fn booleans_are_constants_in_capitals() {
        check("TRUE", json!(true), true);
        check("FALSE", json!(true), false);
        check("FALSE", json!(null), false);
    }

    #[test]
    fn comparisons_know_numbers_dates_and_text() {
        check("<5", json!(4), true);
        check("<5", json!(10), false);
        check(">5", json!("7.5"), true);
        check(">2024-01-31", json!("2024-02-01"), true);
        check("<2024-01-31", json!("soon"), false);
        check("<m", json!("Kite"), true);
        check("<5", json!("abc"), false);
    }
}
