//! `links`, `backlinks`, `unresolved`, `orphans`, `tags`, `properties`, `projects`, `tasks`, `recent`, `ls`: what they list, in which
//! order and form. That they agree with `inspect` and `resolve` is in `agreement`.

use crate::postgres;
use crate::support::{Sandbox, column, stderr, stdout, wait_until};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

const LISTS: [&str; 8] = ["unresolved", "orphans", "tags", "properties", "projects", "tasks", "recent", "ls"];

/// Returns a synced sandbox with these notes.
fn vault(notes: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    notes.iter().for_each(|(path, text)| sandbox.write(path, text));
    sandbox.sync();
    sandbox
}

#[test]
fn links_say_where_they_stand_and_where_they_lead() {
    let sandbox = vault(&[
        ("a.md", "---\nup: \"[[b]]\"\n---\nsee [[B#H|bee]] and [none](no%20file.md)\n![[pic.png|20]] [[#H]]\n"),
        ("b.md", "---\naliases: [Bee]\n---\n"),
        ("pic.png", ""),
        ("x/c.canvas", r#"{"nodes": [{"type": "file", "file": "a.md"}]}"#),
    ]);
    let links = "a.md:2:6: [[b]] -> b.md (property, only-name)\n\
        a.md:4:5: [[B#H|bee]] -> b.md (only-name)\n\
        a.md:4:21: [none](no%20file.md) -> unresolved\n\
        a.md:5:1: ![[pic.png|20]] -> pic.png (embed, only-name)\n\
        a.md:5:17: [[#H]] -> a.md (same-note)\n";
    assert_eq!(sandbox.text(&["links", "a"]), links);
    assert_eq!(sandbox.text(&["backlinks", "Bee"]), "a.md:2:6: [[b]]\na.md:4:5: [[B#H|bee]]\n");
    assert_eq!(sandbox.text(&["backlinks", "pic.png"]), "a.md:5:1: ![[pic.png|20]]\n");
    assert_eq!(sandbox.text(&["backlinks", "a.md"]), "a.md:5:17: [[#H]]\nx/c.canvas:1:1: a.md\n");
    assert_eq!(sandbox.text(&["links", "a", "--format", "path"]), "b.md\npic.png\na.md\n");
    assert_eq!(sandbox.text(&["backlinks", "b", "-0"]), "a.md\0");
    assert_eq!(sandbox.text(&["backlinks", "a", "--path", "x/"]), "x/c.canvas:1:1: a.md\n");
}

#[test]
fn a_name_that_means_several_notes_is_refused_with_all_of_them() {
    let sandbox = vault(&[("a/n.md", ""), ("b/n.md", "")]);
    for command in ["links", "backlinks"] {
        let output = sandbox.vault_sync(&[command, "n"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("a/n.md, b/n.md"), "{}", stderr(&output));
        assert_eq!(sandbox.text(&[command, "a/n"]), "");
        assert_eq!(sandbox.vault_sync(&[command, "no"]).status.code(), Some(1));
    }
}

#[test]
fn a_link_to_an_excluded_file_leads_there_also_after_the_first_sync_by_this_version() {
    let database = postgres::database();
    let sandbox = Sandbox::new().on(&database.url);
    sandbox.write("n.md", "[[a]] [[b]]\n");
    sandbox.write("x/a.md", "");
    let config = |globs: &str| format!("[[vault]]\npath = {:?}\nexclude = [{globs}]\n", sandbox.vault);
    let (all, none) = (config("\"x/\""), config(""));
    let sandbox = sandbox.configured(&all);
    let said = || (sandbox.text(&["links", "n"]), sandbox.json(&["status"])["vaults"][0]["unresolved"].clone());
    let expected = ("n.md:1:1: [[a]] -> x/a.md (only-name, excluded)\nn.md:1:7: [[b]] -> unresolved\n".to_owned(), json!(1));
    sandbox.sync();
    assert_eq!(said(), expected);

    // So an older version left it.
    database.query("update claude.vault_files set rule = null, name_key = null");
    database.query("update claude.document_links set excluded_path = null, rule = null");
    assert_eq!(sandbox.json(&["status"])["vaults"][0]["pending"], json!(1));
    sandbox.sync();
    assert_eq!(said(), expected);
    assert_eq!(sandbox.json(&["status"])["vaults"][0]["pending"], json!(0));

    let sandbox = sandbox.configured(&none);
    sandbox.sync();
    let listed = sandbox.text(&["links", "n"]);
    assert_eq!(listed, "n.md:1:1: [[a]] -> x/a.md (only-name)\nn.md:1:7: [[b]] -> unresolved\n");
}

#[test]
fn what_is_missing_is_counted_by_the_name_that_links_give_it() {
    let sandbox = vault(&[("a.md", "[[x/Foo.md]] [[foo]] [[Foo#h]]\n"), ("b.md", "![[Foo]]\n")]);
    assert_eq!(sandbox.text(&["unresolved"]), "2\tFoo\n1\tfoo\n1\tx/Foo\n");
    assert_eq!(sandbox.text(&["unresolved", "--path", "b.md"]), "1\tFoo\n");
    assert_eq!(sandbox.text(&["unresolved", "--sources", "-n", "2"]), "a.md:1:1: [[x/Foo.md]]\na.md:1:14: [[foo]]\n");
    let first = &sandbox.json(&["unresolved"])["results"][0];
    assert_eq!(first["sources"][1], json!({"path": "b.md", "line": 1, "column": 1, "original": "![[Foo]]"}));
    sandbox.write("Foo.md", "");
    sandbox.sync();
    assert_eq!(sandbox.text(&["unresolved"]), "1\tx/Foo\n");
}

#[test]
fn an_orphan_is_a_note_to_which_no_other_file_links() {
    let sandbox = vault(&[
        (".obsidian/app.json", r#"{"userIgnoreFilters": ["hidden/"]}"#),
        ("hidden/h.md", "[[by hidden]]"),
        ("alone.md", "[[alone]] [[by link]]\n![[by embed]]"),
        ("p.md", "---\nup: \"[[by property]]\"\n---\n"),
        ("c.canvas", r#"{"nodes": [{"type": "text", "text": "[[by canvas]]"}]}"#),
        ("by link.md", ""),
        ("by embed.md", ""),
        ("by property.md", ""),
        ("by canvas.md", ""),
        ("by hidden.md", ""),
        ("pic.png", ""),
    ]);
    assert_eq!(sandbox.text(&["orphans"]), "alone.md\np.md\n");
}

#[test]
fn a_tag_counts_its_own_notes_and_those_below_it() {
    let sandbox = vault(&[
        ("a.md", "#Work #work/Tax #work/tax #work/tax"),
        ("b.md", "---\ntags: [work/TAX/2026, Home]\n---\n"),
        ("c.md", "#work-shop"),
    ]);
    let tree = "1\t1\t#Home\n2\t1\t#work\n2\t1\t#work/tax\n1\t1\t#work/TAX/2026\n1\t1\t#work-shop\n";
    assert_eq!(sandbox.text(&["tags"]), tree);
    assert_eq!(sandbox.text(&["tags", "--sort", "count", "-n", "2"]), "2\t1\t#work\n2\t1\t#work/tax\n");
    assert_eq!(sandbox.text(&["tags", "-t", "work", "--path", "b"]), "1\t1\t#Home\n1\t0\t#work\n1\t0\t#work/TAX\n1\t1\t#work/TAX/2026\n");
    let found = sandbox.text(&["search", "--strict", "--format", "path", "tag:WORK/tax"]);
    assert_eq!(found.lines().count(), 2, "the count is what a search finds");
}

#[test]
fn a_property_has_obsidians_type_and_its_values_are_counted() {
    let sandbox = vault(&[
        ("a.md", "---\nStatus: open\nn: 2\nd: 2026-01-31\nt: 2026-01-31T10:00\nok: true\nl: [x, y]\nm: {a: 1}\ntags: x\n---\n"),
        ("b.md", "---\nstatus: done\nn: 10\nl: [y, y]\naliases: b\nempty:\n---\n"),
        ("c.md", "---\nstatus: done\nn: many\nl: z\n---\n"),
    ]);
    let names = "1\tAliases\taliases\n1\tDate\td\n1\tText\tempty\n3\tList\tl (1 Text)\n1\tObject\tm\n3\tNumber\tn (1 Text)\n\
        1\tCheckbox\tok\n3\tText\tstatus\n1\tDate & time\tt\n1\tTags\ttags\n";
    assert_eq!(sandbox.text(&["properties"]), names);
    assert_eq!(sandbox.text(&["properties", "STATUS", "--sort", "count"]), "2\tdone\n1\topen\n");
    assert_eq!(sandbox.text(&["properties", "l"]), "1\tx\n2\ty\n1\tz\n");
    assert_eq!(sandbox.text(&["properties", "n"]), "1\t2\n1\t10\n1\tmany\n");
    assert_eq!(sandbox.text(&["properties", "empty"]), "1\tnull\n");
    let rows = sandbox.json(&["properties", "-p", "n=2", "--path", "a"])["results"].clone();
    assert_eq!(rows.as_array().map(Vec::len), Some(8));
    assert_eq!(rows[4], json!({"vault": "vault", "property": "ok", "type": "checkbox", "count": 1, "types": {"checkbox": 1}}));
    let output = sandbox.vault_sync(&["properties", "staus"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""));
    assert!(stderr(&output).contains("did you mean 'Status'") || stderr(&output).contains("did you mean 'status'"), "{}", stderr(&output));
}

#[test]
fn tasks_are_listed_by_what_is_in_their_box() {
    let sandbox = vault(&[("b.md", "- [ ] one\n  - [x] two\n1. [/] three \x1b[31m\n"), ("a.md", "> - [ ] four ^id\n")]);
    let (one, two, three) = ("b.md:1: - [ ] one\n", "b.md:2: - [x] two\n", "b.md:3: - [/] three \u{fffd}[31m\n");
    let four = "a.md:1: - [ ] four ^id\n";
    assert_eq!(sandbox.text(&["tasks"]), [four, one, two, three].concat());
    assert_eq!(sandbox.text(&["tasks", "--todo"]), [four, one].concat());
    assert_eq!(sandbox.text(&["tasks", "--done"]), [two, three].concat());
    assert_eq!(sandbox.text(&["tasks", "--status", "/", "--format", "csv"]), "path,line,status,done,text\nb.md,3,/,true,three \x1b[31m\n");
    assert_eq!(sandbox.text(&["tasks", "--offset", "1", "-n", "1"]), one);
    let page = sandbox.json(&["tasks", "--offset", "1", "-n", "1"]);
    assert_eq!((&page["total"], &page["truncated"], &page["results"][0]["text"]), (&json!(4), &json!(true), &json!("one")));
    assert_eq!(sandbox.vault_sync(&["tasks", "--todo", "--done"]).status.code(), Some(2));
}

#[test]
fn what_was_written_last_comes_first_at_once() {
    let sandbox = Sandbox::new();
    sandbox.write(".obsidian/app.json", r#"{"userIgnoreFilters": ["hidden/"]}"#);
    for (path, hours) in [("old.md", 3), ("older.md", 4), ("hidden/h.md", 1), ("z.png", 2)] {
        sandbox.write(path, "x");
        let file = std::fs::File::options().append(true).open(sandbox.vault.join(path)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).unwrap();
    }
    sandbox.write("new.md", "x");
    sandbox.sync();
    assert_eq!(column(&sandbox.json(&["recent"]), "results", "/path"), ["new.md", "old.md", "older.md"]);
    let line = sandbox.text(&["recent", "-n", "1"]);
    assert!(line.ends_with("\tnew.md\n") && line.len() == "2026-01-31 10:00:00\tnew.md\n".len(), "{line}");
    assert_eq!(sandbox.text(&["ls", "--sort", "modified"]), "new.md\nhidden/h.md\nz.png\nold.md\nolder.md\n".to_owned());
    assert_eq!(sandbox.text(&["ls", "--kind", "attachment"]), "z.png\n");
}

#[test]
fn a_filter_of_a_list_means_what_it_means_in_a_search() {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    let filters: [&[&str]; 8] = [
        &["-t", "pattern"],
        &["-t", "#PATTERN", "-t", "context"],
        &["-p", "status"],
        &["-p", "priority=<2"],
        &["-p", "projects=mission", "--path", "20-"],
        &["--path", "tax agent/"],
        &["--type", "Pattern", "--path", "."],
        &["--project", "TAX-AGENT", "--path", "."],
    ];
    for filter in filters {
        let mut found: Vec<String> = sandbox
            .text(&[&["search", "--strict", "-n", "1000", "--format", "path"], filter].concat())
            .lines()
            .map(str::to_owned)
            .collect();
        found.sort();
        let listed = sandbox.text(&[&["ls"], filter].concat());
        let listed: Vec<&str> = listed.lines().filter(|path| !path.starts_with("_templates/")).collect();
        assert!(!listed.is_empty(), "{filter:?} leaves nothing to compare");
        assert_eq!(listed, found, "{filter:?}");
    }
    assert_eq!(sandbox.vault_sync(&["tags", "-p", "a]"]).status.code(), sandbox.vault_sync(&["search", "-p", "a]"]).status.code());
}

#[test]
fn an_empty_list_is_a_valid_answer_in_every_format() {
    let sandbox = vault(&[]);
    for command in LISTS {
        let answer = sandbox.json(&[command]);
        assert_eq!((&answer["results"], &answer["total"], &answer["truncated"]), (&json!([]), &json!(0), &json!(false)), "{command}");
        assert_eq!(sandbox.text(&[command, "--format", "csv"]).lines().count(), 1, "{command}: the names of its columns");
        for format in ["text", "jsonl"] {
            assert_eq!(sandbox.text(&[command, "--format", format]), "", "{command}");
        }
    }
}

#[test]
fn names_have_no_paths_to_print_and_say_so() {
    let sandbox = vault(&[("a.md", "#x")]);
    for command in ["tags", "properties", "projects"] {
        for flags in [&["--format", "path"][..], &["-0"]] {
            let output = sandbox.vault_sync(&[&[command], flags].concat());
            assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{command}");
            assert!(stderr(&output).contains("no files"), "{}", stderr(&output));
        }
    }
}

#[test]
fn every_row_of_json_names_its_vault_and_text_does_where_there_are_several() {
    let sandbox = Sandbox::new();
    for vault in ["one", "two"] {
        let folder = sandbox.home().join(vault);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("n.md"), format!("#{vault} #both [[gone]]\n- [ ] task of {vault}\n")).unwrap();
    }
    let sandbox = sandbox.configured("data_dir = \"data\"\n[[vault]]\npath = \"one\"\n[[vault]]\npath = \"two\"\n");
    let run = |args: &[&str]| {
        let output = sandbox.bare_command(args).output().expect("the binary starts");
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        stdout(&output)
    };
    run(&["sync"]);
    assert_eq!(run(&["ls"]), "one/n.md\ntwo/n.md\n");
    assert_eq!(run(&["tasks"]), "one/n.md:2: - [ ] task of one\ntwo/n.md:2: - [ ] task of two\n");
    assert_eq!(run(&["tags"]), "one\t1\t1\t#both\none\t1\t1\t#one\ntwo\t1\t1\t#both\ntwo\t1\t1\t#two\n");
    assert_eq!(run(&["unresolved", "--format", "csv"]), "vault,unresolved,count\none,gone,1\ntwo,gone,1\n");
    assert_eq!(run(&["links", "n", "--vault", "two"]), "n.md:1:12: [[gone]] -> unresolved\n");
    for command in LISTS {
        let answer: Value = serde_json::from_str(&run(&[command, "--json"])).unwrap();
        let vaults = column(&answer, "results", "/vault");
        assert!(vaults.iter().all(|vault| vault == "one" || vault == "two"), "{command}: {vaults:?}");
    }
}

#[test]
fn a_list_says_when_the_vault_has_moved_on() {
    let sandbox = vault(&[("a.md", "#x")]);
    let mut n = 0;
    wait_until(Duration::from_secs(5), "a folder's time is later than the sync's", || {
        n += 1;
        sandbox.write(&format!("b{n}.md"), "#y");
        sandbox.json(&["tags"])["freshness"]["unseen"] == 1
    });
    let output = sandbox.vault_sync(&["tags"]);
    assert_eq!(stdout(&output), "1\t1\t#x\n");
    assert!(stderr(&output).contains("run `vault-sync sync`"), "{}", stderr(&output));
}
