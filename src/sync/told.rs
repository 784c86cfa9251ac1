//! Tells notes that they were synced, where the settings ask for it: once for each change of what they say.
//!
//! A note is read as it will be, the store is told of that, and then the file is made so. When that fails, it is read again as it is.

use super::read::Job;
use super::{Readings, Report, Run};
use crate::path::{FileKind, VaultPath};
use crate::writeback::{self, Outcome};
use anyhow::Result;

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

    /// Writes to the notes whose rows are in.
    pub(super) async fn tell(&mut self, readings: &mut Readings, report: &mut Report) -> Result<()> {
        let mut stamps = Vec::new();
        for note in std::mem::take(&mut readings.to_tell) {
            match writeback::put(&self.site.disk, &note.path, &note.read_hash, &note.synced_at) {
                Ok(Outcome::Written(stamp)) => {
                    report.n_written_back += 1;
                    stamps.push((note.doc_id, stamp, Some(note.hash)));
                }
                Ok(Outcome::Changed) => readings.vanished.add(note.path),
                Err(error) => {
                    tracing::warn!(path = note.path.as_str(), %error, "a note could not be told that it was synced");
                    self.untold.insert(note.path.clone());
                    readings.vanished.add(note.path);
                }
            }
        }
        self.store.stamp(&stamps).await
    }
}
