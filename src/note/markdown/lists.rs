//! The part of the walk that knows lists: where an item begins, whose child it is, how far it reaches and what it is called.

use super::{Frame, Walk};
use crate::note::outline::{trimmed, whole_lines};
use crate::note::{Block, ListItem, Parent, tasks};
use std::ops::Range;

/// How many tasks within one another a line may open: each holds the rest of the line, so that many would take its square.
const MOST_TASKS: usize = 8;

impl<'t> Walk<'t, '_, '_> {
    pub(super) fn start_list(&mut self, at: &Range<usize>) -> Frame {
        let start = tasks::start_of_item(self.text, at.start);
        match self.frames.last_mut() {
            Some(Frame::Item { index, start: parent, has_sublist, is_shifted }) => {
                // Further lines of the item's own hold its lists where CommonMark has them.
                *is_shifted &= *has_sublist || self.out.note.list_items[*index].range.end <= self.line_end;
                *has_sublist = true;
                let shift = usize::from(*is_shifted && self.text[start..].starts_with(' '));
                Frame::List { parent: Parent::Item(*parent), shift, last: None }
            }
            None if self.joins => Frame::List { parent: Parent::List(self.out.root_list), shift: 0, last: None },
            frame => {
                if frame.is_none() {
                    self.out.root_list = start;
                }
                Frame::List { parent: Parent::List(start), shift: 0, last: None }
            }
        }
    }

    pub(super) fn start_item(&mut self, at: Range<usize>) -> Frame {
        let start = tasks::start_of_item(self.text, at.start);
        let (parent, shift) = match self.frames.last() {
            Some(Frame::List { parent, shift, .. }) => (*parent, *shift),
            _ => (Parent::List(start), 0),
        };
        let start = start + if self.text[start..].starts_with(' ') { shift } else { 0 };
        self.end_item_before(start);
        self.push_item(parent, start, at.end);
        // What follows a task's box is a block of its own to Obsidian's parser; only a list in it shows.
        let mut task = start;
        for _ in 0..MOST_TASKS {
            let Some(content) = tasks::content(self.text, task).filter(|&at| tasks::marker(self.text, at).is_some()) else { break };
            self.push_item(Parent::Item(start), content, at.end);
            task = content;
        }
        let is_shifted = tasks::is_shifted(self.text, start);
        Frame::Item { index: self.out.note.list_items.len() - 1, start, has_sublist: false, is_shifted }
    }

    /// Ends the last item of the open list, before the one that begins at `start`. Where a blank line parts the two, Obsidian's parser counts
    /// the end of the item's last line in.
    fn end_item_before(&mut self, start: usize) {
        let Some(Frame::List { last: Some(index), .. }) = self.frames.last() else { return };
        let end = self.out.note.list_items[*index].range.end;
        let gap = self.text.get(end..start).unwrap_or_default();
        let line_end = gap.bytes().position(|byte| byte == b'\n').filter(|&at| gap.trim_start().is_empty() && gap[at + 1..].contains('\n'));
        if let Some(line_end) = line_end {
            self.out.note.list_items[*index].range.end = end + line_end + 1;
        }
    }

    /// Notes that an item is over, and whether its own text is the last in it.
    pub(super) fn end_item(&mut self, item: &Frame) {
        let Frame::Item { index, has_sublist, .. } = item else { return };
        if let Some(Frame::List { last, .. }) = self.frames.last_mut() {
            *last = (!has_sublist).then_some(*index);
        }
    }

    /// Adds the item that begins at `start`, with its first line.
    fn push_item(&mut self, parent: Parent, start: usize, end: usize) {
        if self.line_end <= start {
            self.line_end = memchr::memchr(b'\n', &self.text.as_bytes()[start..]).map_or(self.text.len(), |end| start + end);
        }
        let first_line = trimmed(self.text, start..self.line_end.min(end));
        let range = start..whole_lines(self.text, first_line).end;
        self.out.note.list_items.push(ListItem { parent, task: tasks::state(self.text, start), id: None, range });
    }

    /// Gives a list item its id: the first that stands in it.
    pub(super) fn name_item(&mut self, index: usize, id: &'t str) {
        let item = &mut self.out.note.list_items[index];
        if item.id.is_none() {
            item.id = Some(id);
            self.item_ids.push((self.out.note.blocks.len(), index));
            self.out.note.blocks.push(Block { id, range: item.range.clone() });
        }
    }

    /// Lets the open items reach to `end`, but for those that have come to a list of their own: an item ends where its sublist begins.
    pub(super) fn extend_items(&mut self, end: usize) {
        let open = self
            .frames
            .iter()
            .filter_map(|frame| if let Frame::Item { index, has_sublist: false, .. } = frame { Some(*index) } else { None });
        let mut open = open.peekable();
        if open.peek().is_none() {
            return;
        }
        let end = whole_lines(self.text, end..end).end;
        for index in open {
            let range = &mut self.out.note.list_items[index].range;
            range.end = range.end.max(end);
        }
    }
}
