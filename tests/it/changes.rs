//! `changes`: what its readers get, on both engines. What leaves the feed is in `feed.rs`.

use crate::log::Other;
use crate::postgres::{self, Database};
use crate::support::{Sandbox, column, stderr};
use crate::watching::Watch;
use serde_json::{Value, json};

/// A vault on each engine, in which these looks took place, each a revision.
fn both() -> Vec<(Sandbox, Option<Database>)> {
    let database = postgres::database();
    let sandboxes = [(Sandbox::new(), None), (Sandbox::new().on(&database.url), Some(database))];
    for (s, _) in &sandboxes {
        for name in ["a", "b", "c"] {
            s.write(&format!("{name}.md"), format!("The note {name}, known again by what it says, wherever it went, needle and all."));
        }
        s.sync();
        s.write("a.md", "Edited.");
        s.sync();
        s.rename("b.md", "far/b.md");
        s.remove("c.md");
        s.sync();
    }
    sandboxes.into()
}

/// Returns `op path` of each row of an answer.
fn told(answer: &Value) -> Vec<String> {
    let ops = column(answer, "results", "/op").into_iter().zip(column(answer, "results", "/path"));
    ops.map(|(op, path)| format!("{op} {path}")).collect()
}

const FIRST: [&str; 3] = ["added a.md", "added b.md", "added c.md"];
const THEN: [&str; 3] = ["modified a.md", "archived c.md", "renamed far/b.md"];

