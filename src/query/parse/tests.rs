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

#[test]
fn our_own_operators_read_as_the_others_do() {
    check("Title:x alias:\"y z\"", json!({"and": [{"op": "title", "arg": {"word": "x"}}, {"op": "alias", "arg": {"phrase": "y z"}}]}));
    check("title:(a -/b/)", json!({"op": "title", "arg": {"and": [{"word": "a"}, {"not": {"regex": "b"}}]}}));
    check("-type:pattern", json!({"not": {"op": "type", "arg": {"word": "pattern"}}}));
    check("link:\"a b\"", json!({"op": "link", "arg": {"phrase": "a b"}}));
    check("link:[[a b#c|d]] e", json!({"and": [{"op": "link", "arg": {"phrase": "a b"}}, {"word": "e"}]}));
    check("modified:>2026-01", json!({"op": "modified", "arg": {"cmp": ">", "value": {"word": "2026-01"}}}));
    check("created:(2025 OR 7d)", json!({"op": "created", "arg": {"or": [{"word": "2025"}, {"word": "7d"}]}}));
    check("match-case:title:X", json!({"op": "match-case", "arg": {"op": "title", "arg": {"word": "X"}}}));
}

#[test]
fn what_may_stand_alone_takes_only_what_touches_it() {
    let orphan = || json!({"op": "orphan", "arg": {"word": ""}});
    check("orphan:", orphan());
    check("(orphan:)", orphan());
    check("orphan: x", json!({"and": [orphan(), {"word": "x"}]}));
    check("orphan: OR tag:x", json!({"or": [orphan(), {"op": "tag", "arg": {"word": "x"}}]}));
    check("unresolved: x", json!({"and": [{"op": "unresolved", "arg": {"word": ""}}, {"word": "x"}]}));
    check("unresolved:x", json!({"op": "unresolved", "arg": {"word": "x"}}));
    check_error("a orphan:b", "orphan:", "blank");
}

#[test]
fn our_own_operators_say_what_they_take() {
    check_error("tilte:x", "tilte:", "title:");
    check_error("modifed:7d", "modifed:", "modified:");
    check_error("a modified:soon", "soon", "2026-01-31");
    check_error("created:2026-02-30", "2026-02-30", "2026-01-31");
    check_error("modified:>2026..2027", ">2026..2027", "FROM..TO");
    check_error("modified:(7d OR /x/)", "/x/", "7d");
    check_error("modified:([a])", "[a]", "7d");
    check_error("modified:<", "<", "7d");
    check_error("type:(a OR b)", "type:(a OR b)", "type:a OR type:b");
    check_error("link:/x/", "link:/x/", "link:a OR link:b");
    check_error("title:(a link:b)", "link", "side by side");
    check_error("file:(title:b)", "title", "side by side");
}

#[test]
fn what_is_not_closed_is_told() {
    let check = |query: &str, expected: &[(&'static str, usize)]| assert_eq!(read(query).unwrap().unclosed, expected, "{query:?}");
    check("a \"b c\" (d) [e:f] /g/", &[]);
    check("a \"b", &[("quote", 2)]);
    check("/a b", &[("regular expression", 0)]);
    check("x (a [b:\"c", &[("parenthesis", 2), ("bracket", 5), ("quote", 8)]);
    check("link:[[a", &[("bracket", 5)]);
    check("\"a\\", &[("quote", 0)]);
}
