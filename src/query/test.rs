//! A query made ready to be asked of many documents: case modes resolved, expressions compiled.

use super::needle::{LiteralKind, Needle, Text};
use super::property::ValueTest;
use super::structure::{Part, TaskState};
use super::words::fold;
use super::{Ast, Operator};

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
    pub(super) fn new(ast: &Ast, matches_case: bool) -> Self {
        let each = |children: &[Ast]| children.iter().map(|child| Self::new(child, matches_case)).collect();
        match ast {
            Ast::And(children) => Self::All(each(children)),
            Ast::Or(children) => Self::Any(each(children)),
            Ast::Not(child) => Self::Not(Box::new(Self::new(child, matches_case))),
            Ast::Word(text) => Self::Needle(Needle::literal(LiteralKind::Word, text, matches_case)),
            Ast::Phrase(text) => Self::Needle(Needle::literal(LiteralKind::Phrase, text, matches_case)),
            Ast::Regex(source) => Self::Needle(Needle::regex(source, matches_case)),
            Ast::Operator(operator, argument) => Self::operator(*operator, argument, matches_case),
            Ast::Property { name, value } => {
                let value = value.as_ref().map(|value| ValueTest::new(value, matches_case));
                Self::Property { name: fold(name).into_owned(), value }
            }
            // Within a property only, where `ValueTest` reads it.
            Ast::Compare(..) => Self::Any(Vec::new()),
        }
    }

    fn operator(operator: Operator, argument: &Ast, matches_case: bool) -> Self {
        let inner = |matches_case| Box::new(Self::new(argument, matches_case));
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
        }
    }

    /// Returns whether a path satisfies the test, which stands within `file:` or `path:` and so asks for nothing else.
    pub(super) fn matches_path(&self, path: &Text) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.matches_path(path)),
            Self::Any(tests) => tests.iter().any(|test| test.matches_path(path)),
            Self::Not(test) => !test.matches_path(path),
            Self::Needle(needle) => needle.is_in_path(path),
            Self::In(..) | Self::Part(..) | Self::Tag(_) | Self::Property { .. } => false,
        }
    }
}
