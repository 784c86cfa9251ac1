//! A question to PostgreSQL: a cursor in a read-only transaction. `declare` takes one query and nothing else, its rows are fetched as text.

use super::cell::{self, Kind};
use super::statement::Statement;
use super::{Answered, Clock, Flow, Question, Sink, fault};
use crate::store::engine::{Engine, sent};
use crate::store::postgres::{Address, connect};
use anyhow::Result;
use serde_json::Value;
use sqlx::{Column as _, Executor as _, PgConnection, Row as _, SqlSafeStr as _, Statement as _, TypeInfo as _};

const DECLARE: &str = "declare asked no scroll cursor for ";

pub(super) async fn ask(address: &Address, statement: &Statement<'_>, question: Question<'_>, sink: Sink<'_>) -> Result<Answered> {
    let Engine::Postgres(mut connection) = connect(address).await? else { unreachable!("a PostgreSQL was opened just above") };
    let mut clock = Clock::new(question.patience);
    let answered = run(&mut connection, statement, &mut clock, Flow::new(question, sink)).await;
    let mut engine = Engine::Postgres(connection);
    if answered.is_ok() {
        engine.rollback().await?;
        engine.close().await?;
    }
    let n_before = if statement.explained().is_some() { 0 } else { DECLARE.len() };
    answered.map_err(|error| fault::of_postgres(error, question, statement, n_before))
}

async fn run(connection: &mut PgConnection, statement: &Statement<'_>, clock: &mut Clock, mut flow: Flow<'_>) -> Result<Answered> {
    sqlx::raw_sql(sent("begin transaction read only")).execute(&mut *connection).await?;
    sqlx::raw_sql(sent(&patience(clock))).execute(&mut *connection).await?;
    if let Some(rest) = statement.explained() {
        return plan(connection, rest, flow).await;
    }
    // By the extended protocol, which takes one statement only.
    let declare = format!("{DECLARE}{}", statement.text);
    clock.start();
    sqlx::query(sent(&declare)).persistent(false).execute(&mut *connection).await?;
    clock.stop();
    let fetch = (&mut *connection).prepare(sent("fetch 1 from asked").into_sql_str()).await?;
    let kinds: Vec<Kind> = fetch.columns().iter().map(|column| Kind::named(column.type_info().name())).collect();
    flow.columns(fetch.columns().iter().map(|column| column.name().to_owned()).collect())?;
    loop {
        // Again each time: a query may set it, and the time is for all of it.
        let fetch = format!("{}; fetch {} from asked", patience(clock), flow.n_wanted());
        clock.start();
        let rows = sqlx::raw_sql(sent(&fetch)).fetch_all(&mut *connection).await?;
        clock.stop();
        let rows = rows.iter().map(|row| {
            let value = |(i, kind): (usize, &Kind)| {
                let text: Option<String> = row.try_get_unchecked(i)?;
                Ok(text.map_or(Value::Null, |text| cell::written(text, kind)))
            };
            kinds.iter().enumerate().map(value).collect()
        });
        if !flow.rows(rows.collect::<Result<_>>()?)? {
            return Ok(flow.answered);
        }
    }
}

/// A plan comes from no cursor. It is read-only by the transaction, and one statement by the protocol.
async fn plan(connection: &mut PgConnection, rest: &str, mut flow: Flow<'_>) -> Result<Answered> {
    let rows = sqlx::query(sent(&format!("explain{rest}"))).persistent(false).fetch_all(connection).await?;
    let names = rows.first().map(|row| row.columns().iter().map(|column| column.name().to_owned()).collect());
    flow.columns(names.unwrap_or_default())?;
    let lines = rows.iter().map(|row| {
        let kinds = row.columns().iter().map(|column| Kind::named(column.type_info().name()));
        let value = |(i, kind): (usize, Kind)| {
            let text: Option<String> = row.try_get_unchecked(i)?;
            Ok(text.map_or(Value::Null, |text| cell::written(text, &kind)))
        };
        kinds.enumerate().map(value).collect()
    });
    let lines: Vec<Vec<Value>> = lines.collect::<Result<_>>()?;
    for batch in lines.chunks(super::BATCH) {
        flow.rows(batch.to_vec())?;
    }
    Ok(flow.answered)
}

fn patience(clock: &Clock) -> String {
    format!("set local statement_timeout = {}", clock.left.as_millis().max(1))
}
