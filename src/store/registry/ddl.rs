//! The columns of our tables as PostgreSQL names their types, read from the migrations that make them: SQLite has no such types of its own.
//!
//! Reads the form in which we write migrations, a column a line, and nothing else of SQL.

use crate::store::migrate::POSTGRES;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The columns of each table, in their order.
pub(super) struct Described(BTreeMap<&'static str, Vec<Column>>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: &'static str,
    /// As `information_schema` names it.
    pub data_type: &'static str,
    pub is_nullable: bool,
    /// The text or number that a row has if nothing is said; none if it is made at that moment.
    pub default: Option<&'static str>,
    /// The table and column that it refers to.
    pub references: Option<(&'static str, &'static str)>,
}

/// What no migration lists column by column: two views, and the table that counts migrations.
#[rustfmt::skip]
const UNLISTED: &[(&str, &[&str])] = &[
    ("_sqlx_migrations", &["version bigint primary key", "description text not null", "installed_on timestamptz not null",
        "success boolean not null", "checksum bytea not null", "execution_time bigint not null"]),
    ("audits_due", &["schedule_id uuid", "project_name text", "audit_type text", "frequency_days integer", "last_audit_date timestamptz",
        "next_audit_date timestamptz", "is_due boolean"]),
    ("mcp_usage_stats", &["mcp_server text", "tool_name text", "call_count bigint", "success_count bigint", "failure_count bigint",
        "avg_execution_ms numeric", "first_used timestamptz", "last_used timestamptz"]),
];

/// Reads the migrations.
pub(super) fn tables() -> Described {
    let mut tables: BTreeMap<&str, Vec<Column>> = BTreeMap::new();
    for (table, columns) in UNLISTED {
        tables.insert(table, columns.iter().filter_map(|line| column(line)).collect());
    }
    for line in POSTGRES.iter().flat_map(|(_, _, sql)| statements(sql)) {
        let (table, column) = line;
        let columns = tables.entry(table).or_default();
        if columns.iter().all(|known| known.name != column.name) {
            columns.push(column);
        }
    }
    Described(tables)
}

impl Described {
    pub(super) fn columns(&self, table: &str) -> &[Column] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }

    pub(super) fn names(&self, table: &str) -> Vec<String> {
        self.columns(table).iter().map(|column| column.name.to_owned()).collect()
    }

    pub(super) fn column(&self, table: &str, column: &str) -> Option<&Column> {
        self.columns(table).iter().find(|known| known.name == column)
    }

    /// Returns type and nullability of a table's columns, as `schema_registry.column_descriptions` holds them.
    pub(super) fn json(&self, table: &str) -> Value {
        let columns = self.columns(table).iter();
        columns.map(|c| (c.name.to_owned(), json!({"type": c.data_type, "nullable": c.is_nullable}))).collect::<Map<_, _>>().into()
    }

    /// Returns what a table's columns refer to, as `schema_registry.fk_relationships` holds it.
    pub(super) fn references(&self, table: &str) -> Value {
        let referring = self.columns(table).iter().filter_map(|c| Some((c.name, c.references?)));
        referring.map(|(name, (table, column))| json!({"column": name, "references": format!("{table}.{column}")})).collect()
    }
}

/// Returns the columns that a migration makes, each with its table.
fn statements(sql: &'static str) -> Vec<(&'static str, Column)> {
    let mut made = Vec::new();
    let mut table = None;
    for line in sql.lines() {
        if let Some(name) = line.strip_prefix("create table if not exists claude.") {
            table = name.split(' ').next();
        } else if line.starts_with(");") {
            table = None;
        } else if let Some((name, added)) =
            line.strip_prefix("alter table claude.").and_then(|l| l.split_once(" add column if not exists "))
        {
            made.extend(column(added).map(|column| (name, column)));
        } else if let (Some(table), Some(line)) = (table, line.strip_prefix("    ")) {
            made.extend(column(line).map(|column| (table, column)));
        }
    }
    made
}

/// Reads `name type ...`; a line that is none, such as a comment or a key of the table, gives nothing.
fn column(line: &'static str) -> Option<Column> {
    let (name, rest) = line.split_once(' ')?;
    let data_type = match rest.split([' ', ',', ';']).next()? {
        "timestamptz" => "timestamp with time zone",
        "text[]" | "uuid[]" => "ARRAY",
        "serial" => "integer",
        plain @ ("bigint" | "boolean" | "bytea" | "date" | "integer" | "jsonb" | "numeric" | "text" | "uuid") => plain,
        _ => return None,
    };
    let is_nullable = !(rest.contains(" not null") || rest.contains(" primary key"));
    let after = |word: &str| rest.split_once(word).map(|(_, after)| after.trim_end_matches([',', ';']));
    let default = after(" default ").and_then(|value| match value.strip_prefix('\'') {
        Some(text) => text.split('\'').next(),
        None => value.split(' ').next().filter(|value| value.chars().all(|c| c.is_ascii_alphanumeric())),
    });
    let references = after(" references claude.").and_then(|target| target.split_once(" ("));
    let references = references.and_then(|(table, column)| Some((table, column.split(')').next()?)));
    Some(Column { name, data_type, is_nullable, default, references })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_read_from_its_line() {
        let read = |line| column(line).map(|c| (c.name, c.data_type, c.is_nullable, c.default, c.references));
        let cases = [
            ("a uuid primary key default gen_random_uuid(),", Some(("a", "uuid", false, None, None))),
            ("b text not null default 'mid' check (b in ('mid')),", Some(("b", "text", false, Some("mid"), None))),
            ("c text[]", Some(("c", "ARRAY", true, None, None))),
            ("d integer default 3,", Some(("d", "integer", true, Some("3"), None))),
            ("s serial primary key,", Some(("s", "integer", false, None, None))),
            ("e uuid references claude.t (e) on delete cascade,", Some(("e", "uuid", true, None, Some(("t", "e"))))),
            ("f timestamptz;", Some(("f", "timestamp with time zone", true, None, None))),
            ("-- g text", None),
            ("primary key (a, b)", None),
            ("    constraint h check (h > 0)", None),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
