//! The columns of our tables as PostgreSQL's `information_schema` names their types: SQLite has no such types of its own.

use crate::store::definitions::{self, definitions};
use crate::store::migrate::POSTGRES;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The columns of each table, in their order.
pub(super) struct Described(BTreeMap<String, Vec<Column>>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    /// As `information_schema` names it.
    pub data_type: &'static str,
    pub is_nullable: bool,
    /// The text or number that a row has if nothing is said; none if it is made at that moment.
    pub default: Option<String>,
    /// The table and column that it refers to.
    pub references: Option<(String, String)>,
}

/// What no migration lists column by column, as if one did: two views, and the table that counts migrations.
pub(super) const UNLISTED: &str = "
create table if not exists claude._sqlx_migrations (version bigint primary key, description text not null,
    installed_on timestamptz not null, success boolean not null, checksum bytea not null, execution_time bigint not null);
create table if not exists claude.audits_due (schedule_id uuid, project_name text, audit_type text, frequency_days integer,
    last_audit_date timestamptz, next_audit_date timestamptz, is_due boolean);
create table if not exists claude.mcp_usage_stats (mcp_server text, tool_name text, call_count bigint, success_count bigint,
    failure_count bigint, avg_execution_ms numeric, first_used timestamptz, last_used timestamptz);
";

/// Reads the migrations.
pub(super) fn tables() -> Described {
    let tables = definitions([UNLISTED].into_iter().chain(POSTGRES.iter().map(|(_, _, sql)| *sql)));
    Described(tables.into_iter().map(|(name, table)| (name, table.columns.into_iter().filter_map(column).collect())).collect())
}

impl Described {
    pub(super) fn columns(&self, table: &str) -> &[Column] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }

    pub(super) fn names(&self, table: &str) -> Vec<String> {
        self.columns(table).iter().map(|column| column.name.clone()).collect()
    }

    pub(super) fn column(&self, table: &str, column: &str) -> Option<&Column> {
        self.columns(table).iter().find(|known| known.name == column)
    }

    /// Returns type and nullability of a table's columns, as `schema_registry.column_descriptions` holds them.
    pub(super) fn json(&self, table: &str) -> Value {
        let columns = self.columns(table).iter();
        columns.map(|c| (c.name.clone(), json!({"type": c.data_type, "nullable": c.is_nullable}))).collect::<Map<_, _>>().into()
    }

    /// Returns what a table's columns refer to, as `schema_registry.fk_relationships` holds it.
    pub(super) fn references(&self, table: &str) -> Value {
        let referring = self.columns(table).iter().filter_map(|c| Some((&c.name, c.references.as_ref()?)));
        referring.map(|(name, (table, column))| json!({"column": name, "references": format!("{table}.{column}")})).collect()
    }
}

/// Returns a column with its type's long name; none if the registry has no name for its type.
fn column(of: definitions::Column) -> Option<Column> {
    let data_type = match of.kind.as_str() {
        "timestamptz" => "timestamp with time zone",
        "serial" => "integer",
        kind if kind.ends_with("[]") => "ARRAY",
        kind => PLAIN.iter().find(|plain| kind.split('(').next() == Some(plain))?,
    };
    // Texts and numbers only: what is computed has another value at each moment.
    let literal = |text: String| match text.strip_prefix('\'') {
        Some(quoted) => quoted.split('\'').next().map(str::to_owned),
        None => text.chars().all(|c| c.is_ascii_alphanumeric()).then_some(text),
    };
    let default = of.default.and_then(literal);
    Some(Column { name: of.name, data_type, is_nullable: of.is_nullable, default, references: of.references })
}

/// Types whose names are long enough.
const PLAIN: &[&str] = &["bigint", "boolean", "bytea", "date", "integer", "jsonb", "numeric", "text", "uuid"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_described_as_the_catalogue_would() {
        let sql = "create table if not exists claude.t (a uuid primary key default gen_random_uuid(), b text not null default 'mid',
            c text[], d integer default 3, s serial unique, f timestamptz, g numeric(5, 2), e uuid references claude.t (a) on delete cascade);";
        let columns = definitions([sql]).remove("t").unwrap().columns;
        let columns: Vec<Column> = columns.into_iter().filter_map(column).collect();
        let columns: Vec<_> = columns.iter().map(|c| (c.name.as_str(), c.data_type, c.default.as_deref())).collect();
        let expected = [
            ("a", "uuid", None),
            ("b", "text", Some("mid")),
            ("c", "ARRAY", None),
            ("d", "integer", Some("3")),
            ("s", "integer", None),
            ("f", "timestamp with time zone", None),
            ("g", "numeric", None),
            ("e", "uuid", None),
        ];
        assert_eq!(columns, expected);
    }
}
