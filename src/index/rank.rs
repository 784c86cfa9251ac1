//! How well documents answer words: BM25 over the fields as one (BM25F), so that a word counts most in a name, and a document's length
//! counts once for each field.
//!
//! A word of the query may stand for several of the index: itself, its beginnings, its stems, its typos, each worth less than the last.

use super::schema::Fields;
use super::segment::{Segment, each_posting};
use super::variants::Variants;
use tantivy::schema::Field;

/// How fast further occurrences lose weight.
const SATURATION: f32 = 1.2;
/// What a step of the backlink bucket, a doubling of the notes that link here, adds to a score.
const BACKLINK_STEP: f32 = 0.04;

/// A field that is ranked.
pub(super) struct Ranked {
    pub(super) field: Field,
    weight: f32,
    /// How much a long field is held against its words: 0 not at all, 1 wholly.
    length_counts: f32,
}

/// The ranked fields, by weight.
pub(super) fn fields(fields: &Fields) -> [Ranked; 3] {
    [
        Ranked { field: fields.name, weight: 4.0, length_counts: 0.4 },
        Ranked { field: fields.labels, weight: 1.5, length_counts: 0.4 },
        Ranked { field: fields.body, weight: 1.0, length_counts: 0.75 },
    ]
}

/// A score for each document of each segment.
pub(super) type Scores = Vec<Vec<f32>>;

/// Returns zero for every document.
pub(super) fn zero(segments: &[Segment]) -> Scores {
    segments.iter().map(|segment| vec![0.0; segment.n_docs() as usize]).collect()
}

/// Adds what one word of the query is worth to each document.
pub(super) fn add(scores: &mut Scores, segments: &[Segment], ranked: &[Ranked], variants: &Variants) -> anyhow::Result<()> {
    let mut frequencies = zero(segments);
    for which in ranked {
        let average = average_length(segments, which.field)?;
        for ((segment, frequencies), variants) in segments.iter().zip(&mut frequencies).zip(variants.of(which.field)) {
            if variants.is_empty() {
                continue;
            }
            let words = segment.reader.inverted_index(which.field)?;
            let lengths = segment.reader.get_fieldnorms_reader(which.field)?;
            for variant in variants {
                let weight = which.weight * variant.weight;
                each_posting(&words, &variant.info, |doc, n| {
                    let length = lengths.fieldnorm(doc) as f32 / average;
                    frequencies[doc as usize] += weight * n as f32 / (1.0 - which.length_counts + which.length_counts * length);
                })?;
            }
        }
    }
    let rarity = rarity(&frequencies, variants.n_documents);
    for (scores, frequencies) in scores.iter_mut().zip(&frequencies) {
        for (score, frequency) in scores.iter_mut().zip(frequencies) {
            *score += rarity * frequency * (SATURATION + 1.0) / (frequency + SATURATION);
        }
    }
    Ok(())
}

/// Returns how much a document's backlinks multiply its score.
pub(super) fn backlink_factor(bucket: u32) -> f32 {
    1.0 + BACKLINK_STEP * bucket as f32
}

fn average_length(segments: &[Segment], field: Field) -> anyhow::Result<f32> {
    let (mut n_words, mut n_docs) = (0, 0);
    for segment in segments {
        n_words += segment.reader.inverted_index(field)?.total_num_tokens();
        n_docs += u64::from(segment.n_docs());
    }
    Ok((n_words as f32 / n_docs.max(1) as f32).max(1.0))
}

/// The inverse document frequency, never negative. What holds the word itself counts; if nothing does, what holds a variant.
fn rarity(frequencies: &Scores, n_with_word: usize) -> f32 {
    let n_docs: usize = frequencies.iter().map(Vec::len).sum();
    let n_with = match n_with_word {
        0 => frequencies.iter().flatten().filter(|frequency| **frequency > 0.0).count(),
        n => n.min(n_docs),
    };
    (1.0 + (n_docs as f32 - n_with as f32 + 0.5) / (n_with as f32 + 0.5)).ln()
}
