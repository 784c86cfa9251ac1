-- A database that has tables of the integration guide already keeps them, in whatever shape: this makes them fit to be written to, before
-- the later files fill in what is missing. Columns, defaults and keys are added; no value that is there changes, and nothing is refused
-- that was allowed before, but for a second row under one key. On an empty database nothing here does anything. Never edited once released.

-- A column of another kind than ours cannot be used. All texts are of one kind, and so are all numbers, and times with a zone or without.
do $$
declare
    wrong record;
begin
    select v.relation, v.col, v.type, theirs.typname as theirs into wrong
    from (values
        ('identities', 'identity_id', 'uuid'), ('identities', 'identity_name', 'text'), ('identities', 'platform', 'text'),
        ('identities', 'role_description', 'text'), ('identities', 'capabilities', 'jsonb'), ('identities', 'personality_traits', 'jsonb'),
        ('identities', 'learning_style', 'jsonb'), ('identities', 'status', 'text'), ('identities', 'created_at', 'timestamptz'),
        ('identities', 'last_active_at', 'timestamptz'), ('sessions', 'session_id', 'uuid'), ('sessions', 'identity_id', 'uuid'),
        ('sessions', 'project_schema', 'text'), ('sessions', 'project_name', 'text'), ('sessions', 'session_start', 'timestamptz'),
        ('sessions', 'session_end', 'timestamptz'), ('sessions', 'status', 'text'), ('sessions', 'tasks_completed', 'text[]'),
        ('sessions', 'learnings_gained', 'text[]'), ('sessions', 'challenges_encountered', 'text[]'),
        ('sessions', 'session_summary', 'text'), ('sessions', 'session_metadata', 'jsonb'), ('sessions', 'created_at', 'timestamptz'),
        ('projects', 'project_id', 'uuid'), ('projects', 'program_id', 'uuid'), ('projects', 'project_name', 'text'),
        ('projects', 'project_code', 'text'), ('projects', 'description', 'text'), ('projects', 'status', 'text'),
        ('projects', 'priority', 'integer'), ('projects', 'start_date', 'date'), ('projects', 'target_date', 'date'),
        ('projects', 'completion_date', 'date'), ('projects', 'owner_session', 'text'), ('projects', 'created_at', 'timestamptz'),
        ('projects', 'updated_at', 'timestamptz'), ('projects', 'metadata', 'jsonb'), ('projects', 'last_audit_date', 'timestamptz'),
        ('projects', 'next_audit_due', 'timestamptz'), ('projects', 'health_status', 'text'), ('projects', 'maturity_level', 'text'),
        ('projects', 'audit_required', 'boolean'), ('projects', 'audit_reason', 'text'), ('projects', 'code_lines', 'integer'),
        ('projects', 'documentation_score', 'integer'), ('projects', 'test_coverage', 'integer'),
        ('projects', 'tech_debt_score', 'integer'), ('projects', 'is_archived', 'boolean'), ('projects', 'archived_at', 'timestamptz'),
        ('projects', 'archive_reason', 'text'), ('projects', 'phase', 'text'), ('projects', 'default_identity_id', 'uuid'),
        ('projects', 'created_by', 'text'), ('documents', 'doc_id', 'uuid'), ('documents', 'doc_type', 'text'),
        ('documents', 'doc_title', 'text'), ('documents', 'project_id', 'uuid'), ('documents', 'file_path', 'text'),
        ('documents', 'file_hash', 'text'), ('documents', 'version', 'text'), ('documents', 'status', 'text'),
        ('documents', 'category', 'text'), ('documents', 'tags', 'text[]'), ('documents', 'generated_by_agent', 'text'),
        ('documents', 'is_core', 'boolean'), ('documents', 'core_reason', 'text'), ('documents', 'is_archived', 'boolean'),
        ('documents', 'archived_at', 'timestamptz'), ('documents', 'created_at', 'timestamptz'), ('documents', 'updated_at', 'timestamptz'),
        ('documents', 'last_verified_at', 'timestamptz'), ('documents', 'is_current_version', 'boolean'), ('documents', 'vault_id', 'uuid'),
        ('documents', 'kind', 'text'), ('documents', 'size_bytes', 'bigint'), ('documents', 'mtime_ns', 'bigint'),
        ('documents', 'file_id', 'text'), ('documents', 'content_hash', 'text'), ('documents', 'name_key', 'text'),
        ('documents', 'frontmatter_raw', 'text'), ('documents', 'properties', 'jsonb'), ('documents', 'problems', 'jsonb'),
        ('documents', 'backlink_bucket', 'integer'), ('documents', 'is_ignored', 'boolean'), ('documents', 'revision', 'bigint'),
        ('document_projects', 'document_project_id', 'uuid'), ('document_projects', 'doc_id', 'uuid'),
        ('document_projects', 'project_id', 'uuid'), ('document_projects', 'is_primary', 'boolean'),
        ('document_projects', 'linked_by', 'text'), ('document_projects', 'linked_at', 'timestamptz'),
        ('knowledge', 'knowledge_id', 'uuid'), ('knowledge', 'learned_by_identity_id', 'uuid'), ('knowledge', 'knowledge_type', 'text'),
        ('knowledge', 'knowledge_category', 'text'), ('knowledge', 'title', 'text'), ('knowledge', 'description', 'text'),
        ('knowledge', 'applies_to_projects', 'text[]'), ('knowledge', 'applies_to_platforms', 'text[]'),
        ('knowledge', 'confidence_level', 'integer'), ('knowledge', 'times_applied', 'integer'), ('knowledge', 'times_failed', 'integer'),
        ('knowledge', 'code_example', 'text'), ('knowledge', 'related_knowledge', 'text[]'), ('knowledge', 'created_at', 'timestamptz'),
        ('knowledge', 'updated_at', 'timestamptz'), ('knowledge', 'last_applied_at', 'timestamptz'), ('knowledge', 'source', 'text'),
        ('knowledge', 'tier', 'text'), ('knowledge', 'last_accessed_at', 'timestamptz'), ('knowledge', 'access_count', 'integer'),
        ('knowledge', 'session_id', 'uuid'), ('knowledge', 'project_id', 'uuid'), ('knowledge', 'status', 'text'),
        ('knowledge', 'archived_at', 'timestamptz'), ('knowledge', 'archived_reason', 'text'), ('knowledge', 'doc_id', 'uuid'),
        ('knowledge', 'tags', 'text[]'), ('knowledge_retrieval_log', 'log_id', 'uuid'),
        ('knowledge_retrieval_log', 'prompt_excerpt', 'text'), ('knowledge_retrieval_log', 'keywords', 'text[]'),
        ('knowledge_retrieval_log', 'results_count', 'integer'), ('knowledge_retrieval_log', 'results_ids', 'uuid[]'),
        ('knowledge_retrieval_log', 'retrieval_method', 'text'), ('knowledge_retrieval_log', 'latency_ms', 'integer'),
        ('knowledge_retrieval_log', 'session_id', 'uuid'), ('knowledge_retrieval_log', 'retrieved_at', 'timestamptz'),
        ('knowledge_retrieval_log', 'strict_count', 'integer'), ('knowledge_retrieval_log', 'session_ref', 'text'),
        ('knowledge_retrieval_log', 'agent', 'text'), ('knowledge_retrieval_log', 'project_name', 'text'),
        ('knowledge_retrieval_log', 'vaults', 'text[]'), ('feedback', 'feedback_id', 'uuid'), ('feedback', 'project_id', 'uuid'),
        ('feedback', 'status', 'text'), ('features', 'feature_id', 'uuid'), ('features', 'project_id', 'uuid'),
        ('features', 'feature_name', 'text'), ('features', 'status', 'text'), ('components', 'component_id', 'uuid'),
        ('components', 'feature_id', 'uuid'), ('components', 'component_name', 'text'), ('components', 'status', 'text'),
        ('components', 'sort_order', 'integer'), ('build_tasks', 'task_id', 'uuid'), ('build_tasks', 'component_id', 'uuid'),
        ('build_tasks', 'task_name', 'text'), ('build_tasks', 'status', 'text'), ('actions', 'action_id', 'uuid'),
        ('actions', 'action_name', 'text'), ('actions', 'action_type', 'text'), ('actions', 'description', 'text'),
        ('actions', 'context', 'text'), ('actions', 'icon', 'text'), ('actions', 'hotkey', 'text'), ('actions', 'is_active', 'boolean'),
        ('actions', 'sort_order', 'integer'), ('column_registry', 'id', 'uuid'), ('column_registry', 'table_name', 'text'),
        ('column_registry', 'column_name', 'text'), ('column_registry', 'data_type', 'text'), ('column_registry', 'description', 'text'),
        ('column_registry', 'valid_values', 'jsonb'), ('column_registry', 'constraints', 'text'), ('schema_registry', 'id', 'uuid'),
        ('schema_registry', 'table_name', 'text'), ('schema_registry', 'purpose', 'text'),
        ('schema_registry', 'column_descriptions', 'jsonb'), ('schema_registry', 'fk_relationships', 'jsonb'),
        ('activity_feed', 'id', 'uuid'), ('activity_feed', 'source_type', 'text'), ('activity_feed', 'source_id', 'uuid'),
        ('activity_feed', 'actor', 'text'), ('activity_feed', 'activity_type', 'text'), ('activity_feed', 'title', 'text'),
        ('activity_feed', 'project_name', 'text'), ('activity_feed', 'severity', 'text'), ('activity_feed', 'created_at', 'timestamptz'),
        ('activity_feed', 'occurred_at', 'timestamptz'), ('messages', 'message_id', 'uuid'), ('messages', 'subject', 'text'),
        ('messages', 'message_type', 'text'), ('messages', 'to_project', 'text'), ('session_state', 'project_name', 'text'),
        ('programs', 'program_id', 'uuid'), ('phases', 'phase_id', 'uuid'), ('requirements', 'requirement_id', 'uuid'),
        ('pm_tasks', 'task_id', 'uuid'), ('work_tasks', 'task_id', 'uuid'), ('workspaces', 'id', 'integer'),
        ('feedback_comments', 'id', 'uuid'), ('feedback_screenshots', 'id', 'uuid'), ('ideas', 'idea_id', 'uuid'),
        ('project_docs', 'document_id', 'uuid'), ('doc_templates', 'template_id', 'uuid'), ('procedures', 'procedure_id', 'uuid'),
        ('process_registry', 'process_id', 'text'), ('process_steps', 'step_id', 'uuid'), ('process_triggers', 'trigger_id', 'integer'),
        ('process_runs', 'run_id', 'uuid'), ('process_dependencies', 'from_process', 'text'),
        ('process_dependencies', 'to_process', 'text'), ('process_dependencies', 'dependency_type', 'text'),
        ('process_classification_log', 'log_id', 'integer'), ('workflow_state', 'workflow_id', 'uuid'), ('mcp_usage', 'usage_id', 'uuid'),
        ('mcp_configs', 'config_id', 'uuid'), ('agent_sessions', 'session_id', 'uuid'), ('async_tasks', 'task_id', 'uuid'),
        ('compliance_audits', 'audit_id', 'uuid'), ('audit_schedule', 'schedule_id', 'uuid'), ('reviewer_runs', 'run_id', 'uuid'),
        ('reviewer_specs', 'spec_id', 'uuid'), ('test_runs', 'id', 'uuid'), ('enforcement_log', 'log_id', 'uuid'),
        ('reminders', 'reminder_id', 'uuid'), ('scheduled_jobs', 'job_id', 'uuid'), ('job_run_history', 'id', 'uuid')
    ) as v (relation, col, type)
    join pg_attribute a on a.attrelid = to_regclass('claude.' || v.relation) and a.attname = v.col and not a.attisdropped
    join pg_type theirs on theirs.oid = a.atttypid
    join pg_type ours on ours.oid = v.type::regtype
    where theirs.typcategory <> ours.typcategory
        or ours.typcategory = 'U' and replace(theirs.typname, 'jsonb', 'json') <> replace(ours.typname, 'jsonb', 'json')
    limit 1;
    if found then
        raise exception 'claude.%.% is of type %, and % is needed', wrong.relation, wrong.col, wrong.theirs, wrong.type
            using hint = 'change the type of the column, or move the table out of the schema claude; nothing was changed';
    end if;
