//! Whether documents are found by their words: what a segment's inverted lists say of each, held against what its stored form makes.
//!
//! Both sides are a sum over (field, word) times how often it stands there, so that neither needs an order, and each takes one pass.

use super::schema::{self, Fields};
use super::segment::each_posting;
use super::{Document, tokenizer};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher as _};
use tantivy::SegmentReader;
use tantivy::schema::{Field, IndexRecordOption, Schema, Value as _};
use tantivy::tokenizer::{MAX_TOKEN_LEN, TextAnalyzer, TokenStream as _};

/// Returns what the lists say of each document of a segment.
pub(super) fn listed(reader: &SegmentReader) -> anyhow::Result<Vec<u64>> {
    let mut sums = vec![0_u64; reader.max_doc() as usize];
    for (field, _) in reader.schema().fields().filter(|(_, entry)| entry.is_indexed()) {
        let words = reader.inverted_index(field)?;
        let mut walk = words.terms().stream()?;
        while walk.advance() {
            let hash = hash(field, walk.key());
            each_posting(&words, walk.value(), |doc, n_times| {
                if let Some(sum) = sums.get_mut(doc as usize) {
                    *sum = sum.wrapping_add(hash.wrapping_mul(u64::from(n_times)));
                }
            })?;
        }
    }
    Ok(sums)
}

/// Says what the lists should say of a document.
pub(super) struct Words {
    schema: Schema,
    fields: Fields,
    analyzer: TextAnalyzer,
}

impl Words {
    pub(super) fn new() -> Self {
        let (schema, fields) = schema::build();
        Self { schema, fields, analyzer: tokenizer::analyzer() }
    }

    pub(super) fn of(&mut self, document: &Document) -> anyhow::Result<u64> {
        let mut sum = 0_u64;
        let mut names = BTreeSet::new();
        let mut add = |field, word: &str| {
            if word.len() <= MAX_TOKEN_LEN {
                sum = sum.wrapping_add(hash(field, word.as_bytes()));
            }
        };
        let encoded = schema::encode(document, &self.fields)?;
        for (field, value) in encoded.field_values() {
            let indexing = self.schema.get_field_entry(field).field_type().index_record_option();
            match (indexing, value.as_str()) {
                (Some(IndexRecordOption::Basic), Some(text)) => drop(names.insert((field, text.to_owned()))),
                (Some(_), Some(text)) => self.analyzer.token_stream(text).process(&mut |token| add(field, &token.text)),
                _ => {}
            }
        }
        // A filter is a value as a whole, and has a document once.
        names.iter().for_each(|(field, name)| add(*field, name));
        Ok(sum)
    }
}

fn hash(field: Field, word: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u32(field.field_id());
    hasher.write(word);
    hasher.finish()
}
