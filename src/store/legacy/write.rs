//! Rows into a table, many at a time. Where the database refuses some, they are halved until it is clear which and why; the others are in.

use super::catalogue::{Column, Relation};
use super::row::{Draft, METADATA};
use crate::store::engine::{Engine, list};
use crate::store::postgres;
use anyhow::Result;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Rows that travel together.
const BATCH: usize = 200;

/// What a row can be to blame for, by the beginnings of codes: its data, a constraint, a trigger that refuses it.
const BLAME: [&str; 3] = ["22", "23", "P0"];

/// Inserts rows in their order and returns which of them the database refused, each with what it said.
pub(super) async fn insert(engine: &mut Engine, table: &str, target: &Relation, drafts: &[Draft]) -> Result<HashMap<usize, String>> {
    let has_kept = drafts.iter().any(|draft| !draft.kept.is_empty());
    let is_used = |column: &&Column| {
        drafts.iter().any(|draft| draft.values.contains_key(&column.name)) || has_kept && METADATA.contains(&column.name.as_str())
    };
    let columns: Vec<&Column> = target.columns.iter().filter(is_used).collect();
    let names: Vec<&str> = columns.iter().map(|column| column.quoted.as_str()).collect();
    let values: Vec<String> = columns.iter().enumerate().map(|(i, column)| value(i, column, columns.len())).collect();
    let sql = format!(
        "insert into claude.{table} ({}) select {} from jsonb_array_elements($1::jsonb) as j(value)",
        names.join(", "),
        values.join(", ")
    );
    let row = |draft: &Draft| {
        let mut row: Vec<Value> = columns.iter().map(|column| json!(draft.values.get(&column.name))).collect();
        row.push(if draft.kept.is_empty() { Value::Null } else { json!(draft.kept) });
        row
    };
    let mut refused = HashMap::new();
    let starts = (0..drafts.len()).step_by(BATCH);
    let mut open: Vec<(usize, usize)> = starts.map(|start| (start, drafts.len().min(start + BATCH))).rev().collect();
    while let Some((start, end)) = open.pop() {
        let rows: Vec<Vec<Value>> = drafts[start..end].iter().map(row).collect();
        engine.execute("savepoint legacy_rows", &[]).await?;
        let inserted = engine.execute(&sql, &[list(&rows)]).await;
        let Err(error) = inserted else {
            engine.execute("release savepoint legacy_rows", &[]).await?;
            continue;
        };
        let Some(said) = blame(&error) else { return Err(error) };
        engine.execute("rollback to savepoint legacy_rows", &[]).await?;
        match end - start {
            1 => drop(refused.insert(start, said)),
            n => open.extend([(start + n / 2, end), (start, start + n / 2)]),
        }
    }
    Ok(refused)
}

/// Returns how a column's value is read out of a row, whose last item is what goes into the metadata besides.
fn value(i: usize, column: &Column, last: usize) -> String {
    let text = format!("(value->>{i})");
    let read = match column.kind.strip_suffix("[]") {
        Some(item) => {
            format!("case when {text} is not null then array(select x::{item} from jsonb_array_elements_text({text}::jsonb) as t(x)) end")
        }
        None => format!("{text}::{}", column.kind),
    };
    let read = if METADATA.contains(&column.name.as_str()) {
        // What is no object becomes part of one.
        format!(
            "case when jsonb_typeof(value->{last}) = 'null' then {read} else (case when {read} is null then '{{}}' \
             when jsonb_typeof({read}) = 'object' then {read} else jsonb_build_object('value', {read}) end) \
             || jsonb_build_object('legacy', value->{last}) end"
        )
    } else {
        read
    };
    match &column.default {
        Some(default) if column.is_required => format!("coalesce({read}, {default})"),
        _ => read,
    }
}

/// Returns what the database said of a row, if the row is to blame.
fn blame(error: &anyhow::Error) -> Option<String> {
    let code = error.chain().find_map(postgres::code)?;
    let said = error.chain().find_map(|cause| cause.downcast_ref::<sqlx::Error>()?.as_database_error())?;
    BLAME.iter().any(|class| code.starts_with(class)).then(|| said.message().to_owned())
}
