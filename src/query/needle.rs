//! One thing to find in a text: a word, a phrase or a regular expression, with the case it asks for.

use super::regular;
use super::words::{fold, fold_with_origins, is_cjk, is_word};
use memchr::memmem;
use regex::Regex;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

/// A text that many needles look at: folded once, when the first one asks.
pub(super) struct Text<'a> {
    pub(super) raw: &'a str,
    folded: OnceCell<Cow<'a, str>>,
}

impl<'a> Text<'a> {
    pub(super) fn new(raw: &'a str) -> Self {
        Self { raw, folded: OnceCell::new() }
    }

    fn folded(&self) -> &str {
        self.folded.get_or_init(|| fold(self.raw))
    }
}

#[derive(Clone, Debug)]
pub(super) enum Needle {
    Literal(Literal),
    Regex(Regex),
}

/// A word or a phrase.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    pub(super) kind: LiteralKind,
    pub(super) matches_case: bool,
    /// Folded, unless the case counts.
    pub(super) text: String,
    /// Boxed, because it is ten times as large as all the rest of a needle.
    finder: Box<memmem::Finder<'static>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LiteralKind {
    /// Found anywhere; an empty one nowhere.
    Word,
    /// In a text it must stand between word boundaries; in a path it is found anywhere. An empty one is everywhere.
    Phrase,
}

impl Needle {
    pub(super) fn literal(kind: LiteralKind, text: &str, matches_case: bool) -> Self {
        let text = if matches_case { text.to_owned() } else { fold(text).into_owned() };
        let finder = Box::new(memmem::Finder::new(text.as_bytes()).into_owned());
        Self::Literal(Literal { kind, matches_case, text, finder })
    }

    /// The parser has compiled the expression before, so that this cannot fail for its trees; for others it matches nothing.
    pub(super) fn regex(source: &str, matches_case: bool) -> Self {
        let nothing = || Regex::new(r"[^\s\S]").expect("an empty class is an expression");
        Self::Regex(regular::compile(source, matches_case).unwrap_or_else(|_| nothing()))
    }

    pub(super) fn is_in_text(&self, text: &Text) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(text.raw),
            Self::Literal(literal) => literal.is_in(if literal.matches_case { text.raw } else { text.folded() }),
        }
    }

    /// Returns whether a path or a file's name holds it: there a phrase needs no boundaries.
    pub(super) fn is_in_path(&self, path: &Text) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(path.raw),
            Self::Literal(literal) => {
                let path = if literal.matches_case { path.raw } else { path.folded() };
                literal.occurrences(path).next().is_some() || literal.is_everywhere()
            }
        }
    }

    /// Returns where `text` holds it, in the bytes of `text`, in order.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let literal = match self {
            Self::Regex(regex) => return regex.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty()).collect(),
            Self::Literal(literal) => literal,
        };
        if literal.matches_case {
            return literal.occurrences_as_asked(text).collect();
        }
        let mut places = Vec::new();
        let mut start = 0;
        // By line, because positions in a folded text are those of the text only where folding keeps all lengths.
        for line in text.split_inclusive('\n') {
            if line.is_ascii() {
                places.extend(literal.occurrences_as_asked(&fold(line)).map(|r| start + r.start..start + r.end));
            } else {
                let (folded, origins) = fold_with_origins(line);
                places.extend(literal.occurrences_as_asked(&folded).map(|r| start + origins[r.start]..start + origins[r.end]));
            }
            start += line.len();
        }
        places
    }
}

impl Literal {
    fn is_in(&self, text: &str) -> bool {
        self.is_everywhere() || self.occurrences_as_asked(text).next().is_some()
    }

    fn is_everywhere(&self) -> bool {
        self.kind == LiteralKind::Phrase && self.text.is_empty()
    }

    fn occurrences_as_asked<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.occurrences(text).filter(|place| self.kind == LiteralKind::Word || self.stands_alone(text, place))
    }

    fn occurrences<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let text = if self.text.is_empty() { "" } else { text };
        self.finder.find_iter(text.as_bytes()).map(|at| at..at + self.text.len()).filter(|place| !place.is_empty())
    }

    /// Returns whether no word goes on beyond either end. CJK characters and punctuation have no boundary to keep.
    fn stands_alone(&self, text: &str, place: &Range<usize>) -> bool {
        let goes_on = |inner: Option<char>, outer: Option<char>| {
            let continues = |c: char| is_word(c) && !is_cjk(c);
            inner.is_some_and(continues) && outer.is_some_and(continues)
        };
        let inside = &text[place.clone()];
        !goes_on(inside.chars().next(), text[..place.start].chars().next_back())
            && !goes_on(inside.chars().next_back(), text[place.end..].chars().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LiteralKind::{Phrase, Word};

    #[test]
    fn a_word_is_found_anywhere_and_a_phrase_between_boundaries() {
        let is_in = |kind, needle, text| Needle::literal(kind, needle, false).is_in_text(&Text::new(text));
        assert!(is_in(Word, "Test", "a testing"));
        assert!(!is_in(Word, "", "a"));
        assert!(is_in(Phrase, "", "a"));
        assert!(is_in(Phrase, "test", "a Test."));
        assert!(!is_in(Phrase, "test", "testing"));
        assert!(!is_in(Phrase, "test", "attest"));
        assert!(is_in(Phrase, "test", "testing a test"));
        assert!(is_in(Phrase, "[link]", "a[link]b"));
        assert!(is_in(Phrase, "漢字", "この漢字を"));
        assert!(Needle::literal(Phrase, "test", false).is_in_path(&Text::new("attesting.md")));
    }

    #[test]
    fn places_are_in_the_text_as_written_even_where_folding_changes_lengths() {
        let places = |needle: &str, text: &str| {
            let found = Needle::literal(Word, needle, false).places(text);
            found.into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(places("test", "Test\nİİ TEST\n"), ["Test", "TEST"]);
        assert_eq!(places("οδοσ", "ΟΔΟΣ οδος"), ["ΟΔΟΣ", "οδος"]);
    }
}
