//! Which words of the index a word of a query stands for, and how much each is worth.

use super::languages::Grammar;
use super::lexicon::FitKind;
use super::rank::{Ranked, Weights};
use super::segment::Segment;
use crate::query::plan::Piece;
use crate::query::words::{self, is_alike};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use tantivy::Term;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;

/// What holds a word in its middle is worth half of what begins with it.
const INSIDE_OF_BEGINNING: f32 = 0.5;
/// A shorter word has no other forms.
const SHORTEST_WITH_FORMS: usize = 3;
/// A relaxed word shorter than this is not taken for the beginning of others, nor for one mistyped.
const SHORTEST: usize = 4;
/// From this length two typos are forgiven.
const LONG: usize = 8;
/// More words of a name than this say nothing about a beginning: only the first count.
const MOST: usize = 200;

/// Greek, Cyrillic, Hebrew, Arabic and what lies between them; older Greek.
const BEFORE_INDIA: RangeInclusive<char> = '\u{370}'..='\u{6ff}';
const OLD_GREEK: RangeInclusive<char> = '\u{1f00}'..='\u{1fff}';

/// One word of the index.
pub(super) struct Variant {
    pub(super) info: TermInfo,
    /// The word itself being 1.
    pub(super) weight: f32,
    /// It is the word itself or another form of it; not merely one that looks like it.
    pub(super) is_form: bool,
}

/// The variants of one word of a query, by field and segment.
#[derive(Default)]
pub(super) struct Variants {
    by_field: Vec<(Field, Vec<Vec<Variant>>)>,
    /// The variants as they are written, as far as they are not seen by looking at the word.
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
        mut find: impl FnMut(&mut Vec<Variant>, usize, Field, &InvertedIndexReader) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let mut all = Self::default();
        for which in ranked {
            let mut in_field = Vec::new();
            for (at, segment) in segments.iter().enumerate() {
                let mut found = Vec::new();
                find(&mut found, at, which.field, &*segment.reader.inverted_index(which.field)?)?;
                in_field.push(found);
            }
            all.by_field.push((which.field, in_field));
        }
        Ok(all)
    }
}

/// What is asked of the index.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) segments: &'a [Segment],
    pub(super) ranked: &'a [Ranked],
    pub(super) grammar: &'a Grammar,
    pub(super) weights: &'a Weights,
}

/// Words with what each is worth, and whether it is a form of the word that was asked for.
type Worths = BTreeMap<String, (f32, bool)>;

