-- How far named readers of the change feed have come. A cursor moves only when its reader says so.
create table claude.change_cursors (
    cursor_name text not null,
    vault_id text not null references vaults (vault_id),
    -- Which store the revision is one of: a feed that was made anew counts from the beginning.
    store_id text not null,
    -- All lines of the vault up to this one have been read.
    revision integer not null,
    moved_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    primary key (cursor_name, vault_id)
) strict, without rowid;
