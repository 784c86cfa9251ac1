//! One connection to one of the two engines, and the one way to speak to it: SQL text with numbered arguments.
//!
//! The house dialect is PostgreSQL's, kept to what both understand. For SQLite the casts (`$1::uuid`) are taken out; `{ids}` and
//! `{keys}` stand for the uuids or texts in the JSON list that is the first argument, and `{live}` for `not is_archived` in the form in which
//! SQLite finds its partial indexes by it: right where few rows are wanted. What stands before `{by_bytes}` is compared so, as SQLite does
//! anyway; `{place}` is the column in whose order documents lie, `{now}` the time by the database's own clock, and `{lease}` when a lease
//! ends that is renewed now. What is read `{held}` nobody changes until the transaction ends; SQLite has one writer anyway. Slim rows come
//! out as one JSON value, because a row at a time costs a hop between threads (four times the time for 20,000 rows). Batches go in as one
//! JSON value on PostgreSQL, and many rows at a time as plain arguments on SQLite. Keys, case and order are never made in SQL: the engines
//! differ there.

pub(super) use super::flat::Arg;
use super::insert::{Insert, inserts, into};
use super::tables::{Again, Kind, Table};
use anyhow::{Context as _, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};
use std::fmt::Write as _;
use tokio::sync::mpsc;

pub(super) enum Engine {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

/// So many inserts are ready before SQLite asks for them: after a short one comes a long one.
const AHEAD: usize = 4;

/// Makes an argument of a list of ids, keys or rows.
pub(super) fn list(values: &(impl Serialize + ?Sized)) -> Arg {
    Arg::Text(Some(serde_json::to_string(values).expect("lists of plain values are JSON")))
}

macro_rules! bound {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for arg in $args {
            query = match arg {
                Arg::Text(text) => query.bind(text.as_deref()),
                Arg::Int(number) => query.bind(*number),
            };
        }
        query
    }};
}

impl Engine {
    pub(super) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Runs a statement and returns how many rows it changed.
    pub(super) async fn execute(&mut self, sql: &str, args: &[Arg]) -> Result<u64> {
        let text = self.dialect(sql);
        let shown = || format!("running SQL: {}", text.chars().take(120).collect::<String>());
        Ok(match self {
            Self::Sqlite(c) => bound!(sqlx::query(sent(&text)), args).execute(&mut **c).await.with_context(shown)?.rows_affected(),
            Self::Postgres(c) => bound!(sqlx::query(sent(&text)), args).execute(&mut **c).await.with_context(shown)?.rows_affected(),
        })
    }

    /// Returns `select {columns} {rest}` as values of `T`, a tuple of the columns. Right for slim rows; their order means nothing.
    pub(super) async fn rows<T: DeserializeOwned>(&mut self, columns: &str, rest: &str, args: &[Arg]) -> Result<Vec<T>> {
        let sql = json_rows(columns, rest, self.is_sqlite());
        let json = self.texts(&sql, args).await?.pop().and_then(|mut row| row.pop().flatten()).unwrap_or_else(|| "[]".to_owned());
        serde_json::from_str(&json).with_context(|| format!("reading rows of: {rest}"))
    }

    /// Returns how many rows `select {rest}` has.
    pub(super) async fn count(&mut self, rest: &str, args: &[Arg]) -> Result<usize> {
        let counts: Vec<(i64,)> = self.rows("n", &format!("from (select count(*) as n {rest}) as counted"), args).await?;
        Ok(counts.first().map_or(0, |row| row.0 as usize))
    }

    /// Returns the rows of a query whose columns are all text (for SQLite, numbers too). Right for wide rows.
    pub(super) async fn texts(&mut self, sql: &str, args: &[Arg]) -> Result<Vec<Vec<Option<String>>>> {
        let text = self.dialect(sql);
        let shown = || format!("running SQL: {}", text.chars().take(120).collect::<String>());
        match self {
            Self::Sqlite(c) => {
                let rows = bound!(sqlx::query(sent(&text)), args).fetch_all(&mut **c).await.with_context(shown)?;
                rows.iter().map(|row| (0..row.len()).map(|i| Ok(row.try_get_unchecked(i)?)).collect()).collect()
            }
            Self::Postgres(c) => {
                let rows = bound!(sqlx::query(sent(&text)), args).fetch_all(&mut **c).await.with_context(shown)?;
                rows.iter().map(|row| (0..row.len()).map(|i| Ok(row.try_get_unchecked(i)?)).collect()).collect()
            }
        }
    }

