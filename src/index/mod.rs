//! The full-text index: a cache of SQL that answers searches. A follower, never a source.
//!
//! An indexed document is a function of one document's own rows ([`Document`]); the commit's payload says how far it follows
//! ([`Watermark`]). What a link means, what a file holds and what a query asks are decided elsewhere.

mod beside;
mod columns;
mod directory;
mod docs;
mod files;
mod generation;
mod languages;
mod lexicon;
mod merge;
mod names;
mod nearness;
mod paths;
mod postings;
mod queue;
mod rank;
mod schema;
mod score;
mod search;
mod segment;
#[cfg(test)]
mod tests;
mod terms;
mod tokenizer;
mod update;
mod variants;

pub use files::{File, Files, Place};
pub use generation::Busy;
pub use languages::Languages;
pub use names::Shared;
pub use rank::{Explained, Ranking, Weights};
pub use score::Stage;
pub use search::{Candidate, Candidates, Filters, Order, Searcher, subject};
pub use terms::{Among, Term};
pub use update::Update;

use crate::path::{FileKind, VaultPath};
use crate::points::{Point, reach};
use anyhow::Context as _;
use directory::CacheDirectory;
use schema::{Fields, Kept};
use segment::Segment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tantivy::SegmentReader;

/// Returns the generations in the index folder `root` that nobody reads or fills; none while a writer is at work.
pub fn leftovers(root: &Path) -> Vec<PathBuf> {
    if crate::lock::is_held(&root.join(generation::LOCK_FILE)) { Vec::new() } else { generation::leftovers(root) }
}

/// Removes the generations in the index folder `root` that nobody reads or fills.
pub fn sweep(root: &Path) -> anyhow::Result<()> {
    let _lock = generation::lock(root, generation::PATIENCE)?;
    generation::leftovers(root).iter().try_for_each(std::fs::remove_dir_all).context("removing former generations of the index")
}

/// The rows of one live document, as far as a search needs them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// `documents.doc_id`, a uuid in text.
    pub doc_id: String,
    /// `knowledge.knowledge_id`, for the retrieval log; empty for a file that is no note.
    pub knowledge_id: String,
    /// The vault's name.
    pub vault: String,
    pub path: VaultPath,
    pub kind: FileKind,
    pub title: String,
    /// The note's whole text, frontmatter included (LF, no BOM); a canvas's texts, a blank line between nodes; else empty.
    /// The index keeps it beside the serialised rest.
    #[serde(skip)]
    pub text: String,
    /// Where the body begins in `text`, in bytes.
    pub body_start: usize,
    /// Property tags, then inline tags, with `#`.
    pub tags: Vec<String>,
    pub aliases: Vec<String>,
    /// Heading texts in document order.
    pub headings: Vec<String>,
    pub properties: Map<String, Value>,
    pub knowledge_type: Option<String>,
    /// Names of the projects it belongs to.
    pub projects: Vec<String>,
    pub mtime_ns: i64,
    pub size: i64,
    /// When its row was first and last written, Unix milliseconds.
    pub created_ms: i64,
    pub written_ms: i64,
    /// `floor(log2(n + 1))` of the number of notes that link here.
    pub backlink_bucket: i64,
    /// Hidden from search by Obsidian's own "Excluded files".
    pub is_ignored: bool,
}

impl Document {
    /// Returns when the file was last changed, in Unix milliseconds. A time in doubt is one just before the row was written.
    pub fn modified_ms(&self) -> i64 {
        if self.mtime_ns == 0 { self.written_ms } else { self.mtime_ns.div_euclid(1_000_000) }
    }
}

/// How far an index follows a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The store's id: an index that followed another store is worth nothing here.
    pub store: String,
    pub revision: i64,
}

/// Looks at one generation, before what is wrong with it counts as damage.
const MOST_LOOKS: usize = 100;

/// The index as its last commit left it. Opening it costs well under a millisecond, so it is opened for each use and never reloaded;
/// who asks one question after another keeps a [`Searcher`] as long as [`Index::state`] stays.
pub struct Index {
    root: PathBuf,
    generation: PathBuf,
    files: tantivy::Index,
    cache: CacheDirectory,
    fields: Fields,
    watermark: Watermark,
}

impl Index {
    /// Opens the index under `root`. `None` when there is none, when it is of another version, or when it is damaged: the caller
    /// rebuilds it. That a file may not be read is an error, since a rebuild would not cure it.
    pub fn open(root: &Path) -> anyhow::Result<Option<Self>> {
        // What would stop a search must be found by whoever can make the index anew.
        Self::open_with(root, |index| index.segments().map(|_| index))
    }

