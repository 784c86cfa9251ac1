//! Literal vaults: each folder of `fixtures/quirks/` is synced, and the mirror must say what `<subject>.expect.json` beside it says.
//!
//! An expectation lists all files of the vault by path, and of each only what the case is about. `problems` gives a text that each
//! problem's message holds. The keys are those of the dump.

use crate::postgres;
use crate::support::{Sandbox, column, fixture};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

#[test]
fn every_quirk_reads_as_its_expectation_says() {
    let failures: Vec<String> = expectations().iter().flat_map(check).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn both_engines_say_the_same_of_every_vault() {
    let subjects = expectations().into_iter().map(|file| format!("quirks/{}", subject(&file)));
    for subject in subjects.chain(["vault".to_owned()]) {
        let dump_of = |sandbox: Sandbox| {
            sandbox.sync();
            sandbox.json(&["dump"])
        };
        let config = "[projects]\nunknown = \"create\"\n";
        let database = postgres::database();
        let on_postgres = Sandbox::of(&subject).on(&database.url).configured(config);
        assert_eq!(dump_of(Sandbox::of(&subject)), dump_of(on_postgres), "{subject}");
        assert_eq!(database.query("select count(*) > 0 from claude.documents"), "t", "{subject}: the rows are in PostgreSQL");
    }
}

#[test]
fn the_sample_vault_is_mirrored_whole() {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    let dump = documents(&sandbox.json(&["dump"]));
    assert_eq!(dump.len(), 31, "28 notes, a canvas and two attachments: {:?}", dump.keys());
    let guide = &dump["20-Domains/Database Integration Guide.md"];
    assert_eq!(guide["category"], "database");
    let links = guide["links"].as_array().expect("links are a list");
    let targets: Vec<_> = links.iter().map(|link| link["dest"].as_str().unwrap_or_default()).collect();
    assert!(targets.contains(&"20-Domains/MCP configuration.md"), "found whatever its case: {targets:?}");
    let broken = &dump["20-Domains/Half-finished Import.md"];
    assert_eq!(broken["problems"].as_array().map(Vec::len), Some(1), "{broken}");
}

/// Some of these names cannot stand side by side on other systems, nor in a checkout of this repository.
#[test]
#[cfg(target_os = "linux")]
fn names_that_differ_little_stay_two_rows_and_each_is_found() {
    let names = ["Case", "case", "a b", "a_b", "a\u{a0}b", "caf\u{e9}", "cafe\u{301}", "it's", "it\u{2019}s", "C#", "x\\y"];
    let sandbox = Sandbox::new();
    for (i, name) in names.iter().enumerate() {
        sandbox.write(&format!("{name}.md"), format!("needle{i}x"));
    }
    sandbox.write("e\u{301}/only.md", "[[case]] [[Case]] [[CAFE\u{301}]] [[a\u{a0}b]] [[a_b]] [[it’s]]");
    for _ in 0..2 {
        sandbox.sync();
        let listed = column(&sandbox.json(&["ls"]), "results", "/path");
        assert_eq!(listed.len(), names.len() + 1, "{listed:?}");
        for (i, name) in names.iter().enumerate() {
            let found = column(&sandbox.json(&["search", "--strict", "--", &format!("needle{i}x")]), "results", "/path");
            assert_eq!(found, [format!("{name}.md")]);
        }
    }
    let dump = documents(&sandbox.json(&["dump"]));
    let links = dump["é/only.md"]["links"].as_array().expect("links are a list");
    let targets: Vec<_> = links.iter().map(|link| link["dest"].as_str().unwrap_or_default()).collect();
    assert_eq!(targets, ["case.md", "Case.md", "café.md", "a b.md", "a_b.md", "it’s.md"]);
}

/// Questions that people put to their vaults, each with the note that answers it and must come first.
#[test]
fn the_questions_people_ask_find_their_note_first() {
    let questions = [
        ("UserSDK API endpoint", "20-Domains/UserSDK API.md"),
        ("session lifecycle overview", "20-Domains/Session Lifecycle.md"),
        ("psycopg3 gotchas postgres", "20-Domains/Psycopg3 Gotchas.md"),
        ("BPMN first process modeling rule", "30-Patterns/BPMN Process First.md"),
        ("How do I add an MCP server?", "40-Procedures/Add an MCP Server.md"),
        ("session end", "20-Domains/Session Lifecycle.md"),
        ("session resume", "40-Procedures/Session Resume.md"),
        ("work context container WCC", "30-Patterns/Work Context Container.md"),
        ("全文検索", "20-Domains/日本語メモ.md"),
        ("übersicht", "20-Domains/Café Übersicht.md"),
        ("tag:import", "20-Domains/Half-finished Import.md"),
        ("[code_example]", "20-Domains/Psycopg3 Gotchas.md"),
    ];
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    let first = |question: &str| column(&sandbox.json(&["search", "--limit", "5", "--", question]), "results", "/path").into_iter().next();
    let failures = questions.iter().filter_map(|(question, note)| match first(question) {
        Some(path) if path == *note => None,
        other => Some(format!("{question}: want {note}, got {other:?}")),
    });
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn expectations() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(fixture("quirks")).expect("the fixtures are there");
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.expect("the folder can be listed").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

/// Returns the name of the vault that an expectation belongs to.
fn subject(expectation: &Path) -> String {
    let name = expectation.file_name().and_then(|name| name.to_str()).expect("names are UTF-8");
    name.strip_suffix(".expect.json").expect("an expectation is named so").to_owned()
}

/// Syncs one vault and returns where its mirror differs from the expectation.
fn check(expectation: &PathBuf) -> Vec<String> {
    let subject = subject(expectation);
    let text = std::fs::read_to_string(expectation).expect("the expectation can be read");
    let want: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{subject}: {error}"));
    let sandbox = Sandbox::of(&format!("quirks/{subject}"));
    sandbox.sync();
    let got = documents(&sandbox.json(&["dump"]));
    let want = want["documents"].as_object().expect("documents are a map");
    let mut failures = Vec::new();
    if !want.keys().eq(got.keys()) {
        failures.push(format!("{subject}: want the files {:?}, got {:?}", want.keys(), got.keys()));
    }
    for (path, want) in want {
        compare(want, got.get(path).unwrap_or(&Value::Null), &format!("{subject}: {path}"), &mut failures);
    }
    failures
}

/// Returns the documents of a dump by path.
fn documents(dump: &Value) -> Map<String, Value> {
    let rows = dump["documents"].as_array().expect("a dump lists documents");
    rows.iter().map(|row| (row["path"].as_str().expect("a document has a path").to_owned(), row.clone())).collect()
}

/// Every key that `want` names must be equal in `got`, properties wholly; a list must be equal in length and order.
fn compare(want: &Value, got: &Value, at: &str, failures: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => {
            for (key, want) in want {
                let got = got.get(key).unwrap_or(&Value::Null);
                let at = format!("{at}: {key}");
                match key.as_str() {
                    "problems" => compare(want, &messages(got, want), &at, failures),
                    "properties" if want != got => failures.push(format!("{at}: want {want}, got {got}")),
                    _ => compare(want, got, &at, failures),
                }
            }
        }
        (Value::Array(want), Value::Array(got)) if want.len() == got.len() => {
            want.iter().zip(got).enumerate().for_each(|(i, (want, got))| compare(want, got, &format!("{at} {i}"), failures));
        }
        _ if want == got => {}
        _ => failures.push(format!("{at}: want {want}, got {got}")),
    }
}

/// Returns the problems' messages, each cut down to the text that is wanted of it, if it holds it.
fn messages(problems: &Value, want: &Value) -> Value {
    let problems = problems.as_array().map(Vec::as_slice).unwrap_or_default();
    let wanted = want.as_array().map(Vec::as_slice).unwrap_or_default();
    let texts = problems.iter().enumerate().map(|(i, problem)| {
        let message = problem["message"].as_str().unwrap_or_default();
        let part = wanted.get(i).and_then(Value::as_str).filter(|part| message.contains(*part));
        Value::from(part.unwrap_or(message))
    });
    texts.collect()
}
