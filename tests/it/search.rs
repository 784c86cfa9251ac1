//! `search` from the outside: what it finds, what it says of it, how it fails, what it leaves in the log.

use crate::support::{Sandbox, column, stderr, stdout};
use serde_json::{Value, json};

fn synced(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    files.iter().for_each(|(path, text)| sandbox.write(path, text));
    sandbox.sync();
    sandbox
}

fn paths(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    column(&sandbox.json(&[&["search"], args].concat()), "results", "/path")
}

#[test]
fn a_vault_without_notes_is_searched_like_any_other() {
    let s = Sandbox::new();
    s.sync();
    for args in [&["search", "needle"][..], &["terms"]] {
        assert_eq!(s.json(args)["total"], 0, "{args:?}");
    }
    s.write("a.md", "needle\n");
    s.sync();
    assert_eq!(s.json(&["search", "needle"])["total"], 1);
}

#[test]
fn an_answer_without_hits_is_no_silence_for_people() {
    let sandbox = synced(&[("a.md", "One word. #tag")]);
    let said = |args: &[&str]| stderr(&sandbox.vault_sync(&[&["search"], args].concat()));
    for args in [&["tag:#nothing"][..], &["path:nowhere"], &["-t", "nothing", "word"], &["--offset", "9", "tag:#nothing"]] {
        assert_eq!(said(args), "vault-sync: nothing matches\n", "{args:?}");
    }
    for args in
        [&["word"][..], &["-n", "0", "word"], &["--count", "nothing"], &["--format", "path", "tag:#nothing"], &["--json", "tag:#nothing"]]
    {
        assert!(!said(args).contains("nothing matches"), "{args:?}");
    }
}

#[test]
fn related_hits_come_after_strict_ones_and_are_marked() {
    let sandbox = synced(&[("a.md", "meeting minutes"), ("b.md", "they meet"), ("c.md", "minutes"), ("d.md", "nothing")]);
    let answer = sandbox.json(&["search", "meeting", "minutes"]);
    assert_eq!(column(&answer, "results", "/path"), ["a.md", "c.md", "b.md"]);
    let relaxed: Vec<_> = answer["results"].as_array().unwrap().iter().map(|hit| hit["relaxed"].as_bool().unwrap()).collect();
    assert_eq!(relaxed, [false, true, true]);
    assert_eq!(answer["total"], 1);
    assert_eq!(paths(&sandbox, &["--strict", "meeting", "minutes"]), ["a.md"]);
    assert_eq!(paths(&sandbox, &["meeting minutes tag:x"]), Vec::<String>::new(), "a filter is never given up");
}

#[test]
fn a_hit_says_where_it_matches() {
    let sandbox = synced(&[("a.md", "---\ntags: [bread, bread/rye]\n---\n# Baking\n## Daily\n\n   Mix the Flour, ça flour\n# End\n")]);
    let answer = sandbox.json(&["search", "flour the"]);
    let hit = &answer["results"][0];
    let expected = json!([{
        "line": 7, "column": 8, "text": "Mix the Flour, ça flour", "highlights": [[4, 7], [8, 13], [18, 23]], "headings": ["Baking", "Daily"],
    }]);
    assert_eq!(hit["passages"], expected);
    assert_eq!(hit["tags"], json!(["#bread", "#bread/rye"]));
    assert_eq!(sandbox.text(&["search", "flour the"]), "a.md:7:8: Mix the Flour, ça flour\n");
}

#[test]
fn a_note_that_is_gone_is_no_hit_and_the_next_one_takes_its_place() {
    let sandbox = synced(&[("a.md", "needle needle"), ("b.md", "needle"), ("c.md", "needle and more")]);
    assert_eq!(paths(&sandbox, &["-n2", "needle"]), ["a.md", "b.md"]);
    sandbox.remove("a.md");
    let answer = sandbox.json(&["search", "-n2", "needle"]);
    assert_eq!(column(&answer, "results", "/path"), ["b.md", "c.md"]);
    assert_eq!(answer["total"], 2);
}

#[test]
fn a_note_that_changed_is_read_again() {
    let sandbox = synced(&[("a.md", "needle"), ("b.md", "needle"), ("c.md", "needle")]);
    sandbox.write("a.md", "no more");
    sandbox.write("b.md", "\nnow the needle");
    let answer = sandbox.json(&["search", "--fresh=never", "needle"]);
    let seen: Vec<_> =
        answer["results"].as_array().unwrap().iter().map(|h| (&h["path"], &h["changed"], &h["passages"][0]["line"])).collect();
    assert_eq!(seen, [(&json!("b.md"), &json!(true), &json!(2)), (&json!("c.md"), &json!(false), &json!(1))]);
}

#[test]
fn changes_that_nobody_synced_are_told() {
    let sandbox = synced(&[("x/a.md", "needle")]);
    assert_eq!(sandbox.json(&["search", "needle"])["freshness"]["unseen"], 0);
    sandbox.write("x/b.md", "needle");
    let answer = sandbox.json(&["search", "--fresh=never", "needle"]);
    assert_eq!(answer["freshness"]["unseen"], 1);
    assert_eq!(answer["freshness"]["watcher"], "absent");
    assert!(answer["warnings"][0].as_str().unwrap().contains("vault-sync sync"), "{answer}");
}

