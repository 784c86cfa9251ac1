//! Decides whether a document matches a query, exactly, and where.
//!
//! A bare term is looked for in the text and in the path. Attachments have no text: they match only by a `file:` or `path:` that they
//! satisfy, whatever else the query says of them.

use super::given::Given;
use super::needle::{Needle, Text};
use super::record::{Record, Time, created};
use super::structure::{Part, Structure, lines};
use super::test::{Named, Place, Test};
use super::words::fold;
use super::{Ast, plan, relax};
use crate::path::FileKind;
use serde_json::{Map, Value};
use std::cell::OnceCell;
use std::ops::Range;

/// A query that is ready to be asked.
#[derive(Clone, Debug)]
pub struct Matcher {
    pub(super) test: Test,
}

/// What a query may ask of a document. What costs is found only when it is asked for.
pub struct Subject<'a> {
    path: Text<'a>,
    name: Text<'a>,
    text: Text<'a>,
    kind: FileKind,
    tags: &'a [String],
    properties: &'a Map<String, Value>,
    record: Record<'a>,
    structure: OnceCell<Structure<'a>>,
}

impl<'a> Subject<'a> {
    /// `tags` with or without `#`.
    pub fn new(path: &'a str, kind: FileKind, text: &'a str, tags: &'a [String], properties: &'a Map<String, Value>) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        Self {
            path: Text::new(path),
            name: Text::new(name),
            text: Text::new(text),
            kind,
            tags,
            properties,
            record: Record::default(),
            structure: OnceCell::new(),
        }
    }

    /// Returns the subject with what the mirror knows of it, which our own operators ask for.
    pub fn with_record(self, record: Record<'a>) -> Self {
        Self { record, ..self }
    }

    fn parts(&self, part: Part, within: &Range<usize>) -> Vec<Range<usize>> {
        self.structure.get_or_init(|| Structure::of(self.text.raw)).parts(part, within)
    }
}

impl Matcher {
    /// Returns the matcher of a query that asks for neither dates nor links.
    pub fn new(ast: &Ast) -> Self {
        Self::given(ast, &Given::default())
    }

    pub fn given(ast: &Ast, given: &Given) -> Self {
        Self { test: Test::new(ast, false, given) }
    }

    /// Returns whether the query is true of the document, of whatever kind it is.
    pub fn is_true_of(&self, subject: &Subject) -> bool {
        matches(&self.test, subject, &Scope::Whole)
    }

    /// Returns whether Obsidian would find the document.
    pub fn matches(&self, subject: &Subject) -> bool {
        self.is_true_of(subject) && (subject.kind != FileKind::Attachment || found_by_path(&self.test, subject))
    }

    /// Returns whether Obsidian would find the attachment at `path`, of which nothing else counts.
    pub fn matches_attachment(&self, path: &str) -> bool {
        asks_for_paths(&self.test) && self.matches(&Subject::new(path, FileKind::Attachment, "", &[], &Map::new()))
    }

    /// Returns whether Obsidian would find the attachment, of which more is known than its path.
    pub fn matches_known_attachment(&self, subject: &Subject) -> bool {
        asks_for_paths(&self.test) && self.matches(subject)
    }

    /// Returns whether the query asks for more than text and paths.
    pub fn asks_for_record(&self) -> bool {
        asks(&self.test, &|test| matches!(test, Test::Tag(_) | Test::Property { .. }) || is_ours(test))
    }

    /// Returns whether the query asks for something that an attachment may have beside its path.
    pub fn asks_for_more_of_attachments(&self) -> bool {
        asks(&self.test, &is_ours)
    }

    /// Returns the places in the text that make it match, in order, without overlaps.
    pub fn places(&self, subject: &Subject) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        find(&self.test, subject, &Scope::Whole, &mut places);
        places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
        places.dedup_by(|next, kept| next.start < kept.end);
        places
    }

    /// Returns what an index may answer of the query.
    pub fn plan(&self) -> plan::Plan<'_> {
        plan::plan(&self.test)
    }

    /// Returns the words that the query asks for, in order, folded: they rank what matches.
    pub fn keywords(&self) -> Vec<plan::Piece> {
        plan::keywords(&self.test)
    }

    /// Returns the query with its words made optional; `None` when it has none to give up.
    pub fn relaxed(&self) -> Option<relax::Relaxed> {
        relax::relax(&self.test)
    }
}

