//! The help: of every command on one screen, with examples that work, and the query language on a page whose queries find what they should.

use crate::readme::home;
use crate::support::{Sandbox, stderr, stdout};
use std::process::Command;

/// A screen: a terminal of 80 columns, as tall as a laptop's. The longest are the list of all commands and `search`; most are half of it.
const COLUMNS: usize = 80;
const LINES: usize = 50;

/// What stands in examples for what a test has under other names, or not at all.
const FILLED: [(&str, &str); 4] = [("128", "1"), ("9f3a61c2", "LOOKUP"), (" | man -l -", ""), (" && man vault-sync-search", "")];

/// Examples that are not run: a watch goes on until it is stopped, a screen until it is left, the schemas of old are on PostgreSQL only, and
/// a journal may be empty.
const NOT_RUN: [&str; 4] = ["vault-sync watch", "vault-sync find", "vault-sync db import-legacy", "vault-sync service logs"];

/// Notes that the examples are about, besides those of the sample vault.
const NOTES: [(&str, &str); 3] =
    [("Inbox/Idea.md", "---\nstatus: draft\ntags: [idea]\n---\ndeploy"), ("Journal/Monday.md", "rain"), ("Archive/Old.md", "old")];

/// Returns what is printed on a terminal of so many columns.
fn printed(sandbox: &Sandbox, columns: usize, args: &[&str]) -> String {
    let output = sandbox.bare_command(args).env("COLUMNS", columns.to_string()).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    stdout(&output)
}

/// Returns every command with its help, those below others too; the first is the program itself.
fn helps(sandbox: &Sandbox, columns: usize) -> Vec<(Vec<String>, String)> {
    let mut found: Vec<(Vec<String>, String)> = Vec::new();
    let mut open = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let args: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = printed(sandbox, columns, &args);
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let names = listed.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
        open.extend(names.filter(|name| *name != "help").map(|name| [command.clone(), vec![name.to_owned()]].concat()));
        found.push((command, help));
    }
    assert!(found.len() > 40, "{}", found.len());
    found
}

/// Returns the command lines among a help's lines: indented by two, with what explains them behind several blanks.
fn examples(help: &str) -> impl Iterator<Item = &str> {
    let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
    let commands = lines.filter(|line| ["vault-sync ", "cd ", "mkdir "].iter().any(|start| line.starts_with(start)));
    commands.map(|line| line.split("   ").next().unwrap())
}

