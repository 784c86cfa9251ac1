//! Rows into SQLite: statements of many rows each, whose values are taken apart ahead of the engine. PostgreSQL takes all rows of a table as
//! one JSON value instead, see `engine`.

use super::engine::{Arg, insertion};
use super::flat::flatten;
use super::tables::Table;
use anyhow::{Context as _, Result};
use serde::Serialize;
use sqlx::Arguments as _;
use sqlx::sqlite::SqliteArguments;
use std::sync::Arc;

/// Rows of one statement: as many as there are, in these sizes. Few forms, so that the engine prepares each table's inserts once and never
/// again; and small ones too, so that what is left over is a few statements.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// A statement that inserts rows, with their values.
pub(super) struct Insert {
    pub table: &'static str,
    pub sql: Arc<str>,
    pub args: SqliteArguments,
}

/// Statements that insert rows, made as they are asked for.
pub(super) type Inserts<'a> = Box<dyn Iterator<Item = Result<Insert>> + 'a>;

/// Inserts rows, each a tuple of the table's columns; a row whose key is there already replaces the other columns.
pub(super) fn inserts<'a, R: Serialize + 'a>(table: &'static Table, rows: impl FnOnce() -> Vec<R> + 'a) -> Inserts<'a> {
    Box::new(std::iter::once_with(rows).flat_map(move |rows| Cut { table, rows: rows.into_iter(), form: None }))
}

/// Says of an error what was done.
pub(super) fn into(table: &str) -> String {
    format!("writing rows into the table {table}")
}

/// Rows on their way into statements.
struct Cut<R> {
    table: &'static Table,
    rows: std::vec::IntoIter<R>,
    /// Of how many rows the last statement was, and its text.
    form: Option<(usize, Arc<str>)>,
}

impl<R: Serialize> Iterator for Cut<R> {
    type Item = Result<Insert>;

    fn next(&mut self) -> Option<Result<Insert>> {
        let n_rows = *SIZES.iter().find(|size| **size <= self.rows.len())?;
        let form = self.form.take().filter(|(size, _)| *size == n_rows);
        let (_, sql) = self.form.insert(form.unwrap_or_else(|| (n_rows, insertion(self.table, &self.placeholders(n_rows)).into())));
        let sql = Arc::clone(sql);
        let table = self.table.name;
        let args = arguments(&self.rows.as_slice()[..n_rows]).with_context(|| into(table));
        self.rows.nth(n_rows - 1);
        Some(args.map(|args| Insert { table, sql, args }))
    }
}

impl<R> Cut<R> {
    /// Returns `values (?, ?), (?, ?), ...`: SQLite looks a numbered argument up by its name, one by one.
    fn placeholders(&self, n_rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.table.columns.len()].join(", "));
        format!("values {}", vec![row; n_rows].join(", "))
    }
}

/// Returns the values of some rows, one after the other.
fn arguments(rows: &[impl Serialize]) -> Result<SqliteArguments> {
    let mut values = Vec::new();
    rows.iter().try_for_each(|row| flatten(row, &mut values))?;
    let mut args = SqliteArguments::default();
    args.reserve(values.len(), 0);
    for value in values {
        let added = match value {
            Arg::Text(text) => args.add(text),
            Arg::Int(number) => args.add(number),
        };
        added.map_err(anyhow::Error::from_boxed)?;
    }
    Ok(args)
}
