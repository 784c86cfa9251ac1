//! `verify` names what is wrong, and nothing else: behind its back a row is altered, added or taken away in each table that a sync writes, a
//! document in the index, a file on disk; then it is put back. Failure 25 of the peers: stale and orphaned rows that nobody saw.

use crate::log::Other;
use crate::postgres;
use crate::support::{Sandbox, fixture};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};
use vault_sync::disk::Disk;
use vault_sync::facts::Rules;
use vault_sync::store::{Address, Location, Store};
use vault_sync::sync::Site;
use vault_sync::verify::{COVERED, Difference, verify};

const NOTES: [(&str, &str); 8] = [
    (
        "Alpha.md",
        "---\ntitle: First\ntype: guide\ncategory: c\nversion: 2\nconfidence: 80\nconfidence_level: x\ntags: [one]\naliases: [A]\n\
         projects: [Home]\nup: \"[[Beta]]\"\n---\n# Head\n\nTo [[Beta#Part|b]], [[Missing]], ![[pic.png]] and [[Old]]. #two ^block\n\n- [ ] task\n",
    ),
    ("Beta.md", "# Part\n\nBack to [[Alpha]].\n"),
    ("alone.md", "Nobody links here.\n"),
    ("Was.md", "# Moved\n\nA note with enough text in it that a move can be told by its contents alone, and then some more.\n"),
    ("Gone.md", "It goes.\n"),
    ("board.canvas", r#"{"nodes":[{"id":"1","type":"text","text":"to [[Alpha]]"}]}"#),
    ("pic.png", "not really a picture"),
    ("attic/Old.md", "Left out.\n"),
];

/// A vault that was synced, on one engine.
pub struct Stage {
    pub sandbox: Sandbox,
    url: Option<String>,
    other: Other,
    store: Store,
    runtime: tokio::runtime::Runtime,
}

impl Stage {
    fn new(url: Option<String>) -> Self {
        let text = "[[vault]]\npath = \"vault\"\nexclude = [\"attic/\"]\n[projects]\nunknown = \"create\"\n";
        let sandbox = Sandbox::new().configured(text);
        let sandbox = if let Some(url) = &url { sandbox.on(url) } else { sandbox };
        NOTES.iter().for_each(|(path, text)| write_old(&sandbox, path, text));
        sandbox.sync();
        sandbox.rename("Was.md", "Moved.md");
        sandbox.remove("Gone.md");
        sandbox.sync();
        let mut other = Other::of(&sandbox, url.as_deref());
        other.run(
            "insert into claude.projects (project_id, project_name) values ('0a000000-0000-4000-8000-000000000001', 'Another'); \
             insert into claude.vaults (vault_id, vault_name) values ('0a000000-0000-4000-8000-000000000002', 'elsewhere')",
        );
        let location = match &url {
            Some(url) => Location::Postgres(Address::parse(url).unwrap()),
            None => Location::Sqlite(sandbox.data_dir.join("claude.db")),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = runtime.block_on(Store::open_to_look(&location)).unwrap();
        Self { sandbox, url, other, store, runtime }
    }

    /// Returns the differences, each in a few words: `sql altered documents.doc_title Alpha.md`.
    pub fn verify(&mut self) -> BTreeSet<String> {
        let disk = Disk::new(&self.sandbox.vault, &["attic/".to_owned()]);
        let site = Site {
            name: "vault".into(),
            disk,
            rules: Rules { labels: true, private: "private".to_owned(), ..Rules::default() },
            create_projects: true,
            write_back: false,
            is_elsewhere: false,
        };
        let index = self.sandbox.data_dir.join("index");
        let report = self.runtime.block_on(verify(&mut self.store, &[site], &index, &|_, _| {})).unwrap();
        report.differences.iter().map(words).collect()
    }

    fn run(&mut self, sql: &str) {
        let is_postgres = self.url.is_some();
        let id = |path: &str| format!("(select doc_id from claude.documents where file_path = '{path}')");
        let mut sql = sql.to_owned();
        for path in ["Alpha.md", "Beta.md", "alone.md", "Moved.md", "Gone.md", "board.canvas", "pic.png"] {
            sql = sql.replace(&format!("{{{path}}}"), &id(path));
        }
        sql = sql.replace("{LIST}", if is_postgres { "array['x']" } else { "'[\"x\"]'" });
        self.other.run(&sql);
    }

    /// Takes rows away, says what is found, and puts them back; what goes with a document or a project comes back with it.
    fn without(&mut self, table: &str, rows: &str) -> BTreeSet<String> {
        let (key, children): (&str, &[&str]) = match table {
            "documents" => ("doc_id", &["knowledge", "document_paths"]),
            "projects" => ("project_id", &["document_projects"]),
            _ => ("", &[]),
        };
        self.run(&format!("create temporary table kept as select * from claude.{table} where {rows}"));
        for child in children {
            self.run(&format!(
                "create temporary table kept_{child} as select * from claude.{child} where {key} in (select {key} from kept)"
            ));
        }
        self.run(&format!("delete from claude.{table} where {rows}"));
        let found = self.verify();
        self.run(&format!("insert into claude.{table} select * from kept"));
        self.run("drop table kept");
        for child in children {
            self.run(&format!("insert into claude.{child} select * from kept_{child}"));
            self.run(&format!("drop table kept_{child}"));
        }
        found
    }

    /// Alters a column, says what is found, and puts the old values back.
    fn altered(&mut self, table: &str, column: &str, change: &str) -> BTreeSet<String> {
        self.run(&format!("create temporary table old as select * from claude.{table}"));
        self.run(change);
        let found = self.verify();
        let keys: Vec<String> = keys_of(table).iter().map(|key| format!("t.{key} = old.{key}")).collect();
        let is_other = format!("{} and t.{column} is distinct from old.{column}", keys.join(" and "));
        self.run(&format!("update claude.{table} as t set {column} = old.{column} from old where {is_other}"));
        self.run("drop table old");
        found
    }
}

fn words(d: &Difference) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let kind = word(serde_json::to_value(d.kind).unwrap());
    let layer = word(serde_json::to_value(d.layer).unwrap());
    let place = match (d.table, &d.column) {
        (Some(table), Some(column)) => format!(" {table}.{column}"),
        (Some(place), None) => format!(" {place}"),
        (None, Some(place)) => format!(" {place}"),
        (None, None) => String::new(),
    };
    format!("{layer} {kind}{place} {}", d.path).trim_end().to_owned()
}

/// Writes a file whose time is no longer in doubt.
fn write_old(sandbox: &Sandbox, path: &str, text: &str) {
    sandbox.write(path, text);
    let file = std::fs::File::options().write(true).open(sandbox.vault.join(path)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
}

/// A line of `fixtures/mutations.txt`.
struct Mutation {
    how: String,
    table: String,
    rows: String,
    change: String,
    findings: BTreeSet<String>,
}

impl Mutation {
    /// Returns the column that is altered.
    fn column(&self) -> &str {
        self.change.split(' ').next().unwrap()
    }
}

fn mutations() -> Vec<Mutation> {
    let text = std::fs::read_to_string(fixture("mutations.txt")).unwrap();
    let mutation = |line: &str| {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [how, table, rows, change, findings] = parts[..] else { panic!("five parts, with | between: {line}") };
        let findings = findings.split(';').map(str::trim).filter(|finding| !finding.is_empty()).map(str::to_owned).collect();
        Mutation { how: how.into(), table: table.into(), rows: rows.into(), change: change.into(), findings }
    };
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(mutation).collect()
}

pub fn set(findings: &[&str]) -> BTreeSet<String> {
    findings.iter().map(|finding| (*finding).to_owned()).collect()
}

pub fn stages() -> [Stage; 2] {
    let database = postgres::database();
    [Stage::new(None), Stage::new(Some(database.url))]
}

#[test]
fn each_row_that_is_altered_added_or_taken_away_is_named_and_nothing_else() {
    let mut wrong = Vec::new();
    for mut stage in stages() {
        let engine = if stage.url.is_some() { "PostgreSQL" } else { "SQLite" };
        let mut hold = |what: String, found: &BTreeSet<String>, expected: &BTreeSet<String>| {
            if found != expected {
                wrong.push(format!("{engine}, {what}:\n    found    {found:?}\n    expected {expected:?}"));
            }
        };
        hold("nothing".into(), &stage.verify(), &set(&[]));
        for mutation in mutations() {
            let Mutation { how, table, rows, change, findings } = &mutation;
            let found = match how.as_str() {
                "alter" => stage.altered(table, mutation.column(), &format!("update claude.{table} set {change} where {rows}")),
                "delete" => stage.without(table, rows),
                _ => {
                    stage.run(&format!("insert into claude.{table} {change}"));
                    let found = stage.verify();
                    stage.run(&format!("delete from claude.{table} where {rows}"));
                    found
                }
            };
            hold(format!("{how} {table} where {rows}: {change}"), &found, findings);
        }
        hold("all put back".into(), &stage.verify(), &set(&[]));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// All at once: what verify says ends a difference does end it, but for what was.
#[test]
fn a_resync_ends_all_but_the_history() {
    let is_history = |m: &Mutation| ["changes", "document_paths", "store"].contains(&m.table.as_str());
    // These make of what was something else: what is then, a sync writes into the feed, which cannot tell.
    let is_place =
        |m: &Mutation| m.table == "documents" && (m.how == "add" || ["is_archived", "file_path", "vault_id"].contains(&m.column()));
    for mut stage in stages() {
        let engine = if stage.url.is_some() { "PostgreSQL" } else { "SQLite" };
        // A note that a sync would read anyway hides all else that is wrong with it.
        let is_news = |m: &Mutation| m.rows.contains("Alpha") && ["file_hash", "mtime_ns", "file_id", "is_ignored"].contains(&m.column());
        for mutation in mutations().iter().filter(|m| !is_history(m) && !is_place(m) && !is_news(m)) {
            let Mutation { how, table, rows, change, .. } = mutation;
            if how == "alter" {
                stage.run(&format!("update claude.{table} set {change} where {rows}"));
            } else if how == "add" {
                stage.run(&format!("insert into claude.{table} {change} on conflict do nothing"));
            } else if table != "documents" {
                stage.run(&format!("delete from claude.{table} where {rows}"));
            }
        }
        let found = stage.verify();
        assert!(found.len() > 30, "{engine}: {found:?}");
        stage.sandbox.text(&["resync"]);
        assert_eq!(stage.verify(), set(&[]), "{engine}");
    }
}

/// What names a row of a table.
fn keys_of(table: &str) -> &'static [&'static str] {
    match table {
        "documents" | "document_texts" | "knowledge" => &["doc_id"],
        "document_links" | "document_tags" | "document_aliases" | "document_headings" | "document_blocks" | "document_tasks" => {
            &["doc_id", "position"]
        }
        "document_paths" => &["doc_id", "revision"],
        "document_projects" => &["document_project_id"],
        "projects" => &["project_id"],
        "vaults" => &["vault_id"],
        "vault_files" => &["vault_id", "path"],
        "changes" => &["revision", "position"],
        "store" => &["store_key"],
        _ => unreachable!("each table has its key here"),
    }
}

#[test]
fn rows_of_no_document_are_named() {
    let mut stage = Stage::new(None);
    let dead = "'0a000000-0000-4000-8000-000000000009'";
    stage.run("pragma foreign_keys = off");
    for Mutation { table, change, .. } in mutations().iter().filter(|m| m.how == "add" && m.table.starts_with("document_")) {
        let row = change.replace("{alone.md}", dead).replace("{Gone.md}", dead);
        stage.run(&format!("insert into claude.{table} {row}"));
        assert_eq!(stage.verify(), set(&[&format!("sql extra {table}")]), "{row}");
        stage.run(&format!("delete from claude.{table} where doc_id = {dead}"));
    }
    // Two files cannot have one path, nor two live documents.
    stage.run("drop index claude.uq_documents_live_path");
    let twin =
        "select '0a000000-0000-4000-8000-000000000009', vault_id, kind, file_path from claude.documents where file_path = 'alone.md'";
    stage.run(&format!("insert into claude.documents (doc_id, vault_id, kind, file_path) {twin}"));
    let found = stage.verify();
    assert!(found.contains("sql doubled documents alone.md"), "{found:?}");
}

/// Tables that a sync writes and that mirror no file, with the reason.
const NO_MIRROR: [(&str, &str); 8] = [
    ("store", "it is held against the others: the index follows its id, and no revision goes beyond its own"),
    ("sync_runs", "a history of runs"),
    ("knowledge_retrieval_log", "what was asked"),
    ("lookup_hits", "what was found"),
    ("lookup_feedback", "what was said of it"),
    ("change_cursors", "how far others have read"),
    ("mcp_usage", "what agents called"),
    ("schema_registry", "written anew by whoever opens the store with other definitions"),
];

/// Columns that are written and not altered above, with the reason.
const NOT_ALTERED: [(&str, &str); 12] = [
    ("*.doc_id", "it names the row: altered, it is one row that is missing and one that is there too much"),
    ("*.position", "the same"),
    ("*.revision", "the same, of paths and changes"),
    ("document_projects.document_project_id", "nothing refers to it"),
    ("document_projects.linked_by", "says whose the row is"),
    ("projects.project_id", "it names the row"),
    ("projects.created_by", "says whose the row is"),
    ("vaults.vault_id", "it names the row"),
    ("vaults.vault_name", "it names the vault: under another name it has not been synced"),
    ("vault_files.vault_id", "it names the row"),
    ("vault_files.path", "the same"),
    ("knowledge.updated_at", "nothing else knows the time"),
];

#[test]
fn no_table_and_no_column_that_a_sync_writes_is_forgotten() {
    let mut forgotten = Vec::new();
    let mutations = mutations();
    let of = |how: &'static str, table: &str| mutations.iter().filter(move |m| m.how == how).filter(|m| m.table == table).count();
    let is_altered = |table: &str, column: &str| mutations.iter().any(|m| m.how == "alter" && m.table == table && m.column() == column);
    for (table, columns) in written() {
        if NO_MIRROR.iter().any(|(name, _)| *name == table || table == "column_registry") {
            continue;
        }
        if !COVERED.contains(&table.as_str()) {
            forgotten.push(format!("{table}: a sync writes it, and verify does not look at it"));
        }
        if of("add", &table) == 0 || of("delete", &table) == 0 && table != "vaults" {
            forgotten.push(format!("{table}: no row of it is added, or none taken away"));
        }
        for column in columns.iter().filter(|column| !is_altered(&table, column)) {
            let name = format!("{table}.{column}");
            if !NOT_ALTERED.iter().any(|(known, _)| *known == name || *known == format!("*.{column}")) {
                forgotten.push(format!("{name}: no row of it is altered"));
            }
        }
    }
    assert!(forgotten.is_empty(), "\n{}\n", forgotten.join("\n"));
}

/// Returns the tables that the store writes with the columns that it brings, out of its source.
fn written() -> Vec<(String, BTreeSet<String>)> {
    let mut tables: std::collections::BTreeMap<String, BTreeSet<String>> = std::collections::BTreeMap::new();
    for entry in walkdir::WalkDir::new(fixture("../src/store")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|extension| extension != "rs") || path.components().any(|part| part.as_os_str() == "sql") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for rest in code.split(": Table =").skip(1) {
            let name = rest.split('"').nth(1).unwrap().to_owned();
            let columns = rest.split("key:").next().unwrap().split("(\"").skip(1);
            tables.entry(name).or_default().extend(columns.map(|column| column.split('"').next().unwrap().to_owned()));
        }
        for word in ["insert into claude.", "update claude."] {
            let names = code.split(word).skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap());
            for name in names.filter(|name| !name.is_empty() && *name != "_sqlx_migrations") {
                tables.entry(name.to_owned()).or_default();
            }
        }
    }
    tables.into_iter().collect()
}