end $$;

alter table if exists claude.identities
    add column if not exists identity_id uuid default gen_random_uuid(),
    add column if not exists identity_name text,
    add column if not exists platform text,
    add column if not exists role_description text,
    add column if not exists capabilities jsonb not null default '{}',
    add column if not exists personality_traits jsonb not null default '{}',
    add column if not exists learning_style jsonb not null default '{}',
    add column if not exists status text not null default 'active',
    add column if not exists created_at timestamptz,
    add column if not exists last_active_at timestamptz;

alter table if exists claude.sessions
    add column if not exists session_id uuid default gen_random_uuid(),
    add column if not exists identity_id uuid,
    add column if not exists project_schema text,
    add column if not exists project_name text,
    add column if not exists session_start timestamptz,
    add column if not exists session_end timestamptz,
    add column if not exists tasks_completed text[],
    add column if not exists learnings_gained text[],
    add column if not exists challenges_encountered text[],
    add column if not exists session_summary text,
    add column if not exists session_metadata jsonb,
    add column if not exists created_at timestamptz;

alter table if exists claude.projects
    add column if not exists project_id uuid default gen_random_uuid(),
    add column if not exists program_id uuid,
    add column if not exists project_name text,
    add column if not exists project_code text,
    add column if not exists description text,
    add column if not exists status text not null default 'active',
    add column if not exists priority integer not null default 3,
    add column if not exists start_date date,
    add column if not exists target_date date,
    add column if not exists completion_date date,
    add column if not exists owner_session text,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists metadata jsonb not null default '{}',
    add column if not exists last_audit_date timestamptz,
    add column if not exists next_audit_due timestamptz,
    add column if not exists health_status text,
    add column if not exists maturity_level text,
    add column if not exists audit_required boolean not null default false,
    add column if not exists audit_reason text,
    add column if not exists code_lines integer,
    add column if not exists documentation_score integer,
    add column if not exists test_coverage integer,
    add column if not exists tech_debt_score integer,
    add column if not exists is_archived boolean not null default false,
    add column if not exists archived_at timestamptz,
    add column if not exists archive_reason text,
    add column if not exists phase text not null default 'planning';

