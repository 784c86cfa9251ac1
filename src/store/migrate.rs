//! The numbered SQL files that make the schema, each applied once, in order, never edited after they landed.

use super::Location;
use super::engine::{Engine, sent};
use super::takeover::Takeover;
use crate::points::{Point, reach};
use anyhow::{Context as _, Result};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection as _, Executor as _, SqlSafeStr as _};
use std::borrow::Cow;
use std::fs::File;

/// Number, name, SQL: the same changes for both engines.
pub(super) const SQLITE: &[(i64, &str, &str)] = &[
    (1, "claude", include_str!("../../migrations/sqlite/0001_claude.sql")),
    (2, "lookups", include_str!("../../migrations/sqlite/0002_lookups.sql")),
    (3, "excluded", include_str!("../../migrations/sqlite/0003_excluded.sql")),
    (4, "whole", include_str!("../../migrations/sqlite/0004_whole.sql")),
    (5, "cursors", include_str!("../../migrations/sqlite/0005_cursors.sql")),
    (6, "writers", include_str!("../../migrations/sqlite/0006_writers.sql")),
];
pub(super) const POSTGRES: &[(i64, &str, &str)] = &[
    (1, "claude", include_str!("../../migrations/postgres/0001_claude.sql")),
    (2, "lookups", include_str!("../../migrations/postgres/0002_lookups.sql")),
    (3, "excluded", include_str!("../../migrations/postgres/0003_excluded.sql")),
    (4, "whole", include_str!("../../migrations/postgres/0004_whole.sql")),
    (5, "cursors", include_str!("../../migrations/postgres/0005_cursors.sql")),
    (6, "writers", include_str!("../../migrations/postgres/0006_writers.sql")),
];

/// Applies what a database lacks; on PostgreSQL as its tables want it, all of it in one transaction.
pub(super) async fn run(engine: &mut Engine, location: &Location, takeover: &Takeover) -> Result<()> {
    let _lock = lock(location)?;
    match engine {
        Engine::Sqlite(connection) => {
            for (number, ..) in SQLITE {
                migrator(SQLITE).run_to(*number, &mut **connection).await?;
                reach(Point::ChangeMade);
            }
        }
        Engine::Postgres(connection) => {
            let mut transaction = connection.begin().await?;
            for statement in &takeover.statements {
                transaction.execute(sqlx::raw_sql(sent(statement))).await.with_context(|| format!("running SQL: {statement}"))?;
            }
            // They keep the checksums of their files, by which they are known.
            let amended = |change: Migration| Migration { sql: sent(&takeover.amended(change.sql.as_str())).into_sql_str(), ..change };
            let migrator = migrator_of(migrations(POSTGRES).map(amended).collect());
            for (number, ..) in POSTGRES {
                migrator.run_to(*number, &mut *transaction).await?;
                reach(Point::ChangeMade);
            }
            reach(Point::SchemaWritten);
            transaction.commit().await?;
        }
    }
    reach(Point::SchemaCommitted);
    Ok(())
}

pub(super) fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    migrator_of(migrations(files).collect())
}

fn migrations(files: &[(i64, &'static str, &'static str)]) -> impl Iterator<Item = Migration> {
    files
        .iter()
        .map(|(number, name, sql)| Migration::new(*number, Cow::Borrowed(*name), MigrationType::Simple, (*sql).into_sql_str(), false))
}

fn migrator_of(changes: Vec<Migration>) -> Migrator {
    let mut migrator = Migrator::with_migrations(changes);
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
