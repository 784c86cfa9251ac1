-- The rest of the integration guide's schema, on SQLite: its other tables, its two views, and what keeps `activity_feed` and
-- `sessions.status` true whoever writes. The same tables stand in migrations/postgres. Logs refer to no session by key: a write to a log
-- never fails because a session is unknown. Columns with a check are those of which `column_registry` knows the values. Never edited once
-- released: add a file.

-- Session and identity.

-- One row a project, by its name.
create table if not exists claude.session_state (
    project_name text primary key not null,
    todo_list text check (todo_list is null or json_valid(todo_list)),
    current_focus text,
    files_modified text check (files_modified is null or json_valid(files_modified)),
    pending_actions text check (pending_actions is null or json_valid(pending_actions)),
    next_steps text default '[]' check (next_steps is null or json_valid(next_steps)),
    updated_at text default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- Sessions are named, not referred to: a message may come from one that no row knows.
create table if not exists claude.messages (
    message_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    from_session_id text,
    to_session_id text,
    from_project text,
    to_project text,
    message_type text
        constraint chk_messages_message_type check (message_type in ('task_request', 'status_update', 'question', 'notification', 'handoff', 'broadcast')),
    priority text default 'normal',
    subject text,
    body text,
    metadata text default '{}' check (metadata is null or json_valid(metadata)),
    status text default 'pending',
    read_at text,
    acknowledged_at text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    expires_at text,
    parent_message_id text,
    thread_id text
) strict;
create index if not exists claude.idx_messages_to_project on messages (to_project);
create index if not exists claude.idx_messages_to_session_id on messages (to_session_id);
create index if not exists claude.idx_messages_created_at on messages (created_at);

-- Project management.

create table if not exists claude.programs (
    program_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    program_name text not null,
    program_code text,
    description text,
    status text default 'active',
    priority integer default 3,
    start_date text,
    target_date text,
    completion_date text,
    owner_session text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    metadata text default '{}' check (metadata is null or json_valid(metadata)),
    color text,
    icon text,
    sort_order integer default 0
) strict;

create table if not exists claude.phases (
    phase_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_id text references projects (project_id),
    phase_name text not null,
    phase_number integer,
    description text,
    status text default 'not_started',
    start_date text,
    target_date text,
    completion_date text,
    duration_weeks real,
    can_run_parallel integer not null default 0 check (can_run_parallel in (0, 1)),
    dependencies text default '[]' check (dependencies is null or json_valid(dependencies)),
    assigned_to text,
    progress_percentage real default 0,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    metadata text default '{}' check (metadata is null or json_valid(metadata))
) strict;
create index if not exists claude.idx_phases_project_id on phases (project_id);

create table if not exists claude.features (
    feature_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_id text references projects (project_id) on delete restrict,
    feature_name text not null,
    feature_type text,
    description text,
    parent_feature_id text references features (feature_id) on delete set null,
    planned_date text,
    planned_by_identity_id text references identities (identity_id) on delete set null,
    priority integer default 3,
    status text not null default 'not_started'
        constraint chk_features_status check (status in ('not_started', 'planned', 'in_progress', 'blocked', 'completed', 'cancelled')),
    completion_percentage integer default 0,
    started_date text,
    completed_date text,
    implemented_by_identity_id text references identities (identity_id) on delete set null,
    design_doc_path text,
    implementation_notes text,
    plan_data text check (plan_data is null or json_valid(plan_data)),
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    created_session_id text references sessions (session_id) on delete set null
) strict;
create index if not exists claude.idx_features_project_id_status on features (project_id, status);
create index if not exists claude.idx_features_parent_feature_id on features (parent_feature_id);

create table if not exists claude.components (
    component_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    feature_id text references features (feature_id) on delete cascade,
    component_name text not null,
    component_type text,
    file_path text,
    planned_functions text check (planned_functions is null or json_valid(planned_functions)),
    planned_dependencies text check (planned_dependencies is null or json_valid(planned_dependencies)),
    status text default 'planned',
    actual_functions text check (actual_functions is null or json_valid(actual_functions)),
    lines_of_code integer,
    has_tests integer not null default 0 check (has_tests in (0, 1)),
    test_coverage_percentage integer,
    has_documentation integer not null default 0 check (has_documentation in (0, 1)),
    doc_path text,
    sort_order integer not null default 0,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    implemented_at text
) strict;
create index if not exists claude.idx_components_feature_id on components (feature_id);

create table if not exists claude.requirements (
    requirement_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    feature_id text references features (feature_id) on delete restrict,
    project_id text references projects (project_id) on delete restrict,
    requirement_name text not null,
    requirement_type text,
    description text,
    acceptance_criteria text check (acceptance_criteria is null or json_valid(acceptance_criteria)),
    status text default 'defined',
    priority integer default 3,
    must_have integer not null default 0 check (must_have in (0, 1)),
    implemented_by_component_id text references components (component_id) on delete set null,
    verified_at text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    created_by_identity_id text references identities (identity_id) on delete set null,
    created_session_id text references sessions (session_id) on delete set null
) strict;
create index if not exists claude.idx_requirements_feature_id on requirements (feature_id);

create table if not exists claude.build_tasks (
    task_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    component_id text references components (component_id) on delete set null,
    feature_id text references features (feature_id) on delete restrict,
    project_id text references projects (project_id) on delete restrict,
    task_name text not null,
    task_description text,
    task_type text,
    status text not null default 'todo'
        constraint chk_build_tasks_status check (status in ('todo', 'in_progress', 'completed', 'blocked', 'cancelled')),
    priority integer default 3,
    assigned_to_identity_id text references identities (identity_id) on delete set null,
    estimated_hours real,
    actual_hours real,
    started_at text,
    completed_at text,
    blocked_reason text,
    blocked_by_task_id text references build_tasks (task_id) on delete set null,
    step_order integer,
    files_affected text check (files_affected is null or json_valid(files_affected)),
    verification text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    created_session_id text references sessions (session_id) on delete set null
) strict;
create index if not exists claude.idx_build_tasks_component_id on build_tasks (component_id);
create index if not exists claude.idx_build_tasks_feature_id on build_tasks (feature_id);
create index if not exists claude.idx_build_tasks_project_id_status on build_tasks (project_id, status);

create table if not exists claude.pm_tasks (
    task_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    phase_id text references phases (phase_id) on delete cascade,
    work_package_id text,
    task_name text not null,
    description text,
    task_type text,
    status text default 'todo',
    priority integer default 3,
    start_date text,
    due_date text,
    completion_date text,
    estimated_hours real,
    actual_hours real,
    assigned_to text,
    depends_on text references pm_tasks (task_id) on delete set null,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    metadata text default '{}' check (metadata is null or json_valid(metadata))
) strict;
create index if not exists claude.idx_pm_tasks_phase_id on pm_tasks (phase_id);

create table if not exists claude.work_tasks (
    task_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_id text references projects (project_id),
    title text not null,
    description text,
    status text default 'todo',
    priority integer default 3,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_work_tasks_project_id on work_tasks (project_id);

create table if not exists claude.workspaces (
    id integer primary key,
    project_name text not null,
    project_path text,
    project_type text,
    project_id text references projects (project_id) on delete set null,
    is_active integer not null default 1 check (is_active in (0, 1)),
    description text,
    added_by_identity_id text references identities (identity_id) on delete set null,
    added_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    mandatory_workflows text check (mandatory_workflows is null or json_valid(mandatory_workflows)),
    startup_config text check (startup_config is null or json_valid(startup_config))
) strict;
create index if not exists claude.idx_workspaces_project_name on workspaces (project_name);

-- Feedback and ideas.

create table if not exists claude.feedback (
    feedback_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_id text references projects (project_id) on delete restrict,
    feedback_type text not null
        constraint chk_feedback_feedback_type check (feedback_type in ('bug', 'design', 'question', 'change')),
    title text,
    description text,
    screenshot_path text,
    status text not null default 'new'
        constraint chk_feedback_status check (status in ('new', 'in_progress', 'resolved', 'wont_fix', 'duplicate')),
    priority text default 'medium',
    assigned_to text,
    notes text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    resolved_at text,
    created_session_id text references sessions (session_id) on delete set null
) strict;
create index if not exists claude.idx_feedback_project_id_status on feedback (project_id, status);

create table if not exists claude.feedback_comments (
    id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    feedback_id text not null references feedback (feedback_id) on delete cascade,
    author text,
    message text not null,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_feedback_comments_feedback_id on feedback_comments (feedback_id);

create table if not exists claude.feedback_screenshots (
    id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    feedback_id text not null references feedback (feedback_id) on delete cascade,
    file_path text not null,
    caption text,
    uploaded_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_feedback_screenshots_feedback_id on feedback_screenshots (feedback_id);

create table if not exists claude.ideas (
    idea_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_id text references projects (project_id) on delete set null,
    idea_title text not null,
    description text,
    tags text check (tags is null or json_valid(tags)),
    priority integer default 3,
    status text default 'open',
    converted_to_phase_id text references phases (phase_id) on delete set null,
    converted_to_task_id text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    created_by text,
    metadata text default '{}' check (metadata is null or json_valid(metadata))
) strict;
create index if not exists claude.idx_ideas_project_id on ideas (project_id);

-- Knowledge and docs.

create table if not exists claude.project_docs (
    document_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_id text references projects (project_id) on delete cascade,
    document_type text,
    title text not null,
    description text,
    content text,
    file_path text,
    file_hash text,
    last_synced_at text,
    status text,
    version text,
    author text,
    approver text,
    approved_at text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    created_by text,
    metadata text default '{}' check (metadata is null or json_valid(metadata))
) strict;
create index if not exists claude.idx_project_docs_project_id on project_docs (project_id);

create table if not exists claude.doc_templates (
    template_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    template_type text,
    name text not null,
    content text,
    is_active integer not null default 1 check (is_active in (0, 1)),
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

create table if not exists claude.procedures (
    procedure_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    procedure_name text not null,
    procedure_type text,
    short_description text,
    location_type text,
    file_path text,
    applies_to_projects text check (applies_to_projects is null or json_valid(applies_to_projects)),
    mandatory integer not null default 0 check (mandatory in (0, 1)),
    frequency text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- Process and workflow.

-- Its key is a name, such as PROC-SESSION-004.
create table if not exists claude.process_registry (
    process_id text primary key not null,
    process_name text not null,
    description text,
    category text,
    enforcement text,
    sop_ref text,
    command_ref text,
    is_active integer not null default 1 check (is_active in (0, 1)),
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_process_registry_category on process_registry (category);

create table if not exists claude.process_steps (
    step_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    process_id text not null references process_registry (process_id) on delete cascade,
    step_number integer not null,
    step_name text not null,
    step_description text,
    is_blocking integer not null default 0 check (is_blocking in (0, 1)),
    is_user_approval integer not null default 0 check (is_user_approval in (0, 1)),
    timeout_seconds integer
) strict;
create index if not exists claude.idx_process_steps_process_id_step_number on process_steps (process_id, step_number);

-- A pattern is a regular expression, or a JSON list of keywords.
create table if not exists claude.process_triggers (
    trigger_id integer primary key,
    process_id text not null references process_registry (process_id) on delete cascade,
    trigger_type text not null,
    pattern text,
    priority integer default 5,
    is_active integer not null default 1 check (is_active in (0, 1))
) strict;
create index if not exists claude.idx_process_triggers_process_id on process_triggers (process_id);

create table if not exists claude.process_runs (
    run_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    process_id text references process_registry (process_id) on delete cascade,
    session_id text,
    triggered_by text,
    status text not null default 'running',
    started_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    completed_at text
) strict;
create index if not exists claude.idx_process_runs_process_id_started_at on process_runs (process_id, started_at);

create table if not exists claude.process_dependencies (
    from_process text not null references process_registry (process_id) on delete cascade,
    to_process text not null references process_registry (process_id) on delete cascade,
    dependency_type text not null default '',
    primary key (from_process, to_process, dependency_type)
) strict;
create index if not exists claude.idx_process_dependencies_to_process on process_dependencies (to_process);

create table if not exists claude.process_classification_log (
    log_id integer primary key,
    user_prompt text not null,
    classification_method text not null,
    matched_process_ids text check (matched_process_ids is null or json_valid(matched_process_ids)),
    llm_confidence real,
    llm_reasoning text,
    latency_ms integer,
    cost_usd real,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_process_classification_log_created_at on process_classification_log (created_at);

create table if not exists claude.workflow_state (
    workflow_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    process_id text references process_registry (process_id) on delete cascade,
    session_id text,
    current_step text,
    context text default '{}' check (context is null or json_valid(context)),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- MCP and agents.

-- A log: it never refuses a row because a session is unknown.
create table if not exists claude.mcp_usage (
    usage_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    session_id text,
    mcp_server text,
    tool_name text not null,
    called_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    execution_time_ms integer,
    success integer not null default 1 check (success in (0, 1)),
    error_message text,
    input_size_bytes integer,
    output_size_bytes integer,
    identity_id text,
    project_name text,
    tool_kind text default 'mcp'
) strict;
create index if not exists claude.idx_mcp_usage_mcp_server_tool_name on mcp_usage (mcp_server, tool_name);
create index if not exists claude.idx_mcp_usage_called_at on mcp_usage (called_at);
create index if not exists claude.idx_mcp_usage_session_id on mcp_usage (session_id);

create table if not exists claude.mcp_configs (
    config_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_name text,
    mcp_server_name text not null,
    mcp_package text,
    install_date text default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    removal_date text,
    is_active integer not null default 1 check (is_active in (0, 1)),
    reason text,
    installed_by_identity_id text references identities (identity_id) on delete set null
) strict;
create index if not exists claude.idx_mcp_configs_project_name on mcp_configs (project_name);

create table if not exists claude.agent_sessions (
    session_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    agent_type text not null,
    task_description text not null,
    workspace_dir text not null,
    spawned_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    completed_at text,
    execution_time_seconds real,
    success integer check (success in (0, 1)),
    output_text text,
    error_message text,
    stderr_text text,
    estimated_cost_usd real,
    model text,
    mcp_servers text check (mcp_servers is null or json_valid(mcp_servers)),
    metadata text check (metadata is null or json_valid(metadata)),
    created_by text,
    parent_session_id text references sessions (session_id) on delete set null
) strict;
create index if not exists claude.idx_agent_sessions_spawned_at on agent_sessions (spawned_at);
create index if not exists claude.idx_agent_sessions_parent_session_id on agent_sessions (parent_session_id);

create table if not exists claude.async_tasks (
    task_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    agent_type text not null,
    task_description text not null,
    workspace_dir text not null,
    callback_project text,
    status text not null default 'pending'
        constraint chk_async_tasks_status check (status in ('pending', 'running', 'completed', 'failed')),
    spawned_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    started_at text,
    completed_at text,
    result text,
    error text,
    parent_session_id text references sessions (session_id) on delete set null
) strict;
create index if not exists claude.idx_async_tasks_status on async_tasks (status);
create index if not exists claude.idx_async_tasks_parent_session_id on async_tasks (parent_session_id);

-- Quality and compliance.

create table if not exists claude.compliance_audits (
    audit_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_name text,
    audit_type text not null,
    status text not null default 'pending',
    triggered_by text,
    checks_passed integer default 0,
    checks_failed integer default 0,
    checks_skipped integer default 0,
    findings text default '[]' check (findings is null or json_valid(findings)),
    initiated_by_session_id text,
    completed_at text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_compliance_audits_project_name_created_at on compliance_audits (project_name, created_at);

create table if not exists claude.audit_schedule (
    schedule_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_name text not null,
    audit_type text not null,
    frequency_days integer not null default 30,
    last_audit_date text,
    next_audit_date text,
    is_active integer not null default 1 check (is_active in (0, 1)),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_audit_schedule_next_audit_date on audit_schedule (next_audit_date);

create table if not exists claude.reviewer_runs (
    run_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    reviewer_type text not null,
    project_name text,
    triggered_by text,
    status text not null default 'running',
    started_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    completed_at text,
    findings text default '[]' check (findings is null or json_valid(findings)),
    summary text,
    issues_found integer default 0,
    issues_fixed integer default 0
) strict;
create index if not exists claude.idx_reviewer_runs_reviewer_type_started_at on reviewer_runs (reviewer_type, started_at);

create table if not exists claude.reviewer_specs (
    spec_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    reviewer_type text not null,
    criteria text,
    is_active integer not null default 1 check (is_active in (0, 1)),
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

create table if not exists claude.test_runs (
    id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_name text not null,
    test_type text not null,
    test_framework text,
    started_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    completed_at text,
    total_tests integer,
    passed integer,
    failed integer,
    skipped integer,
    pass_rate real generated always as (round(100.0 * passed / nullif(total_tests, 0), 2)) stored,
    git_branch text,
    git_commit text,
    failed_tests text check (failed_tests is null or json_valid(failed_tests)),
    duration_seconds real,
    triggered_by text,
    session_id text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_test_runs_project_name_started_at on test_runs (project_name, started_at);

-- System and config.

-- Ours: `created_by` is 'vault-sync' in the rows that a migration writes; all others are left alone.
create table if not exists claude.column_registry (
    id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    table_name text not null,
    column_name text not null,
    data_type text not null,
    is_nullable integer not null default 1 check (is_nullable in (0, 1)),
    description text,
    valid_values text check (valid_values is null or json_valid(valid_values)),
    default_value text,
    example_value text,
    constraints text,
    min_length integer,
    max_length integer,
    quality_rules text check (quality_rules is null or json_valid(quality_rules)),
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    created_by text,
    unique (table_name, column_name)
) strict;

create table if not exists claude.schema_registry (
    id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    table_name text not null,
    purpose text not null,
    owner text,
    category text,
    used_by text check (used_by is null or json_valid(used_by)),
    row_count_approx integer,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    created_by text,
    last_reviewed text,
    notes text,
    column_descriptions text check (column_descriptions is null or json_valid(column_descriptions)),
    fk_relationships text check (fk_relationships is null or json_valid(fk_relationships)),
    row_count_actual integer,
    content_hash text,
    unique (table_name)
) strict;

create table if not exists claude.enforcement_log (
    log_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    session_id text,
    interaction_count integer,
    reminder_type text,
    reminder_message text,
    action_taken text,
    triggered_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_enforcement_log_triggered_at on enforcement_log (triggered_at);

create table if not exists claude.actions (
    action_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    action_name text not null,
    action_type text,
    display_name text,
    description text,
    context text,
    icon text,
    hotkey text,
    slash_command text,
    requires_project integer not null default 0 check (requires_project in (0, 1)),
    requires_confirmation integer not null default 0 check (requires_confirmation in (0, 1)),
    parameters text default '{}' check (parameters is null or json_valid(parameters)),
    available_in_mcw integer not null default 1 check (available_in_mcw in (0, 1)),
    available_in_cli integer not null default 1 check (available_in_cli in (0, 1)),
    is_active integer not null default 1 check (is_active in (0, 1)),
    sort_order integer not null default 0,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_actions_context_sort_order on actions (context, sort_order);

create table if not exists claude.reminders (
    reminder_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    title text not null,
    description text,
    check_after text not null,
    check_type text default 'manual',
    check_condition text,
    reschedule_days integer default 7,
    max_reminders integer default 3,
    reminder_count integer not null default 0,
    status text not null default 'pending',
    completed_at text,
    project_name text,
    created_by text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_reminders_check_after on reminders (check_after) where status = 'pending';

create table if not exists claude.scheduled_jobs (
    job_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    project_id text references projects (project_id) on delete set null,
    job_name text not null,
    job_description text,
    job_type text,
    schedule text,
    last_run text,
    last_status text,
    last_output text,
    last_error text,
    next_run text,
    run_count integer not null default 0,
    success_count integer not null default 0,
    is_active integer not null default 1 check (is_active in (0, 1)),
    timeout_seconds integer,
    retry_on_failure integer not null default 0 check (retry_on_failure in (0, 1)),
    max_retries integer default 0,
    command text,
    working_directory text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    created_by_identity_id text references identities (identity_id) on delete set null,
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    metadata text default '{}' check (metadata is null or json_valid(metadata)),
    trigger_type text default 'session_start',
    trigger_condition text default '{}' check (trigger_condition is null or json_valid(trigger_condition)),
    priority integer default 5
) strict;
create index if not exists claude.idx_scheduled_jobs_next_run on scheduled_jobs (next_run) where is_active;

create table if not exists claude.job_run_history (
    id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    job_id text references scheduled_jobs (job_id) on delete cascade,
    started_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    completed_at text,
    triggered_by text,
    status text,
    output text,
    error_message text,
    findings text check (findings is null or json_valid(findings)),
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_job_run_history_job_id_started_at on job_run_history (job_id, started_at);

-- What happened, newest first by `occurred_at`. Triggers fill it: see below.
create table if not exists claude.activity_feed (
    id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    source_type text not null,
    source_id text,
    actor text,
    activity_type text not null,
    title text not null,
    summary text,
    project_name text,
    severity text not null default 'info',
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    occurred_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists claude.idx_activity_feed_occurred_at on activity_feed (occurred_at desc);
create index if not exists claude.idx_activity_feed_project_name_occurred_at on activity_feed (project_name, occurred_at desc);

-- Older versions of SQLite (3.40 for one) say that null is no JSON, so that programs with one of these could not leave such a column out.
-- Only the text of the checks changes, in the way that SQLite documents for it; the new tables above make other connections read it anew.
pragma writable_schema = on;
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(tasks_completed))', ' check (tasks_completed is null or json_valid(tasks_completed))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(learnings_gained))', ' check (learnings_gained is null or json_valid(learnings_gained))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(challenges_encountered))', ' check (challenges_encountered is null or json_valid(challenges_encountered))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(session_metadata))', ' check (session_metadata is null or json_valid(session_metadata))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(tags))', ' check (tags is null or json_valid(tags))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(properties))', ' check (properties is null or json_valid(properties))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(problems))', ' check (problems is null or json_valid(problems))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(applies_to_projects))', ' check (applies_to_projects is null or json_valid(applies_to_projects))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(applies_to_platforms))', ' check (applies_to_platforms is null or json_valid(applies_to_platforms))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(related_knowledge))', ' check (related_knowledge is null or json_valid(related_knowledge))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(keywords))', ' check (keywords is null or json_valid(keywords))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(results_ids))', ' check (results_ids is null or json_valid(results_ids))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(counts))', ' check (counts is null or json_valid(counts))');
update claude.sqlite_master set sql = replace(sql, ' check (json_valid(vaults))', ' check (vaults is null or json_valid(vaults))');
pragma writable_schema = off;

-- The registries are written anew when the program's definitions are no longer these.
alter table claude.store add column definitions text;

-- Never audited is due.
create view if not exists claude.audits_due as
select schedule_id, project_name, audit_type, frequency_days, last_audit_date, next_audit_date,
    coalesce(julianday(next_audit_date), julianday(last_audit_date) + frequency_days, julianday('now')) <= julianday('now') as is_due
from audit_schedule
where is_active;

create view if not exists claude.mcp_usage_stats as
select mcp_server, tool_name, count(*) as call_count,
    count(*) filter (where success) as success_count,
    count(*) filter (where not success) as failure_count,
    round(avg(execution_time_ms), 1) as avg_execution_ms,
    min(called_at) as first_used, max(called_at) as last_used
from mcp_usage
group by mcp_server, tool_name;

-- A session that has ended is not active, whoever ended it.
create trigger if not exists claude.trg_sessions_status_insert after insert on sessions
when new.session_end is not null and new.status = 'active'
begin
    update sessions set status = 'ended' where session_id = new.session_id;
end;
create trigger if not exists claude.trg_sessions_status_update after update of session_end on sessions
when new.session_end is not null and new.status = 'active'
begin
    update sessions set status = 'ended' where session_id = new.session_id;
end;
update claude.sessions set status = 'ended' where session_end is not null and status = 'active';

-- The activity feed: begins and ends of sessions, messages, and runs of ours.
create trigger if not exists claude.trg_sessions_feed_start after insert on sessions
begin
    insert into activity_feed (source_type, source_id, actor, activity_type, title, project_name, occurred_at)
    values ('session', new.session_id, (select identity_name from identities where identity_id = new.identity_id), 'session_start',
        'Session started' || coalesce(': ' || new.project_name, ''), new.project_name, new.session_start);
end;
create trigger if not exists claude.trg_sessions_feed_end_insert after insert on sessions
when new.session_end is not null
begin
    insert into activity_feed (source_type, source_id, actor, activity_type, title, summary, project_name, occurred_at)
    values ('session', new.session_id, (select identity_name from identities where identity_id = new.identity_id), 'session_end',
        'Session ended' || coalesce(': ' || new.project_name, ''), new.session_summary, new.project_name, new.session_end);
end;
create trigger if not exists claude.trg_sessions_feed_end_update after update of session_end on sessions
when new.session_end is not null and old.session_end is null
begin
    insert into activity_feed (source_type, source_id, actor, activity_type, title, summary, project_name, occurred_at)
    values ('session', new.session_id, (select identity_name from identities where identity_id = new.identity_id), 'session_end',
        'Session ended' || coalesce(': ' || new.project_name, ''), new.session_summary, new.project_name, new.session_end);
end;
create trigger if not exists claude.trg_messages_feed after insert on messages
begin
    insert into activity_feed (source_type, source_id, actor, activity_type, title, project_name, occurred_at)
    values ('message', new.message_id, new.from_project, 'message_sent', coalesce(new.subject, new.message_type, 'Message'),
        new.to_project, new.created_at);
end;
create trigger if not exists claude.trg_sync_runs_feed after insert on sync_runs
begin
    insert into activity_feed (source_type, source_id, actor, activity_type, title, severity, occurred_at)
    values ('sync', new.run_id, 'vault-sync', 'vault_' || new.command,
        'Vault ' || (select vault_name from vaults where vault_id = new.vault_id) || coalesce(': ' || (
            select group_concat(c.value || ' ' || c.key, ', ')
            from json_each(new.counts) as c
            where c.key in ('added', 'archived', 'failed', 'modified', 'renamed', 'returned') and c.value <> 0
        ), ''),
        case when coalesce(json_extract(new.counts, '$.failed'), 0) = 0 then 'info' else 'warning' end,
        coalesce(new.ended_at, new.started_at));
end;
