//! The hits of a search as they are shown: sections, passages and lines around them, cut to a budget, counted, and known by short ids; and what
//! is said when there is none.

use crate::support::{Sandbox, column, stderr, stdout};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

fn synced(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    files.iter().for_each(|(path, text)| sandbox.write(path, text));
    sandbox.sync();
    sandbox
}

const LONG: &str = "red red red\n\n# One\nred and blue\n\n## Two\nwords\n\nred\n\n# Three\nwords\n";

#[test]
fn sections_are_hits_of_their_own_and_the_limit_counts_them() {
    let sandbox = synced(&[("long.md", LONG), ("b.md", "# B\nred\n"), ("c.md", "# C\nblue\n")]);
    let answer = sandbox.json(&["search", "red", "--granularity", "section"]);
    let seen: Vec<_> = answer["results"].as_array().unwrap().iter().map(|hit| (hit["path"].as_str().unwrap(), &hit["section"])).collect();
    assert_eq!(seen.iter().filter(|(path, _)| *path == "long.md").count(), 3, "{answer}");
    assert!(seen.contains(&("long.md", &json!({"heading": "Two", "headings": ["One"], "line": 6, "end_line": 9}))), "{answer}");
    assert!(seen.contains(&("long.md", &json!({"heading": null, "headings": [], "line": 1, "end_line": 1}))), "{answer}");
    assert_eq!((&answer["total"], &answer["truncated"]), (&json!(4), &json!(false)));
    let scores: Vec<f64> = answer["results"].as_array().unwrap().iter().map(|hit| hit["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let page = |n: &str, offset: &str| sandbox.json(&["search", "red", "--granularity", "section", "-n", n, "--offset", offset]);
    for (offset, hit) in answer["results"].as_array().unwrap().iter().enumerate() {
        assert_eq!(page("1", &offset.to_string())["results"][0]["section"], hit["section"], "{offset}");
    }
    assert_eq!((&page("2", "0")["truncated"], column(&page("9", "0"), "results", "/path").len()), (&json!(true), 4));
    assert_eq!(sandbox.text(&["search", "red", "--granularity", "section", "--count"]), "4\n");
    assert_eq!(sandbox.json(&["search", "red"])["results"][0].get("section"), None, "a note is no section");
    assert_eq!(sandbox.text(&["search", "red", "--granularity", "section", "--format", "path"]).matches("long.md").count(), 1);
}

#[test]
fn the_log_counts_a_note_once_whatever_its_sections() {
    let sandbox = synced(&[("long.md", LONG)]);
    let answer = sandbox.json(&["search", "red", "--granularity", "section"]);
    assert_eq!(column(&answer, "results", "/path").len(), 3);
    let log = sandbox.json(&["log"]);
    assert_eq!(log["results"][0]["results_count"], 1, "{log}");
}

#[test]
fn lines_around_a_passage_are_printed_as_grep_does() {
    let sandbox = synced(&[("a.md", "one\ntwo red\nthree\nfour\nfive\nred six\n"), ("b.md", "x\nred red\n")]);
    let text = sandbox.text(&["search", "red", "--sort", "path", "-C1"]);
    let expected = "a.md-1-one\na.md:2:5: two red\na.md-3-three\n--\na.md-5-five\na.md:6:1: red six\n--\nb.md-1-x\nb.md:2:1: red red\n";
    assert_eq!(text, expected);
    let passage = sandbox.json(&["search", "six", "--context", "2"])["results"][0]["passages"][0].clone();
    assert_eq!((&passage["before"], &passage["after"]), (&json!(["four", "five"]), &json!([])));
    assert_eq!(sandbox.json(&["search", "six"])["results"][0]["passages"][0].get("before"), None, "nobody asked");
}

#[test]
fn every_line_is_shown_where_that_is_asked_for() {
    let sandbox = synced(&[("a.md", &"red\n".repeat(9))]);
    let n_passages = |args: &[&str]| sandbox.json(args)["results"][0]["passages"].as_array().unwrap().len();
    assert_eq!((n_passages(&["search", "red"]), n_passages(&["search", "red", "--all-lines"])), (3, 9));
    assert_eq!(sandbox.text(&["search", "red", "--all-lines"]).lines().count(), 9);
    assert_eq!(sandbox.text(&["search", "red"]), "a.md:1:1: red\n");
}

#[test]
fn an_answer_is_cut_to_fit_and_stays_whole() {
    let files: Vec<(String, String)> = (0..9).map(|n| (format!("note {n}.md"), "red wörter\n".repeat(n + 1))).collect();
    let sandbox = synced(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    for format in ["json", "jsonl", "csv", "path", "text"] {
        let whole = sandbox.text(&["search", "red", "--format", format, "-n9"]);
        for most in [whole.len(), whole.len() - 1, whole.len() / 2, whole.len() / 5] {
            let output = sandbox.vault_sync(&["search", "red", "--format", format, "-n9", "--max-bytes", &most.to_string()]);
            let text = stdout(&output);
            assert!(text.len() <= most, "{format}, at most {most}: {}", text.len());
            assert_eq!(stderr(&output).contains("left out to fit"), format != "json" && most < whole.len(), "{format}, {most}");
            match format {
                "json" => drop(serde_json::from_str::<Value>(&text).unwrap()),
                "jsonl" => text.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap())),
                _ => assert!(text.ends_with('\n'), "{format}: {text}"),
            }
        }
    }
    let answer = sandbox.json(&["search", "red", "-n9", "--max-tokens", "1000"]);
    let n_left = answer["results"].as_array().unwrap().len();
    assert_eq!(answer["cut"], json!({"hits": 9 - n_left, "passages": 2 * n_left, "facets": 0}), "the best of each hit stays: {answer}");
    assert_eq!((&answer["truncated"], &answer["total"]), (&json!(true), &json!(9)));
    assert_eq!(sandbox.json(&["search", "red"]).get("cut"), None);
    let nothing = sandbox.json(&["search", "red", "--max-bytes", "1"]);
    assert_eq!((&nothing["results"], &nothing["cut"]["hits"]), (&json!([]), &json!(9)), "what must be said is said");
}

#[test]
fn a_short_id_shows_the_note_through_edits_and_renames() {
    let sandbox = synced(&[("a.md", "red"), ("b.md", "blue")]);
    let id = sandbox.json(&["search", "red"])["results"][0]["short_id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 10);
    assert_eq!(sandbox.text(&["show", &id]), "red");
    sandbox.write("a.md", "red and more");
    sandbox.rename("a.md", "in/c.md");
    sandbox.sync();
    assert_eq!(sandbox.json(&["search", "red"])["results"][0]["short_id"], json!(id));
    assert_eq!(sandbox.text(&["show", &id]), "red and more");
    assert_eq!(sandbox.text(&["show", &id.to_uppercase()[2..]]), "red and more", "fewer digits do, as long as they are of one note");
    assert_eq!(sandbox.vault_sync(&["show", &id[5..]]).status.code(), Some(1), "so few are a name");
}

#[test]
fn facets_count_all_that_matches_and_not_only_what_is_returned() {
    let note = |tag: &str, status: &str| format!("---\ntags: [{tag}]\nstatus: {status}\n---\nred");
    let texts = [note("ops/log", "draft"), note("Ops", "done"), note("ops", "draft"), "blue".to_owned()];
    let paths = ["p/a.md", "p/q/b.md", "c.md", "p/d.md"];
    let sandbox = synced(&paths.iter().zip(&texts).map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>());
    let answer = sandbox.json(&["search", "red", "-n1", "--facet", "tags", "--facet", "folder", "--facet", "property:status"]);
    let expected = json!({
        "tags": [{"value": "#ops", "count": 3}, {"value": "#ops/log", "count": 1}],
        "folder": [{"value": "p", "count": 2}, {"value": "/", "count": 1}, {"value": "p/q", "count": 1}],
        "property:status": [{"value": "draft", "count": 2}, {"value": "done", "count": 1}],
    });
    assert_eq!((&answer["facets"], &answer["total"], &answer["at_least"]), (&expected, &json!(3), &json!(false)));
    assert_eq!(
        sandbox.text(&["search", "red", "-n0", "--facet", "property:status"]),
        "property:status\t2\tdraft\nproperty:status\t1\tdone\n"
    );
    let refused = sandbox.vault_sync(&["search", "red", "--facet", "tag"]);
    assert_eq!(
        (refused.status.code(), stderr(&refused)),
        (Some(2), "vault-sync: there is no facet 'tag'\n  did you mean tags?\n".to_owned())
    );
    assert_eq!(sandbox.vault_sync(&["search", "red", "--facet", "tags", "--format", "csv"]).status.code(), Some(2), "never ignored");
    sandbox.write("new.md", "red");
    assert_eq!(sandbox.vault_sync(&["search", "red", "--fresh", "--facet", "tag"]).status.code(), Some(2));
    assert!(!sandbox.text(&["ls", "--format", "path"]).contains("new.md"), "what is refused syncs nothing first");
}

#[test]
fn a_count_is_exact_where_it_is_asked_for() {
    let files: Vec<(String, String)> = (0..400).map(|n| (format!("{n}.md"), format!("red wine {n}"))).collect();
    let sandbox = synced(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let total = |args: &[&str]| {
        let answer = sandbox.json(args);
        (answer["total"].clone(), answer["at_least"].clone())
    };
    assert_eq!(total(&["search", "\"red wine\"", "-n3"]).1, json!(true), "as far as it is known");
    assert_eq!(total(&["search", "\"red wine\"", "-n3", "--count"]), (json!(400), json!(false)));
    assert_eq!(sandbox.text(&["search", "\"red wine\"", "--count"]), "400\n");
    assert_eq!(sandbox.vault_sync(&["search", "-e", "--count", "wine"]).status.code(), Some(0));
    assert_eq!(sandbox.vault_sync(&["search", "-e", "--count", "water"]).status.code(), Some(1));
}

#[test]
fn a_hit_says_when_it_was_made_and_changed() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", "---\ncreated: 2025-06-01\n---\nred");
    sandbox.write("b.md", "red");
    let file = std::fs::File::options().write(true).open(sandbox.vault.join("b.md")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_225_600_500)).unwrap();
    sandbox.sync();
    let answer = sandbox.json(&["search", "red", "--sort", "path"]);
    assert_eq!(answer["results"][1]["modified"], "2026-01-01T00:00:00.500Z");
    assert_eq!((&answer["results"][0]["created"], &answer["results"][1]["created"]), (&json!("2025-06-01T00:00:00"), &Value::Null));
}

#[test]
fn a_question_without_an_answer_says_what_may_have_been_meant() {
    let sandbox = synced(&[("a.md", "session lifecycle"), ("b.md", "sessions"), ("c.md", "blue")]);
    let output = sandbox.vault_sync(&["search", "--strict", "Sesion lifecycel"]);
    let expected = "vault-sync: nothing has 'sesion'; near to it: session (1)\nvault-sync: nothing has 'lifecycel'; near to it: lifecycle (1)\n\
                    vault-sync: did you mean: session lifecycle\n";
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str(), output.status.code()), ("", expected, Some(0)));
    let suggestions = |query: &str| sandbox.json(&["search", query])["suggestions"].clone();
    let near = json!([{"term": "session", "count": 1}]);
    let words = json!([{"word": "sesion", "count": 0, "near": near}, {"word": "blue", "count": 1, "near": []}]);
    assert_eq!(suggestions("sesion blue"), json!({"query": null, "words": words}), "what finds nothing is not proposed");
    assert_eq!(suggestions("session blue")["words"][0]["count"], 2);
    assert_eq!(suggestions("session"), Value::Null);
    assert_eq!(suggestions("tag:x"), Value::Null);
}