alter table if exists claude.documents
    add column if not exists doc_id uuid default gen_random_uuid(),
    add column if not exists doc_type text,
    add column if not exists doc_title text,
    add column if not exists project_id uuid,
    add column if not exists file_path text,
    add column if not exists file_hash text,
    add column if not exists version text,
    add column if not exists status text default 'ACTIVE',
    add column if not exists category text,
    add column if not exists tags text[],
    add column if not exists generated_by_agent text,
    add column if not exists is_core boolean not null default false,
    add column if not exists core_reason text,
    add column if not exists is_archived boolean not null default false,
    add column if not exists archived_at timestamptz,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists last_verified_at timestamptz;

alter table if exists claude.document_projects
    add column if not exists document_project_id uuid default gen_random_uuid(),
    add column if not exists doc_id uuid,
    add column if not exists project_id uuid,
    add column if not exists is_primary boolean not null default false,
    add column if not exists linked_by text,
    add column if not exists linked_at timestamptz;

alter table if exists claude.knowledge
    add column if not exists knowledge_id uuid default gen_random_uuid(),
    add column if not exists learned_by_identity_id uuid,
    add column if not exists knowledge_type text,
    add column if not exists knowledge_category text,
    add column if not exists title text,
    add column if not exists description text,
    add column if not exists applies_to_projects text[] default '{}',
    add column if not exists applies_to_platforms text[],
    add column if not exists confidence_level integer,
    add column if not exists times_applied integer not null default 0,
    add column if not exists times_failed integer not null default 0,
    add column if not exists code_example text,
    add column if not exists related_knowledge text[],
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists last_applied_at timestamptz;

alter table if exists claude.knowledge_retrieval_log
    add column if not exists log_id uuid default gen_random_uuid(),
    add column if not exists prompt_excerpt text,
    add column if not exists keywords text[],
    add column if not exists results_count integer,
    add column if not exists results_ids uuid[],
    add column if not exists retrieval_method text default 'keyword',
    add column if not exists latency_ms integer,
    add column if not exists session_id uuid,
    add column if not exists retrieved_at timestamptz;

alter table if exists claude.session_state
    add column if not exists project_name text,
    add column if not exists todo_list jsonb,
    add column if not exists current_focus text,
    add column if not exists files_modified text[],
    add column if not exists pending_actions text[],
    add column if not exists next_steps jsonb default '[]',
    add column if not exists updated_at timestamptz;

alter table if exists claude.messages
    add column if not exists message_id uuid default gen_random_uuid(),
    add column if not exists from_session_id uuid,
    add column if not exists to_session_id uuid,
    add column if not exists from_project text,
    add column if not exists to_project text,
    add column if not exists message_type text,
    add column if not exists priority text default 'normal',
    add column if not exists subject text,
    add column if not exists body text,
    add column if not exists metadata jsonb default '{}',
    add column if not exists status text default 'pending',
    add column if not exists read_at timestamptz,
    add column if not exists acknowledged_at timestamptz,
    add column if not exists created_at timestamptz,
    add column if not exists expires_at timestamptz,
    add column if not exists parent_message_id uuid,
    add column if not exists thread_id uuid;

alter table if exists claude.programs
    add column if not exists program_id uuid default gen_random_uuid(),
    add column if not exists program_name text,
    add column if not exists program_code text,
    add column if not exists description text,
    add column if not exists status text default 'active',
    add column if not exists priority integer default 3,
    add column if not exists start_date date,
    add column if not exists target_date date,
    add column if not exists completion_date date,
    add column if not exists owner_session text,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists metadata jsonb default '{}',
    add column if not exists color text,
    add column if not exists icon text,
    add column if not exists sort_order integer default 0;

alter table if exists claude.phases
    add column if not exists phase_id uuid default gen_random_uuid(),
    add column if not exists project_id uuid,
    add column if not exists phase_name text,
    add column if not exists phase_number integer,
    add column if not exists description text,
    add column if not exists status text default 'not_started',
    add column if not exists start_date date,
    add column if not exists target_date date,
    add column if not exists completion_date date,
    add column if not exists duration_weeks numeric,
    add column if not exists can_run_parallel boolean not null default false,
    add column if not exists dependencies jsonb default '[]',
    add column if not exists assigned_to text,
    add column if not exists progress_percentage numeric default 0,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists metadata jsonb default '{}';

alter table if exists claude.features
    add column if not exists feature_id uuid default gen_random_uuid(),
    add column if not exists project_id uuid,
    add column if not exists feature_name text,
    add column if not exists feature_type text,
    add column if not exists description text,
    add column if not exists parent_feature_id uuid,
    add column if not exists planned_date timestamptz,
    add column if not exists planned_by_identity_id uuid,
    add column if not exists priority integer default 3,
    add column if not exists status text not null default 'not_started',
    add column if not exists completion_percentage integer default 0,
    add column if not exists started_date timestamptz,
    add column if not exists completed_date timestamptz,
    add column if not exists implemented_by_identity_id uuid,
    add column if not exists design_doc_path text,
    add column if not exists implementation_notes text,
    add column if not exists plan_data jsonb,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists created_session_id uuid;

alter table if exists claude.components
    add column if not exists component_id uuid default gen_random_uuid(),
    add column if not exists feature_id uuid,
    add column if not exists component_name text,
    add column if not exists component_type text,
    add column if not exists file_path text,
    add column if not exists planned_functions text[],
    add column if not exists planned_dependencies text[],
    add column if not exists status text default 'planned',
    add column if not exists actual_functions text[],
    add column if not exists lines_of_code integer,
    add column if not exists has_tests boolean not null default false,
    add column if not exists test_coverage_percentage integer,
    add column if not exists has_documentation boolean not null default false,
    add column if not exists doc_path text,
    add column if not exists sort_order integer not null default 0,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists implemented_at timestamptz;