    /// Inserts rows, each a tuple of the table's columns; a row whose key is there already replaces the other columns.
    pub(super) async fn put(&mut self, table: &'static Table, rows: &[impl Serialize]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        if self.is_sqlite() {
            return self.insert(inserts(table, || rows.iter().collect())).await;
        }
        let sql = insertion(table, &unfolded_select(table));
        self.execute(&sql, &[list(rows)]).await.map(drop).with_context(|| into(table.name))
    }

    /// Runs inserts of SQLite. It works on its own thread: while it inserts some rows, the next are taken apart.
    pub(super) async fn insert(&mut self, inserts: impl Iterator<Item = Result<Insert>>) -> Result<()> {
        let Self::Sqlite(c) = self else { unreachable!("PostgreSQL takes rows as JSON") };
        let (sender, mut ready) = mpsc::channel::<Insert>(AHEAD);
        let run = async move {
            while let Some(Insert { table, sql, args }) = ready.recv().await {
                sqlx::query_with(sent(&sql), args).execute(&mut **c).await.with_context(|| into(table))?;
            }
            anyhow::Ok(())
        };
        let take_apart = async move {
            for insert in inserts {
                if sender.send(insert?).await.is_err() {
                    break; // One has failed.
                }
                tokio::task::yield_now().await;
            }
            anyhow::Ok(())
        };
        let (ran, taken) = tokio::join!(run, take_apart);
        ran.and(taken)
    }

    /// Changes rows that are there: of each, the key columns say which, the others what it takes.
    pub(super) async fn amend(&mut self, table: &Table, rows: &[impl Serialize]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = amendment(table, self.is_sqlite());
        self.execute(&sql, &[list(rows)]).await.with_context(|| format!("changing {} rows of claude.{}", rows.len(), table.name))?;
        Ok(())
    }

    /// Begins a transaction that writes: SQLite takes its write lock now, not at the first write. On PostgreSQL it waits for others and goes
    /// on from what they wrote, whatever is set for the role.
    pub(super) async fn begin(&mut self) -> Result<()> {
        let sql = if self.is_sqlite() { "begin immediate" } else { "begin isolation level read committed" };
        self.execute(sql, &[]).await.map(drop)
    }

    /// Begins a transaction that writes with a statement that returns rows of text, in one trip. It has no arguments.
    pub(super) async fn begin_with(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let Self::Postgres(c) = self else {
            self.begin().await?;
            return self.texts(sql, &[]).await;
        };
        let rows = sqlx::raw_sql(sent(&format!("begin isolation level read committed; {sql}")))
            .fetch_all(&mut **c)
            .await
            .context("beginning a transaction")?;
        rows.iter().map(|row| (0..row.len()).map(|i| Ok(row.try_get_unchecked(i)?)).collect()).collect()
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        self.execute("commit", &[]).await.map(drop)
    }

    pub(super) async fn rollback(&mut self) -> Result<()> {
        self.execute("rollback", &[]).await.map(drop)
    }

    pub(super) async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(c) => c.close().await?,
            Self::Postgres(c) => c.close().await?,
        }
        Ok(())
    }

    /// Returns what `{place}` is before all documents: they lie in the order of their row ids on SQLite, and of their ids on PostgreSQL.
    pub(super) fn first_place(&self) -> &'static str {
        if self.is_sqlite() { "0" } else { "00000000-0000-0000-0000-000000000000" }
    }

    /// Makes a statement one of this engine.
    pub(super) fn dialect(&self, sql: &str) -> String {
        if self.is_sqlite() {
            let ids = "(select value from json_each($1))";
            return without_casts(
                &sql.replace("{ids}", ids)
                    .replace("{keys}", ids)
                    .replace("{live}", "is_archived = 0")
                    .replace("{by_bytes}", "")
                    .replace("{place}", "rowid")
                    .replace("{held}", "")
                    .replace("{now}", "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")
                    .replace("{lease}", "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+20 seconds')"),
            );
        }
        let texts = "jsonb_array_elements_text($1::jsonb) as j(value)";
        let sql = sql
            .replace("{live}", "not is_archived")
            .replace("{by_bytes}", "collate \"C\"")
            .replace("{place}", "doc_id")
            .replace("{held}", "for update");
        let sql = sql.replace("{now}", "clock_timestamp()").replace("{lease}", "clock_timestamp() + interval '20 seconds'");
        sql.replace("{ids}", &format!("(select value::uuid from {texts})")).replace("{keys}", &format!("(select value from {texts})"))
    }
}

/// Returns `select {columns} {rest}` as one JSON value.
pub(super) fn json_rows(columns: &str, rest: &str, is_sqlite: bool) -> String {
    if is_sqlite {
        format!("select json_group_array(json_array({columns})) {rest}")
    } else {
        format!("select coalesce(json_agg(json_build_array({columns})), '[]')::text {rest}")
    }
}

