//! Statements that go to the database together: on PostgreSQL each trip to the server costs, so they become one statement there.

use super::engine::{Arg, Engine, insertion, json_rows, list, say, unfolded_select};
use super::insert::{Inserts, inserts};
use super::tables::Table;
use anyhow::{Context as _, Result};
use serde::de::{DeserializeOwned, DeserializeSeed, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};
use std::fmt;
use std::marker::PhantomData;

/// So many bytes of arguments are sent without waiting for more: a trip holds its rows in memory.
const MOST_BYTES: usize = 1 << 20;

/// So many reads go in one trip: the plan of a statement takes the server's time, too.
const MOST_READS: usize = 50;

/// Statements of which none depends on what another changes: on PostgreSQL all of them see what was there before. So reads come first, and
/// no two write one row. SQLite, where a trip costs nothing, runs each at once, but rows when another write comes or the trip ends, so that
/// those of one table are taken apart while those of another are written.
pub(super) struct Trip<'e> {
    engine: &'e mut Engine,
    reads: Vec<String>,
    writes: Vec<String>,
    args: Vec<Arg>,
    seen: Vec<String>,
    /// Rows on their way into SQLite.
    inserts: Vec<Inserts<'e>>,
}

/// Rows that a trip brings back.
pub(super) struct Read<T>(usize, PhantomData<T>);

/// What a trip brought back.
pub(super) struct Seen(Vec<String>);

impl Engine {
    pub(super) fn trip(&mut self) -> Trip<'_> {
        Trip { engine: self, reads: Vec::new(), writes: Vec::new(), args: Vec::new(), seen: Vec::new(), inserts: Vec::new() }
    }
}

impl<'e> Trip<'e> {
    pub(super) fn is_postgres(&self) -> bool {
        !self.engine.is_sqlite()
    }

    /// Asks for `select {columns} {rest}` as values of `T`, as [`Engine::rows`] does.
    pub(super) async fn read<T: DeserializeOwned>(&mut self, columns: &str, rest: &str, args: &[Arg]) -> Result<Read<T>> {
        debug_assert!(self.writes.is_empty() && self.inserts.is_empty(), "reads come first");
        let read = Read(self.seen.len() + self.reads.len(), PhantomData);
        let sql = json_rows(columns, rest, self.engine.is_sqlite());
        if self.engine.is_sqlite() {
            self.seen.extend(text(self.engine.texts(&sql, args).await?));
        } else {
            if self.reads.len() == MOST_READS {
                self.send().await?;
            }
            let sql = self.numbered(&sql, args);
            self.reads.push(sql);
        }
        Ok(read)
    }

    pub(super) async fn write(&mut self, sql: &str, args: &[Arg]) -> Result<()> {
        if self.engine.is_sqlite() {
            self.insert().await?;
            return self.engine.execute(sql, args).await.map(drop);
        }
        let sql = self.numbered(sql, args);
        self.writes.push(sql);
        let n_bytes: usize = self.args.iter().map(Arg::len).sum();
        if n_bytes > MOST_BYTES { self.send().await } else { Ok(()) }
    }

    /// Inserts rows as [`Engine::put`] does. None are sent too, so that there are few forms of the one statement.
    pub(super) async fn put<R: Serialize + 'e>(&mut self, table: &'static Table, rows: impl FnOnce() -> Vec<R> + 'e) -> Result<()> {
        if self.engine.is_sqlite() {
            self.inserts.push(inserts(table, rows));
            return Ok(());
        }
        self.write(&insertion(table, &unfolded_select(table)), &[list(&rows())]).await
    }

    pub(super) async fn end(mut self) -> Result<Seen> {
        self.insert().await?;
        self.send().await?;
        Ok(Seen(self.seen))
    }

    async fn insert(&mut self) -> Result<()> {
        let inserts = std::mem::take(&mut self.inserts);
        if inserts.is_empty() { Ok(()) } else { self.engine.insert(inserts.into_iter().flatten()).await }
    }

    async fn send(&mut self) -> Result<()> {
        let (reads, writes, args) = (std::mem::take(&mut self.reads), std::mem::take(&mut self.writes), std::mem::take(&mut self.args));
        if reads.is_empty() && writes.is_empty() {
            return Ok(());
        }
        let writes: Vec<String> = writes.iter().enumerate().map(|(i, sql)| format!("w{i} as ({sql})")).collect();
        let reads: Vec<String> = reads.iter().map(|sql| format!("({sql})")).collect();
        let with = if writes.is_empty() { String::new() } else { format!("with {} ", writes.join(", ")) };
        let what = if reads.is_empty() { "1::text".to_owned() } else { reads.join(", ") };
        let row = self.engine.texts(&format!("{with}select {what}"), &args).await?.pop().unwrap_or_default();
        self.seen.extend(row.into_iter().take(reads.len()).flatten());
        Ok(())
    }

    /// Takes the arguments of a statement over, and returns it with their new numbers.
    fn numbered(&mut self, sql: &str, args: &[Arg]) -> String {
        let sql = self.engine.dialect(sql);
        say(&sql);
        let sql = renumbered(&sql, self.args.len());
        self.args.extend_from_slice(args);
        sql
    }
}

impl Seen {
    /// Calls `each` with the rows, one after the other: there may be as many as a vault has files.
    pub(super) fn each<T: DeserializeOwned>(&self, read: &Read<T>, each: impl FnMut(T)) -> Result<()> {
        self::each(self.json(read)?, each)
    }

    pub(super) fn rows<T: DeserializeOwned>(&self, read: &Read<T>) -> Result<Vec<T>> {
        serde_json::from_str(self.json(read)?).context("reading rows")
    }

    fn json<T>(&self, read: &Read<T>) -> Result<&str> {
        self.0.get(read.0).map(String::as_str).context("the database left an answer out")
    }
}

/// Calls `each` with the rows of an answer, one after the other.
pub(super) fn each<T: DeserializeOwned>(json: &str, each: impl FnMut(T)) -> Result<()> {
    Each(each, PhantomData).deserialize(&mut serde_json::Deserializer::from_str(json)).context("reading rows")
}

/// Takes the items of a list as they are read.
struct Each<F, T>(F, PhantomData<T>);

impl<'de, T: DeserializeOwned, F: FnMut(T)> DeserializeSeed<'de> for Each<F, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, list: D) -> Result<(), D::Error> {
        list.deserialize_seq(self)
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(T)> Visitor<'de> for Each<F, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element()? {
            (self.0)(item);
        }
        Ok(())
    }
}

fn text(rows: Vec<Vec<Option<String>>>) -> Option<String> {
    rows.into_iter().next()?.into_iter().next()?.or_else(|| Some("[]".to_owned()))
}

/// Returns a statement whose arguments are counted from `n_before` on. No string of ours holds a dollar sign.
fn renumbered(sql: &str, n_before: usize) -> String {
    let mut parts = sql.split('$');
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let n_digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let number = part[..n_digits].parse::<usize>().unwrap_or_default();
        all += &format!("${}{}", number + n_before, &part[n_digits..]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::renumbered;

    #[test]
    fn arguments_are_counted_on() {
        assert_eq!(renumbered("a = $1::uuid and b in ($2, $10)", 3), "a = $4::uuid and b in ($5, $13)");
    }
}
