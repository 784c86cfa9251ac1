//! What an index can answer of a query: a tree of conditions that holds for every document that matches, and for few others.
//!
//! Whatever lies under no [`Plan::Unsure`] is exact. The rest is for [`super::Matcher`], on the stored text.

use super::needle::{Literal, LiteralKind, Needle, Text};
use super::record::Time;
use super::test::{Named, Place, Test};
use super::words::{LONGEST_PIECE, fold, is_picture, is_unspaced, words};
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

#[derive(Debug)]
pub enum Plan<'a> {
    Everything,
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Holds for every document that matches, but for others too.
    Unsure(Box<Self>),
    /// The text has words that fit all the pieces.
    Text(Vec<Piece>),
    Path(PathTest<'a>),
    /// Folded, without `#`; tags below it count.
    Tag(String),
    /// Has a property of this folded name.
    Property(String),
    Name(NameTest<'a>),
    /// Folded.
    Type(&'a str),
    Project(&'a str),
    Time(Time, &'a Range<i64>),
    /// Is one of these documents, by id.
    Documents(&'a HashSet<String>),
}

/// A word, or as much of one as a query holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Piece {
    /// Folded.
    pub text: String,
    /// The word may go on before it, and after it.
    pub is_open_before: bool,
    pub is_open_after: bool,
}

impl Piece {
    /// Returns whether a folded word of a text is one that this stands for.
    pub fn fits(&self, word: &str) -> bool {
        match (self.is_open_before, self.is_open_after) {
            (true, true) => word.contains(&self.text),
            (true, false) => word.ends_with(&self.text),
            (false, true) => word.starts_with(&self.text),
            (false, false) => word == self.text,
        }
    }
}

impl fmt::Display for Plan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |plans: &[Self]| plans.iter().map(Self::to_string).collect::<Vec<_>>().join(" ");
        match self {
            Plan::Everything => f.write_str("everything"),
            Plan::All(plans) => write!(f, "all({})", list(plans)),
            Plan::Any(plans) => write!(f, "any({})", list(plans)),
            Plan::Not(plan) => write!(f, "not({plan})"),
            Plan::Unsure(plan) => write!(f, "unsure({plan})"),
            Plan::Text(pieces) => f.write_str(&pieces.iter().map(Piece::to_string).collect::<Vec<_>>().join("+")),
            Plan::Path(_) => f.write_str("path"),
            Plan::Tag(tag) => write!(f, "#{tag}"),
            Plan::Property(name) => write!(f, "[{name}]"),
            Plan::Name(NameTest { named: Named::Title, .. }) => f.write_str("title"),
            Plan::Name(NameTest { named: Named::Alias, .. }) => f.write_str("alias"),
            Plan::Type(name) => write!(f, "type({name})"),
            Plan::Project(name) => write!(f, "project({name})"),
            Plan::Time(Time::Created, _) => f.write_str("created"),
            Plan::Time(Time::Modified, _) => f.write_str("modified"),
            Plan::Documents(documents) => write!(f, "documents({})", documents.len()),
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = |is_open| if is_open { "*" } else { "" };
        write!(f, "{}{}{}", star(self.is_open_before), self.text, star(self.is_open_after))
    }
}

/// A condition that a path alone decides.
#[derive(Clone, Copy, Debug)]
pub struct PathTest<'a> {
    test: &'a Test,
    place: Place,
}

impl PathTest<'_> {
    /// Returns the text that a folded path must hold, if that is all that the test asks.
    pub fn folded_text(&self) -> Option<&str> {
        match self.test {
            Test::Needle(Needle::Literal(literal)) if self.place == Place::Path && !literal.matches_case => {
                Some(literal.text.as_str()).filter(|text| !text.is_empty())
            }
            _ => None,
        }
    }

    pub fn matches(&self, path: &str) -> bool {
        let name = if self.place == Place::Name { path.rsplit('/').next().unwrap_or_default() } else { path };
        self.test.matches_path(&Text::new(name))
    }
}

/// A condition that one title or alias decides.
#[derive(Clone, Copy, Debug)]
pub struct NameTest<'a> {
    pub named: Named,
    test: &'a Test,
}

impl NameTest<'_> {
    pub fn matches(&self, name: &str) -> bool {
        self.test.matches_name(&Text::new(name))
    }
}

pub(super) fn plan(test: &Test) -> Plan<'_> {
    match test {
        Test::All(tests) => Plan::All(tests.iter().map(plan).collect()),
        Test::Any(tests) => Plan::Any(tests.iter().map(plan).collect()),
        Test::Not(test) => Plan::Not(Box::new(plan(test))),
        Test::Needle(needle) => Plan::Any(vec![in_text(needle), Plan::Path(PathTest { test, place: Place::Path })]),
        Test::In(Place::Content, test) => content(test),
        Test::In(place, test) => Plan::Path(PathTest { test, place: *place }),
        Test::Part(_, test) => unsure(content(test)),
        Test::Tag(tag) if tag.tag.is_empty() => Plan::Any(Vec::new()),
        Test::Tag(tag) if tag.matches_case => unsure(Plan::Tag(fold(&tag.tag).into_owned())),
        Test::Tag(tag) => Plan::Tag(tag.tag.clone()),
        Test::Property { name, value: None } => Plan::Property(name.clone()),
        Test::Property { name, .. } => unsure(Plan::Property(name.clone())),
        Test::Named(named, test) => Plan::Name(NameTest { named: *named, test }),
        Test::Type(name) => Plan::Type(name),
        Test::Project(name) => Plan::Project(name),
        Test::Time(time, range) => Plan::Time(*time, range),
        Test::Related(documents) => Plan::Documents(documents),
    }
}

