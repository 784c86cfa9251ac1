-- The rest of the integration guide's schema, on PostgreSQL: its other tables, its two views, and what keeps `activity_feed` and
-- `sessions.status` true whoever writes. The same tables stand in migrations/sqlite. Logs refer to no session by key: a write to a log
-- never fails because a session is unknown. Columns with a check are those of which `column_registry` knows the values. Never edited once
-- released: add a file.

-- Session and identity.

-- One row a project, by its name.
create table if not exists claude.session_state (
    project_name text primary key,
    todo_list jsonb,
    current_focus text,
    files_modified text[],
    pending_actions text[],
    next_steps jsonb default '[]',
    updated_at timestamptz default now()
);

-- Sessions are named, not referred to: a message may come from one that no row knows.
create table if not exists claude.messages (
    message_id uuid primary key default gen_random_uuid(),
    from_session_id uuid,
    to_session_id uuid,
    from_project text,
    to_project text,
    message_type text
        constraint chk_messages_message_type check (message_type in ('task_request', 'status_update', 'question', 'notification', 'handoff', 'broadcast')),
    priority text default 'normal',
    subject text,
    body text,
    metadata jsonb default '{}',
    status text default 'pending',
    read_at timestamptz,
    acknowledged_at timestamptz,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    parent_message_id uuid,
    thread_id uuid
);
create index if not exists idx_messages_to_project on claude.messages (to_project);
create index if not exists idx_messages_to_session_id on claude.messages (to_session_id);
create index if not exists idx_messages_created_at on claude.messages (created_at);

-- Project management.

create table if not exists claude.programs (
    program_id uuid primary key default gen_random_uuid(),
    program_name text not null,
    program_code text,
    description text,
    status text default 'active',
    priority integer default 3,
    start_date date,
    target_date date,
    completion_date date,
    owner_session text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    metadata jsonb default '{}',
    color text,
    icon text,
    sort_order integer default 0
);

create table if not exists claude.phases (
    phase_id uuid primary key default gen_random_uuid(),
    project_id uuid references claude.projects (project_id),
    phase_name text not null,
    phase_number integer,
    description text,
    status text default 'not_started',
    start_date date,
    target_date date,
    completion_date date,
    duration_weeks numeric,
    can_run_parallel boolean not null default false,
    dependencies jsonb default '[]',
    assigned_to text,
    progress_percentage numeric default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    metadata jsonb default '{}'
);
create index if not exists idx_phases_project_id on claude.phases (project_id);

create table if not exists claude.features (
    feature_id uuid primary key default gen_random_uuid(),
    project_id uuid references claude.projects (project_id) on delete restrict,
    feature_name text not null,
    feature_type text,
    description text,
    parent_feature_id uuid references claude.features (feature_id) on delete set null,
    planned_date timestamptz,
    planned_by_identity_id uuid references claude.identities (identity_id) on delete set null,
    priority integer default 3,
    status text not null default 'not_started'
        constraint chk_features_status check (status in ('not_started', 'planned', 'in_progress', 'blocked', 'completed', 'cancelled')),
    completion_percentage integer default 0,
    started_date timestamptz,
    completed_date timestamptz,
    implemented_by_identity_id uuid references claude.identities (identity_id) on delete set null,
    design_doc_path text,
    implementation_notes text,
    plan_data jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    created_session_id uuid references claude.sessions (session_id) on delete set null
);
create index if not exists idx_features_project_id_status on claude.features (project_id, status);
create index if not exists idx_features_parent_feature_id on claude.features (parent_feature_id);

create table if not exists claude.components (
    component_id uuid primary key default gen_random_uuid(),
    feature_id uuid references claude.features (feature_id) on delete cascade,
    component_name text not null,
    component_type text,
    file_path text,
    planned_functions text[],
    planned_dependencies text[],
    status text default 'planned',
    actual_functions text[],
    lines_of_code integer,
    has_tests boolean not null default false,
    test_coverage_percentage integer,
    has_documentation boolean not null default false,
    doc_path text,
    sort_order integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    implemented_at timestamptz
);
create index if not exists idx_components_feature_id on claude.components (feature_id);