impl Asked<'_> {
    /// Returns the variants of a word that is found as Obsidian finds it, anywhere inside others; what holds it ranks by its forms too.
    pub(super) fn strict(&self, piece: &Piece) -> anyhow::Result<Variants> {
        let (beginning, inside) = (self.weights.beginning, self.weights.beginning * INSIDE_OF_BEGINNING);
        let body = self.ranked.last().map(|which| which.field);
        let mut forms = Worths::new();
        self.each_form(&piece.text, |word, weight| {
            if !piece.fits(word) {
                forms.insert(word.to_owned(), (weight, true));
            }
        })?;
        let mut variants = Variants::collect(self.segments, self.ranked, |found, at, field, words| {
            add_known(found, words, &forms)?;
            if Some(field) == body
                && let Some(fits) = self.segments[at].fits(words, piece)?
            {
                found.extend(fits.iter().map(|fit| {
                    let weight = match fit.kind {
                        FitKind::Whole => 1.0,
                        FitKind::Beginning => beginning,
                        FitKind::Inside => inside,
                    };
                    Variant { info: fit.info.clone(), weight, is_form: fit.kind == FitKind::Whole }
                }));
                return Ok(());
            }
            let most = if piece.is_open_after && piece.text.len() > 1 { MOST } else { 1 };
            each_with_beginning(words, &piece.text, most, |word, info| {
                let is_whole = word == piece.text;
                if is_whole || piece.is_open_after {
                    let weight = if is_whole { 1.0 } else { beginning };
                    found.push(Variant { info: info.clone(), weight, is_form: is_whole });
                }
            })
        })?;
        variants.words = forms.into_keys().collect();
        Ok(variants)
    }

    /// Returns the variants of a relaxed word: the word, its other forms, what differs in accents only, words that it begins; if there are
    /// none, words that it may be a typo of.
    pub(super) fn relaxed(&self, word: &str) -> anyhow::Result<Variants> {
        let n_letters = word.chars().count();
        let mut worths = Worths::new();
        self.each_form(word, |form, weight| {
            worths.insert(form.to_owned(), (weight, true));
        })?;
        if self.weights.accents > 0.0 {
            self.each_alike(word, |other| {
                worths.entry(other.to_owned()).or_insert((self.weights.accents, true));
            })?;
        }
        if self.weights.beginning > 0.0 && n_letters >= SHORTEST {
            self.each_word(word, |longer| {
                worths.entry(longer.to_owned()).or_insert((self.weights.beginning, false));
            })?;
        }
        if worths.is_empty() && n_letters >= SHORTEST && self.weights.typo > 0.0 {
            self.each_typo(word, 1, &mut worths)?;
            if worths.is_empty() && n_letters >= LONG {
                self.each_typo(word, 2, &mut worths)?;
            }
        }
        let mut variants = Variants::collect(self.segments, self.ranked, |found, _, _, words| add_known(found, words, &worths))?;
        variants.words = worths.into_keys().collect();
        Ok(variants)
    }

    /// Calls `each` with the word, if the index has it, and with its other forms.
    fn each_form(&self, word: &str, mut each: impl FnMut(&str, f32)) -> anyhow::Result<()> {
        let has_forms = word.chars().count() >= SHORTEST_WITH_FORMS && word.chars().all(char::is_alphabetic);
        let stems = if has_forms && self.weights.stem > 0.0 { self.grammar.stems(word) } else { Vec::new() };
        let Some(common) = stems.iter().map(|stem| common_beginning(word, stem)).min_by_key(|common| common.len()) else {
            return self.word_itself(word, |word| each(word, 1.0));
        };
        self.each_word(common, |other| {
            if other == word {
                each(other, 1.0);
            } else if stems.iter().zip(self.grammar.stems(other)).any(|(own, stem)| *own == stem) {
                each(other, self.weights.stem);
            }
        })
    }

    /// Calls `each` with the words that differ from this one in accents and other marks only.
    fn each_alike(&self, word: &str, mut each: impl FnMut(&str)) -> anyhow::Result<()> {
        let plain: String = words::plain(word).collect();
        let mut each = |other: &str| {
            if is_alike(other, word) {
                each(other);
            }
        };
        let Some(first) = plain.chars().next() else { return Ok(()) };
        if !plain.is_ascii() {
            // Letters that people write with or without marks, as far as they begin words.
            for c in BEFORE_INDIA.chain(OLD_GREEK).filter(|c| *c == first || words::plain(c.encode_utf8(&mut [0; 4])).next() == Some(first))
            {
                self.each_word(c.encode_utf8(&mut [0; 4]), &mut each)?;
            }
            return Ok(());
        }
        self.word_itself(&plain, &mut each)?;
        // Where it first differs, the other word has a letter of these.
        for end in 0..=plain.len() {
            self.each_between(&[&plain.as_bytes()[..end], b"\xc3"].concat(), &[&plain.as_bytes()[..end], b"\xce"].concat(), &mut each)?;
            self.each_between(
                &[&plain.as_bytes()[..end], b"\xe1\xb8"].concat(),
                &[&plain.as_bytes()[..end], b"\xe1\xbc"].concat(),
                &mut each,
            )?;
        }
        Ok(())
    }

    fn each_typo(&self, word: &str, n_typos: u8, worths: &mut Worths) -> anyhow::Result<()> {
        for (field, words) in self.dictionaries()? {
            let automaton = FuzzyTermQuery::new(Term::from_field_text(field, word), n_typos, true).automaton()?;
            let mut walk = words.terms().search(automaton).into_stream()?;
            while walk.advance() {
                let found = std::str::from_utf8(walk.key()).into_iter();
                worths.extend(found.map(|word| (word.to_owned(), (self.weights.typo / f32::from(n_typos), true))));
            }
        }
        Ok(())
    }

    /// Calls `each` with the word, if the index has it.
    fn word_itself(&self, word: &str, mut each: impl FnMut(&str)) -> anyhow::Result<()> {
        for (_, words) in self.dictionaries()? {
            if words.terms().get(word)?.is_some() {
                each(word);
                break;
            }
        }
        Ok(())
    }

    /// Calls `each` with the words that begin so, in the order of each dictionary: some come more than once.
    fn each_word(&self, beginning: &str, mut each: impl FnMut(&str)) -> anyhow::Result<()> {
        for (_, words) in self.dictionaries()? {
            each_with_beginning(&words, beginning, usize::MAX, |word, _| each(word))?;
        }
        Ok(())
    }

    fn each_between(&self, from: &[u8], to: &[u8], mut each: impl FnMut(&str)) -> anyhow::Result<()> {
        for (_, words) in self.dictionaries()? {
            let mut walk = words.terms().range().ge(from).lt(to).into_stream()?;
            while walk.advance() {
                std::str::from_utf8(walk.key()).into_iter().for_each(&mut each);
            }
        }
        Ok(())
    }

    /// Returns the dictionaries that together hold all words: headings and tags stand in the text, names need not.
    fn dictionaries(&self) -> tantivy::Result<Vec<(Field, Arc<InvertedIndexReader>)>> {
        let fields = [self.ranked.first(), self.ranked.last()].into_iter().flatten().map(|which| which.field);
        let of_segment = |segment| fields.clone().map(move |field| Ok((field, Segment::words(segment, field)?)));
        self.segments.iter().flat_map(of_segment).collect()
    }
}

/// Adds those of the known words that a dictionary has.
fn add_known(found: &mut Vec<Variant>, words: &InvertedIndexReader, known: &Worths) -> anyhow::Result<()> {
    for (word, (weight, is_form)) in known {
        let info = words.terms().get(word.as_bytes())?;
        found.extend(info.map(|info| Variant { info, weight: *weight, is_form: *is_form }));
    }
    Ok(())
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
    mut each: impl FnMut(&str, &TermInfo),
) -> anyhow::Result<()> {
    let mut walk = words.terms().range().ge(beginning.as_bytes()).into_stream()?;
    let mut n_words = 0;
    while n_words < most && walk.advance() && walk.key().starts_with(beginning.as_bytes()) {
        if let Ok(word) = std::str::from_utf8(walk.key()) {
            each(word, walk.value());
        }
        n_words += 1;
    }
    Ok(())
}
