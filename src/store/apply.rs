//! One transaction of a run: the only way in which documents change.

use super::batch::{Arrival, Batch, Contents, Departure, Emptied, Moved, Origin, Touched};
use super::contents::{self, Way};
use super::engine::list;
use super::hint;
use super::known::file_id_text;
use super::lease::renewal;
use super::links::{self, Linking};
use super::purge::no_path;
use super::tables::{ARRIVALS, CHANGES, NAMED, PATHS, PLACES, SOURCES, TOUCHED};
use super::trip::Trip;
use super::vaults::{self, Vault};
use super::{Store, Why, first_text};
use crate::clock::Timestamp;
use crate::machine::Machine;
use crate::path::VaultPath;
use crate::points::{Point, reach};
use anyhow::{Context as _, Result};
use std::time::Instant;

/// How a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is in, as this revision.
    Applied(i64),
    /// Another writer came between plan and apply: nothing was changed, look again.
    Overtaken,
}

/// What a run decides once for all its batches.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Notes may name projects that nobody made: make them.
    pub create_projects: bool,
    pub now: Timestamp,
    /// Who writes.
    pub machine: Machine,
}

impl Store {
    /// Carries out a batch that was planned when the vault was at `vault.revision`, and moves that on.
    ///
    /// # Errors
    /// When the database fails, and [`HeldElsewhere`](super::HeldElsewhere) when another machine has the vault; nothing is changed then.
    pub async fn apply(&mut self, vault: &mut Vault, batch: &Batch, linking: &mut Linking, manner: &Manner) -> Result<Outcome> {
        let started = Instant::now();
        match self.apply_within(vault, batch, linking, manner).await {
            Ok(Some(revision)) => {
                reach(Point::TransactionWritten);
                if let Err(error) = self.engine.commit().await {
                    // Whoever uses the connection next must not find a transaction open.
                    let _ = self.engine.rollback().await;
                    return Err(error);
                }
                reach(Point::TransactionCommitted);
                tracing::info!(revision, n_contents = batch.contents.len(), took_ms = started.elapsed().as_millis(), "applied");
                if !batch.purged.is_empty() {
                    self.scrub().await;
                }
                if batch.is_partial || vault.is_partial {
                    self.fold(batch.is_partial).await;
                }
                self.applied = revision;
                self.has_held = true;
                vault.revision = revision;
                vault.is_partial = batch.is_partial;
                Ok(Outcome::Applied(revision))
            }
            Ok(None) => {
                self.engine.rollback().await?;
                Ok(Outcome::Overtaken)
            }
            Err(error) => {
                // The first error says what is wrong; a failing rollback would only say it again.
                let _ = self.engine.rollback().await;
                Err(error)
            }
        }
    }

    async fn apply_within(&mut self, vault: &Vault, batch: &Batch, linking: &mut Linking, manner: &Manner) -> Result<Option<i64>> {
        let take = "update claude.store set revision = revision + 1 where store_key = 1 returning revision::text";
        let revision = first_text(self.engine.begin_with(take).await?).context("the store has lost its own row")?;
        let revision: i64 = revision.parse().context("the store's revision is no number")?;
        reach(Point::TransactionBegun);
        // Where no names change, all that contents need to know is read in the same trip.
        let is_calm = !batch.changes_names();
        let mut trip = self.engine.trip();
        let row = vaults::read_held(&mut trip, &vault.name).await?;
        let way = if is_calm { Some(Way::made(&mut trip, vault, batch, linking).await?) } else { None };
        let seen = trip.end().await?;
        reach(Point::VaultHeld);
        let now = vaults::vault(seen.rows(&row)?).context("the vault has lost its row")?;
        now.refuse_if_held(&manner.machine)?;
        if now.revision != vault.revision {
            return Ok(None);
        }
        let at = manner.now.to_string();
        if batch.is_partial && !vault.is_partial {
            self.begin_load().await?;
        }
        if let Some(way) = way {
            way.taken(&seen, linking)?;
            self.touch(&batch.touched, revision).await?;
        } else {
            self.archive(&batch.departed, revision, &at, linking).await?;
            self.purge(&batch.purged, revision, &at, linking).await?;
            self.relocate(&vault.name, &batch.moved, revision, &at).await?;
            self.arrive(vault, &batch.arrived, revision, &at).await?;
            self.touch(&batch.touched, revision).await?;
            self.empty(&batch.emptied, revision, &at, linking).await?;
            let went: Vec<&VaultPath> = batch.not_left_out.iter().collect();
            self.amend_ledger(vault, Why::Excluded, &went, &batch.left_out.iter().collect::<Vec<_>>()).await?;
            if batch.is_mending {
                self.mend(vault, revision, &at).await?;
                linking.count_all();
            }
            self.relink(vault, batch, linking).await?;
            let mut trip = self.engine.trip();
            let way = Way::made(&mut trip, vault, batch, linking).await?;
            way.taken(&trip.end().await?, linking)?;
        }
        if vault.is_partial && !batch.is_partial {
            // Before backlinks are counted, by these indexes where an earlier run was killed.
            self.end_load().await?;
        }
        let projects = self.projects_of(&batch.contents, manner).await?;
        let written = contents::Links::of(&batch.contents, linking);
        linking.note_backlinks(&written.backlinks);
        let mut trip = self.engine.trip();
        hint::tell(&mut trip).await?;
        let count = if batch.is_partial { None } else { linking.count(&mut trip).await? };
        contents::write(&mut trip, vault, &batch.contents, &written, revision, &at).await?;
        projects.write(&mut trip).await?;
        feed(&mut trip, vault, batch, revision).await?;
        let sql =
            format!("update claude.vaults set revision = $2, is_partial = ($3 = 1), {} where vault_id = $1::uuid", renewal("$4", "$5"));
        let Machine { id, name } = &manner.machine;
        let args =
            [vault.id.as_str().into(), revision.into(), i64::from(batch.is_partial).into(), id.as_str().into(), name.as_str().into()];
        trip.write(&sql, &args).await?;
        let seen = trip.end().await?;
        if let Some(count) = count {
            self.set_backlinks(&count.changed(&seen, &written.backlinks)?, revision).await?;
        }
        if !batch.is_partial {
            match linking.take_first() {
                Some(counted) => self.set_backlinks(&counted, revision).await?,
                None => self.recount(vault, linking, revision).await?,
            }
        }
        Ok(Some(revision))
    }