/// Takes a statement for safe, because it is one of ours or was looked at, and says it in the trace. All that is sent comes by here: a test
/// reads the trace, to find what it never sends.
pub(super) fn sent(sql: &str) -> AssertSqlSafe<String> {
    say(sql);
    AssertSqlSafe(sql.to_owned())
}

/// Says a statement in the trace: one that is sent, or goes as part of one.
pub(super) fn say(sql: &str) {
    tracing::trace!(sql, "sent");
}

/// Takes the casts `::type` out of a statement. No string of ours holds two colons.
fn without_casts(sql: &str) -> String {
    let mut parts = sql.split("::");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '[' | ']')));
    }
    plain
}

/// Returns how the column `i` of a row that travels as a JSON list is read.
fn unfolded(i: usize, kind: Kind, is_sqlite: bool) -> String {
    let items = |of: &str| {
        format!(
            "case when jsonb_typeof(value->{i}) = 'array' then array(select x{of} from jsonb_array_elements_text(value->{i}) as t(x)) end"
        )
    };
    match (kind, is_sqlite) {
        (Kind::Json | Kind::Texts | Kind::Uuids, true) => format!("nullif(value->{i}, 'null')"),
        (_, true) | (Kind::Text, false) => format!("value->>{i}"),
        (Kind::Uuid, false) => format!("(value->>{i})::uuid"),
        (Kind::Int, false) => format!("(value->>{i})::bigint"),
        (Kind::Bool, false) => format!("(value->>{i})::boolean"),
        (Kind::Time, false) => format!("(value->>{i})::timestamptz"),
        (Kind::Json, false) => format!("nullif(value->{i}, 'null'::jsonb)"),
        (Kind::Texts, false) => items(""),
        (Kind::Uuids, false) => items("::uuid"),
    }
}

fn unfolded_rows(is_sqlite: bool) -> &'static str {
    if is_sqlite { "jsonb_each($1)" } else { "jsonb_array_elements($1::jsonb) as j(value)" }
}

/// Returns the rows of a batch on PostgreSQL: one JSON value, unfolded.
pub(super) fn unfolded_select(table: &Table) -> String {
    let values: Vec<String> = table.columns.iter().enumerate().map(|(i, (_, kind))| unfolded(i, *kind, false)).collect();
    format!("select {} from {} where true", values.join(", "), unfolded_rows(false))
}

fn amendment(table: &Table, is_sqlite: bool) -> String {
    let columns = table.columns.iter().enumerate();
    let values: Vec<String> = columns.map(|(i, (name, kind))| format!("{} as {name}", unfolded(i, *kind, is_sqlite))).collect();
    let taken = table.columns.iter().map(|(name, _)| *name).filter(|name| !table.key.contains(name));
    let taken: Vec<String> = taken.map(|name| format!("{name} = n.{name}")).collect();
    // Only the first key column is never null, and only `=` finds its way into PostgreSQL's indexes.
    let is = |i: usize| if i == 0 { "=" } else { "is not distinct from" };
    let same: Vec<String> = table.key.iter().enumerate().map(|(i, name)| format!("t.{name} {} n.{name}", is(i))).collect();
    let rows = unfolded_rows(is_sqlite);
    format!(
        "update claude.{} as t set {} from (select {} from {rows}) as n where {}",
        table.name,
        taken.join(", "),
        values.join(", "),
        same.join(" and ")
    )
}

pub(super) fn insertion(table: &Table, rows: &str) -> String {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let mut sql = format!("insert into claude.{} ({}) {rows}", table.name, names.join(", "));
    let replaced: Vec<String> = match table.again {
        Again::Keep => Vec::new(),
        Again::Replace => names.iter().filter(|name| !table.key.contains(name)).map(|name| format!("{name} = excluded.{name}")).collect(),
        Again::ReplaceAllBut(own) => {
            let replaced = names.iter().filter(|name| !table.key.contains(name) && **name != own);
            replaced.map(|name| format!("{name} = excluded.{name}")).collect()
        }
    };
    let keep = if replaced.is_empty() { "nothing".to_owned() } else { format!("update set {}", replaced.join(", ")) };
    write!(sql, " on conflict ({}) do {keep}", table.key.join(", ")).expect("a String takes all text");
    sql
}

#[cfg(test)]
mod tests {
    use super::without_casts;

    #[test]
    fn casts_are_taken_out_for_sqlite() {
        assert_eq!(without_casts("a = $1::uuid and b = any($2::text[])"), "a = $1 and b = any($2)");
        assert_eq!(without_casts("select 1"), "select 1");
    }
}
