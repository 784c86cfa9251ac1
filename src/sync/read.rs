//! Reads and understands files, in parallel and ahead of whoever writes: while one chunk goes into the store, the next is parsed.

use super::told::{ToTell, to_tell};
use super::{Depth, Report, Site};
use crate::disk::{self, Scope, Stamp};
use crate::facts::{self, Facts};
use crate::note;
use crate::path::{FileKind, VaultPath};
use crate::points;
use crate::store::batch::Contents;
use crate::writeback;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// A file to read.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub path: VaultPath,
    pub doc_id: String,
    pub stamp: Stamp,
    /// Nothing that stands in it is stored.
    pub is_first: bool,
    /// When it was read last, that failed: nothing is known of what stood in it.
    pub has_failed: bool,
    /// Its rows are written even if its bytes are those that are stored.
    pub must_write: bool,
    /// Of the bytes that are stored.
    pub stored_hash: Option<String>,
    pub stored_content: Option<String>,
    /// What the note is to be told, if it says something new.
    pub synced_at: Option<String>,
    /// Of the bytes that an earlier run left to be told.
    pub left_hash: Option<String>,
    /// It is told in this run.
    pub may_tell: bool,
}

/// A batch is closed at this many files or bytes, whichever comes first: it bounds memory, and how long others wait for the store.
const BATCH_FILES: usize = 512;
const BATCH_BYTES: i64 = 4 << 20;

/// The jobs of one batch after the other.
pub(super) struct Chunks(std::vec::IntoIter<Job>);

impl Chunks {
    pub(super) fn of(jobs: Vec<Job>) -> Self {
        Self(jobs.into_iter())
    }

    pub(super) fn are_several(&self) -> bool {
        self.n_next() < self.0.len()
    }

    /// Returns how many jobs the next chunk has: at least one, if there is any.
    fn n_next(&self) -> usize {
        let mut bytes = 0;
        let fits = |job: &&Job| {
            bytes += job.stamp.size;
            bytes <= BATCH_BYTES || bytes == job.stamp.size
        };
        self.0.as_slice().iter().take(points::few(BATCH_FILES)).take_while(fits).count()
    }
}

impl Iterator for Chunks {
    type Item = Vec<Job>;

    fn next(&mut self) -> Option<Vec<Job>> {
        let n_jobs = self.n_next();
        let chunk: Vec<Job> = self.0.by_ref().take(n_jobs).collect();
        (!chunk.is_empty()).then_some(chunk)
    }
}

pub(super) struct Reading {
    pub job: Job,
    pub outcome: io::Result<(Facts, Stamp)>,
    /// Of the bytes that were read, when the note is to be told that it was synced.
    pub read_hash: Option<String>,
}

/// What became of the files that were read.
#[derive(Default)]
pub(super) struct Readings {
    /// Files whose bytes are those that are stored: only their stamps are news.
    pub equal: Vec<(String, Stamp, Option<String>)>,
    pub failed: Vec<(VaultPath, String)>,
    pub vanished: Scope,
    /// Notes that the store knows as they will be.
    pub to_tell: Vec<ToTell>,
}

impl Readings {
    /// Sorts out what was read; returns what is to be written.
    pub(super) fn sort(&mut self, readings: Vec<Reading>, depth: Depth, report: &mut Report) -> Vec<Contents> {
        let mut contents = Vec::new();
        for Reading { job, outcome, read_hash } in readings {
            match outcome {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.vanished.add(job.path),
                Err(error) => self.failed.push((job.path, error.to_string())),
                Ok((facts, stamp)) => {
                    let is_equal = job.stored_hash.as_ref() == Some(&facts.hashes.file);
                    let is_modified = !is_equal && (job.stored_hash.is_some() || job.has_failed && !job.is_first);
                    report.add_reading(&job, is_modified, &facts);
                    if is_equal && !job.must_write && depth == Depth::Changed {
                        self.equal.push((job.doc_id, stamp, job.stored_hash));
                    } else {
                        self.to_tell.extend(to_tell(&job, &facts.hashes.file, read_hash));
                        contents.push(Contents { doc_id: job.doc_id, path: job.path, stamp, is_first: job.is_first, is_modified, facts });
                    }
                }
            }
        }
        contents
    }
}

