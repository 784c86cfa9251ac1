//! The parts of a note that `line:`, `block:`, `section:` and `task:` look at, as ranges of its text.

use crate::note::{self, Note};
use std::ops::Range;

/// A kind of part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Line,
    /// A list item, or a root block that is no list.
    Block,
    /// From a heading to the next one that is not below it; the text before the first heading counts too.
    Section,
    Task(TaskState),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TaskState {
    Any,
    /// The box is blank.
    Todo,
    Done,
}

/// A note's structure, found when the first part is asked for.
pub(super) struct Structure<'t>(Note<'t>);

impl<'t> Structure<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self(note::parse_text(text))
    }

    /// Returns the parts of one kind that lie within `within`.
    pub(super) fn parts(&self, part: Part, within: &Range<usize>) -> Vec<Range<usize>> {
        let mut parts = match part {
            Part::Line => lines(self.0.text),
            Part::Block => self.blocks(),
            Part::Section => self.sections(),
            Part::Task(state) => self.tasks(state),
        };
        parts.retain(|range| within.start <= range.start && range.end <= within.end);
        parts
    }

    fn blocks(&self) -> Vec<Range<usize>> {
        let items = self.0.list_items.iter().map(|item| item.range.clone());
        let blocks = self.0.sections.iter().filter(|section| section.kind != "list").map(|section| section.range.clone());
        items.chain(blocks).collect()
    }

    fn sections(&self) -> Vec<Range<usize>> {
        let (headings, end) = (&self.0.headings, self.0.text.len());
        let mut sections = vec![0..headings.first().map_or(end, |first| first.range.start)];
        for (i, heading) in headings.iter().enumerate() {
            let next = headings[i + 1..].iter().find(|next| next.level <= heading.level);
            sections.push(heading.range.start..next.map_or(end, |next| next.range.start));
        }
        sections
    }

    fn tasks(&self, state: TaskState) -> Vec<Range<usize>> {
        let is_asked = |mark: char| match state {
            TaskState::Any => true,
            TaskState::Todo => mark == ' ',
            TaskState::Done => mark != ' ',
        };
        self.0.list_items.iter().filter(|item| item.task.is_some_and(is_asked)).map(|item| item.range.clone()).collect()
    }
}

/// Returns the lines of a text, without their ends.
pub(super) fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    text.split('\n')
        .map(|line| {
            let range = start..start + line.len();
            start = range.end + 1;
            range
        })
        .collect()
}
