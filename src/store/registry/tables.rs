//! What each table and view of the schema is for. A test compares the list with what the migrations make.

#[derive(Debug)]
pub(super) struct Definition {
    pub name: &'static str,
    pub category: &'static str,
    pub purpose: &'static str,
}

const SESSIONS: &str = "Session & Identity";
const PROJECTS: &str = "Project Management";
const FEEDBACK: &str = "Feedback & Ideas";
const KNOWLEDGE: &str = "Knowledge & Docs";
const PROCESSES: &str = "Process & Workflow";
const AGENTS: &str = "MCP & Agents";
const QUALITY: &str = "Quality & Compliance";
const SYSTEM: &str = "System & Config";
const MIRROR: &str = "Vault Mirror";

const fn table(category: &'static str, name: &'static str, purpose: &'static str) -> Definition {
    Definition { name, category, purpose }
}

#[rustfmt::skip]
pub(super) const TABLES: &[Definition] = &[
    table(SESSIONS, "sessions", "Session logs: who worked when, on what"),
    table(SESSIONS, "session_state", "To-do list and focus of a project, kept between sessions"),
    table(SESSIONS, "identities", "Registry of the agents that work"),
    table(SESSIONS, "messages", "Messages between sessions and projects"),
    table(PROJECTS, "projects", "Project registry"),
    table(PROJECTS, "programs", "Programs: groups of projects"),
    table(PROJECTS, "features", "Features of projects, and how far they are"),
    table(PROJECTS, "components", "Components that make up a feature"),
    table(PROJECTS, "requirements", "Requirements of a feature, with their acceptance criteria"),
    table(PROJECTS, "build_tasks", "Development tasks of a component or feature"),
    table(PROJECTS, "pm_tasks", "Project management tasks of a phase"),
    table(PROJECTS, "work_tasks", "Work items of a project that are nothing more specific"),
    table(PROJECTS, "phases", "Phases of a project, in their order"),
    table(PROJECTS, "workspaces", "The folder in which a project lies"),
    table(FEEDBACK, "feedback", "Bug reports, design remarks, questions and changes"),
    table(FEEDBACK, "feedback_comments", "Comments on feedback"),
    table(FEEDBACK, "feedback_screenshots", "Screenshots attached to feedback"),
    table(FEEDBACK, "ideas", "Ideas, before they become phases or tasks"),
    table(KNOWLEDGE, "knowledge", "What is known: one row a note of a vault (doc_id is set), and what agents wrote themselves"),
    table(KNOWLEDGE, "knowledge_retrieval_log", "What was asked of the knowledge, and what was found"),
    table(KNOWLEDGE, "procedures", "Standing procedures: where each is written down, and whom it binds"),
    table(KNOWLEDGE, "documents", "Document registry: one row a file of a vault (vault_id is set), and what others registered"),
    table(KNOWLEDGE, "document_projects", "Which documents belong to which projects"),
    table(KNOWLEDGE, "project_docs", "Documents of one project, with their content"),
    table(KNOWLEDGE, "doc_templates", "Templates for documents"),
    table(PROCESSES, "process_registry", "Defined workflows"),
    table(PROCESSES, "process_steps", "Steps of a workflow, in their order"),
    table(PROCESSES, "process_triggers", "Keywords, expressions and events that start a workflow"),
    table(PROCESSES, "process_runs", "When a workflow ran, and how it ended"),
    table(PROCESSES, "process_dependencies", "Which workflow needs or leads to which"),
    table(PROCESSES, "process_classification_log", "Which workflows a prompt was taken for"),
    table(PROCESSES, "workflow_state", "Where an active workflow stands"),
    table(AGENTS, "mcp_usage", "Calls of MCP tools"),
    table(AGENTS, "mcp_usage_stats", "View: calls, failures and times of each MCP tool"),
    table(AGENTS, "mcp_configs", "MCP servers, and the projects that have them"),
    table(AGENTS, "agent_sessions", "Agents that a session started, and what became of them"),
    table(AGENTS, "async_tasks", "Tasks that agents do on the side"),
    table(QUALITY, "compliance_audits", "Results of audits"),
    table(QUALITY, "audit_schedule", "How often which project is audited"),
    table(QUALITY, "audits_due", "View: the active schedule, with whether an audit is due"),
    table(QUALITY, "reviewer_runs", "Runs of automatic reviewers, with their findings"),
    table(QUALITY, "reviewer_specs", "What automatic reviewers look for"),
    table(QUALITY, "test_runs", "Test runs, with their counts"),
    table(SYSTEM, "column_registry", "Valid values of constrained columns: look here before writing"),
    table(SYSTEM, "schema_registry", "What each table is for, and the types of its columns"),
    table(SYSTEM, "enforcement_log", "Reminders that were given, and what came of them"),
    table(SYSTEM, "actions", "Actions that surfaces offer, by context"),
    table(SYSTEM, "reminders", "Reminders, with when and how to look"),
    table(SYSTEM, "scheduled_jobs", "Jobs, with their schedule and last outcome"),
    table(SYSTEM, "job_run_history", "Runs of jobs"),
    table(SYSTEM, "activity_feed", "What happened: sessions, messages, runs of vault-sync; newest by occurred_at"),
    table(SYSTEM, "_sqlx_migrations", "Which changes of the schema this database has seen"),
    table(MIRROR, "store", "One row: which store this is, and how many changes it has seen"),
    table(MIRROR, "vaults", "The vaults that are mirrored"),
    table(MIRROR, "vault_files", "Files of a vault that are not in documents, with the reason"),
    table(MIRROR, "document_texts", "The text of canvases"),
    table(MIRROR, "document_links", "Links of a document: as written, and where each leads"),
    table(MIRROR, "document_tags", "Tags of a document"),
    table(MIRROR, "document_aliases", "Aliases of a document"),
    table(MIRROR, "document_headings", "Headings of a document"),
    table(MIRROR, "document_blocks", "Blocks of a document that have an id"),
    table(MIRROR, "document_tasks", "Tasks in a document, done or not"),
    table(MIRROR, "document_paths", "Where a document has been"),
    table(MIRROR, "changes", "The change feed, in the order of revisions"),
    table(MIRROR, "change_cursors", "How far named readers of the change feed have come"),
    table(MIRROR, "sync_runs", "What each sync did"),
    table(MIRROR, "lookup_hits", "The documents that a lookup returned"),
    table(MIRROR, "lookup_feedback", "Whether a lookup helped"),
];
