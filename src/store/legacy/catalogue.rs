//! What a database has in the old schemas and in `claude`: relations, their columns, and what each really shows.

use super::map::SCHEMAS;
use crate::store::engine::{Engine, list};
use anyhow::Result;
use std::collections::BTreeMap;

/// By their names with the schema's.
pub(super) type Catalogue = BTreeMap<String, Relation>;

#[derive(Debug, Default)]
pub(super) struct Relation {
    /// Its name as SQL takes it.
    pub quoted: String,
    /// It holds its rows itself, and no table of `claude` does.
    pub is_table: bool,
    /// What of `claude` is seen through it.
    pub shows: Option<String>,
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    pub name: String,
    /// The name as SQL takes it.
    pub quoted: String,
    /// Its type, without a width: a text that is too long is refused, not cut.
    pub kind: String,
    pub is_required: bool,
    pub default: Option<String>,
    /// How many characters find room.
    pub width: Option<usize>,
}

impl Relation {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// What leans on what: a view on what it is made of, a table on those that inherit from it, over any number of steps.
const LEANING: &str = "from (with recursive leans (upon, which) as (select r.ev_class, d.refobjid \
     from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class \
     union select inhparent, inhrelid from pg_inherits), \
     reach (start, which) as (select upon, which from leans union select r.start, l.which from reach r join leans l on l.upon = r.which) \
     select n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted, c.relkind, \
     (select string_agg(distinct 'claude.' || t.relname, ', ') from reach join pg_class t on t.oid = reach.which \
     join pg_namespace s on s.oid = t.relnamespace where reach.start = c.oid and s.nspname = 'claude') as shows \
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in {keys} and c.relkind in ('r', 'p', 'v', 'm', 'f')) as found";

/// Columns that take a value, in their order.
const COLUMNS: &str = "from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid \
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum \
     where n.nspname in {keys} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''";

pub(super) async fn catalogue(engine: &mut Engine) -> Result<Catalogue> {
    let schemas = [list(&[&SCHEMAS[..], &["claude"]].concat())];
    let mut found = Catalogue::new();
    let relations: Vec<(String, String, String, Option<String>)> = engine.rows("name, quoted, relkind, shows", LEANING, &schemas).await?;
    for (name, quoted, kind, shows) in relations {
        let is_table = ["r", "p"].contains(&kind.as_str()) && (shows.is_none() || name.starts_with("claude."));
        found.insert(name, Relation { quoted, is_table, shows, columns: Vec::new() });
    }
    type Row = (String, i64, String, String, String, bool, Option<String>, Option<usize>);
    let columns = "n.nspname || '.' || c.relname, a.attnum, a.attname, quote_ident(a.attname), format_type(a.atttypid, null), a.attnotnull, \
         pg_get_expr(d.adbin, d.adrelid), case when a.atttypid = 'varchar'::regtype and a.atttypmod > 4 then a.atttypmod - 4 end";
    let mut rows: Vec<Row> = engine.rows(columns, COLUMNS, &schemas).await?;
    rows.sort_by_key(|row| row.1);
    for (relation, _, name, quoted, kind, is_required, default, width) in rows {
        let kind = if kind.starts_with("character") && !kind.ends_with("[]") { "text".to_owned() } else { kind };
        let column = Column { name, quoted, kind, is_required, default, width };
        found.entry(relation).or_default().columns.push(column);
    }
    Ok(found)
}
