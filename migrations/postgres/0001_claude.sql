-- The schema `claude` as the sync fills it, on PostgreSQL: the tables of the integration guide that a sync writes or references, with our
-- own beside them. Real types, because other tools share the schema. A database that has some of these tables already keeps them and
-- gets the columns that are ours. The same tables stand in migrations/sqlite. Never edited once released: add a file.

create table if not exists claude.identities (
    identity_id uuid primary key default gen_random_uuid(),
    identity_name text not null unique,
    platform text,
    role_description text,
    capabilities jsonb not null default '{}',
    personality_traits jsonb not null default '{}',
    learning_style jsonb not null default '{}',
    status text not null default 'active' check (status in ('active', 'archived')),
    created_at timestamptz not null default now(),
    last_active_at timestamptz
);

create table if not exists claude.sessions (
    session_id uuid primary key default gen_random_uuid(),
    identity_id uuid references claude.identities (identity_id) on delete restrict,
    project_schema text,
    project_name text,
    session_start timestamptz not null default now(),
    session_end timestamptz,
    status text not null default 'active' check (status in ('active', 'ended', 'abandoned')),
    tasks_completed text[],
    learnings_gained text[],
    challenges_encountered text[],
    session_summary text,
    session_metadata jsonb,
    created_at timestamptz not null default now()
);
-- For a table that was here before us:
alter table claude.sessions add column if not exists status text not null default 'active';
create index if not exists idx_sessions_project_name on claude.sessions (project_name);
create index if not exists idx_sessions_session_start on claude.sessions (session_start desc);

create table if not exists claude.projects (
    project_id uuid primary key default gen_random_uuid(),
    program_id uuid,
    project_name text not null,
    project_code text,
    description text,
    status text not null default 'active' check (status in ('active', 'paused', 'archived', 'completed')),
    priority integer not null default 3 check (priority between 1 and 5),
    start_date date,
    target_date date,
    completion_date date,
    owner_session text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    metadata jsonb not null default '{}',
    last_audit_date timestamptz,
    next_audit_due timestamptz,
    health_status text,
    maturity_level text,
    audit_required boolean not null default false,
    audit_reason text,
    code_lines integer,
    documentation_score integer,
    test_coverage integer,
    tech_debt_score integer,
    is_archived boolean not null default false,
    archived_at timestamptz,
    archive_reason text,
    phase text not null default 'planning' check (phase in ('idea', 'research', 'planning', 'implementation', 'maintenance', 'archived')),
    default_identity_id uuid references claude.identities (identity_id),
    -- Ours: 'vault-sync' for a project that a note named and nobody else made.
    created_by text
);
-- For a table that was here before us:
alter table claude.projects add column if not exists created_by text;
alter table claude.projects add column if not exists default_identity_id uuid;
create index if not exists idx_projects_project_name on claude.projects (project_name);

-- One row: which store this is, and how many changes it has seen.
create table if not exists claude.store (
    store_key bigint primary key check (store_key = 1),
    store_id uuid not null,
    revision bigint not null default 0
);

create table if not exists claude.vaults (
    vault_id uuid primary key,
    vault_name text not null unique,
    -- The revision of the vault's last change: what a plan is checked against.
    revision bigint not null default 0,
    -- 1 while a run's names are in and some of its contents are not.
    is_partial boolean not null default false,
    parser_version integer not null default 0,
    -- Deletions since this moment count towards the guard against emptying a vault.
    guard_since timestamptz,
    created_at timestamptz not null default now()
);

