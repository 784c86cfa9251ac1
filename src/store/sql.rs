//! SQL that people and programs ask with: one statement, read-only by the engine's own means, its rows handed on as they come.
//!
//! It runs on a connection of its own. SQLite opens the file read-only, and `query_only` covers what lies in memory and what `vacuum into`
//! would make; PostgreSQL runs a cursor, which takes nothing but a query, in a read-only transaction that is rolled back. The first word
//! is checked before, for a plain answer, and on SQLite that nothing stands behind the statement, because it would run that too.

mod catalogue;
mod cell;
mod fault;
mod postgres;
mod sqlite;
mod statement;

use super::Location;
use anyhow::Result;
use serde_json::Value;
use statement::{Dialect, Statement};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Rows that travel together.
const BATCH: usize = 500;

/// What is asked, and how much it may take.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub text: &'a str,
    /// Rows beyond these are not read.
    pub limit: Option<usize>,
    /// How long the engine may work on it; what the reader of the rows takes does not count.
    pub patience: Duration,
}

/// What an answer consists of: first its columns, then its rows, in batches.
#[derive(Debug)]
pub enum Part {
    Columns(Vec<String>),
    Rows(Vec<Vec<Value>>),
}

/// How much an answer was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    pub n_rows: usize,
    /// There are more rows than the limit let through.
    pub is_cut: bool,
}

/// Where the parts of an answer go.
pub type Sink<'a> = &'a mut dyn FnMut(Part) -> Result<()>;

/// Refuses what is no query, before anything is opened for it.
///
/// # Errors
/// A [`Refusal`](crate::refusal::Refusal).
pub fn refuse(location: &Location, text: &str) -> Result<()> {
    Ok(Statement::read(text, dialect(location)).map(drop)?)
}

fn dialect(location: &Location) -> Dialect {
    match location {
        Location::Sqlite(_) => Dialect::Sqlite,
        Location::Postgres(_) => Dialect::Postgres,
    }
}

/// Asks a question of a store whose schema is up to date.
///
/// # Errors
/// A [`Refusal`](crate::refusal::Refusal) of what is no query or took too long, with what to do; what the engine says of the statement,
/// with its place; what `sink` says.
pub async fn ask(location: &Location, question: Question<'_>, sink: Sink<'_>) -> Result<Answered> {
    let statement = Statement::read(question.text, dialect(location))?;
    match location {
        Location::Sqlite(file) => sqlite::ask(file, &statement, question, sink).await,
        Location::Postgres(address) => postgres::ask(address, &statement, question, sink).await,
    }
}

/// Counts the rows that go through to a sink, and stops behind the limit.
struct Flow<'a> {
    sink: Sink<'a>,
    limit: usize,
    answered: Answered,
}

impl<'a> Flow<'a> {
    fn new(question: Question<'_>, sink: Sink<'a>) -> Self {
        Self { sink, limit: question.limit.unwrap_or(usize::MAX), answered: Answered::default() }
    }

    fn columns(&mut self, names: Vec<String>) -> Result<()> {
        (self.sink)(Part::Columns(names))
    }

    /// Returns how many rows to ask for next: with the last ones, one that only tells whether there are more.
    fn n_wanted(&self) -> usize {
        BATCH.min((self.limit - self.answered.n_rows).saturating_add(1))
    }

    /// Hands on a batch. Returns whether there may be more to come.
    fn rows(&mut self, mut rows: Vec<Vec<Value>>) -> Result<bool> {
        let (n_read, n_left) = (rows.len(), self.limit - self.answered.n_rows);
        let is_last = n_read < self.n_wanted();
        rows.truncate(n_left);
        self.answered.is_cut = n_read > n_left;
        self.answered.n_rows += rows.len();
        if !rows.is_empty() {
            (self.sink)(Part::Rows(rows))?;
        }
        Ok(!is_last && !self.answered.is_cut)
    }
}

/// How long the engine may still work, counted only while it is waited for.
struct Clock {
    began: Instant,
    left: Duration,
    /// Milliseconds after `began` at which it is enough. The engine's own thread looks at it, hence the shared number.
    until: Arc<AtomicU64>,
}

impl Clock {
    fn new(patience: Duration) -> Self {
        Self { began: Instant::now(), left: patience, until: Arc::new(AtomicU64::new(u64::MAX)) }
    }

    fn start(&mut self) {
        let until = (self.began.elapsed() + self.left).as_millis() as u64;
        self.until.store(until, Ordering::Relaxed);
    }

    fn stop(&mut self) {
        let until = Duration::from_millis(self.until.swap(u64::MAX, Ordering::Relaxed));
        self.left = until.saturating_sub(self.began.elapsed());
    }

    /// Lets nothing go on any longer: not what nobody waits for.
    fn end(&self) {
        self.until.store(0, Ordering::Relaxed);
    }

    fn alarm(&self) -> Alarm {
        Alarm { began: self.began, until: Arc::clone(&self.until) }
    }
}

struct Alarm {
    began: Instant,
    until: Arc<AtomicU64>,
}

impl Alarm {
    fn rings(&self) -> bool {
        self.began.elapsed().as_millis() as u64 >= self.until.load(Ordering::Relaxed)
    }
}