/// Chunks of readings, in the order of the jobs.
pub(super) struct Reader {
    chunks: mpsc::Receiver<Vec<Reading>>,
    thread: Option<JoinHandle<()>>,
}

/// Begins to read. Two chunks at most wait to be taken.
pub(super) fn start(site: &Site, chunks: Chunks) -> Reader {
    let (sender, receiver) = mpsc::channel(1);
    let site = Arc::new(site.clone());
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let read_all = move || {
        for chunk in chunks {
            // While one waits to be taken, nobody waits for the next: a core is left to the writer.
            let n_threads = if sender.capacity() == 0 { 1 } else { n_cores };
            if sender.blocking_send(read_chunk(&site, chunk, n_threads)).is_err() {
                return; // The run ended early.
            }
        }
    };
    Reader { chunks: receiver, thread: Some(std::thread::spawn(read_all)) }
}

impl Reader {
    pub(super) async fn next(&mut self) -> Option<Vec<Reading>> {
        self.chunks.recv().await
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.chunks.close();
        while self.chunks.try_recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// From this many files on, a chunk is worth several threads.
const WORTH_THREADS: usize = 16;

fn read_chunk(site: &Site, mut jobs: Vec<Job>, n_threads: usize) -> Vec<Reading> {
    if jobs.len() < WORTH_THREADS || n_threads == 1 {
        return read_share(site, jobs);
    }
    let share = jobs.len().div_ceil(n_threads);
    let mut shares = Vec::new();
    while !jobs.is_empty() {
        let rest = jobs.split_off(share.min(jobs.len()));
        shares.push(std::mem::replace(&mut jobs, rest));
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = shares.into_iter().map(|share| scope.spawn(|| read_share(site, share))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("read_one catches what a file can do")).collect()
    })
}

fn read_share(site: &Site, jobs: Vec<Job>) -> Vec<Reading> {
    let mut reader = disk::Reader::new(&site.disk);
    jobs.into_iter().map(|job| read_one(site, &mut reader, job)).collect()
}

/// Reads one file. Whatever is in it, the others go on: should the parser have a bug that panics, this one file has failed.
fn read_one(site: &Site, reader: &mut disk::Reader<'_>, job: Job) -> Reading {
    let mut read_hash = None;
    let outcome = reader.read(&job.path, &job.stamp).and_then(|(mut bytes, mut stamp)| {
        // It was not a moment ago, when it was set apart from the others: it is looked at again, as one that vanished.
        if note::is_private(&bytes, &site.rules.private) && job.path.kind() == FileKind::Note {
            return Err(io::ErrorKind::NotFound.into());
        }
        if let Some((hash, spliced)) = spliced(site, &job, &bytes) {
            read_hash = Some(hash);
            if job.may_tell {
                // Whatever comes between, the file is looked at again.
                (bytes, stamp.mtime_ns) = (spliced, 0);
            }
        }
        let facts = catch_unwind(AssertUnwindSafe(|| facts::of(&job.path, &bytes, &site.rules)));
        let facts = facts.map_err(|_| io::Error::other("the parser panicked on this file: please report it"))?;
        Ok((facts, stamp))
    });
    Reading { job, outcome, read_hash }
}

/// Returns the hash of a note and the note as it will be, if it says something new and is to be told that it was synced.
fn spliced(site: &Site, job: &Job, bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let synced_at = job.synced_at.as_deref()?;
    let note::Hashes { file, content } = note::hashes(bytes);
    if job.stored_content.as_ref() == Some(&content) && job.left_hash.as_ref() != Some(&file) {
        return None;
    }
    let spliced = writeback::splice(bytes, synced_at)?;
    if let Some(why) = writeback::why_not(&site.disk, &job.path) {
        tracing::info!(path = job.path.as_str(), why, "not told that it was synced");
        return None;
    }
    Some((file, spliced))
}
