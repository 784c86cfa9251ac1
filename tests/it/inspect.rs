//! `inspect` and `resolve` as a shell sees them.

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vault-sync"));
    command.current_dir(folder).env("HOME", folder).args(arguments).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn answer(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("folder is made");
        std::fs::write(path, text).expect("file is written");
    }
}

#[test]
fn inspect_prints_obsidians_shape_in_utf16_units() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &[("n.md", "---\ntags: [a]\n---\n😀 [[B#c|d]] #e\n")]);
    let note = answer(folder.path(), &["inspect", "--json", "n.md"]);
    let position = json!({"start": {"line": 3, "col": 3, "offset": 21}, "end": {"line": 3, "col": 12, "offset": 30}});
    assert_eq!(note["links"], json!([{"link": "B#c", "original": "[[B#c|d]]", "displayText": "d", "position": position}]));
    assert_eq!(note["frontmatter"], json!({"tags": ["a"]}));
    assert_eq!(note["frontmatterPosition"]["end"], json!({"line": 2, "col": 3, "offset": 17}));
    assert_eq!(note["vaultSync"]["allTags"], json!(["#a", "#e"]));
    assert_eq!(note["vaultSync"]["name"], "n");
}

#[test]
fn inspect_takes_several_files_and_names_one_that_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &[("a.md", "# A\n\u{1b}[31m- [ ] x\n"), ("b.canvas", "{\"nodes\": [{\"type\": \"text\", \"text\": \"[[C]]\"}]}")]);
    let output = run(folder.path(), &["inspect", "--json", "a.md", "b.canvas"]);
    let lines = text(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>();
    let canvas = serde_json::from_str::<Value>(&lines[1]).expect("a document a line");
    assert_eq!((lines.len(), &canvas["textNodeLinks"]), (2, &json!(["C"])));

    let output = run(folder.path(), &["inspect", "no.md"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no.md"));
}

#[test]
fn inspect_tells_people_where_a_note_is_wrong_and_sends_no_control_characters() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &[("n.md", "---\na: b: c\n---\n# T \u{1b}[31m\n")]);
    let summary = text(&run(folder.path(), &["inspect", "n.md"]).stdout);
    assert!(summary.contains("n.md:2:"), "{summary}");
    assert!(!summary.contains('\u{1b}'), "{summary}");
}

#[test]
fn resolve_says_where_a_link_leads_and_why() {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        folder.path(),
        &[
            ("a/Note.md", "---\naliases: [N]\n---\n# H\n## I\n"),
            ("b/Note.md", ""),
            ("a/s.md", ""),
            (".obsidian/app.json", "{}"),
            (".trash/Gone.md", ""),
        ],
    );
    let found = answer(folder.path(), &["resolve", "--json", "--from", "a/s.md", "--", "note#I"]);
    assert_eq!((&found["dest"], &found["rule"]), (&json!("a/Note.md"), &json!("own-folder")));
    assert_eq!(found["subpath"], json!({"type": "heading", "heading": "I", "line": 4, "next": null}));
    assert_eq!(found["candidates"], json!(["a/Note.md", "b/Note.md"]));

    let missing = answer(folder.path(), &["resolve", "--json", "--from", "a/s.md", "--", "N"]);
    assert_eq!((&missing["dest"], &missing["unresolved"]), (&Value::Null, &json!("N")));
    assert_eq!(missing["did_you_mean"][0], "a/Note.md");
    assert_eq!(answer(folder.path(), &["resolve", "--json", "--from", "a/s.md", "--", "Gone"])["dest"], Value::Null);

    let sentence = text(&run(folder.path(), &["resolve", "--from", "s.md", "--", "a/note"]).stdout);
    assert_eq!(sentence, "[[a/note]] leads to a/Note.md (its whole path in the vault)\n");
}