alter table if exists claude.requirements
    add column if not exists requirement_id uuid default gen_random_uuid(),
    add column if not exists feature_id uuid,
    add column if not exists project_id uuid,
    add column if not exists requirement_name text,
    add column if not exists requirement_type text,
    add column if not exists description text,
    add column if not exists acceptance_criteria text[],
    add column if not exists status text default 'defined',
    add column if not exists priority integer default 3,
    add column if not exists must_have boolean not null default false,
    add column if not exists implemented_by_component_id uuid,
    add column if not exists verified_at timestamptz,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists created_by_identity_id uuid,
    add column if not exists created_session_id uuid;

alter table if exists claude.build_tasks
    add column if not exists task_id uuid default gen_random_uuid(),
    add column if not exists component_id uuid,
    add column if not exists feature_id uuid,
    add column if not exists project_id uuid,
    add column if not exists task_name text,
    add column if not exists task_description text,
    add column if not exists task_type text,
    add column if not exists status text not null default 'todo',
    add column if not exists priority integer default 3,
    add column if not exists assigned_to_identity_id uuid,
    add column if not exists estimated_hours numeric,
    add column if not exists actual_hours numeric,
    add column if not exists started_at timestamptz,
    add column if not exists completed_at timestamptz,
    add column if not exists blocked_reason text,
    add column if not exists blocked_by_task_id uuid,
    add column if not exists step_order integer,
    add column if not exists files_affected text[],
    add column if not exists verification text,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists created_session_id uuid;

alter table if exists claude.pm_tasks
    add column if not exists task_id uuid default gen_random_uuid(),
    add column if not exists phase_id uuid,
    add column if not exists work_package_id uuid,
    add column if not exists task_name text,
    add column if not exists description text,
    add column if not exists task_type text,
    add column if not exists status text default 'todo',
    add column if not exists priority integer default 3,
    add column if not exists start_date date,
    add column if not exists due_date date,
    add column if not exists completion_date date,
    add column if not exists estimated_hours numeric,
    add column if not exists actual_hours numeric,
    add column if not exists assigned_to text,
    add column if not exists depends_on uuid,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists metadata jsonb default '{}';

alter table if exists claude.work_tasks
    add column if not exists task_id uuid default gen_random_uuid(),
    add column if not exists project_id uuid,
    add column if not exists title text,
    add column if not exists description text,
    add column if not exists status text default 'todo',
    add column if not exists priority integer default 3,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz;

alter table if exists claude.workspaces
    add column if not exists id integer generated by default as identity,
    add column if not exists project_name text,
    add column if not exists project_path text,
    add column if not exists project_type text,
    add column if not exists project_id uuid,
    add column if not exists is_active boolean not null default true,
    add column if not exists description text,
    add column if not exists added_by_identity_id uuid,
    add column if not exists added_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists mandatory_workflows text[],
    add column if not exists startup_config jsonb;

alter table if exists claude.feedback
    add column if not exists feedback_id uuid default gen_random_uuid(),
    add column if not exists project_id uuid,
    add column if not exists feedback_type text,
    add column if not exists title text,
    add column if not exists description text,
    add column if not exists screenshot_path text,
    add column if not exists status text not null default 'new',
    add column if not exists priority text default 'medium',
    add column if not exists assigned_to text,
    add column if not exists notes text,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists resolved_at timestamptz,
    add column if not exists created_session_id uuid;

alter table if exists claude.feedback_comments
    add column if not exists id uuid default gen_random_uuid(),
    add column if not exists feedback_id uuid,
    add column if not exists author text,
    add column if not exists message text,
    add column if not exists created_at timestamptz;

alter table if exists claude.feedback_screenshots
    add column if not exists id uuid default gen_random_uuid(),
    add column if not exists feedback_id uuid,
    add column if not exists file_path text,
    add column if not exists caption text,
    add column if not exists uploaded_at timestamptz;

alter table if exists claude.ideas
    add column if not exists idea_id uuid default gen_random_uuid(),
    add column if not exists project_id uuid,
    add column if not exists idea_title text,
    add column if not exists description text,
    add column if not exists tags text[],
    add column if not exists priority integer default 3,
    add column if not exists status text default 'open',
    add column if not exists converted_to_phase_id uuid,
    add column if not exists converted_to_task_id uuid,
    add column if not exists created_at timestamptz,
    add column if not exists created_by text,
    add column if not exists metadata jsonb default '{}';

alter table if exists claude.project_docs
    add column if not exists document_id uuid default gen_random_uuid(),
    add column if not exists project_id uuid,
    add column if not exists document_type text,
    add column if not exists title text,
    add column if not exists description text,
    add column if not exists content text,
    add column if not exists file_path text,
    add column if not exists file_hash text,
    add column if not exists last_synced_at timestamptz,
    add column if not exists status text,
    add column if not exists version text,
    add column if not exists author text,
    add column if not exists approver text,
    add column if not exists approved_at timestamptz,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists created_by text,
    add column if not exists metadata jsonb default '{}';

alter table if exists claude.doc_templates
    add column if not exists template_id uuid default gen_random_uuid(),
    add column if not exists template_type text,
    add column if not exists name text,
    add column if not exists content text,
    add column if not exists is_active boolean not null default true,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz;

alter table if exists claude.procedures
    add column if not exists procedure_id uuid default gen_random_uuid(),
    add column if not exists procedure_name text,
    add column if not exists procedure_type text,
    add column if not exists short_description text,
    add column if not exists location_type text,
    add column if not exists file_path text,
    add column if not exists applies_to_projects text[],
    add column if not exists mandatory boolean not null default false,
    add column if not exists frequency text,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz;

alter table if exists claude.process_registry
    add column if not exists process_id text,
    add column if not exists process_name text,
    add column if not exists description text,
    add column if not exists category text,
    add column if not exists enforcement text,
    add column if not exists sop_ref text,
    add column if not exists command_ref text,
    add column if not exists is_active boolean not null default true,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz;

alter table if exists claude.process_steps
    add column if not exists step_id uuid default gen_random_uuid(),
    add column if not exists process_id text,
    add column if not exists step_number integer,
    add column if not exists step_name text,
    add column if not exists step_description text,
    add column if not exists is_blocking boolean not null default false,
    add column if not exists is_user_approval boolean not null default false,
    add column if not exists timeout_seconds integer;

alter table if exists claude.process_triggers
    add column if not exists trigger_id integer generated by default as identity,
    add column if not exists process_id text,
    add column if not exists trigger_type text,
    add column if not exists pattern text,
    add column if not exists priority integer default 5,
    add column if not exists is_active boolean not null default true;

