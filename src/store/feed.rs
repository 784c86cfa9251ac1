//! The change feed as its readers see it, and how far those have come whom the store keeps a place for.
//!
//! A named cursor lies in the database, beside the feed: so it is the team's, and a backup that comes back brings both back together, so
//! that its reader sees again what comes by the same revisions. In a data directory it would point past the end of such a feed, and
//! what came next would never be read. Each vault has its own place, because one that is added later begins at its beginning.

use super::Store;
use super::purge::is_no_path;
use super::vaults::Vault;
use crate::clock::Timestamp;
use crate::path::VaultPath;
use anyhow::Result;

/// A line of the feed: what became of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub vault: String,
    pub revision: i64,
    /// Its place among the lines of its revision.
    pub position: i64,
    pub doc_id: String,
    pub op: String,
    /// `None` for what is private: nothing but its id is told.
    pub path: Option<VaultPath>,
    pub old_path: Option<VaultPath>,
    pub at: Option<Timestamp>,
}

/// Which lines of the feed are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Span {
    /// The first `most` lines after a revision, up to another.
    After { revision: i64, up_to: i64, most: Option<usize> },
    /// So many at the end.
    Last(usize),
}

/// How far a reader of a vault's feed has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub vault: String,
    /// Which store the revision is one of.
    pub store: String,
    pub revision: i64,
}

/// Where a cursor may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Forward,
    /// Back too, and into the feed of another store.
    Anywhere,
}

type Row = (i64, i64, String, String, String, Option<String>, Option<String>);

impl Store {
    /// Returns lines of a vault's feed, oldest first.
    pub async fn feed(&mut self, vault: &str, span: Span) -> Result<Vec<Line>> {
        let (order, (after, up_to, most)) = match span {
            Span::After { revision, up_to, most } => ("asc", (revision, up_to, most.map_or(i64::MAX, |most| most as i64))),
            Span::Last(most) => ("desc", (0, i64::MAX, most as i64)),
        };
        let rest = format!(
            "from (select c.revision, c.position, c.doc_id, c.op, c.path, c.old_path, c.at from claude.changes c \
             join claude.vaults v on v.vault_id = c.vault_id where v.vault_name = $1 and c.revision > $2 and c.revision <= $3 \
             order by c.revision {order}, c.position {order} limit $4) as told"
        );
        let args = [vault.into(), after.into(), up_to.into(), most.into()];
        let mut rows: Vec<Row> = self.engine.rows("revision, position, doc_id, op, path, old_path, at", &rest, &args).await?;
        rows.sort_by_key(|row| (row.0, row.1));
        Ok(rows.into_iter().map(|row| line(vault, row)).collect())
    }

    /// Returns how many lines a vault's feed has after a revision.
    pub async fn feed_len(&mut self, vault: &str, revision: i64) -> Result<usize> {
        let rest = "from claude.changes c join claude.vaults v on v.vault_id = c.vault_id where v.vault_name = $1 and c.revision > $2";
        self.engine.count(rest, &[vault.into(), revision.into()]).await
    }

    /// Returns the revision after which the feed tells of all that happened since a moment; `None` if nothing did.
    pub async fn revision_before(&mut self, at: Timestamp) -> Result<Option<i64>> {
        let rest = "from (select min(revision) as first from claude.changes where at >= $1::timestamptz) as told where first is not null";
        let rows: Vec<(i64,)> = self.engine.rows("first", rest, &[at.to_string().into()]).await?;
        Ok(rows.first().map(|row| row.0 - 1))
    }

    /// Returns how far a named reader has come in each vault of whose feed it has read something.
    pub async fn cursors(&mut self, name: &str) -> Result<Vec<Cursor>> {
        let rest = "from claude.change_cursors c join claude.vaults v on v.vault_id = c.vault_id where c.cursor_name = $1";
        let rows: Vec<(String, String, i64)> = self.engine.rows("v.vault_name, c.store_id, c.revision", rest, &[name.into()]).await?;
        Ok(rows.into_iter().map(|(vault, store, revision)| Cursor { vault, store, revision }).collect())
    }

    /// Moves a reader's cursor in a vault's feed, and returns whether it moved: it may have been there, or further. It is one statement, so
    /// that of two readers of one name the one that is behind takes nothing back.
    pub async fn move_cursor(&mut self, name: &str, vault: &Vault, revision: i64, way: Way) -> Result<bool> {
        let sql = "insert into claude.change_cursors (cursor_name, vault_id, store_id, revision, moved_at) \
             values ($1, $2::uuid, $3::uuid, $4, $5::timestamptz) on conflict (cursor_name, vault_id) do update \
             set store_id = excluded.store_id, revision = excluded.revision, moved_at = excluded.moved_at \
             where $6::bigint = 1 or change_cursors.store_id = excluded.store_id and change_cursors.revision < excluded.revision";
        let anywhere = i64::from(way == Way::Anywhere);
        let now = Timestamp::now().to_string();
        let args = [name.into(), vault.id.as_str().into(), self.id.as_str().into(), revision.into(), now.into(), anywhere.into()];
        Ok(self.engine.execute(sql, &args).await? > 0)
    }
}

fn line(vault: &str, (revision, position, doc_id, op, path, old_path, at): Row) -> Line {
    let shown = |path: String| (!is_no_path(&path)).then(|| VaultPath::stored(path));
    Line {
        vault: vault.to_owned(),
        revision,
        position,
        doc_id,
        op,
        path: shown(path),
        old_path: old_path.and_then(shown),
        at: at.as_deref().and_then(Timestamp::parse),
    }
}
