//! `inspect` and `resolve` as a shell sees them.

use crate::support::{Sandbox, stderr, stdout};
use serde_json::{Value, json};

#[test]
fn inspect_prints_obsidians_shape_in_utf16_units() {
    let sandbox = Sandbox::new();
    sandbox.write("n.md", "---\ntags: [a]\n---\n😀 [[B#c|d]] #e\n");
    let note = sandbox.json(&["inspect", "vault/n.md"]);
    let position = json!({"start": {"line": 3, "col": 3, "offset": 21}, "end": {"line": 3, "col": 12, "offset": 30}});
    assert_eq!(note["links"], json!([{"link": "B#c", "original": "[[B#c|d]]", "displayText": "d", "position": position}]));
    assert_eq!(note["frontmatter"], json!({"tags": ["a"]}));
    assert_eq!(note["frontmatterPosition"]["end"], json!({"line": 2, "col": 3, "offset": 17}));
    assert_eq!(note["vaultSync"]["allTags"], json!(["#a", "#e"]));
    assert_eq!(note["vaultSync"]["name"], "n");
}

#[test]
fn inspect_takes_several_files_and_names_one_that_is_missing() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", "# A\n");
    sandbox.write("b.canvas", r#"{"nodes": [{"type": "text", "text": "[[C]]"}]}"#);
    let answer = sandbox.text(&["inspect", "--json", "vault/a.md", "vault/b.canvas"]);
    let documents = answer.lines().map(|line| serde_json::from_str::<Value>(line).expect("a document a line")).collect::<Vec<_>>();
    assert_eq!((documents.len(), &documents[1]["textNodeLinks"]), (2, &json!(["C"])));

    let output = sandbox.vault_sync(&["inspect", "vault/no.md"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("vault/no.md"));
}

#[test]
fn inspect_tells_people_where_a_note_is_wrong_and_sends_no_control_characters() {
    let sandbox = Sandbox::new();
    sandbox.write("n.md", "---\na: b: c\n---\n# T \u{1b}[31m\n");
    let summary = stdout(&sandbox.vault_sync(&["inspect", "vault/n.md"]));
    assert!(summary.contains("n.md:2:"), "{summary}");
    assert!(!summary.contains('\u{1b}'), "{summary}");
}

#[test]
fn resolve_says_where_a_link_leads_and_why() {
    let sandbox = Sandbox::new();
    sandbox.write("a/Note.md", "---\naliases: [N]\n---\n# H\n## I\n");
    for path in ["b/Note.md", "a/s.md", ".trash/Gone.md"] {
        sandbox.write(path, "");
    }
    let resolve = |link| sandbox.json(&["resolve", "--from", "a/s.md", "--", link]);
    let found = resolve("note#I");
    assert_eq!((&found["dest"], &found["rule"]), (&json!("a/Note.md"), &json!("own-folder")));
    assert_eq!(found["subpath"], json!({"type": "heading", "heading": "I", "line": 4, "next": null}));
    assert_eq!(found["candidates"], json!(["a/Note.md", "b/Note.md"]));

    let missing = resolve("N");
    assert_eq!((&missing["dest"], &missing["unresolved"]), (&Value::Null, &json!("N")));
    assert_eq!(missing["did_you_mean"], json!([{"path": "a/Note.md", "reason": "alias"}]));
    assert_eq!(resolve("Gone")["dest"], Value::Null);

    let sentence = sandbox.text(&["resolve", "--from", "no.md", "--", "a/note"]);
    assert_eq!(sentence, "[[a/note]] leads to a/Note.md (its whole path in the vault)\n");
    assert_eq!(sandbox.json(&["resolve", "--from", "no.md", "--", "#H"])["subpath"], Value::Null);
}

#[test]
fn resolve_says_what_a_link_to_nothing_may_have_meant() {
    let sandbox = Sandbox::new();
    sandbox.write("plans/Road Map.md", "# The way ahead\n");
    sandbox.write("b.md", "---\naliases: [Atlas, b: c]\nd: e: f\n---\n");
    sandbox.sync();
    sandbox.rename("plans/Road Map.md", "Itinerary 2.md");
    sandbox.sync();
    let suggested = |link| sandbox.json(&["resolve", "--from", "b.md", "--", link])["did_you_mean"].clone();
    assert_eq!(suggested("old/b"), json!([{"path": "b.md", "reason": "moved"}]));
    assert_eq!(suggested("road map#H"), json!([{"path": "Itinerary 2.md", "reason": "moved"}]));
    assert_eq!(suggested("The way ahead"), json!([{"path": "Itinerary 2.md", "reason": "heading"}]));
    assert_eq!(suggested("itinerary-2"), json!([{"path": "Itinerary 2.md", "reason": "slug"}]));
    assert_eq!(suggested("Itinery 2"), json!([{"path": "Itinerary 2.md", "reason": "spelling"}]));
    assert_eq!(suggested("atlas"), json!([{"path": "b.md", "reason": "alias"}]), "aliases of broken frontmatter help too");
    assert_eq!(suggested("nothing of the kind"), json!([]));

    let sentence = sandbox.text(&["resolve", "--from", "b.md", "--", "Atlas"]);
    assert_eq!(sentence, "[[Atlas]] leads to no file; did you mean b.md (which has that alias)?\n");
}

#[test]
fn excluded_files_are_linkable_and_said_to_be_excluded() {
    let sandbox = Sandbox::new();
    sandbox.write("archive/a.md", "# A\n");
    sandbox.write("private/b.md", "");
    sandbox.write(".obsidian/app.json", r#"{"userIgnoreFilters": ["archive/"]}"#);
    let config = format!("[[vault]]\npath = {:?}\nexclude = [\"private/\"]\n", sandbox.vault);
    let sandbox = sandbox.configured(&config);
    let found = |link| sandbox.json(&["resolve", "--from", "n.md", "--", link]);
    assert_eq!((&found("a#A")["dest"], &found("a")["excluded"]), (&json!("archive/a.md"), &json!("Obsidian's excluded files")));
    assert_eq!((&found("b")["dest"], &found("b")["excluded"]), (&json!("private/b.md"), &json!("private/")));
    let sentence = sandbox.text(&["resolve", "--from", "n.md", "--", "b"]);
    assert!(sentence.ends_with("no search shows it, since it is excluded by private/\n"), "{sentence}");
}
