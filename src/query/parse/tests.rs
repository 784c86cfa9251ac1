use super::*;
use serde_json::{Value, json};

fn check(query: &str, expected: Value) {
    let found = parse(query).unwrap_or_else(|error| panic!("{query:?}: {error}"));
    assert_eq!(found.map_or(Value::Null, |ast| ast.to_json()), expected, "{query:?}");
}

fn check_error(query: &str, place: &str, hint: &str) {
    let error = parse(query).expect_err(query);
    assert_eq!(&query[error.span.clone()], place, "{query:?}: {error}");
    assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{query:?}: {:?}", error.hint);
}

#[test]
fn a_blank_means_and_and_or_binds_weakest() {
    check("", Value::Null);
    check(" \t ", Value::Null);
    check("()", Value::Null);
    check("a b OR c", json!({"or": [{"and": [{"word": "a"}, {"word": "b"}]}, {"word": "c"}]}));
    check("a (b OR c)", json!({"and": [{"word": "a"}, {"or": [{"word": "b"}, {"word": "c"}]}]}));
}

#[test]
fn an_or_without_a_neighbour_or_in_another_case_is_none() {
    check("a OR", json!({"word": "a"}));
    check("OR a", json!({"word": "a"}));
    check("a OR OR b", json!({"or": [{"word": "a"}, {"word": "b"}]}));
    check("ORANGE or", json!({"and": [{"word": "ORANGE"}, {"word": "or"}]}));
}

#[test]
fn signs_are_special_only_at_a_terms_start() {
    check("foo-bar", json!({"word": "foo-bar"}));
    check("a/b", json!({"word": "a/b"}));
    check("12:30", json!({"word": "12:30"}));
    check("f(x)", json!({"word": "f(x)"}));
    check("-a", json!({"not": {"word": "a"}}));
    check("a -", json!({"word": "a"}));
    check("--a", json!({"not": {"not": {"word": "a"}}}));
    check("<5", json!({"word": "<5"}));
}

#[test]
fn what_is_not_closed_runs_to_the_end() {
    check("\"a b", json!({"phrase": "a b"}));
    check("/a b", json!({"regex": "a b"}));
    check("(a b", json!({"and": [{"word": "a"}, {"word": "b"}]}));
    check("[a:b", json!({"prop": "a", "value": {"word": "b"}}));
}

#[test]
fn escapes_are_those_of_the_delimiter() {
    check(r#""a \"b\" \\ \n""#, json!({"phrase": r#"a "b" \ \n"#}));
    check(r"/a\/b\d/", json!({"regex": r"a/b\d"}));
}

#[test]
fn operators_take_one_term_in_any_case() {
    check("FILE:x y", json!({"and": [{"op": "file", "arg": {"word": "x"}}, {"word": "y"}]}));
    check("path: x", json!({"op": "path", "arg": {"word": "x"}}));
    check("path:", json!({"op": "path", "arg": {"word": ""}}));
    check("(path:) x", json!({"and": [{"op": "path", "arg": {"word": ""}}, {"word": "x"}]}));
    check("section:(a section:b)", json!({"op": "section", "arg": {"and": [{"word": "a"}, {"op": "section", "arg": {"word": "b"}}]}}));
    check("match-case:(file:/A/)", json!({"op": "match-case", "arg": {"op": "file", "arg": {"regex": "A"}}}));
}

#[test]
fn a_property_holds_a_whole_expression() {
    check("[a]", json!({"prop": "a", "value": null}));
    check("[ due date : x ]", json!({"prop": "due date", "value": {"word": "x"}}));
    check("[\"a:b\":\"c\"]", json!({"prop": "a:b", "value": {"phrase": "c"}}));
    check("[a:b OR c] d", json!({"and": [{"prop": "a", "value": {"or": [{"word": "b"}, {"word": "c"}]}}, {"word": "d"}]}));
    check("[a:>5]", json!({"prop": "a", "value": {"cmp": ">", "value": {"word": "5"}}}));
    check("[at:12:30]", json!({"prop": "at", "value": {"word": "12:30"}}));
    check("([a:(b)])", json!({"prop": "a", "value": {"word": "b"}}));
}

#[test]
fn an_error_names_the_place_and_the_cure() {
    check_error("a bogus:foo", "bogus:", "[bogus:value]");
    check_error("pth:foo", "pth:", "path:");
    check_error("path:(file:foo)", "file", "side by side");
    check_error("tag:(a OR b)", "tag:(a OR b)", "tag:a OR tag:b");
    check_error("/[x/", "/[x/", "quote");
    check_error("[a:[b]]", "[", "quote");
    check_error("[a:</b/]", "</b/", "[duration:<5]");
    check_error("a []", "[", "quote");
}
