//! A schema that was there before us, in the shapes that one really has: made by `create table as`, so without keys, defaults or checks,
//! with times without a zone, and with rows.

use crate::postgres::{self, Database};
use crate::support::{Sandbox, stderr};

const TABLES: &str = include_str!("../../fixtures/claude.sql");

#[test]
fn tables_that_are_there_are_taken_over_and_their_rows_stay() {
    let database = postgres::empty();
    database.query(TABLES);
    let before = rows(&database);
    database.migrate();
    let sandbox = Sandbox::new().on(&database.url);
    sandbox.write("a.md", "# From the vault");
    sandbox.sync();
    // The old script's row of this note is ours now, with its counters; nothing else has changed.
    let is_adopted = |line: &&String| line.contains("80000000-0000-4000-8000-000000000002");
    let after = rows(&database);
    let (lost, came): (Vec<&String>, Vec<&String>) =
        (before.iter().filter(|line| !after.contains(line)).collect(), after.iter().filter(|line| !before.contains(line)).collect());
    assert!(lost.iter().all(is_adopted), "{lost:#?}");
    assert_eq!(lost.len(), 1, "{lost:#?}");
    let came: Vec<_> = came.iter().filter(|line| line.starts_with("knowledge")).collect();
    assert_eq!(came.len(), 1, "{came:#?}");
    assert_eq!(database.query("select title, times_applied from claude.knowledge where doc_id is not null"), "From the vault|5");
    assert_eq!(sandbox.json(&["ls"])["results"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_the_guide_asks_for_is_filled() {
    let database = taken_over();
    let said = |sql: &str| database.query(sql);
    assert_eq!(said("select status from claude.sessions order by session_start"), "ended\nactive");
    assert_eq!(said("select bool_and(occurred_at = created_at) from claude.activity_feed where title = 'Started'"), "t");
    assert_eq!(said("select count(*) from claude.components c order by count(sort_order)"), "1");
    said("insert into claude.actions (action_name, action_type, description, context, is_active) values ('a', 'b', 'c', 'd', true)");
    assert_eq!(said("select count(*) from claude.actions where context = 'd' and action_id is not null and sort_order = 0"), "1");
}

#[test]
fn nobody_is_refused_what_was_the_custom() {
    let database = taken_over();
    for statement in [
        "insert into claude.projects (project_id, project_name, status) values (gen_random_uuid(), 'x', 'CANCELLED')",
        "insert into claude.feedback (feedback_id, feedback_type, status) values (gen_random_uuid(), 'improvement', 'new')",
        "insert into claude.features (feature_id, status) values (gen_random_uuid(), 'draft')",
    ] {
        database.query(statement);
    }
    // Where all rows meet the check, it holds from now on.
    let refused = database.refused("update claude.build_tasks set status = 'perhaps'");
    assert!(refused.contains("chk_build_tasks_status"), "{refused}");
    let registered = "select valid_values from claude.column_registry where table_name = 'feedback' and column_name = 'feedback_type'";
    assert_eq!(database.query(registered), r#"["bug", "idea"]"#, "theirs");
    assert_eq!(database.query("select purpose from claude.schema_registry where table_name = 'knowledge'"), "theirs");
}

#[test]
fn a_feed_that_is_filled_is_not_filled_twice() {
    let database = taken_over();
    database.query("insert into claude.sessions (session_id) values (gen_random_uuid())");
    assert_eq!(database.query("select title from claude.activity_feed where source_type = 'session' order by 1"), "Started\ntheirs");
}

#[test]
fn columns_that_nothing_of_ours_fills_are_named_too() {
    for (kind, made, named) in [
        ("view", "components as select 1 as component_id", "claude.components is no table"),
        ("table", "feedback (feedback_id uuid, status integer)", "claude.feedback.status is integer, and must be text"),
        ("table", "mcp_usage (usage_id uuid, success text)", "claude.mcp_usage.success is text, and must be boolean"),
        ("table", "scheduled_jobs (job_id uuid, is_active integer)", "claude.scheduled_jobs.is_active is integer, and must be boolean"),
        ("table", "process_registry (process_id uuid)", "claude.process_registry.process_id is uuid, and must be text"),
    ] {
        let database = postgres::empty();
        database.query(&format!("create schema claude; create {kind} claude.{made}"));
        let sandbox = Sandbox::new().on(&database.url);
        let output = sandbox.vault_sync(&["db", "migrate"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(named), "{}", stderr(&output));
    }
}

#[test]
fn a_feed_that_does_not_take_ours_stops_nobody() {
    let database = postgres::empty();
    database.query(
        "create schema claude; create table claude.sessions (session_id uuid, session_end timestamp); \
         create table claude.activity_feed (id uuid, source_type varchar(5), note text not null)",
    );
    database.migrate();
    database.query("insert into claude.sessions (session_id) values (gen_random_uuid())");
    let sandbox = Sandbox::new().on(&database.url);
    sandbox.write("a.md", "a");
    sandbox.sync();
    assert_eq!(database.query("select count(*) from claude.activity_feed"), "0");
}

#[test]
fn states_of_others_stay_theirs() {
    let database = postgres::empty();
    database.query(
        "create schema claude; create table claude.sessions (session_id uuid, session_end timestamp, status varchar(20) \
         check (status in ('active', 'completed'))); insert into claude.sessions values (gen_random_uuid(), now(), 'active')",
    );
    database.migrate();
    database.query("insert into claude.sessions (session_id, session_end, status) values (gen_random_uuid(), now(), 'completed')");
    database.query("update claude.sessions set session_end = now()");
    assert_eq!(database.query("select status from claude.sessions order by 1"), "active\ncompleted");
}

#[test]
fn who_may_write_a_session_need_not_write_the_feed() {
    let database = postgres::database();
    let role = "feeder";
    database.query(&format!(
        "create role {role}; grant usage on schema claude to {role}; grant select, insert on claude.sessions to {role}; \
         set role {role}; insert into claude.sessions (project_name) values ('p')"
    ));
    assert_eq!(database.query("select title from claude.activity_feed where source_type = 'session'"), "Session started: p");
}

#[test]
fn a_column_that_cannot_be_used_is_named() {
    let database = postgres::empty();
    database.query("create schema claude; create table claude.documents (doc_id integer, file_path text)");
    let sandbox = Sandbox::new().on(&database.url);
    let output = sandbox.vault_sync(&["db", "migrate"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("claude.documents.doc_id"), "{}", stderr(&output));
    assert_eq!(
        database
            .query("select count(*) from information_schema.columns where table_schema = 'claude' and table_name <> '_sqlx_migrations'"),
        "2"
    );
}

fn taken_over() -> Database {
    let database = postgres::empty();
    database.query(TABLES);
    database.migrate();
    let sandbox = Sandbox::new().on(&database.url);
    sandbox.write("b.md", "b");
    sandbox.sync();
    database
}

/// Returns the rows of the tables of before, in the columns of before, a line each with its table.
fn rows(database: &Database) -> Vec<String> {
    let columns = TABLES.lines().filter_map(|line| line.strip_prefix("create table claude.")?.split_once(" ("));
    let mut rows = Vec::new();
    for (table, columns) in columns {
        let names: Vec<&str> = columns.split(", ").filter_map(|column| column.split(' ').next()).collect();
        let lines = database.query(&format!("select {} from claude.{table}", names.join(", ")));
        rows.extend(lines.lines().map(|line| format!("{table}: {line}")));
    }
    rows
}
