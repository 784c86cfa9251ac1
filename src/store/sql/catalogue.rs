//! `information_schema` on SQLite: the two tables that people ask of it, in memory, made of SQLite's own lists and of what
//! `claude.schema_registry` says that a column holds. PostgreSQL has its own.

use super::cell::Kind;
use crate::store::engine::Engine;
use anyhow::Result;
use std::collections::HashMap;

/// The names are those of the standard. A column that the registry does not know has the type that it was declared with.
const MAKE: [&str; 5] = [
    "attach database 'file:information_schema?mode=memory' as information_schema",
    "create table information_schema.tables (table_catalog text, table_schema text, table_name text, table_type text)",
    "create table information_schema.columns (table_catalog text, table_schema text, table_name text, column_name text, \
     ordinal_position integer, column_default text, is_nullable text, data_type text)",
    "insert into information_schema.tables \
     select 'claude', 'claude', name, case type when 'view' then 'VIEW' else 'BASE TABLE' end \
     from pragma_table_list where schema = 'claude' and name not like 'sqlite|_%' escape '|'",
    "insert into information_schema.columns \
     select 'claude', 'claude', t.table_name, c.name, c.cid + 1, c.dflt_value, \
     case when c.\"notnull\" or c.pk then 'NO' else 'YES' end, \
     case upper(c.type) when 'INTEGER' then 'bigint' when 'REAL' then 'double precision' when 'BLOB' then 'bytea' \
     when '' then 'text' else lower(c.type) end \
     from information_schema.tables as t join pragma_table_xinfo(t.table_name, 'claude') as c where c.hidden <> 1",
];

const DESCRIBE: &str = "update information_schema.columns as c \
     set data_type = coalesce(d.value ->> 'type', c.data_type), \
     is_nullable = case d.value ->> 'nullable' when 1 then 'YES' when 0 then 'NO' else c.is_nullable end \
     from claude.schema_registry as r join json_each(r.column_descriptions) as d \
     where r.table_name = c.table_name and d.key = c.column_name and json_type(d.value) = 'object'";

/// What the columns of a store hold, by table and name.
pub(super) type Kinds = HashMap<(String, String), Kind>;

/// Makes the tables on a connection that has the store attached. They are gone with it.
pub(super) async fn make(engine: &mut Engine) -> Result<Kinds> {
    for statement in MAKE {
        engine.execute(statement, &[]).await?;
    }
    engine.execute(DESCRIBE, &[]).await?;
    let columns: Vec<(String, String, String)> =
        engine.rows("table_name, column_name, data_type", "from information_schema.columns", &[]).await?;
    Ok(columns.into_iter().map(|(table, column, name)| ((table, column), Kind::named(&name))).collect())
}