    /// A deletion archives: the row stays, with its history and counters; what stood in the file is no longer true and goes.
    async fn archive(&mut self, departed: &[Departure], revision: i64, at: &str, linking: &mut Linking) -> Result<()> {
        if departed.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = departed.iter().map(|d| d.doc_id.as_str()).collect();
        let mut trip = self.engine.trip();
        let targets = links::read_targets(&mut trip, &ids).await?;
        contents::clear(&mut trip, &ids).await?;
        linking.note_targets(&trip.end().await?, &targets)?;
        let documents = "update claude.documents set is_archived = ($4 = 1), archived_at = $2::timestamptz, status = 'ARCHIVED', \
             updated_at = $2::timestamptz, revision = $3 where doc_id in {ids}";
        self.engine.execute(documents, &[list(&ids), at.into(), revision.into(), 1.into()]).await?;
        let knowledge = "update claude.knowledge set status = 'archived', archived_at = $2::timestamptz where doc_id in {ids}";
        self.engine.execute(knowledge, &[list(&ids), at.into()]).await.map(drop)
    }

    async fn relocate(&mut self, vault: &str, moved: &[Moved], revision: i64, at: &str) -> Result<()> {
        if moved.is_empty() {
            return Ok(());
        }
        // Names may be swapped, and live paths are unique at every moment: first all leave, then all arrive. What a note says may depend
        // on its path, so it counts as unread until its contents are written again, in this batch or after a crash.
        let ids: Vec<&str> = moved.iter().map(|m| m.doc_id.as_str()).collect();
        let leave = "update claude.documents set file_path = '/moving/' || doc_id::text, file_hash = null where doc_id in {ids}";
        self.engine.execute(leave, &[list(&ids)]).await?;
        let place = |m: &Moved| {
            let Moved { doc_id, to, stamp, .. } = m;
            let file_id = stamp.file_id.map(file_id_text);
            (
                doc_id.clone(),
                to.clone(),
                to.name_key(),
                to.name().to_owned(),
                stamp.mtime_ns,
                stamp.size,
                file_id,
                stamp.is_ignored,
                revision,
                at.to_owned(),
            )
        };
        self.engine.amend(&PLACES, &moved.iter().map(place).collect::<Vec<_>>()).await?;
        let sources: Vec<_> = moved.iter().map(|m| (&m.doc_id, source(vault, &m.to))).collect();
        self.engine.amend(&SOURCES, &sources).await?;
        let paths: Vec<_> = moved.iter().map(|m| (&m.doc_id, revision, &m.to)).collect();
        self.engine.put(&PATHS, &paths).await
    }