create table if not exists claude.requirements (
    requirement_id uuid primary key default gen_random_uuid(),
    feature_id uuid references claude.features (feature_id) on delete restrict,
    project_id uuid references claude.projects (project_id) on delete restrict,
    requirement_name text not null,
    requirement_type text,
    description text,
    acceptance_criteria text[],
    status text default 'defined',
    priority integer default 3,
    must_have boolean not null default false,
    implemented_by_component_id uuid references claude.components (component_id) on delete set null,
    verified_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    created_by_identity_id uuid references claude.identities (identity_id) on delete set null,
    created_session_id uuid references claude.sessions (session_id) on delete set null
);
create index if not exists idx_requirements_feature_id on claude.requirements (feature_id);

create table if not exists claude.build_tasks (
    task_id uuid primary key default gen_random_uuid(),
    component_id uuid references claude.components (component_id) on delete set null,
    feature_id uuid references claude.features (feature_id) on delete restrict,
    project_id uuid references claude.projects (project_id) on delete restrict,
    task_name text not null,
    task_description text,
    task_type text,
    status text not null default 'todo'
        constraint chk_build_tasks_status check (status in ('todo', 'in_progress', 'completed', 'blocked', 'cancelled')),
    priority integer default 3,
    assigned_to_identity_id uuid references claude.identities (identity_id) on delete set null,
    estimated_hours numeric,
    actual_hours numeric,
    started_at timestamptz,
    completed_at timestamptz,
    blocked_reason text,
    blocked_by_task_id uuid references claude.build_tasks (task_id) on delete set null,
    step_order integer,
    files_affected text[],
    verification text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    created_session_id uuid references claude.sessions (session_id) on delete set null
);
create index if not exists idx_build_tasks_component_id on claude.build_tasks (component_id);
create index if not exists idx_build_tasks_feature_id on claude.build_tasks (feature_id);
create index if not exists idx_build_tasks_project_id_status on claude.build_tasks (project_id, status);

