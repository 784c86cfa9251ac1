//! The words of the index: which there are, in how many documents each stands, and which are near to one that is not there.

use super::docs::Docs;
use super::search::{Filters, Searcher};
use super::segment::{Segment, each_posting};
use crate::nearest::distance;
use crate::query::Matcher;
use crate::query::plan::{Piece, Plan};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;

/// From so many letters on one slip is taken for one, and from so many two are.
const ONE_SLIP: usize = 3;
const TWO_SLIPS: usize = 6;

/// A word of the index, folded, and how many documents have it in their text or their name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Term {
    pub term: String,
    pub count: usize,
}

/// Documents that are looked at, and no others.
pub struct Among(Vec<Docs>);

/// The places in the index where one word of a segment is looked up.
type Lookups = Vec<(Arc<InvertedIndexReader>, TermInfo)>;

impl Searcher {
    /// Returns the documents that match, and satisfy the filters.
    pub fn among(&self, matcher: &Matcher, filters: &Filters) -> anyhow::Result<Among> {
        let (mut selected, is_sure) = self.select(Some(matcher), filters)?;
        if !is_sure {
            let mut candidates = self.candidates(matcher, filters)?;
            let matching = self.matching(candidates.take(self, usize::MAX)?, matcher)?;
            selected = self.segments.iter().map(|segment| Docs::none(segment.n_docs())).collect();
            matching.iter().for_each(|candidate| selected[candidate.segment].insert(candidate.doc));
        }
        Ok(Among(selected))
    }

    /// Returns the words that begin so, from A to Z.
    pub fn terms(&self, beginning: &str, among: &Among) -> anyhow::Result<Vec<Term>> {
        self.counted(among, |words, each| {
            let mut walk = words.terms().range().ge(beginning.as_bytes()).into_stream()?;
            while walk.advance() && walk.key().starts_with(beginning.as_bytes()) {
                each(walk.key(), walk.value());
            }
            Ok(())
        })
    }

    /// Returns the words that are nearest to a mistyped one, the most frequent first.
    pub fn near(&self, word: &str, among: &Among) -> anyhow::Result<Vec<Term>> {
        let n_letters = word.chars().count();
        let n_slips = u8::from(n_letters >= ONE_SLIP) + u8::from(n_letters >= TWO_SLIPS);
        if n_slips == 0 {
            return Ok(Vec::new());
        }
        let automaton = FuzzyTermQuery::new(tantivy::Term::from_field_text(self.fields.body, word), n_slips, true).automaton()?;
        let mut near = self.counted(among, |words, each| {
            let mut walk = words.terms().search(&automaton).into_stream()?;
            while walk.advance() {
                each(walk.key(), walk.value());
            }
            Ok(())
        })?;
        let nearest = near.iter().map(|near| distance(word, &near.term)).min();
        near.retain(|near| Some(distance(word, &near.term)) == nearest);
        near.sort_by_key(|near| std::cmp::Reverse(near.count));
        Ok(near)
    }

    /// Returns in how many documents a word stands, in whatever others; `None` for so many that nobody counted.
    pub fn n_with(&self, piece: &Piece, among: &Among) -> anyhow::Result<Option<usize>> {
        let mut n_with = 0;
        for (segment, among) in self.segments.iter().zip(&among.0) {
            let mut with = segment.select(&Plan::Text(vec![piece.clone()]), &self.fields)?;
            if !with.is_sure {
                return Ok(None);
            }
            with.docs.intersect(among);
            n_with += with.docs.len();
        }
        Ok(Some(n_with))
    }

    /// Counts the documents of the words that `find` finds in a dictionary.
    fn counted(
        &self,
        among: &Among,
        find: impl Fn(&InvertedIndexReader, &mut dyn FnMut(&[u8], &TermInfo)) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<Term>> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (segment, among) in self.segments.iter().zip(&among.0) {
            let mut found: HashMap<Vec<u8>, Lookups> = HashMap::new();
            for field in [self.fields.name, self.fields.labels, self.fields.body] {
                let words = segment.reader.inverted_index(field)?;
                find(&words, &mut |word, info| found.entry(word.to_owned()).or_default().push((words.clone(), info.clone())))?;
            }
            count(segment, among, found, &mut counts)?;
        }
        Ok(counts.into_iter().map(|(term, count)| Term { term, count }).collect())
    }
}

fn count(segment: &Segment, among: &Docs, found: HashMap<Vec<u8>, Lookups>, counts: &mut BTreeMap<String, usize>) -> anyhow::Result<()> {
    // Which word a document was counted for last: it may have one in its name and in its text.
    let mut counted_for = vec![0; segment.n_docs() as usize];
    for (number, (word, lookups)) in (1..).zip(found) {
        let mut n_docs = 0;
        for (words, info) in &lookups {
            each_posting(words, info, |doc, _| {
                let is_new = among.contains(doc) && counted_for[doc as usize] != number;
                n_docs += usize::from(is_new);
                if is_new {
                    counted_for[doc as usize] = number;
                }
            })?;
        }
        if let (1.., Ok(word)) = (n_docs, String::from_utf8(word)) {
            *counts.entry(word).or_default() += n_docs;
        }
    }
    Ok(())
}
