//! How well documents answer words: BM25 over the fields as one (BM25F), so that a word counts most in a name, and a document's length
//! counts once for each field. All forms of a word, which [`super::variants`] finds, count as one word, of one rarity.
//!
//! `score = (sum of the words + nearness) × backlinks × recency + exact_name`; `--explain` prints the parts.

use super::docs::Docs;
use super::languages::Languages;
use super::schema::Fields;
use super::segment::{Segment, each_posting};
use super::variants::Variants;
use serde::{Deserialize, Serialize};
use tantivy::schema::Field;

/// How fast further occurrences lose weight. Slower than the usual 1.2, because the weights of the fields multiply occurrences.
pub(super) const SATURATION: f32 = 2.0;
/// How much a long field is held against its words: 0 not at all, 1 wholly. Names and labels are short anyway.
const SHORT_LENGTH_COUNTS: f32 = 0.4;
pub(super) const TEXT_LENGTH_COUNTS: f32 = 0.75;
/// After so long, half of what recency adds is gone.
const HALF_LIFE_MS: f32 = 90.0 * 86_400_000.0;

/// What each factor of the ranking weighs; 0 switches it off. `sync.example.toml` says what each means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    pub name: f32,
    pub labels: f32,
    pub stem: f32,
    pub accents: f32,
    pub beginning: f32,
    pub typo: f32,
    pub function_words: f32,
    pub nearness: f32,
    pub exact_name: f32,
    pub backlinks: f32,
    pub recency: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            name: 4.0,
            labels: 1.5,
            stem: 0.6,
            accents: 0.8,
            beginning: 0.2,
            typo: 0.5,
            function_words: 0.0,
            nearness: 0.5,
            exact_name: 1.0,
            backlinks: 0.04,
            recency: 0.1,
        }
    }
}

/// How a question's hits are to be ranked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    pub weights: Weights,
    pub languages: Languages,
    /// When the question is asked, in Unix milliseconds.
    pub now_ms: i64,
}

/// How a score came about: `(sum of words + nearness) × backlinks × recency + exact_name`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Explained {
    /// What each word of the question adds.
    pub words: Vec<(String, f32)>,
    /// What words close together add.
    pub nearness: f32,
    pub backlinks: f32,
    pub recency: f32,
    /// What it adds that the question is one of the note's names.
    pub exact_name: f32,
}

/// A field that is ranked.
pub(super) struct Ranked {
    pub(super) field: Field,
    weight: f32,
    length_counts: f32,
}

/// The ranked fields; the text itself comes last.
pub(super) fn fields(fields: &Fields, weights: &Weights) -> [Ranked; 3] {
    [
        Ranked { field: fields.name, weight: weights.name, length_counts: SHORT_LENGTH_COUNTS },
        Ranked { field: fields.labels, weight: weights.labels, length_counts: SHORT_LENGTH_COUNTS },
        Ranked { field: fields.body, weight: 1.0, length_counts: TEXT_LENGTH_COUNTS },
    ]
}

/// A score for each document of each segment.
pub(super) type Scores = Vec<Vec<f32>>;

/// Returns zero for every document.
pub(super) fn zero(segments: &[Segment]) -> Scores {
    segments.iter().map(|segment| vec![0.0; segment.n_docs() as usize]).collect()
}

/// Adds what one word of the query is worth to each document, and returns how rare the word is.
pub(super) fn add(scores: &mut Scores, segments: &[Segment], ranked: &[Ranked], variants: &Variants, share: f32) -> anyhow::Result<f32> {
    let mut frequencies = zero(segments);
    let mut with_word: Vec<Docs> = segments.iter().map(|segment| Docs::none(segment.n_docs())).collect();
    for which in ranked.iter().filter(|which| which.weight > 0.0) {
        let average = average_length(segments, which.field)?;
        for (at, (segment, variants)) in segments.iter().zip(variants.of(which.field)).enumerate() {
            if variants.is_empty() {
                continue;
            }
            let words = segment.reader.inverted_index(which.field)?;
            let lengths = segment.reader.get_fieldnorms_reader(which.field)?;
            let (frequencies, with_word) = (&mut frequencies[at], &mut with_word[at]);
            for variant in variants {
                let weight = which.weight * variant.weight;
                each_posting(&words, &variant.info, |doc, n| {
                    let length = lengths.fieldnorm(doc) as f32 / average;
                    frequencies[doc as usize] += weight * n as f32 / (1.0 - which.length_counts + which.length_counts * length);
                    if variant.is_form {
                        with_word.insert(doc);
                    }
                })?;
            }
        }
    }
    let rarity = rarity(&frequencies, with_word.iter().map(Docs::len).sum());
    for (scores, frequencies) in scores.iter_mut().zip(&frequencies) {
        for (score, frequency) in scores.iter_mut().zip(frequencies) {
            *score += share * rarity * frequency * (SATURATION + 1.0) / (frequency + SATURATION);
        }
    }
    Ok(rarity)
}

impl Ranking {
    /// Returns how much a document's backlinks multiply its score, by a weight for each doubling of the notes that link here.
    pub(super) fn backlink_factor(&self, bucket: u32) -> f32 {
        1.0 + self.weights.backlinks * bucket as f32
    }

    /// Returns how much the time of a document's last change multiplies its score: by the whole weight now, by half of it later.
    pub(super) fn recency_factor(&self, modified_ms: i64) -> f32 {
        let age = self.now_ms.saturating_sub(modified_ms).max(0) as f32 / HALF_LIFE_MS;
        1.0 + self.weights.recency * (-age).exp2()
    }
}

pub(super) fn average_length(segments: &[Segment], field: Field) -> anyhow::Result<f32> {
    let (mut n_words, mut n_docs) = (0, 0);
    for segment in segments {
        n_words += segment.reader.inverted_index(field)?.total_num_tokens();
        n_docs += u64::from(segment.n_docs());
    }
    Ok((n_words as f32 / n_docs.max(1) as f32).max(1.0))
}

/// The inverse document frequency, never negative. What holds a form of the word counts; if nothing does, what holds a variant.
fn rarity(frequencies: &Scores, n_with_word: usize) -> f32 {
    let n_docs: usize = frequencies.iter().map(Vec::len).sum();
    let n_with = match n_with_word {
        0 => frequencies.iter().flatten().filter(|frequency| **frequency > 0.0).count(),
        n => n,
    };
    (1.0 + (n_docs as f32 - n_with as f32 + 0.5) / (n_with as f32 + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recency_fades_and_backlinks_count_by_doublings() {
        let day = 86_400_000;
        let ranking = Ranking { now_ms: 1000 * day, ..Ranking::default() };
        let recency = |days: i64| (ranking.recency_factor(days * day) * 1000.0).round() / 1000.0;
        assert_eq!([1000, 1001, 910, 820, 0].map(recency), [1.1, 1.1, 1.05, 1.025, 1.0]);
        assert_eq!([0, 1, 5].map(|bucket| ranking.backlink_factor(bucket)), [1.0, 1.04, 1.2]);
        let off = Weights { backlinks: 0.0, recency: 0.0, ..Weights::default() };
        let off = Ranking { weights: off, ..ranking.clone() };
        assert_eq!((off.recency_factor(1000 * day), off.backlink_factor(9)), (1.0, 1.0));
    }
}
