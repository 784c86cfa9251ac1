//! Markdown structure: root blocks, headings, list items, and the lines on which links and tags may stand. The only home of `pulldown_cmark`.
//!
//! What CommonMark says otherwise than the parser behind Obsidian's index is put right here, each with its reason. Links and tags are found
//! later, by `inline`, on the source of the lines: their grammar is not Markdown's.

use super::regions::{Region, regions};
use super::{Block, Heading, ListItem, ReferenceLink, Section, blocks, links, tasks};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// What a text is made of.
#[derive(Debug, Default)]
pub struct Outline {
    pub sections: Vec<Section>,
    pub headings: Vec<Heading>,
    pub list_items: Vec<ListItem>,
    pub blocks: Vec<Block>,
    pub reference_links: Vec<ReferenceLink>,
    /// Ids of footnote definitions, lower-cased.
    pub footnotes: Vec<String>,
    /// Pieces of lines that hold inline text, without the marks of quotes and lists before them, in order.
    pub lines: Vec<Range<usize>>,
    /// What stands in those lines, in the order of its starts.
    pub marks: Vec<Mark>,
}

/// Something inline that bounds links and tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Neither links nor tags count in here: code, math, HTML, a link's destination.
    Opaque(Range<usize>),
    /// Emphasis or the like begins or ends: a tag may follow at once.
    Edge(usize),
    /// A link that leads into the vault; its label is text.
    Link { range: Range<usize>, link: String, display: String },
    /// An image in the vault; what it holds is no text.
    Image { range: Range<usize>, link: String, display: String },
}

/// Returns the outline of the body of `text`, which begins at `body_start`.
pub fn outline(text: &str, body_start: usize) -> Outline {
    let mut out = Outline::default();
    let mut lines = LineCount::default();
    for region in regions(text, body_start) {
        match region {
            Region::Markdown(range) => walk(text, range, &mut out, &mut lines),
            Region::Comment(range) => {
                let inner = range.start + 2..range.end - if text[range.start + 2..range.end].ends_with("%%") { 2 } else { 0 };
                out.section("comment", text, range);
                let mut inside = Outline { marks: std::mem::take(&mut out.marks), ..Outline::default() };
                walk(text, inner, &mut inside, &mut LineCount::default());
                out.lines.append(&mut inside.lines);
                out.marks = inside.marks;
            }
            Region::Math(range) => out.section("math", text, range),
        }
    }
    out
}

impl Outline {
    fn section(&mut self, kind: &'static str, text: &str, range: Range<usize>) {
        self.sections.push(Section { kind, id: None, range: trimmed(text, range) });
    }

    /// Gives the last section an id.
    fn name_section(&mut self, id: &str) {
        let Some(section) = self.sections.last_mut() else { return };
        section.id = Some(id.to_owned());
        self.blocks.push(Block { id: id.to_owned(), range: section.range.clone() });
    }
}

fn walk(text: &str, range: Range<usize>, out: &mut Outline, lines: &mut LineCount) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
    let parser = Parser::new_ext(&text[range.clone()], options);
    let leaf = out.lines.len();
    let mut walk = Walk {
        text,
        out,
        lines,
        leaf,
        frames: vec![],
        root: 0,
        line: None,
        open: vec![],
        images: 0,
        last_end: 0,
        table_end: None,
        id: None,
        item_ids: vec![],
    };
    walk.reference_links(&parser, range.start);
    for (event, at) in parser.into_offset_iter() {
        walk.event(event, at.start + range.start..at.end + range.start);
    }
    for (block, item) in walk.item_ids {
        walk.out.blocks[block].range = walk.out.list_items[item].range.clone();
    }
}

/// A block that is open around the place where the walk stands.
enum Frame {
    Item {
        index: usize,
        line: i64,
        has_sublist: bool,
    },
    List {
        parent: i64,
    },
    /// Its text is no Markdown: code and HTML.
    Opaque,
    Other,
}

