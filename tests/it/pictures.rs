//! `graph` and `stats`: what is drawn of a vault, and that it says the same as the lists.

use crate::support::{Sandbox, column, stderr, stdout};
use serde_json::{Value, json};

/// Two notes that link to each other and to what is not there, one that nobody links to, one that Obsidian hides.
fn sandbox() -> Sandbox {
    let s = Sandbox::new();
    s.write(".obsidian/app.json", r#"{"userIgnoreFilters": ["hidden/"]}"#);
    s.write("Home.md", "---\ncreated: 2024-11-05\ntags: [a/b]\n---\n[[Deep]] [[Deep#x]] ![[pic.png]] [[Nowhere]] [[Home]] #A/c");
    s.write("folder/Deep.md", "---\ncreated: 2025-02-05\n---\n![[Home]] [[Secret]] [[nowhere]] #a/b");
    s.write("folder/Alone.md", "[[Deep]]");
    s.write("hidden/Secret.md", "[[Deep]] #secret");
    s.write("pic.png", "not read");
    s.sync();
    s
}

fn graph(s: &Sandbox, args: &[&str]) -> Value {
    s.json(&[&["graph"], args].concat())
}

fn edges(graph: &Value) -> Vec<String> {
    let edge = |e: &Value| format!("{} > {} {}/{}", e["source"].as_str().unwrap(), e["target"].as_str().unwrap(), e["count"], e["embeds"]);
    graph["edges"].as_array().unwrap().iter().map(edge).collect()
}

#[test]
fn a_graph_holds_what_the_flags_ask_for() {
    let s = sandbox();
    let home_deep = ["Home.md > folder/Deep.md 2/0", "folder/Alone.md > folder/Deep.md 1/0", "folder/Deep.md > Home.md 1/1"];
    for (args, nodes, joined) in [
        (&[][..], &["Home.md", "folder/Alone.md", "folder/Deep.md"][..], &home_deep[..]),
        (&["Home"], &["Home.md", "folder/Deep.md"], &[home_deep[0], home_deep[2]]),
        (&["Home", "--depth", "2"], &["Home.md", "folder/Alone.md", "folder/Deep.md"], &home_deep),
        (
            &["Secret"],
            &["folder/Deep.md", "hidden/Secret.md"],
            &["folder/Deep.md > hidden/Secret.md 1/0", "hidden/Secret.md > folder/Deep.md 1/0"],
        ),
        (&["--tag", "a/c"], &["Home.md"], &[]),
        (&["--tag", "a/c", "--no-orphans"], &[], &[]),
        (&["--tag", "a/c", "--no-orphans", "--orphans"], &["Home.md"], &[]),
        (&["--path", "folder/"], &["folder/Alone.md", "folder/Deep.md"], &[home_deep[1]]),
        (&["--tag", "a/c", "--attachments"], &["Home.md"], &[]),
        (&["Home", "--depth", "0", "--tags"], &["Home.md"], &[]),
    ] {
        let graph = graph(&s, args);
        assert_eq!((column(&graph, "nodes", "/id"), edges(&graph)), (owned(nodes), owned(joined)), "{args:?}");
    }
    let all = graph(&s, &["--attachments", "--unresolved", "--tags"]);
    let ids = ["Home.md", "folder/Alone.md", "folder/Deep.md", "pic.png", "#a/b", "#A/c", "[[Nowhere]]", "[[nowhere]]"];
    assert_eq!(column(&all, "nodes", "/id"), ids);
    let home = &all["nodes"][0];
    assert_eq!((&home["in"], &home["out"], &home["tags"]), (&json!(1), &json!(5), &json!(["#A/c", "#a/b"])));
    assert_eq!(s.text(&["graph", "--format", "dot"]), s.text(&["graph"]), "the same each time");
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_graph_goes_into_a_file_whose_name_says_how_but_never_into_the_vault() {
    let s = sandbox();
    for (name, beginning) in [("g.dot", "digraph vault {"), ("g.graphml", "<?xml"), ("g.json", "{\"centre\":null")] {
        let output = s.vault_sync(&["graph", "-o", name]);
        assert!(output.status.success() && stderr(&output).contains(&format!("3 nodes and 3 edges to {name}")), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        let text = std::fs::read_to_string(s.home().join(name)).unwrap();
        assert!(text.starts_with(beginning), "{text}");
    }
    let before = s.vault_bytes();
    for (name, said) in [("vault/g.dot", "lies in the vault"), ("vault/folder/../g.dot", "lies in the vault"), ("g.txt", "--format dot")] {
        let output = s.vault_sync(&["graph", "-o", name]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    assert_eq!(s.vault_bytes(), before);
}

#[test]
fn stats_say_what_the_lists_say() {
    let s = sandbox();
    s.text(&["search", "--fresh=never", "x"]);
    s.command(&["search", "xyzzy"]).env("VAULT_SYNC_AGENT", "codex").output().unwrap();
    let stats = s.json(&["stats"]);
    let total = |args: &[&str]| s.json(args)["total"].clone();
    assert_eq!(stats["orphans"], total(&["orphans"]));
    assert_eq!(stats["attachments"], total(&["ls", "--kind", "attachment"]));
    assert_eq!(stats["unresolved"], json!({"names": total(&["unresolved"]), "links": total(&["unresolved", "--sources"])}));
    assert_eq!(stats["notes"], 3, "what Obsidian hides does not count");
    assert_eq!(stats["tags"]["total"], total(&["tags"]));
    let hubs = json!([{"vault": "vault", "path": "folder/Deep.md", "title": "Deep", "in": 3}, {"vault": "vault", "path": "Home.md", "title": "Home", "in": 1}]);
    let n_pictures = stats["hubs"].as_array().unwrap().len() - 2;
    assert_eq!((&stats["hubs"][0], n_pictures), (&hubs[0], 1), "its link counts all the same");
    let made = json!({"unit": "month", "results": [
        {"at": "2024-11", "notes": 1, "links": 5}, {"at": "2024-12", "notes": 0, "links": 0},
        {"at": "2025-01", "notes": 0, "links": 0}, {"at": "2025-02", "notes": 1, "links": 3},
    ]});
    assert_eq!(stats["made"], made);
    let folders = json!({"results": [{"folder": "folder", "notes": 2}, {"folder": "", "notes": 1}], "total": 2});
    assert_eq!(stats["folders"], folders);
    assert_eq!((&stats["lookups"]["total"], column(&stats["lookups"], "agents", "/name")), (&json!(2), owned(&["", "codex"])));
    let none = s.json(&["stats", "--path", "nowhere/", "--since", "2999-01-01"]);
    assert_eq!((&none["notes"], &none["lookups"]["total"], &none["written"]["results"]), (&json!(0), &json!(0), &json!([])));
    let few = s.json(&["stats", "-n", "1"]);
    assert_eq!((few["hubs"].as_array().unwrap().len(), column(&few["tags"], "results", "/tag")), (1, owned(&["#a", "#a/b"])));
}

#[test]
fn stats_are_drawn_as_wide_as_the_terminal_and_plain_in_a_pipe() {
    let s = sandbox();
    s.write("folder/\u{65e5}\u{672c}\u{8a9e}.md", "[[\u{1b}[31mred]]");
    s.sync();
    for width in [30, 80, 200] {
        let output = s.command(&["stats"]).env("COLUMNS", width.to_string()).env_remove("NO_COLOR").output().unwrap();
        let text = stdout(&output);
        assert!(text.contains('\u{2588}') && !text.contains('\u{1b}'), "{text}");
        let bars = text.lines().filter(|line| line.contains('\u{2588}'));
        assert!(bars.clone().all(|line| line.chars().count() <= width), "{width}\n{text}");
    }
    assert!(s.text(&["stats", "--ascii"]).is_ascii(), "but for what notes are called");
    let empty = Sandbox::new();
    empty.sync();
    assert!(empty.text(&["stats"]).starts_with("vault  0 notes\n"), "{}", empty.text(&["stats"]));
}
