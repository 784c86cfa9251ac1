//! Gathers inline text: the pieces of lines on which it stands, and the marks in them that bound links and tags.
//!
//! Fed by `markdown` with one inline event after the other; read by `inline`, which finds what Markdown does not know.

use std::ops::Range;

/// Something inline that bounds links and tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub start: usize,
    pub kind: MarkKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// Emphasis or the like begins or ends: a tag may follow at once.
    Edge,
    /// Neither links nor tags count up to here: code, math, HTML, a link's destination.
    Opaque(usize),
    /// A link of Markdown, by its index among the links.
    Link(usize),
}

/// A link or image of Markdown that leads into the vault. A link's label is text; what an image holds is none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct MarkdownLink {
    pub range: Range<usize>,
    pub link: String,
    pub display: String,
}

/// Lines and marks, as far as they are gathered.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Pieces of lines that hold inline text, without the marks of quotes and lists before them, in order.
    pub lines: Vec<Range<usize>>,
    /// What stands in those lines, in the order of its starts.
    pub marks: Vec<Mark>,
    pub links: Vec<MarkdownLink>,
    /// The open piece of a line.
    line: Option<Range<usize>>,
    /// Open links and images: whether each counts.
    open: Vec<bool>,
    /// Indices of those that count. Of images within images only the outermost does, so these are few.
    counted: Vec<usize>,
    n_open_images: usize,
    /// Where the last inline piece ended.
    last_end: usize,
}

impl Marks {
    /// Returns none yet, with room for those of a usual text of this length.
    pub(super) fn for_text(length: usize) -> Self {
        Self { lines: Vec::with_capacity(length / 48), marks: Vec::with_capacity(length / 96), ..Self::default() }
    }

    /// Adds a piece of `text` to the open line; `read` is how people read it.
    pub(super) fn add(&mut self, text: &str, at: Range<usize>, read: &str) {
        self.display(read);
        self.last_end = at.end;
        let line = self.begin_line(text, at.start);
        line.end = line.end.max(at.end);
    }

    /// Adds a piece in which nothing counts.
    pub(super) fn add_opaque(&mut self, text: &str, at: Range<usize>, read: &str) {
        self.mark(at.start, MarkKind::Opaque(at.end));
        self.add(text, at, read);
    }

    /// Begins emphasis or the like, whose delimiter is `length` bytes long.
    pub(super) fn begin_edge(&mut self, text: &str, at: Range<usize>, length: usize) {
        self.mark(at.start + length, MarkKind::Edge);
        self.begin_line(text, at.start);
    }

    pub(super) fn end_edge(&mut self, text: &str, at: Range<usize>) {
        self.mark(at.end, MarkKind::Edge);
        self.add(text, at, "");
    }

    /// Begins a link; `link` is its target in the vault, if it counts.
    pub(super) fn begin_link(&mut self, text: &str, at: Range<usize>, link: Option<String>) {
        self.begin_line(text, at.start);
        self.last_end = at.start + 1;
        self.open(at, link);
    }

    /// Ends a link: what follows its label is its destination.
    pub(super) fn end_link(&mut self, text: &str, at: Range<usize>) {
        self.close();
        self.mark(self.last_end.clamp(at.start + 1, at.end), MarkKind::Opaque(at.end));
        self.add(text, at, "");
    }

    /// Begins an image; `link` is its target in the vault, if it counts.
    pub(super) fn begin_image(&mut self, text: &str, at: Range<usize>, link: Option<String>) {
        self.begin_line(text, at.start);
        if !self.open(at.clone(), link) {
            self.mark(at.start, MarkKind::Opaque(at.end));
        }
        self.n_open_images += 1;
    }

    pub(super) fn end_image(&mut self, text: &str, at: Range<usize>) {
        self.close();
        self.n_open_images -= 1;
        self.add(text, at, "");
    }

    /// Ends the open line, and reads the line's end at `end` as a space.
    pub(super) fn break_line(&mut self, end: usize) {
        self.display(" ");
        self.last_end = end;
        self.end_line();
    }

    pub(super) fn end_line(&mut self) {
        self.lines.extend(self.line.take());
    }

    /// Notes a mark; in the alt text of an image there are none.
    fn mark(&mut self, start: usize, kind: MarkKind) {
        if self.n_open_images == 0 {
            self.marks.push(Mark { start, kind });
        }
    }

    /// Opens a line at `at`, unless one is open. The Markdown parser leaves out the backslash of an escape; it is needed here.
    fn begin_line(&mut self, text: &str, at: usize) -> &mut Range<usize> {
        let is_escaped = || at > 0 && text.as_bytes()[at - 1] == b'\\';
        self.line.get_or_insert_with(|| at - usize::from(is_escaped())..at)
    }

    /// Opens a link or image, and returns whether it counts.
    fn open(&mut self, range: Range<usize>, link: Option<String>) -> bool {
        let link = link.filter(|_| self.n_open_images == 0);
        self.open.push(link.is_some());
        let Some(link) = link else { return false };
        self.mark(range.start, MarkKind::Link(self.links.len()));
        self.counted.push(self.links.len());
        self.links.push(MarkdownLink { range, link, display: String::new() });
        true
    }

    fn close(&mut self) {
        if self.open.pop() == Some(true) {
            self.counted.pop();
        }
    }

    /// Adds to what people read of the open links and images.
    fn display(&mut self, read: &str) {
        for &index in &self.counted {
            self.links[index].display.push_str(read);
        }
    }
}
