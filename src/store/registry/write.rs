//! Writes our definitions into `schema_registry` and `column_registry`. Rows that others wrote stay, also about tables of ours.

use super::columns::COLUMNS;
use super::tables::TABLES;
use super::{OURS, Valid, ddl};
use crate::clock::Timestamp;
use crate::points::{Point, reach};
use crate::store::engine::list;
use crate::store::tables::{COLUMN_REGISTRY, SCHEMA_REGISTRY};
use crate::store::{Store, first_text, new_id};
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// Brings both registries up to date, if this program defines something else than the one that wrote them last.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub(in crate::store) async fn write_registries(&mut self) -> Result<()> {
        let definitions = fingerprint();
        let read = "select definitions from claude.store where store_key = 1";
        if first_text(self.engine.texts(read, &[]).await?).as_deref() == Some(&*definitions) {
            return Ok(());
        }
        self.engine.begin().await?;
        let written = self.write_registries_within(&definitions).await;
        match written {
            Ok(()) => {
                reach(Point::RegistriesWritten);
                self.engine.commit().await?;
                reach(Point::RegistriesCommitted);
                Ok(())
            }
            Err(error) => {
                // The first error says what is wrong; a failing rollback would only say it again.
                let _ = self.engine.rollback().await;
                Err(error)
            }
        }
    }

    async fn write_registries_within(&mut self, definitions: &str) -> Result<()> {
        self.engine.execute("update claude.store set definitions = $1 where store_key = 1", &[definitions.into()]).await?;
        let described = ddl::tables();
        let live = self.live_columns().await?;
        let others = self.rows_of_others("table_name, ''", "claude.schema_registry").await?;
        let ours = TABLES.iter().filter(|table| !others.contains(&(table.name.to_owned(), String::new())));
        let tables: Vec<_> = ours
            .map(|table| {
                let columns = live.get(table.name).cloned().map_or_else(|| described.json(table.name), Value::Object);
                (new_id(), table.name, table.purpose, OURS, table.category, OURS, columns, described.references(table.name))
            })
            .collect();
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let vanished = "delete from claude.schema_registry where created_by = 'vault-sync' and table_name not in {keys}";
        self.engine.execute(vanished, &[list(&names)]).await?;
        self.engine.put(&SCHEMA_REGISTRY, &tables).await?;

        let others = self.rows_of_others("table_name, column_name", "claude.column_registry").await?;
        let now = Timestamp::now().to_string();
        let ours = COLUMNS.iter().filter(|c| !others.contains(&(c.table.to_owned(), c.column.to_owned())));
        let columns: Vec<_> = ours
            .map(|c| {
                let column = described.column(c.table, c.column).expect("a constrained column is a column: a test compares them");
                let (values, constraints, rules) = match c.valid.owned() {
                    Valid::OneOf(values) => (Some(values), None, None),
                    valid @ Valid::Between(least, most) => (None, Some(valid.to_string()), Some(json!({"min": least, "max": most}))),
                };
                let names = (new_id(), c.table, c.column, column.data_type, column.is_nullable, c.description);
                let (id, table, name, data_type, is_nullable, description) = names;
                (
                    id,
                    table,
                    name,
                    data_type,
                    is_nullable,
                    description,
                    values,
                    column.default.as_deref(),
                    constraints,
                    rules,
                    now.as_str(),
                    OURS,
                )
            })
            .collect();
        let names: Vec<String> = COLUMNS.iter().map(|c| format!("{}.{}", c.table, c.column)).collect();
        let vanished =
            "delete from claude.column_registry where created_by = 'vault-sync' and table_name || '.' || column_name not in {keys}";
        self.engine.execute(vanished, &[list(&names)]).await?;
        self.engine.put(&COLUMN_REGISTRY, &columns).await
    }

    /// Returns of which tables, or columns, somebody else has written a row.
    async fn rows_of_others(&mut self, names: &str, table: &str) -> Result<BTreeSet<(String, String)>> {
        let rest = format!("from {table} where created_by is distinct from 'vault-sync'");
        let rows: Vec<(Option<String>, Option<String>)> = self.engine.rows(names, &rest, &[]).await?;
        Ok(rows.into_iter().filter_map(|(table, column)| Some((table?, column?))).collect())
    }

    /// Returns type and nullability of all columns by table, where the engine has types to tell.
    async fn live_columns(&mut self) -> Result<BTreeMap<String, Map<String, Value>>> {
        let mut tables: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        if self.is_sqlite() {
            return Ok(tables);
        }
        let columns = "table_name, column_name, data_type, is_nullable = 'YES'";
        let rows: Vec<(String, String, String, bool)> =
            self.engine.rows(columns, "from information_schema.columns where table_schema = 'claude'", &[]).await?;
        for (table, column, data_type, is_nullable) in rows {
            tables.entry(table).or_default().insert(column, json!({"type": data_type, "nullable": is_nullable}));
        }
        Ok(tables)
    }
}

/// Returns what stands for all that we define: our data, and the changes of the schema. FNV-1a: enough to notice an edit.
fn fingerprint() -> String {
    let changes: Vec<&str> = crate::store::migrate::POSTGRES.iter().map(|(_, name, _)| *name).collect();
    let text = format!("{TABLES:?}{COLUMNS:?}{changes:?}");
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