alter table if exists claude.process_runs
    add column if not exists run_id uuid default gen_random_uuid(),
    add column if not exists process_id text,
    add column if not exists session_id uuid,
    add column if not exists triggered_by text,
    add column if not exists status text not null default 'running',
    add column if not exists started_at timestamptz,
    add column if not exists completed_at timestamptz;

alter table if exists claude.process_dependencies
    add column if not exists from_process text,
    add column if not exists to_process text,
    add column if not exists dependency_type text not null default '';

alter table if exists claude.process_classification_log
    add column if not exists log_id integer generated by default as identity,
    add column if not exists user_prompt text,
    add column if not exists classification_method text,
    add column if not exists matched_process_ids text[],
    add column if not exists llm_confidence numeric,
    add column if not exists llm_reasoning text,
    add column if not exists latency_ms integer,
    add column if not exists cost_usd numeric,
    add column if not exists created_at timestamptz;

alter table if exists claude.workflow_state
    add column if not exists workflow_id uuid default gen_random_uuid(),
    add column if not exists process_id text,
    add column if not exists session_id uuid,
    add column if not exists current_step text,
    add column if not exists context jsonb default '{}',
    add column if not exists updated_at timestamptz;

alter table if exists claude.mcp_usage
    add column if not exists usage_id uuid default gen_random_uuid(),
    add column if not exists session_id uuid,
    add column if not exists mcp_server text,
    add column if not exists tool_name text,
    add column if not exists called_at timestamptz,
    add column if not exists execution_time_ms integer,
    add column if not exists success boolean not null default true,
    add column if not exists error_message text,
    add column if not exists input_size_bytes integer,
    add column if not exists output_size_bytes integer,
    add column if not exists identity_id uuid,
    add column if not exists project_name text,
    add column if not exists tool_kind text default 'mcp';

alter table if exists claude.mcp_configs
    add column if not exists config_id uuid default gen_random_uuid(),
    add column if not exists project_name text,
    add column if not exists mcp_server_name text,
    add column if not exists mcp_package text,
    add column if not exists install_date timestamptz,
    add column if not exists removal_date timestamptz,
    add column if not exists is_active boolean not null default true,
    add column if not exists reason text,
    add column if not exists installed_by_identity_id uuid;

alter table if exists claude.agent_sessions
    add column if not exists session_id uuid default gen_random_uuid(),
    add column if not exists agent_type text,
    add column if not exists task_description text,
    add column if not exists workspace_dir text,
    add column if not exists spawned_at timestamptz,
    add column if not exists completed_at timestamptz,
    add column if not exists execution_time_seconds numeric,
    add column if not exists success boolean,
    add column if not exists output_text text,
    add column if not exists error_message text,
    add column if not exists stderr_text text,
    add column if not exists estimated_cost_usd numeric,
    add column if not exists model text,
    add column if not exists mcp_servers jsonb,
    add column if not exists metadata jsonb,
    add column if not exists created_by text,
    add column if not exists parent_session_id uuid;

alter table if exists claude.async_tasks
    add column if not exists task_id uuid default gen_random_uuid(),
    add column if not exists agent_type text,
    add column if not exists task_description text,
    add column if not exists workspace_dir text,
    add column if not exists callback_project text,
    add column if not exists status text not null default 'pending',
    add column if not exists spawned_at timestamptz,
    add column if not exists started_at timestamptz,
    add column if not exists completed_at timestamptz,
    add column if not exists result text,
    add column if not exists error text,
    add column if not exists parent_session_id uuid;

alter table if exists claude.compliance_audits
    add column if not exists audit_id uuid default gen_random_uuid(),
    add column if not exists project_name text,
    add column if not exists audit_type text,
    add column if not exists status text not null default 'pending',
    add column if not exists triggered_by text,
    add column if not exists checks_passed integer default 0,
    add column if not exists checks_failed integer default 0,
    add column if not exists checks_skipped integer default 0,
    add column if not exists findings jsonb default '[]',
    add column if not exists initiated_by_session_id uuid,
    add column if not exists completed_at timestamptz,
    add column if not exists created_at timestamptz;

alter table if exists claude.audit_schedule
    add column if not exists schedule_id uuid default gen_random_uuid(),
    add column if not exists project_name text,
    add column if not exists audit_type text,
    add column if not exists frequency_days integer not null default 30,
    add column if not exists last_audit_date timestamptz,
    add column if not exists next_audit_date timestamptz,
    add column if not exists is_active boolean not null default true,
    add column if not exists updated_at timestamptz;

alter table if exists claude.reviewer_runs
    add column if not exists run_id uuid default gen_random_uuid(),
    add column if not exists reviewer_type text,
    add column if not exists project_name text,
    add column if not exists triggered_by text,
    add column if not exists status text not null default 'running',
    add column if not exists started_at timestamptz,
    add column if not exists completed_at timestamptz,
    add column if not exists findings jsonb default '[]',
    add column if not exists summary text,
    add column if not exists issues_found integer default 0,
    add column if not exists issues_fixed integer default 0;

alter table if exists claude.reviewer_specs
    add column if not exists spec_id uuid default gen_random_uuid(),
    add column if not exists reviewer_type text,
    add column if not exists criteria text,
    add column if not exists is_active boolean not null default true,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz;

alter table if exists claude.test_runs
    add column if not exists id uuid default gen_random_uuid(),
    add column if not exists project_name text,
    add column if not exists test_type text,
    add column if not exists test_framework text,
    add column if not exists started_at timestamptz,
    add column if not exists completed_at timestamptz,
    add column if not exists total_tests integer,
    add column if not exists passed integer,
    add column if not exists failed integer,
    add column if not exists skipped integer,
    add column if not exists pass_rate numeric generated always as (round(100.0 * passed / nullif(total_tests, 0), 2)) stored,
    add column if not exists git_branch text,
    add column if not exists git_commit text,
    add column if not exists failed_tests jsonb,
    add column if not exists duration_seconds numeric,
    add column if not exists triggered_by text,
    add column if not exists session_id uuid,
    add column if not exists created_at timestamptz;

alter table if exists claude.column_registry
    add column if not exists id uuid default gen_random_uuid(),
    add column if not exists table_name text,
    add column if not exists column_name text,
    add column if not exists data_type text,
    add column if not exists is_nullable boolean not null default true,
    add column if not exists description text,
    add column if not exists valid_values jsonb,
    add column if not exists default_value text,
    add column if not exists example_value text,
    add column if not exists constraints text,
    add column if not exists min_length integer,
    add column if not exists max_length integer,
    add column if not exists quality_rules jsonb,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz,
    add column if not exists created_by text;