create table if not exists claude.documents (
    doc_id uuid primary key default gen_random_uuid(),
    doc_type text,
    doc_title text,
    project_id uuid references claude.projects (project_id) on delete set null,
    file_path text collate "C",
    file_hash text,
    version text,
    status text default 'ACTIVE',
    category text,
    tags text[],
    generated_by_agent text,
    is_core boolean not null default false,
    core_reason text,
    is_archived boolean not null default false,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_verified_at timestamptz,
    is_current_version boolean not null default true,
    -- Ours, filled by the sync; null in rows that others made.
    vault_id uuid references claude.vaults (vault_id),
    kind text,
    size_bytes bigint,
    mtime_ns bigint,
    file_id text,
    content_hash text,
    name_key text,
    frontmatter_raw text,
    properties jsonb,
    problems jsonb,
    backlink_bucket integer not null default 0,
    is_ignored boolean not null default false,
    revision bigint
);
-- For a table that was here before us:
alter table claude.documents alter column file_path type text collate "C";
alter table claude.documents add column if not exists is_current_version boolean not null default true;
alter table claude.documents add column if not exists vault_id uuid references claude.vaults (vault_id);
alter table claude.documents add column if not exists kind text;
alter table claude.documents add column if not exists size_bytes bigint;
alter table claude.documents add column if not exists mtime_ns bigint;
alter table claude.documents add column if not exists file_id text;
alter table claude.documents add column if not exists content_hash text;
alter table claude.documents add column if not exists name_key text;
alter table claude.documents add column if not exists frontmatter_raw text;
alter table claude.documents add column if not exists properties jsonb;
alter table claude.documents add column if not exists problems jsonb;
alter table claude.documents add column if not exists backlink_bucket integer not null default 0;
alter table claude.documents add column if not exists is_ignored boolean not null default false;
alter table claude.documents add column if not exists revision bigint;
create unique index if not exists uq_documents_live_path on claude.documents (vault_id, file_path) where not is_archived and vault_id is not null;
create index if not exists idx_documents_path on claude.documents (vault_id, file_path);
create index if not exists idx_documents_name_key on claude.documents (vault_id, name_key) where not is_archived;
create index if not exists idx_documents_revision on claude.documents (revision);
create index if not exists idx_documents_file_id on claude.documents (vault_id, file_id) where file_id is not null;
create index if not exists idx_documents_archived on claude.documents (vault_id, archived_at) where is_archived;

create table if not exists claude.document_projects (
    document_project_id uuid primary key default gen_random_uuid(),
    doc_id uuid not null references claude.documents (doc_id) on delete cascade,
    project_id uuid not null references claude.projects (project_id) on delete cascade,
    is_primary boolean not null default false,
    linked_by text,
    linked_at timestamptz not null default now(),
    unique (doc_id, project_id)
);
create index if not exists idx_document_projects_project_id on claude.document_projects (project_id);

create table if not exists claude.knowledge (
    knowledge_id uuid primary key default gen_random_uuid(),
    learned_by_identity_id uuid references claude.identities (identity_id) on delete set null,
    knowledge_type text,
    knowledge_category text,
    title text not null,
    description text not null,
    applies_to_projects text[] default '{}',
    applies_to_platforms text[],
    confidence_level integer check (confidence_level between 0 and 100),
    times_applied integer not null default 0,
    times_failed integer not null default 0,
    code_example text,
    related_knowledge text[],
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_applied_at timestamptz,
    source text,
    tier text not null default 'mid' check (tier in ('short', 'mid', 'long', 'archived')),
    last_accessed_at timestamptz,
    access_count integer not null default 0,
    session_id uuid references claude.sessions (session_id) on delete set null,
    project_id uuid references claude.projects (project_id) on delete set null,
    status text not null default 'active' check (status in ('active', 'archived')),
    archived_at timestamptz,
    archived_reason text,
    -- Ours: the note that the row mirrors; null in rows that people and agents wrote themselves.
    doc_id uuid unique references claude.documents (doc_id) on delete cascade,
    tags text[]
);
-- For a table that was here before us:
alter table claude.knowledge add column if not exists source text;
alter table claude.knowledge add column if not exists tier text not null default 'mid';
alter table claude.knowledge add column if not exists last_accessed_at timestamptz;
alter table claude.knowledge add column if not exists access_count integer not null default 0;
alter table claude.knowledge add column if not exists session_id uuid;
alter table claude.knowledge add column if not exists project_id uuid;
alter table claude.knowledge add column if not exists status text not null default 'active';
alter table claude.knowledge add column if not exists archived_at timestamptz;
alter table claude.knowledge add column if not exists archived_reason text;
alter table claude.knowledge add column if not exists doc_id uuid unique references claude.documents (doc_id) on delete cascade;
alter table claude.knowledge add column if not exists tags text[];
create index if not exists idx_knowledge_source on claude.knowledge (source);
create index if not exists idx_knowledge_category on claude.knowledge (knowledge_category);
create index if not exists idx_knowledge_type on claude.knowledge (knowledge_type);

