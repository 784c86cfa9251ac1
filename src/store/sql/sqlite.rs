//! A question to SQLite: the file is opened read-only beside an empty memory, so whatever else is attached would be too.

use super::catalogue::{self, Kinds};
use super::cell::{self, Kind};
use super::statement::{Kind as Asked, Statement};
use super::{Answered, Clock, Flow, Question, Sink, fault};
use crate::store::PATIENCE;
use crate::store::engine::{Engine, sent};
use anyhow::{Context as _, Result};
use serde_json::Value;
use sqlx::sqlite::{SqliteColumn, SqliteConnectOptions, SqliteRow};
use sqlx::{Column as _, ConnectOptions as _, Executor as _, Row as _, SqlSafeStr as _, SqliteConnection, Statement as _};
use sqlx::{Connection as _, TypeInfo as _, ValueRef as _};
use std::future::poll_fn;
use std::path::Path;

/// Steps of SQLite's machine between two looks at the clock: some hundred microseconds.
const STEPS: i32 = 10_000;

pub(super) async fn ask(file: &Path, statement: &Statement<'_>, question: Question<'_>, sink: Sink<'_>) -> Result<Answered> {
    let (mut connection, kinds) = open(file).await.with_context(|| format!("opening the database {} to read", file.display()))?;
    let mut clock = Clock::new(question.patience);
    let alarm = clock.alarm();
    connection.lock_handle().await?.set_progress_handler(STEPS, move || !alarm.rings());
    let answered = run(&mut connection, statement, &kinds, &mut clock, Flow::new(question, sink)).await;
    clock.end();
    Engine::Sqlite(connection).close().await?;
    answered.map_err(|error| fault::of_sqlite(error, question, statement, &kinds))
}

async fn open(file: &Path) -> Result<(Box<SqliteConnection>, Kinds)> {
    let options = SqliteConnectOptions::new().filename(":memory:").read_only(true).busy_timeout(PATIENCE).disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query(sent("attach database $1 as claude")).bind(file.to_string_lossy()).execute(&mut connection).await?;
    let mut engine = Engine::Sqlite(Box::new(connection));
    let kinds = catalogue::make(&mut engine).await?;
    engine.execute("pragma query_only = true", &[]).await?;
    match engine {
        Engine::Sqlite(connection) => Ok((connection, kinds)),
        Engine::Postgres(_) => unreachable!("it was made of SQLite just above"),
    }
}

async fn run(
    connection: &mut SqliteConnection,
    statement: &Statement<'_>,
    kinds: &Kinds,
    clock: &mut Clock,
    mut flow: Flow<'_>,
) -> Result<Answered> {
    let sql = sent(statement.text).into_sql_str();
    clock.start();
    let prepared = (&mut *connection).prepare(sql.clone()).await?;
    clock.stop();
    let columns: Vec<Kind> = prepared.columns().iter().map(|column| kind(column, kinds, statement.kind)).collect();
    flow.columns(prepared.columns().iter().map(|column| column.name().to_owned()).collect())?;
    let mut rows = sqlx::query(sql).persistent(false).fetch(connection);
    loop {
        let mut batch = Vec::new();
        clock.start();
        while batch.len() < flow.n_wanted() {
            let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await else { break };
            batch.push(values(&row?, &columns)?);
        }
        clock.stop();
        if !flow.rows(batch)? {
            return Ok(flow.answered);
        }
    }
}

/// Returns what a column of an answer holds, where it comes from a table of the store.
fn kind(column: &SqliteColumn, kinds: &Kinds, asked: Asked) -> Kind {
    let origin = column.origin();
    let known = origin.table_column().filter(|_| asked == Asked::Query).and_then(|origin| {
        let table = origin.table.strip_prefix("claude.")?;
        kinds.get(&(table.to_owned(), origin.name.to_string()))
    });
    known.cloned().unwrap_or(Kind::Text)
}

fn values(row: &SqliteRow, kinds: &[Kind]) -> Result<Vec<Value>> {
    let value = |(i, kind): (usize, &Kind)| {
        let value = row.try_get_raw(i)?;
        if value.is_null() {
            return Ok(Value::Null);
        }
        Ok(match (value.type_info().name(), kind) {
            ("INTEGER" | "BOOLEAN", Kind::Bool) => Value::Bool(row.try_get_unchecked::<i64, _>(i)? != 0),
            ("INTEGER" | "BOOLEAN", _) => Value::from(row.try_get_unchecked::<i64, _>(i)?),
            ("REAL", _) => cell::real(row.try_get_unchecked(i)?),
            ("BLOB", _) => cell::bytes(row.try_get_unchecked(i)?),
            _ => cell::stored(String::from_utf8_lossy(row.try_get_unchecked::<&[u8], _>(i)?).into_owned(), kind),
        })
    };
    kinds.iter().enumerate().map(value).collect()
}
