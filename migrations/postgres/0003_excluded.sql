-- Files that a glob keeps out of the mirror are still what links mean: the ledger knows them by their names, and a link says so.

-- Which glob keeps the file out, and the key under which links find its name; null for what is left out for another reason.
alter table claude.vault_files add column if not exists rule text;
alter table claude.vault_files add column if not exists name_key text;
create index if not exists idx_vault_files_name_key on claude.vault_files (name_key, vault_id) where name_key is not null;

-- The path of the file that the link means, when that is one of those. A link leads nowhere if it has neither this nor `resolved_doc_id`.
alter table claude.document_links add column if not exists excluded_path text;
