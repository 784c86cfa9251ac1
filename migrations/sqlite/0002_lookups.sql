-- What a lookup returned, and what was said of it afterwards. Neither refers to other rows: a log outlives the documents that it names, and
-- rows of `knowledge_retrieval_log` that others remove leave nothing behind that matters.

-- Which vaults were asked: a JSON list of names.
alter table claude.knowledge_retrieval_log add column vaults text check (json_valid(vaults));

-- The documents that a lookup returned. `rank` counts from 1, over the pages of one question. No index by document: the log only grows at
-- its end, and stays cheap to write; which documents were returned is asked of all of it.
create table claude.lookup_hits (
    log_id text not null,
    rank integer not null,
    doc_id text not null,
    is_relaxed integer not null check (is_relaxed in (0, 1)),
    primary key (log_id, rank)
) strict, without rowid;

-- Whether a lookup helped: the last word counts.
create table claude.lookup_feedback (
    log_id text primary key,
    verdict text not null check (verdict in ('useful', 'useless')),
    given_by text,
    given_at text not null
) strict, without rowid;

-- Of a log that is there already, the hits that were notes; strict ones came first.
insert or ignore into claude.lookup_hits (log_id, rank, doc_id, is_relaxed)
select l.log_id, r.key + 1, k.doc_id, r.key >= coalesce(l.strict_count, l.results_count)
from claude.knowledge_retrieval_log l, json_each(l.results_ids) r
join claude.knowledge k on k.knowledge_id = r.value
where k.doc_id is not null and json_type(l.results_ids) = 'array' and coalesce(l.strict_count, l.results_count) is not null;
