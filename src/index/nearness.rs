//! How close together the words of a question stand in a text.
//!
//! After Büttcher, Clarke and Lushman, "Term proximity scoring for ad-hoc retrieval" (2006): wherever two different words of the question
//! follow one another with none between them, each earns from the other's rarity, less by the square of the distance; what a word earns
//! saturates like its frequency. Only the best candidates are looked at, on their stored text: the index keeps no positions.

use super::rank::{SATURATION, TEXT_LENGTH_COUNTS};
use crate::query::plan::Piece;
use crate::query::words::{fold, words};
use std::collections::{BTreeSet, HashMap};

/// More of a text than this is not looked at: somebody waits for the answer.
const MOST_TEXT: usize = 16 * 1024;
/// Words further apart say nothing about each other.
const MOST_DISTANCE: usize = 16;

/// The words of a question, to be found in texts.
pub(super) struct Nearness {
    terms: Vec<Term>,
    /// Which of the words a word of a text is, once that is known.
    known: HashMap<String, Option<usize>>,
    weight: f32,
    average_length: f32,
}

struct Term {
    /// `None` for a relaxed word, all of whose variants are known.
    piece: Option<Piece>,
    rarity: f32,
}

impl Nearness {
    pub(super) fn new(weight: f32, average_length: f32) -> Self {
        Self { terms: Vec::new(), known: HashMap::new(), weight, average_length }
    }

    /// Adds a word with variants that are known, beside those that `piece` fits.
    pub(super) fn add(&mut self, piece: Option<&Piece>, variants: &BTreeSet<String>, rarity: f32) {
        let at = self.terms.len();
        for word in variants {
            self.known.entry(word.clone()).or_insert(Some(at));
        }
        self.terms.push(Term { piece: piece.cloned(), rarity });
    }

    /// Returns whether there is anything to be near to, and whether it counts.
    pub(super) fn says_something(&self) -> bool {
        self.terms.len() > 1 && self.weight > 0.0
    }

    /// Returns what a text and the name of its file earn by words close together.
    pub(super) fn of(&mut self, name: &str, text: &str) -> f32 {
        let mut earned = vec![0.0; self.terms.len()];
        let seen = &text[..text.floor_char_boundary(MOST_TEXT)];
        self.walk(name, &mut earned);
        let length = self.walk(seen, &mut earned) as f32 * text.len() as f32 / seen.len().max(1) as f32;
        let saturation = SATURATION * (1.0 - TEXT_LENGTH_COUNTS + TEXT_LENGTH_COUNTS * length / self.average_length);
        let worth = |(term, earned): (&Term, f32)| term.rarity.min(1.0) * earned * (SATURATION + 1.0) / (earned + saturation);
        self.weight * self.terms.iter().zip(earned).map(worth).sum::<f32>()
    }

    /// Adds what each word of the question earns in a text, and returns how many words that has.
    fn walk(&mut self, text: &str, earned: &mut [f32]) -> usize {
        let folded = fold(text);
        let mut last: Option<(usize, usize)> = None;
        let mut length = 0;
        for (position, range) in words(&folded).enumerate() {
            length = position + 1;
            let Some(term) = self.which(&folded[range]) else { continue };
            if let Some((before, at)) = last.filter(|(before, at)| *before != term && position - at <= MOST_DISTANCE) {
                let distance = ((position - at) as f32).powi(2);
                earned[before] += self.terms[term].rarity / distance;
                earned[term] += self.terms[before].rarity / distance;
            }
            last = Some((term, position));
        }
        length
    }

    fn which(&mut self, word: &str) -> Option<usize> {
        if let Some(known) = self.known.get(word) {
            return *known;
        }
        let fits = |term: &Term| term.piece.as_ref().is_some_and(|piece| piece.fits(word));
        let whole = |term: &Term| term.piece.as_ref().is_some_and(|piece| piece.text == word);
        let found = self.terms.iter().position(whole).or_else(|| self.terms.iter().position(fits));
        self.known.insert(word.to_owned(), found);
        found
    }
}
