//! The retrieval log from outside: every search arrives exactly once, whatever holds the database; what `log` says of them, on both engines.

use crate::postgres;
use crate::support::{Sandbox, column, stderr, stdout, wait_until};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Another program's connection to the database of a sandbox. `claude.` names the tables on both engines.
pub struct Other {
    runtime: tokio::runtime::Runtime,
    connection: Engine,
}

enum Engine {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Other {
    pub fn of(sandbox: &Sandbox, url: Option<&str>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connection = runtime.block_on(async {
            match url {
                Some(url) => Engine::Postgres(PgConnection::connect(url).await.unwrap()),
                None => Engine::Sqlite(SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(":memory:")).await.unwrap()),
            }
        });
        let mut other = Self { runtime, connection };
        if url.is_none() {
            other.run(&format!("attach database '{}' as claude", sandbox.data_dir.join("claude.db").display()));
        }
        other
    }

    pub fn run(&mut self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        self.runtime.block_on(async {
            match &mut self.connection {
                Engine::Sqlite(connection) => connection.execute(sql).await.map(drop).unwrap(),
                Engine::Postgres(connection) => connection.execute(sql).await.map(drop).unwrap(),
            }
        });
    }

    pub fn count(&mut self, rest: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) {rest}"));
        self.runtime.block_on(async {
            match &mut self.connection {
                Engine::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await.unwrap(),
                Engine::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await.unwrap(),
            }
        })
    }

    /// Keeps everybody else from writing the log.
    pub fn hold(&mut self) {
        self.run(if matches!(self.connection, Engine::Sqlite(_)) { "begin immediate" } else { "begin" });
        if matches!(self.connection, Engine::Postgres(_)) {
            self.run("lock table claude.knowledge_retrieval_log in access exclusive mode");
        }
    }
}

/// Calls `check` with a synced sandbox on each engine, and what its database is called.
fn on_both(notes: &[(&str, &str)], check: impl Fn(&Sandbox, Option<&str>)) {
    let database = postgres::database();
    for url in [None, Some(database.url.as_str())] {
        let sandbox = Sandbox::new();
        let sandbox = if let Some(url) = url { sandbox.on(url) } else { sandbox };
        notes.iter().for_each(|(path, text)| sandbox.write(path, text));
        sandbox.sync();
        check(&sandbox, url);
    }
}

/// Searches by four processes at a time until `is_enough`; returns what the lookups are called. None may be kept waiting.
fn search_by_four(sandbox: &Sandbox, is_enough: impl Fn() -> bool + Sync) -> BTreeSet<String> {
    let ids = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0.. {
                    let start = Instant::now();
                    let id = sandbox.json(&["search", if n % 2 == 0 { "needle" } else { "nowhere" }])["log_id"].clone();
                    assert!(start.elapsed() < Duration::from_secs(10), "a search took {:?}", start.elapsed());
                    assert!(ids.lock().unwrap().insert(id.as_str().unwrap().to_owned()), "each lookup has its own id");
                    if n >= 4 && is_enough() {
                        break;
                    }
                }
            });
        }
    });
    ids.into_inner().unwrap()
}

/// Returns what the lookups of the log are called, each as often as it is there.
fn logged(sandbox: &Sandbox) -> Vec<String> {
    let mut ids = column(&sandbox.json(&["log", "list", "-n", "100000"]), "results", "/id");
    ids.sort();
    ids
}

fn sorted(ids: &BTreeSet<String>) -> Vec<String> {
    ids.iter().cloned().collect()
}

#[test]
fn searches_while_the_database_is_locked_give_exactly_their_rows() {
    on_both(&[("a.md", "needle")], |sandbox, url| {
        let mut other = Other::of(sandbox, url);
        other.hold();
        // Until one of them has tried to hand the lookups on, and has put it off.
        let put_off = sandbox.data_dir.join("lookups.put-off");
        let mut asked = search_by_four(sandbox, || put_off.exists());
        other.run("commit");
        std::thread::scope(|scope| {
            // Several drain at once, and the searches go on.
            (0..3).for_each(|_| drop(scope.spawn(|| sandbox.text(&["status"]))));
            asked.extend(search_by_four(sandbox, || true));
        });
        assert_eq!(logged(sandbox), sorted(&asked), "{url:?}");
        let n_found = other.count("from claude.knowledge_retrieval_log where results_count = 1");
        assert_eq!((n_found, other.count("from claude.lookup_hits")), (n_found, n_found), "each with its hit");
        assert!(n_found > 0);
    });
}

