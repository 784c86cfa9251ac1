use super::super::{Given, Relation, parse};
use super::*;
use crate::clock::Wall;
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

#[test]
fn our_own_operators_look_at_what_the_mirror_knows() {
    let properties = json!({"Date Created": "2026-01-31T23:30:00+09:00"});
    let (aliases, projects) = (["First Loaf".to_owned(), "Rye".to_owned()], ["ATO".to_owned()]);
    let now = Wall::written("2026-03-01T12:00").unwrap().moment();
    let modified_ms = Some(Wall::written("2026-02-25T12:00").unwrap().moment().millis());
    let record =
        Record { doc_id: "1", title: "Baking Bread", aliases: &aliases, knowledge_type: Some("Pattern"), projects: &projects, modified_ms };
    let related = [(Relation::Orphan, "1"), (Relation::LinksTo("Home".into()), "1"), (Relation::LinkedFrom("Home".into()), "2")];
    let related = related.map(|(relation, id)| (relation, std::sync::Arc::new([id.to_owned()].into()))).into();
    let given = Given { now, related };
    let check = |query: &str, expected: bool| {
        let subject = Subject::new("b.md", FileKind::Note, "x", &[], properties.as_object().unwrap()).with_record(record);
        assert_eq!(Matcher::given(&parse(query).unwrap().unwrap(), &given).matches(&subject), expected, "{query:?}");
    };
    check("title:bak", true);
    check("title:\"baking bread\"", true);
    check("title:\"bread\"", false);
    check("title:/^b.*d$/ -title:rye", true);
    check("match-case:title:baking", false);
    check("title:", false);
    check("alias:(first loaf)", true);
    check("alias:(first rye)", false);
    check("alias:\"RYE\"", true);
    check("type:pattern project:\"ato\"", true);
    check("type:patt OR project:at", false);
    check("created:2026-01-31", true);
    check("created:>2026-01", false);
    check("created:(>2025 <2026-02)", true);
    check("modified:7d -modified:3d", true);
    check("modified:2026-02-20..2026-02-25", true);
    check("modified:>3d modified:<1w", true);
    check("modified:", false);
    check("orphan: link:Home -backlink:Home", true);
    check("link: OR unresolved:", false);
    check("y OR orphan:", true);
}

#[test]
fn an_attachment_has_times_and_links_but_needs_a_path_all_the_same() {
    let none = Map::new();
    let given = Given { related: [(Relation::Orphan, std::sync::Arc::new(["1".to_owned()].into()))].into(), ..Given::default() };
    let check = |query: &str, expected: bool| {
        let record = Record { doc_id: "1", modified_ms: Some(1), ..Record::default() };
        let picture = Subject::new("a.png", FileKind::Attachment, "", &[], &none).with_record(record);
        assert_eq!(Matcher::given(&parse(query).unwrap().unwrap(), &given).matches(&picture), expected, "{query:?}");
    };
    check("orphan:", false);
    check("orphan: path:png", true);
    check("modified:1970..1971", false);
    check("file:a modified:1969..1971", true);
    check("file:a modified:2026", false);
}
