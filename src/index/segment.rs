//! One segment, as a search reads it: words to documents, paths, filters, and what of a plan they answer.

use super::beside::{self, Kind};
use super::columns;
use super::directory::CacheDirectory;
use super::docs::Docs;
use super::lexicon::{Fit, FitKind, Lexicon};
use super::paths::Paths;
use super::schema::{BACKLINKS_COLUMN, Fields, Kept, Key};
use super::{Document, subject};
use crate::path::VaultPath;
use crate::query::plan::{Piece, Plan};
use crate::query::{Matcher, Subject, Time};
use anyhow::Context as _;
use serde_json::Map;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{Postings as _, SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::store::StoreReader;
use tantivy::{DocId, DocSet as _, SegmentReader, TERMINATED};

/// A piece that fits more words than this selects nothing worth the reading: the texts are scanned instead.
const MOST_FITS: usize = 4096;

pub(super) struct Segment {
    pub(super) reader: SegmentReader,
    files: CacheDirectory,
    pub(super) store: StoreReader,
    lexicon: OnceCell<Lexicon>,
    paths: OnceCell<Paths>,
    fits: RefCell<HashMap<Piece, Option<Rc<Vec<Fit>>>>>,
}

/// What a plan selects: all that matches, and nothing else if it is sure.
pub(super) struct Selection {
    pub(super) docs: Docs,
    pub(super) is_sure: bool,
}

impl Segment {
    pub(super) fn new(reader: SegmentReader, files: CacheDirectory) -> tantivy::Result<Self> {
        let store = reader.get_store_reader(8)?;
        Ok(Self { reader, files, store, lexicon: OnceCell::new(), paths: OnceCell::new(), fits: RefCell::default() })
    }

    /// Forgets which words fit the pieces of a question.
    pub(super) fn forget(&mut self) {
        self.fits.get_mut().clear();
    }

    /// Returns the dictionary of a field.
    pub(super) fn words(&self, field: Field) -> tantivy::Result<Arc<InvertedIndexReader>> {
        self.reader.inverted_index(field)
    }

    pub(super) fn n_docs(&self) -> u32 {
        self.reader.max_doc()
    }

    pub(super) fn alive(&self) -> Docs {
        let mut alive = Docs::all(self.n_docs());
        if self.reader.alive_bitset().is_some() {
            (0..self.n_docs()).filter(|doc| self.reader.is_deleted(*doc)).for_each(|doc| alive.remove(doc));
        }
        alive
    }

    /// Selects what a plan lets through.
    pub(super) fn select(&self, plan: &Plan, fields: &Fields) -> anyhow::Result<Selection> {
        Ok(match plan {
            Plan::Everything => Selection { docs: Docs::all(self.n_docs()), is_sure: true },
            Plan::All(plans) => {
                let mut all = Selection { docs: Docs::all(self.n_docs()), is_sure: true };
                for plan in plans {
                    let next = self.select(plan, fields)?;
                    all.docs.intersect(&next.docs);
                    all.is_sure &= next.is_sure;
                }
                all
            }
            Plan::Any(plans) => {
                let mut any = Selection { docs: Docs::none(self.n_docs()), is_sure: true };
                for plan in plans {
                    let next = self.select(plan, fields)?;
                    any.docs.unite(&next.docs);
                    any.is_sure &= next.is_sure;
                }
                any
            }
            Plan::Not(plan) => {
                let mut not = self.select(plan, fields)?;
                if not.is_sure {
                    not.docs.complement();
                } else {
                    not.docs = Docs::all(self.n_docs());
                }
                not
            }
            Plan::Unsure(plan) => Selection { is_sure: false, ..self.select(plan, fields)? },
            Plan::Text(pieces) => self.with_pieces(pieces, fields)?,
            Plan::Tag(tag) => Selection { docs: self.with_key(fields, Key::Tag, tag)?, is_sure: true },
            Plan::Property(name) => Selection { docs: self.with_key(fields, Key::Property, name)?, is_sure: true },
            Plan::Name(test) => Selection { docs: columns::named(&self.reader, test)?, is_sure: true },
            Plan::Type(name) => Selection { docs: self.with_key(fields, Key::Type, name)?, is_sure: true },
            Plan::Project(name) => Selection { docs: self.with_key(fields, Key::Project, name)?, is_sure: true },
            Plan::Time(time, stretch) => Selection { docs: columns::within(&self.reader, *time, stretch)?, is_sure: true },
            Plan::Documents(ids) => Selection { docs: self.with_keys(fields, Key::Document, ids.iter())?, is_sure: true },
            Plan::Path(test) => Selection { docs: self.paths()?.matching(test), is_sure: true },
        })
    }

    /// Takes out the attachments that the query does not find by their paths, which decide them wholly in Obsidian's own language.
    pub(super) fn keep_attachments_asked_for(&self, matcher: &Matcher, docs: &mut Docs) -> anyhow::Result<()> {
        let paths = self.paths()?;
        let found: Vec<DocId> = docs.iter().filter(|doc| paths.is_attachment(*doc)).collect();
        let asks_for_more = matcher.asks_for_more_of_attachments();
        for doc in found {
            let is_found = if asks_for_more {
                matcher.matches_known_attachment(&subject(&self.store.get::<Kept>(doc)?.decode()?))
            } else {
                matcher.matches_attachment(paths.get(doc))
            };
            if !is_found {
                docs.remove(doc);
            }
        }
        Ok(())
    }

    fn with_pieces(&self, pieces: &[Piece], fields: &Fields) -> anyhow::Result<Selection> {
        let mut all = Selection { docs: Docs::all(self.n_docs()), is_sure: true };
        let words = self.reader.inverted_index(fields.body)?;
        for piece in pieces {
            let Some(fits) = self.fits(&words, piece)? else {
                all.is_sure = false;
                continue;
            };
            let mut docs = Docs::none(self.n_docs());
            for fit in fits.iter() {
                each_posting(&words, &fit.info, |doc, _| docs.insert(doc))?;
            }
            all.docs.intersect(&docs);
        }
        Ok(all)
    }

    /// Returns the words of texts that a piece fits; `None` for too many.
    pub(super) fn fits(&self, words: &InvertedIndexReader, piece: &Piece) -> anyhow::Result<Option<Rc<Vec<Fit>>>> {
        if let Some(known) = self.fits.borrow().get(piece) {
            return Ok(known.clone());
        }
        let fits = if piece.is_open_before || piece.is_open_after {
            self.lexicon(words)?.fits(words.terms(), piece, MOST_FITS)?
        } else {
            let word = words.terms().get(piece.text.as_bytes())?;
            Some(word.map(|info| Fit { info, kind: FitKind::Whole }).into_iter().collect())
        };
        let fits = fits.map(Rc::new);
        self.fits.borrow_mut().insert(piece.clone(), fits.clone());
        Ok(fits)
    }

    fn lexicon(&self, words: &InvertedIndexReader) -> anyhow::Result<&Lexicon> {
        if self.lexicon.get().is_none() {
            let lexicon = Lexicon::open(beside::open(&self.files, self.reader.segment_id(), Kind::Words), words.terms())?;
            let _ = self.lexicon.set(lexicon);
        }
        self.lexicon.get().context("a lexicon was just opened")
    }

    /// Returns the documents that have a key, of a folded value.
    pub(super) fn with_key(&self, fields: &Fields, kind: Key, value: &str) -> anyhow::Result<Docs> {
        self.with_keys(fields, kind, [value])
    }

    /// Returns the documents that have one of several keys.
    pub(super) fn with_keys(&self, fields: &Fields, kind: Key, values: impl IntoIterator<Item = impl AsRef<str>>) -> anyhow::Result<Docs> {
        let mut docs = Docs::none(self.n_docs());
        let terms = self.reader.inverted_index(fields.key)?;
        for value in values {
            if let Some(info) = terms.terms().get(kind.of(value.as_ref()))? {
                // Mostly there is one vault, and all documents are in it.
                if info.doc_freq == self.n_docs() {
                    return Ok(Docs::all(self.n_docs()));
                }
                each_posting(&terms, &info, |doc, _| docs.insert(doc))?;
            }
        }
        Ok(docs)
    }

    pub(super) fn paths(&self) -> anyhow::Result<&Paths> {
        if self.paths.get().is_none() {
            let file = beside::open(&self.files, self.reader.segment_id(), Kind::Paths);
            let known = file.and_then(|file| Paths::decode(&file, self.n_docs()));
            let _ = self.paths.set(known.map_or_else(|| Paths::read(&self.reader), Ok)?);
        }
        self.paths.get().context("paths were just read")
    }

    /// Returns a document's path, as bytes, which sort as its text does; empty before [`Segment::paths`] was asked for once.
    pub(super) fn path(&self, doc: DocId) -> &[u8] {
        self.paths.get().map_or(b"", |paths| paths.bytes(doc))
    }

    /// Returns what checking texts needs, which threads may share.
    pub(super) fn part(&self) -> anyhow::Result<Part<'_>> {
        Ok(Part { store: &self.store, paths: self.paths()? })
    }

    /// Returns a time of each document that has it.
    pub(super) fn times(&self, time: Time) -> anyhow::Result<Vec<Option<i64>>> {
        let Some(column) = columns::times(&self.reader, time)? else { return Ok(vec![None; self.n_docs() as usize]) };
        Ok((0..self.n_docs()).map(|doc| column.first(doc)).collect())
    }

    /// Returns the backlink buckets of the documents.
    pub(super) fn backlinks(&self) -> anyhow::Result<Arc<dyn tantivy::columnar::ColumnValues<u64>>> {
        Ok(self.reader.fast_fields().column_first_or_default(BACKLINKS_COLUMN)?)
    }
}

/// A segment's texts and paths.
pub(super) struct Part<'a> {
    store: &'a StoreReader,
    paths: &'a Paths,
}

impl Part<'_> {
    /// Returns a document as it is kept.
    pub(super) fn document(&self, doc: DocId) -> anyhow::Result<Document> {
        self.store.get::<Kept>(doc)?.decode()
    }

    /// Returns whether a document matches, by what is kept of it.
    pub(super) fn matches(&self, doc: DocId, matcher: &Matcher) -> anyhow::Result<bool> {
        let kept: Kept = self.store.get(doc)?;
        if matcher.asks_for_record() {
            return Ok(matcher.matches(&subject(&kept.decode()?)));
        }
        let path = self.paths.get(doc);
        Ok(matcher.matches(&Subject::new(path, VaultPath::new(path).kind(), &kept.text, &[], &Map::new())))
    }
}

/// Calls `each` with a word's documents and how often each has it.
pub(super) fn each_posting(words: &InvertedIndexReader, info: &TermInfo, mut each: impl FnMut(DocId, u32)) -> anyhow::Result<()> {
    let mut postings: SegmentPostings = words.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
    while postings.doc() != TERMINATED {
        each(postings.doc(), postings.term_freq());
        postings.advance();
    }
    Ok(())
}