#[test]
fn searches_while_the_database_is_away_arrive_when_it_is_back() {
    let database = postgres::database();
    let sandbox = Sandbox::new().on(&database.url);
    sandbox.write("a.md", "needle");
    sandbox.sync();
    let sandbox = sandbox.on("postgres://postgres@localhost/x?host=/nowhere");
    let put_off = sandbox.data_dir.join("lookups.put-off");
    let asked = search_by_four(&sandbox, || put_off.exists());
    assert_eq!(sandbox.vault_sync(&["log"]).status.code(), Some(75));
    let sandbox = sandbox.on(&database.url);
    for _ in 0..2 {
        assert_eq!(logged(&sandbox), sorted(&asked));
    }
}

#[test]
fn a_drain_that_is_killed_neither_loses_nor_doubles() {
    let sandbox = Sandbox::new();
    sandbox.sync();
    for n in 0..20_000 {
        spooled(&sandbox, n, &json!({}));
    }
    for pause in [20, 40, 60, 80, 120, 200] {
        let mut status = sandbox.command(&["-q", "status"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        status.kill().unwrap();
        status.wait().unwrap();
    }
    assert_eq!(sandbox.json(&["log", "stats"])["results"][0]["lookups"], 20_000);
}

/// Appends a lookup to the spool, as a search would.
fn spooled(sandbox: &Sandbox, n: usize, fields: &Value) {
    let mut line = json!({
        "log_id": format!("00000000-0000-7000-8000-{n:012}"), "prompt_excerpt": "q", "keywords": ["q"], "results_count": 0,
        "results_ids": [], "hits": [], "strict_count": 0, "retrieval_method": "fulltext", "latency_ms": 1, "session_id": null,
        "agent": null, "project": null, "vaults": ["vault"], "retrieved_at": "2020-01-01T00:00:00.000Z",
    });
    line.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let file = std::fs::File::options().create(true).append(true).open(sandbox.data_dir.join("lookups.jsonl"));
    file.unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
}

#[test]
fn the_log_lists_who_asked_what_and_what_came_back() {
    on_both(
        &[("a.md", "needle needle"), ("b.md", "needle"), ("c.canvas", r#"{"nodes": [{"type": "text", "text": "needle"}]}"#)],
        |sandbox, _| {
            let ask = |agent: &str, args: &[&str]| {
                let mut command = sandbox.command(&[&["search"], args].concat());
                command.env("VAULT_SYNC_AGENT", agent).env("VAULT_SYNC_PROJECT", "Mission").env("VAULT_SYNC_SESSION", "s-1");
                assert!(command.output().unwrap().status.success());
            };
            ask("codex", &["needle", "-n", "2", "--offset", "1"]);
            ask("claude", &["\x1b[31mnowhere", "--path", "x/"]);
            let log = sandbox.json(&["log"]);
            assert_eq!((&log["total"], &log["truncated"], &log["warnings"]), (&json!(2), &json!(false), &json!([])));
            let [miss, hit] = log["results"].as_array().unwrap().as_slice() else { panic!("{log}") };
            assert_eq!(hit["query"], "needle");
            assert_eq!((&hit["agent"], &hit["project"], &hit["session"]), (&json!("codex"), &json!("Mission"), &json!("s-1")));
            assert_eq!((&hit["strict_count"], &hit["results_count"], &hit["method"]), (&json!(3), &json!(2), &json!("fulltext")));
            assert_eq!((&hit["keywords"], &hit["vaults"], &hit["feedback"]), (&json!(["needle"]), &json!(["vault"]), &Value::Null));
            let ranks: Vec<&Value> = hit["hits"].as_array().unwrap().iter().map(|hit| &hit["rank"]).collect();
            assert_eq!(ranks, [2, 3], "ranks count over all pages");
            let related = sandbox.json(&["search", "needles"])["results"].as_array().unwrap().len();
            let hits = sandbox.json(&["log", "-n", "1"])["results"][0]["hits"].clone();
            assert_eq!(hits.as_array().unwrap().iter().filter(|hit| hit["relaxed"] == true).count(), related);
            assert!(related > 0 && hit["hits"][0]["path"].is_string() && hit["hits"][0]["relaxed"] == false, "{hit}");
            assert_eq!((&miss["query"], &miss["strict_count"]), (&json!("\x1b[31mnowhere --path x/"), &json!(0)));
            let text = sandbox.text(&["log", "--agent", "Claude"]);
            assert!(text.ends_with("\tclaude\t\u{fffd}[31mnowhere --path x/\n"), "{text:?}");
            assert_eq!(sandbox.text(&["log", "--project", "other"]), "");
            assert_eq!(sandbox.text(&["log", "list", "--format", "csv", "-n", "1", "--offset", "1"]).lines().count(), 2);
            assert_eq!(sandbox.text(&["log", "--since", "1h", "--format", "jsonl"]).lines().count(), 3);
            assert_eq!(sandbox.text(&["log", "--since", "2999-01-01"]), "");
        },
    );
}

#[test]
fn a_session_that_nobody_knows_is_kept_by_its_name() {
    on_both(&[], |sandbox, url| {
        let mut other = Other::of(sandbox, url);
        let id = "0190d6f0-0000-7000-8000-000000000001";
        other.run(&format!("insert into claude.sessions (session_id, project_name) values ('{id}', 'Mission')"));
        for (n, session) in [id, "0190d6f0-0000-7000-8000-000000000002", "no uuid"].iter().enumerate() {
            spooled(sandbox, n, &json!({"session_id": session}));
        }
        assert_eq!(column(&sandbox.json(&["log"]), "results", "/session").len(), 3);
        assert_eq!(other.count(&format!("from claude.knowledge_retrieval_log where session_id = '{id}' and session_ref = '{id}'")), 1);
        assert_eq!(other.count("from claude.knowledge_retrieval_log where session_id is null and session_ref is not null"), 2);
    });
}

#[test]
fn the_hits_of_an_older_log_are_taken_over() {
    on_both(&[("a.md", "needle"), ("b.md", "straw")], |sandbox, url| {
        let mut other = Other::of(sandbox, url);
        for change in [
            "drop table claude.lookup_hits",
            "drop table claude.lookup_feedback",
            "alter table claude.knowledge_retrieval_log drop column vaults",
            "delete from claude._sqlx_migrations where version = 2",
        ] {
            other.run(change);
        }
        let list = if url.is_some() { "array[knowledge_id]" } else { "json_array(knowledge_id)" };
        other.run(&format!(
            "insert into claude.knowledge_retrieval_log (prompt_excerpt, results_count, results_ids, strict_count) \
             select 'needle', 1, {list}, 1 from claude.knowledge where title = 'a'"
        ));
        sandbox.text(&["db", "migrate"]);
        assert_eq!(sandbox.text(&["log", "unused"]), "b.md\n");
        let hits = sandbox.json(&["log"])["results"][0]["hits"].clone();
        assert_eq!((&hits[0]["rank"], &hits[0]["path"], &hits[0]["relaxed"]), (&json!(1), &json!("a.md"), &json!(false)));
    });
}

#[test]
fn stats_count_all_by_agent_and_by_method() {
    on_both(&[], |sandbox, _| {
        for n in 0..100 {
            let agent = if n < 60 { json!("codex") } else { Value::Null };
            spooled(sandbox, n, &json!({"latency_ms": n + 1, "agent": agent, "strict_count": n % 4}));
        }
        let text = "100\t25\t0\t0\t50\t95\tall\n60\t15\t0\t0\t30\t57\tagent codex\n40\t10\t0\t0\t80\t98\tno agent\n\
            100\t25\t0\t0\t50\t95\tmethod fulltext\n";
        assert_eq!(sandbox.text(&["log", "stats"]), text);
        let codex =
            json!({"by": "agent", "name": "codex", "lookups": 60, "misses": 15, "useful": 0, "useless": 0, "p50_ms": 30, "p95_ms": 57});
        assert_eq!(sandbox.json(&["log", "stats"])["results"][1], codex);
        assert_eq!(sandbox.text(&["log", "stats", "--since", "7d"]), "");
    });
}

#[test]
fn misses_are_what_obsidian_would_not_have_answered() {
    on_both(&[("a.md", "meeting")], |sandbox, _| {
        for question in ["meetings", "deploy keys", "Deploy  Keys", "meeting", ""] {
            sandbox.text(&["search", question]);
        }
        // The first has related hits, and is a gap all the same.
        let misses = sandbox.json(&["log", "misses"]);
        assert_eq!(column(&misses, "results", "/query"), ["Deploy Keys", "meetings"]);
        assert_eq!(misses["results"][0]["count"], 2);
        sandbox.write("b.md", "deploy keys");
        sandbox.sync();
        sandbox.text(&["search", "deploy keys"]);
        assert_eq!(column(&sandbox.json(&["log", "misses"]), "results", "/query"), ["meetings"], "a gap that was filled is none");
    });
}

#[test]
fn unused_notes_are_those_that_no_lookup_returned() {
    on_both(&[("a.md", "needle"), ("x/b.md", "straw"), ("c.md", "hay"), ("pic.png", "")], |sandbox, _| {
        assert_eq!(sandbox.text(&["log", "unused"]), "a.md\nc.md\nx/b.md\n");
        sandbox.text(&["search", "needle"]);
        sandbox.text(&["search", "hay", "--no-log"]);
        assert_eq!(sandbox.text(&["log", "unused", "--format", "path"]), "c.md\nx/b.md\n");
        assert_eq!(sandbox.text(&["log", "unused", "--path", "x/"]), "x/b.md\n");
        assert_eq!(sandbox.text(&["log", "unused", "--not-since", "2999-01-01"]), "a.md\nc.md\nx/b.md\n");
        // The note keeps its lookups wherever it goes; the log keeps them when it is gone.
        sandbox.rename("a.md", "y/z.md");
        sandbox.sync();
        assert_eq!(sandbox.text(&["log", "unused"]), "c.md\nx/b.md\n");
        sandbox.remove("y/z.md");
        sandbox.sync();
        assert_eq!(sandbox.json(&["log"])["results"][0]["hits"][0]["path"], "y/z.md");
    });
}

#[test]
fn feedback_is_kept_with_who_gave_it_and_when() {
    on_both(&[("a.md", "needle")], |sandbox, _| {
        let id = sandbox.json(&["search", "needle"])["log_id"].as_str().unwrap().to_owned();
        assert_eq!(sandbox.text(&["log", "feedback", &id, "useless"]), format!("lookup {id} was useless\n"));
        let mut command = sandbox.command(&["log", "feedback", &id[id.len() - 8..], "useful"]);
        assert!(command.env("VAULT_SYNC_AGENT", "codex").output().unwrap().status.success());
        let row = sandbox.json(&["log"])["results"][0].clone();
        assert_eq!((&row["feedback"], &row["feedback_by"]), (&json!("useful"), &json!("codex")), "the last word counts");
        assert!(row["feedback_at"].is_string());
        assert_eq!(sandbox.json(&["log", "stats"])["results"][0]["useful"], 1);
        for (args, code) in [(["00000000", "useful"], 1), (["1", "useful"], 2), ([id.as_str(), "good"], 2)] {
            assert_eq!(sandbox.vault_sync(&[&["log", "feedback"], &args[..]].concat()).status.code(), Some(code), "{args:?}");
        }
    });
}

#[test]
fn a_search_that_is_not_to_be_logged_leaves_no_trace() {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    let answer = sandbox.json(&["search", "--no-log", "gotcha"]);
    assert!(answer.get("log_id").is_none() && answer["total"].as_u64() > Some(0));
    assert!(!sandbox.data_dir.join("lookups.jsonl").exists());
    assert_eq!(sandbox.json(&["log"])["total"], 0);
}

#[test]
fn a_sync_removes_lookups_that_are_older_than_the_settings_say() {
    on_both(&[("a.md", "needle")], |sandbox, url| {
        let mut other = Other::of(sandbox, url);
        other.run("insert into claude.knowledge_retrieval_log (prompt_excerpt, retrieved_at) values ('not ours', '2020-01-01T00:00:00Z')");
        let doc_id = sandbox.json(&["search", "needle"])["results"][0]["id"].clone();
        spooled(sandbox, 1, &json!({"hits": [doc_id], "first_rank": 1}));
        sandbox.sync();
        assert_eq!(sandbox.json(&["log"])["total"], 3, "by default all are kept");
        let file = sandbox.home().join("keep.toml");
        std::fs::write(&file, "[log]\nkeep_days = 30\n").unwrap();
        let keep = ["--config", file.to_str().unwrap()];
        sandbox.text(&[&keep[..], &["sync"]].concat());
        assert_eq!(column(&sandbox.json(&["log"]), "results", "/query"), ["needle", "not ours"]);
        assert_eq!(sandbox.text(&["log", "unused"]), "", "the hits of those that stay, stay");
    });
}

#[test]
fn what_cannot_be_asked_of_the_log_is_said() {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    for (args, said) in [
        (&["log", "--since", "yesterday"][..], "no time"),
        (&["log", "--format", "path"], "no files"),
        (&["log", "-n", "3", "stats"], "at the end"),
        (&["log", "statistics"], "unrecognized"),
    ] {
        let output = sandbox.vault_sync(args);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{args:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    assert_eq!(sandbox.text(&["log", "--json", "stats"]), sandbox.text(&["log", "stats", "--json"]));
}

#[test]
fn a_watcher_takes_the_lookups_in() {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    let mut watch = sandbox.command(&["-q", "watch"]).spawn().unwrap();
    sandbox.text(&["search", "gotcha"]);
    let spool = sandbox.data_dir.join("lookups.jsonl");
    wait_until(Duration::from_secs(60), "the heartbeat takes the lookup in", || !spool.exists());
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert_eq!(sandbox.json(&["log"])["total"], 1);
}