    /// Returns whether there is an index under `root`, of whatever version and in whatever state.
    pub fn is_there(root: &Path) -> bool {
        generation::is_there(root)
    }

    /// Returns how far the index under `root` follows its store, whatever its other files hold.
    pub fn followed(root: &Path) -> anyhow::Result<Option<Watermark>> {
        Self::open_with(root, |index| Ok(index.watermark))
    }

    /// Returns what tells the index under `root` as it is now from what it was before: its generation, and what its last commit says of its
    /// segments. `None` when that cannot be read.
    pub fn state(root: &Path) -> Option<(String, Vec<u8>)> {
        let generation = generation::current(root).ok()??;
        let commit = directory::commit(&root.join(&generation)).ok()?;
        Some((generation, commit))
    }

    /// Takes the index under `root` out of use; the next rebuild removes it.
    pub fn leave(root: &Path) -> anyhow::Result<()> {
        let _lock = generation::lock(root, generation::PATIENCE)?;
        generation::leave(root).with_context(|| format!("taking the index at {} out of use", root.display()))
    }

    /// Opens the index and takes `look` of it, in one: a writer may remove files at any time, and then both are tried again.
    fn open_with<T>(root: &Path, look: impl Fn(Self) -> tantivy::Result<T>) -> anyhow::Result<Option<T>> {
        let mut n_same = 0;
        let mut current = generation::current(root)?;
        while let Some(name) = current {
            let (error, has_opened) = match Self::open_generation(root, &name) {
                Ok(index) => match look(index) {
                    Ok(found) => return Ok(Some(found)),
                    Err(error) => (error, true),
                },
                Err(error) => (error, false),
            };
            let now = generation::current(root)?;
            let is_swapped = now.as_ref() != Some(&name);
            n_same = if is_swapped { 0 } else { n_same + 1 };
            // What was there when it was opened was merged away, or swapped, since.
            let may_be_well = is_swapped || (has_opened && n_same < MOST_LOOKS);
            current = match is_damage(&error) {
                _ if may_be_well => now,
                true => {
                    tracing::info!(error = %error, "the index cannot be used");
                    None
                }
                false => return Err(error).with_context(|| format!("opening the index at {}", root.display())),
            };
        }
        Ok(None)
    }

    fn open_generation(root: &Path, name: &str) -> tantivy::Result<Self> {
        Self::open_in(root, root.join(name), CacheDirectory::open(&root.join(name))?)
    }

    fn open_in(root: &Path, generation: PathBuf, cache: CacheDirectory) -> tantivy::Result<Self> {
        let mut files = tantivy::Index::open(cache.clone())?;
        if !directory::is_of_this_boot(&generation) {
            check_files(&files)?;
            beside::forget(&generation)?;
            directory::note_boot(&generation)?;
        }
        files.tokenizers().register(tokenizer::WORDS, tokenizer::analyzer());
        files.settings_mut().docstore_compress_dedicated_thread = false;
        let payload = files.load_metas()?.payload.unwrap_or_default();
        let watermark = serde_json::from_str(&payload)
            .map_err(|_| tantivy::TantivyError::SchemaError(format!("no watermark in payload {payload:?}")))?;
        let (_, fields) = schema::build();
        Ok(Self { root: root.to_owned(), generation, files, cache, fields, watermark })
    }

    /// Starts a new index, without documents, beside the one under `root`, which answers until the new one is committed.
    pub fn rebuild(root: &Path) -> anyhow::Result<Update> {
        let lock = generation::lock(root, generation::PATIENCE)?;
        let name = generation::new_name();
        let generation = root.join(&name);
        std::fs::create_dir(&generation).with_context(|| format!("creating {}", generation.display()))?;
        directory::note_boot(&generation)?;
        reach(Point::GenerationMade);
        let (schema, fields) = schema::build();
        let files = tantivy::Index::builder()
            .schema(schema)
            .settings(tantivy::IndexSettings { docstore_compress_dedicated_thread: false, ..Default::default() })
            .open_or_create(CacheDirectory::open_sparing(&generation)?)?;
        files.tokenizers().register(tokenizer::WORDS, tokenizer::analyzer());
        Update::load(root, name, &files, fields, lock)
    }

    /// Returns how far the index follows its store.
    pub fn watermark(&self) -> &Watermark {
        &self.watermark
    }

    /// Opens the index for one batch of changes. Waits a bounded time for another writer; see [`Busy`].
    ///
    /// Another writer may have come between: the update's own [`Update::watermark`] says where it really starts.
    pub fn update(&self) -> anyhow::Result<Update> {
        self.update_within(generation::PATIENCE)
    }

