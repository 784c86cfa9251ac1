//! How far the schema of a database is, and what brings it up to date. A file of one's own is brought up to date by whoever opens it; a
//! database that a team shares only by `db migrate`, because other programs stand on it.

use super::engine::Engine;
use super::migrate::{self as changes, POSTGRES, SQLITE, migrator};
use super::takeover::{self, Takeover};
use super::{Location, PATIENCE, Store, postgres};
use crate::refusal::{Exit, Refusal};
use anyhow::{Context as _, Result};
use std::fmt::Write as _;

/// What a database has, and what this program would change.
#[derive(Debug, Default)]
pub struct Outlook {
    /// The number of the change up to which the database has all; 0 if none.
    pub version: i64,
    /// The number of the last change that this program knows.
    pub newest: i64,
    /// What is still to come.
    pub steps: Vec<Step>,
    /// What comes first, where tables were there before us.
    pub takeover: Takeover,
    is_sqlite: bool,
}

/// A numbered change of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub number: i64,
    pub name: &'static str,
    pub sql: &'static str,
}

impl Outlook {
    pub fn is_current(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns all that a migration runs, as SQL that another program can run.
    pub fn sql(&self) -> String {
        if self.is_current() {
            return String::new();
        }
        if self.is_sqlite {
            return self.steps.iter().map(|step| format!("-- {:04} {}\n{}\n", step.number, step.name, step.sql)).collect();
        }
        let mut text = format!("begin;\ncreate schema if not exists claude;\n\n-- Which changes have been made.\n{BOOK}\n\n");
        if !self.takeover.statements.is_empty() {
            text.push_str("-- What tables lack that were there before.\n");
            self.takeover.statements.iter().for_each(|statement| text += &format!("{statement};\n"));
            text.push('\n');
        }
        self.takeover.kept.iter().for_each(|kept| text += &format!("-- {}.\n\n", kept.replace('\n', " ")));
        for step in &self.steps {
            let sql = self.takeover.amended(step.sql);
            writeln!(text, "-- {:04} {}\n{}\n{}\n", step.number, step.name, sql.trim_end(), entry(step)).expect("a String takes all text");
        }
        text + "commit;\n"
    }
}

/// As the driver makes it.
const BOOK: &str = "\
create table if not exists claude._sqlx_migrations (
    version bigint primary key,
    description text not null,
    installed_on timestamptz not null default now(),
    success boolean not null,
    checksum bytea not null,
    execution_time bigint not null
);";

fn entry(step: &Step) -> String {
    let into = "insert into claude._sqlx_migrations (version, description, success, checksum, execution_time)";
    format!("{into}\nvalues ({}, '{}', true, decode('{}', 'hex'), -1);", step.number, step.name, checksum(step))
}

