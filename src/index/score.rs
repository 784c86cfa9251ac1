//! From the words of a question to scored candidates: first what all documents are worth by their words, then, for the best of them, how
//! close the words stand together and whether the question is their name.

use super::docs::Docs;
use super::languages::Grammar;
use super::nearness::Nearness;
use super::rank::{self, Explained, Ranking, Scores};
use super::schema::{Kept, Key, name_key};
use super::search::{Candidate, Searcher};
use super::variants::{Asked, Variants};
use super::{columns, segment::Segment};
use crate::query::Time;
use crate::query::plan::Piece;
use crate::query::words::plain;
use std::collections::BTreeSet;

/// So many of the best are looked at more closely. Looking at more changes hardly an answer: what is not among them by its words alone
/// would have to rise far.
const CLOSER_LOOKS: usize = 20;

/// How the words of a question are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// As Obsidian takes them: anywhere inside other words.
    Strict,
    /// With their stems, accents, beginnings and typos, and all optional.
    Relaxed,
}

/// What the words of a question are worth.
pub(super) struct Scored {
    pub(super) scores: Scores,
    /// The words of texts that they stand for, beside those that hold them.
    pub(super) words: BTreeSet<String>,
    pub(super) finish: Finish,
}

/// What is left to be done for the best candidates.
pub(super) struct Finish {
    nearness: Nearness,
    /// The documents that have the question as a name.
    named: Vec<Docs>,
}

impl Searcher {
    /// Ranks from now on as told, and forgets what was kept for the last question alone.
    pub fn ranked_by(mut self, ranking: &Ranking) -> Self {
        self.segments.iter_mut().for_each(Segment::forget);
        let ranked = rank::fields(&self.fields, &ranking.weights);
        Self { ranked, grammar: Grammar::of(&ranking.languages), ranking: ranking.clone(), ..self }
    }

    pub(super) fn score(&self, stage: Stage, keywords: &[Piece]) -> anyhow::Result<Scored> {
        let mut scores = rank::zero(&self.segments);
        let mut words = BTreeSet::new();
        let average_length = rank::average_length(&self.segments, self.fields.body)?;
        let mut nearness = Nearness::new(self.ranking.weights.nearness, average_length);
        for (piece, share) in self.shares(keywords) {
            let variants = self.variants(stage, piece)?;
            let rarity = rank::add(&mut scores, &self.segments, &self.ranked, &variants, share)?;
            nearness.add((stage == Stage::Strict).then_some(piece), &variants.words, share * rarity);
            words.extend(variants.words);
        }
        Ok(Scored { scores, words, finish: Finish { nearness, named: self.named(keywords)? } })
    }

    /// Returns how the score of a candidate came about.
    pub fn explain(&self, stage: Stage, keywords: &[Piece], candidate: Candidate) -> anyhow::Result<Explained> {
        let mut words = Vec::new();
        for (piece, share) in self.shares(keywords) {
            let mut scores = rank::zero(&self.segments);
            rank::add(&mut scores, &self.segments, &self.ranked, &self.variants(stage, piece)?, share)?;
            let name = if stage == Stage::Strict { piece.to_string() } else { piece.text.clone() };
            words.push((name, scores[candidate.segment][candidate.doc as usize]));
        }
        let backlinks = self.ranking.backlink_factor(candidate.backlinks);
        let recency = candidate.factor / backlinks;
        Ok(Explained { words, nearness: candidate.nearness, backlinks, recency, exact_name: candidate.exact_name })
    }

    /// Returns the words that count, and how much of them does: function words only where there is nothing else.
    fn shares<'a>(&self, keywords: &'a [Piece]) -> Vec<(&'a Piece, f32)> {
        let says_something = |piece: &Piece| !self.grammar.is_function_word(&piece.text);
        if !keywords.iter().any(says_something) {
            return keywords.iter().map(|piece| (piece, 1.0)).collect();
        }
        let function_words = self.ranking.weights.function_words;
        let share = |piece: &'a Piece| (piece, if says_something(piece) { 1.0 } else { function_words });
        keywords.iter().map(share).filter(|(_, share)| *share > 0.0).collect()
    }

    fn variants(&self, stage: Stage, piece: &Piece) -> anyhow::Result<Variants> {
        let asked = Asked { segments: &self.segments, ranked: &self.ranked, grammar: &self.grammar, weights: &self.ranking.weights };
        match stage {
            Stage::Strict => asked.strict(piece),
            Stage::Relaxed => asked.relaxed(&piece.text),
        }
    }

    /// Returns the documents of which a name, an alias or the title is the whole question.
    fn named(&self, keywords: &[Piece]) -> anyhow::Result<Vec<Docs>> {
        let key = name_key(keywords.iter().map(|piece| piece.text.as_str()));
        let keys = [plain(&key).collect(), key];
        let is_off = self.ranking.weights.exact_name == 0.0 || keywords.is_empty();
        let named = |segment: &Segment| {
            if is_off { Ok(Docs::none(segment.n_docs())) } else { segment.with_keys(&self.fields, Key::Name, &keys) }
        };
        self.segments.iter().map(named).collect()
    }

    /// Returns what backlinks and recency multiply the scores of a segment's documents by.
    pub(super) fn factors(&self, segment: &Segment) -> anyhow::Result<impl Fn(u32, u32) -> f32> {
        let has_recency = self.ranking.weights.recency != 0.0;
        let times = if has_recency { columns::times(&segment.reader, Time::Modified)? } else { None };
        Ok(move |doc, bucket| {
            let modified = times.as_ref().and_then(|times| times.first(doc));
            self.ranking.backlink_factor(bucket) * modified.map_or(1.0, |at| self.ranking.recency_factor(at))
        })
    }
}

impl Finish {
    /// Looks at the best candidates more closely.
    pub(super) fn apply(mut self, searcher: &Searcher, all: &mut [Candidate]) -> anyhow::Result<()> {
        if self.nearness.says_something() {
            let n = CLOSER_LOOKS.min(all.len());
            if n < all.len() {
                all.select_nth_unstable_by(n, |a, b| b.score.total_cmp(&a.score));
            }
            let best = &mut all[..n];
            // In the order in which they are stored: neighbours are unpacked together.
            best.sort_unstable_by_key(|candidate| (candidate.segment, candidate.doc));
            for candidate in best {
                let segment = &searcher.segments[candidate.segment];
                let kept: Kept = segment.store.get(candidate.doc)?;
                let name = segment.paths()?.get(candidate.doc).rsplit('/').next().unwrap_or_default();
                candidate.nearness = self.nearness.of(name, &kept.text);
                candidate.score += candidate.nearness * candidate.factor;
            }
        }
        let most = all.iter().map(|candidate| candidate.score).fold(0.0, f32::max);
        let is_named = |candidate: &&mut Candidate| self.named[candidate.segment].contains(candidate.doc);
        for candidate in all.iter_mut().filter(is_named) {
            candidate.exact_name = most * searcher.ranking.weights.exact_name;
            candidate.score += candidate.exact_name;
        }
        Ok(())
    }
}