create table if not exists claude.pm_tasks (
    task_id uuid primary key default gen_random_uuid(),
    phase_id uuid references claude.phases (phase_id) on delete cascade,
    work_package_id uuid,
    task_name text not null,
    description text,
    task_type text,
    status text default 'todo',
    priority integer default 3,
    start_date date,
    due_date date,
    completion_date date,
    estimated_hours numeric,
    actual_hours numeric,
    assigned_to text,
    depends_on uuid references claude.pm_tasks (task_id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    metadata jsonb default '{}'
);
create index if not exists idx_pm_tasks_phase_id on claude.pm_tasks (phase_id);

create table if not exists claude.work_tasks (
    task_id uuid primary key default gen_random_uuid(),
    project_id uuid references claude.projects (project_id),
    title text not null,
    description text,
    status text default 'todo',
    priority integer default 3,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index if not exists idx_work_tasks_project_id on claude.work_tasks (project_id);

create table if not exists claude.workspaces (
    id serial primary key,
    project_name text not null,
    project_path text,
    project_type text,
    project_id uuid references claude.projects (project_id) on delete set null,
    is_active boolean not null default true,
    description text,
    added_by_identity_id uuid references claude.identities (identity_id) on delete set null,
    added_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    mandatory_workflows text[],
    startup_config jsonb
);
create index if not exists idx_workspaces_project_name on claude.workspaces (project_name);

-- Feedback and ideas.

create table if not exists claude.feedback (
    feedback_id uuid primary key default gen_random_uuid(),
    project_id uuid references claude.projects (project_id) on delete restrict,
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
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    resolved_at timestamptz,
    created_session_id uuid references claude.sessions (session_id) on delete set null
);
create index if not exists idx_feedback_project_id_status on claude.feedback (project_id, status);

create table if not exists claude.feedback_comments (
    id uuid primary key default gen_random_uuid(),
    feedback_id uuid not null references claude.feedback (feedback_id) on delete cascade,
    author text,
    message text not null,
    created_at timestamptz not null default now()
);
create index if not exists idx_feedback_comments_feedback_id on claude.feedback_comments (feedback_id);

create table if not exists claude.feedback_screenshots (
    id uuid primary key default gen_random_uuid(),
    feedback_id uuid not null references claude.feedback (feedback_id) on delete cascade,
    file_path text not null,
    caption text,
    uploaded_at timestamptz not null default now()
);
create index if not exists idx_feedback_screenshots_feedback_id on claude.feedback_screenshots (feedback_id);

create table if not exists claude.ideas (
    idea_id uuid primary key default gen_random_uuid(),
    project_id uuid references claude.projects (project_id) on delete set null,
    idea_title text not null,
    description text,
    tags text[],
    priority integer default 3,
    status text default 'open',
    converted_to_phase_id uuid references claude.phases (phase_id) on delete set null,
    converted_to_task_id uuid,
    created_at timestamptz not null default now(),
    created_by text,
    metadata jsonb default '{}'
);
create index if not exists idx_ideas_project_id on claude.ideas (project_id);

-- Knowledge and docs.

create table if not exists claude.project_docs (
    document_id uuid primary key default gen_random_uuid(),
    project_id uuid references claude.projects (project_id) on delete cascade,
    document_type text,
    title text not null,
    description text,
    content text,
    file_path text,
    file_hash text,
    last_synced_at timestamptz,
    status text,
    version text,
    author text,
    approver text,
    approved_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    created_by text,
    metadata jsonb default '{}'
);
create index if not exists idx_project_docs_project_id on claude.project_docs (project_id);

create table if not exists claude.doc_templates (
    template_id uuid primary key default gen_random_uuid(),
    template_type text,
    name text not null,
    content text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists claude.procedures (
    procedure_id uuid primary key default gen_random_uuid(),
    procedure_name text not null,
    procedure_type text,
    short_description text,
    location_type text,
    file_path text,
    applies_to_projects text[],
    mandatory boolean not null default false,
    frequency text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- Process and workflow.

-- Its key is a name, such as PROC-SESSION-004.
create table if not exists claude.process_registry (
    process_id text primary key,
    process_name text not null,
    description text,
    category text,
    enforcement text,
    sop_ref text,
    command_ref text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index if not exists idx_process_registry_category on claude.process_registry (category);

create table if not exists claude.process_steps (
    step_id uuid primary key default gen_random_uuid(),
    process_id text not null references claude.process_registry (process_id) on delete cascade,
    step_number integer not null,
    step_name text not null,
    step_description text,
    is_blocking boolean not null default false,
    is_user_approval boolean not null default false,
    timeout_seconds integer
);
create index if not exists idx_process_steps_process_id_step_number on claude.process_steps (process_id, step_number);

-- A pattern is a regular expression, or a JSON list of keywords.
create table if not exists claude.process_triggers (
    trigger_id serial primary key,
    process_id text not null references claude.process_registry (process_id) on delete cascade,
    trigger_type text not null,
    pattern text,
    priority integer default 5,
    is_active boolean not null default true
);
create index if not exists idx_process_triggers_process_id on claude.process_triggers (process_id);

create table if not exists claude.process_runs (
    run_id uuid primary key default gen_random_uuid(),
    process_id text references claude.process_registry (process_id) on delete cascade,
    session_id uuid,
    triggered_by text,
    status text not null default 'running',
    started_at timestamptz not null default now(),
    completed_at timestamptz
);
create index if not exists idx_process_runs_process_id_started_at on claude.process_runs (process_id, started_at);

create table if not exists claude.process_dependencies (
    from_process text not null references claude.process_registry (process_id) on delete cascade,
    to_process text not null references claude.process_registry (process_id) on delete cascade,
    dependency_type text not null default '',
    primary key (from_process, to_process, dependency_type)
);
create index if not exists idx_process_dependencies_to_process on claude.process_dependencies (to_process);

create table if not exists claude.process_classification_log (
    log_id serial primary key,
    user_prompt text not null,
    classification_method text not null,
    matched_process_ids text[],
    llm_confidence numeric,
    llm_reasoning text,
    latency_ms integer,
    cost_usd numeric,
    created_at timestamptz not null default now()
);
create index if not exists idx_process_classification_log_created_at on claude.process_classification_log (created_at);

create table if not exists claude.workflow_state (
    workflow_id uuid primary key default gen_random_uuid(),
    process_id text references claude.process_registry (process_id) on delete cascade,
    session_id uuid,
    current_step text,
    context jsonb default '{}',
    updated_at timestamptz not null default now()
);

-- MCP and agents.

-- A log: it never refuses a row because a session is unknown.
create table if not exists claude.mcp_usage (
    usage_id uuid primary key default gen_random_uuid(),
    session_id uuid,
    mcp_server text,
    tool_name text not null,
    called_at timestamptz not null default now(),
    execution_time_ms integer,
    success boolean not null default true,
    error_message text,
    input_size_bytes integer,
    output_size_bytes integer,
    identity_id uuid,
    project_name text,
    tool_kind text default 'mcp'
);
create index if not exists idx_mcp_usage_mcp_server_tool_name on claude.mcp_usage (mcp_server, tool_name);
create index if not exists idx_mcp_usage_called_at on claude.mcp_usage (called_at);
create index if not exists idx_mcp_usage_session_id on claude.mcp_usage (session_id);

create table if not exists claude.mcp_configs (
    config_id uuid primary key default gen_random_uuid(),
    project_name text,
    mcp_server_name text not null,
    mcp_package text,
    install_date timestamptz default now(),
    removal_date timestamptz,
    is_active boolean not null default true,
    reason text,
    installed_by_identity_id uuid references claude.identities (identity_id) on delete set null
);
create index if not exists idx_mcp_configs_project_name on claude.mcp_configs (project_name);

create table if not exists claude.agent_sessions (
    session_id uuid primary key default gen_random_uuid(),
    agent_type text not null,
    task_description text not null,
    workspace_dir text not null,
    spawned_at timestamptz not null default now(),
    completed_at timestamptz,
    execution_time_seconds numeric,
    success boolean,
    output_text text,
    error_message text,
    stderr_text text,
    estimated_cost_usd numeric,
    model text,
    mcp_servers jsonb,
    metadata jsonb,
    created_by text,
    parent_session_id uuid references claude.sessions (session_id) on delete set null
);
create index if not exists idx_agent_sessions_spawned_at on claude.agent_sessions (spawned_at);
create index if not exists idx_agent_sessions_parent_session_id on claude.agent_sessions (parent_session_id);

create table if not exists claude.async_tasks (
    task_id uuid primary key default gen_random_uuid(),
    agent_type text not null,
    task_description text not null,
    workspace_dir text not null,
    callback_project text,
    status text not null default 'pending'
        constraint chk_async_tasks_status check (status in ('pending', 'running', 'completed', 'failed')),
    spawned_at timestamptz not null default now(),
    started_at timestamptz,
    completed_at timestamptz,
    result text,
    error text,
    parent_session_id uuid references claude.sessions (session_id) on delete set null
);
create index if not exists idx_async_tasks_status on claude.async_tasks (status);
create index if not exists idx_async_tasks_parent_session_id on claude.async_tasks (parent_session_id);

-- Quality and compliance.

create table if not exists claude.compliance_audits (
    audit_id uuid primary key default gen_random_uuid(),
    project_name text,
    audit_type text not null,
    status text not null default 'pending',
    triggered_by text,
    checks_passed integer default 0,
    checks_failed integer default 0,
    checks_skipped integer default 0,
    findings jsonb default '[]',
    initiated_by_session_id uuid,
    completed_at timestamptz,
    created_at timestamptz not null default now()
);
create index if not exists idx_compliance_audits_project_name_created_at on claude.compliance_audits (project_name, created_at);

create table if not exists claude.audit_schedule (
    schedule_id uuid primary key default gen_random_uuid(),
    project_name text not null,
    audit_type text not null,
    frequency_days integer not null default 30,
    last_audit_date timestamptz,
    next_audit_date timestamptz,
    is_active boolean not null default true,
    updated_at timestamptz not null default now()
);
create index if not exists idx_audit_schedule_next_audit_date on claude.audit_schedule (next_audit_date);

create table if not exists claude.reviewer_runs (
    run_id uuid primary key default gen_random_uuid(),
    reviewer_type text not null,
    project_name text,
    triggered_by text,
    status text not null default 'running',
    started_at timestamptz not null default now(),
    completed_at timestamptz,
    findings jsonb default '[]',
    summary text,
    issues_found integer default 0,
    issues_fixed integer default 0
);
create index if not exists idx_reviewer_runs_reviewer_type_started_at on claude.reviewer_runs (reviewer_type, started_at);

create table if not exists claude.reviewer_specs (
    spec_id uuid primary key default gen_random_uuid(),
    reviewer_type text not null,
    criteria text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists claude.test_runs (
    id uuid primary key default gen_random_uuid(),
    project_name text not null,
    test_type text not null,
    test_framework text,
    started_at timestamptz not null default now(),
    completed_at timestamptz,
    total_tests integer,
    passed integer,
    failed integer,
    skipped integer,
    pass_rate numeric generated always as (round(100.0 * passed / nullif(total_tests, 0), 2)) stored,
    git_branch text,
    git_commit text,
    failed_tests jsonb,
    duration_seconds numeric,
    triggered_by text,
    session_id uuid,
    created_at timestamptz not null default now()
);
create index if not exists idx_test_runs_project_name_started_at on claude.test_runs (project_name, started_at);

-- System and config.

-- Ours: `created_by` is 'vault-sync' in the rows that a migration writes; all others are left alone.
create table if not exists claude.column_registry (
    id uuid primary key default gen_random_uuid(),
    table_name text not null,
    column_name text not null,
    data_type text not null,
    is_nullable boolean not null default true,
    description text,
    valid_values jsonb,
    default_value text,
    example_value text,
    constraints text,
    min_length integer,
    max_length integer,
    quality_rules jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    created_by text,
    unique (table_name, column_name)
);

create table if not exists claude.schema_registry (
    id uuid primary key default gen_random_uuid(),
    table_name text not null,
    purpose text not null,
    owner text,
    category text,
    used_by text[],
    row_count_approx integer,
    created_at timestamptz not null default now(),
    created_by text,
    last_reviewed date,
    notes text,
    column_descriptions jsonb,
    fk_relationships jsonb,
    row_count_actual integer,
    content_hash text,
    unique (table_name)
);

create table if not exists claude.enforcement_log (
    log_id uuid primary key default gen_random_uuid(),
    session_id uuid,
    interaction_count integer,
    reminder_type text,
    reminder_message text,
    action_taken text,
    triggered_at timestamptz not null default now()
);
create index if not exists idx_enforcement_log_triggered_at on claude.enforcement_log (triggered_at);

create table if not exists claude.actions (
    action_id uuid primary key default gen_random_uuid(),
    action_name text not null,
    action_type text,
    display_name text,
    description text,
    context text,
    icon text,
    hotkey text,
    slash_command text,
    requires_project boolean not null default false,
    requires_confirmation boolean not null default false,
    parameters jsonb default '{}',
    available_in_mcw boolean not null default true,
    available_in_cli boolean not null default true,
    is_active boolean not null default true,
    sort_order integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index if not exists idx_actions_context_sort_order on claude.actions (context, sort_order);

create table if not exists claude.reminders (
    reminder_id uuid primary key default gen_random_uuid(),
    title text not null,
    description text,
    check_after timestamptz not null,
    check_type text default 'manual',
    check_condition text,
    reschedule_days integer default 7,
    max_reminders integer default 3,
    reminder_count integer not null default 0,
    status text not null default 'pending',
    completed_at timestamptz,
    project_name text,
    created_by text,
    created_at timestamptz not null default now()
);
create index if not exists idx_reminders_check_after on claude.reminders (check_after) where status = 'pending';

create table if not exists claude.scheduled_jobs (
    job_id uuid primary key default gen_random_uuid(),
    project_id uuid references claude.projects (project_id) on delete set null,
    job_name text not null,
    job_description text,
    job_type text,
    schedule text,
    last_run timestamptz,
    last_status text,
    last_output text,
    last_error text,
    next_run timestamptz,
    run_count integer not null default 0,
    success_count integer not null default 0,
    is_active boolean not null default true,
    timeout_seconds integer,
    retry_on_failure boolean not null default false,
    max_retries integer default 0,
    command text,
    working_directory text,
    created_at timestamptz not null default now(),
    created_by_identity_id uuid references claude.identities (identity_id) on delete set null,
    updated_at timestamptz not null default now(),
    metadata jsonb default '{}',
    trigger_type text default 'session_start',
    trigger_condition jsonb default '{}',
    priority integer default 5
);
create index if not exists idx_scheduled_jobs_next_run on claude.scheduled_jobs (next_run) where is_active;

create table if not exists claude.job_run_history (
    id uuid primary key default gen_random_uuid(),
    job_id uuid references claude.scheduled_jobs (job_id) on delete cascade,
    started_at timestamptz not null default now(),
    completed_at timestamptz,
    triggered_by text,
    status text,
    output text,
    error_message text,
    findings jsonb,
    created_at timestamptz not null default now()
);
create index if not exists idx_job_run_history_job_id_started_at on claude.job_run_history (job_id, started_at);

-- What happened, newest first by `occurred_at`. Triggers fill it: see below.
create table if not exists claude.activity_feed (
    id uuid primary key default gen_random_uuid(),
    source_type text not null,
    source_id uuid,
    actor text,
    activity_type text not null,
    title text not null,
    summary text,
    project_name text,
    severity text not null default 'info',
    created_at timestamptz not null default now(),
    occurred_at timestamptz not null default now()
);

-- In a feed that was here before us, what happened did so when its row was made.
alter table claude.activity_feed add column if not exists occurred_at timestamptz;
update claude.activity_feed set occurred_at = created_at where occurred_at is null;
alter table claude.activity_feed alter column occurred_at set default now();
create index if not exists idx_activity_feed_occurred_at on claude.activity_feed (occurred_at desc);
create index if not exists idx_activity_feed_project_name_occurred_at on claude.activity_feed (project_name, occurred_at desc);

-- The registries are written anew when the program's definitions are no longer these.
alter table claude.store add column if not exists definitions text;

-- A table that was here before us gets the checks of a new one where its rows meet them, and where `column_registry` does not hold other
-- values: nobody who wrote to it is refused what was the custom.
do $$
declare
    c record;
    has_others boolean;
begin
    for c in
        select v.relation, v.col, v.condition
        from (values
        ('identities', 'status', 'status in (''active'', ''archived'')'),
        ('sessions', 'status', 'status in (''active'', ''ended'', ''abandoned'')'),
        ('projects', 'status', 'status in (''active'', ''paused'', ''archived'', ''completed'')'),
        ('projects', 'priority', 'priority between 1 and 5'),
        ('projects', 'phase', 'phase in (''idea'', ''research'', ''planning'', ''implementation'', ''maintenance'', ''archived'')'),
        ('knowledge', 'confidence_level', 'confidence_level between 0 and 100'),
        ('knowledge', 'tier', 'tier in (''short'', ''mid'', ''long'', ''archived'')'),
        ('knowledge', 'status', 'status in (''active'', ''archived'')'),
        ('messages', 'message_type', 'message_type in (''task_request'', ''status_update'', ''question'', ''notification'', ''handoff'', ''broadcast'')'),
        ('features', 'status', 'status in (''not_started'', ''planned'', ''in_progress'', ''blocked'', ''completed'', ''cancelled'')'),
        ('build_tasks', 'status', 'status in (''todo'', ''in_progress'', ''completed'', ''blocked'', ''cancelled'')'),
        ('feedback', 'feedback_type', 'feedback_type in (''bug'', ''design'', ''question'', ''change'')'),
        ('feedback', 'status', 'status in (''new'', ''in_progress'', ''resolved'', ''wont_fix'', ''duplicate'')'),
        ('async_tasks', 'status', 'status in (''pending'', ''running'', ''completed'', ''failed'')')
        ) as v (relation, col, condition)
        join pg_attribute a on a.attrelid = to_regclass('claude.' || v.relation) and a.attname = v.col
        where not exists (select from pg_constraint k where k.conrelid = a.attrelid and k.contype = 'c' and k.conkey = array[a.attnum])
            and not exists (
                select from claude.column_registry r
                where r.table_name = v.relation and r.column_name = v.col and r.created_by is distinct from 'vault-sync'
            )
    loop
        execute format('select exists (select from claude.%I where not (%s))', c.relation, c.condition) into has_others;
        if has_others then
            raise notice 'claude.%.% holds other values than ours: they stay allowed', c.relation, c.col;
        else
            execute format('alter table claude.%I add constraint %I check (%s)', c.relation, 'chk_' || c.relation || '_' || c.col, c.condition);
        end if;
    end loop;
end $$;

-- Views. One that is here already stays.
do $$
begin
    if to_regclass('claude.audits_due') is null then
        -- Never audited is due.
        create view claude.audits_due as
        select schedule_id, project_name, audit_type, frequency_days, last_audit_date, next_audit_date,
            coalesce(next_audit_date, last_audit_date + frequency_days * interval '1 day', now()) <= now() as is_due
        from claude.audit_schedule
        where coalesce(is_active, true);
    end if;
    if to_regclass('claude.mcp_usage_stats') is null then
        create view claude.mcp_usage_stats as
        select mcp_server, tool_name, count(*) as call_count,
            count(*) filter (where success) as success_count,
            count(*) filter (where not success) as failure_count,
            round(avg(execution_time_ms), 1) as avg_execution_ms,
            min(called_at) as first_used, max(called_at) as last_used
        from claude.mcp_usage
        group by mcp_server, tool_name;
    end if;
end $$;

-- A session that has ended is not active, whoever ended it.
create or replace function claude.end_session() returns trigger language plpgsql as $$
begin
    if new.session_end is not null and coalesce(new.status, 'active') = 'active' then
        new.status := 'ended';
    end if;
    return new;
end $$;
-- Only where the column is ours: others may know other states, and keep theirs.
do $$
begin
    if exists (
        select from pg_attribute a
        join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = 'claude.sessions'::regclass and a.attname = 'status' and a.attnotnull
            and pg_get_expr(d.adbin, d.adrelid) like '''active''%'
    ) and not exists (
        select from pg_constraint
        where conrelid = 'claude.sessions'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%status%'
            and pg_get_constraintdef(oid) not like '%ended%'
    ) then
        create trigger trg_sessions_status before insert or update of session_end on claude.sessions
        for each row execute function claude.end_session();
        update claude.sessions set status = 'ended' where session_end is not null and status = 'active';
    end if;
end $$;

-- The activity feed: begins and ends of sessions, messages, and runs of ours. Whoever may write these may not have to write the feed, and a
-- feed that others made may not take ours: neither stops anybody, the second is warned of.
create or replace function claude.feed_session() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
declare
    who text;
    project text := left(new.project_name, 100);
begin
    who := (select min(left(identity_name, 100)) from claude.identities where identity_id = new.identity_id);
    if tg_op = 'INSERT' then
        insert into claude.activity_feed (source_type, source_id, actor, activity_type, title, project_name, occurred_at)
        values ('session', new.session_id, who, 'session_start', 'Session started' || coalesce(': ' || project, ''), project,
            coalesce(new.session_start, now()));
    end if;
    if new.session_end is not null and (tg_op = 'INSERT' or old.session_end is null) then
        insert into claude.activity_feed (source_type, source_id, actor, activity_type, title, summary, project_name, occurred_at)
        values ('session', new.session_id, who, 'session_end', 'Session ended' || coalesce(': ' || project, ''), new.session_summary,
            project, new.session_end);
    end if;
    return null;
exception when others then
    raise warning 'claude.activity_feed was not filled: %', sqlerrm;
    return null;
end $$;

create or replace function claude.feed_message() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
begin
    insert into claude.activity_feed (source_type, source_id, actor, activity_type, title, project_name, occurred_at)
    values ('message', new.message_id, left(new.from_project, 100), 'message_sent',
        left(coalesce(new.subject, new.message_type, 'Message'), 500), left(new.to_project, 100), coalesce(new.created_at, now()));
    return null;
exception when others then
    raise warning 'claude.activity_feed was not filled: %', sqlerrm;
    return null;
end $$;

create or replace function claude.feed_sync_run() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
begin
    insert into claude.activity_feed (source_type, source_id, actor, activity_type, title, severity, occurred_at)
    values ('sync', new.run_id, 'vault-sync', 'vault_' || new.command,
        left('Vault ' || (select vault_name from claude.vaults where vault_id = new.vault_id) || coalesce(': ' || (
            select string_agg(c.value || ' ' || c.key, ', ' order by c.key collate "C")
            from jsonb_each_text(new.counts) as c
            where c.key in ('added', 'archived', 'failed', 'modified', 'renamed', 'returned') and c.value <> '0'
        ), ''), 500),
        case when coalesce(new.counts ->> 'failed', '0') = '0' then 'info' else 'warning' end,
        coalesce(new.ended_at, new.started_at));
    return null;
exception when others then
    raise warning 'claude.activity_feed was not filled: %', sqlerrm;
    return null;
end $$;

-- A table whose own trigger fills the feed needs no second one.
do $$
declare
    f record;
begin
    for f in
        select v.relation, v.events, v.function
        from (values
            ('sessions', 'insert or update of session_end', 'feed_session'),
            ('messages', 'insert', 'feed_message'),
            ('sync_runs', 'insert', 'feed_sync_run')
        ) as v (relation, events, function)
        where not exists (
            select from pg_trigger t
            join pg_proc p on p.oid = t.tgfoid
            where t.tgrelid = to_regclass('claude.' || v.relation) and not t.tgisinternal and p.prosrc like '%activity_feed%'
        )
    loop
        execute format('create trigger %I after %s on claude.%I for each row execute function claude.%I()',
            'trg_' || f.relation || '_feed', f.events, f.relation, f.function);
    end loop;
end $$;
