-- Nothing: a SQLite file has no tables but ours. On PostgreSQL this makes tables that were here before us fit to be written to.
select 1;
