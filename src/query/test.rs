//! A query made ready to be asked of many documents: case modes resolved, expressions compiled.

use super::given::{Given, Related, Relation};
use super::needle::{LiteralKind, Needle, Text};
use super::property::ValueTest;
use super::record::Time;
use super::structure::{Part, TaskState};
use super::words::fold;
use super::{Ast, Operator};
use std::ops::Range;

#[derive(Clone, Debug)]
pub(super) enum Test {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Bare: in the text or the path. Within a place or a part: there.
    Needle(Needle),
    In(Place, Box<Self>),
    Part(Part, Box<Self>),
    Tag(TagTest),
    Property {
        /// Folded.
        name: String,
        value: Option<ValueTest>,
    },
    Named(Named, Box<Self>),
    /// Folded.
    Type(String),
    Project(String),
    Time(Time, Range<i64>),
    Related(Related),
}

/// Names of a document that our own operators look at, each as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    Title,
    Alias,
}

/// What of a file `file:`, `path:` and `content:` look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Name,
    Path,
    Content,
}

/// A tag, without `#` and a trailing slash; tags below it match too.
#[derive(Clone, Debug)]
pub(super) struct TagTest {
    /// Folded, unless the case counts.
    pub(super) tag: String,
    pub(super) matches_case: bool,
}

impl TagTest {
    pub(super) fn matches(&self, tag: &str) -> bool {
        let tag = tag.strip_prefix('#').unwrap_or(tag);
        let is_it = |tag: &str| tag.strip_prefix(self.tag.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        !self.tag.is_empty() && if self.matches_case { is_it(tag) } else { is_it(&fold(tag)) }
    }
}

impl Test {
    pub(super) fn new(ast: &Ast, matches_case: bool, given: &Given) -> Self {
        let each = |children: &[Ast]| children.iter().map(|child| Self::new(child, matches_case, given)).collect();
        match ast {
            Ast::And(children) => Self::All(each(children)),
            Ast::Or(children) => Self::Any(each(children)),
            Ast::Not(child) => Self::Not(Box::new(Self::new(child, matches_case, given))),
            Ast::Word(text) => Self::Needle(Needle::literal(LiteralKind::Word, text, matches_case)),
            Ast::Phrase(text) => Self::Needle(Needle::literal(LiteralKind::Phrase, text, matches_case)),
            Ast::Regex(source) => Self::Needle(Needle::regex(source, matches_case)),
            Ast::Operator(operator, argument) => Self::operator(*operator, argument, matches_case, given),
            Ast::Property { name, value } => {
                let value = value.as_ref().map(|value| ValueTest::new(value, matches_case));
                Self::Property { name: fold(name).into_owned(), value }
            }
            // Within a property or a date only, where it is read otherwise.
            Ast::Compare(..) => Self::Any(Vec::new()),
        }
    }

    fn operator(operator: Operator, argument: &Ast, matches_case: bool, given: &Given) -> Self {
        let inner = |matches_case| Box::new(Self::new(argument, matches_case, given));
        let name = || if let Ast::Word(name) | Ast::Phrase(name) = argument { fold(name).into_owned() } else { String::new() };
        match operator {
            Operator::MatchCase => *inner(true),
            Operator::IgnoreCase => *inner(false),
            Operator::File => Self::In(Place::Name, inner(matches_case)),
            Operator::Path => Self::In(Place::Path, inner(matches_case)),
            Operator::Content => Self::In(Place::Content, inner(matches_case)),
            Operator::Line => Self::Part(Part::Line, inner(matches_case)),
            Operator::Block => Self::Part(Part::Block, inner(matches_case)),
            Operator::Section => Self::Part(Part::Section, inner(matches_case)),
            Operator::Task => Self::Part(Part::Task(TaskState::Any), inner(matches_case)),
            Operator::TaskTodo => Self::Part(Part::Task(TaskState::Todo), inner(matches_case)),
            Operator::TaskDone => Self::Part(Part::Task(TaskState::Done), inner(matches_case)),
            Operator::Tag => {
                let tag = if let Ast::Word(tag) = argument { tag.trim_start_matches('#').trim_end_matches('/') } else { "" };
                let tag = if matches_case { tag.to_owned() } else { fold(tag).into_owned() };
                Self::Tag(TagTest { tag, matches_case })
            }
            Operator::Title => Self::Named(Named::Title, inner(matches_case)),
            Operator::Alias => Self::Named(Named::Alias, inner(matches_case)),
            Operator::Type => Self::Type(name()),
            Operator::Project => Self::Project(name()),
            Operator::Created => Self::time(Time::Created, argument, given),
            Operator::Modified => Self::time(Time::Modified, argument, given),
            Operator::Link | Operator::Backlink | Operator::Unresolved | Operator::Orphan => {
                let related = Relation::of(operator, argument).and_then(|relation| given.related.get(&relation));
                Self::Related(related.cloned().unwrap_or_default())
            }
        }
    }

    fn time(time: Time, ast: &Ast, given: &Given) -> Self {
        let each = |children: &[Ast]| children.iter().map(|child| Self::time(time, child, given)).collect();
        match ast {
            Ast::And(children) => Self::All(each(children)),
            Ast::Or(children) => Self::Any(each(children)),
            Ast::Not(child) => Self::Not(Box::new(Self::time(time, child, given))),
            date => Self::Time(time, time.range(date, given.now)),
        }
    }

    /// Returns whether a title or an alias satisfies the test, which stands within `title:` or `alias:`.
    pub(super) fn matches_name(&self, name: &Text) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.matches_name(name)),
            Self::Any(tests) => tests.iter().any(|test| test.matches_name(name)),
            Self::Not(test) => !test.matches_name(name),
            Self::Needle(needle) => needle.is_in_name(name),
            _ => false,
        }
    }

    /// Returns whether a path satisfies the test, which stands within `file:` or `path:` and so asks for nothing else.
    pub(super) fn matches_path(&self, path: &Text) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.matches_path(path)),
            Self::Any(tests) => tests.iter().any(|test| test.matches_path(path)),
            Self::Not(test) => !test.matches_path(path),
            Self::Needle(needle) => needle.is_in_path(path),
            _ => false,
        }
    }
}
