//! Every statement that the store can send is sent here to both engines, which prepares it and runs it.
//!
//! The engine says each statement in its trace. The texts in `src/store/` are the list of what there is to be sent: one that no command
//! below sends fails the test, with its place, until a command that sends it is added. What only one engine is asked is named in [`OWN`].

use crate::log::Other;
use crate::postgres;
use crate::support::{Sandbox, fixture, stderr};
use crate::watching::Watch;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// What only one engine is asked, by the beginning of the text.
const OWN: [(&str, Engine); 41] = [
    ("attach ", Engine::Sqlite),
    ("pragma ", Engine::Sqlite),
    ("from (select 1 from claude.document_links limit 1)", Engine::Sqlite),
    ("drop index if exists claude.{", Engine::Sqlite),
    ("create index if not exists claude.{", Engine::Sqlite),
    ("begin immediate", Engine::Sqlite),
    ("select json_group_array", Engine::Sqlite),
    ("create table information_schema", Engine::Sqlite),
    ("insert into information_schema", Engine::Sqlite),
    ("update information_schema", Engine::Sqlite),
    ("from information_schema.columns where", Engine::Postgres),
    ("from information_schema", Engine::Sqlite),
    ("select coalesce(json_agg(", Engine::Postgres),
    ("select {} from {} where true", Engine::Postgres),
    ("begin isolation level", Engine::Postgres),
    ("begin transaction read only", Engine::Postgres),
    ("declare ", Engine::Postgres),
    ("fetch ", Engine::Postgres),
    ("set local statement_timeout", Engine::Postgres),
    ("set lock_timeout", Engine::Postgres),
    ("{}; fetch ", Engine::Postgres),
    ("with {}", Engine::Postgres),
    ("alter table claude.{name}", Engine::Postgres),
    ("create unique index if not exists {index}", Engine::Postgres),
    ("from (select 1 from claude.{table}", Engine::Postgres),
    ("from pg_", Engine::Postgres),
    ("from claude.sqlite_master", Engine::Sqlite),
    ("select sqlite_version()", Engine::Sqlite),
    ("select current_setting(", Engine::Postgres),
    ("select pg_advisory_", Engine::Postgres),
    ("from (select pg_notify(", Engine::Postgres),
    ("update claude.vaults set {} where vault_name", Engine::Postgres),
    ("update claude.vaults set writer_until", Engine::Postgres),
    ("set local row_security", Engine::Postgres),
    ("from (with recursive leans", Engine::Postgres),
    ("from {}", Engine::Postgres),
    ("select {column}, {}::text from claude.{}", Engine::Postgres),
    ("select {key}::text from claude.{table}", Engine::Postgres),
    ("select (select json_object_agg(", Engine::Postgres),
    ("insert into claude.{table} ({}) select {}", Engine::Postgres),
    ("rollback to savepoint", Engine::Postgres),
];

/// What no command can be brought to send here is only prepared: it needs a file that may not be read, which root always may.
const PREPARED: &str = "update claude.documents set file_hash = null where doc_id in {ids}";

/// Sent by another test: that no random history leaves a reference to a row that is not there.
const ELSEWHERE: &str = "pragma claude.foreign_key_check";

const LONG: &str = "A note with enough text in it that it is known again by what it says, needle and all, wherever it went.\n";

/// What begins a statement, or the part of one that is put together with others.
const BEGINNINGS: &str =
    "select insert update delete with from begin commit rollback set pragma attach create drop alter declare fetch lock";

/// Files that speak of SQL to people, or read it, and send none.
const TALKS: [&str; 4] = ["sql/statement.rs", "sql/fault.rs", "registry/ddl.rs", "definitions.rs"];

/// What `db migrate --dry-run` prints of the driver's own book, by its beginning, which the driver keeps itself; and what a numbered
/// change says, so that it can be left out.
const PRINTED: [&str; 3] = [
    "create table if not exists claude._sqlx_migrations",
    "insert into claude._sqlx_migrations",
    "alter table claude.documents alter column file_path type",
];

/// Tables as others have made them, to be taken over; and the schemas of old.
const TABLES: &str = include_str!("../../fixtures/claude.sql");
const OLD: &str = include_str!("../../fixtures/legacy.sql");