#[test]
fn the_dictionary_of_the_index_is_a_list() {
    let sandbox = synced(&[("Recipe.md", "#x Bread rye recipes"), ("b.md", "bread, breads"), ("c.md", "other")]);
    assert_eq!(sandbox.text(&["terms", "Brea"]), "2\tbread\n1\tbreads\n");
    assert_eq!(sandbox.text(&["terms", "rec"]), "1\trecipe\n1\trecipes\n", "a name counts as the text does");
    assert_eq!(sandbox.text(&["terms", "bread", "-t", "x"]), "1\tbread\n");
    assert_eq!(sandbox.text(&["terms", "--sort", "count", "-n1"]), "2\tbread\n");
    assert_eq!(sandbox.json(&["terms", "breads"])["results"], json!([{"term": "breads", "count": 1}]));
    assert_eq!(sandbox.text(&["terms", "rye", "--format", "csv"]), "term,count\nrye,1\n");
    assert_eq!(sandbox.vault_sync(&["terms", "--format", "path"]).status.code(), Some(2));
    sandbox.remove("b.md");
    sandbox.sync();
    assert_eq!(sandbox.text(&["terms", "brea"]), "1\tbread\n", "what is gone does not count");
}

#[test]
fn an_empty_answer_is_a_document_of_its_format() {
    let sandbox = synced(&[("a.md", "red")]);
    let answer = |format: &str| sandbox.text(&["search", "nowhere", "--format", format]);
    assert_eq!((answer("text"), answer("jsonl"), answer("path")), (String::new(), String::new(), String::new()));
    assert_eq!(answer("csv").lines().count(), 1, "the names of the columns");
    assert_eq!(serde_json::from_str::<Value>(&answer("json")).unwrap()["results"], json!([]));
}

#[test]
fn paths_go_to_programs_whatever_is_in_them() {
    let names = ["-rf.md", "a b.md", "it's \"so\".md", "new\nline.md", "tab\t.md", "日本/ü*?.md", "$(x);.md", "back\\slash.md"];
    let sandbox = synced(&names.map(|name| (name, "red")));
    let mut search = sandbox.command(&["search", "-0", "--format", "path", "red"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut xargs = Command::new("xargs");
    xargs.args(["-0", "cat", "--"]).current_dir(&sandbox.vault).stdin(search.stdout.take().unwrap());
    let output = xargs.output().unwrap();
    assert_eq!((stdout(&output), stderr(&output)), ("red".repeat(names.len()), String::new()));
    assert!(search.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let files: Vec<(String, String)> = (0..300).map(|n| (format!("{n}.md"), "red ".repeat(100))).collect();
    let sandbox = synced(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    for format in ["text", "json", "jsonl", "csv", "path"] {
        let search = &["search", "red", "-n", "300", "--format", format];
        let mut search = sandbox.command(search).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(search.stdout.take());
        let output = search.wait_with_output().unwrap();
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{format}");
    }
}
