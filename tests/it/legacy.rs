//! What the deprecated schemas hold, brought into `claude`: each row once, and row by row what could not be kept.

use crate::postgres::{self, Database};
use crate::support::{Sandbox, stderr, stdout};
use serde_json::{Value, json};

/// The old schemas, with awkward rows, beside a `claude` of today.
pub const OLD: &str = include_str!("../../fixtures/legacy.sql");

/// Tables of `claude` as others have made them.
const TABLES: &str = include_str!("../../fixtures/claude.sql");

/// An identity that is there under another key.
const KNOWN: &str = "insert into claude.identities (identity_id, identity_name) values ('10000000-0000-4000-8000-0000000000aa', 'known')";

fn old() -> Database {
    let database = postgres::database();
    database.query(&format!("{OLD}; {KNOWN}"));
    database
}

fn import(database: &Database, flags: &[&str]) -> (Option<i32>, Value) {
    let args = [&["--json", "db", "import-legacy"], flags].concat();
    let output = Sandbox::new().on(&database.url).vault_sync(&args);
    let text = stdout(&output);
    (output.status.code(), serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{}", stderr(&output))))
}

fn table<'a>(report: &'a Value, from: &str) -> &'a Value {
    report["tables"].as_array().unwrap().iter().find(|table| table["from"] == from).unwrap_or_else(|| panic!("{from}"))
}

/// Returns all rows of all tables of some schemas, a line each.
fn rows(database: &Database, schemas: &str) -> String {
    let tables = format!(
        "select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables where schemaname in ({schemas}) \
         and tablename not in ('column_registry', 'schema_registry', 'store') order by 1"
    );
    let tables = database.query(&tables);
    let all = tables.lines().map(|table| format!("select '{table}: ' || t::text from {table} as t")).collect::<Vec<_>>();
    database.query(&format!("{} order by 1", all.join(" union all ")))
}