fn checksum(step: &Step) -> String {
    let migrator = migrator(&[(step.number, step.name, step.sql)]);
    let bytes = migrator.iter().flat_map(|migration| migration.checksum.iter());
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// Looks at a database and changes nothing.
///
/// # Errors
/// When the database is away, refuses, or has a schema newer than this program.
pub async fn outlook(location: &Location) -> Result<Outlook> {
    if matches!(location, Location::Sqlite(file) if !file.exists()) {
        let steps = known(true);
        return Ok(Outlook { newest: newest(&steps), steps, is_sqlite: true, ..Outlook::default() });
    }
    let mut engine = connect(location).await?;
    let outlook = outlook_of(&mut engine).await?;
    engine.close().await?;
    Ok(outlook)
}

/// Brings a database up to date, wholly or not at all, and returns what it had to come.
///
/// # Errors
/// As [`outlook`]; a [`Refusal`] when tables that are there cannot be used.
pub async fn migrate(location: &Location) -> Result<Outlook> {
    let mut engine = connect(location).await?;
    if engine.is_sqlite() {
        let outlook = outlook_of(&mut engine).await?;
        changes::run(&mut engine, location, &Takeover::default()).await?;
        Store::of(engine).await?.close().await?;
        return Ok(outlook);
    }
    // One at a time. The lock goes with the connection.
    engine.execute("select pg_advisory_lock(hashtext('claude._sqlx_migrations'))", &[]).await?;
    let outlook = outlook_of(&mut engine).await?;
    outlook.takeover.refuse_unusable()?;
    if !outlook.is_current() {
        changes::run(&mut engine, location, &outlook.takeover).await.context("changing the schema; all of it was undone")?;
    }
    Store::of(engine).await?.close().await?;
    Ok(outlook)
}

/// Sees to it that the schema is the one of this program.
///
/// # Errors
/// A [`Refusal`] that says what to do about a schema that is missing, behind, or newer than this program.
pub(super) async fn ensure(engine: &mut Engine, location: &Location) -> Result<()> {
    let (version, steps) = state(engine).await?;
    if steps.is_empty() {
        return Ok(());
    }
    if engine.is_sqlite() {
        return changes::run(engine, location, &Takeover::default()).await.context("bringing the schema up to date");
    }
    let needed = newest(&known(false));
    let message = match version {
        0 => format!("the database {location} has no tables of vault-sync yet"),
        _ => format!("the schema of the database {location} is at version {version}, and this program needs {needed}"),
    };
    let hint = "run `vault-sync db migrate`, as a role that may make tables; with --dry-run it only prints the SQL";
    Err(Refusal { exit: Exit::Findings, message, hint: Some(hint.to_owned()) }.into())
}

pub(super) async fn connect(location: &Location) -> Result<Engine> {
    match location {
        Location::Sqlite(file) => super::open_sqlite(file, PATIENCE).await,
        Location::Postgres(address) => postgres::connect(address).await,
    }
}

pub(super) async fn outlook_of(engine: &mut Engine) -> Result<Outlook> {
    let is_sqlite = engine.is_sqlite();
    let (version, steps) = state(engine).await?;
    let takeover = if is_sqlite || steps.is_empty() { Takeover::default() } else { takeover::plan(engine, &steps).await? };
    Ok(Outlook { version, newest: newest(&known(is_sqlite)), steps, takeover, is_sqlite })
}

/// Returns the number of the change up to which the database has all, and the changes that it has not.
async fn state(engine: &mut Engine) -> Result<(i64, Vec<Step>)> {
    let known = known(engine.is_sqlite());
    let has = applied(engine).await?;
    let refusal = |message: String, hint: &str| Refusal { exit: Exit::Findings, message, hint: Some(hint.to_owned()) };
    let version = has.iter().map(|(number, _)| *number).max().unwrap_or(0);
    if version > newest(&known) {
        let message = format!("the schema of the database is at version {version}, and this program knows only {}", newest(&known));
        return Err(refusal(message, "it was made by a newer vault-sync: use that one; nothing was changed").into());
    }
    let changed = known.iter().find(|step| has.iter().any(|(number, sum)| *number == step.number && *sum != checksum(step)));
    if let Some(step) = changed {
        let message = format!("change {:04} of the database's schema is another one than this program's", step.number);
        return Err(refusal(message, "it was made by another build of vault-sync: use that one; nothing was changed").into());
    }
    let steps: Vec<Step> = known.into_iter().filter(|step| !has.iter().any(|(number, _)| *number == step.number)).collect();
    Ok((steps.first().map_or(version, |step| version.min(step.number - 1)), steps))
}

/// Returns the numbers of the changes that the database has, with their checksums.
async fn applied(engine: &mut Engine) -> Result<Vec<(i64, String)>> {
    if !engine.is_sqlite() {
        let read = engine.rows("version, encode(checksum, 'hex')", "from claude._sqlx_migrations", &[]).await;
        return match read {
            Err(error) if is_missing(&error) => Ok(Vec::new()),
            read => read,
        };
    }
    if engine.count("from claude.sqlite_master where name = '_sqlx_migrations'", &[]).await? == 0 {
        return Ok(Vec::new());
    }
    engine.rows("version, lower(hex(checksum))", "from claude._sqlx_migrations", &[]).await
}

/// Returns whether a table or its schema is not there.
fn is_missing(error: &anyhow::Error) -> bool {
    error.chain().filter_map(postgres::code).any(|code| ["42P01", "3F000"].contains(&code.as_str()))
}

fn known(is_sqlite: bool) -> Vec<Step> {
    let files = if is_sqlite { SQLITE } else { POSTGRES };
    files.iter().map(|(number, name, sql)| Step { number: *number, name, sql }).collect()
}

fn newest(steps: &[Step]) -> i64 {
    steps.iter().map(|step| step.number).max().unwrap_or(0)
}