create table if not exists claude.knowledge_retrieval_log (
    log_id uuid primary key default gen_random_uuid(),
    prompt_excerpt text not null,
    keywords text[],
    results_count integer,
    results_ids uuid[],
    retrieval_method text default 'keyword',
    latency_ms integer,
    session_id uuid references claude.sessions (session_id) on delete set null,
    retrieved_at timestamptz not null default now(),
    -- Ours: hits that Obsidian would find too; a miss is 0. `session_ref` keeps a session id that no row knows.
    strict_count integer,
    session_ref text,
    agent text,
    project_name text
);
-- For a table that was here before us:
alter table claude.knowledge_retrieval_log add column if not exists strict_count integer;
alter table claude.knowledge_retrieval_log add column if not exists session_ref text;
alter table claude.knowledge_retrieval_log add column if not exists agent text;
alter table claude.knowledge_retrieval_log add column if not exists project_name text;
create index if not exists idx_retrieval_log_retrieved_at on claude.knowledge_retrieval_log (retrieved_at);
create index if not exists idx_retrieval_log_session_id on claude.knowledge_retrieval_log (session_id) where session_id is not null;

-- Our own tables: what stands in a document. `position` counts from 0 in document order, `line` and `col` from 1, in characters.

create table if not exists claude.document_texts (
    doc_id uuid primary key references claude.documents (doc_id) on delete cascade,
    content text not null
);

create table if not exists claude.document_links (
    doc_id uuid not null references claude.documents (doc_id) on delete cascade,
    position integer not null,
    kind text not null check (kind in ('link', 'embed', 'property')),
    raw text not null,
    -- The target as written, without its subpath; `target_key` is its last segment as names are compared.
    target text not null,
    target_key text not null,
    subpath text,
    display text,
    line integer,
    col integer,
    resolved_doc_id uuid references claude.documents (doc_id) on delete set null,
    -- Which rule of resolution decided; null while unresolved.
    rule text,
    primary key (doc_id, position)
);
create index if not exists idx_document_links_target_key on claude.document_links (target_key);
create index if not exists idx_document_links_resolved on claude.document_links (resolved_doc_id) where resolved_doc_id is not null;

create table if not exists claude.document_tags (
    doc_id uuid not null references claude.documents (doc_id) on delete cascade,
    position integer not null,
    -- As written, without '#'; `tag_key` in the case in which tags are compared.
    tag text not null,
    tag_key text not null,
    in_property boolean not null,
    line integer,
    primary key (doc_id, position)
);
create index if not exists idx_document_tags_tag_key on claude.document_tags (tag_key);

create table if not exists claude.document_aliases (
    doc_id uuid not null references claude.documents (doc_id) on delete cascade,
    position integer not null,
    alias text not null,
    alias_key text not null,
    primary key (doc_id, position)
);
create index if not exists idx_document_aliases_alias_key on claude.document_aliases (alias_key);

create table if not exists claude.document_headings (
    doc_id uuid not null references claude.documents (doc_id) on delete cascade,
    position integer not null,
    level integer not null,
    heading text not null,
    line integer not null,
    primary key (doc_id, position)
);

create table if not exists claude.document_blocks (
    doc_id uuid not null references claude.documents (doc_id) on delete cascade,
    position integer not null,
    block_id text not null,
    line integer not null,
    primary key (doc_id, position)
);

create table if not exists claude.document_tasks (
    doc_id uuid not null references claude.documents (doc_id) on delete cascade,
    position integer not null,
    status text not null,
    is_done boolean not null,
    task text not null,
    line integer not null,
    primary key (doc_id, position)
);

-- Where a document has been: one row for each path it came to.
create table if not exists claude.document_paths (
    doc_id uuid not null references claude.documents (doc_id) on delete cascade,
    revision bigint not null,
    path text not null,
    at timestamptz not null default now(),
    primary key (doc_id, revision)
);

-- The change feed, in the order of revisions.
create table if not exists claude.changes (
    revision bigint not null,
    position integer not null,
    vault_id uuid not null references claude.vaults (vault_id),
    doc_id uuid not null,
    op text not null check (op in ('added', 'modified', 'renamed', 'archived', 'returned')),
    path text not null,
    old_path text,
    at timestamptz not null default now(),
    primary key (revision, position)
);

-- The ledger of files that are there and not in `documents`, with the reason.
create table if not exists claude.vault_files (
    vault_id uuid not null references claude.vaults (vault_id),
    path text not null,
    outcome text not null check (outcome in ('excluded', 'failed')),
    reason text not null,
    primary key (vault_id, path)
);

create table if not exists claude.sync_runs (
    run_id uuid primary key,
    vault_id uuid not null references claude.vaults (vault_id),
    command text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    counts jsonb,
    outcome text
);
create index if not exists idx_sync_runs_started_at on claude.sync_runs (vault_id, started_at);