alter table if exists claude.schema_registry
    add column if not exists id uuid default gen_random_uuid(),
    add column if not exists table_name text,
    add column if not exists purpose text,
    add column if not exists owner text,
    add column if not exists category text,
    add column if not exists used_by text[],
    add column if not exists row_count_approx integer,
    add column if not exists created_at timestamptz,
    add column if not exists created_by text,
    add column if not exists last_reviewed date,
    add column if not exists notes text,
    add column if not exists column_descriptions jsonb,
    add column if not exists fk_relationships jsonb,
    add column if not exists row_count_actual integer,
    add column if not exists content_hash text;

alter table if exists claude.enforcement_log
    add column if not exists log_id uuid default gen_random_uuid(),
    add column if not exists session_id uuid,
    add column if not exists interaction_count integer,
    add column if not exists reminder_type text,
    add column if not exists reminder_message text,
    add column if not exists action_taken text,
    add column if not exists triggered_at timestamptz;

alter table if exists claude.actions
    add column if not exists action_id uuid default gen_random_uuid(),
    add column if not exists action_name text,
    add column if not exists action_type text,
    add column if not exists display_name text,
    add column if not exists description text,
    add column if not exists context text,
    add column if not exists icon text,
    add column if not exists hotkey text,
    add column if not exists slash_command text,
    add column if not exists requires_project boolean not null default false,
    add column if not exists requires_confirmation boolean not null default false,
    add column if not exists parameters jsonb default '{}',
    add column if not exists available_in_mcw boolean not null default true,
    add column if not exists available_in_cli boolean not null default true,
    add column if not exists is_active boolean not null default true,
    add column if not exists sort_order integer not null default 0,
    add column if not exists created_at timestamptz,
    add column if not exists updated_at timestamptz;

alter table if exists claude.reminders
    add column if not exists reminder_id uuid default gen_random_uuid(),
    add column if not exists title text,
    add column if not exists description text,
    add column if not exists check_after timestamptz,
    add column if not exists check_type text default 'manual',
    add column if not exists check_condition text,
    add column if not exists reschedule_days integer default 7,
    add column if not exists max_reminders integer default 3,
    add column if not exists reminder_count integer not null default 0,
    add column if not exists status text not null default 'pending',
    add column if not exists completed_at timestamptz,
    add column if not exists project_name text,
    add column if not exists created_by text,
    add column if not exists created_at timestamptz;

alter table if exists claude.scheduled_jobs
    add column if not exists job_id uuid default gen_random_uuid(),
    add column if not exists project_id uuid,
    add column if not exists job_name text,
    add column if not exists job_description text,
    add column if not exists job_type text,
    add column if not exists schedule text,
    add column if not exists last_run timestamptz,
    add column if not exists last_status text,
    add column if not exists last_output text,
    add column if not exists last_error text,
    add column if not exists next_run timestamptz,
    add column if not exists run_count integer not null default 0,
    add column if not exists success_count integer not null default 0,
    add column if not exists is_active boolean not null default true,
    add column if not exists timeout_seconds integer,
    add column if not exists retry_on_failure boolean not null default false,
    add column if not exists max_retries integer default 0,
    add column if not exists command text,
    add column if not exists working_directory text,
    add column if not exists created_at timestamptz,
    add column if not exists created_by_identity_id uuid,
    add column if not exists updated_at timestamptz,
    add column if not exists metadata jsonb default '{}',
    add column if not exists trigger_type text default 'session_start',
    add column if not exists trigger_condition jsonb default '{}',
    add column if not exists priority integer default 5;

alter table if exists claude.job_run_history
    add column if not exists id uuid default gen_random_uuid(),
    add column if not exists job_id uuid,
    add column if not exists started_at timestamptz,
    add column if not exists completed_at timestamptz,
    add column if not exists triggered_by text,
    add column if not exists status text,
    add column if not exists output text,
    add column if not exists error_message text,
    add column if not exists findings jsonb,
    add column if not exists created_at timestamptz;

alter table if exists claude.activity_feed
    add column if not exists id uuid default gen_random_uuid(),
    add column if not exists source_type text,
    add column if not exists source_id uuid,
    add column if not exists actor text,
    add column if not exists activity_type text,
    add column if not exists title text,
    add column if not exists summary text,
    add column if not exists project_name text,
    add column if not exists severity text not null default 'info',
    add column if not exists created_at timestamptz;

-- Rows are written without the columns that have a default: where a table has none of its own, it gets ours.
do $$
declare
    d record;