    /// The same, waiting for another writer no longer than `patience`.
    pub fn update_within(&self, patience: Duration) -> anyhow::Result<Update> {
        let lock = generation::lock(&self.root, patience)?;
        let name = generation::current(&self.root)?.context("the index was taken away")?;
        let open = || Self::open_in(&self.root, self.root.join(&name), CacheDirectory::open_sparing(&self.root.join(&name))?);
        let now = open().context("opening the index for an update")?;
        Update::amend(now, lock)
    }

    /// Returns how many documents can be found.
    pub fn n_documents(&self) -> anyhow::Result<u64> {
        Ok(self.files.load_metas()?.segments.iter().map(|segment| u64::from(segment.num_docs())).sum())
    }

    /// Calls `each` with every document, in no particular order.
    pub fn documents(&self, mut each: impl FnMut(Document)) -> anyhow::Result<()> {
        let reader = self.reader()?;
        for segment in reader.searcher().segment_readers() {
            for kept in segment.get_store_reader(1)?.iter::<Kept>(segment.alive_bitset()) {
                each(kept?.decode()?);
            }
        }
        Ok(())
    }

    /// Calls `each` with every document, and with whether searches find it by the words that are stored of it, and by no others.
    pub fn checked(&self, mut each: impl FnMut(Document, bool)) -> anyhow::Result<()> {
        let reader = self.reader()?;
        let mut words = postings::Words::new();
        for segment in reader.searcher().segment_readers() {
            let listed = postings::listed(segment)?;
            let store = segment.get_store_reader(1)?;
            for (doc, kept) in segment.doc_ids_alive().zip(store.iter::<Kept>(segment.alive_bitset())) {
                let document = kept?.decode()?;
                let has_its_words = listed[doc as usize] == words.of(&document)?;
                each(document, has_its_words);
            }
        }
        Ok(())
    }

    fn segments(&self) -> tantivy::Result<Vec<Segment>> {
        let segment = |reader: &SegmentReader| {
            // A file of positions that was removed meanwhile is taken for an empty one; it shows only here.
            reader.inverted_index(self.fields.body)?;
            Segment::new(reader.clone(), self.cache.clone())
        };
        self.reader()?.searcher().segment_readers().iter().map(segment).collect()
    }

    fn reader(&self) -> tantivy::Result<tantivy::IndexReader> {
        self.files.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).doc_store_cache_num_blocks(8).try_into()
    }
}

/// Returns the system's own error in one of the index.
pub fn io_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a std::io::Error> {
    use tantivy::TantivyError as E;
    use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};
    match cause.downcast_ref::<E>()? {
        E::IoError(error) | E::LockFailure(LockError::IoError(error), _) => Some(error),
        E::OpenWriteError(OpenWriteError::IoError { io_error, .. }) | E::OpenReadError(OpenReadError::IoError { io_error, .. }) => {
            Some(io_error)
        }
        E::OpenDirectoryError(OpenDirectoryError::IoError { io_error, .. }) => Some(io_error),
        _ => None,
    }
}

/// Returns whether an error means that a thread of the writer ended, which does not say why: it could not write a file.
pub fn is_lost_writer(cause: &(dyn std::error::Error + 'static)) -> bool {
    matches!(cause.downcast_ref(), Some(tantivy::TantivyError::ErrorInThread(_)))
}

/// Returns whether an error means that the files are not what a commit wrote, which a rebuild cures.
fn is_damage(error: &tantivy::TantivyError) -> bool {
    use tantivy::TantivyError as E;
    use tantivy::directory::error::{OpenDirectoryError, OpenReadError};
    let is_torn = |kind| matches!(kind, std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidData);
    match error {
        E::DataCorruption(_) | E::SchemaError(_) | E::IncompatibleIndex(_) | E::OpenReadError(OpenReadError::FileDoesNotExist(_)) => true,
        E::OpenReadError(OpenReadError::IncompatibleIndex(_)) | E::OpenDirectoryError(OpenDirectoryError::DoesNotExist(_)) => true,
        E::OpenReadError(OpenReadError::IoError { io_error, .. }) => is_torn(io_error.kind()),
        E::IoError(error) => is_torn(error.kind()),
        _ => false,
    }
}

fn check_files(files: &tantivy::Index) -> tantivy::Result<()> {
    let torn = files.validate_checksum()?;
    if torn.is_empty() {
        return Ok(());
    }
    Err(tantivy::error::DataCorruption::comment_only(format!("torn files: {torn:?}")).into())
}
