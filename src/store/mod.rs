//! The `claude` schema on two engines: an embedded SQLite file, or a team's PostgreSQL. The only home of SQL.
//!
//! One Rust path serves both: see [`engine`] for the house dialect. Every write of documents goes through [`Store::apply`], whose first
//! statement takes the next revision, so that writers queue and the order of revisions is the order of commits. What a link means and what
//! a note says are decided by the pure core; here it is only kept. Database futures are awaited to their end, but for the question whether
//! a connection still lives, on which `watch` gives up.

mod adopt;
mod apply;
pub mod audit;
pub mod batch;
mod calls;
mod contents;
pub mod dashboard;
mod definitions;
mod dump;
mod engine;
mod feed;
mod flat;
mod follow;
mod graph;
mod health;
mod hint;
mod insert;
mod known;
mod lease;
mod ledger;
pub mod legacy;
mod links;
mod lists;
mod load;
mod lookups;
mod mend;
mod migrate;
mod postgres;
mod projects;
mod purge;
mod read;
mod registry;
mod runs;
mod schema;
pub mod sql;
mod tables;
mod takeover;
mod trail;
mod trip;
mod vaults;

pub use apply::{Manner, Outcome};
pub use feed::{Cursor, Line, Span, Way};
pub use follow::{Changes, Gist, Gists, Place};
pub use graph::LinkEnds;
pub use health::{Health, code_of, health, is_damaged, unread};
pub use hint::Hints;
pub use known::Side;
pub use lease::{HeldElsewhere, Lease};
pub use ledger::{Ledger, LeftOut, Why};
pub use links::Linking;
pub use lists::{Ends, File, Narrow, Task, WrittenLink};
pub use lookups::{Feedback, Logged, ShownHit};
pub use postgres::{Address, is_away, is_forbidden};
pub use purge::is_no_path;
pub use read::Counts;
pub use registry::{Column, Registry, Valid};
pub use runs::Run;
pub use schema::{Outlook, Step, migrate, outlook};
pub use trail::Trace;
pub use vaults::{Departed, Vault};

use crate::points::{Point, reach};
use anyhow::{Context as _, Result};
use engine::{Engine, sent};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// The SQLite file of a data directory.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(Address),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => file.display().fmt(f),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

/// The name of the SQLite file in its data directory.
pub const FILE_NAME: &str = "claude.db";

/// How long SQLite waits for a lock that another process holds.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open store: one connection, used by one flow at a time.
pub struct Store {
    engine: Engine,
    /// Tells this store from every other; an index or a state file of another store is worth nothing here.
    pub id: String,
    /// The revision of its own last change; 0 before there was one.
    applied: i64,
    /// It has taken or renewed a lease.
    has_held: bool,
    /// The file of an SQLite store.
    file: Option<PathBuf>,
    /// Its log being folded into it beside a large run.
    folding: Option<load::Folding>,
    heard: Option<feed::Heard>,
}

impl Store {
    /// Opens the store. An SQLite file is made where there is none, and brought up to date.
    ///
    /// # Errors
    /// When the database is away or refuses; a [`crate::refusal::Refusal`] when its schema is not the one of this program.
    pub async fn open(location: &Location) -> Result<Self> {
        let mut store = Self::open_with(location, PATIENCE).await?;
        store.scrub().await;
        Ok(store)
    }

    /// Opens the store for something that can be done another time: it waits for nobody longer than `patience`, neither for the database
    /// to answer nor for a lock that others hold.
    ///
    /// # Errors
    /// As [`Self::open`], and when it took longer.
    pub async fn open_briefly(location: &Location, patience: Duration) -> Result<Self> {
        let opened = tokio::time::timeout(patience, Self::open_with(location, patience));
        let late = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
        let mut store = opened.await.map_err(late).with_context(|| format!("opening the database {location}"))??;
        if !store.is_sqlite() {
            store.engine.execute(&format!("set lock_timeout = {}", patience.as_millis()), &[]).await?;
        }
        Ok(store)
    }

