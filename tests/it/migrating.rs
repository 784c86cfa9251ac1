//! `db migrate` and `db status`: who migrates, from where, and that what others have in the database stays theirs.

use crate::log::Other;
use crate::postgres::{self, Database};
use crate::support::{Sandbox, assert_same_dump, fixture, stderr, stdout};
use std::collections::BTreeMap;

/// Returns all that a database says of its tables: what a migration may change.
fn catalogue(database: &Database) -> String {
    let columns = "select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns where table_schema = 'claude'";
    let keys = "select conrelid::regclass, pg_get_constraintdef(oid) from pg_constraint \
         where connamespace in (select oid from pg_namespace where nspname = 'claude')";
    let indexes = "select tablename, indexdef from pg_indexes where schemaname = 'claude'";
    let views = "select viewname, definition from pg_views where schemaname = 'claude'";
    [columns, keys, indexes, views].map(|sql| database.query(&format!("{sql} order by 1, 2"))).join("\n")
}

/// Returns the rows of each table, in the columns that these tables have now.
fn rows(database: &Database, columns: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let of = |(table, columns): (&String, &String)| {
        (table.clone(), database.query(&format!("select row({columns})::text as r from claude.{table} order by r")))
    };
    columns.iter().map(of).collect()
}

/// Table -> its columns, as a list for SQL.
fn columns(database: &Database) -> BTreeMap<String, String> {
    let sql = "select table_name, string_agg(quote_ident(column_name), ', ' order by ordinal_position) from information_schema.columns \
         where table_schema = 'claude' and table_name in (select tablename from pg_tables where schemaname = 'claude') group by 1";
    let lines = database.query(sql);
    lines.lines().filter_map(|line| line.split_once('|')).map(|(table, columns)| (table.to_owned(), columns.to_owned())).collect()
}

fn newest() -> i64 {
    let told = stdout(&Sandbox::new().vault_sync(&["--json", "db", "status"]));
    serde_json::from_str::<serde_json::Value>(&told).unwrap()["newest"].as_i64().unwrap()
}