/// Where a needle is looked for.
enum Scope<'s, 'a> {
    Whole,
    Content,
    Path(&'s Text<'a>),
    /// A part of the text.
    Part(Range<usize>, Text<'a>),
}

fn matches<'a>(test: &Test, subject: &Subject<'a>, scope: &Scope<'_, 'a>) -> bool {
    match test {
        Test::All(tests) => tests.iter().all(|test| matches(test, subject, scope)),
        Test::Any(tests) => tests.iter().any(|test| matches(test, subject, scope)),
        Test::Not(test) => !matches(test, subject, scope),
        Test::Needle(needle) => is_in(needle, subject, scope),
        Test::In(place, test) => matches(test, subject, &subject.scope(*place)),
        Test::Part(part, test) => {
            subject.parts(*part, &scope.range(subject)).into_iter().any(|range| matches(test, subject, &subject.part(range)))
        }
        Test::Tag(tag) => subject.tags.iter().any(|written| tag.matches(written)),
        Test::Property { name, value } => {
            let found = subject.properties.iter().find(|(written, _)| fold(written) == name.as_str());
            found.is_some_and(|(_, found)| value.as_ref().is_none_or(|test| test.matches(found)))
        }
        Test::Named(Named::Title, test) => test.matches_name(&Text::new(subject.record.title)),
        Test::Named(Named::Alias, test) => subject.record.aliases.iter().any(|alias| test.matches_name(&Text::new(alias))),
        Test::Type(wanted) => subject.record.knowledge_type.is_some_and(|name| fold(name) == wanted.as_str()),
        Test::Project(wanted) => subject.record.projects.iter().any(|name| fold(name) == wanted.as_str()),
        Test::Time(Time::Created, range) => created(subject.properties).is_some_and(|at| range.contains(&at.0)),
        Test::Time(Time::Modified, range) => subject.record.modified_ms.is_some_and(|at| range.contains(&at)),
        Test::Related(documents) => documents.contains(subject.record.doc_id),
    }
}

fn is_in(needle: &Needle, subject: &Subject, scope: &Scope) -> bool {
    match scope {
        Scope::Whole if subject.kind == FileKind::Attachment => false,
        Scope::Whole => needle.is_in_text(&subject.text) || needle.is_in_path(&subject.path),
        Scope::Content => needle.is_in_text(&subject.text),
        Scope::Path(path) => needle.is_in_path(path),
        Scope::Part(_, text) => needle.is_in_text(text),
    }
}

impl<'a> Subject<'a> {
    fn scope(&self, place: Place) -> Scope<'_, 'a> {
        match place {
            Place::Name => Scope::Path(&self.name),
            Place::Path => Scope::Path(&self.path),
            Place::Content => Scope::Content,
        }
    }

    fn part(&self, range: Range<usize>) -> Scope<'_, 'a> {
        let text = Text::new(&self.text.raw[range.clone()]);
        Scope::Part(range, text)
    }
}

impl Scope<'_, '_> {
    fn range(&self, subject: &Subject) -> Range<usize> {
        match self {
            Self::Part(range, _) => range.clone(),
            _ => 0..subject.text.raw.len(),
        }
    }
}

/// Returns whether a test that holds does so by a `file:` or `path:` that it satisfies.
fn found_by_path(test: &Test, subject: &Subject) -> bool {
    let holds = |test: &Test| matches(test, subject, &Scope::Whole);
    match test {
        Test::All(tests) => tests.iter().any(|test| found_by_path(test, subject)),
        Test::Any(tests) => tests.iter().any(|test| holds(test) && found_by_path(test, subject)),
        Test::In(place, _) => *place != Place::Content,
        _ => false,
    }
}

/// Returns whether the test can be satisfied by a path alone.
fn asks_for_paths(test: &Test) -> bool {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().any(asks_for_paths),
        Test::In(place, _) => *place != Place::Content,
        _ => false,
    }
}

/// Returns whether one of the leaves of a test is as asked.
fn asks(test: &Test, is_it: &impl Fn(&Test) -> bool) -> bool {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().any(|test| asks(test, is_it)),
        Test::Not(test) | Test::In(_, test) | Test::Part(_, test) => asks(test, is_it),
        leaf => is_it(leaf),
    }
}

/// Returns whether only our own operators make such a leaf.
fn is_ours(leaf: &Test) -> bool {
    matches!(leaf, Test::Named(..) | Test::Type(_) | Test::Project(_) | Test::Time(..) | Test::Related(_))
}

/// Collects the places in the text by which the test holds. Only words, phrases, expressions and tags have some.
fn find<'a>(test: &Test, subject: &Subject<'a>, scope: &Scope<'_, 'a>, places: &mut Vec<Range<usize>>) {
    match test {
        Test::All(tests) => tests.iter().for_each(|test| find(test, subject, scope, places)),
        Test::Any(tests) => {
            tests.iter().filter(|test| matches(test, subject, scope)).for_each(|test| find(test, subject, scope, places));
        }
        Test::Needle(needle) => {
            let range = scope.range(subject);
            let found = needle.places(&subject.text.raw[range.clone()]);
            places.extend(found.into_iter().map(|place| range.start + place.start..range.start + place.end));
        }
        Test::In(Place::Content, test) => find(test, subject, &Scope::Content, places),
        Test::Part(part, test) => {
            for range in subject.parts(*part, &scope.range(subject)) {
                let part = subject.part(range);
                if matches(test, subject, &part) {
                    find(test, subject, &part, places);
                }
            }
        }
        Test::Tag(tag) => places.extend(tag_places(subject, |written| tag.matches(written))),
        _ => {}
    }
}

/// Returns where tags that match stand in the text, as far as they are written with `#`.
fn tag_places(subject: &Subject, matches: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let text = subject.text.raw;
    let mut places = Vec::new();
    for line in lines(text) {
        for (at, _) in text[line.clone()].match_indices('#') {
            let start = line.start + at;
            let tag =
                subject.tags.iter().filter(|tag| matches(tag) && text[start..line.end].starts_with(tag.as_str())).max_by_key(|t| t.len());
            places.extend(tag.map(|tag| start..start + tag.len()));
        }
    }
    places
}

#[cfg(test)]
mod tests;
