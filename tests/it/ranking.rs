//! In which order `search` puts its hits, by which settings, and how it says why.

use crate::support::{Sandbox, column, stderr};
use serde_json::Value;

fn synced(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    files.iter().for_each(|(path, text)| sandbox.write(path, text));
    sandbox.sync();
    sandbox
}

fn paths(sandbox: &Sandbox, query: &str) -> Vec<String> {
    column(&sandbox.json(&["search", "--", query]), "results", "/path")
}

/// Puts the explained parts of a hit's score together again.
fn sum(hit: &Value) -> f64 {
    let of = |name: &str| hit["explain"][name].as_f64().unwrap();
    let words: f64 = hit["explain"]["words"].as_array().unwrap().iter().map(|word| word[1].as_f64().unwrap()).sum();
    (words + of("nearness")) * of("backlinks") * of("recency") + of("exact_name")
}

#[test]
fn the_parts_of_each_score_add_up() {
    let sandbox = synced(&[
        ("Rye Bread.md", "sourdough"),
        ("a.md", "rye bread with [[b]]"),
        ("b.md", "---\naliases: [bread of rye]\n---\n# Breads\nbread\nand rye"),
        ("c.md", "ryes, bredd, [[b]]"),
        ("d.md", "breads [[b]]"),
    ]);
    for query in ["rye bread", "rye bread flour", "the ryé", "file:bread", "title:rye", "tag:x OR bread"] {
        let answer = sandbox.json(&["search", "--explain", query]);
        let hits = answer["results"].as_array().unwrap();
        assert!(!hits.is_empty(), "{query}");
        for hit in hits {
            let score = hit["score"].as_f64().unwrap();
            assert!(score > 0.0 && (score - sum(hit)).abs() < score * 1e-4, "{query}: {score} is not {}: {hit}", sum(hit));
        }
    }
    let answer = sandbox.json(&["search", "--explain", "rye bread"]);
    let first = &answer["results"][0];
    assert_eq!(first["path"], "Rye Bread.md");
    assert!(first["explain"]["exact_name"].as_f64().unwrap() > 0.0);
    assert!(answer["results"][1]["explain"]["nearness"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_note_with_the_very_name_goes_first() {
    let sandbox = synced(&[
        ("Daily notes.md", "x"),
        ("Other.md", &"daily notes\n".repeat(40)),
        ("All about daily notes.md", "# About them\ndaily notes"),
        ("Journal.md", "---\naliases: [Day Book]\n---\n"),
        ("Day.md", &"day book\n".repeat(40)),
        ("Café.md", "x"),
        ("Menu.md", &"café\n".repeat(40)),
    ]);
    let first = |query: &str| paths(&sandbox, query).remove(0);
    assert_eq!(first("daily notes"), "Daily notes.md");
    assert_eq!(first("Daily-Notes"), "Daily notes.md", "a related hit");
    assert_eq!(first("day book"), "Journal.md");
    assert_eq!(first("cafe"), "Café.md", "related hits, too");
}

#[test]
fn a_question_is_ranked_by_the_words_that_say_something() {
    let sandbox = synced(&[
        ("a.md", "how do i, how do i, what is the how of it"),
        ("b.md", "backups are restored by copying"),
        ("c.md", "the the the"),
    ]);
    assert_eq!(paths(&sandbox, "how do I restore the backup?"), ["b.md"]);
    assert_eq!(paths(&sandbox, "what is the how"), ["a.md", "c.md"], "where there are no others, they count");
}

#[test]
fn words_close_together_go_before_words_far_apart() {
    let far = format!("pressure {} gauge", "filler ".repeat(30));
    let near = format!("{} pressure gauge", "filler ".repeat(30));
    let sandbox = synced(&[("a.md", &far), ("b.md", &near), ("c.md", "other")]);
    assert_eq!(paths(&sandbox, "gauge pressure"), ["b.md", "a.md"]);
    assert_eq!(paths(&sandbox, "pressured gauge"), ["b.md", "a.md"], "related hits, too");
    let sandbox = sandbox.configured("[search.rank]\nnearness = 0\n");
    assert_eq!(paths(&sandbox, "gauge pressure"), ["a.md", "b.md"]);
}

#[test]
fn titles_and_aliases_that_were_asked_for_rank() {
    let sandbox = synced(&[
        ("a.md", "---\ntitle: Bread and butter and jam\n---\nbread"),
        ("b.md", "---\ntitle: Bread\n---\n"),
        ("c.md", "---\naliases: [bread]\n---\n"),
    ]);
    assert_eq!(paths(&sandbox, "title:bread"), ["b.md", "a.md"]);
    let answer = sandbox.json(&["search", "alias:bread"]);
    assert!(answer["results"][0]["score"].as_f64().unwrap() > 0.0, "{answer}");
}

#[test]
fn newer_and_more_linked_notes_go_first_among_equals_unless_switched_off() {
    let sandbox = Sandbox::new();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(400 * 86_400);
    for name in ["a.md", "b.md"] {
        sandbox.write(name, "needle");
    }
    std::fs::File::options().write(true).open(sandbox.vault.join("a.md")).unwrap().set_modified(old).unwrap();
    sandbox.sync();
    assert_eq!(paths(&sandbox, "needle"), ["b.md", "a.md"]);
    let sandbox = sandbox.configured("[search.rank]\nrecency = 0\n");
    assert_eq!(paths(&sandbox, "needle"), ["a.md", "b.md"]);

    let sandbox = synced(&[("a.md", "needle"), ("b.md", "needle"), ("c.md", "[[b]]")]);
    assert_eq!(paths(&sandbox, "needle"), ["b.md", "a.md"]);
    let explained = |sandbox: &Sandbox| sandbox.json(&["search", "--explain", "needle"])["results"][0]["explain"]["backlinks"].clone();
    assert!(explained(&sandbox).as_f64().unwrap() > 1.0);
    let sandbox = sandbox.configured("[search.rank]\nbacklinks = 0\n");
    assert_eq!(explained(&sandbox), 1.0);
}

#[test]
fn the_languages_of_the_notes_are_a_setting_that_needs_no_resync() {
    let sandbox = synced(&[("a.md", "die Häuser stehen"), ("b.md", "meetings"), ("c.md", "нашёл заметку")]);
    assert_eq!(paths(&sandbox, "meeting's meetingly"), ["b.md"]);
    assert_eq!(paths(&sandbox, "haus"), [] as [&str; 0]);
    let sandbox = sandbox.configured("[search]\nlanguages = [\"german\", \"russian\"]\n");
    assert_eq!(paths(&sandbox, "stehend Haus"), ["a.md"]);
    assert_eq!(paths(&sandbox, "заметки"), ["c.md"]);
    let sandbox = sandbox.configured("[search]\nlanguages = [\"none\"]\n[search.rank]\nbeginning = 0\ntypo = 0\n");
    assert_eq!(paths(&sandbox, "заметки"), [] as [&str; 0]);
    let sandbox = sandbox.configured("[search]\nlanguages = [\"englisch\"]\n");
    let output = sandbox.vault_sync(&["search", "x"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("did you mean `english`?"), "{}", stderr(&output));
}
