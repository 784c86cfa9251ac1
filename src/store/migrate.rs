//! Brings a database's schema up to date: numbered SQL files, each applied once, in order, never edited after they landed.

use super::engine::Engine;
use super::{Location, Store};
use anyhow::{Context as _, Result};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use std::borrow::Cow;
use std::fs::File;

/// Number, name, SQL: the same changes for both engines.
const SQLITE: &[(i64, &str, &str)] = &[
    (0, "adopt", include_str!("../../migrations/sqlite/0000_adopt.sql")),
    (1, "claude", include_str!("../../migrations/sqlite/0001_claude.sql")),
    (2, "lookups", include_str!("../../migrations/sqlite/0002_lookups.sql")),
    (3, "excluded", include_str!("../../migrations/sqlite/0003_excluded.sql")),
    (4, "whole", include_str!("../../migrations/sqlite/0004_whole.sql")),
];
pub(super) const POSTGRES: &[(i64, &str, &str)] = &[
    (0, "adopt", include_str!("../../migrations/postgres/0000_adopt.sql")),
    (1, "claude", include_str!("../../migrations/postgres/0001_claude.sql")),
    (2, "lookups", include_str!("../../migrations/postgres/0002_lookups.sql")),
    (3, "excluded", include_str!("../../migrations/postgres/0003_excluded.sql")),
    (4, "whole", include_str!("../../migrations/postgres/0004_whole.sql")),
];

impl Store {
    pub(super) async fn migrate(&mut self, location: &Location) -> Result<()> {
        let migrator = migrator(if self.is_sqlite() { SQLITE } else { POSTGRES });
        let _lock = lock(location)?;
        match &mut self.engine {
            Engine::Sqlite(connection) => migrator.run(&mut **connection).await?,
            Engine::Postgres(connection) => migrator.run(&mut **connection).await?,
        }
        Ok(())
    }
}

fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |(number, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*number, Cow::Borrowed(*name), MigrationType::Simple, (*sql).into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(files.iter().map(migration).collect());
    migrator.dangerous_set_table_name("claude._sqlx_migrations");
    migrator.create_schema("claude");
    migrator
}

/// Two programs that open a new SQLite file at once must not both make its tables: SQLite has no lock for that, so a file has it.
/// PostgreSQL takes an advisory lock itself.
fn lock(location: &Location) -> Result<Option<File>> {
    let Location::Sqlite(file) = location else { return Ok(None) };
    let path = file.with_extension("migrate.lock");
    let lock = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    lock.lock().with_context(|| format!("locking {}", path.display()))?;
    Ok(Some(lock))
}
