use super::super::parse;
use super::*;
use serde_json::json;

const NOTE: &str = "---\nstatus: Draft\n---\n# Plan\nmix the flour\n#work/x call Bob\n\n## Sub\n- [ ] email Ann\n- [x] publish\n";

fn subject<'a>(path: &'a str, text: &'a str, tags: &'a [String], properties: &'a Map<String, Value>) -> Subject<'a> {
    let kind = crate::path::VaultPath::new(path).kind();
    Subject::new(path, kind, text, tags, properties)
}

fn matcher(query: &str) -> Matcher {
    Matcher::new(&parse(query).unwrap().unwrap())
}

fn check(query: &str, expected: bool) {
    let properties = json!({"Status": "Draft"});
    let tags = ["#work/x".to_owned()];
    let subject = subject("Projects/Bread.md", NOTE, &tags, properties.as_object().unwrap());
    assert_eq!(matcher(query).matches(&subject), expected, "{query:?}");
}

#[test]
fn a_bare_term_is_found_in_the_text_or_the_path() {
    check("FLOUR project", true);
    check("flour -bread", false);
    check("content:bread", false);
    check("\"flour\"", true);
    check("\"flou\"", false);
    check("\"rea\"", true);
    check("/^mix/", true);
    check("match-case:(plan OR Bob)", true);
    check("match-case:plan", false);
    check("match-case:(ignore-case:plan)", true);
    check("path:", false);
}

#[test]
fn file_looks_at_the_name_and_path_at_all_of_it() {
    check("file:bread.md", true);
    check("file:projects", false);
    check("path:projects/b", true);
    check("path:(bread -cake)", true);
}

#[test]
fn a_tag_holds_the_tags_below_it() {
    check("tag:#Work", true);
    check("tag:work/x", true);
    check("tag:wor", false);
    check("tag:x", false);
    check("match-case:tag:Work", false);
}

#[test]
fn parts_hold_all_of_their_term() {
    check("line:(mix flour)", true);
    check("line:(mix call)", false);
    check("line:(status draft)", true);
    check("-line:mix", false);
    check("line:(mix -call)", true);
}

#[test]
fn properties_are_found_in_any_case() {
    check("[status]", true);
    check("[STATUS:draft]", true);
    check("[status:final]", false);
    check("[other]", false);
}

#[test]
fn an_attachment_is_found_by_its_path_only_where_the_query_asks_for_it() {
    let none = Map::new();
    let check = |query: &str, expected: bool| {
        let picture = subject("pictures/sunset.png", "", &[], &none);
        assert_eq!(matcher(query).matches(&picture), expected, "{query:?}");
    };
    check("sunset", false);
    check("-flour", false);
    check("file:sunset -flour", true);
    check("-file:dawn", false);
    check("-flour OR file:dawn", false);
    check("path:pictures sunset", false);
}

#[test]
fn places_are_where_the_text_matches() {
    let tags = ["#work/x".to_owned()];
    let none = Map::new();
    let subject = subject("Bread.md", NOTE, &tags, &none);
    let check = |query: &str, expected: &[&str]| {
        let places: Vec<&str> = matcher(query).places(&subject).into_iter().map(|place| &NOTE[place]).collect();
        assert_eq!(places, expected, "{query:?}");
    };
    check("flour MIX -call", &["mix", "flour"]);
    check("bread", &[]);
    check("tag:work", &["#work/x"]);
    check("line:(call bob) OR line:(call mix)", &["call", "Bob"]);
    check("\"mix the\" the", &["mix the"]);
}
