//! How a database is: what it is, how far its schema is, whether it is whole, and what the role may do. Changes nothing.

use super::engine::list;
use super::{Location, schema};
use crate::clock::Timestamp;
use anyhow::{Context as _, Result};
use std::fs::File;
use std::io;

/// What a database says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// With its version.
    pub engine: String,
    pub role: String,
    /// Of the schema; `newest` is the one of this program.
    pub version: i64,
    pub newest: i64,
    /// Where the file is damaged.
    pub damage: Vec<String>,
    /// Tables that the role may not read and write.
    pub forbidden: Vec<String>,
    /// The store's id, and its revision; neither while there is no schema.
    pub store: String,
    pub revision: i64,
    /// When a document was last written.
    pub latest: Option<Timestamp>,
}

/// What a sync and the log of lookups write.
const TABLES: [&str; 18] = [
    "changes",
    "column_registry",
    "document_aliases",
    "document_blocks",
    "document_headings",
    "document_links",
    "document_paths",
    "document_projects",
    "document_tags",
    "document_tasks",
    "document_texts",
    "documents",
    "knowledge",
    "knowledge_retrieval_log",
    "lookup_hits",
    "store",
    "sync_runs",
    "vault_files",
];

/// Asks a database how it is.
///
/// # Errors
/// When it is away, refuses, is no database, or has a schema newer than this program.
pub async fn health(location: &Location) -> Result<Health> {
    let asked = ask(location).await;
    let is_damage = asked.as_ref().map_or_else(is_damaged, |health| !health.damage.is_empty());
    match is_damage.then(|| unread(location)).flatten() {
        Some(error) => Err(error).with_context(|| format!("reading {location}")),
        None => asked,
    }
}

async fn ask(location: &Location) -> Result<Health> {
    let mut engine = schema::connect(location).await?;
    let outlook = schema::outlook_of(&mut engine).await?;
    let mut health = Health { version: outlook.version, newest: outlook.newest, ..Health::default() };
    if engine.is_sqlite() {
        health.engine = format!("SQLite {}", word(engine.texts("select sqlite_version()", &[]).await?));
        health.damage = match engine.texts("pragma claude.quick_check(20)", &[]).await {
            Ok(checked) => checked.into_iter().flatten().flatten().filter(|line| line != "ok").collect(),
            // Some damage ends the check itself.
            Err(error) if is_damaged(&error) => vec![error.root_cause().to_string()],
            Err(error) => return Err(error),
        };
    } else {
        let said = engine.texts("select current_setting('server_version'), current_user::text", &[]).await?;
        let mut said = said.into_iter().flatten().flatten();
        health.engine = format!("PostgreSQL {}", said.next().unwrap_or_default());
        health.role = said.next().unwrap_or_default();
        let rest = "from pg_class c join pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = 'claude' and c.relname::text in {keys} and not (has_schema_privilege(n.oid, 'usage') \
             and has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert') \
             and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))";
        let rows: Vec<(String,)> = engine.rows("c.relname::text", rest, &[list(&TABLES)]).await?;
        health.forbidden = rows.into_iter().map(|(name,)| name).collect();
        health.forbidden.sort();
    }
    if health.version > 0 && health.damage.is_empty() && health.forbidden.is_empty() {
        health.store = word(engine.texts("select store_id::text from claude.store where store_key = 1", &[]).await?);
        let latest =
            "from (select max(revision) as revision, max(updated_at) as latest from claude.documents where vault_id is not null) as x";
        let rows: Vec<(Option<i64>, Option<String>)> =
            engine.rows("(select revision from claude.store where store_key = 1), latest", latest, &[]).await?;
        let (revision, latest) = rows.into_iter().next().unwrap_or_default();
        health.revision = revision.unwrap_or_default();
        health.latest = latest.and_then(|latest| Timestamp::parse(&latest));
    }
    engine.close().await?;
    Ok(health)
}

fn word(rows: Vec<Vec<Option<String>>>) -> String {
    super::first_text(rows).unwrap_or_default()
}

/// Returns the code that the database gave an error.
pub fn code_of(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(super::postgres::code)
}

/// Returns whether an error means that an SQLite file is no database, or is torn.
pub fn is_damaged(error: &anyhow::Error) -> bool {
    // SQLITE_CORRUPT and SQLITE_NOTADB. PostgreSQL's codes have five characters.
    let code = code_of(error).filter(|code| code.len() < 5);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| [11, 26].contains(&(code & 0xff)))
}

/// Returns why the system cannot read an SQLite file to its end. SQLite calls a disk that fails to read damage, for which the cure is another.
pub fn unread(location: &Location) -> Option<io::Error> {
    let Location::Sqlite(path) = location else { return None };
    let log = path.with_file_name(format!("{}-wal", path.file_name().unwrap_or_default().display()));
    let read = |path| File::open(path).and_then(|mut file| io::copy(&mut file, &mut io::sink())).err();
    [path, &log].into_iter().filter_map(read).find(|error| error.kind() != io::ErrorKind::NotFound)
}
