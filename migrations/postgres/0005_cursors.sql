-- How far named readers of the change feed have come. A cursor moves only when its reader says so.
create table if not exists claude.change_cursors (
    cursor_name text not null,
    vault_id uuid not null references claude.vaults (vault_id),
    -- Which store the revision is one of: a feed that was made anew counts from the beginning.
    store_id uuid not null,
    -- All lines of the vault up to this one have been read.
    revision bigint not null,
    moved_at timestamptz not null default now(),
    primary key (cursor_name, vault_id)
);