#[test]
fn every_help_fits_a_screen_and_has_an_example() {
    let sandbox = Sandbox::new();
    let mut wrong = Vec::new();
    for (command, help) in helps(&sandbox, COLUMNS) {
        let width = help.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        if help.lines().count() > LINES || width > COLUMNS {
            wrong.push(format!("{command:?}: {} lines, {width} columns", help.lines().count()));
        }
        if examples(&help).next().is_none() {
            wrong.push(format!("{command:?}: no example"));
        }
        let with = |before: &[&str], after: &[&str]| {
            let args = before.iter().copied().chain(command.iter().map(String::as_str)).chain(after.iter().copied());
            printed(&sandbox, COLUMNS, &args.collect::<Vec<_>>())
        };
        if with(&[], &["-h"]) != help {
            wrong.push(format!("{command:?}: -h is not --help"));
        }
        let whole = with(&["help"], &[]);
        if !whole.contains("--database-url") || whole.lines().count() <= help.lines().count() {
            wrong.push(format!("{command:?}: `help` tells no more"));
        }
        if help.contains("--property") && !help.contains("vault-sync help syntax") {
            wrong.push(format!("{command:?}: filters, and not where they are explained"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_works() {
    let sandbox = home();
    std::fs::write(sandbox.home().join("report.sql"), "select title from claude.knowledge").unwrap();
    let shell = |line: &str| {
        let folder = std::path::Path::new(env!("CARGO_BIN_EXE_vault-sync")).parent().unwrap();
        let paths = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(sandbox.home()).env_clear().env("HOME", sandbox.home()).env("PATH", paths);
        shell.output().unwrap()
    };
    shell("vault-sync init ~/Notes");
    for (path, text) in NOTES {
        let file = sandbox.home().join("Notes").join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    shell("vault-sync sync && VAULT_SYNC_AGENT=codex vault-sync search backup && vault-sync search xyzzy && vault-sync changes --as bot");
    let lookups: serde_json::Value = serde_json::from_str(&stdout(&shell("vault-sync log --json"))).unwrap();
    let lookup = lookups["results"][0]["id"].as_str().unwrap();
    let mut wrong = Vec::new();
    for (_, help) in helps(&sandbox, 100) {
        for example in examples(&help).filter(|example| !NOT_RUN.iter().any(|start| example.starts_with(start))) {
            let filled = FILLED.iter().fold(example.to_owned(), |text, (place, value)| text.replace(place, value));
            let output = shell(&filled.replace("LOOKUP", lookup));
            let is_quiet = output.stdout.is_empty()
                && !example.contains('>')
                && !["migrate --dry-run", " man ", " -o "].iter().any(|quiet| example.contains(quiet));
            if !output.status.success() || is_quiet {
                wrong.push(format!("{example}: {}{}", stdout(&output), stderr(&output)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_unknown_topic_of_help_is_named_with_the_nearest_known_one() {
    let sandbox = Sandbox::new();
    for (args, nearest) in
        [(&["help", "sytax"][..], "'syntax'"), (&["help", "serach"], "'search'"), (&["help", "mcp", "instal"], "'install'")]
    {
        let output = sandbox.bare_command(args).output().unwrap();
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{args:?}");
        assert!(stderr(&output).contains(nearest), "{args:?}: {}", stderr(&output));
    }
    assert_eq!(sandbox.bare_command(&["help", "quux"]).output().unwrap().status.code(), Some(2));
}

/// What the queries of the page find in the sample vault; where there are more than four, how many, and one of them.
#[rustfmt::skip]
const QUERIES: &[(&str, &[&str])] = &[
    ("session lifecycle", &["Family Rules", "Home", "Session Lifecycle", "Session Resume"]),
    ("arch", &["5", "Café Übersicht"]),
    (r#""session lifecycle""#, &["Family Rules", "Home", "Session Lifecycle", "Session Resume"]),
    (r"/ses+ion \w/", &["5", "Database Integration Guide"]),
    ("lifecycle OR upsert", &["6", "Family Rules"]),
    ("session -lifecycle", &["2025-12-19", "Database Integration Guide", "Observability", "Roadmap"]),
    ("rename (hash OR counter)", &["Rename Without Loss"]),
    ("file:README", &["Mission Control", "Tax Agent", "Vault Mirror"]),
    ("path:20-Domains", &["9", "Café Übersicht"]),
    ("content:upsert", &["Upsert with Provenance", "Vault Mirror"]),
    ("tag:#operations", &["Observability"]),
    ("line:(session summary)", &["Family Rules", "Session Lifecycle"]),
    ("block:(box process)", &["BPMN Process First"]),
    ("section:(rounding cents)", &["Examples"]),
    ("task:counts", &["Roadmap"]),
    ("task-todo:feedback", &["Roadmap"]),
    ("task-done:counts", &["Roadmap"]),
    ("match-case:Postgres", &["Psycopg3 Gotchas"]),
    (r#"path:"Mission Control""#, &["2025-12-19", "Board.canvas", "Mission Control", "Roadmap"]),
    ("[status]", &["Mission Control", "Tax Agent"]),
    ("[status:paused]", &["Tax Agent"]),
    (r#"[status:"paused"]"#, &["Tax Agent"]),
    ("[status:active OR paused]", &["Mission Control", "Tax Agent"]),
    ("[priority:<3]", &["Mission Control", "Vault Mirror"]),
    ("[due:null]", &["Inbox"]),
    ("[draft:FALSE]", &["BPMN Process First"]),
    ("title:lifecycle", &["Session Lifecycle"]),
    ("alias:WCC", &["Work Context Container"]),
    ("type:gotcha", &["Psycopg3 Gotchas"]),
    ("project:tax-agent", &["5", "Examples"]),
    (r#"link:"Session Lifecycle""#, &["Family Rules", "Home", "Session Resume"]),
    ("backlink:Roadmap", &["2025-12-19", "Database Integration Guide"]),
    ("unresolved:ada", &["Infrastructure Audit SOP", "MCP configuration", "Mission Control"]),
    ("unresolved:", &["6", "Home"]),
    ("orphan:", &["5", "BPMN Process First"]),
    ("modified:7d", &["29", "2025-12-19"]),
    ("modified:>2020-06-30", &["29", "2025-12-19"]),
    ("created:2025-10", &["Café Übersicht"]),
    ("created:2025-06..2025-10", &["Café Übersicht"]),
    (r#"vault-sync search '"session end" -tag:procedure OR [status:paused]'"#, &["Session Lifecycle", "Tax Agent"]),
    ("vault-sync search -- -session rename", &["Rename Without Loss", "Vault Mirror"]),
];

#[test]
fn every_query_of_the_syntax_page_finds_what_it_must() {
    let sandbox = Sandbox::of("vault");
    sandbox.write("Inbox.md", "---\ndue:\n---\n");
    sandbox.sync();
    let page = printed(&sandbox, COLUMNS, &["help", "syntax"]);
    assert!(page.lines().all(|line| line.chars().count() <= COLUMNS) && page.lines().count() <= 75, "one page");
    let indented = page.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| !line.starts_with(' '));
    let queries: Vec<&str> = indented.map(|line| line.split("  ").next().unwrap()).collect();
    let found = queries.iter().map(|query| {
        let args = match query.strip_prefix("vault-sync search ") {
            Some(typed) => vec![typed.strip_prefix("-- ").unwrap_or(typed).trim_matches('\'')],
            None => vec![*query],
        };
        let args = [&["search", "--strict", "--format", "path", "-n", "50", "--"][..], &args].concat();
        let mut names: Vec<String> = sandbox.text(&args).lines().map(name).collect();
        names.sort();
        if names.len() > 4 {
            names = vec![names.len().to_string(), names[0].clone()];
        }
        (*query, names)
    });
    let found: Vec<(&str, Vec<String>)> = found.collect();
    let expected: Vec<(&str, Vec<String>)> =
        QUERIES.iter().map(|(query, names)| (*query, names.iter().map(|n| (*n).to_owned()).collect())).collect();
    assert!(found.iter().all(|(_, names)| !names.is_empty()), "a query that finds nothing explains nothing: {found:#?}");
    assert_eq!(found, expected);
}

/// Returns a note's name; of a README its folder's.
fn name(path: &str) -> String {
    let path = path.trim_end_matches(".md").trim_end_matches("/README");
    path.rsplit('/').next().unwrap_or(path).to_owned()
}
