//! The operators and flags that Obsidian has not, from the outside: names, types, projects, times, links, and the order of hits.

use crate::support::{Sandbox, column, stderr, stdout};

/// Three notes that link to one another, one that nobody links to, a picture.
fn synced() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("Home.md", "---\naliases: [Start here]\n---\nsee [[Plan#x]] and ![[pic.png]] needle");
    sandbox.write("in/Plan.md", "---\ntype: pattern\nprojects: [ATO]\ncreated: 2025-06-01\n---\n# The Plan\nback to [[Home]] needle");
    sandbox.write("in/Two Words.md", "---\ntitle: Two\ncreated: 2026-01-31T10:00\n---\n[[Home]] [[Nowhere/Gone]] needle needle");
    sandbox.write("pic.png", "");
    sandbox.sync();
    sandbox
}

fn paths(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let mut paths = column(&sandbox.json(&[&["search"], args].concat()), "results", "/path");
    paths.sort();
    paths
}

#[test]
fn notes_are_found_by_names_types_and_dates() {
    let sandbox = synced();
    let check = |args: &[&str], expected: &[&str]| assert_eq!(paths(&sandbox, args), expected, "{args:?}");
    check(&["title:plan"], &["in/Plan.md"]);
    check(&["title:\"plan\" OR title:\"home\""], &["Home.md"]);
    check(&["alias:start -type:pattern"], &["Home.md"]);
    check(&["needle -type:pattern"], &["Home.md", "in/Two Words.md"]);
    check(&["project:ato"], &["in/Plan.md"]);
    check(&["created:2025 OR created:2026-01-31"], &["in/Plan.md", "in/Two Words.md"]);
    check(&["created:>2025-06-01"], &["in/Two Words.md"]);
    check(&["modified:1h needle"], &["Home.md", "in/Plan.md", "in/Two Words.md"]);
    check(&["modified:<today needle"], &[]);
    check(&["path:png modified:today..", "OR", "title:two"], &["in/Two Words.md", "pic.png"]);
    check(&["--title", "plan"], &["in/Plan.md"]);
    check(&["--alias", "start here", "needle"], &["Home.md"]);
    check(&["--since", "1h", "--created", "<2026"], &["in/Plan.md"]);
    check(&["--modified", "..2001", "needle"], &[]);
}

#[test]
fn link_operators_find_what_the_lists_list() {
    let sandbox = synced();
    let check = |args: &[&str], expected: &[&str]| assert_eq!(paths(&sandbox, args), expected, "{args:?}");
    check(&["link:Home"], &["in/Plan.md", "in/Two Words.md"]);
    check(&["link:\"Start here\" -title:two"], &["in/Plan.md"]);
    check(&["link:[[in/Plan|so]]"], &["Home.md"]);
    check(&["link:pic.png"], &["Home.md"]);
    check(&["backlink:Home"], &["in/Plan.md"]);
    check(&["backlink:Home path:."], &["in/Plan.md", "pic.png"]);
    check(&["backlink:\"Two Words\" needle"], &["Home.md"]);
    check(&["unresolved:"], &["in/Two Words.md"]);
    check(&["unresolved:gone OR unresolved:\"gone\""], &["in/Two Words.md"]);
    check(&["unresolved:\"gone\""], &[]);
    check(&["orphan:"], &["in/Two Words.md"]);
    check(&["needle -orphan:"], &["Home.md", "in/Plan.md"]);
    check(&["orphan: OR title:plan"], &["in/Plan.md", "in/Two Words.md"]);
    check(&["--link", "Home", "--type", "pattern"], &["in/Plan.md"]);
    check(&["--backlink", "in/Plan.md"], &["Home.md"]);
    check(&["--orphan", "--unresolved=nowhere", "needle"], &["in/Two Words.md"]);
    check(&["--unresolved", "needle"], &["in/Two Words.md"]);
    for (operator, list) in [("link", "backlinks"), ("backlink", "links")] {
        let mut listed = stdout(&sandbox.vault_sync(&[list, "Home", "--format", "path"])).lines().map(str::to_owned).collect::<Vec<_>>();
        listed.sort();
        listed.dedup();
        assert_eq!(paths(&sandbox, &[&format!("{operator}:Home path:.")]), listed, "{operator}");
    }
}