#[test]
fn a_reader_gets_what_came_after_its_revision_and_never_half_of_one() {
    let all = [FIRST, THEN].concat();
    for (s, _) in both() {
        // What is asked, what is told, up to which revision, of how many.
        let cases: &[(&[&str], &[&str], i64, i64)] = &[
            (&[], &all, 3, 6),
            (&["-n", "1"], &all[5..], 3, 6),
            (&["--since", "0"], &all, 3, 6),
            (&["--since", "0", "-n", "0"], &[], 0, 6),
            (&["--since", "0", "-n", "1"], &FIRST, 1, 6),
            (&["--since", "0", "-n", "3"], &FIRST, 1, 6),
            (&["--since", "0", "-n", "5"], &all[..4], 2, 6),
            (&["--since", "1"], &THEN, 3, 3),
            (&["--since", "2", "-n", "1"], &THEN[1..], 3, 2),
            (&["--since", "3"], &[], 3, 0),
            (&["--since", "1h"], &all, 3, 6),
            (&["--since", "2999-01-01"], &[], 3, 0),
        ];
        for (flags, rows, read_to, total) in cases {
            let answer = s.json(&[&["changes"], *flags].concat());
            assert_eq!(told(&answer), *rows, "{flags:?}");
            assert_eq!((&answer["read_to"], &answer["total"]), (&json!(read_to), &json!(total)), "{flags:?}");
            assert_eq!(answer["truncated"], rows.len() < *total as usize, "{flags:?}");
        }
        let renamed = &s.json(&["changes", "-n", "1"])["results"][0];
        assert_eq!((&renamed["old_path"], &renamed["vault"], &renamed["revision"]), (&json!("b.md"), &json!("vault"), &json!(3)));
        assert_eq!(renamed["id"], s.json(&["ls", "--path", "far/b.md"])["results"][0]["id"], "{renamed}");
        assert!(s.text(&["changes", "-n", "1"]).ends_with("\trenamed\tb.md -> far/b.md\n"));
        assert_eq!(s.text(&["changes", "--since", "1", "--format", "path"]), "a.md\nc.md\nb.md\nfar/b.md\n");
        for (flags, exit, said) in [
            ("--since 4", 1, "the database is at revision 3"),
            ("--since soon", 2, "neither a revision nor a time"),
            ("--ack 1", 2, "--as <NAME>"),
            ("--as bot --rewind", 2, "--ack"),
            ("--as bot --ack 1 --since 1", 2, "cannot be used with"),
        ] {
            let output = s.vault_sync(&["changes"].into_iter().chain(flags.split(' ')).collect::<Vec<_>>());
            assert!(output.status.code() == Some(exit) && stderr(&output).contains(said), "{flags}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_cursor_moves_when_its_reader_says_so_and_never_back_unasked() {
    for (s, _) in both() {
        let all = [FIRST, THEN].concat();
        // What the reader says, where its cursor then is, and what it is told next.
        let cases: &[(&[&str], i64, &[&str])] = &[
            (&["--ack", "1"], 1, &THEN),
            (&["--ack", "1"], 1, &THEN),
            (&["--ack", "2"], 2, &THEN[1..]),
            (&["--ack", "1"], 2, &THEN[1..]),
            (&["--ack", "1", "--rewind"], 1, &THEN),
            (&["--ack", "3"], 3, &[]),
            (&["--ack", "0", "--rewind"], 0, &all),
        ];
        assert_eq!(told(&s.json(&["changes", "--as", "new", "--since", "2"])), THEN[1..], "one that is new begins there");
        assert_eq!(told(&s.json(&["changes", "--as", "new"])), all, "and has not moved by reading");
        for (said, at, rows) in cases {
            let moved = s.json(&[&["changes", "--as", "bot"], *said].concat());
            assert_eq!((&moved["cursor"], &moved["vaults"][0]["revision"]), (&json!("bot"), &json!(at)), "{said:?}");
            for _ in 0..2 {
                let answer = s.json(&["changes", "--as", "bot", "--since", "3"]);
                assert_eq!((told(&answer), &answer["cursor"]), (rows.iter().map(ToString::to_string).collect(), &json!("bot")), "{said:?}");
            }
        }
        let stays = s.vault_sync(&["changes", "--as", "bot", "--ack", "3"]);
        assert_eq!(stderr(&stays), "");
        let stays = s.vault_sync(&["changes", "--as", "bot", "--ack", "2"]);
        assert!(stays.status.success() && stderr(&stays).contains("--rewind"), "{}", stderr(&stays));
        assert_eq!(s.vault_sync(&["changes", "--as", "bot", "--ack", "4"]).status.code(), Some(1));
        assert_eq!(told(&s.json(&["changes", "--as", "Bot"])), all, "another name is another reader");
    }
}

#[test]
fn a_vault_that_is_added_later_is_read_from_its_beginning() {
    let s = Sandbox::new().configured("[[vault]]\npath = \"second\"\n[[vault]]\npath = \"vault\"\n");
    s.write("a.md", "a");
    std::fs::create_dir_all(s.home().join("second/.obsidian")).unwrap();
    std::fs::write(s.home().join("second/b.md"), "b").unwrap();
    let run = |args: &[&str]| {
        let output = s.bare_command(&[&["--data-dir", "data", "--json"], args].concat()).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    run(&["sync"]);
    run(&["--vault", "vault", "changes", "--as", "bot", "--ack", "2"]);
    let both = run(&["changes", "--as", "bot"]);
    assert_eq!(both["results"].as_array().unwrap().iter().map(|row| &row["vault"]).collect::<Vec<_>>(), ["second"]);
    assert_eq!(run(&["changes", "--as", "bot", "--ack", "1"])["vaults"][1]["revision"], 2);
}

#[test]
fn a_cursor_of_another_database_or_ahead_of_its_own_is_told() {
    for (s, database) in both() {
        s.json(&["changes", "--as", "bot", "--ack", "3"]);
        let mut other = Other::of(&s, database.as_ref().map(|database| database.url.as_str()));
        for (sql, said) in [
            ("update claude.change_cursors set revision = 99", "the database only at 3"),
            ("update claude.change_cursors set store_id = '0190d6f0-0000-7000-8000-000000000001'", "of another database"),
        ] {
            other.run(sql);
            for args in [&["changes", "--as", "bot"][..], &["changes", "--as", "bot", "--ack", "3"]] {
                let output = s.vault_sync(args);
                assert!(output.status.code() == Some(1) && stderr(&output).contains(said), "{args:?}: {}", stderr(&output));
                assert!(stderr(&output).contains("`vault-sync changes --as 'bot' --ack 0 --rewind`"), "{}", stderr(&output));
            }
            s.json(&["changes", "--as", "bot", "--ack", "0", "--rewind"]);
            assert_eq!(told(&s.json(&["changes", "--as", "bot"])).len(), 6);
            s.json(&["changes", "--as", "bot", "--ack", "3"]);
        }
    }
}

/// The same revisions are given again: a cursor that had stayed where it was would skip what came by them.
#[test]
fn a_cursor_goes_back_with_its_database() {
    let s = Sandbox::new();
    s.write("a.md", "a");
    s.sync();
    s.json(&["changes", "--as", "bot", "--ack", "1"]);
    let (file, backup) = (s.data_dir.join("claude.db"), s.home().join("backup.db"));
    std::fs::copy(&file, &backup).unwrap();
    s.write("b.md", "b");
    s.sync();
    s.json(&["changes", "--as", "bot", "--ack", "2"]);
    std::fs::copy(&backup, &file).unwrap();
    s.write("c.md", "c");
    s.sync();
    assert_eq!(told(&s.json(&["changes", "--as", "bot"])), ["added b.md", "added c.md"]);
}

#[test]
fn what_is_private_is_told_without_its_path() {
    for (s, _) in both() {
        s.rename("far/b.md", "Private/b.md");
        let config = "[[vault]]\npath = \"vault\"\nprivate = [\"Private/\"]\n";
        std::fs::write(s.home().join("sync.toml"), config).unwrap();
        s.sync();
        let answer = s.json(&["changes", "--since", "2"]);
        let of_b: Vec<&Value> = answer["results"].as_array().unwrap().iter().filter(|row| row["path"].is_null()).collect();
        assert_eq!(of_b.iter().map(|row| &row["op"]).collect::<Vec<_>>(), ["renamed", "archived"], "{answer}");
        assert!(of_b.iter().all(|row| row["old_path"].is_null() && row["id"].is_string()));
        assert!(s.text(&["changes", "-n", "1"]).ends_with("\tarchived\t(private)\n"));
        assert_eq!(s.text(&["changes", "--since", "2", "--format", "path"]), "c.md\n");
    }
}

/// Whoever was first to see a change: the watcher, or a sync beside it.
#[test]
fn a_watch_tells_live_what_the_feed_tells_afterwards() {
    for (s, _) in both() {
        let watch = Watch::start(&s);
        let mut live = Vec::new();
        for i in 0..4 {
            s.write("a.md", format!("Edit {i}."));
            s.write(&format!("new {i}.md"), format!("New {i}."));
            s.sync();
        }
        s.rename("far", "near");
        s.write("last.md", "The end.");
        while live.last().is_none_or(|line: &Value| line["path"] != "last.md") {
            live.push(watch.next());
        }
        assert_eq!(watch.stop(), Some(0));
        let feed = s.text(&["changes", "--since", "3", "--format", "jsonl"]);
        let feed: Vec<Value> = feed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(live, feed[..live.len()]);
        assert!(live.len() >= 6, "{live:?}");
    }
}
