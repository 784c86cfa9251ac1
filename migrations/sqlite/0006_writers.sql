-- Which machine writes a vault. Two of them would take each other's copies for changes; so one writes, by a lease that the others wait for.
-- The id is of a data directory, the name is for people; until when it holds, the database's own clock says.
alter table claude.vaults add column writer_id text;
alter table claude.vaults add column writer_name text;
alter table claude.vaults add column writer_since text;
alter table claude.vaults add column writer_until text;
