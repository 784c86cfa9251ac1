//! The schema as other programs see it, on both engines: which tables there are, what the registries say of them, what fills and refuses.

use crate::postgres::{self, Database};
use crate::support::Sandbox;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use std::collections::{BTreeMap, BTreeSet};

/// The tables and views that the guide lists, and the two that it uses.
const GUIDE: &str = "sessions session_state identities messages projects programs features components requirements build_tasks pm_tasks \
     work_tasks phases feedback feedback_comments feedback_screenshots ideas knowledge knowledge_retrieval_log procedures documents \
     document_projects project_docs doc_templates process_registry process_steps process_triggers process_runs process_dependencies \
     process_classification_log workflow_state mcp_usage mcp_usage_stats mcp_configs agent_sessions async_tasks compliance_audits \
     audit_schedule audits_due reviewer_runs reviewer_specs test_runs column_registry schema_registry enforcement_log actions reminders \
     scheduled_jobs job_run_history activity_feed workspaces";

#[test]
fn every_table_and_view_is_there_and_described() {
    for base in both() {
        let tables = base.lines(base.say(
            "select name from pragma_table_list where schema = 'claude' and name not like 'sqlite_%'",
            "select table_name from information_schema.tables where table_schema = 'claude'",
        ));
        let missing: Vec<&str> = GUIDE.split_whitespace().filter(|name| !tables.contains(*name)).collect();
        assert!(missing.is_empty() && GUIDE.split_whitespace().count() == 51, "{}: no table {missing:?}", base.name());
        assert_eq!(base.lines("select table_name from claude.schema_registry"), tables, "{}", base.name());
    }
}

