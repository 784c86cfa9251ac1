//! `sql`: what it answers, alike on both engines; that it reads and does nothing else; how it ends.

use crate::postgres;
use crate::support::{Sandbox, stderr, stdout};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

/// Returns the sample vault, synced into each engine.
fn both() -> [Sandbox; 2] {
    let url = postgres::database().url;
    let sandboxes = [Sandbox::of("vault"), Sandbox::of("vault").on(&url)].map(|s| s.configured("[projects]\nunknown = \"create\"\n"));
    sandboxes.iter().for_each(Sandbox::sync);
    sandboxes
}

#[test]
fn both_engines_answer_alike_and_with_real_types() {
    let [sqlite, postgres] = both();
    for (statement, expected) in [
        ("select 1 as n, 'a' as t, null as x, 1.5 as f", json!([{"n": 1, "t": "a", "x": null, "f": 1.5}])),
        ("values (1, 'x'), (2, 'y')", json!([{"column1": 1, "column2": "x"}, {"column1": 2, "column2": "y"}])),
        ("select 1 as n, 2 as n", json!([{"n": 1, "n_2": 2}])),
        ("select doc_title from claude.documents where file_path = 'none'", json!([])),
        (
            "select kind, is_archived, tags, properties, size_bytes, version from claude.documents where file_path like '%2025-12-19.md'",
            json!([{
                "kind": "note", "is_archived": false, "tags": ["journal"], "size_bytes": 277, "version": null,
                "properties": {"date": "2025-12-19", "projects": ["mission-control"], "tags": ["journal"], "type": "session-learning"},
            }]),
        ),
        (
            "with d as (select is_archived as gone from claude.documents) select gone, count(*) as n from d group by gone",
            json!([{"gone": false, "n": 31}]),
        ),
        (
            "select table_name, table_type from information_schema.tables where table_schema = 'claude' and table_name = 'documents'",
            json!([{"table_name": "documents", "table_type": "BASE TABLE"}]),
        ),
    ] {
        for sandbox in [&sqlite, &postgres] {
            let answer = sandbox.json(&["sql", statement]);
            assert_eq!(answer["results"], expected, "{statement}");
            assert_eq!((&answer["truncated"], &answer["total"]), (&json!(false), &json!(expected.as_array().unwrap().len())));
        }
    }
    for sandbox in [&sqlite, &postgres] {
        let row = sandbox.json(&["sql", "select updated_at, doc_id from claude.documents limit 1"])["results"][0].clone();
        let (at, id) = (row["updated_at"].as_str().unwrap(), row["doc_id"].as_str().unwrap());
        assert!(at.ends_with('Z') && at.as_bytes()[10] == b'T' && at.len() >= 24, "{at}");
        assert_eq!(id.len(), 36, "{id}");
    }
}

#[test]
fn types_that_only_postgresql_has_are_said_too() {
    let database = postgres::database();
    let sandbox = Sandbox::new().on(&database.url);
    database.query("create type mood as enum ('sad', 'glad'); create domain short as text");
    for (value, expected) in [
        ("1.50::numeric", json!(1.5)),
        ("12345678901234567890.5::numeric", json!("12345678901234567890.5")),
        ("9223372036854775807", json!(9_223_372_036_854_775_807_i64)),
        ("'NaN'::float8", json!("NaN")),
        ("3::float4", json!(3)),
        ("true and null", json!(null)),
        ("1 = 1", json!(true)),
        ("array['a', null, 'b c', '\"']", json!(["a", null, "b c", "\""])),
        ("array[[1, 2], [3, 4]]", json!([[1, 2], [3, 4]])),
        ("array[true, false]", json!([true, false])),
        ("array['{\"a\": 1}'::jsonb]", json!([{"a": 1}])),
        ("'[1, {\"a\": null}]'::json", json!([1, {"a": null}])),
        ("'2026-01-31 13:00:00+01'::timestamptz", json!("2026-01-31T12:00:00.000Z")),
        ("'2026-01-31 12:00:00.000001'::timestamp", json!("2026-01-31T12:00:00.000001Z")),
        ("array['2026-01-31 12:00:00'::timestamp]", json!(["2026-01-31T12:00:00.000Z"])),
        ("'infinity'::timestamptz", json!("infinity")),
        ("'2026-01-31'::date", json!("2026-01-31")),
        ("'12:30'::time", json!("12:30:00")),
        ("'1 day 2 hours'::interval", json!("1 day 02:00:00")),
        ("'0a000000-0000-4000-8000-000000000001'::uuid", json!("0a000000-0000-4000-8000-000000000001")),
        ("'\\x00ff'::bytea", json!("\\x00ff")),
        ("'10.0.0.1'::inet", json!("10.0.0.1")),
        ("'glad'::mood", json!("glad")),
        ("array['glad'::mood]", json!(["glad"])),
        ("'x'::short", json!("x")),
        ("row(1, 'a')", json!("(1,a)")),
        ("'a'::name", json!("a")),
        ("null", json!(null)),
    ] {
        assert_eq!(sandbox.json(&["sql", &format!("select {value} as v")])["results"], json!([{"v": expected}]), "{value}");
    }
}