#[test]
fn flags_narrow_as_operators_do() {
    let sandbox = synced(&[
        ("in/a.md", "---\nstatus: draft\nrating: 4\n---\nneedle #work/x"),
        ("in/b.md", "---\nstatus: final\n---\nneedle #work"),
        ("out/c.md", "needle"),
    ]);
    let check = |args: &[&str], expected: &[&str]| assert_eq!(paths(&sandbox, args), expected, "{args:?}");
    check(&["-t", "work", "needle"], &["in/b.md", "in/a.md"]);
    check(&["-t", "work/x"], &["in/a.md"]);
    check(&["-p", "status=draft"], &["in/a.md"]);
    check(&["-p", "rating=>3", "-p", "status"], &["in/a.md"]);
    check(&["--path", "out/", "needle"], &["out/c.md"]);
    check(&["--type", "pattern", "needle"], &[]);
}

#[test]
fn pages_follow_one_another_into_the_related_hits() {
    let sandbox = synced(&[("a.md", "one two"), ("b.md", "one two one two"), ("c.md", "one"), ("d.md", "two three four")]);
    let all = paths(&sandbox, &["one two"]);
    assert_eq!(all.len(), 4);
    for (offset, path) in all.iter().enumerate() {
        assert_eq!(paths(&sandbox, &["-n1", "--offset", &offset.to_string(), "one two"]), [path.as_str()]);
    }
}

#[test]
fn an_error_points_at_its_place_in_the_query() {
    let sandbox = synced(&[("a.md", "x")]);
    let output = sandbox.vault_sync(&["search", "x", "fiel:y"]);
    assert_eq!(output.status.code(), Some(2));
    let expected = "vault-sync: there is no operator fiel:\n  x fiel:y\n    ^^^^^\n  did you mean file: ?\n";
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), ("", expected));
}

#[test]
fn programs_get_strict_hits_only_and_an_exit_status_where_they_ask() {
    let sandbox = synced(&[("a b.md", "meetings"), ("c.md", "meet")]);
    assert_eq!(sandbox.text(&["search", "--format", "path", "meetings"]), "a b.md\n");
    assert_eq!(sandbox.text(&["search", "-0", "meet"]), "c.md\0a b.md\0");
    assert_eq!(sandbox.text(&["search", "-0", "--relaxed", "meetings"]), "a b.md\0c.md\0");
    assert_eq!(sandbox.vault_sync(&["search", "-e", "meetings x"]).status.code(), Some(1));
    assert_eq!(sandbox.vault_sync(&["search", "meetings xyzzy"]).status.code(), Some(0));
}

#[test]
fn tables_and_streams_hold_a_hit_a_line() {
    let sandbox = synced(&[("a.md", "x\nsome, \"text\""), ("b.md", "text text")]);
    let table = sandbox.text(&["search", "--format", "csv", "text"]);
    let mut lines = table.lines().map(|line| line.split(',').take(4).collect::<Vec<_>>());
    assert_eq!(lines.next(), Some(vec!["vault", "path", "line", "column"]), "{table}");
    assert_eq!(lines.next(), Some(vec!["vault", "b.md", "1", "1"]), "{table}");
    assert!(table.contains("vault,a.md,2,8,\"some, \"\"text\"\"\","), "{table}");
    let stream = sandbox.text(&["search", "--format", "jsonl", "text"]);
    let hits: Vec<Value> = stream.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json!(hits), sandbox.json(&["search", "text"])["results"]);
}

#[test]
fn control_characters_of_notes_never_come_through() {
    let sandbox = synced(&[("a.md", "needle \x1b[31m\x07 red")]);
    assert_eq!(sandbox.text(&["search", "needle"]), "a.md:1:1: needle \u{fffd}[31m\u{fffd} red\n");
}

#[test]
fn each_lookup_is_one_line_of_the_log() {
    let sandbox = synced(&[("a.md", "meeting minutes"), ("b.md", "meet")]);
    sandbox.text(&["search", "meeting \"minutes\" -x"]);
    sandbox.text(&["search", "nowhere"]);
    let spool = std::fs::read_to_string(sandbox.data_dir.join("lookups.jsonl")).unwrap();
    let lines: Vec<Value> = spool.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<_> = lines.iter().map(|line| (&line["prompt_excerpt"], &line["keywords"], &line["strict_count"])).collect();
    assert_eq!(
        said,
        [
            (&json!("meeting \"minutes\" -x"), &json!(["meeting", "minutes"]), &json!(1)),
            (&json!("nowhere"), &json!(["nowhere"]), &json!(0)),
        ]
    );
    assert_eq!(lines[0]["results_ids"].as_array().unwrap().len(), 2, "the related hit too");
    assert_ne!(lines[0]["log_id"], lines[1]["log_id"]);
}

#[test]
fn without_an_index_the_cure_is_named() {
    let sandbox = Sandbox::new();
    let output = sandbox.vault_sync(&["search", "x"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("vault-sync sync"), "{}", stderr(&output));
}

#[test]
fn the_plan_and_the_worth_of_words_can_be_seen() {
    let sandbox = synced(&[("a.md", "flour")]);
    let answer = sandbox.json(&["search", "--explain", "flour -\"rye bread\""]);
    assert_eq!(answer["plan"], "all(any(*flour* path) not(any(unsure(rye+bread) path)))");
    assert_eq!(answer["results"][0]["explain"]["words"][0][0], "*flour*");
    assert_eq!(
        sandbox.json(&["search", "--explain-query", "--", "a -b"]),
        json!({"ast": {"and": [{"word": "a"}, {"not": {"word": "b"}}]}})
    );
}
