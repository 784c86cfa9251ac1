//! Asks the index: which documents may match, best first, and what it keeps of them.
//!
//! What is selected is all that matches and sometimes more ([`Candidates::is_sure`]); the rest is decided by the caller, on the text.

use super::docs::Docs;
use super::languages::Grammar;
use super::rank::{self, Ranked, Ranking};
use super::schema::{Fields, Kept, Key};
use super::score::{Finish, Scored, Stage};
use super::segment::{Part, Segment};
use super::{Document, Files, Index};
use crate::query::plan::Plan;
use crate::query::relax::Relaxed;
use crate::query::words::fold;
use crate::query::{Matcher, Record, Subject, Time};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::Path;
use tantivy::DocId;

/// From so many candidates on, checking them is worth a thread for each core.
const MANY: usize = 256;

/// What a document must be, beside matching the query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// Any of these vaults; empty means all.
    pub vaults: Vec<String>,
    pub knowledge_type: Option<String>,
    pub project: Option<String>,
}

/// In which order documents are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The best first.
    #[default]
    Relevance,
    /// The one changed last first.
    Modified,
    /// The one made last first; those that do not say when come last.
    Created,
    /// From A to Z.
    Path,
}

/// The index at one commit, open for questions.
pub struct Searcher {
    pub(super) store: String,
    pub(super) segments: Vec<Segment>,
    pub(super) fields: Fields,
    pub(super) ranked: [Ranked; 3],
    pub(super) ranking: Ranking,
    pub(super) grammar: Grammar,
}

/// A document that may match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    pub(super) segment: usize,
    pub(super) doc: DocId,
    pub(super) backlinks: u32,
    pub score: f32,
    /// The parts of the score that are not the words', see [`super::Explained`]; backlinks and recency in one.
    pub(super) nearness: f32,
    pub(super) factor: f32,
    pub(super) exact_name: f32,
    /// The time to order by, if one was asked for.
    time: Option<i64>,
}

/// Documents that may match. Sorted only as far as somebody takes them: of thousands, mostly ten are asked for.
pub struct Candidates {
    all: Vec<Candidate>,
    n_taken: usize,
    order: Order,
    /// What is done once somebody takes the best.
    finish: Option<Finish>,
    /// All of them match; nothing is left to check.
    pub is_sure: bool,
}

impl Candidates {
    /// Returns the candidates, none taken yet, to be taken in another order.
    pub fn ordered(mut self, searcher: &Searcher, order: Order) -> anyhow::Result<Self> {
        let time = match order {
            Order::Modified => Some(Time::Modified),
            Order::Created => Some(Time::Created),
            Order::Relevance | Order::Path => None,
        };
        if let Some(time) = time {
            let times = searcher.segments.iter().map(|segment| segment.times(time)).collect::<Result<Vec<_>, _>>()?;
            self.all.iter_mut().for_each(|candidate| candidate.time = times[candidate.segment][candidate.doc as usize]);
        }
        self.order = order;
        Ok(self)
    }

    /// Takes the best `most` that are left, best first.
    pub fn take(&mut self, searcher: &Searcher, most: usize) -> anyhow::Result<&[Candidate]> {
        if let Some(finish) = self.finish.take().filter(|_| self.order == Order::Relevance) {
            finish.apply(searcher, &mut self.all)?;
        }
        let (start, order) = (self.n_taken, self.order);
        let left = &mut self.all[start..];
        let n = most.min(left.len());
        if n < left.len() {
            left.select_nth_unstable_by(n, |a, b| searcher.compare(order, a, b));
        }
        left[..n].sort_unstable_by(|a, b| searcher.compare(order, a, b));
        self.n_taken += n;
        Ok(&self.all[start..start + n])
    }

    /// Returns those that are left to be taken, in no particular order.
    pub fn left(&self) -> &[Candidate] {
        &self.all[self.n_taken..]
    }

    /// Returns how many are left to be taken.
    pub fn n_left(&self) -> usize {
        self.all.len() - self.n_taken
    }
}

