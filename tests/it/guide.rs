//! Every SQL statement of the integration guide runs as it stands, on both engines, and each query finds rows.
//!
//! The statements are those of the code blocks of the sample vault's own note on the database, and those of the guide itself where it lies
//! beside this tree: the note must hold the very same. Only what the guide marks as to be filled in is replaced.

use crate::log::Other;
use crate::postgres;
use crate::support::{Sandbox, column, fixture, stderr};
use serde_json::json;

const NOTE: &str = "vault/20-Domains/Database Integration Guide.md";
const GUIDE: &str = "../../shared/guide/Database Integration Guide.md";

const PROJECT: &str = "0a000000-0000-4000-8000-000000000001";

/// What stands for the places to fill in; the longer name first.
const FILLED: [(&str, &str); 4] = [("{PROJECT_UUID}", PROJECT), ("TABLE_NAME", "projects"), ("TABLE", "projects"), ("COLUMN", "status")];

/// Rows that the queries of the guide are about, in SQL that both engines take.
const SAMPLE: [&str; 8] = [
    "insert into claude.projects (project_id, project_name, status, is_archived) \
     values ('0a000000-0000-4000-8000-000000000001', 'Guide Tool', 'active', false)",
    "insert into claude.sessions (session_id, project_name, session_start) \
     values ('0a000000-0000-4000-8000-000000000002', 'Guide Tool', '2026-01-31T12:00:00.000Z')",
    "insert into claude.feedback (feedback_id, project_id, feedback_type, description, status) \
     values ('0a000000-0000-4000-8000-000000000003', '0a000000-0000-4000-8000-000000000001', 'bug', 'It blinks', 'new')",
    "insert into claude.features (feature_id, project_id, feature_name, status, priority) \
     values ('0a000000-0000-4000-8000-000000000004', '0a000000-0000-4000-8000-000000000001', 'Dashboard', 'in_progress', 2)",
    "insert into claude.components (component_id, feature_id, component_name, status) \
     values ('0a000000-0000-4000-8000-000000000005', '0a000000-0000-4000-8000-000000000004', 'Overview', 'in_progress')",
    "insert into claude.build_tasks (task_id, component_id, feature_id, task_name, status, priority) \
     values ('0a000000-0000-4000-8000-000000000006', '0a000000-0000-4000-8000-000000000005', \
     '0a000000-0000-4000-8000-000000000004', 'Draw it', 'todo', 1)",
    "insert into claude.activity_feed (id, source_type, activity_type, title) \
     values ('0a000000-0000-4000-8000-000000000007', 'commit', 'commit', 'Draw the overview')",
    "insert into claude.actions (action_id, action_name, action_type, context, is_active, sort_order) \
     values ('0a000000-0000-4000-8000-000000000008', 'new_project', 'project', 'project_list', true, 1)",
];

#[test]
fn every_statement_of_the_guide_runs_on_both_engines() {
    let statements = statements_of(&std::fs::read_to_string(fixture(NOTE)).unwrap());
    assert!(statements.len() >= 11, "{} statements", statements.len());
    let url = postgres::database().url;
    let sandboxes = [Sandbox::of("vault"), Sandbox::of("vault").on(&url)];
    sandboxes.iter().for_each(Sandbox::sync);
    let others = [Other::of(&sandboxes[0], None), Other::of(&sandboxes[1], Some(&url))];
    let mut others = others.map(|mut other| {
        SAMPLE.iter().for_each(|sample| other.run(sample));
        other
    });
    for statement in &statements {
        let filled = FILLED.iter().fold(statement.clone(), |text, (place, value)| text.replace(place, value));
        if !is_query(&filled) {
            others.iter_mut().for_each(|other| other.run(&filled));
            continue;
        }
        let answers = sandboxes.each_ref().map(|sandbox| sandbox.json(&["sql", &filled]));
        for answer in &answers {
            assert!(!answer["results"].as_array().unwrap().is_empty(), "no rows: {filled}");
        }
        assert_eq!(answers[0]["columns"], answers[1]["columns"], "the engines answer with other columns: {filled}");
    }
    for sandbox in &sandboxes {
        let added = "select action_type, context, is_active from claude.actions where action_name = 'archive_project'";
        let expected = json!([{"action_type": "project", "context": "project_detail", "is_active": true}]);
        assert_eq!(sandbox.json(&["sql", added])["results"], expected, "the guide's own insert");
    }
}

#[test]
fn a_dashboard_shows_what_the_queries_of_the_guide_find() {
    let url = postgres::database().url;
    for (sandbox, url) in [(Sandbox::of("vault"), None), (Sandbox::of("vault").on(&url), Some(url.as_str()))] {
        sandbox.sync();
        let mut other = Other::of(&sandbox, url);
        SAMPLE.iter().for_each(|sample| other.run(sample));
        let all = sandbox.json(&["dashboard"]);
        assert_eq!(column(&all, "active_sessions", "/project_name"), ["Guide Tool"]);
        assert_eq!(column(&all, "open_feedback", "/project_id"), [PROJECT]);
        assert!(column(&all, "recent_activity", "/title").contains(&"Draw the overview".to_owned()));
        assert!(column(&all, "projects", "/project_name").contains(&"Guide Tool".to_owned()));
        let one = sandbox.json(&["dashboard", "guide tool"]);
        assert_eq!(one["projects"][0]["feature_count"], 1);
        assert_eq!(one["build_tracker"][0]["task_name"], "Draw it");
        assert_eq!(one, sandbox.json(&["dashboard", PROJECT]));
        let text = sandbox.text(&["dashboard"]);
        let open = text.lines().skip_while(|line| *line != "Open feedback").nth(2).unwrap();
        assert_eq!(open.split_whitespace().collect::<Vec<_>>(), ["Guide", "Tool", "1"]);
        let unknown = sandbox.vault_sync(&["dashboard", "Guide Tol"]);
        assert_eq!(unknown.status.code(), Some(2));
        assert!(stderr(&unknown).contains("did you mean 'Guide Tool'?"), "{}", stderr(&unknown));
    }
}

#[test]
fn the_note_on_the_database_has_every_statement_of_the_guide() {
    // The guide is no part of this tree; where it is not there, its statements are those that the note took over.
    let Ok(guide) = std::fs::read_to_string(fixture(GUIDE)) else { return };
    let note = std::fs::read_to_string(fixture(NOTE)).unwrap();
    assert_eq!(statements_of(&note), statements_of(&guide));
}

/// Returns the statements of a note's SQL blocks, each with the comment above it.
fn statements_of(note: &str) -> Vec<String> {
    let blocks = note.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let statements = blocks.flat_map(|block| block.split_inclusive(";\n").map(|statement| statement.trim().to_owned()));
    statements.filter(|statement| !statement.is_empty()).collect()
}

fn is_query(statement: &str) -> bool {
    let mut lines = statement.lines().filter(|line| !line.starts_with("--"));
    lines.next().is_some_and(|line| line.starts_with("SELECT"))
}
