//! What goes where, as data: which old table becomes which table of `claude`, which of its columns have another name there, and which of
//! its words mean the same as others. The guide's six lines, and what else the old schemas are known to have held.

/// Where old rows are.
pub(super) const SCHEMAS: [&str; 3] = ["claude_family", "claude_pm", "claude_mission_control"];

/// An old table, and the table of `claude` that its rows belong into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub from: &'static str,
    pub into: &'static str,
    /// By which column of the new table a row is known again.
    pub key: &'static str,
    /// Old columns that have another name in the new table. A column of the same name goes first.
    pub renamed: &'static [(&'static str, &'static str)],
    /// Old columns of which nothing is left: a number that meant the row and nothing else.
    pub dropped: &'static [&'static str],
    pub name: Name,
}

/// What a row is called, where that matters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Name {
    None,
    /// Two rows of one name are one.
    Unique(&'static str),
    /// Two rows of one name are told of.
    Usual(&'static str),
}

const fn line(from: &'static str, into: &'static str, key: &'static str, renamed: &'static [(&'static str, &'static str)]) -> Move {
    Move { from, into, key, renamed, dropped: &[], name: Name::None }
}

/// What `claude_pm.tasks` become by the guide.
pub(super) const TASKS: Move = line(
    "claude_pm.tasks",
    "build_tasks",
    "task_id",
    &[
        ("description", "task_description"),
        ("depends_on", "blocked_by_task_id"),
        ("start_date", "started_at"),
        ("completion_date", "completed_at"),
    ],
);

/// What they become for whoever says so.
pub(super) const PM_TASKS: Move = line("claude_pm.tasks", "pm_tasks", "task_id", &[]);

/// By these columns tasks are seen to be those of project management.
pub(super) const OF_PM: [&str; 3] = ["phase_id", "due_date", "work_package_id"];

/// In this order: what others refer to comes before them. `claude_pm.tasks` is [`TASKS`] or [`PM_TASKS`].
#[rustfmt::skip]
pub(super) const MOVES: &[Move] = &[
    Move { name: Name::Unique("identity_name"), ..line("claude_family.identities", "identities", "identity_id", &[]) },
    line("claude_pm.programs", "programs", "program_id", &[]),
    Move { name: Name::Usual("project_name"), ..line("claude_pm.projects", "projects", "project_id", &[]) },
    line("claude_mission_control.documents", "documents", "doc_id", &[]),
    line("claude_family.session_history", "sessions", "session_id", &[]),
    line("claude_family.session_state", "session_state", "project_name", &[]),
    line("claude_family.shared_knowledge", "knowledge", "knowledge_id", &[]),
    line("claude_family.universal_knowledge", "knowledge", "knowledge_id", &[]),
    line("claude_family.instance_messages", "messages", "message_id", &[]),
    line("claude_family.procedure_registry", "procedures", "procedure_id", &[]),
    line("claude_family.ai_cron_jobs", "scheduled_jobs", "job_id", &[]),
    Move { dropped: &["workspace_id", "id"], ..line("claude_family.project_workspaces", "workspaces", "project_name", &[("created_at", "added_at")]) },
    line("claude_family.mcp_configurations", "mcp_configs", "config_id", &[]),
    line("claude_pm.phases", "phases", "phase_id", &[]),
    line("claude_pm.features", "features", "feature_id", &[]),
    line("claude_mission_control.features", "features", "feature_id", &[]),
    line("claude_mission_control.components", "components", "component_id", &[]),
    line("claude_mission_control.requirements", "requirements", "requirement_id", &[]),
    TASKS,
    line("claude_mission_control.build_tasks", "build_tasks", "task_id", &[]),
    line("claude_mission_control.work_tasks", "work_tasks", "task_id", &[("task_name", "title")]),
    line("claude_pm.project_feedback", "feedback", "feedback_id", &[]),
    line("claude_pm.project_feedback_comments", "feedback_comments", "id", &[("comment_id", "id"), ("content", "message")]),
    line("claude_pm.feedback_conversations", "feedback_comments", "id", &[("comment_id", "id"), ("content", "message")]),
    line("claude_pm.feedback_screenshots", "feedback_screenshots", "id", &[("screenshot_id", "id")]),
    line("claude_pm.project_ideas", "ideas", "idea_id", &[]),
    line("claude_pm.project_documents", "project_docs", "document_id", &[]),
    line("claude_pm.document_templates", "doc_templates", "template_id", &[]),
];

/// Old tables that stay behind, and why.
pub(super) const LEFT: &[(&str, &str)] = &[
    ("instance_messages", "the messages are those of claude_family"),
    ("feature_backlog", "the features are kept elsewhere"),
    ("api_cost_data", NOT_KEPT),
    ("api_usage_data", NOT_KEPT),
    ("cross_reference_log", NOT_KEPT),
    ("startup_context", NOT_KEPT),
    ("usage_sync_status", NOT_KEPT),
    ("app_settings", NOT_KEPT),
    ("audit_log", NOT_KEPT),
    ("implementation_verification", NOT_KEPT),
    ("instance_health", NOT_KEPT),
    ("plan_documents", NOT_KEPT),
    ("ui_test_*", NOT_KEPT),
];

const NOT_KEPT: &str = "claude has no such table any more";

/// Columns whose words are written in small letters, besides those of which the registry knows the values.
pub(super) const WORDS: &[&str] =
    &["status", "priority", "knowledge_type", "feature_type", "component_type", "requirement_type", "task_type"];

/// Tables whose words are written otherwise.
pub(super) const IN_CAPITALS: &[&str] = &["documents", "project_docs"];

/// Words that are no longer used, and which is: table, column, old, new.
pub(super) const MEANT: &[(&str, &str, &str, &str)] = &[
    ("projects", "status", "in_progress", "active"),
    ("projects", "status", "complete", "completed"),
    ("projects", "status", "on_hold", "paused"),
    ("projects", "status", "cancelled", "archived"),
    ("projects", "phase", "design", "planning"),
    ("projects", "phase", "testing", "implementation"),
    ("projects", "phase", "production", "maintenance"),
    ("identities", "status", "inactive", "archived"),
    ("features", "status", "draft", "not_started"),
    ("features", "status", "complete", "completed"),
    ("components", "status", "complete", "completed"),
    ("build_tasks", "status", "pending", "todo"),
    ("build_tasks", "status", "complete", "completed"),
    ("build_tasks", "status", "on_hold", "blocked"),
    ("pm_tasks", "status", "complete", "completed"),
    ("phases", "status", "complete", "completed"),
    ("programs", "status", "complete", "completed"),
    ("feedback", "status", "fixed", "resolved"),
    ("feedback", "status", "triaged", "new"),
    ("feedback", "feedback_type", "idea", "change"),
    ("feedback", "feedback_type", "improvement", "change"),
    ("messages", "message_type", "acknowledgment", "notification"),
    ("knowledge", "knowledge_type", "bugfix", "bug-fix"),
    ("knowledge", "knowledge_type", "api", "api-reference"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::definitions::definitions;
    use crate::store::migrate::POSTGRES;

    #[test]
    fn each_line_leads_to_a_table_and_to_columns_that_there_are() {
        let tables = definitions(POSTGRES.iter().map(|(_, _, sql)| *sql));
        for Move { from, into, key, renamed, .. } in MOVES.iter().chain([&PM_TASKS]) {
            assert!(SCHEMAS.contains(&from.split_once('.').unwrap().0), "{from}");
            let has = |name: &str| tables[*into].columns.iter().any(|column| column.name == name);
            assert!(has(key) && renamed.iter().all(|(_, new)| has(new)), "{from}");
        }
        for (table, column, old, new) in MEANT {
            assert!(tables[*table].columns.iter().any(|c| c.name == *column) && old != new, "{table}.{column}");
        }
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        let tables = definitions(POSTGRES.iter().map(|(_, _, sql)| *sql));
        for (i, step) in MOVES.iter().enumerate() {
            for (table, _) in tables[step.into].columns.iter().filter_map(|column| column.references.as_ref()) {
                assert!(table == step.into || MOVES[i..].iter().all(|later| later.into != *table), "{} and {table}", step.from);
            }
        }
    }
}