impl Index {
    /// Opens the index under `root` for questions, to be ranked by the default weights; `None` as in [`Index::open`]. From here on no writer
    /// can take anything away.
    pub fn searcher(root: &Path) -> anyhow::Result<Option<Searcher>> {
        Self::open_with(root, |index| {
            let (segments, store) = (index.segments()?, index.watermark.store);
            let ranking = Ranking::default();
            let (ranked, grammar) = (rank::fields(&index.fields, &ranking.weights), Grammar::of(&ranking.languages));
            Ok(Searcher { store, segments, fields: index.fields, ranked, ranking, grammar })
        })
    }
}

impl Searcher {
    /// Returns the id of the store that the index follows.
    pub fn store(&self) -> &str {
        &self.store
    }

    /// Returns the documents that a query may match.
    pub fn candidates(&self, matcher: &Matcher, filters: &Filters) -> anyhow::Result<Candidates> {
        let (selected, is_sure) = self.select(Some(matcher), filters)?;
        let scored = self.score(Stage::Strict, &matcher.keywords())?;
        self.selected(&selected, scored, is_sure)
    }

    /// Returns the documents that a relaxed query may match, without those in `found`, and the words by which they do.
    pub fn relaxed(&self, relaxed: &Relaxed, filters: &Filters, found: &[Candidate]) -> anyhow::Result<(Candidates, BTreeSet<String>)> {
        let (mut selected, is_sure) = self.select(relaxed.rest.as_ref(), filters)?;
        found.iter().for_each(|candidate| selected[candidate.segment].remove(candidate.doc));
        let mut scored = self.score(Stage::Relaxed, &relaxed.keywords)?;
        for (selected, scores) in selected.iter_mut().zip(&scored.scores) {
            (0..).zip(scores).filter(|(_, score)| **score <= 0.0).for_each(|(doc, _)| selected.remove(doc));
        }
        let words = std::mem::take(&mut scored.words);
        Ok((self.selected(&selected, scored, is_sure)?, words))
    }

    /// Returns a candidate as the index keeps it.
    pub fn document(&self, candidate: Candidate) -> anyhow::Result<Document> {
        self.segments[candidate.segment].store.get::<Kept>(candidate.doc)?.decode()
    }

    /// Returns which of some candidates match, by what the index keeps of them, in the same order. Many are checked on all cores.
    pub fn matching(&self, candidates: &[Candidate], matcher: &Matcher) -> anyhow::Result<Vec<Candidate>> {
        let matches = self.each(candidates, |part, doc| part.matches(doc, matcher))?;
        Ok(candidates.iter().zip(matches).filter(|(_, matches)| *matches).map(|(candidate, _)| *candidate).collect())
    }

    /// Returns what some candidates say when they are asked, in the same order.
    pub fn asked<T: Send>(&self, candidates: &[Candidate], ask: impl Fn(Document) -> T + Sync) -> anyhow::Result<Vec<T>> {
        self.each(candidates, |part, doc| part.document(doc).map(&ask))
    }

    /// Looks at candidates in the order of the index, in which texts lie together, and returns in theirs what was seen.
    fn each<T: Send>(&self, candidates: &[Candidate], look: impl Fn(&Part, DocId) -> anyhow::Result<T> + Sync) -> anyhow::Result<Vec<T>> {
        let mut in_order: Vec<usize> = (0..candidates.len()).collect();
        in_order.sort_unstable_by_key(|rank| (candidates[*rank].segment, candidates[*rank].doc));
        let parts: Vec<Part> = self.segments.iter().map(Segment::part).collect::<Result<_, _>>()?;
        let look = |ranks: &[usize]| -> anyhow::Result<Vec<(usize, T)>> {
            let one = |rank: &usize| Ok((*rank, look(&parts[candidates[*rank].segment], candidates[*rank].doc)?));
            ranks.iter().map(one).collect()
        };
        let mut seen = if candidates.len() < MANY {
            look(&in_order)?
        } else {
            let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
            let shares = in_order.chunks(in_order.len().div_ceil(n_cores));
            std::thread::scope(|scope| {
                let looks: Vec<_> = shares.map(|share| scope.spawn(|| look(share))).collect();
                let mut seen = Vec::with_capacity(in_order.len());
                for look in looks {
                    seen.append(&mut look.join().expect("a look does not panic")?);
                }
                anyhow::Ok(seen)
            })?
        };
        seen.sort_unstable_by_key(|(rank, _)| *rank);
        Ok(seen.into_iter().map(|(_, seen)| seen).collect())
    }