#[test]
fn on_postgresql_only_db_migrate_migrates() {
    let database = postgres::empty();
    let s = Sandbox::of("vault").on(&database.url);
    for args in [&["sync"][..], &["watch"], &["status"], &["ls"], &["log"]] {
        let output = s.vault_sync(args);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(said.contains("has no tables of vault-sync yet") && said.contains("`vault-sync db migrate`"), "{args:?}: {said}");
    }
    let status = s.vault_sync(&["db", "status", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&stdout(&status)).unwrap();
    assert_eq!((status.status.code(), &told["version"], told["newest"].as_i64()), (Some(1), &0.into(), Some(newest())), "{told}");
    assert_eq!(database.query("select count(*) from pg_namespace where nspname = 'claude'"), "0");
    s.text(&["db", "migrate"]);
    s.text(&["db", "status"]);
    s.sync();
}

#[test]
fn an_sqlite_file_is_migrated_by_whoever_opens_it() {
    let s = Sandbox::of("vault");
    assert_eq!(s.vault_sync(&["db", "status"]).status.code(), Some(1));
    assert!(s.text(&["db", "migrate", "--dry-run"]).contains("create table"));
    assert!(!s.data_dir.join("claude.db").exists(), "neither makes the file");
    s.sync();
    s.text(&["db", "status"]);
    assert_eq!(s.json(&["db", "migrate"])["applied"], serde_json::json!([]));
}

#[test]
fn an_sqlite_file_of_any_earlier_version_is_brought_up_to_date() {
    use sqlx::migrate::{Migration, MigrationType, Migrator};
    use sqlx::{Connection as _, Executor as _, SqlSafeStr as _};
    let mut files: Vec<_> = std::fs::read_dir(fixture("../migrations/sqlite")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let change = |file: &std::path::PathBuf| {
        let (number, name) = file.file_stem().unwrap().to_str().unwrap().split_once('_').unwrap();
        let sql = sqlx::AssertSqlSafe(std::fs::read_to_string(file).unwrap()).into_sql_str();
        Migration::new(number.parse().unwrap(), name.to_owned().into(), MigrationType::Simple, sql, false)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for n_changes in 1..files.len() {
        let s = Sandbox::of("vault");
        std::fs::create_dir_all(&s.data_dir).unwrap();
        let mut migrator = Migrator::with_migrations(files[..n_changes].iter().map(change).collect());
        migrator.dangerous_set_table_name("claude._sqlx_migrations");
        runtime.block_on(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(":memory:").create_if_missing(true);
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
            let attach = format!("attach database '{}' as claude", s.data_dir.join("claude.db").display());
            connection.execute(sqlx::AssertSqlSafe(attach)).await.unwrap();
            migrator.run(&mut connection).await.unwrap();
        });
        assert_eq!(s.vault_sync(&["db", "status"]).status.code(), Some(1), "after {n_changes} changes");
        s.sync();
        s.text(&["db", "status"]);
        let fresh = Sandbox::new().over(&s.vault);
        fresh.sync();
        assert_same_dump(&s.text(&["dump"]), &fresh.text(&["dump"]), "from an earlier version");
    }
}

#[test]
fn what_a_dry_run_prints_is_what_a_migration_does() {
    let (migrated, by_hand) = (postgres::database(), postgres::empty());
    let s = Sandbox::of("vault").on(&by_hand.url);
    let sql = s.text(&["db", "migrate", "--dry-run"]);
    assert_eq!(catalogue(&by_hand), catalogue(&postgres::empty()), "a dry run changes nothing");
    by_hand.query(&sql);
    s.text(&["db", "status"]);
    assert_eq!(catalogue(&by_hand), catalogue(&migrated));
    assert_eq!(s.text(&["db", "migrate", "--dry-run"]), "");
    s.sync();
}

#[test]
fn a_migration_goes_on_from_any_earlier_version_and_a_second_one_changes_nothing() {
    let fresh = catalogue(&postgres::database());
    let sql = Sandbox::new().on(&postgres::empty().url).text(&["db", "migrate", "--dry-run"]);
    for version in 1..newest() {
        let database = postgres::empty();
        let end = sql.find(&format!("\n-- {:04} ", version + 1)).unwrap();
        database.query(&format!("{}\ncommit;", &sql[..end]));
        let s = Sandbox::of("vault").on(&database.url);
        let refused = s.vault_sync(&["sync"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(&format!("is at version {version}")), "{}", stderr(&refused));
        for _ in 0..2 {
            s.text(&["db", "migrate"]);
            assert_eq!(catalogue(&database), fresh, "from version {version}");
        }
        s.sync();
    }
}

#[test]
fn two_migrations_at_once_make_one_schema() {
    let database = postgres::empty();
    let s = Sandbox::new().on(&database.url);
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(|| s.text(&["db", "migrate"])))));
    assert_eq!(catalogue(&database), catalogue(&postgres::database()));
}

/// A database that was there before us: its tables, and why it must work.
fn adopted(sql: &str, why: &str) {
    let database = postgres::empty();
    database.query(sql);
    let theirs = columns(&database);
    let before = rows(&database, &theirs);
    let s = Sandbox::of("vault").on(&database.url);
    s.text(&["db", "migrate"]);
    for (table, rows) in rows(&database, &theirs) {
        let (now, before): (Vec<&str>, Vec<&str>) = (rows.lines().collect(), before[&table].lines().collect());
        let stay = before.iter().all(|row| now.contains(row));
        // The registries describe our tables too.
        let is_registry = ["column_registry", "schema_registry"].contains(&table.as_str());
        assert!(stay && (is_registry || now.len() == before.len()), "rows of claude.{table} stay byte for byte: {why}");
    }
    let once = catalogue(&database);
    s.text(&["db", "migrate"]);
    assert_eq!(catalogue(&database), once, "a second migration changes nothing: {why}");
    let fresh = postgres::database();
    let (ours, all) = (columns(&database), columns(&fresh));
    for (table, columns) in all {
        let missing: Vec<&str> = columns.split(", ").filter(|column| !ours[&table].split(", ").any(|is| is == *column)).collect();
        assert!(missing.is_empty(), "claude.{table} lacks {missing:?}: {why}");
    }
    s.write("Wide.md", format!("---\ntype: {0}\ncategory: {0}\n---\n# {0}\n", "Wider than the columns were before. ".repeat(10)));
    s.sync();
    s.text(&["search", "session"]);
    s.text(&["status", "--strict"]);
    let other = Sandbox::new().over(&s.vault).on(&fresh.url);
    other.sync();
    assert_same_dump(&without_projects(&s.text(&["dump"])), &without_projects(&other.text(&["dump"])), why);
    for (table, rows) in rows(&database, &theirs) {
        let now: Vec<&str> = rows.lines().collect();
        let changed: Vec<&str> = before[&table].lines().filter(|row| !now.contains(row) && !row.contains("Queue of One")).collect();
        assert!(changed.is_empty(), "rows of claude.{table} are not what they were after a sync: {changed:?}: {why}");
    }
}