/// The plan of a test whose needles are looked for in the text only.
fn content(test: &Test) -> Plan<'_> {
    match test {
        Test::All(tests) => Plan::All(tests.iter().map(content).collect()),
        Test::Any(tests) => Plan::Any(tests.iter().map(content).collect()),
        Test::Not(test) => Plan::Not(Box::new(content(test))),
        Test::Needle(needle) => in_text(needle),
        // A part lacks a word that the text has, so that a negation within it says nothing about the text.
        Test::Part(_, test) => unsure(content(test)),
        other => plan(other),
    }
}

fn unsure(plan: Plan) -> Plan {
    Plan::Unsure(Box::new(plan))
}

fn in_text(needle: &Needle) -> Plan<'_> {
    let Needle::Literal(literal) = needle else { return unsure(Plan::Everything) };
    let (pieces, is_exact) = pieces(literal);
    match pieces.is_empty() {
        true if literal.text.is_empty() && literal.kind == LiteralKind::Word => Plan::Any(Vec::new()),
        true => unsure(Plan::Everything),
        false if is_exact => Plan::Text(pieces),
        false => unsure(Plan::Text(pieces)),
    }
}

/// Returns the words of a literal, and whether a text that has them has the literal.
fn pieces(literal: &Literal) -> (Vec<Piece>, bool) {
    let folded = fold(&literal.text);
    let is_phrase = literal.kind == LiteralKind::Phrase;
    let mut is_exact = !is_phrase && !literal.matches_case;
    let mut pieces = Vec::new();
    for range in words(&folded) {
        let text = &folded[range.clone()];
        is_exact &= range == (0..folded.len());
        pieces.push(if text.chars().count() > LONGEST_PIECE {
            is_exact = false;
            Piece { text: text.chars().take(LONGEST_PIECE).collect(), is_open_before: true, is_open_after: true }
        } else if text.chars().all(is_unspaced) && text.chars().count() == 2 || text.chars().all(is_picture) {
            // Pairs and pictures stand in the index as they are, wherever their run goes on.
            Piece { text: text.to_owned(), is_open_before: false, is_open_after: false }
        } else {
            let is_bounded = is_phrase && !text.chars().all(is_unspaced);
            Piece {
                text: text.to_owned(),
                is_open_before: range.start == 0 && !is_bounded,
                is_open_after: range.end == folded.len() && !is_bounded,
            }
        });
    }
    (pieces, is_exact)
}

/// Returns the words that a query asks for in texts, each once, in order.
pub(super) fn keywords(test: &Test) -> Vec<Piece> {
    let mut keywords = Vec::new();
    collect(test, &mut keywords);
    keywords
}

fn collect(test: &Test, keywords: &mut Vec<Piece>) {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| collect(test, keywords)),
        Test::Needle(Needle::Literal(literal)) => {
            for piece in pieces(literal).0 {
                if !keywords.contains(&piece) {
                    keywords.push(piece);
                }
            }
        }
        Test::In(Place::Content | Place::Name, test) | Test::Part(_, test) | Test::Named(_, test) => collect(test, keywords),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Matcher, parse};

    fn check(query: &str, expected: &str) {
        let matcher = Matcher::new(&parse(query).unwrap().unwrap());
        assert_eq!(matcher.plan().to_string(), expected, "{query:?}");
    }

    #[test]
    fn a_single_word_is_exact_and_anything_more_is_checked() {
        check("Meet", "any(*meet* path)");
        check("foo-bar", "any(unsure(*foo+bar*) path)");
        check("content:\"to be\"", "unsure(to+be)");
        check("content:=>", "unsure(everything)");
        check("match-case:content:A", "unsure(*a*)");
        check("/x/", "any(unsure(everything) path)");
    }

    #[test]
    fn cjk_pairs_are_whole_and_single_characters_are_open() {
        check("content:検索", "検索");
        check("content:検索語", "unsure(検索+索語)");
        check("content:検", "*検*");
    }

    #[test]
    fn filters_are_exact_and_parts_are_checked() {
        check("tag:#Work/ -path:x [Status] [a:b]", "all(#work not(path) [status] unsure([a]))");
        check("-line:(a -b)", "not(unsure(all(*a* not(*b*))))");
        check("title:a -alias:b type:C project:\"D e\"", "all(title not(alias) type(c) project(d e))");
        check("created:2026 OR modified:(7d -1d) OR orphan:", "any(created all(modified not(modified)) documents(0))");
    }
}