    /// Returns where the files of a vault are.
    pub fn files(&self, vault: &str) -> anyhow::Result<Files<'_>> {
        let vault = fold(vault);
        let of_segment = |segment| Files::of(segment, &self.fields, &vault);
        Ok(Files(self.segments.iter().map(of_segment).collect::<Result<_, _>>()?))
    }

    pub(super) fn select(&self, matcher: Option<&Matcher>, filters: &Filters) -> anyhow::Result<(Vec<Docs>, bool)> {
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

    fn selected(&self, selected: &[Docs], scored: Scored, is_sure: bool) -> anyhow::Result<Candidates> {
        let mut all = Vec::with_capacity(selected.iter().map(Docs::len).sum());
        for (which, (segment, docs)) in self.segments.iter().zip(selected).enumerate() {
            let (buckets, factor) = (segment.backlinks()?, self.factors(segment)?);
            segment.paths()?;
            for doc in docs.iter() {
                let backlinks = buckets.get_val(doc) as u32;
                let factor = factor(doc, backlinks);
                let score = scored.scores[which][doc as usize] * factor;
                all.push(Candidate { segment: which, doc, backlinks, score, factor, nearness: 0.0, exact_name: 0.0, time: None });
            }
        }
        Ok(Candidates { all, n_taken: 0, order: Order::Relevance, finish: Some(scored.finish), is_sure })
    }

    /// Orders as asked; where that leaves two equal, by path, as Obsidian lists files. Of equal scores, the one with more backlinks is first.
    fn compare(&self, order: Order, a: &Candidate, b: &Candidate) -> Ordering {
        let path = |candidate: &Candidate| self.segments[candidate.segment].path(candidate.doc);
        let asked = match order {
            Order::Relevance => b.score.total_cmp(&a.score).then(b.backlinks.cmp(&a.backlinks)),
            Order::Modified | Order::Created => b.time.cmp(&a.time),
            Order::Path => Ordering::Equal,
        };
        asked.then_with(|| path(a).cmp(path(b)))
    }
}

impl Filters {
    /// Returns whether a document that was read anew is still what it must be.
    pub fn hold(&self, document: &Document) -> bool {
        let is = |wanted: &Option<String>, mut names: std::slice::Iter<String>| {
            wanted.as_ref().is_none_or(|wanted| names.any(|name| fold(name) == fold(wanted)))
        };
        is(&self.knowledge_type, document.knowledge_type.as_slice().iter()) && is(&self.project, document.projects.iter())
    }

    fn narrow(&self, segment: &Segment, fields: &Fields, docs: &mut Docs) -> anyhow::Result<()> {
        if !self.vaults.is_empty() {
            let mut any = Docs::none(segment.n_docs());
            for vault in &self.vaults {
                any.unite(&segment.with_key(fields, Key::Vault, &fold(vault))?);
            }
            docs.intersect(&any);
        }
        for (kind, name) in [(Key::Type, &self.knowledge_type), (Key::Project, &self.project)] {
            if let Some(name) = name {
                docs.intersect(&segment.with_key(fields, kind, &fold(name))?);
            }
        }
        Ok(())
    }
}

/// Returns a document as a query sees it.
pub fn subject(document: &Document) -> Subject<'_> {
    let Document { doc_id, title, aliases, projects, .. } = document;
    let (knowledge_type, modified_ms) = (document.knowledge_type.as_deref(), Some(document.modified_ms()));
    Subject::new(document.path.as_str(), document.kind, &document.text, &document.tags, &document.properties).with_record(Record {
        doc_id,
        title,
        aliases,
        knowledge_type,
        projects,
        modified_ms,
    })
}