#[test]
fn both_engines_describe_their_columns_alike_and_as_they_are() {
    let [sqlite, postgres] = both();
    let described = "select table_name, column_descriptions, fk_relationships from claude.schema_registry";
    let [of_sqlite, of_postgres] = [&sqlite, &postgres].map(|base| base.json_by_name(described));
    assert_eq!(of_sqlite, of_postgres);
    let live = "select table_name, json_object_agg(column_name, json_build_object('type', data_type, 'nullable', is_nullable = 'YES')) \
         from information_schema.columns where table_schema = 'claude' group by table_name";
    let live = postgres.json_by_name(live);
    for (table, said) in &of_postgres {
        assert_eq!(said[0], live[table][0], "{table}");
        let columns = format!("select name from pragma_table_xinfo('{table}', 'claude') where hidden <> 1");
        let names: BTreeSet<String> = said[0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(sqlite.lines(&columns), names, "{table}");
    }
}

/// A check and its row say the same, and neither is without the other.
#[test]
fn every_check_has_its_row_in_the_registry() {
    for base in both() {
        let mut checked = BTreeMap::new();
        let definitions = base.say(
            "select name, sql from claude.sqlite_master where type = 'table'",
            "select conrelid::regclass, pg_get_constraintdef(oid) from pg_constraint \
             where contype = 'c' and connamespace = 'claude'::regnamespace",
        );
        for row in base.rows(definitions) {
            let table = row[0].trim_start_matches("claude.").to_owned();
            checked.extend(checks(&row[1]).into_iter().map(|(column, values)| ((table.clone(), column), values)));
        }
        let mut said = BTreeMap::new();
        for row in base.rows("select table_name, column_name, valid_values, constraints from claude.column_registry") {
            let values: Vec<Value> = serde_json::from_str(&row[2]).unwrap_or_default();
            let values = values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            let values = if row[3].is_empty() { values.collect() } else { numbers(&row[3]) };
            said.insert((row[0].clone(), row[1].clone()), values);
        }
        assert_eq!(said, checked, "{}", base.name());
    }
}

/// To older versions of SQLite null is no JSON, and other programs bring one of these.
#[test]
fn a_column_that_may_be_null_says_so_in_its_check() {
    let [sqlite, _] = both();
    for row in sqlite.rows("select sql from claude.sqlite_master where type = 'table'") {
        let strict = row[0].lines().filter(|line| line.contains("check (json_valid(") && !line.contains(" not null "));
        assert_eq!(strict.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

#[test]
fn what_happens_is_in_the_feed() {
    for base in both() {
        let session = "00000000-0000-4000-8000-000000000001";
        base.run(&format!("insert into claude.sessions (session_id, project_name) values ('{session}', 'nimbus')"));
        assert_eq!(base.rows("select status from claude.sessions"), [["active"]]);
        base.run("update claude.sessions set session_end = '2027-01-01T00:00:00Z', session_summary = 'all of it'");
        assert_eq!(base.rows("select status from claude.sessions"), [["ended"]], "{}", base.name());
        base.run("insert into claude.messages (to_project, message_type, subject) values ('nimbus', 'question', 'Which one?')");
        base.sandbox.write("b.md", "b");
        base.sandbox.sync();
        base.sandbox.sync();
        let feed = "select source_type, activity_type, title, coalesce(project_name, ''), coalesce(summary, '') from claude.activity_feed";
        let expected = [
            ["message", "message_sent", "Which one?", "nimbus", ""],
            ["session", "session_end", "Session ended: nimbus", "nimbus", "all of it"],
            ["session", "session_start", "Session started: nimbus", "nimbus", ""],
            ["sync", "vault_sync", "Vault vault: 1 added", "", ""],
            ["sync", "vault_sync", "Vault vault: 1 added", "", ""],
        ];
        let mut rows = base.rows(feed);
        rows.sort();
        assert_eq!(rows, expected, "{}", base.name());
        assert_eq!(base.rows("select count(*) from claude.activity_feed where occurred_at is null"), [["0"]]);
    }
}

#[test]
fn runs_leave_history_and_feed_when_they_are_too_old() {
    for base in both() {
        // Others have syncs of their own, and speak of ours.
        base.run(
            "insert into claude.activity_feed (source_type, source_id, actor, activity_type, title) \
             select 'comment', run_id, 'somebody', 'x', 'on yours' from claude.sync_runs",
        );
        base.run(
            "insert into claude.activity_feed (source_type, actor, activity_type, title) values ('sync', 'vault-sync', 'x', 'theirs')",
        );
        let long_ago = "started_at = '2020-01-01T00:00:00.000Z', ended_at = '2020-01-01T00:00:01.000Z'";
        base.run(&format!("update claude.sync_runs set {long_ago}"));
        base.run("update claude.activity_feed set occurred_at = '2020-01-01T00:00:01.000Z'");
        let ours = "select title from claude.activity_feed where title like 'Vault%'";
        let config = base.sandbox.home().join("keep.toml");
        base.sandbox.sync();
        assert_eq!(base.rows(ours).len(), 1, "a sync without news does not look");
        std::fs::write(&config, "[log]\nkeep_run_days = 0\n").unwrap();
        base.sandbox.write("b.md", "b");
        base.sandbox.text(&["--config", config.to_str().unwrap(), "sync"]);
        assert_eq!(base.rows(ours).len(), 2, "0 keeps all");
        base.sandbox.write("c.md", "c");
        base.sandbox.write("d.md", "d");
        base.sandbox.sync();
        let mut rows = base.rows("select title from claude.activity_feed");
        rows.sort();
        assert_eq!(rows, [["Vault vault: 1 added"], ["Vault vault: 2 added"], ["on yours"], ["theirs"]], "{}", base.name());
        assert_eq!(base.rows("select count(*) from claude.sync_runs"), [["2"]]);
    }
}

#[test]
fn rows_have_their_keys_and_defaults_from_sql() {
    for base in both() {
        base.run(
            "INSERT INTO claude.actions (action_name, action_type, description, context, is_active)
             VALUES ('archive_project', 'project', 'Archive a project', 'project_detail', true)",
        );
        let action = "select length(cast(action_id as text)), sort_order from claude.actions where is_active = true";
        assert_eq!(base.rows(action), [["36", "0"]], "{}", base.name());
        base.run("insert into claude.audit_schedule (project_name, audit_type) values ('nimbus', 'governance')");
        base.run("insert into claude.audit_schedule (project_name, audit_type, next_audit_date) values ('later', 'all', '2999-01-01')");
        let due = format!("select project_name from claude.audits_due where is_due = {}", base.say("1", "true"));
        assert_eq!(base.rows(&due), [["nimbus"]], "{}", base.name());
        for (tool, success, ms) in [("search", "true", 10), ("search", "false", 20), ("show", "true", 5)] {
            base.run(&format!(
                "insert into claude.mcp_usage (mcp_server, tool_name, success, execution_time_ms) values ('vault', '{tool}', {success}, {ms})"
            ));
        }
        let stats = "select tool_name, call_count, success_count, failure_count, cast(avg_execution_ms as integer) \
             from claude.mcp_usage_stats order by tool_name";
        assert_eq!(base.rows(stats), [["search", "2", "1", "1", "15"], ["show", "1", "1", "0", "5"]], "{}", base.name());
        base.run("insert into claude.test_runs (project_name, test_type, total_tests, passed) values ('nimbus', 'unit', 3, 2)");
        assert_eq!(base.rows("select pass_rate from claude.test_runs"), [["66.67"]], "{}", base.name());
    }
}

#[test]
fn a_value_that_the_registry_does_not_know_is_refused_by_the_database() {
    for base in both() {
        base.run("insert into claude.features (feature_name) values ('f')");
        for row in base.rows("select valid_values from claude.column_registry where table_name = 'features' and column_name = 'status'") {
            let values: Vec<String> = serde_json::from_str(&row[0]).unwrap();
            values.iter().for_each(|value| base.run(&format!("update claude.features set status = '{value}'")));
        }
        let refused = base.fails("update claude.features set status = 'perhaps'");
        assert!(refused.contains("chk_features_status"), "{}: {refused}", base.name());
    }
}

#[test]
fn the_registries_keep_what_others_wrote() {
    for base in both() {
        let stale = "insert into claude.schema_registry (table_name, purpose, created_by) values";
        base.run(&format!("{stale} ('vanished', 'x', 'vault-sync'), ('todos', 'theirs', 'somebody')"));
        let column = "insert into claude.column_registry (table_name, column_name, data_type, valid_values) values";
        base.run(&format!("{column} ('todos', 'state', 'text', '[\"open\", \"done\"]')"));
        base.run("update claude.schema_registry set purpose = 'mine', created_by = 'me' where table_name = 'ideas'");
        base.run("update claude.schema_registry set purpose = 'old' where table_name = 'phases'");
        base.run("update claude.store set definitions = 'those of another program'");
        base.sandbox.sync();
        let tables = "select table_name, purpose from claude.schema_registry where table_name in ('vanished', 'todos', 'ideas', 'phases')";
        let mut rows = base.rows(tables);
        rows.sort();
        assert_eq!(rows, [["ideas", "mine"], ["phases", "Phases of a project, in their order"], ["todos", "theirs"]], "{}", base.name());
        let shown = base.sandbox.json(&["registry", "todos.state"]);
        assert_eq!(shown["results"][0]["valid_values"], serde_json::json!(["open", "done"]));
        assert_eq!(base.sandbox.text(&["registry", "claude.projects.priority"]), "projects.priority\t1, 2, 3, 4, 5\n");
    }
}

/// A database that the binary has made, seen as another program sees it.
struct Base {
    sandbox: Sandbox,
    database: Option<Database>,
}

fn both() -> [Base; 2] {
    let database = postgres::database();
    let bases =
        [Base { sandbox: Sandbox::new(), database: None }, Base { sandbox: Sandbox::new().on(&database.url), database: Some(database) }];
    for base in &bases {
        base.sandbox.write("a.md", "a");
        base.sandbox.sync();
    }
    bases
}

impl Base {
    fn name(&self) -> &'static str {
        self.say("SQLite", "PostgreSQL")
    }

    fn say<'a>(&self, on_sqlite: &'a str, on_postgres: &'a str) -> &'a str {
        if self.database.is_some() { on_postgres } else { on_sqlite }
    }

    /// Returns rows as text; null is empty.
    fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match &self.database {
            Some(database) => database.query(sql).lines().map(|line| line.split('|').map(str::to_owned).collect()).collect(),
            None => self.on_file(sql).expect(sql),
        }
    }

    fn run(&self, sql: &str) {
        self.rows(sql);
    }

    fn fails(&self, sql: &str) -> String {
        match &self.database {
            Some(database) => database.refused(sql),
            None => self.on_file(sql).unwrap_err().to_string(),
        }
    }

    fn lines(&self, sql: &str) -> BTreeSet<String> {
        self.rows(sql).into_iter().map(|mut row| row.remove(0)).collect()
    }

    fn json_by_name(&self, sql: &str) -> BTreeMap<String, Vec<Value>> {
        let parsed = |row: &[String]| row.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        self.rows(sql).into_iter().map(|row| (row[0].clone(), parsed(&row[1..]))).collect()
    }

    fn on_file(&self, sql: &str) -> sqlx::Result<Vec<Vec<String>>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let memory = sqlx::sqlite::SqliteConnectOptions::new().filename(":memory:");
            let mut connection = sqlx::SqliteConnection::connect_with(&memory).await?;
            let file = self.sandbox.data_dir.join("claude.db");
            sqlx::query("attach $1 as claude").bind(file.to_str().unwrap()).execute(&mut connection).await?;
            let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await?;
            connection.close().await?;
            let text = |row: &sqlx::sqlite::SqliteRow, i| row.try_get_unchecked::<Option<String>, usize>(i).map(Option::unwrap_or_default);
            rows.iter().map(|row| (0..row.len()).map(|i| text(row, i)).collect()).collect()
        })
    }
}

