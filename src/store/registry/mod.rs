//! What the tables of the schema are for, and which values their constrained columns take: our own definitions, as data, and what a
//! database's registries say, in one form.
//!
//! `schema_registry` and `column_registry` are written from the definitions (`write`), the types of columns are read where they are made
//! (`ddl`). A database may know more than we do: rows that others wrote there count as ours do.

mod check;
mod columns;
mod ddl;
#[cfg(test)]
mod meanings;
#[cfg(test)]
mod page;
mod tables;
mod write;

use super::Store;
use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Marks rows of ours among those that people and other programs write.
const OURS: &str = "vault-sync";

/// Tables, and the columns of them that take only certain values.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    pub tables: Vec<Table>,
    pub columns: Vec<Column>,
}

/// A table or view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    /// Its columns by name, as far as they are known.
    pub columns: Vec<String>,
}

/// A column that takes only certain values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    pub table: String,
    pub column: String,
    pub valid: Valid,
    pub description: Option<String>,
}

/// Which values a column takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Valid {
    /// One of these texts or numbers.
    OneOf(Vec<Value>),
    /// A number from the first to the last.
    Between(i64, i64),
}

impl Registry {
    /// Returns what our own definitions say.
    pub fn ours() -> Self {
        let described = ddl::tables();
        let name = |table: &tables::Definition| Table { name: table.name.to_owned(), columns: described.names(table.name) };
        let column = |c: &columns::Definition| Column {
            table: c.table.to_owned(),
            column: c.column.to_owned(),
            valid: c.valid.owned(),
            description: Some(c.description.to_owned()),
        };
        Self { tables: tables::TABLES.iter().map(name).collect(), columns: columns::COLUMNS.iter().map(column).collect() }
    }
}

impl Store {
    /// Returns what the database's own registries say, whoever wrote it, by name.
    pub async fn registry(&mut self) -> Result<Registry> {
        let rows: Vec<(Option<String>, Option<Value>)> =
            self.engine.rows("table_name, column_descriptions", "from claude.schema_registry", &[]).await?;
        let tables: BTreeMap<String, Vec<String>> = rows.into_iter().filter_map(|(name, columns)| Some((name?, keys(columns)))).collect();
        type Row = (Option<String>, Option<String>, Option<Value>, Option<Value>, Option<String>);
        let columns = "table_name, column_name, valid_values, quality_rules, description";
        let rows: Vec<Row> = self.engine.rows(columns, "from claude.column_registry", &[]).await?;
        let column = |(table, column, values, rules, description): Row| {
            Some(Column { table: table?, column: column?, valid: valid(values, rules)?, description })
        };
        let mut columns: Vec<Column> = rows.into_iter().filter_map(column).collect();
        columns.sort_by(|a, b| (&a.table, &a.column).cmp(&(&b.table, &b.column)));
        Ok(Registry { tables: tables.into_iter().map(|(name, columns)| Table { name, columns }).collect(), columns })
    }
}

/// Returns the names of a JSON object, which SQLite has as text.
fn keys(object: Option<Value>) -> Vec<String> {
    match parsed(object) {
        Some(Value::Object(object)) => object.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    }
}

/// Returns what the row of a column says that it takes, if it says so in a way that is understood.
fn valid(values: Option<Value>, rules: Option<Value>) -> Option<Valid> {
    if let Some(Value::Array(values)) = parsed(values) {
        return Some(Valid::OneOf(values));
    }
    let rules = parsed(rules)?;
    Some(Valid::Between(rules["min"].as_i64()?, rules["max"].as_i64()?))
}

fn parsed(value: Option<Value>) -> Option<Value> {
    match value? {
        Value::String(text) => serde_json::from_str(&text).ok(),
        Value::Null => None,
        value => Some(value),
    }
}