begin
    for d in
        select v.relation, v.col, v.value
        from (values
        ('identities', 'identity_id', 'gen_random_uuid()'), ('identities', 'capabilities', '''{}'''),
        ('identities', 'personality_traits', '''{}'''), ('identities', 'learning_style', '''{}'''), ('identities', 'status', '''active'''),
        ('identities', 'created_at', 'now()'), ('sessions', 'session_id', 'gen_random_uuid()'), ('sessions', 'session_start', 'now()'),
        ('sessions', 'status', '''active'''), ('sessions', 'created_at', 'now()'), ('projects', 'project_id', 'gen_random_uuid()'),
        ('projects', 'status', '''active'''), ('projects', 'priority', '3'), ('projects', 'created_at', 'now()'),
        ('projects', 'updated_at', 'now()'), ('projects', 'metadata', '''{}'''), ('projects', 'audit_required', 'false'),
        ('projects', 'is_archived', 'false'), ('projects', 'phase', '''planning'''), ('documents', 'doc_id', 'gen_random_uuid()'),
        ('documents', 'status', '''ACTIVE'''), ('documents', 'is_core', 'false'), ('documents', 'is_archived', 'false'),
        ('documents', 'created_at', 'now()'), ('documents', 'updated_at', 'now()'), ('documents', 'is_current_version', 'true'),
        ('documents', 'backlink_bucket', '0'), ('documents', 'is_ignored', 'false'),
        ('document_projects', 'document_project_id', 'gen_random_uuid()'), ('document_projects', 'is_primary', 'false'),
        ('document_projects', 'linked_at', 'now()'), ('knowledge', 'knowledge_id', 'gen_random_uuid()'),
        ('knowledge', 'applies_to_projects', '''{}'''), ('knowledge', 'times_applied', '0'), ('knowledge', 'times_failed', '0'),
        ('knowledge', 'created_at', 'now()'), ('knowledge', 'updated_at', 'now()'), ('knowledge', 'tier', '''mid'''),
        ('knowledge', 'access_count', '0'), ('knowledge', 'status', '''active'''),
        ('knowledge_retrieval_log', 'log_id', 'gen_random_uuid()'), ('knowledge_retrieval_log', 'retrieval_method', '''keyword'''),
        ('knowledge_retrieval_log', 'retrieved_at', 'now()'), ('session_state', 'next_steps', '''[]'''),
        ('session_state', 'updated_at', 'now()'), ('messages', 'message_id', 'gen_random_uuid()'), ('messages', 'priority', '''normal'''),
        ('messages', 'metadata', '''{}'''), ('messages', 'status', '''pending'''), ('messages', 'created_at', 'now()'),
        ('programs', 'program_id', 'gen_random_uuid()'), ('programs', 'status', '''active'''), ('programs', 'priority', '3'),
        ('programs', 'created_at', 'now()'), ('programs', 'updated_at', 'now()'), ('programs', 'metadata', '''{}'''),
        ('programs', 'sort_order', '0'), ('phases', 'phase_id', 'gen_random_uuid()'), ('phases', 'status', '''not_started'''),
        ('phases', 'can_run_parallel', 'false'), ('phases', 'dependencies', '''[]'''), ('phases', 'progress_percentage', '0'),
        ('phases', 'created_at', 'now()'), ('phases', 'updated_at', 'now()'), ('phases', 'metadata', '''{}'''),
        ('features', 'feature_id', 'gen_random_uuid()'), ('features', 'priority', '3'), ('features', 'status', '''not_started'''),
        ('features', 'completion_percentage', '0'), ('features', 'created_at', 'now()'), ('features', 'updated_at', 'now()'),
        ('components', 'component_id', 'gen_random_uuid()'), ('components', 'status', '''planned'''), ('components', 'has_tests', 'false'),
        ('components', 'has_documentation', 'false'), ('components', 'sort_order', '0'), ('components', 'created_at', 'now()'),
        ('components', 'updated_at', 'now()'), ('requirements', 'requirement_id', 'gen_random_uuid()'),
        ('requirements', 'status', '''defined'''), ('requirements', 'priority', '3'), ('requirements', 'must_have', 'false'),
        ('requirements', 'created_at', 'now()'), ('requirements', 'updated_at', 'now()'), ('build_tasks', 'task_id', 'gen_random_uuid()'),
        ('build_tasks', 'status', '''todo'''), ('build_tasks', 'priority', '3'), ('build_tasks', 'created_at', 'now()'),
        ('build_tasks', 'updated_at', 'now()'), ('pm_tasks', 'task_id', 'gen_random_uuid()'), ('pm_tasks', 'status', '''todo'''),
        ('pm_tasks', 'priority', '3'), ('pm_tasks', 'created_at', 'now()'), ('pm_tasks', 'updated_at', 'now()'),
        ('pm_tasks', 'metadata', '''{}'''), ('work_tasks', 'task_id', 'gen_random_uuid()'), ('work_tasks', 'status', '''todo'''),
        ('work_tasks', 'priority', '3'), ('work_tasks', 'created_at', 'now()'), ('work_tasks', 'updated_at', 'now()'),
        ('workspaces', 'is_active', 'true'), ('workspaces', 'added_at', 'now()'), ('workspaces', 'updated_at', 'now()'),
        ('feedback', 'feedback_id', 'gen_random_uuid()'), ('feedback', 'status', '''new'''), ('feedback', 'priority', '''medium'''),
        ('feedback', 'created_at', 'now()'), ('feedback', 'updated_at', 'now()'), ('feedback_comments', 'id', 'gen_random_uuid()'),
        ('feedback_comments', 'created_at', 'now()'), ('feedback_screenshots', 'id', 'gen_random_uuid()'),
        ('feedback_screenshots', 'uploaded_at', 'now()'), ('ideas', 'idea_id', 'gen_random_uuid()'), ('ideas', 'priority', '3'),
        ('ideas', 'status', '''open'''), ('ideas', 'created_at', 'now()'), ('ideas', 'metadata', '''{}'''),
        ('project_docs', 'document_id', 'gen_random_uuid()'), ('project_docs', 'created_at', 'now()'),
        ('project_docs', 'updated_at', 'now()'), ('project_docs', 'metadata', '''{}'''),
        ('doc_templates', 'template_id', 'gen_random_uuid()'), ('doc_templates', 'is_active', 'true'),
        ('doc_templates', 'created_at', 'now()'), ('doc_templates', 'updated_at', 'now()'),
        ('procedures', 'procedure_id', 'gen_random_uuid()'), ('procedures', 'mandatory', 'false'), ('procedures', 'created_at', 'now()'),
        ('procedures', 'updated_at', 'now()'), ('process_registry', 'is_active', 'true'), ('process_registry', 'created_at', 'now()'),
        ('process_registry', 'updated_at', 'now()'), ('process_steps', 'step_id', 'gen_random_uuid()'),
        ('process_steps', 'is_blocking', 'false'), ('process_steps', 'is_user_approval', 'false'), ('process_triggers', 'priority', '5'),
        ('process_triggers', 'is_active', 'true'), ('process_runs', 'run_id', 'gen_random_uuid()'),
        ('process_runs', 'status', '''running'''), ('process_runs', 'started_at', 'now()'),
        ('process_dependencies', 'dependency_type', ''''''), ('process_classification_log', 'created_at', 'now()'),
        ('workflow_state', 'workflow_id', 'gen_random_uuid()'), ('workflow_state', 'context', '''{}'''),
        ('workflow_state', 'updated_at', 'now()'), ('mcp_usage', 'usage_id', 'gen_random_uuid()'), ('mcp_usage', 'called_at', 'now()'),
        ('mcp_usage', 'success', 'true'), ('mcp_usage', 'tool_kind', '''mcp'''), ('mcp_configs', 'config_id', 'gen_random_uuid()'),
        ('mcp_configs', 'install_date', 'now()'), ('mcp_configs', 'is_active', 'true'),
        ('agent_sessions', 'session_id', 'gen_random_uuid()'), ('agent_sessions', 'spawned_at', 'now()'),
        ('async_tasks', 'task_id', 'gen_random_uuid()'), ('async_tasks', 'status', '''pending'''), ('async_tasks', 'spawned_at', 'now()'),
        ('compliance_audits', 'audit_id', 'gen_random_uuid()'), ('compliance_audits', 'status', '''pending'''),
        ('compliance_audits', 'checks_passed', '0'), ('compliance_audits', 'checks_failed', '0'),
        ('compliance_audits', 'checks_skipped', '0'), ('compliance_audits', 'findings', '''[]'''),
        ('compliance_audits', 'created_at', 'now()'), ('audit_schedule', 'schedule_id', 'gen_random_uuid()'),
        ('audit_schedule', 'frequency_days', '30'), ('audit_schedule', 'is_active', 'true'), ('audit_schedule', 'updated_at', 'now()'),
        ('reviewer_runs', 'run_id', 'gen_random_uuid()'), ('reviewer_runs', 'status', '''running'''),
        ('reviewer_runs', 'started_at', 'now()'), ('reviewer_runs', 'findings', '''[]'''), ('reviewer_runs', 'issues_found', '0'),
        ('reviewer_runs', 'issues_fixed', '0'), ('reviewer_specs', 'spec_id', 'gen_random_uuid()'), ('reviewer_specs', 'is_active', 'true'),
        ('reviewer_specs', 'created_at', 'now()'), ('reviewer_specs', 'updated_at', 'now()'), ('test_runs', 'id', 'gen_random_uuid()'),
        ('test_runs', 'started_at', 'now()'), ('test_runs', 'created_at', 'now()'), ('column_registry', 'id', 'gen_random_uuid()'),
        ('column_registry', 'is_nullable', 'true'), ('column_registry', 'created_at', 'now()'), ('column_registry', 'updated_at', 'now()'),
        ('schema_registry', 'id', 'gen_random_uuid()'), ('schema_registry', 'created_at', 'now()'),
        ('enforcement_log', 'log_id', 'gen_random_uuid()'), ('enforcement_log', 'triggered_at', 'now()'),
        ('actions', 'action_id', 'gen_random_uuid()'), ('actions', 'requires_project', 'false'),
        ('actions', 'requires_confirmation', 'false'), ('actions', 'parameters', '''{}'''), ('actions', 'available_in_mcw', 'true'),
        ('actions', 'available_in_cli', 'true'), ('actions', 'is_active', 'true'), ('actions', 'sort_order', '0'),
        ('actions', 'created_at', 'now()'), ('actions', 'updated_at', 'now()'), ('reminders', 'reminder_id', 'gen_random_uuid()'),
        ('reminders', 'check_type', '''manual'''), ('reminders', 'reschedule_days', '7'), ('reminders', 'max_reminders', '3'),
        ('reminders', 'reminder_count', '0'), ('reminders', 'status', '''pending'''), ('reminders', 'created_at', 'now()'),
        ('scheduled_jobs', 'job_id', 'gen_random_uuid()'), ('scheduled_jobs', 'run_count', '0'), ('scheduled_jobs', 'success_count', '0'),
        ('scheduled_jobs', 'is_active', 'true'), ('scheduled_jobs', 'retry_on_failure', 'false'), ('scheduled_jobs', 'max_retries', '0'),
        ('scheduled_jobs', 'created_at', 'now()'), ('scheduled_jobs', 'updated_at', 'now()'), ('scheduled_jobs', 'metadata', '''{}'''),
        ('scheduled_jobs', 'trigger_type', '''session_start'''), ('scheduled_jobs', 'trigger_condition', '''{}'''),
        ('scheduled_jobs', 'priority', '5'), ('job_run_history', 'id', 'gen_random_uuid()'), ('job_run_history', 'started_at', 'now()'),
        ('job_run_history', 'created_at', 'now()'), ('activity_feed', 'id', 'gen_random_uuid()'), ('activity_feed', 'severity', '''info'''),
        ('activity_feed', 'created_at', 'now()')
        ) as v (relation, col, value)
        join information_schema.columns c on c.table_schema = 'claude' and c.table_name = v.relation and c.column_name = v.col
        join information_schema.tables t on t.table_schema = 'claude' and t.table_name = v.relation and t.table_type = 'BASE TABLE'
        where c.column_default is null and c.is_identity = 'NO' and c.is_generated = 'NEVER'
    loop
        begin
            execute format('alter table claude.%I alter column %I set default ', d.relation, d.col) || d.value;
        exception when datatype_mismatch or invalid_text_representation then
            raise notice 'claude.%.% stays without a default', d.relation, d.col;
        end;
    end loop;