#[test]
fn what_only_postgresql_reads_as_one_statement_is_one() {
    let database = postgres::database();
    let sandbox = Sandbox::new().on(&database.url);
    for (statement, expected) in [
        ("select $$a;b$$ as v", "a;b"),
        ("select $tag$ it's; $tag$ as v;", " it's; "),
        ("select $a$ $b$; drop table x; -- $a$ as v", " $b$; drop table x; -- "),
        ("select E'it\\'s; x' as v", "it's; x"),
        ("select U&'\\0061;' as v -- ;", "a;"),
        ("/* a /* ; */ b */ select 'x' as v /* a /* ; */ b */;;", "x"),
        ("/* a /* ' */ b */ (values ('y'))", "y"),
        ("with t as (select 'z' as \"a;b\") table t", "z"),
        ("explain /* a /* ; */ */ select $$;$$", "Result  (cost=0.00..0.01 rows=1 width=32)"),
    ] {
        let answer = sandbox.json(&["sql", statement]);
        let row = answer["results"][0].as_object().unwrap();
        assert_eq!(row.values().collect::<Vec<_>>(), [expected], "{statement}");
    }
    database.query("alter database current set standard_conforming_strings = off".replace("current", &database.name).as_str());
    assert_eq!(sandbox.json(&["sql", "select 'it\\'s; x' as v"])["results"], json!([{"v": "it's; x"}]));
    assert_eq!(sandbox.json(&["sql", "table claude.vaults"])["results"], json!([]));
}

#[test]
fn the_catalogue_says_the_same_on_both_engines() {
    let [sqlite, postgres] = both();
    for statement in [
        "select table_name, table_type from information_schema.tables where table_schema = 'claude'",
        "select table_name, column_name, ordinal_position, data_type, is_nullable from information_schema.columns where table_schema = 'claude'",
    ] {
        let [sqlite, postgres] = [&sqlite, &postgres].map(|sandbox| {
            let answer = sandbox.json(&["sql", statement]);
            let rows = answer["results"].as_array().unwrap().iter().map(Value::to_string);
            rows.filter(|row| !row.contains("_sqlx_migrations")).collect::<std::collections::BTreeSet<_>>()
        });
        let [only_sqlite, only_postgres] = [&sqlite - &postgres, &postgres - &sqlite];
        assert!(only_sqlite.is_empty() && only_postgres.is_empty(), "SQLite: {only_sqlite:#?}\nPostgreSQL: {only_postgres:#?}");
        assert!(sqlite.len() > 50, "{}", sqlite.len());
    }
}

