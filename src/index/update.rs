//! A batch of changes to the index: all of it becomes visible at once, with its watermark, or none of it does.

use super::merge::{self, Size};
use super::queue::{Queue, Queued};
use super::schema::{self, Fields, Key};
use super::{Document, Index, Watermark, beside, generation};
use crate::points::{Point, reach};
use anyhow::Context as _;
use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::indexer::{IndexWriterOptions, NoMergePolicy};
use tantivy::{IndexWriter, Term};

/// The least that tantivy takes: more only makes a small batch touch more memory.
const SMALL_BATCH_BYTES: usize = 15_000_000;
/// Room for a whole load: enough that a common vault becomes one or two segments, little enough for a small machine.
const LOAD_BYTES: usize = 50_000_000;

/// An open batch. Dropping it without [`Update::commit`] leaves the index as it was.
pub struct Update {
    writer: IndexWriter<Queued>,
    queue: Queue,
    folder: PathBuf,
    fields: Fields,
    watermark: Option<Watermark>,
    /// Nothing of what is taken out may stay.
    is_purge: bool,
    /// A rebuild's folder and name, swapped in by the commit.
    replaces: Option<(PathBuf, String)>,
    /// Hashes of the ids that a rebuild has put: a document that changes while the store is read page by page comes again.
    put: HashSet<u64>,
    /// Held until the batch is in; tantivy's own lock would refuse instead of waiting.
    _lock: File,
}

impl Update {
    pub(super) fn load(root: &Path, name: String, files: &tantivy::Index, fields: Fields, lock: File) -> anyhow::Result<Self> {
        let writer = open_writer(files, load_workers(), LOAD_BYTES)?;
        Ok(Self {
            writer,
            queue: Queue::default(),
            folder: root.join(&name),
            fields,
            watermark: None,
            is_purge: false,
            replaces: Some((root.to_owned(), name)),
            put: HashSet::new(),
            _lock: lock,
        })
    }

    pub(super) fn amend(index: Index, lock: File) -> anyhow::Result<Self> {
        let writer = open_writer(&index.files, 1, SMALL_BATCH_BYTES)?;
        Ok(Self {
            writer,
            queue: Queue::default(),
            folder: index.generation,
            fields: index.fields,
            watermark: Some(index.watermark),
            is_purge: false,
            replaces: None,
            put: HashSet::new(),
            _lock: lock,
        })
    }

    /// Returns how far the index followed its store when this batch was opened; `None` for a rebuild.
    pub fn watermark(&self) -> Option<&Watermark> {
        self.watermark.as_ref()
    }

    /// Puts a document in place of what the index holds under its id. An ignored one is only taken out.
    pub fn put(&mut self, document: &Document) -> anyhow::Result<()> {
        if self.replaces.is_none() || !self.put.insert(hash(&document.doc_id)) {
            self.remove(&document.doc_id);
        }
        if !document.is_ignored {
            let encoded = schema::encode(document, &self.fields)?;
            self.writer.add_document(self.queue.take(encoded, document.text.len()))?;
        }
        Ok(())
    }

    /// Takes a document out, if it is there.
    pub fn remove(&mut self, doc_id: &str) {
        self.writer.delete_term(Term::from_field_text(self.fields.key, &Key::Document.of(doc_id)));
    }

    /// Has the commit remove what is taken out from the files, too, where it would stay until its segment is merged.
    pub fn purge(&mut self) {
        self.is_purge = true;
    }

    /// Makes the batch visible, in one step with the watermark.
    pub fn commit(mut self, watermark: &Watermark) -> anyhow::Result<()> {
        reach(Point::DocumentsAdded);
        if let Some(before) = self.watermark.clone().filter(|_| self.is_purge) {
            // As long as something stays, the watermark does too: whoever is killed here is followed by one who does it again.
            self.write(&before)?;
            let segments = self.writer.index().searchable_segment_metas()?;
            let dead: Vec<SegmentId> = segments.iter().filter(|segment| segment.num_deleted_docs() > 0).map(SegmentMeta::id).collect();
            drop(segments);
            self.merge_all(&[dead])?;
        }
        self.write(watermark)?;
        self.merge()?;
        beside::follow(self.writer.index(), &self.folder, &self.fields).context("writing words and paths of the index")?;
        if let Some((root, name)) = &self.replaces {
            generation::swap(root, name).context("putting the new index in place")?;
        }
        Ok(())
    }

    fn write(&mut self, watermark: &Watermark) -> anyhow::Result<()> {
        let mut commit = self.writer.prepare_commit().context("writing the index")?;
        commit.set_payload(&serde_json::to_string(watermark)?);
        reach(Point::SegmentsWritten);
        commit.commit().context("committing the index")?;
        reach(Point::IndexCommitted);
        Ok(())
    }

    /// Keeps segments few and mostly alive.
    fn merge(&mut self) -> anyhow::Result<()> {
        let segments = self.writer.index().searchable_segment_metas()?;
        let size = |segment: &SegmentMeta| Size { n_live: segment.num_docs(), n_deleted: segment.num_deleted_docs() };
        let sizes: Vec<Size> = segments.iter().map(size).collect();
        let due = if self.replaces.is_some() { merge::shares(&sizes, load_workers()) } else { vec![merge::due(&sizes)] };
        let ids: Vec<Vec<SegmentId>> = due.into_iter().map(|share| share.into_iter().map(|which| segments[which].id()).collect()).collect();
        // As long as we hold on to them, tantivy keeps their files.
        drop(segments);
        self.merge_all(&ids)
    }

    /// Merges each list of segments into one, all at once.
    fn merge_all(&mut self, lists: &[Vec<SegmentId>]) -> anyhow::Result<()> {
        let merges: Vec<_> = lists.iter().filter(|ids| !ids.is_empty()).map(|ids| self.writer.merge(ids)).collect();
        if !merges.is_empty() {
            merges.into_iter().try_for_each(|merge| merge.wait().map(drop)).context("merging segments of the index")?;
            reach(Point::SegmentsMerged);
            // What was merged is not needed any more, and the next commit may be far away.
            self.writer.garbage_collect_files().wait().context("removing merged segments of the index")?;
            reach(Point::MergedRemoved);
        }
        Ok(())
    }
}

fn hash(doc_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    doc_id.hash(&mut hasher);
    hasher.finish()
}

/// A load is nothing but indexing, so it takes two cores, and makes one segment on each: more would slow every search for a second once.
fn load_workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(2)
}

/// Opens the writer; the workers share `bytes`. As many can merge.
fn open_writer(files: &tantivy::Index, workers: usize, bytes: usize) -> anyhow::Result<IndexWriter<Queued>> {
    let options = IndexWriterOptions::builder();
    let options = options.num_worker_threads(workers).num_merge_threads(workers).memory_budget_per_thread(bytes / workers).build();
    let writer = files.writer_with_options(options).context("opening the index for writing")?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    Ok(writer)
}