end $$;

-- Rows are found by their keys, and other tables refer to them. A unique index lets null be, which a primary key would not.
do $$
declare
    k record;
begin
    for k in
        select v.relation, v.cols, v.is_needed
        from (values
        ('identities', 'identity_id', true), ('sessions', 'session_id', true), ('projects', 'project_id', true),
        ('documents', 'doc_id', true), ('document_projects', 'document_project_id', true), ('knowledge', 'knowledge_id', true),
        ('knowledge_retrieval_log', 'log_id', true), ('session_state', 'project_name', false), ('messages', 'message_id', false),
        ('programs', 'program_id', false), ('phases', 'phase_id', true), ('features', 'feature_id', true),
        ('components', 'component_id', true), ('requirements', 'requirement_id', false), ('build_tasks', 'task_id', true),
        ('pm_tasks', 'task_id', true), ('work_tasks', 'task_id', false), ('workspaces', 'id', false), ('feedback', 'feedback_id', true),
        ('feedback_comments', 'id', false), ('feedback_screenshots', 'id', false), ('ideas', 'idea_id', false),
        ('project_docs', 'document_id', false), ('doc_templates', 'template_id', false), ('procedures', 'procedure_id', false),
        ('process_registry', 'process_id', true), ('process_steps', 'step_id', false), ('process_triggers', 'trigger_id', false),
        ('process_runs', 'run_id', false), ('process_dependencies', 'from_process, to_process, dependency_type', false),
        ('process_classification_log', 'log_id', false), ('workflow_state', 'workflow_id', false), ('mcp_usage', 'usage_id', false),
        ('mcp_configs', 'config_id', false), ('agent_sessions', 'session_id', false), ('async_tasks', 'task_id', false),
        ('compliance_audits', 'audit_id', false), ('audit_schedule', 'schedule_id', false), ('reviewer_runs', 'run_id', false),
        ('reviewer_specs', 'spec_id', false), ('test_runs', 'id', false), ('column_registry', 'id', true), ('schema_registry', 'id', true),
        ('enforcement_log', 'log_id', false), ('actions', 'action_id', false), ('reminders', 'reminder_id', false),
        ('scheduled_jobs', 'job_id', true), ('job_run_history', 'id', false), ('activity_feed', 'id', false),
        ('document_projects', 'doc_id, project_id', true), ('schema_registry', 'table_name', true),
        ('column_registry', 'table_name, column_name', true)
        ) as v (relation, cols, is_needed)
        join pg_class r on r.oid = to_regclass('claude.' || v.relation) and r.relkind in ('r', 'p')
        where not exists (
            select from pg_index i
            where i.indrelid = r.oid and i.indisunique and i.indpred is null and i.indexprs is null
                and (select array_agg(a.attname::text order by a.attname) from pg_attribute a
                    where a.attrelid = r.oid and a.attnum = any (i.indkey)) = (select array_agg(c order by c) from unnest(string_to_array(v.cols, ', ')) as c)
        )
    loop
        begin
            execute format('create unique index %I on claude.%I (%s)',
                'uq_' || k.relation || '_' || replace(k.cols, ', ', '_'), k.relation, k.cols);
        exception when unique_violation then
            if k.is_needed then
                raise exception 'claude.% has several rows with the same %', k.relation, k.cols
                    using hint = 'keep one of each; nothing was changed';
            end if;
            raise notice 'claude.% has several rows with the same %: it stays without a key', k.relation, k.cols;
        end;
    end loop;
end $$;