#[test]
fn each_statement_is_prepared_on_both_engines() {
    let texts: Vec<Text> = sources().iter().flat_map(|(name, code)| texts_of(name, code)).filter(Text::is_sql).collect();
    assert!(texts.len() > 100, "only {} statements were found in src/store", texts.len());
    let url = postgres::database().url;
    let mut missing = Vec::new();
    for (engine, url) in [(Engine::Sqlite, None), (Engine::Postgres, Some(url.as_str()))] {
        let sandbox = Sandbox::of("vault");
        let sandbox = if let Some(url) = url { sandbox.on(url) } else { sandbox };
        let mut sent = story(&sandbox, url);
        if engine == Engine::Postgres {
            let database = postgres::empty();
            database.query(TABLES);
            sent.extend(run(&Sandbox::new().on(&database.url), "db migrate"));
            database.query(OLD);
            sent.extend(run(&Sandbox::new().on(&database.url), "db import-legacy"));
            sent.extend(run(&Sandbox::new().on(&database.url), "db import-legacy --apply"));
        }
        for text in &texts {
            let own = OWN.iter().find(|(beginning, _)| text.plain.starts_with(beginning));
            let is_asked = own.is_none_or(|(_, own)| *own == engine) && ![PREPARED, ELSEWHERE].contains(&text.plain.as_str());
            let is_printed = PRINTED.iter().any(|beginning| text.plain.starts_with(beginning));
            if is_asked && !is_printed && !sent.iter().any(|sent| text.is_in(sent, engine)) {
                missing.push(format!("{}:{}: never sent to {engine:?}: {}", text.file, text.line, text.plain));
            }
        }
        for (file, table, columns) in sources().iter().flat_map(|(name, code)| tables_of(name, code)) {
            if !sent.iter().any(|sent| fills(sent, &table, &columns)) {
                missing.push(format!("{file}: never filled on {engine:?}: {table} ({})", columns.join(", ")));
            }
        }
        let mut other = Other::of(&sandbox, url);
        other.run(&match engine {
            Engine::Sqlite => format!("explain {}", PREPARED.replace("{ids}", "(select value from json_each($1))")),
            Engine::Postgres => format!("prepare one as {}", PREPARED.replace("{ids}", "(select unnest($1::uuid[]))")),
        });
    }
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

/// Each way into the store is one that says what it sends.
#[test]
fn nothing_is_sent_unsaid() {
    for (name, code) in sources() {
        let mut calls =
            code.split("sqlx::query(").skip(1).chain(code.split("sqlx::raw_sql(").skip(1)).chain(code.split(".prepare(").skip(1));
        assert!(calls.all(|rest| rest.starts_with("sent(") || rest.starts_with("sql")), "src/store/{name} sends what it does not say");
        let n_safe = code.matches("AssertSqlSafe(").count();
        assert_eq!(n_safe, usize::from(name.ends_with("/engine.rs")), "{name}: only `sent` takes a text for safe");
    }
}

/// Runs a command and returns what was sent.
fn run(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let args: Vec<&str> = line.split(' ').collect();
    let command = &mut sandbox.command(&args);
    command.env("RUST_LOG", "vault_sync::store=trace").env("VAULT_SYNC_SESSION", "0190d6f0-0000-7000-8000-000000000001");
    let output = command.output().expect("the binary starts");
    let is_finding = ["resolve", "db import-legacy"].iter().any(|finds| line.starts_with(finds)) && output.status.code() == Some(1);
    assert!(output.status.success() || is_finding, "vault-sync {line}: {}", stderr(&output));
    stderr(&output).lines().filter_map(statement).collect()
}

/// Does all that a store is asked for, and returns what was sent, its blanks made one.
fn story(sandbox: &Sandbox, url: Option<&str>) -> BTreeSet<String> {
    let mut sent = BTreeSet::new();
    let configured = |keep_days: u32| {
        let text = format!(
            "[[vault]]\npath = \"vault\"\nexclude = [\"_templates/\"]\n[projects]\nunknown = \"create\"\n[log]\nkeep_days = {keep_days}\nkeep_run_days = {keep_days}\nkeep_change_days = {keep_days}\n"
        );
        std::fs::write(sandbox.home().join("sync.toml"), text).unwrap();
    };
    if url.is_none() {
        // A first load of several chunks.
        let large = Sandbox::new();
        (0..520).for_each(|i| large.write(&format!("{i}.md"), ""));
        sent.extend(run(&large, "sync"));
    }
    // What only a watch asks, of a database of its own.
    let database = url.map(|_| postgres::database());
    let live = database.iter().fold(Sandbox::new(), |live, database| live.on(&database.url));
    let watch = Watch::of(live.command(&["watch", "--json"]).env("RUST_LOG", "vault_sync::store=trace"));
    if url.is_some() {
        sent.extend(statement(&watch.said("writer_id is null")));
    }
    live.write("Live.md", "Told live.");
    sent.extend(statement(&watch.said("where c.revision > $1")));
    assert_eq!(watch.stop(), Some(0));
    let mut run = |line: &str| sent.extend(run(sandbox, line));
    configured(0);
    run("sync");
    for list in
        ["ls", "orphans", "unresolved", "tags", "properties", "projects", "tasks", "recent", "unresolved --sources", "status", "dump"]
    {
        run(list);
    }
    run("ls --type pattern --project mission-control --tag project --property status");
    run("links Home");
    run("backlinks Home");
    run("graph");
    run("show Home");
    run("why Home");
    run("doctor");
    run("search session");
    run("search link:Home");
    run("search orphan:");
    run("verify");
    wait_in_spool(sandbox);
    run("log");
    run("log stats --since 1d");
    run("log misses");
    run("log unused --not-since 1d");
    let lookup = sandbox.json(&["log"])["results"][0]["id"].as_str().unwrap().to_owned();
    run(&format!("log feedback {lookup} useful"));
    run("changes");
    run("changes --since 1h -n 1");
    run("changes --as bot");
    run("changes --as bot --ack 1");
    run("sql --format csv values(1)");

    // What is renamed, and edited, at once or in two looks; what returns; what two notes call each other.
    sandbox.write("Alpha.md", format!("---\naliases: [Anfang]\n---\n{LONG}[[Beta]]\n"));
    sandbox.write("Beta.md", "The other one, with the link [[Alpha]] back.");
    sandbox.write("_templates/Second.md", "Left out.");
    run("sync");
    run("show Anfang");
    sandbox.rename("Alpha.md", "moved/Omega.md");
    sandbox.remove("_templates/Second.md");
    run("search --fresh=always needle");
    run("resolve Alpha --from Beta.md");
    sandbox.remove("moved/Omega.md");
    run("sync");
    sandbox.write("Gamma.md", format!("---\naliases: [Anfang]\n---\n{LONG}[[Beta]] and more\n"));
    run("sync");
    sandbox.remove("Beta.md");
    run("sync");
    sandbox.write("Beta.md", "Back again.");
    run("sync");
    // What becomes too large to be read.
    sandbox.write("Beta.md", "large ".repeat(200_000));
    std::fs::write(sandbox.home().join("sync.toml"), "[notes]\nlargest_mib = 1\n").unwrap();
    run("search --fresh=always large");
    sandbox.write("Beta.md", "Back again.");
    configured(0);
    let mut other = Other::of(sandbox, url);
    other.run("update claude.documents set name_key = 'x'");
    run("resync");

    // What a search has found becomes private, and so do projects that nobody else names.
    sandbox.write("Secret.md", "---\nprojects: [only here]\n---\nAn unheard-of thing.");
    run("sync");
    run("search unheard-of");
    std::fs::write(sandbox.home().join("sync.toml"), "[[vault]]\npath = \"vault\"\nprivate = [\"Private/\"]\n").unwrap();
    sandbox.rename("Secret.md", "Private/Secret.md");
    run("sync");

    // What the old script left, what is older than the log keeps, and what stops half-way.
    other.run(
        "insert into claude.knowledge (knowledge_id, title, description, source) \
        values ('0190d6f0-0000-7000-8000-000000000002', 'Old', 'Old', 'obsidian:Old.md')",
    );
    sandbox.write("Old.md", "As the old script found it.");
    configured(1);
    other.run("update claude.knowledge_retrieval_log set retrieved_at = '2020-01-01T00:00:00.000Z'");
    other.run("update claude.mcp_usage set called_at = '2020-01-01T00:00:00.000Z'");
    other.run("update claude.sync_runs set started_at = '2020-01-01T00:00:00.000Z', ended_at = '2020-01-01T00:00:01.000Z'");
    other.run("update claude.changes set at = '2020-01-01T00:00:00.000Z'");
    if url.is_none() {
        other.run("create trigger claude.stop before delete on knowledge_retrieval_log begin select raise(abort, 'stopped'); end");
        run("sync");
        other.run("drop trigger claude.stop");
    }
    run("sync");
    for folder in ["10-Projects", "20-Domains", "30-Patterns"] {
        sandbox.remove(folder);
    }
    run("sync --allow-mass-delete");
    sent
}

/// Has a call of an agent wait for the log.
fn wait_in_spool(sandbox: &Sandbox) {
    let id = "0190d6f0-0000-7000-8000-000000000003";
    let call = serde_json::json!({
        "usage_id": id, "mcp_server": "vault-sync", "tool_name": "get", "called_at": "2026-01-31T12:00:00Z", "execution_time_ms": 1,
        "success": true, "input_size_bytes": 1, "output_size_bytes": 1, "session_id": id,
    });
    let file = std::fs::File::options().create(true).append(true).open(sandbox.data_dir.join("lookups.jsonl"));
    writeln!(file.unwrap(), "\n{call}").unwrap();
}

/// Returns the statement of a line of the trace.
fn statement(line: &str) -> Option<String> {
    let (_, quoted) = line.split_once(" sent sql=")?;
    let text: String = serde_json::from_str(quoted).unwrap_or_else(|error| panic!("{error}: {quoted}"));
    Some(with_single_blanks(&text))
}

/// A text in a source file.
struct Text {
    file: String,
    line: usize,
    /// As it is when the program runs, but for what is put in.
    plain: String,
}

impl Text {
    fn is_sql(&self) -> bool {
        let first = self.plain.split([' ', '(']).next().unwrap_or_default();
        let has_table = ["from", "join", "into", "update"].iter().any(|word| self.plain.contains(&format!("{word} claude.")));
        has_table || BEGINNINGS.split(' ').any(|word| word == first)
    }

    /// Returns whether a statement holds the text: what stands between the places where something is put in, in this order.
    fn is_in(&self, statement: &str, engine: Engine) -> bool {
        let text = if engine == Engine::Sqlite { without_casts(&self.plain) } else { self.plain.clone() };
        let mut rest = statement;
        let parts = text.split('{').enumerate().map(|(i, part)| if i == 0 { part } else { part.split_once('}').map_or(part, |p| p.1) });
        parts.map(str::trim).all(|part| {
            let found = rest.find(part);
            rest = found.map_or("", |at| &rest[at + part.len()..]);
            found.is_some()
        })
    }
}

fn without_casts(text: &str) -> String {
    let mut parts = text.split("::");
    let first = parts.next().unwrap_or_default().to_owned();
    let is_type = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '[' | ']');
    parts.fold(first, |plain, part| plain + part.trim_start_matches(is_type))
}