    async fn arrive(&mut self, vault: &Vault, arrived: &[Arrival], revision: i64, at: &str) -> Result<()> {
        let row = |a: &Arrival| {
            // A new document is news once its contents are in; until then the index has nothing to follow.
            let is_news = a.origin != Origin::New || !a.path.kind().is_read();
            let (path, stamp) = (a.path.clone(), a.stamp);
            let (name_key, title, file_id) = (path.name_key(), path.name().to_owned(), stamp.file_id.map(file_id_text));
            let (doc_id, vault_id, news) = (a.doc_id.clone(), vault.id.clone(), is_news.then_some(revision));
            (
                doc_id,
                vault_id,
                path.kind(),
                path,
                name_key,
                title,
                stamp.size,
                stamp.mtime_ns,
                file_id,
                stamp.is_ignored,
                news,
                at.to_owned(),
            )
        };
        for chunk in arrived.chunks(2000) {
            self.engine.put(&ARRIVALS, &chunk.iter().map(row).collect::<Vec<_>>()).await?;
            let paths: Vec<_> = chunk.iter().map(|a| (&a.doc_id, revision, &a.path)).collect();
            self.engine.put(&PATHS, &paths).await?;
        }
        let back: Vec<&str> = arrived.iter().filter(|a| a.origin != Origin::New).map(|a| a.doc_id.as_str()).collect();
        if !back.is_empty() {
            // Its count may be of old: a recount of the whole vault passes archived documents by.
            let sql = "update claude.documents set is_archived = ($2 = 1), archived_at = null, status = 'ACTIVE', file_hash = null, \
                 content_hash = null, backlink_bucket = 0 where doc_id in {ids}";
            self.engine.execute(sql, &[list(&back), 0.into()]).await?;
        }
        self.adopt(&vault.name, arrived).await
    }

    async fn touch(&mut self, touched: &[Touched], revision: i64) -> Result<()> {
        let row = |t: &Touched| {
            (t.doc_id.clone(), t.stamp.mtime_ns, t.stamp.size, t.stamp.file_id.map(file_id_text), t.stamp.is_ignored, revision)
        };
        self.engine.amend(&TOUCHED, &touched.iter().map(row).collect::<Vec<_>>()).await
    }

    /// Takes out what stood in files that can be read no longer. Knowledge of it goes to the archive, with its counters and without its text.
    async fn empty(&mut self, emptied: &[Emptied], revision: i64, at: &str, linking: &mut Linking) -> Result<()> {
        if emptied.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = emptied.iter().map(|e| e.doc_id.as_str()).collect();
        let mut trip = self.engine.trip();
        let targets = links::read_targets(&mut trip, &ids).await?;
        contents::clear(&mut trip, &ids).await?;
        linking.note_targets(&trip.end().await?, &targets)?;
        let documents = "update claude.documents set file_hash = null, content_hash = null, doc_type = null, version = null, \
             status = 'ACTIVE', category = null, tags = null, frontmatter_raw = null, properties = null, problems = null, \
             updated_at = $2::timestamptz where doc_id in {ids}";
        self.engine.execute(documents, &[list(&ids), at.into()]).await?;
        let named = |e: &Emptied| (e.doc_id.clone(), e.path.kind(), e.path.name_key(), e.path.name().to_owned(), revision);
        self.engine.amend(&NAMED, &emptied.iter().map(named).collect::<Vec<_>>()).await?;
        let knowledge = "update claude.knowledge set status = 'archived', archived_at = $2::timestamptz, description = '', \
             knowledge_type = null, knowledge_category = null, tags = null where doc_id in {ids}";
        self.engine.execute(knowledge, &[list(&ids), at.into()]).await.map(drop)
    }
}

/// Writes the change feed: what a reader who stopped at an earlier revision has to catch up on.
async fn feed<'a>(trip: &mut Trip<'a>, vault: &'a Vault, batch: &'a Batch, revision: i64) -> Result<()> {
    let mut changes: Vec<(&str, &str, VaultPath, Option<&VaultPath>)> = Vec::new();
    let purged = batch.purged.iter().filter(|p| p.is_live);
    changes.extend(purged.map(|p| (p.doc_id.as_str(), "archived", no_path(&p.doc_id), None)));
    changes.extend(batch.departed.iter().map(|d| (d.doc_id.as_str(), "archived", d.path.clone(), None)));
    changes.extend(batch.moved.iter().map(|m| (m.doc_id.as_str(), "renamed", m.to.clone(), Some(&m.from))));
    changes.extend(batch.arrived.iter().map(|a| match &a.origin {
        Origin::New => (a.doc_id.as_str(), "added", a.path.clone(), None),
        Origin::Returned => (a.doc_id.as_str(), "returned", a.path.clone(), None),
        Origin::Renamed(from) => (a.doc_id.as_str(), "renamed", a.path.clone(), Some(from)),
    }));
    changes.extend(batch.touched.iter().filter(|t| t.is_modified).map(|t| (t.doc_id.as_str(), "modified", t.path.clone(), None)));
    let modified = batch.contents.iter().filter(|c: &&Contents| c.is_modified);
    changes.extend(modified.map(|c| (c.doc_id.as_str(), "modified", c.path.clone(), None)));
    let mut rows = changes.into_iter().enumerate().map(move |(i, (id, op, path, old))| (revision, i, vault.id.as_str(), id, op, path, old));
    if !trip.is_postgres() {
        return trip.put(&CHANGES, || rows.collect()).await;
    }
    loop {
        let chunk: Vec<_> = rows.by_ref().take(2000).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        trip.put(&CHANGES, || chunk).await?;
    }
}

/// Where knowledge comes from, as the column `source` says it.
pub(super) fn source(vault: &str, path: &VaultPath) -> String {
    format!("obsidian:{vault}/{path}")
}
