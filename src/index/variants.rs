//! Which words of the index a word of a query stands for, and how much each is worth.

use super::lexicon::FitKind;
use super::rank::Ranked;
use super::segment::Segment;
use crate::query::plan::Piece;
use std::collections::BTreeSet;
use std::sync::Arc;
use tantivy::Term;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;
use tantivy::tokenizer::{Language, RawTokenizer, Stemmer, TextAnalyzer};

/// The worth of a variant, the word itself being 1.
const SAME_STEM: f32 = 0.9;
const BEGINNING: f32 = 0.4;
const INSIDE: f32 = 0.2;
const TYPO: f32 = 0.5;
/// A relaxed word shorter than this is not taken for the beginning of others, nor for one mistyped.
const SHORTEST: usize = 4;
/// From this length two typos are forgiven.
const LONG: usize = 8;
/// More variants than this say nothing about a word: only the first count.
const MOST: usize = 200;

/// One word of the index.
pub(super) struct Variant {
    pub(super) info: TermInfo,
    pub(super) weight: f32,
}

/// The variants of one word of a query, by field and segment.
pub(super) struct Variants {
    by_field: Vec<(Field, Vec<Vec<Variant>>)>,
    /// The texts that hold the word itself or, for a relaxed word, its stem.
    pub(super) n_documents: usize,
    /// The variants as they are written, for showing them.
    pub(super) words: BTreeSet<String>,
}

impl Variants {
    /// Returns the variants in a field, segment by segment.
    pub(super) fn of(&self, field: Field) -> &[Vec<Variant>] {
        self.by_field.iter().find(|(known, _)| *known == field).map_or(&[], |(_, segments)| segments)
    }

    fn collect(
        segments: &[Segment],
        ranked: &[Ranked],
        mut find: impl FnMut(&mut Found, &Segment, Field, &Arc<InvertedIndexReader>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let mut all = Self { by_field: Vec::new(), n_documents: 0, words: BTreeSet::new() };
        for which in ranked {
            let mut in_field = Vec::new();
            for segment in segments {
                let mut found = Found::default();
                find(&mut found, segment, which.field, &segment.reader.inverted_index(which.field)?)?;
                in_field.push(found.variants);
                all.words.append(&mut found.words);
                // The last field is the text itself: it holds what the others hold.
                all.n_documents = if which.field == ranked[ranked.len() - 1].field { all.n_documents + found.n_documents } else { 0 };
            }
            all.by_field.push((which.field, in_field));
        }
        Ok(all)
    }

    fn is_empty(&self) -> bool {
        self.by_field.iter().flat_map(|(_, segments)| segments).all(Vec::is_empty)
    }
}

/// What one field of one segment has.
#[derive(Default)]
struct Found {
    variants: Vec<Variant>,
    n_documents: usize,
    words: BTreeSet<String>,
}

impl Found {
    fn add(&mut self, info: TermInfo, weight: f32) {
        if weight >= SAME_STEM {
            self.n_documents += info.doc_freq as usize;
        }
        self.variants.push(Variant { info, weight });
    }
}

/// Returns the variants of a word that is found as Obsidian finds it: anywhere inside others.
pub(super) fn strict(segments: &[Segment], ranked: &[Ranked], piece: &Piece) -> anyhow::Result<Variants> {
    let body = ranked.last().map(|which| which.field);
    Variants::collect(segments, ranked, |found, segment, field, words| {
        if Some(field) == body
            && let Some(fits) = segment.fits(words, piece)?
        {
            for fit in fits.iter() {
                let weight = match fit.kind {
                    FitKind::Whole => 1.0,
                    FitKind::Beginning => BEGINNING,
                    FitKind::Inside => INSIDE,
                };
                found.add(fit.info.clone(), weight);
            }
            return Ok(());
        }
        let most = if piece.is_open_after && piece.text.len() > 1 { MOST } else { 1 };
        each_with_beginning(words, &piece.text, most, |word, info| {
            if word == piece.text {
                found.add(info, 1.0);
            } else if piece.is_open_after {
                found.add(info, BEGINNING);
            }
        })
    })
}

/// Returns the variants of a relaxed word: the word, its stem, words that it begins; if there are none, words that it may be a typo of.
pub(super) fn relaxed(segments: &[Segment], ranked: &[Ranked], word: &str) -> anyhow::Result<Variants> {
    let mut stemmer = TextAnalyzer::builder(RawTokenizer::default()).filter(Stemmer::new(Language::English)).build();
    let mut stem = |word: &str| stemmer.token_stream(word).next().map(|token| token.text.clone()).unwrap_or_default();
    let own_stem = stem(word);
    let common = common_beginning(word, &own_stem);
    let near = Variants::collect(segments, ranked, |found, _, _, words| {
        each_with_beginning(words, common, usize::MAX, |other, info| {
            let weight = if other == word {
                1.0
            } else if stem(other) == own_stem {
                SAME_STEM
            } else if other.starts_with(word) && word.len() >= SHORTEST {
                BEGINNING
            } else {
                return;
            };
            found.words.insert(other.to_owned());
            found.add(info, weight);
        })
    })?;
    let n_letters = word.chars().count();
    if !near.is_empty() || n_letters < SHORTEST {
        return Ok(near);
    }
    let one = typos(segments, ranked, word, 1)?;
    if !one.is_empty() || n_letters < LONG { Ok(one) } else { typos(segments, ranked, word, 2) }
}

fn typos(segments: &[Segment], ranked: &[Ranked], word: &str, n_typos: u8) -> anyhow::Result<Variants> {
    Variants::collect(segments, ranked, |found, _, field, words| {
        let automaton = FuzzyTermQuery::new(Term::from_field_text(field, word), n_typos, true).automaton()?;
        let mut walk = words.terms().search(automaton).into_stream()?;
        while walk.advance() {
            found.words.extend(std::str::from_utf8(walk.key()).map(str::to_owned));
            found.add(walk.value().clone(), TYPO / f32::from(n_typos));
        }
        Ok(())
    })
}

/// Returns the letters with which all words of one stem begin: a stem may differ from its words in the last letter.
fn common_beginning<'a>(word: &'a str, stem: &str) -> &'a str {
    let n_common = word.bytes().zip(stem.bytes()).take_while(|(a, b)| a == b).count();
    let mut end = n_common.saturating_sub(1).max(2).min(word.len());
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    if end == 0 { word } else { &word[..end] }
}

/// Calls `each` with the first words of a dictionary that begin so, in order.
fn each_with_beginning(
    words: &InvertedIndexReader,
    beginning: &str,
    most: usize,
    mut each: impl FnMut(&str, TermInfo),
) -> anyhow::Result<()> {
    let mut walk = words.terms().range().ge(beginning.as_bytes()).into_stream()?;
    let mut n_words = 0;
    while n_words < most && walk.advance() && walk.key().starts_with(beginning.as_bytes()) {
        if let Ok(word) = std::str::from_utf8(walk.key()) {
            each(word, walk.value().clone());
        }
        n_words += 1;
    }
    Ok(())
}
