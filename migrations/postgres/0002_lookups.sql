-- What a lookup returned, and what was said of it afterwards. Neither refers to other rows: a log outlives the documents that it names, and
-- rows of `knowledge_retrieval_log` that others remove leave nothing behind that matters.

-- Which vaults were asked, by name.
alter table claude.knowledge_retrieval_log add column if not exists vaults text[];

-- The documents that a lookup returned. `rank` counts from 1, over the pages of one question. No index by document: the log only grows at
-- its end, and stays cheap to write; which documents were returned is asked of all of it.
create table if not exists claude.lookup_hits (
    log_id uuid not null,
    rank bigint not null,
    doc_id uuid not null,
    is_relaxed boolean not null,
    primary key (log_id, rank)
);

-- Whether a lookup helped: the last word counts.
create table if not exists claude.lookup_feedback (
    log_id uuid primary key,
    verdict text not null check (verdict in ('useful', 'useless')),
    given_by text,
    given_at timestamptz not null
);

-- Of a log that is there already, the hits that were notes; strict ones came first.
insert into claude.lookup_hits (log_id, rank, doc_id, is_relaxed)
select l.log_id, r.rank, k.doc_id, r.rank > coalesce(l.strict_count, l.results_count)
from claude.knowledge_retrieval_log l
cross join lateral unnest(l.results_ids) with ordinality as r (knowledge_id, rank)
join claude.knowledge k on k.knowledge_id = r.knowledge_id
where l.log_id is not null and k.doc_id is not null and coalesce(l.strict_count, l.results_count) is not null
on conflict (log_id, rank) do nothing;
