//! Languages, as far as ranking knows them: which words are forms of one, and which only hold a sentence together.
//!
//! Both are looked up when a question is asked, never written into the index: another choice of languages needs no other index.

use std::cell::RefCell;
use std::collections::HashSet;
use tantivy::tokenizer::{Language, RawTokenizer, Stemmer, StopWordFilter, TextAnalyzer};

/// In the order of their names.
const KNOWN: [Language; 18] = [
    Language::Arabic,
    Language::Danish,
    Language::Dutch,
    Language::English,
    Language::Finnish,
    Language::French,
    Language::German,
    Language::Greek,
    Language::Hungarian,
    Language::Italian,
    Language::Norwegian,
    Language::Portuguese,
    Language::Romanian,
    Language::Russian,
    Language::Spanish,
    Language::Swedish,
    Language::Tamil,
    Language::Turkish,
];

/// Function words of English, and what is left of them where an apostrophe is cut: articles, pronouns, prepositions, auxiliaries, and the
/// words that make a sentence a question. The list that comes with the index lacks the last, by which people and agents begin.
const ENGLISH: &str = "a about above after again against all also am an and any are aren as at be because been before being below \
    between both but by can cannot could couldn d did didn do does doesn doing don down during each either few for from further had hadn \
    has hasn have haven having he her here hers herself him himself his how i if in into is isn it its itself just ll m may me might more \
    most must mustn my myself neither no nor not now of off on once only or other our ours ourselves out over own re s same shall she \
    should shouldn so some such t than that the their theirs them themselves then there these they this those through to too under until \
    up upon ve very was wasn we were weren what when where whether which while who whom whose why will with within without would wouldn \
    yet you your yours yourself yourselves";

/// The languages of a vault.
#[derive(Clone, Debug, PartialEq)]
pub struct Languages(Vec<Language>);

impl Default for Languages {
    fn default() -> Self {
        Self(vec![Language::English])
    }
}

impl Languages {
    /// All names that mean something; the last means no language at all.
    pub const NAMES: &[&str] = &[
        "arabic",
        "danish",
        "dutch",
        "english",
        "finnish",
        "french",
        "german",
        "greek",
        "hungarian",
        "italian",
        "norwegian",
        "portuguese",
        "romanian",
        "russian",
        "spanish",
        "swedish",
        "tamil",
        "turkish",
        "none",
    ];

    /// Returns the languages of these names; others mean none.
    pub fn named(names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let language = |name: &str| KNOWN.get(Self::NAMES.iter().position(|known| *known == name)?).copied();
        Self(names.into_iter().filter_map(|name| language(name.as_ref())).collect())
    }
}

/// Languages made ready to be asked about words.
pub(super) struct Grammar {
    /// Analysers must be borrowed to change.
    stemmers: RefCell<Vec<TextAnalyzer>>,
    stop_words: RefCell<Vec<TextAnalyzer>>,
    function_words: HashSet<&'static str>,
}

impl Grammar {
    pub(super) fn of(languages: &Languages) -> Self {
        let raw = || TextAnalyzer::builder(RawTokenizer::default());
        let stop_words = languages.0.iter().filter_map(|language| Some(raw().filter(StopWordFilter::new(*language)?).build()));
        let is_english = languages.0.contains(&Language::English);
        Self {
            stemmers: RefCell::new(languages.0.iter().map(|language| raw().filter(Stemmer::new(*language)).build()).collect()),
            stop_words: RefCell::new(stop_words.collect()),
            function_words: if is_english { ENGLISH.split_whitespace().collect() } else { HashSet::new() },
        }
    }

    /// Returns the stem of a folded word in each language.
    pub(super) fn stems(&self, word: &str) -> Vec<String> {
        let stem = |stemmer: &mut TextAnalyzer| stemmer.token_stream(word).next().map(|token| token.text.clone()).unwrap_or_default();
        self.stemmers.borrow_mut().iter_mut().map(stem).collect()
    }

    /// Returns whether a folded word only holds sentences together.
    pub(super) fn is_function_word(&self, word: &str) -> bool {
        self.function_words.contains(word) || self.stop_words.borrow_mut().iter_mut().any(|words| words.token_stream(word).next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grammar(names: &[&str]) -> Grammar {
        Grammar::of(&Languages::named(names))
    }

    #[test]
    fn forms_of_a_word_have_one_stem_in_its_language() {
        let check = |language: &str, a: &str, b: &str| {
            let grammar = grammar(&[language]);
            assert_eq!(grammar.stems(a), grammar.stems(b), "{language}: {a} {b}");
        };
        check("english", "meetings", "meeting");
        check("german", "häuser", "hauser");
        check("russian", "заметки", "заметка");
        check("greek", "άνθρωποσ", "άνθρωποι");
        assert_eq!(grammar(&["none"]).stems("meetings"), Vec::<String>::new());
        assert_eq!(grammar(&["english", "german"]).stems("x").len(), 2);
    }

    #[test]
    fn words_that_make_a_sentence_say_nothing_of_their_own() {
        let check = |language: &str, words: &str, expected: bool| {
            let grammar = grammar(&[language]);
            words.split(' ').for_each(|word| assert_eq!(grammar.is_function_word(word), expected, "{language}: {word}"));
        };
        check("english", "the how do i what s don of", true);
        check("english", "note über not-a-word work", false);
        check("german", "der und nicht", true);
        check("none", "the der", false);
    }

    #[test]
    fn each_name_means_its_language() {
        for (name, language) in Languages::NAMES.iter().zip(KNOWN) {
            assert_eq!(*name, format!("{language:?}").to_lowercase());
            assert_eq!(Languages::named([name]), Languages(vec![language]));
        }
        assert_eq!(Languages::named(["none"]), Languages(Vec::new()));
    }
}