struct Walk<'a, 'o> {
    text: &'a str,
    out: &'o mut Outline,
    lines: &'o mut LineCount,
    frames: Vec<Frame>,
    /// Where the open root block begins.
    root: usize,
    /// The open piece of a line.
    line: Option<Range<usize>>,
    /// Index of the first line of the open leaf block: a paragraph, a heading, or an item's bare text.
    leaf: usize,
    /// Open Markdown links and images; the index of the mark of those that count.
    open: Vec<Option<usize>>,
    images: usize,
    /// Where the last inline event ended.
    last_end: usize,
    /// Where a table ended before the rows that are none.
    table_end: Option<usize>,
    /// The last id that no list item took; it is the root block's if it ends there.
    id: Option<Range<usize>>,
    /// Blocks and the list items that they name, whose ends are known at the end only.
    item_ids: Vec<(usize, usize)>,
}

impl Walk<'_, '_> {
    fn event(&mut self, event: Event<'_>, at: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(tag, at),
            _ if matches!(self.frames.last(), Some(Frame::Opaque)) => {}
            Event::Text(text) => self.inline(at, &text),
            Event::Code(text) => {
                self.mark(Mark::Opaque(at.clone()));
                self.inline(at, &text);
            }
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::InlineHtml(_) => {
                self.mark(Mark::Opaque(at.clone()));
                self.inline(at, "");
            }
            Event::FootnoteReference(_) => self.inline(at, ""),
            Event::SoftBreak | Event::HardBreak => {
                self.display(" ");
                self.last_end = at.end;
                self.out.lines.extend(self.line.take());
            }
            Event::Rule => {
                self.end_leaf();
                if self.frames.is_empty() {
                    self.out.section("thematicBreak", self.text, at);
                }
            }
            Event::Html(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, at: Range<usize>) {
        match tag {
            Tag::Emphasis => self.edge_after(&at, 1),
            Tag::Strong => self.edge_after(&at, 2),
            Tag::Strikethrough => self.edge_after(&at, if self.text[at.start..].starts_with("~~") { 2 } else { 1 }),
            Tag::Link { link_type, dest_url, .. } => self.start_link(link_type, &dest_url, at),
            Tag::Image { link_type, dest_url, .. } => self.start_image(link_type, &dest_url, at),
            block => self.start_block(block, at),
        }
    }

    fn end(&mut self, tag: TagEnd, at: Range<usize>) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.mark(Mark::Edge(at.end));
                self.inline(at, "");
            }
            TagEnd::Link => {
                self.open.pop();
                self.mark(Mark::Opaque(self.last_end.clamp(at.start + 1, at.end)..at.end));
                self.inline(at, "");
            }
            TagEnd::Image => {
                self.open.pop();
                self.images -= 1;
                self.inline(at, "");
            }
            block => self.end_block(block, at),
        }
    }

    fn start_block(&mut self, tag: Tag<'_>, at: Range<usize>) {
        self.end_leaf();
        if self.frames.is_empty() {
            self.root = at.start;
        }
        let frame = match tag {
            Tag::CodeBlock(_) | Tag::HtmlBlock => Frame::Opaque,
            Tag::List(_) => self.start_list(&at),
            Tag::Item => self.start_item(at),
            Tag::FootnoteDefinition(id) => {
                self.out.footnotes.push(id.to_lowercase());
                Frame::Other
            }
            // A table ends before the first line without a bar; CommonMark's extension takes every line for a row.
            Tag::TableRow if self.table_end.is_none() && !self.text[at.clone()].contains('|') => {
                self.table_end = Some(at.start);
                Frame::Other
            }
            _ => Frame::Other,
        };
        self.frames.push(frame);
    }

    fn end_block(&mut self, tag: TagEnd, at: Range<usize>) {
        let first_line = self.leaf;
        self.end_leaf();
        self.frames.pop();
        let end = trimmed(self.text, at.clone()).end;
        if matches!(tag, TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::Table | TagEnd::Paragraph | TagEnd::Heading(_)) {
            self.extend_items(end);
        }
        if self.frames.is_empty() {
            self.end_root(tag, self.root..end, first_line);
        }
    }

    fn end_root(&mut self, tag: TagEnd, range: Range<usize>, first_line: usize) {
        let kind = match tag {
            TagEnd::Heading(level) => return self.end_heading(level as u8, range, first_line),
            TagEnd::Table => return self.end_table(range),
            TagEnd::Paragraph => "paragraph",
            TagEnd::BlockQuote(_) if is_callout(&self.text[range.clone()]) => "callout",
            TagEnd::BlockQuote(_) => "blockquote",
            TagEnd::CodeBlock => "code",
            TagEnd::HtmlBlock => "html",
            TagEnd::List(_) => "list",
            TagEnd::FootnoteDefinition => "footnoteDefinition",
            _ => return,
        };
        self.end_section(kind, range);
    }

    fn end_section(&mut self, kind: &'static str, range: Range<usize>) {
        let id = self.id.take().filter(|id| id.end == range.end);
        // A paragraph that is nothing but an id names the block before it.
        let is_id_alone = kind == "paragraph" && id.as_ref().is_some_and(|id| id.start == range.start + 1);
        if !is_id_alone {
            self.out.section(kind, self.text, range);
        }
        if let Some(id) = id {
            self.out.name_section(&self.text[id]);
        }
    }

    /// Ends a root heading. A setext heading is one line to Obsidian's parser; what CommonMark adds before it is a paragraph.
    fn end_heading(&mut self, level: u8, range: Range<usize>, first_line: usize) {
        let mut range = range;
        let mut text = range.start..range.start;
        if let [before @ .., last] = &self.out.lines[first_line..] {
            text = last.clone();
            if let Some(before) = before.last().map(|line| line.end) {
                self.out.section("paragraph", self.text, range.start..before);
                range.start = text.start;
            }
        }
        self.out.headings.push(Heading { text: self.text[text].trim().to_owned(), level, range: range.clone() });
        self.end_section("heading", range);
    }

    fn end_table(&mut self, range: Range<usize>) {
        match self.table_end.take() {
            Some(end) => {
                self.out.section("table", self.text, range.start..end);
                self.end_section("paragraph", end..range.end);
            }
            None => self.end_section("table", range),
        }
    }

    fn start_list(&mut self, at: &Range<usize>) -> Frame {
        let line = self.lines.at(self.text, tasks::start_of_item(self.text, at.start));
        let parent = match self.frames.last_mut() {
            Some(Frame::Item { line, has_sublist, .. }) => {
                *has_sublist = true;
                *line
            }
            _ => -line.max(1),
        };
        Frame::List { parent }
    }

    fn start_item(&mut self, at: Range<usize>) -> Frame {
        let start = tasks::start_of_item(self.text, at.start);
        let parent = if let Some(Frame::List { parent }) = self.frames.last() { *parent } else { -1 };
        let first_line = memchr::memchr(b'\n', &self.text.as_bytes()[start..at.end]).map_or(at.end, |end| start + end);
        let range = start..trimmed(self.text, start..first_line).end;
        self.out.list_items.push(ListItem { parent, task: tasks::state(self.text, start), id: None, range });
        Frame::Item { index: self.out.list_items.len() - 1, line: self.lines.at(self.text, start), has_sublist: false }
    }

    /// Ends a piece of text: a paragraph, a heading's text, a cell, or the bare text of a list item.
    fn end_leaf(&mut self) {
        self.out.lines.extend(self.line.take());
        let Some(last) = self.out.lines[self.leaf..].last().cloned() else { return };
        self.leaf = self.out.lines.len();
        self.extend_items(last.end);
        let ends_line = self.text.as_bytes().get(last.end).is_none_or(|&byte| byte == b'\n');
        let Some(id) = blocks::id_at_end(&self.text[last.clone()]).filter(|_| ends_line) else { return };
        match self.frames.iter().rev().find_map(|frame| if let Frame::Item { index, .. } = frame { Some(*index) } else { None }) {
            Some(index) => self.name_item(index, id),
            None => self.id = Some(last.end - id.len()..last.end),
        }
    }

    /// Gives a list item its id: the first that stands in it.
    fn name_item(&mut self, index: usize, id: &str) {
        let item = &mut self.out.list_items[index];
        if item.id.is_none() {
            item.id = Some(id.to_owned());
            self.item_ids.push((self.out.blocks.len(), index));
            self.out.blocks.push(Block { id: id.to_owned(), range: item.range.clone() });
        }
    }

    /// Lets the open items reach to `end`, but for those that have come to a list of their own: an item ends where its sublist begins.
    fn extend_items(&mut self, end: usize) {
        for frame in &self.frames {
            if let Frame::Item { index, has_sublist: false, .. } = frame {
                let range = &mut self.out.list_items[*index].range;
                range.end = range.end.max(end);
            }
        }
    }

    fn start_link(&mut self, kind: LinkType, destination: &str, at: Range<usize>) {
        if matches!(kind, LinkType::Autolink | LinkType::Email) {
            self.mark(Mark::Opaque(at.clone()));
        }
        let link = if kind == LinkType::Inline && self.images == 0 { links::markdown(destination) } else { None };
        let index = link.is_some().then_some(self.out.marks.len());
        self.out.marks.extend(link.map(|link| Mark::Link { range: at.clone(), link, display: String::new() }));
        self.open.push(index);
        self.begin_line(at.start);
        self.last_end = at.start + 1;
    }

    fn start_image(&mut self, kind: LinkType, destination: &str, at: Range<usize>) {
        let link = if kind == LinkType::Inline && self.images == 0 { links::markdown(destination) } else { None };
        let index = link.is_some().then_some(self.out.marks.len());
        self.mark(match link {
            Some(link) => Mark::Image { range: at.clone(), link, display: String::new() },
            None => Mark::Opaque(at.clone()),
        });
        self.open.push(index);
        self.images += 1;
        self.begin_line(at.start);
    }

    fn edge_after(&mut self, at: &Range<usize>, length: usize) {
        self.mark(Mark::Edge(at.start + length));
        self.begin_line(at.start);
    }

    /// Notes a mark; within an image's alt text there are none.
    fn mark(&mut self, mark: Mark) {
        if self.images == 0 {
            self.out.marks.push(mark);
        }
    }

    /// Adds an inline piece, of which `text` is to be read, to the open line.
    fn inline(&mut self, at: Range<usize>, text: &str) {
        self.display(text);
        self.last_end = at.end;
        self.begin_line(at.start);
        if let Some(line) = &mut self.line {
            line.end = line.end.max(at.end);
        }
    }

    /// Opens a line at `at`, unless one is open. The parser leaves out the backslash of an escape; we need it.
    fn begin_line(&mut self, at: usize) {
        let is_escaped = at > 0 && self.text.as_bytes()[at - 1] == b'\\';
        self.line.get_or_insert(at - usize::from(is_escaped)..at);
    }

    /// Adds to the text of the open links and images.
    fn display(&mut self, text: &str) {
        for index in self.open.iter().flatten() {
            if let Mark::Link { display, .. } | Mark::Image { display, .. } = &mut self.out.marks[*index] {
                display.push_str(text);
            }
        }
    }

    fn reference_links(&mut self, parser: &Parser<'_>, base: usize) {
        let mut found = parser.reference_definitions().iter().collect::<Vec<_>>();
        found.sort_unstable_by_key(|(_, definition)| definition.span.start);
        self.out.reference_links.extend(found.into_iter().map(|(id, definition)| ReferenceLink {
            id: id.to_owned(),
            link: definition.dest.to_string(),
            range: trimmed(self.text, definition.span.start + base..definition.span.end + base),
        }));
    }
}

/// Returns whether a quote begins with `[!type]`.
fn is_callout(quote: &str) -> bool {
    let first = quote.lines().next().unwrap_or_default();
    let title = first.trim_start_matches([' ', '\t']).strip_prefix('>').unwrap_or_default();
    title.trim_start_matches([' ', '\t']).strip_prefix("[!").and_then(|rest| rest.find(']')).is_some_and(|length| length > 0)
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    range.start..range.start + text[range].trim_end().len()
}

/// Counts lines for places that are asked for in ascending order.
#[derive(Default)]
struct LineCount {
    at: usize,
    line: i64,
}

impl LineCount {
    fn at(&mut self, text: &str, at: usize) -> i64 {
        let (from, to) = (self.at.min(at), self.at.max(at));
        let n_between = memchr::memchr_iter(b'\n', &text.as_bytes()[from..to]).count() as i64;
        self.line += if at < self.at { -n_between } else { n_between };
        self.at = at;
        self.line
    }
}