/// Projects that are there already take in documents that a fresh database has no project for.
fn without_projects(dump: &str) -> String {
    let mut dump: serde_json::Value = serde_json::from_str(dump).unwrap();
    for document in dump["documents"].as_array_mut().unwrap() {
        document.as_object_mut().unwrap().remove("projects");
    }
    dump.to_string()
}

#[test]
fn a_database_that_grew_by_hand_is_adopted() {
    let sql = std::fs::read_to_string(fixture("adopted/live.sql")).unwrap();
    adopted(&sql, "tables in the shapes of a live database");
    adopted("create schema claude;", "an empty schema");
    let some = "create schema claude; create table claude.knowledge (knowledge_id uuid, title text); \
         insert into claude.knowledge select gen_random_uuid(), 'Old ' || n from generate_series(1, 3) n;";
    adopted(some, "few columns");
}

/// Our own tables, which no other program makes.
const OURS: &[&str] = &[
    "_sqlx_migrations",
    "changes",
    "document_aliases",
    "document_blocks",
    "document_headings",
    "document_links",
    "document_paths",
    "document_tags",
    "document_tasks",
    "document_texts",
    "lookup_feedback",
    "lookup_hits",
    "store",
    "sync_runs",
    "vault_files",
    "vaults",
];

/// Takes all that a table can lack from each table that another program may have made, whatever migrations add further ones.
#[test]
fn tables_without_keys_defaults_and_later_columns_are_adopted() {
    let fresh = postgres::database();
    let ours: Vec<String> = OURS.iter().map(|table| format!("'{table}'")).collect();
    let kind = "case when a.atttypid = 'timestamptz'::regtype then 'timestamp' when a.atttypid = 'text'::regtype and a.attname <> 'file_path' \
         then 'varchar(40)' else format_type(a.atttypid, a.atttypmod) end";
    for n_missing in 0..3 {
        // The first columns are keys; of the others one in three is missing, another one each time.
        let is_there = format!("(a.attnum < 3 or a.attnum % 3 <> {n_missing})");
        let tables = fresh.query(&format!(
            "select 'create table claude.' || c.relname || ' (' || string_agg(quote_ident(a.attname) || ' ' || {kind}, ', ' order by a.attnum) || ');' \
             from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relnamespace = 'claude'::regnamespace and c.relkind = 'r' \
             and a.attnum > 0 and not a.attisdropped and {is_there} and c.relname not in ({}) group by c.relname",
            ours.join(", ")
        ));
        adopted(&format!("create schema claude;\n{tables}"), &format!("without every third column, from {n_missing}"));
    }
}

/// What is said of tables by their definitions, which are read out of the migrations' text, is what the migrations make.
#[test]
fn tables_without_any_column_get_them_all() {
    let (fresh, database) = (postgres::database(), postgres::empty());
    let tables: Vec<String> = columns(&fresh).into_keys().filter(|table| !OURS.contains(&table.as_str())).collect();
    let sql: String = tables.iter().map(|table| format!("create table claude.{table} ();\n")).collect();
    database.query(&format!("create schema claude;\n{sql}"));
    Sandbox::new().on(&database.url).text(&["db", "migrate"]);
    let columns = "select table_name, column_name, data_type, coalesce(column_default, '') from information_schema.columns \
         where table_schema = 'claude' order by 1, 2";
    assert_eq!(database.query(columns), fresh.query(columns));
}