    async fn open_with(location: &Location, patience: Duration) -> Result<Self> {
        let mut engine = match location {
            Location::Sqlite(file) => open_sqlite(file, patience).await?,
            Location::Postgres(address) => postgres::connect(address).await?,
        };
        schema::ensure(&mut engine, location).await?;
        let mut store = Self::of(engine).await?;
        if let Location::Sqlite(file) = location {
            store.file = Some(file.clone());
        }
        Ok(store)
    }

    /// Takes a connection to a database whose schema is up to date.
    async fn of(engine: Engine) -> Result<Self> {
        let mut store = Self { engine, id: String::new(), applied: 0, has_held: false, file: None, folding: None, heard: None };
        store.id = store.identity().await?;
        store.write_registries().await.context("describing the schema")?;
        Ok(store)
    }

    /// Closes the connection; SQLite then folds its write-ahead log into the file.
    pub async fn close(mut self) -> Result<()> {
        self.end_folding().await;
        self.engine.close().await
    }

    /// Returns whether the store is the embedded file.
    pub fn is_sqlite(&self) -> bool {
        self.engine.is_sqlite()
    }

    async fn identity(&mut self) -> Result<String> {
        let read = "select store_id::text from claude.store where store_key = 1";
        if let Some(id) = first_text(self.engine.texts(read, &[]).await?) {
            return Ok(id);
        }
        let new = "insert into claude.store (store_key, store_id) values (1, $1::uuid) on conflict (store_key) do nothing";
        self.engine.execute(new, &[new_id().into()]).await?;
        reach(Point::StoreNamed);
        first_text(self.engine.texts(read, &[]).await?).context("the store has lost its own row")
    }
}

/// SQLite: `:memory:` is the main database and the file is attached as `claude`, so that `claude.knowledge` reads the same on both engines.
async fn open_sqlite(file: &Path, patience: Duration) -> Result<Engine> {
    attach(file, patience)
        .await
        .map_err(|error| with_reason(error, file))
        .with_context(|| format!("opening the database {}", file.display()))
}

/// SQLite does not say why a file cannot be opened or written; the system does, when it is asked the same.
fn with_reason(error: anyhow::Error, file: &Path) -> anyhow::Error {
    const READ_ONLY: u32 = 8;
    const CANNOT_OPEN: u32 = 14;
    let code = code_of(&error).and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
    if !code.is_some_and(|code| [READ_ONLY, CANNOT_OPEN].contains(&code)) {
        return error;
    }
    match std::fs::File::options().read(true).append(true).create(true).open(file) {
        Err(why) => why.into(),
        Ok(_) => error,
    }
}

async fn attach(file: &Path, patience: Duration) -> Result<Engine> {
    let options = SqliteConnectOptions::new()
        .filename(":memory:")
        .create_if_missing(true) // an attached file inherits this
        .busy_timeout(patience)
        // The keys are declared for whoever else writes. What we write refers to what we have just written; a test checks all of it.
        .foreign_keys(false)
        // Inserts have some sixty forms, and none is to push another out.
        .statement_cache_capacity(200)
        .disable_statement_logging();
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
    sqlx::query(sent("attach database $1 as claude")).bind(file.to_string_lossy()).execute(&mut connection).await?;
    let mut engine = Engine::Sqlite(Box::new(connection));
    // Settings reach an attached file only by its name.
    for pragma in [
        // Of a file that is new: at half the size a twelfth more of it is empty, because common notes fill more than half a page each.
        "pragma claude.page_size = 8192",
        "pragma claude.journal_mode = wal",
        "pragma claude.synchronous = normal",
        "pragma claude.cache_size = -16384",
        // Folding the log into the file costs a sync to disk each time: a large run does it a few times, a small one at its end. In pages.
        "pragma claude.wal_autocheckpoint = 2000",
        "pragma claude.journal_size_limit = 4194304",
        "pragma temp_store = memory",
    ] {
        engine.execute(pragma, &[]).await?;
    }
    Ok(engine)
}

/// Makes a key that sorts by time.
pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn first_text(rows: Vec<Vec<Option<String>>>) -> Option<String> {
    rows.into_iter().next()?.into_iter().next().flatten()
}