/// Returns the tables that a source file defines as data, each with its file, its name and the columns that are brought.
fn tables_of(file: &str, code: &str) -> Vec<(String, String, Vec<String>)> {
    let tables = code.split(": Table =").skip(1).map(|rest| {
        let quoted = |text: &str| text.split('"').nth(1).unwrap().to_owned();
        let columns = rest.split("key:").next().unwrap().split("(\"").skip(1);
        (file.to_owned(), quoted(rest), columns.map(|rest| rest.split('"').next().unwrap().to_owned()).collect())
    });
    tables.collect()
}

/// Returns whether a statement brings rows, or changes, with just these columns.
fn fills(sent: &str, table: &str, columns: &[String]) -> bool {
    let is_put = sent.starts_with(&format!("insert into claude.{table} ({}) ", columns.join(", ")));
    let is_amended = sent.starts_with(&format!("update claude.{table} as t set "));
    is_put || is_amended && columns.iter().all(|column| sent.contains(&format!(" as {column}")))
}

fn sources() -> Vec<(String, String)> {
    let root = fixture("../src/store");
    let is_source = |path: &Path| {
        path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("tests.rs")
            && !TALKS.iter().any(|talk| path.ends_with(talk))
    };
    let files = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path());
    files
        .filter(|path| is_source(path))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
            (format!("src/store/{}", path.strip_prefix(&root).unwrap().display()), code)
        })
        .collect()
}

/// Returns the texts in quotes of a source file.
fn texts_of(file: &str, code: &str) -> Vec<Text> {
    let mut texts = Vec::new();
    let (mut rest, mut line) = (code, 1);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '\'' if rest.starts_with("'\"'") => 3,
            '\'' if rest.starts_with("'\\") => 4,
            '"' => {
                let end = end_of_text(&rest[1..]) + 1;
                texts.push(Text { file: file.to_owned(), line, plain: plain(&rest[1..end]) });
                end + 1
            }
            _ => first.len_utf8(),
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    texts
}

fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.find(|c| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    end.expect("a text in quotes ends")
}

/// Returns a text as it is when the program runs.
fn plain(text: &str) -> String {
    with_single_blanks(&text.replace("\\\n", " ").replace("\\\"", "\"").replace("{{", "{").replace("}}", "}"))
}

fn with_single_blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