#[test]
fn a_table_that_cannot_be_used_is_named_before_anything_is_changed() {
    let cases = [
        ("create table claude.documents (doc_id integer)", "claude.documents.doc_id is integer, and must be uuid"),
        ("create table claude.knowledge (knowledge_id uuid, tags jsonb)", "claude.knowledge.tags is jsonb, and must be text[]"),
        (
            "create table claude.documents (doc_id uuid primary key, owner text not null, size_bytes bigint not null, at timestamp not null default now())",
            "claude.documents.owner must have a value and has no default",
        ),
        ("create view claude.knowledge as select 1 as knowledge_id", "claude.knowledge is no table"),
        (
            "create table claude.projects (project_id uuid); insert into claude.projects select gen_random_uuid() from generate_series(1, 2); \
             update claude.projects set project_id = '00000000-0000-4000-8000-000000000001'",
            "rows of claude.projects have the same project_id",
        ),
    ];
    for (sql, expected) in cases {
        let database = postgres::empty();
        database.query(&format!("create schema claude; {sql};"));
        let before = catalogue(&database);
        let s = Sandbox::of("vault").on(&database.url);
        for args in [&["db", "migrate"][..], &["db", "migrate", "--dry-run"]] {
            let output = s.vault_sync(args);
            assert_eq!(output.status.code(), Some(1), "{sql}");
            assert!(stderr(&output).contains(expected), "{sql}: {}", stderr(&output));
        }
        let status = s.vault_sync(&["db", "status"]);
        assert!(stdout(&status).contains(expected) && status.status.code() == Some(1), "{sql}: {}", stdout(&status));
        assert_eq!(catalogue(&database), before, "{sql}");
    }
}

#[test]
fn a_migration_that_fails_midway_leaves_nothing() {
    let database = postgres::empty();
    // Nothing gives a column another type by which a table is parted.
    database.query("create schema claude; create table claude.documents (doc_id uuid, file_path text) partition by list (file_path);");
    let before = catalogue(&database);
    let output = Sandbox::new().on(&database.url).vault_sync(&["db", "migrate"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("all of it was undone"), "{}", stderr(&output));
    assert_eq!(catalogue(&database), before);
}

#[test]
fn a_schema_newer_than_the_program_is_refused() {
    let newer =
        "insert into claude._sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', true, '', 0)";
    let database = postgres::database();
    for (s, url) in [(Sandbox::of("vault"), None), (Sandbox::of("vault").on(&database.url), Some(database.url.as_str()))] {
        s.sync();
        Other::of(&s, url).run(newer);
        for args in [&["sync"][..], &["db", "migrate"], &["db", "status"]] {
            let output = s.vault_sync(args);
            assert_eq!(output.status.code(), Some(1), "{args:?}");
            assert!(stderr(&output).contains("version 9999") && stderr(&output).contains("newer vault-sync"), "{}", stderr(&output));
        }
    }
}

#[test]
fn a_role_that_may_only_read_and_write_rows_does() {
    let database = postgres::empty();
    let owner = Sandbox::of("vault").on(&database.url);
    let reader = Sandbox::new().over(&owner.vault).on(&database.url.replace("postgres@", &format!("{}@", database.name)));
    database.query(&format!("create role {0} login; revoke create on database {0} from public;", database.name));
    let refused = reader.vault_sync(&["db", "migrate"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("--dry-run"), "{}", stderr(&refused));
    owner.text(&["db", "migrate"]);
    let refused = reader.vault_sync(&["sync"]);
    let said = stderr(&refused);
    assert!(said.contains("permission denied for schema claude") && !said.contains(" at line "), "{said}");
    database.query(&format!(
        "grant usage on schema claude to {0}; grant select, insert, update, delete on all tables in schema claude to {0};",
        database.name
    ));
    reader.sync();
    reader.text(&["search", "session"]);
    for args in [&["log"][..], &["resync"], &["status", "--strict"], &["db", "status"], &["db", "migrate"]] {
        reader.text(args);
    }
}
