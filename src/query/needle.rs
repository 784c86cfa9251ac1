//! One thing to find in a text: a word, a phrase or a regular expression, with the case it asks for.

use super::regular;
use super::words::{fold, fold_with_origins, is_unspaced, is_word};
use memchr::memmem;
use regex::Regex;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::OnceLock;

/// A text that many needles look at: folded once, when the first one asks.
pub(super) struct Text<'a> {
    pub(super) raw: &'a str,
    folded: OnceCell<Cow<'a, str>>,
}

impl<'a> Text<'a> {
    pub(super) fn new(raw: &'a str) -> Self {
        Self { raw, folded: OnceCell::new() }
    }

    fn is_folded(&self) -> bool {
        self.folded.get().is_some()
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
    /// Finds the text in any case without folding what it is looked for in; made when first wanted.
    any_case: OnceLock<Option<AnyCase>>,
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
        Self::Literal(Literal { kind, matches_case, text, finder, any_case: OnceLock::new() })
    }

    /// The parser has compiled the expression before, so that this cannot fail for its trees; for others it matches nothing.
    pub(super) fn regex(source: &str, matches_case: bool) -> Self {
        let nothing = || Regex::new(r"[^\s\S]").expect("an empty class is an expression");
        Self::Regex(regular::compile(source, matches_case).unwrap_or_else(|_| nothing()))
    }

    pub(super) fn is_in_text(&self, text: &Text) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(text.raw),
            Self::Literal(literal) => literal.is_in_text(text),
        }
    }

    /// Returns whether a path or a file's name holds it: there a phrase needs no boundaries.
    pub(super) fn is_in_path(&self, path: &Text) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(path.raw),
            Self::Literal(literal) => {
                let path = if literal.matches_case { path.raw } else { path.folded() };
                literal.find(path, 0).is_some() || literal.is_everywhere()
            }
        }
    }

    /// Returns whether a title or an alias holds it: a phrase is the whole of one.
    pub(super) fn is_in_name(&self, name: &Text) -> bool {
        match self {
            Self::Literal(literal) if literal.kind == LiteralKind::Phrase => {
                literal.text == if literal.matches_case { name.raw } else { name.folded() }
            }
            _ => self.is_in_path(name),
        }
    }

    /// Returns where `text` holds it, in the bytes of `text`, in order.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let literal = match self {
            Self::Regex(regex) => return regex.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty()).collect(),
            Self::Literal(literal) => literal,
        };
        if literal.matches_case {
            return literal.occurrences(text).collect();
        }
        let mut places = Vec::new();
        let mut start = 0;
        // By line, because positions in a folded text are those of the text only where folding keeps all lengths.
        for line in text.split_inclusive('\n') {
            if line.is_ascii() {
                places.extend(literal.occurrences(&fold(line)).map(|r| start + r.start..start + r.end));
            } else {
                let (folded, origins) = fold_with_origins(line);
                places.extend(literal.occurrences(&folded).map(|r| start + origins[r.start]..start + origins[r.end]));
            }
            start += line.len();
        }
        places
    }
}

impl Literal {
    fn is_in_text(&self, text: &Text) -> bool {
        if self.is_everywhere() {
            return true;
        }
        let any_case = self.any_case.get_or_init(|| AnyCase::new(self)).as_ref().filter(|_| !text.is_folded());
        match any_case.filter(|_| AnyCase::is_enough_for(text.raw)) {
            Some(any_case) => self.as_asked(text.raw, |from| any_case.find(text.raw, from)).next().is_some(),
            None => self.occurrences(if self.matches_case { text.raw } else { text.folded() }).next().is_some(),
        }
    }

    fn is_everywhere(&self) -> bool {
        self.kind == LiteralKind::Phrase && self.text.is_empty()
    }

    /// Returns where `text`, folded unless the case counts, has it as its kind asks.
    fn occurrences<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.as_asked(text, |from| self.find(text, from))
    }

    /// Walks over the occurrences that `find` gives from a place on, as far as they stand as the kind asks.
    fn as_asked<'a>(&'a self, text: &'a str, find: impl Fn(usize) -> Option<usize> + 'a) -> impl Iterator<Item = Range<usize>> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            while let Some(at) = find(from) {
                let place = at..at + self.text.len();
                if self.kind == LiteralKind::Word || self.stands_alone(text, &place) {
                    from = place.end;
                    return Some(place);
                }
                // The next one may overlap: "a a" stands alone once in "ba a a".
                from = at + 1;
            }
            None
        })
    }

    fn find(&self, text: &str, from: usize) -> Option<usize> {
        let rest = text.as_bytes().get(from..).filter(|_| !self.text.is_empty())?;
        self.finder.find(rest).map(|at| from + at)
    }

    /// Returns whether no word goes on beyond either end. What is written without spaces, and punctuation, have no boundary to keep.
    fn stands_alone(&self, text: &str, place: &Range<usize>) -> bool {
        let goes_on = |inner: Option<char>, outer: Option<char>| {
            let continues = |c: char| is_word(c) && !is_unspaced(c);
            inner.is_some_and(continues) && outer.is_some_and(continues)
        };
        let inside = &text[place.clone()];
        !goes_on(inside.chars().next(), text[..place.start].chars().next_back())
            && !goes_on(inside.chars().next_back(), text[place.end..].chars().next())
    }
}

/// Finds an ASCII text in any case, several times faster than folding would go.
#[derive(Clone, Debug)]
struct AnyCase(regex::bytes::Regex);

impl AnyCase {
    fn new(literal: &Literal) -> Option<Self> {
        if literal.matches_case || !literal.text.is_ascii() || literal.text.is_empty() {
            return None;
        }
        let source = regex::escape(&literal.text);
        regex::bytes::RegexBuilder::new(&source).unicode(false).case_insensitive(true).build().ok().map(Self)
    }

    /// Only these two characters beyond ASCII fold to something in ASCII: a dotted capital I and the sign for kelvin. And only a mark,
    /// whose encoding begins with one of these two bytes, makes one letter of an ASCII letter and itself.
    fn is_enough_for(text: &str) -> bool {
        text.is_ascii()
            || !(text.contains('\u{130}') || text.contains('\u{212a}') || memchr::memchr2(0xcc, 0xcd, text.as_bytes()).is_some())
    }

    fn find(&self, text: &str, from: usize) -> Option<usize> {
        self.0.find_at(text.as_bytes(), from).map(|found| found.start())
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
        assert!(is_in(Word, "i\u{307}k", "\u{130}\u{212a}"));
        assert!(is_in(Word, "k", "300 \u{212a}"));
        assert!(!is_in(Word, "", "a"));
        assert!(is_in(Phrase, "", "a"));
        assert!(is_in(Phrase, "test", "a Test."));
        assert!(!is_in(Phrase, "test", "testing"));
        assert!(!is_in(Phrase, "test", "attest"));
        assert!(is_in(Phrase, "test", "testing a test"));
        assert!(is_in(Phrase, "[link]", "a[link]b"));
        assert!(is_in(Phrase, "a a", "ba a a"));
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
