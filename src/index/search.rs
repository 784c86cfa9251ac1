//! Asks the index: which documents may match, best first, and what it keeps of them.
//!
//! What is selected is all that matches and sometimes more ([`Candidates::is_sure`]); the rest is decided by the caller, on the text.

use super::docs::Docs;
use super::rank::{self, Ranked};
use super::schema::{self, Fields};
use super::segment::Segment;
use super::{Document, Index, variants};
use crate::path::VaultPath;
use crate::query::plan::{Piece, Plan};
use crate::query::relax::Relaxed;
use crate::query::words::fold;
use crate::query::{Matcher, Subject};
use std::collections::BTreeSet;
use tantivy::schema::TantivyDocument;
use tantivy::{DocId, SegmentReader};

/// What a document must be, beside matching the query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// Any of these vaults; empty means all.
    pub vaults: Vec<String>,
    pub knowledge_type: Option<String>,
    pub project: Option<String>,
}

/// The index at one commit, open for questions.
pub struct Searcher {
    segments: Vec<Segment>,
    fields: Fields,
    ranked: [Ranked; 3],
}

/// A document that may match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    segment: usize,
    doc: DocId,
    pub score: f32,
}

/// Documents that may match, best first.
#[derive(Debug, Default)]
pub struct Candidates {
    pub ranked: Vec<Candidate>,
    /// All of them match; nothing is left to check.
    pub is_sure: bool,
}

impl Index {
    /// Opens the index for questions.
    pub fn searcher(&self) -> anyhow::Result<Searcher> {
        let reader = self.reader()?;
        let segment = |reader: &SegmentReader| Segment::new(reader.clone(), &self.generation);
        let segments = reader.searcher().segment_readers().iter().map(segment).collect::<Result<_, _>>()?;
        Ok(Searcher { segments, fields: self.fields, ranked: rank::fields(&self.fields) })
    }
}

impl Searcher {
    /// Returns the documents that a query may match.
    pub fn candidates(&self, matcher: &Matcher, filters: &Filters) -> anyhow::Result<Candidates> {
        let (selected, is_sure) = self.select(Some(matcher), filters)?;
        let mut scores = rank::zero(&self.segments);
        for piece in matcher.keywords() {
            rank::add(&mut scores, &self.segments, &self.ranked, &variants::strict(&self.segments, &self.ranked, &piece)?)?;
        }
        Ok(Candidates { ranked: self.best_first(&selected, &scores)?, is_sure })
    }

    /// Returns the documents that a relaxed query may match, without those in `found`, and the words by which they do.
    pub fn relaxed(&self, relaxed: &Relaxed, filters: &Filters, found: &[Candidate]) -> anyhow::Result<(Candidates, BTreeSet<String>)> {
        let (mut selected, is_sure) = self.select(relaxed.rest.as_ref(), filters)?;
        found.iter().for_each(|candidate| selected[candidate.segment].remove(candidate.doc));
        let (mut scores, mut words) = (rank::zero(&self.segments), BTreeSet::new());
        for piece in &relaxed.keywords {
            let mut variants = variants::relaxed(&self.segments, &self.ranked, &piece.text)?;
            rank::add(&mut scores, &self.segments, &self.ranked, &variants)?;
            words.append(&mut variants.words);
        }
        for (selected, scores) in selected.iter_mut().zip(&scores) {
            (0..).zip(scores).filter(|(_, score)| **score <= 0.0).for_each(|(doc, _)| selected.remove(doc));
        }
        Ok((Candidates { ranked: self.best_first(&selected, &scores)?, is_sure }, words))
    }

    /// Returns what a word of the query adds to a candidate's score.
    pub fn worth(&self, piece: &Piece, candidate: Candidate) -> anyhow::Result<f32> {
        let mut scores = rank::zero(&self.segments);
        rank::add(&mut scores, &self.segments, &self.ranked, &variants::strict(&self.segments, &self.ranked, piece)?)?;
        Ok(scores[candidate.segment][candidate.doc as usize])
    }

    /// Returns a candidate as the index keeps it.
    pub fn document(&self, candidate: Candidate) -> anyhow::Result<Document> {
        schema::decode(&self.kept(candidate)?, &self.fields)
    }