#[test]
fn what_does_more_than_read_is_refused() {
    let common = [
        "delete from claude.documents",
        "update claude.documents set doc_title = 'x'",
        "insert into claude.vaults select * from claude.vaults",
        "drop table claude.documents",
        "create table claude.x (a text)",
        "select 1; delete from claude.documents",
        "select 1; select 2",
        "select 1; commit; delete from claude.documents; select 1",
        "with gone as (delete from claude.documents returning 1) select * from gone",
        "with x as (select 1) delete from claude.documents",
        "with x as (select 1) update claude.documents set doc_title = 'x'",
        "begin",
        "commit",
        "explain delete from claude.documents",
    ];
    let sqlite = [
        "attach 'new.db' as x",
        "detach claude",
        "vacuum claude into 'new.db'",
        "pragma query_only = false",
        "pragma claude.journal_mode = delete",
        "explain pragma query_only = false",
        "explain query plan pragma query_only = false",
        "select load_extension('x')",
        "select writefile('new.db', 'x')",
        "with x as (select 1) insert into information_schema.tables select 1, 2, 3, 4",
        "create temp table x (a)",
        "reindex",
        "select * from pragma_optimize",
        "select * from pragma_wal_checkpoint",
        "select $$a$$; delete from claude.documents",
        "select $1('); pragma query_only = false; vacuum claude into 'new.db'; --')",
    ];
    let postgres = [
        "copy claude.documents to '/tmp/vault-sync-new.db'",
        "copy (select 1) to program 'touch new.db'",
        "explain copy (select 1) to program 'touch new.db'",
        "/* /* */ explain */ copy (select 1) to program 'touch new.db'",
        "select 1 into claude.x",
        "explain analyze delete from claude.documents",
        "explain analyze create table claude.x as select 1",
        "select set_config('transaction_read_only', 'off', false)",
        "select nextval('claude.x')",
        "select * from claude.documents for update",
        "do $$ begin delete from claude.documents; end $$",
        "set transaction read write",
        "vacuum",
        "select $$a$$; delete from claude.documents",
        "select $a$ $b$; $a$; delete from claude.documents; --",
        "select E'it\\'s'; delete from claude.documents; --'",
        "select 1 /* /* */ ; */; commit; delete from claude.documents",
        "explain select $$; $$; commit; delete from claude.documents",
        "table claude.documents; delete from claude.documents",
        "select $$a$$) ; copy (select 1) to program 'touch new.db'",
    ];
    let [on_sqlite, on_postgres] = both();
    for (sandbox, own) in [(on_sqlite, &sqlite[..]), (on_postgres, &postgres[..])] {
        let before = sandbox.text(&["dump"]);
        let files = |folder: &std::path::Path| std::fs::read_dir(folder).unwrap().count();
        let n_files = files(sandbox.home());
        for statement in common.iter().chain(own) {
            let refused = sandbox.vault_sync(&["sql", statement]);
            assert!(matches!(refused.status.code(), Some(1 | 2)), "{statement}: {}{}", refused.status, stdout(&refused));
            assert!(stderr(&refused).starts_with("vault-sync: "), "{statement}: {}", stderr(&refused));
        }
        assert_eq!(sandbox.text(&["dump"]), before);
        assert_eq!(files(sandbox.home()), n_files, "a file was made");
    }
}

#[test]
fn a_column_of_another_table_is_told_where_it_is() {
    let s = Sandbox::new();
    let said = |statement: &str| stderr(&s.vault_sync(&["sql", statement]));
    assert!(said("select frontmatter_raw from claude.projects").contains("frontmatter_raw is a column of claude.documents;"));
    assert!(said("select frontmatter_rav from claude.projects").contains("did you mean frontmatter_raw?"));
}

#[test]
fn an_error_names_the_place_and_the_cure() {
    for sandbox in both() {
        for (statement, said) in [
            ("select\n titel from claude.documents", &["line 2, column 2: ", "titel"][..]),
            ("select 1 from claude.knowlege", &["line 1, column 15: ", "information_schema.tables"]),
            ("selec 1", &["'selec' begins no query", "did you mean select?"]),
            ("select 1;\nselect 2", &["one statement at a time", "once for each"]),
            ("", &["there is no statement"]),
            ("select titel\u{1b}[31m from claude.documents", &["line 1, column "]),
        ] {
            let error = stderr(&sandbox.vault_sync(&["sql", statement]));
            for part in said {
                assert!(error.contains(part), "{statement}: {error}");
            }
            assert!(!error.contains('\u{1b}'), "{error:?}");
        }
        let paths = sandbox.vault_sync(&["sql", "select 1", "--format", "path"]);
        assert_eq!(paths.status.code(), Some(2), "{}", stderr(&paths));
    }
}