#[test]
fn each_row_comes_with_what_it_says() {
    let database = old();
    let (code, report) = import(&database, &["--apply"]);
    assert_eq!((code, &report["is_applied"]), (Some(1), &json!(true)), "rows were left out");
    for (sql, expected) in [
        ("select identity_name, status from claude.identities order by 1", "claude-desktop|active\nclaude-old|archived\nknown|active"),
        (
            "select right(session_id::text, 1), right(identity_id::text, 2), status, session_start at time zone 'UTC' from claude.sessions order by 1",
            "1|01|ended|2025-11-01 10:00:00\n2|aa|active|2025-11-02 09:00:00\n3||active|2025-11-03 10:00:00",
        ),
        (
            "select tasks_completed[2], cardinality(tasks_completed), tasks_completed[3] = E'two\\nlines' from claude.sessions where tasks_completed is not null",
            "say \"so\"|4|t",
        ),
        ("select session_metadata->>'big' from claude.sessions where session_summary is not null", "12345678901234567890.0123456789"),
        (
            "select session_metadata from claude.sessions where right(session_id::text, 1) = '3'",
            r#"{"value": [1], "legacy": {"identity_id": "10000000-0000-4000-8000-00000000000f"}}"#,
        ),
        (
            "select title, knowledge_type, confidence_level, times_applied, applies_to_projects from claude.knowledge order by knowledge_id",
            "One|pattern|80|3|{}\nTwo|bug-fix|85|0|{nimbus}\nThree|api-reference||0|",
        ),
        ("select related_knowledge from claude.knowledge where title = 'One'", "{80000000-0000-4000-8000-000000000002}"),
        (
            "select message_type, priority, status, length(subject) from claude.messages order by created_at",
            "task_request|urgent|pending|450\nnotification|normal|read|1",
        ),
        (
            "select metadata from claude.messages order by created_at",
            "{\"a\": 1, \"legacy\": {\"from_identity_id\": \"10000000-0000-4000-8000-000000000001\"}}\n{\"legacy\": {\"message_type\": \"acknowledgment\"}}",
        ),
        ("select current_focus, files_modified, todo_list from claude.session_state", r#"focus|{a.rs}|[{"content": "go on"}]"#),
        ("select procedure_name, applies_to_projects, mandatory from claude.procedures", "Sound|{nimbus}|f"),
        ("select project_name, project_path, added_at::date from claude.workspaces", r"nimbus|C:\nimbus|2025-10-01"),
        ("select program_name, status, priority from claude.programs", "All|active|3"),
        (
            "select project_name, status, priority, phase, is_archived from claude.projects order by created_at",
            "nimbus|active|5|planning|f\nATO-Tax-Agent|active|1|planning|f\nato-tax-agent|archived|3|planning|f",
        ),
        ("select metadata->'legacy' from claude.projects where project_name = 'nimbus'", r#"{"status": "IN_PROGRESS", "priority": "9"}"#),
        ("select status, duration_weeks, progress_percentage from claude.phases", "in_progress|1.50|33.3333333333333333333333"),
        (
            "select f.feature_name, f.status, p.feature_name from claude.features f left join claude.features p \
             on p.feature_id = f.parent_feature_id order by f.created_at",
            "Child|not_started|Parent\nParent|planned|\nEgg|blocked|\nHen|blocked|Egg\nOf nobody|planned|",
        ),
        (
            "select t.task_name, t.task_description, t.status, t.priority, t.completed_at::date, t.estimated_hours, b.task_name \
             from claude.build_tasks t left join claude.build_tasks b on b.task_id = t.blocked_by_task_id order by t.created_at",
            "Task|what to do|completed|1|2025-11-30|0.10|Other\nOther||todo|5||||",
        ),
        (
            "select feedback_type, status, priority, screenshot_path from claude.feedback order by 1",
            "bug|resolved|high|[\"a.png\"]\nchange|wont_fix||",
        ),
        ("select author, message from claude.feedback_comments", "ada|seen"),
        ("select document_type, title, status from claude.project_docs", "ADR|A decision|ACTIVE"),
    ] {
        assert_eq!(database.query(sql).trim_end_matches('|'), expected.trim_end_matches('|'), "{sql}");
    }
}

#[test]
fn what_could_not_be_kept_is_told_row_by_row() {
    let (_, report) = import(&old(), &[]);
    let mut told = Vec::new();
    for table in report["tables"].as_array().unwrap() {
        for row in table["rows"].as_array().unwrap() {
            let key = row["key"].as_str().map_or("-", |key| &key[key.len() - 1..]);
            let why: Vec<&str> = row["why"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let from = table["from"].as_str().unwrap().split_once('.').unwrap().1;
            told.push(format!("{from} {key} {} {}", row["fate"].as_str().unwrap(), why.join("; ")));
        }
    }
    let expected = [
        "identities 3 there claude.identities knows its identity_name as 10000000-0000-4000-8000-0000000000aa",
        "projects 3 left_out status 'frozen' is no valid value of projects.status: active, paused, archived, completed",
        "projects 4 brought claude.projects has another of this project_name: 30000000-0000-4000-8000-000000000002",
        "session_history - left_out it has no session_id, by which it would be known",
        "session_history 1 left_out another row has the same session_id",
        "session_history 3 brought claude.identities has no 10000000-0000-4000-8000-00000000000f: identity_id is left empty",
        "shared_knowledge 5 repeated 80000000-0000-4000-8000-000000000002 says the same, times apart",
        "shared_knowledge 4 left_out it has no title, and must have",
        "shared_knowledge 3 brought confidence_level 150 is none of 0 to 100: left empty",
        "instance_messages 3 left_out message_type 'sh\u{1b}[2Jout' is no valid value of messages.message_type: task_request, status_update, question, notification, handoff, broadcast",
        "procedure_registry 2 left_out invalid input syntax for type json",
        "ai_cron_jobs 1 left_out its project_id waits for claude.projects 30000000-0000-4000-8000-000000000003, which is left out",
        "features 5 left_out its project_id waits for claude.projects 30000000-0000-4000-8000-000000000003, which is left out",
        "features 6 left_out its parent_feature_id waits for claude.features 40000000-0000-4000-8000-000000000005, which is left out",
        "features 7 brought claude.projects has no 30000000-0000-4000-8000-00000000000f: project_id is left empty",
        "features 3 brought parent_feature_id leads in a circle: it is left empty",
        "tasks 1 brought claude.build_tasks has no place for due_date, phase_id",
        "project_feedback_comments 2 left_out claude.feedback has no 70000000-0000-4000-8000-00000000000f, which is its feedback_id",
    ];
    assert_eq!(told, expected);
    let lost = &table(&report, "claude_family.session_history")["rows"][0]["row"];
    assert_eq!((&lost["project_name"], &lost["session_summary"]), (&json!("no key"), &json!("lost?")), "a row is told with all it holds");
    let repairs = &table(&report, "claude_family.shared_knowledge")["repairs"];
    assert!(repairs.as_array().unwrap().contains(&json!({"column": "confidence_level", "was": "8", "is": "80", "n_rows": 1})), "{repairs}");
}

#[test]
fn a_dry_run_says_the_same_and_a_second_run_brings_nothing() {
    let database = old();
    let (old, before) = (rows(&database, "'claude_family', 'claude_pm'"), rows(&database, "'claude'"));
    let (code, mut dry) = import(&database, &[]);
    assert_eq!((code, rows(&database, "'claude'") == before), (Some(1), true));
    let (_, first) = import(&database, &["--apply"]);
    dry["is_applied"] = json!(true);
    assert_eq!(dry, first);
    let after = rows(&database, "'claude'");
    let (_, second) = import(&database, &["--apply"]);
    for table in second["tables"].as_array().unwrap() {
        assert_eq!(table["n_brought"], 0, "{table}");
    }
    assert_eq!(rows(&database, "'claude'"), after);
    let output = Sandbox::new().on(&database.url).vault_sync(&["db", "import-legacy", "--apply"]);
    assert!(stdout(&output).ends_with("41 rows, 30 there already, 1 said twice, 10 left out: nothing to bring\n"), "{}", stdout(&output));
    assert_eq!(rows(&database, "'claude_family', 'claude_pm'"), old, "the old schemas are only read");
}

#[test]
fn a_view_of_what_is_there_is_never_read() {
    let database = postgres::database();
    database.query(
        "create schema claude_family; create schema claude_pm; insert into claude.projects (project_name) values ('there'); \
         create view claude_pm.projects as select * from claude.projects; \
         create materialized view claude_pm.features as select * from claude.features; \
         create view claude_family.session_history as select s.* from claude.sessions s join claude_pm.projects p using (project_name); \
         create table claude_family.identities (like claude.identities); \
         alter table claude.identities inherit claude_family.identities",
    );
    let (code, report) = import(&database, &["--apply"]);
    assert_eq!((code, &report["tables"]), (Some(0), &json!([])), "{report}");
    let skipped = report["skipped"].as_array().unwrap().iter();
    let skipped: Vec<String> = skipped.map(|s| format!("{} {}", s["name"].as_str().unwrap(), s["why"].as_str().unwrap())).collect();
    let expected = [
        "claude_family.identities it shows claude.identities: what is there is there already",
        "claude_family.session_history it shows claude.projects, claude.sessions: what is there is there already",
        "claude_pm.features it shows claude.features: what is there is there already",
        "claude_pm.projects it shows claude.projects: what is there is there already",
    ];
    assert_eq!(skipped, expected);
}

#[test]
fn what_nothing_is_known_of_is_named() {
    let database = old();
    let output = Sandbox::new().on(&database.url).vault_sync(&["db", "import-legacy"]);
    let said = stdout(&output);
    for line in [
        "  a0000000-0000-4000-8000-000000000003: left out: message_type 'sh\u{fffd}[2Jout' is no valid value of messages.message_type: \
         task_request, status_update, question, notification, handoff, broadcast",
        "claude_family.feature_backlog (1 row): not read: the features are kept elsewhere",
        "claude_family.odd \"ones (1 row): not read: nothing is known of a table of this name",
        "claude_pm.document_templates: not read: it is no table, and only tables are read",
        "claude_pm.older_ideas: not read: it shows claude.ideas: what is there is there already",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}\n{said}");
    }
    assert!(!said.contains('\x1b') && stderr(&output).contains("--tasks-into pm_tasks") && stderr(&output).contains("--apply` does it"));
    let (_, empty) = import(&postgres::database(), &[]);
    assert_eq!(empty["tables"], json!([]));
}

#[test]
fn tasks_keep_all_of_their_columns_as_those_of_project_management() {
    let database = old();
    let (_, report) = import(&database, &["--apply", "--tasks-into", "pm_tasks"]);
    assert_eq!(table(&report, "claude_pm.tasks")["rows"], json!([]));
    let said = "select task_name, status, due_date, phase_id is not null, depends_on is not null, metadata from claude.pm_tasks order by created_at";
    let expected = "Task|completed|2025-12-01|t|t|{\"legacy\": {\"status\": \"COMPLETE\", \"priority\": \"7\"}}\n\
                    Other|pending||f|f|{\"legacy\": {\"priority\": \"10\"}}";
    assert_eq!(database.query(said), expected);
}

#[test]
fn tables_of_others_take_the_old_rows_too() {
    let database = postgres::empty();
    database.query(TABLES);
    database.migrate();
    database.query(OLD);
    let (code, report) = import(&database, &["--apply"]);
    assert_eq!(code, Some(1));
    let messages = table(&report, "claude_family.instance_messages");
    assert_eq!(messages["rows"][1]["why"], json!(["subject is cut to 200 characters"]), "{messages}");
    assert_eq!(
        database.query("select length(subject), length(metadata->'legacy'->>'subject') from claude.messages order by 1 desc limit 1"),
        "200|450"
    );
    assert_eq!(
        database.query("select feedback_type from claude.feedback where feedback_id::text like '%2'"),
        "idea",
        "as their registry has it"
    );
    assert_eq!(table(&report, "claude_family.identities")["n_there"], 1, "a row that is there stays");
    assert_eq!(database.query("select identity_name from claude.identities where identity_id::text like '%1'"), "claude-code-unified");
}

#[test]
fn it_is_done_wholly_or_not_at_all() {
    let database = old();
    database.query(
        "create role old_reader login; grant usage on schema claude, claude_family, claude_pm to old_reader; \
         grant select on all tables in schema claude, claude_family to old_reader; grant insert on all tables in schema claude to old_reader",
    );
    let before = rows(&database, "'claude'");
    let url = database.url.replace("postgres@", "old_reader@");
    let output = Sandbox::new().on(&url).vault_sync(&["db", "import-legacy", "--apply"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("bringing claude_pm.pro") && said.contains("may read all of the old schemas"), "{said}");
    assert_eq!(rows(&database, "'claude'"), before);
}

#[test]
fn an_sqlite_file_never_had_these_schemas() {
    let output = Sandbox::new().vault_sync(&["db", "import-legacy"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("on PostgreSQL only") && stderr(&output).contains("--database-url"), "{}", stderr(&output));
}
