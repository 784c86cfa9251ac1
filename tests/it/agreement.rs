//! The lists say of each file what `inspect` and `resolve` say of it, on both engines: the one reads SQL, the others read the file.

use crate::postgres;
use crate::support::{Sandbox, column, fixture};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_lists_agree_with_inspect_and_resolve_in_every_sample_vault() {
    let quirks = std::fs::read_dir(fixture("quirks")).expect("the fixtures are there");
    let quirks = quirks.map(|entry| entry.expect("the folder can be listed")).filter(|entry| entry.path().is_dir());
    let quirks = quirks.map(|entry| format!("quirks/{}", entry.file_name().to_string_lossy()));
    for subject in quirks.chain(["vault".to_owned()]) {
        check(&Sandbox::of(&subject), &subject);
    }
}

/// A vault of which globs of ours, and a setting of Obsidian's, keep files out of searches; links mean them all the same.
fn with_globs() -> Sandbox {
    let sandbox = Sandbox::new();
    for (path, text) in [
        ("Home.md", "[[Plan]] [[Old]] ![[Sketch.excalidraw]] [s](Archive/Old.md#H) [[Template]] [[Nowhere]] [[readme]]"),
        ("Plan.md", "[[Archive/Plan]] [[plan]] [[Gone]] #t"),
        ("deep/Readme.md", "[[./Plan]] [[../Archive/Old|o]] [[Deep]]"),
        ("deep/Plan.md", "---\nup: \"[[Old]]\"\n---\n- [ ] [[Home]]"),
        ("Board.canvas", r#"{"nodes": [{"type": "text", "text": "[[Old]]"}, {"type": "file", "file": "Archive/Old.md"}]}"#),
        ("Archive/Old.md", "# H\n[[Home]]"),
        ("Archive/Plan.md", "[[Gone]]"),
        ("Archive/Readme.md", ""),
        ("Archive/.trash/Gone.md", ""),
        ("deep/Archive/Deep.md", ""),
        ("Sketch.excalidraw.md", "[[Home]]"),
        ("_templates/Template.md", "[[Old]]"),
        (".obsidian/app.json", r#"{"userIgnoreFilters": ["_templates/"]}"#),
    ] {
        sandbox.write(path, text);
    }
    let config = format!("[[vault]]\npath = {:?}\nexclude = [\"Archive/\", \"*.excalidraw.md\"]\n", sandbox.vault);
    sandbox.configured(&config)
}

#[test]
fn the_lists_agree_with_resolve_where_globs_exclude_files() {
    check(&with_globs(), "with globs");
}

#[test]
fn the_lists_agree_with_resolve_where_globs_exclude_files_on_postgres() {
    let database = postgres::database();
    check(&with_globs().on(&database.url), "with globs, on PostgreSQL");
    assert_eq!(database.query("select count(*) > 0 from claude.document_links where excluded_path is not null"), "t");
}

#[test]
fn the_lists_agree_with_inspect_and_resolve_on_postgres() {
    let database = postgres::database();
    check(&Sandbox::of("vault").on(&database.url), "vault, on PostgreSQL");
    assert_eq!(database.query("select count(*) > 0 from claude.document_links"), "t", "the rows are in PostgreSQL");
}

fn check(sandbox: &Sandbox, subject: &str) {
    sandbox.sync();
    let vault = Vault::read(sandbox);
    vault.links_are_those_of_inspect(subject);
    vault.links_lead_where_resolve_says(sandbox, subject);
    vault.backlinks_are_the_inverse(sandbox, subject);
    vault.tags_are_those_of_inspect(sandbox, subject);
    vault.properties_are_those_of_inspect(sandbox, subject);
    vault.tasks_are_those_of_inspect(sandbox, subject);
}

/// All that `ls`, `links` and `inspect` say of a vault.
struct Vault {
    files: Vec<String>,
    /// In the order of their paths.
    notes: Vec<Note>,
    /// The links of all files, as `links` prints them.
    links: Vec<Value>,
}

struct Note {
    path: String,
    text: String,
    inspected: Value,
    is_excluded: bool,
}

impl Vault {
    fn read(sandbox: &Sandbox) -> Self {
        let files = column(&sandbox.json(&["ls"]), "results", "/path");
        let links = files.iter().flat_map(|path| rows(&sandbox.json(&["links", path]))).collect();
        let paths: Vec<&String> = files.iter().filter(|path| path.ends_with(".md")).collect();
        let on_disk: Vec<String> = paths.iter().map(|path| sandbox.vault.join(path).to_string_lossy().into_owned()).collect();
        let inspected = sandbox.text(&[&["inspect", "--json"], &on_disk.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
        let notes = paths.iter().zip(inspected.lines()).map(|(path, inspected)| Note {
            path: (*path).clone(),
            text: String::from_utf8_lossy(&std::fs::read(sandbox.vault.join(path)).unwrap()).replace("\r\n", "\n"),
            inspected: serde_json::from_str(inspected).expect("a document a line"),
            is_excluded: path.starts_with("_templates/"),
        });
        Self { notes: notes.collect(), files, links }
    }

    fn shown_notes(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(|note| !note.is_excluded)
    }

    fn links_are_those_of_inspect(&self, subject: &str) {
        for note in &self.notes {
            let listed: Vec<&Value> = self.links.iter().filter(|link| link["path"] == note.path.as_str()).collect();
            let told: Vec<Value> = listed.iter().map(|l| json!([l["kind"], l["original"], l["link"], l["displayText"]])).collect();
            assert_eq!(told, note.links(), "{subject}: {}", note.path);
            for link in listed.iter().filter(|link| !link["line"].is_null()) {
                let (line, column) = (link["line"].as_u64().unwrap() as usize, link["column"].as_u64().unwrap() as usize);
                let line: String = note.text.lines().nth(line - 1).unwrap().chars().skip(column - 1).collect();
                let first = link["original"].as_str().unwrap().lines().next().unwrap();
                assert!(line.starts_with(first), "{subject}: {}: {link} is not at its place", note.path);
            }
        }
    }

    fn links_lead_where_resolve_says(&self, sandbox: &Sandbox, subject: &str) {
        // What a canvas shows is a path of the vault, not a link: a `#` in it is part of a name.
        let is_link = |l: &&Value| l["kind"] != "embed" || !l["path"].as_str().unwrap().ends_with(".canvas");
        let asked: BTreeSet<(&str, &str)> =
            self.links.iter().filter(is_link).map(|l| (l["path"].as_str().unwrap(), l["link"].as_str().unwrap())).collect();
        for (path, link) in asked {
            let said = sandbox.json(&["resolve", "--from", path, "--", link]);
            for listed in self.links.iter().filter(|l| l["path"] == path && l["link"] == link) {
                for key in ["dest", "rule", "excluded", "unresolved"] {
                    assert_eq!(listed[key], said[key], "{subject}: [[{link}]] in {path}: {key}");
                }
            }
        }
    }

    fn backlinks_are_the_inverse(&self, sandbox: &Sandbox, subject: &str) {
        let mut orphans: Vec<&str> = Vec::new();
        for path in &self.files {
            let expected: Vec<&Value> = self.links.iter().filter(|link| link["dest"] == path.as_str()).collect();
            let listed = rows(&sandbox.json(&["backlinks", path]));
            assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{subject}: backlinks of {path}");
            if expected.iter().all(|link| link["path"] == path.as_str()) && self.shown_notes().any(|note| note.path == *path) {
                orphans.push(path);
            }
        }
        assert_eq!(column(&sandbox.json(&["orphans"]), "results", "/path"), orphans, "{subject}: orphans");
        let nowhere: Vec<&Value> = self.links.iter().filter(|link| link["dest"].is_null()).collect();
        let listed = rows(&sandbox.json(&["unresolved", "--sources"]));
        assert_eq!(listed.iter().collect::<Vec<_>>(), nowhere, "{subject}: unresolved links");
        let mut missing: BTreeMap<&str, u64> = BTreeMap::new();
        nowhere.iter().for_each(|link| *missing.entry(link["unresolved"].as_str().unwrap()).or_default() += 1);
        let listed = rows(&sandbox.json(&["unresolved"]));
        let listed: BTreeMap<&str, u64> =
            listed.iter().map(|row| (row["unresolved"].as_str().unwrap(), row["count"].as_u64().unwrap())).collect();
        assert_eq!(listed, missing, "{subject}: missing files");
    }

    fn tags_are_those_of_inspect(&self, sandbox: &Sandbox, subject: &str) {
        let mut expected: BTreeMap<String, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
        for note in self.shown_notes() {
            for tag in list(&note.inspected["vaultSync"]["allTags"]) {
                let tag = tag.as_str().unwrap().to_lowercase();
                expected.entry(tag.clone()).or_default().1.insert(&note.path);
                for (at, _) in tag.match_indices('/').chain([(tag.len(), "")]) {
                    expected.entry(tag[..at].to_owned()).or_default().0.insert(&note.path);
                }
            }
        }
        let expected: BTreeMap<String, (usize, usize)> =
            expected.into_iter().map(|(tag, (all, own))| (tag, (all.len(), own.len()))).collect();
        let number = |value: &Value| value.as_u64().unwrap() as usize;
        let listed = rows(&sandbox.json(&["tags"]));
        let listed = listed.iter().map(|row| (row["tag"].as_str().unwrap().to_lowercase(), (number(&row["count"]), number(&row["own"]))));
        assert_eq!(listed.collect::<BTreeMap<_, _>>(), expected, "{subject}: tags");
    }

    fn properties_are_those_of_inspect(&self, sandbox: &Sandbox, subject: &str) {
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for note in self.shown_notes() {
            let names = note.inspected["frontmatter"].as_object().into_iter().flat_map(|properties| properties.keys());
            let names: BTreeSet<String> = names.map(|name| name.to_lowercase()).collect();
            names.into_iter().for_each(|name| *expected.entry(name).or_default() += 1);
        }
        let listed = rows(&sandbox.json(&["properties"]));
        let listed = listed.iter().map(|row| (row["property"].as_str().unwrap().to_lowercase(), row["count"].as_u64().unwrap()));
        assert_eq!(listed.collect::<BTreeMap<_, _>>(), expected, "{subject}: properties");
    }

    fn tasks_are_those_of_inspect(&self, sandbox: &Sandbox, subject: &str) {
        let mut expected = Vec::new();
        for note in self.shown_notes() {
            let items = list(&note.inspected["listItems"]).iter().filter(|item| !item["task"].is_null());
            expected.extend(items.map(|item| {
                let line = item["position"]["start"]["line"].as_u64().unwrap();
                json!([note.path, line + 1, item["task"]])
            }));
        }
        let listed = rows(&sandbox.json(&["tasks"]));
        let told: Vec<Value> = listed.iter().map(|task| json!([task["path"], task["line"], task["status"]])).collect();
        assert_eq!(told, expected, "{subject}: tasks");
        for task in &listed {
            let note = self.notes.iter().find(|note| task["path"] == note.path.as_str()).unwrap();
            let line = note.text.lines().nth(task["line"].as_u64().unwrap() as usize - 1).unwrap();
            let text = format!("[{}] {}", task["status"].as_str().unwrap(), task["text"].as_str().unwrap());
            assert!(line.trim_end().ends_with(&text), "{subject}: {task} is {line:?}");
        }
    }
}

impl Note {
    /// Returns what `inspect` says of the note's links, in the order of `links`.
    fn links(&self) -> Vec<Value> {
        let told = |kind: &str, link: &Value| json!([kind, link["original"], link["link"], link["displayText"]]);
        let properties = list(&self.inspected["frontmatterLinks"]).iter().map(|link| told("property", link));
        let links = list(&self.inspected["links"]).iter().map(|link| ("link", link));
        let mut body: Vec<(&str, &Value)> = links.chain(list(&self.inspected["embeds"]).iter().map(|link| ("embed", link))).collect();
        body.sort_by_key(|(_, link)| link["position"]["start"]["offset"].as_u64());
        properties.chain(body.into_iter().map(|(kind, link)| told(kind, link))).collect()
    }
}

fn rows(answer: &Value) -> Vec<Value> {
    list(&answer["results"]).to_vec()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