/// Reads which values the checks of a definition allow, by column. What only says that a text is JSON or a number a boolean is left out.
fn checks(definition: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (at, _) in definition.to_ascii_lowercase().match_indices("check (") {
        let condition = definition[at + "check (".len()..].trim_start_matches('(');
        let end = condition.find([',', '\n']).filter(|_| condition.starts_with("json_valid")).unwrap_or(condition.len());
        let (column, rest) = condition[..end].split_once([' ', '(']).expect("a condition begins with a column");
        let closed = rest.find(')').unwrap_or(rest.len());
        let is_list = rest.starts_with("in (") || rest.starts_with("= ANY");
        let values: Vec<String> = match rest.split('\'').count() {
            _ if is_list && rest[..closed].contains('\'') => rest[..closed].split('\'').skip(1).step_by(2).map(str::to_owned).collect(),
            _ if is_list || column == "json_valid" || rest.starts_with("is null or json_valid") => continue,
            _ => numbers(rest.split(['\n', ',']).next().unwrap_or(rest)),
        };
        found.push((column.to_owned(), values));
    }
    found
}

/// Returns all whole numbers of a range of up to ten, else its ends.
fn numbers(text: &str) -> Vec<String> {
    let ends: Vec<i64> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    let (least, most) = (ends[0], *ends.last().unwrap());
    if most - least < 10 { (least..=most).map(|n| n.to_string()).collect() } else { vec![least.to_string(), most.to_string()] }
}