#[test]
fn a_statement_without_end_is_stopped() {
    let endless = "with recursive r(n) as (select 1 union all select n + 1 from r)";
    for sandbox in both() {
        for rest in ["select count(*) from r", "select n from r where n < 0", "select n from r"] {
            let mut command = sandbox.command(&["sql", &format!("{endless} {rest}"), "--timeout", "1", "--format", "jsonl"]);
            let output = command.stdout(Stdio::null()).output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{rest}");
            assert!(stderr(&output).contains("longer than 1 s") && stderr(&output).contains("timeout_seconds"), "{}", stderr(&output));
        }
        let some = sandbox.json(&["sql", &format!("{endless} select n from r"), "-n", "2"]);
        assert_eq!((&some["results"], &some["truncated"]), (&json!([{"n": 1}, {"n": 2}]), &json!(true)));
    }
}

#[test]
fn many_rows_stream_and_a_reader_may_leave() {
    let many = "with recursive r(n) as (select 1 union all select n + 1 from r where n < 20000) select n, 'x' as x from r";
    for sandbox in both() {
        let lines = sandbox.text(&["sql", many, "--format", "jsonl"]);
        assert_eq!(lines.lines().count(), 20_000);
        assert_eq!(lines.lines().last(), Some(r#"{"n":20000,"x":"x"}"#));
        let whole: Value = sandbox.json(&["sql", many]);
        assert_eq!((whole["results"].as_array().unwrap().len(), &whole["total"]), (20_000, &json!(20_000)));

        let mut child = sandbox.command(&["sql", many]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && stderr(&output).is_empty(), "{}: {}", output.status, stderr(&output));
        assert!(first.contains('n'), "{first}");
    }
}

#[test]
fn rows_are_printed_as_they_are_asked_for() {
    let statement = "select 1 as n, 'a' as t union all select 20, 'b,\u{1b}[31m\"c\"' order by 1";
    for sandbox in both() {
        for (flags, expected) in [
            (&[][..], " n  t\n 1  a\n20  b,\u{fffd}[31m\"c\"\n"),
            (&["-n", "1"], "n  t\n1  a\n"),
            (&["--format", "csv"], "n,t\n1,a\n20,\"b,\u{1b}[31m\"\"c\"\"\"\n"),
            (&["--format", "jsonl"], "{\"n\":1,\"t\":\"a\"}\n{\"n\":20,\"t\":\"b,\\u001b[31m\\\"c\\\"\"}\n"),
        ] {
            assert_eq!(sandbox.text(&[&["sql", statement], flags].concat()), expected, "{flags:?}");
        }
        assert_eq!(sandbox.text(&["sql", "select 1 as a where 1 = 2"]), "a\n");
        let cut = sandbox.vault_sync(&["sql", statement, "-n", "1"]);
        assert!(stderr(&cut).contains("cut after 1 row"), "{}", stderr(&cut));
        let mut child = sandbox.command(&["sql", "-", "--format", "csv"]);
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"-- from a file\nselect 7 as seven;\n").unwrap();
        assert_eq!(stdout(&child.wait_with_output().unwrap()), "seven\n7\n");
    }
}

#[test]
fn the_database_is_asked_without_any_vault() {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    let mut command = sandbox.bare_command(&["sql", "select count(*) as n from claude.documents", "--format", "csv"]);
    let output = command.arg("--data-dir").arg(&sandbox.data_dir).output().unwrap();
    assert_eq!(stdout(&output), "n\n31\n", "{}", stderr(&output));
}