    /// Returns which of some candidates match, by what the index keeps of them, in the same order.
    pub fn matching(&self, candidates: &[Candidate], matcher: &Matcher) -> anyhow::Result<Vec<Candidate>> {
        let mut in_order: Vec<(usize, Candidate)> = candidates.iter().copied().enumerate().collect();
        in_order.sort_by_key(|(_, candidate)| (candidate.segment, candidate.doc));
        let mut matching = Vec::new();
        for (rank, candidate) in in_order {
            if self.matches(candidate, matcher)? {
                matching.push((rank, candidate));
            }
        }
        matching.sort_by_key(|(rank, _)| *rank);
        Ok(matching.into_iter().map(|(_, candidate)| candidate).collect())
    }

    fn matches(&self, candidate: Candidate, matcher: &Matcher) -> anyhow::Result<bool> {
        let kept = self.kept(candidate)?;
        if matcher.asks_for_record() {
            return Ok(matcher.matches(&subject(&schema::decode(&kept, &self.fields)?)));
        }
        let path = self.segments[candidate.segment].paths()?.get(candidate.doc);
        let none = serde_json::Map::new();
        Ok(matcher.matches(&Subject::new(path, VaultPath::new(path).kind(), schema::text(&kept, &self.fields), &[], &none)))
    }

    /// Returns the folders of a vault that hold its files, and those above them.
    pub fn folders(&self, vault: &str) -> anyhow::Result<Vec<String>> {
        let mut folders = BTreeSet::from([String::new()]);
        for segment in &self.segments {
            let mut docs = segment.alive();
            docs.intersect(&segment.with_term(self.fields.vault, &fold(vault))?);
            let paths = segment.paths()?;
            for doc in docs.iter() {
                let mut path = paths.get(doc);
                while let Some((folder, _)) = path.rsplit_once('/')
                    && !folders.contains(folder)
                {
                    folders.insert(folder.to_owned());
                    path = folder;
                }
            }
        }
        Ok(folders.into_iter().collect())
    }

    fn kept(&self, candidate: Candidate) -> anyhow::Result<TantivyDocument> {
        Ok(self.segments[candidate.segment].store.get(candidate.doc)?)
    }

    fn select(&self, matcher: Option<&Matcher>, filters: &Filters) -> anyhow::Result<(Vec<Docs>, bool)> {
        let plan = matcher.map_or(Plan::Everything, Matcher::plan);
        let (mut all, mut is_sure) = (Vec::new(), true);
        for segment in &self.segments {
            let selection = segment.select(&plan, &self.fields)?;
            is_sure &= selection.is_sure;
            let mut docs = segment.alive();
            docs.intersect(&selection.docs);
            filters.narrow(segment, &self.fields, &mut docs)?;
            if let Some(matcher) = matcher {
                segment.keep_attachments_asked_for(matcher, &mut docs)?;
            }
            all.push(docs);
        }
        Ok((all, is_sure))
    }

    /// Sorts by score, then by backlinks, then by path, as Obsidian lists files.
    fn best_first(&self, selected: &[Docs], scores: &rank::Scores) -> anyhow::Result<Vec<Candidate>> {
        let mut keyed = Vec::new();
        for (which, (segment, docs)) in self.segments.iter().zip(selected).enumerate() {
            let (backlinks, paths) = (segment.backlinks()?, segment.paths()?);
            for doc in docs.iter() {
                let bucket = backlinks.get_val(doc);
                let score = scores[which][doc as usize] * rank::backlink_factor(bucket);
                keyed.push((Candidate { segment: which, doc, score }, bucket, paths.get(doc)));
            }
        }
        keyed.sort_by(|(a, a_bucket, a_path), (b, b_bucket, b_path)| {
            b.score.total_cmp(&a.score).then(b_bucket.cmp(a_bucket)).then_with(|| a_path.cmp(b_path))
        });
        Ok(keyed.into_iter().map(|(candidate, ..)| candidate).collect())
    }
}

impl Filters {
    fn narrow(&self, segment: &Segment, fields: &Fields, docs: &mut Docs) -> anyhow::Result<()> {
        if !self.vaults.is_empty() {
            let mut any = Docs::none(segment.n_docs());
            for vault in &self.vaults {
                any.unite(&segment.with_term(fields.vault, &fold(vault))?);
            }
            docs.intersect(&any);
        }
        for (field, name) in [(fields.knowledge_type, &self.knowledge_type), (fields.project, &self.project)] {
            if let Some(name) = name {
                docs.intersect(&segment.with_term(field, &fold(name))?);
            }
        }
        Ok(())
    }
}

/// Returns a document as a query sees it.
pub fn subject(document: &Document) -> Subject<'_> {
    Subject::new(document.path.as_str(), document.kind, &document.text, &document.tags, &document.properties)
}