#[test]
fn a_note_that_is_not_there_is_a_warning() {
    let sandbox = synced();
    let output = sandbox.vault_sync(&["search", "link:Gone"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""));
    assert!(stderr(&output).contains("no note 'Gone'"), "{}", stderr(&output));
}

#[test]
fn hits_are_sorted_before_they_are_cut() {
    let sandbox = synced();
    let sorted = |key: &str| column(&sandbox.json(&["search", "--sort", key, "-n2", "needle"]), "results", "/path");
    assert_eq!(sorted("path"), ["Home.md", "in/Plan.md"]);
    assert_eq!(sorted("created"), ["in/Two Words.md", "in/Plan.md"]);
    assert_eq!(sorted("relevance")[0], "in/Two Words.md");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    let touch = |path: &str, text: &str| {
        sandbox.write(path, text);
        std::fs::File::options().write(true).open(sandbox.vault.join(path)).unwrap().set_modified(old).unwrap();
    };
    touch("Home.md", "needle, a day old");
    sandbox.sync();
    assert_eq!(column(&sandbox.json(&["search", "--sort", "modified", "needle"]), "results", "/path")[2], "Home.md");
    assert_eq!(paths(&sandbox, &["needle modified:>20h"]), ["Home.md"]);
}

#[test]
fn lists_take_the_same_flags() {
    let sandbox = synced();
    let list = |args: &[&str]| stdout(&sandbox.vault_sync(&[args, &["--format", "path"]].concat()));
    assert_eq!(list(&["ls", "--since", "1h", "--kind", "attachment"]), "pic.png\n");
    assert_eq!(list(&["ls", "--alias", "start"]), "Home.md\n");
    assert_eq!(list(&["orphans", "--title", "two", "--created", "2026"]), "in/Two Words.md\n");
    assert_eq!(list(&["ls", "--modified", "<2001"]), "");
}

#[test]
fn mistakes_are_shown_where_they_stand() {
    let sandbox = synced();
    let check = |args: &[&str], expected: &str| {
        let output = sandbox.vault_sync(&[&["search"], args].concat());
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{args:?}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    };
    check(&["x tilte:y"], "no operator tilte:\n  x tilte:y\n    ^^^^^^\n  did you mean title: ?\n");
    check(&["modified:soon"], "soon is no date\n  modified:soon\n           ^^^^\n  dates are 2026-01-31,");
    check(&["link:(a OR b)"], "link: takes a single name");
    check(&["orphan:x"], "^^^^^^^\n  put a blank");
    check(&["x title:/[/"], "invalid regular expression");
    check(&["--since", "soon"], "is no date");
    check(&["--modified", "2026 plan"], "is no date");
    check(&["x", "-type:pattern"], "-type:pattern is read as a flag");
    check(&["x", "-path:in"], "in quotes");
}

#[test]
fn what_is_not_closed_is_told_and_answered() {
    let sandbox = synced();
    let output = sandbox.vault_sync(&["search", "--strict", "--format", "path", "title:plan \"back to"]);
    assert_eq!(stdout(&output), "in/Plan.md\n");
    let expected = "vault-sync: the quote is not closed: it runs to the end\n  title:plan \"back to\n             ^\n";
    assert_eq!(stderr(&output), expected);
}

#[test]
fn without_a_database_only_questions_about_links_fail() {
    let sandbox = synced();
    let sandbox = sandbox.on("postgresql://nobody@127.0.0.1:1/none");
    assert_eq!(paths(&sandbox, &["title:plan"]), ["in/Plan.md"]);
    let output = sandbox.vault_sync(&["search", "orphan:"]);
    assert_eq!(output.status.code(), Some(75));
    assert!(stderr(&output).contains("orphan: ask the database"), "{}", stderr(&output));
}
