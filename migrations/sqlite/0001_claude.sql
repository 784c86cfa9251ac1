-- The schema `claude` as the sync fills it, on SQLite: the tables of the integration guide that a sync writes or references, with our
-- own beside them. This file is attached as `claude`, so tables and indexes name it; REFERENCES and view bodies must not.
-- uuids are TEXT, times are TEXT in RFC 3339 (UTC), booleans 0 or 1, lists and objects JSON TEXT. Never edited once released: add a file.

create table claude.identities (
    identity_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    identity_name text not null unique,
    platform text,
    role_description text,
    capabilities text not null default '{}' check (json_valid(capabilities)),
    personality_traits text not null default '{}' check (json_valid(personality_traits)),
    learning_style text not null default '{}' check (json_valid(learning_style)),
    status text not null default 'active' check (status in ('active', 'archived')),
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    last_active_at text
) strict;

create table claude.sessions (
    session_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    identity_id text references identities (identity_id) on delete restrict,
    project_schema text,
    project_name text,
    session_start text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    session_end text,
    status text not null default 'active' check (status in ('active', 'ended', 'abandoned')),
    tasks_completed text check (json_valid(tasks_completed)),
    learnings_gained text check (json_valid(learnings_gained)),
    challenges_encountered text check (json_valid(challenges_encountered)),
    session_summary text,
    session_metadata text check (json_valid(session_metadata)),
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index claude.idx_sessions_project_name on sessions (project_name);
create index claude.idx_sessions_session_start on sessions (session_start desc);

create table claude.projects (
    project_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    program_id text,
    project_name text not null,
    project_code text,
    description text,
    status text not null default 'active' check (status in ('active', 'paused', 'archived', 'completed')),
    priority integer not null default 3 check (priority between 1 and 5),
    start_date text,
    target_date text,
    completion_date text,
    owner_session text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    metadata text not null default '{}' check (json_valid(metadata)),
    last_audit_date text,
    next_audit_due text,
    health_status text,
    maturity_level text,
    audit_required integer not null default 0 check (audit_required in (0, 1)),
    audit_reason text,
    code_lines integer,
    documentation_score integer,
    test_coverage integer,
    tech_debt_score integer,
    is_archived integer not null default 0 check (is_archived in (0, 1)),
    archived_at text,
    archive_reason text,
    phase text not null default 'planning' check (phase in ('idea', 'research', 'planning', 'implementation', 'maintenance', 'archived')),
    default_identity_id text references identities (identity_id),
    -- Ours: 'vault-sync' for a project that a note named and nobody else made.
    created_by text
) strict;
create index claude.idx_projects_project_name on projects (project_name);

-- One row: which store this is, and how many changes it has seen.
create table claude.store (
    store_key integer primary key check (store_key = 1),
    store_id text not null,
    revision integer not null default 0
) strict;

create table claude.vaults (
    vault_id text primary key,
    vault_name text not null unique,
    -- The revision of the vault's last change: what a plan is checked against.
    revision integer not null default 0,
    -- 1 while a run's names are in and some of its contents are not.
    is_partial integer not null default 0 check (is_partial in (0, 1)),
    parser_version integer not null default 0,
    -- Deletions since this moment count towards the guard against emptying a vault.
    guard_since text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

create table claude.documents (
    doc_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    doc_type text,
    doc_title text,
    project_id text references projects (project_id) on delete set null,
    file_path text,
    file_hash text,
    version text,
    status text default 'ACTIVE',
    category text,
    tags text check (json_valid(tags)),
    generated_by_agent text,
    is_core integer not null default 0 check (is_core in (0, 1)),
    core_reason text,
    is_archived integer not null default 0 check (is_archived in (0, 1)),
    archived_at text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    last_verified_at text,
    is_current_version integer not null default 1 check (is_current_version in (0, 1)),
    -- Ours, filled by the sync; null in rows that others made.
    vault_id text references vaults (vault_id),
    kind text,
    size_bytes integer,
    mtime_ns integer,
    file_id text,
    content_hash text,
    name_key text,
    frontmatter_raw text,
    properties text check (json_valid(properties)),
    problems text check (json_valid(problems)),
    backlink_bucket integer not null default 0,
    is_ignored integer not null default 0 check (is_ignored in (0, 1)),
    revision integer
) strict;
create unique index claude.uq_documents_live_path on documents (vault_id, file_path) where is_archived = 0 and vault_id is not null;
-- A file holds few vaults, so the vault's id would only make these indexes large.
create index claude.idx_documents_name_key on documents (name_key) where is_archived = 0;
create index claude.idx_documents_revision on documents (revision);
create index claude.idx_documents_file_id on documents (file_id) where file_id is not null;
create index claude.idx_documents_archived on documents (archived_at) where is_archived = 1;

create table claude.document_projects (
    document_project_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    doc_id text not null references documents (doc_id) on delete cascade,
    project_id text not null references projects (project_id) on delete cascade,
    is_primary integer not null default 0 check (is_primary in (0, 1)),
    linked_by text,
    linked_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    unique (doc_id, project_id)
) strict;
create index claude.idx_document_projects_project_id on document_projects (project_id);

create table claude.knowledge (
    knowledge_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    learned_by_identity_id text references identities (identity_id) on delete set null,
    knowledge_type text,
    knowledge_category text,
    title text not null,
    description text not null,
    applies_to_projects text default '[]' check (json_valid(applies_to_projects)),
    applies_to_platforms text check (json_valid(applies_to_platforms)),
    confidence_level integer check (confidence_level between 0 and 100),
    times_applied integer not null default 0,
    times_failed integer not null default 0,
    code_example text,
    related_knowledge text check (json_valid(related_knowledge)),
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    last_applied_at text,
    source text,
    tier text not null default 'mid' check (tier in ('short', 'mid', 'long', 'archived')),
    last_accessed_at text,
    access_count integer not null default 0,
    session_id text references sessions (session_id) on delete set null,
    project_id text references projects (project_id) on delete set null,
    status text not null default 'active' check (status in ('active', 'archived')),
    archived_at text,
    archived_reason text,
    -- Ours: the note that the row mirrors; null in rows that people and agents wrote themselves.
    doc_id text unique references documents (doc_id) on delete cascade,
    tags text check (json_valid(tags))
) strict;
create index claude.idx_knowledge_source on knowledge (source);
create index claude.idx_knowledge_category on knowledge (knowledge_category);
create index claude.idx_knowledge_type on knowledge (knowledge_type);

create table claude.knowledge_retrieval_log (
    log_id text primary key default (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    prompt_excerpt text not null,
    keywords text check (json_valid(keywords)),
    results_count integer,
    results_ids text check (json_valid(results_ids)),
    retrieval_method text default 'keyword',
    latency_ms integer,
    session_id text references sessions (session_id) on delete set null,
    retrieved_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    -- Ours: hits that Obsidian would find too; a miss is 0. `session_ref` keeps a session id that no row knows.
    strict_count integer,
    session_ref text,
    agent text,
    project_name text
) strict;
create index claude.idx_retrieval_log_retrieved_at on knowledge_retrieval_log (retrieved_at);
create index claude.idx_retrieval_log_session_id on knowledge_retrieval_log (session_id) where session_id is not null;

-- Our own tables: what stands in a document. `position` counts from 0 in document order, `line` and `col` from 1, in characters.

create table claude.document_texts (
    doc_id text primary key references documents (doc_id) on delete cascade,
    content text not null
) strict;

create table claude.document_links (
    doc_id text not null references documents (doc_id) on delete cascade,
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
    resolved_doc_id text references documents (doc_id) on delete set null,
    -- Which rule of resolution decided; null while unresolved.
    rule text,
    primary key (doc_id, position)
) strict, without rowid;
create index claude.idx_document_links_target_key on document_links (target_key);
create index claude.idx_document_links_resolved on document_links (resolved_doc_id) where resolved_doc_id is not null;

create table claude.document_tags (
    doc_id text not null references documents (doc_id) on delete cascade,
    position integer not null,
    -- As written, without '#'; `tag_key` in the case in which tags are compared.
    tag text not null,
    tag_key text not null,
    in_property integer not null check (in_property in (0, 1)),
    line integer,
    primary key (doc_id, position)
) strict, without rowid;
create index claude.idx_document_tags_tag_key on document_tags (tag_key);

create table claude.document_aliases (
    doc_id text not null references documents (doc_id) on delete cascade,
    position integer not null,
    alias text not null,
    alias_key text not null,
    primary key (doc_id, position)
) strict, without rowid;
create index claude.idx_document_aliases_alias_key on document_aliases (alias_key);

create table claude.document_headings (
    doc_id text not null references documents (doc_id) on delete cascade,
    position integer not null,
    level integer not null,
    heading text not null,
    line integer not null,
    primary key (doc_id, position)
) strict, without rowid;

create table claude.document_blocks (
    doc_id text not null references documents (doc_id) on delete cascade,
    position integer not null,
    block_id text not null,
    line integer not null,
    primary key (doc_id, position)
) strict, without rowid;

create table claude.document_tasks (
    doc_id text not null references documents (doc_id) on delete cascade,
    position integer not null,
    status text not null,
    is_done integer not null check (is_done in (0, 1)),
    task text not null,
    line integer not null,
    primary key (doc_id, position)
) strict, without rowid;

-- Where a document has been: one row for each path it came to.
create table claude.document_paths (
    doc_id text not null references documents (doc_id) on delete cascade,
    revision integer not null,
    path text not null,
    at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    primary key (doc_id, revision)
) strict, without rowid;

-- The change feed, in the order of revisions.
create table claude.changes (
    revision integer not null,
    position integer not null,
    vault_id text not null references vaults (vault_id),
    doc_id text not null,
    op text not null check (op in ('added', 'modified', 'renamed', 'archived', 'returned')),
    path text not null,
    old_path text,
    at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    primary key (revision, position)
) strict, without rowid;

-- The ledger of files that are there and not in `documents`, with the reason.
create table claude.vault_files (
    vault_id text not null references vaults (vault_id),
    path text not null,
    outcome text not null check (outcome in ('excluded', 'failed')),
    reason text not null,
    primary key (vault_id, path)
) strict, without rowid;

create table claude.sync_runs (
    run_id text primary key,
    vault_id text not null references vaults (vault_id),
    command text not null,
    started_at text not null,
    ended_at text,
    counts text check (json_valid(counts)),
    outcome text
) strict;
create index claude.idx_sync_runs_started_at on sync_runs (vault_id, started_at);
