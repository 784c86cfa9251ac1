//! Tells notes that they were synced, where the settings ask for it: once for each change of what they say.
//!
//! A note is read as it will be, the store is told of that, and then the file is made so. When that fails, it is read again as it is.
//! Which notes are still to be told stands in the state file, from before their rows are in until they are told. So a run that is killed
//! between leaves that to the next one, and so does one that is not to write to notes, as before the answer to a search.

use super::read::Job;
use super::{Look, Readings, Report, Run, Site};
use crate::path::{FileKind, VaultPath};
use crate::points::{Point, reach};
use crate::state;
use crate::writeback::{self, Outcome};
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};

/// A note that the store knows as it will be.
pub(super) struct ToTell {
    doc_id: String,
    path: VaultPath,
    /// Of the bytes that were read, and of what they will be.
    read_hash: String,
    hash: String,
    synced_at: String,
}

/// Returns the note of a job, if it was read as it will be.
pub(super) fn to_tell(job: &Job, hash: &str, read_hash: Option<String>) -> Option<ToTell> {
    let (doc_id, path, hash) = (job.doc_id.clone(), job.path.clone(), hash.to_owned());
    Some(ToTell { doc_id, path, read_hash: read_hash?, hash, synced_at: job.synced_at.clone()? })
}

impl Run<'_> {
    /// Returns what a note is to be told, if it is.
    pub(super) fn synced_at(&self, path: &VaultPath) -> Option<String> {
        let is_told = self.site.write_back && path.kind() == FileKind::Note && !self.untold.contains(path);
        is_told.then(|| self.now.civil())
    }

    /// Has the notes read that earlier runs have left to be told.
    pub(super) fn take_up(&mut self, look: &mut Look) {
        let Some(data_dir) = self.options.data_dir.filter(|_| self.site.write_back) else { return };
        self.left = state::read(data_dir).vaults.remove(&self.site.name).unwrap_or_default().untold;
        if self.left.is_empty() || !self.options.may_tell {
            return;
        }
        let moved: BTreeMap<&VaultPath, &VaultPath> = look.plan.moved.iter().map(|m| (&m.from, &m.to)).collect();
        let planned: BTreeSet<&VaultPath> = look.plan.to_read.iter().collect();
        let mut to_read = Vec::new();
        for path in look.known.values().filter(|known| self.left.contains_key(&known.doc_id)).map(|known| &known.path) {
            sweep(self.site, path);
            match moved.get(path) {
                Some(to) => sweep(self.site, to),
                None if planned.contains(path) || !look.observation.files.contains_key(path) => {}
                None => to_read.push(path.clone()),
            }
        }
        look.plan.to_read.extend(to_read);
    }

    /// Notes which notes are to be told, before the store knows them as they will be.
    pub(super) fn note_to_tell(&self, to_tell: &[ToTell]) -> Result<()> {
        self.change_untold(to_tell, |untold| {
            untold.extend(to_tell.iter().map(|note| (note.doc_id.clone(), note.read_hash.clone())));
        })
    }

    /// Writes to the notes whose rows are in.
    pub(super) async fn tell(&mut self, readings: &mut Readings, report: &mut Report) -> Result<()> {
        let to_tell = std::mem::take(&mut readings.to_tell);
        if to_tell.is_empty() || !self.options.may_tell {
            return Ok(());
        }
        reach(Point::RowsAhead);
        let mut stamps = Vec::new();
        for note in &to_tell {
            if self.swept.insert(note.path.parent()) {
                sweep(self.site, &note.path);
            }
            match writeback::put(&self.site.disk, &note.path, &note.read_hash, &note.synced_at) {
                Ok(Outcome::Written(stamp)) => {
                    reach(Point::NoteTold);
                    report.n_written_back += 1;
                    stamps.push((note.doc_id.clone(), stamp, Some(note.hash.clone())));
                }
                Ok(Outcome::Changed) => readings.vanished.add(note.path.clone()),
                Err(error) => {
                    tracing::warn!(path = note.path.as_str(), %error, "a note could not be told that it was synced");
                    self.untold.insert(note.path.clone());
                    readings.vanished.add(note.path.clone());
                }
            }
        }
        self.store.stamp(&stamps).await?;
        self.change_untold(&to_tell, |untold| {
            untold.retain(|doc_id, hash| !to_tell.iter().any(|note| note.doc_id == *doc_id && note.read_hash == *hash));
        })
    }

    /// After a look at the whole vault nothing is left of what was left at its beginning, but for what could not be read.
    pub(super) fn forget_left(&self, is_unread: impl Fn(&str) -> bool) -> Result<()> {
        let left: Vec<_> = self.left.iter().filter(|(doc_id, _)| !is_unread(doc_id)).collect();
        self.change_untold(&left, |untold| untold.retain(|doc_id, hash| !left.contains(&(doc_id, &*hash))))
    }

    /// Changes what the state file says, if there is a reason to.
    fn change_untold<T>(&self, reason: &[T], change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<()> {
        let Some(data_dir) = self.options.data_dir.filter(|_| !reason.is_empty()) else { return Ok(()) };
        let name = self.site.name.clone();
        state::update(data_dir, |state| change(&mut state.vaults.entry(name).or_default().untold)).context("writing the state file")
    }
}

/// Removes drafts beside a note. If that fails they do no harm, and the next run tries again.
fn sweep(site: &Site, path: &VaultPath) {
    if let Err(error) = writeback::sweep(&site.disk, path) {
        tracing::info!(path = path.as_str(), %error, "what a killed run may have left beside this note was not looked for");
    }
}
