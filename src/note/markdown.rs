//! Markdown structure by the rules of CommonMark and its common extensions. The only home of `pulldown_cmark`.
//!
//! What CommonMark says otherwise than the parser behind Obsidian's index is put right here, each with its reason. Links and tags are found
//! later, by `inline`, on the source of the lines: their grammar is not Markdown's.

mod lists;

use super::outline::{Outline, trimmed, whole_lines};
use super::{Heading, Parent, ReferenceLink, blocks, depth, links, tasks};
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use std::borrow::Cow;
use std::ops::Range;

/// Adds to `out` what the Markdown at `range` of `text` is made of.
pub(super) fn walk<'t>(text: &'t str, range: Range<usize>, out: &mut Outline<'t, '_>) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
    let source = &text[range.clone()];
    let source = if out.is_deep { depth::shallow(source) } else { Cow::Borrowed(source) };
    let parser = Parser::new_ext(&source, options);
    let leaf = out.inline.lines.len();
    let mut walk = Walk {
        text,
        out,
        leaf,
        frames: vec![],
        end: range.end,
        root: 0,
        root_items: 0,
        is_fenced: false,
        joins: false,
        line_end: 0,
        table_end: None,
        id: None,
        item_ids: vec![],
    };
    walk.reference_links(&parser, range.start);
    let mut events = parser.into_offset_iter();
    // Events are large, so they stay where they are.
    while let Some((event, at)) = &events.next() {
        walk.event(event, at.start + range.start..at.end + range.start);
    }
    for (block, item) in walk.item_ids {
        walk.out.note.blocks[block].range = walk.out.note.list_items[item].range.clone();
    }
}

/// A block that is open around the place where the walk stands.
enum Frame {
    Item {
        index: usize,
        start: usize,
        has_sublist: bool,
        is_shifted: bool,
    },
    List {
        parent: Parent,
        /// By how many bytes its items begin behind the place where the parser sees them.
        shift: usize,
        /// The item before, if nothing follows its own text.
        last: Option<usize>,
    },
    /// Its text is no Markdown: code and HTML.
    Opaque,
    Other,
}

struct Walk<'t, 'o, 'n> {
    text: &'t str,
    out: &'o mut Outline<'t, 'n>,
    frames: Vec<Frame>,
    /// Where the walk ends.
    end: usize,
    /// Where the open root block begins, and whether it belongs to the one before.
    root: usize,
    joins: bool,
    /// How many list items came before it.
    root_items: usize,
    is_fenced: bool,
    /// Index of the first line of the open leaf block: a paragraph, a heading, or an item's bare text.
    leaf: usize,
    /// Where the line of the last list item ends.
    line_end: usize,
    /// Where a table ended before the rows that are none.
    table_end: Option<usize>,
    /// The last id that no list item took; it is the root block's if it ends there.
    id: Option<Range<usize>>,
    /// Blocks and the list items that they name, whose ends are known at the end only.
    item_ids: Vec<(usize, usize)>,
}

impl<'t> Walk<'t, '_, '_> {
    #[inline]
    fn event(&mut self, event: &Event<'_>, at: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(*tag, at),
            _ if matches!(self.frames.last(), Some(Frame::Opaque)) => {}
            Event::Text(read) => self.out.inline.add(self.text, at, read),
            Event::Code(read) => self.out.inline.add_opaque(self.text, at, read),
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::InlineHtml(_) => self.out.inline.add_opaque(self.text, at, ""),
            Event::FootnoteReference(_) => self.out.inline.add(self.text, at, ""),
            Event::SoftBreak | Event::HardBreak => self.out.inline.break_line(at.end),
            Event::Rule => {
                self.end_leaf();
                if self.frames.is_empty() {
                    self.out.section("thematicBreak", self.text, at);
                }
            }
            Event::Html(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, at: Range<usize>) {
        let text = self.text;
        let inline = &mut self.out.inline;
        match tag {
            Tag::Emphasis => inline.begin_edge(text, at, 1),
            Tag::Strong => inline.begin_edge(text, at, 2),
            Tag::Strikethrough => {
                let length = if text[at.start..].starts_with("~~") { 2 } else { 1 };
                inline.begin_edge(text, at, length);
            }
            Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. } => {
                inline.add_opaque(text, at.clone(), "");
                inline.begin_link(text, at, None);
            }
            Tag::Link { link_type, dest_url, .. } => inline.begin_link(text, at, target(*link_type, dest_url)),
            Tag::Image { link_type, dest_url, .. } => inline.begin_image(text, at, target(*link_type, dest_url)),
            block => self.start_block(block, at),
        }
    }

    fn end(&mut self, tag: TagEnd, at: Range<usize>) {
        let inline = &mut self.out.inline;
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => inline.end_edge(self.text, at),
            TagEnd::Link => inline.end_link(self.text, at),
            TagEnd::Image => inline.end_image(self.text, at),
            block => self.end_block(block, at),
        }
    }

    fn start_block(&mut self, tag: &Tag<'_>, at: Range<usize>) {
        self.end_leaf();
        if self.frames.is_empty() {
            self.root = at.start;
            self.root_items = self.out.note.list_items.len();
            self.is_fenced = matches!(tag, Tag::CodeBlock(CodeBlockKind::Fenced(_)));
            self.joins = self.joins(tag, at.start);
        }
        let frame = match tag {
            Tag::CodeBlock(_) | Tag::HtmlBlock => Frame::Opaque,
            Tag::List(_) => self.start_list(&at),
            Tag::Item => self.start_item(at),
            Tag::Table(_) => {
                self.table_end = None;
                Frame::Other
            }
            Tag::FootnoteDefinition(id) => {
                self.out.note.footnotes.push(id.to_lowercase());
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
        if let Some(frame) = self.frames.pop() {
            self.end_item(&frame);
        }
        if matches!(tag, TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::Table) {
            self.extend_items(trimmed(self.text, at.clone()).end);
        }
        if self.frames.is_empty() {
            self.end_root(tag, trimmed(self.text, self.root..at.end), first_line);
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
        let is_last = self.end == self.text.len() && self.text.as_bytes()[range.end..].iter().all(u8::is_ascii_whitespace);
        let is_left_open = is_last && self.is_left_open(kind, &self.text[range.clone()]);
        self.end_section(kind, range);
        if let Some(section) = self.out.note.sections.last_mut().filter(|_| is_left_open) {
            section.range.end = self.end;
        }
    }

    fn end_section(&mut self, kind: &'static str, range: Range<usize>) {
        let id = self.id.take().filter(|id| id.end == range.end);
        // A paragraph that is nothing but an id names the block before it.
        let is_id_alone = kind == "paragraph" && id.as_ref().is_some_and(|id| id.start == range.start + 1);
        if std::mem::take(&mut self.joins) {
            return self.join(kind, range.end, id);
        }
        if !is_id_alone {
            self.out.section(kind, self.text, range);
        }
        if let Some(id) = id {
            self.out.name_section(&self.text[id]);
        }
    }

    /// Returns whether the root block at `start` belongs to the one before it, because no blank line parts them.
    ///
    /// In CommonMark only the text of a paragraph goes on so. To Obsidian's parser any line that begins no block strong enough goes on with a
    /// list or a quote, and no table begins within a paragraph.
    fn joins(&self, tag: &Tag<'_>, start: usize) -> bool {
        let Some(last) = self.out.note.sections.last() else { return false };
        let may_join = match last.kind {
            "list" => matches!(tag, Tag::Paragraph | Tag::HtmlBlock | Tag::BlockQuote(_) | Tag::Table(_) | Tag::List(_)),
            "blockquote" | "callout" => matches!(tag, Tag::Paragraph | Tag::Table(_) | Tag::BlockQuote(_)),
            "paragraph" => matches!(tag, Tag::Paragraph | Tag::Table(_)),
            _ => false,
        };
        if !may_join {
            return false;
        }
        let between = self.text[last.range.end..start.max(last.range.end)].trim_start_matches([' ', '\t']);
        let is_next_line = between.strip_prefix('\n').is_some_and(|indent| indent.bytes().all(|byte| matches!(byte, b' ' | b'\t')));
        let sign = |at| tasks::marker(self.text, at).map(|marker| marker.sign);
        is_next_line && (!matches!(tag, Tag::List(_)) || sign(last.range.start) == sign(tasks::start_of_item(self.text, start)))
    }

    /// Lets the last root block reach to `end`, where `id` may stand; in a list the last item too, unless further items follow.
    fn join(&mut self, kind: &str, end: usize, id: Option<Range<usize>>) {
        let Some(section) = self.out.note.sections.last_mut() else { return };
        let end = whole_lines(self.text, end..end).end;
        section.range.end = end;
        if section.kind != "list" {
            id.into_iter().for_each(|id| self.out.name_section(&self.text[id]));
        } else if let Some(index) = self.root_items.checked_sub(1).filter(|_| kind != "list") {
            let range = &mut self.out.note.list_items[index].range;
            range.end = range.end.max(end);
            id.into_iter().for_each(|id| self.name_item(index, &self.text[id]));
        }
    }

    /// Ends a root heading. What is underlined is one line to Obsidian's parser, and the underline nothing but its signs: else it is a rule, or
    /// text.
    fn end_heading(&mut self, level: u8, range: Range<usize>, first_line: usize) {
        let lines = &self.out.inline.lines[first_line..];
        let last = lines.last().cloned().unwrap_or(range.start..range.start);
        let line_end = memchr::memchr(b'\n', &self.text.as_bytes()[last.end..range.end.max(last.end)]);
        if let Some(below) = line_end.map(|at| last.end + at + 1) {
            let line = &self.text[whole_lines(self.text, below..range.end)];
            let sign = line.trim();
            if lines.len() > 1 || sign.len() < line.len() {
                if sign.len() < 3 || sign.starts_with('=') {
                    return self.end_section("paragraph", range);
                }
                self.end_section("paragraph", range.start..last.end);
                return self.out.section("thematicBreak", self.text, below..range.end);
            }
        }
        let text = self.text[last].trim();
        self.out.note.headings.push(Heading { text, level, range: whole_lines(self.text, range.clone()) });
        self.end_section("heading", range);
    }

    fn end_table(&mut self, range: Range<usize>) {
        match self.table_end {
            Some(end) if end < range.end && !self.joins => {
                self.out.section("table", self.text, range.start..end);
                self.end_section("paragraph", end..range.end);
            }
            _ => self.end_section("table", range),
        }
    }

    /// Ends a piece of text: a paragraph, a heading's text, a cell, or the bare text of a list item.
    fn end_leaf(&mut self) {
        self.out.inline.end_line();
        let Some(last) = self.out.inline.lines[self.leaf..].last().cloned() else { return };
        self.leaf = self.out.inline.lines.len();
        self.extend_items(last.end);
        let ends_line = self.text.as_bytes().get(last.end).is_none_or(|&byte| byte == b'\n');
        let Some(id) = blocks::id_at_end(&self.text[last.clone()]).filter(|_| ends_line) else { return };
        match self.frames.iter().rev().find_map(|frame| if let Frame::Item { index, .. } = frame { Some(*index) } else { None }) {
            Some(index) => self.name_item(index, id),
            None => self.id = Some(last.end - id.len()..last.end),
        }
    }

    /// Returns whether a block is code or a comment of HTML that nothing closes. It then holds the blank lines at the text's end too.
    fn is_left_open(&self, kind: &str, block: &str) -> bool {
        if kind == "html" {
            return block.starts_with("<!--") && !block.contains("-->");
        }
        if !self.is_fenced {
            return false;
        }
        let sign = block.bytes().next().unwrap_or_default();
        let fence = block.bytes().take_while(|&byte| byte == sign).count();
        let last = block[fence..].rsplit_once('\n').map_or("", |(_, last)| last.trim());
        last.len() < fence || last.bytes().any(|byte| byte != sign)
    }

    fn reference_links(&mut self, parser: &Parser<'_>, base: usize) {
        let mut found = parser.reference_definitions().iter().collect::<Vec<_>>();
        found.sort_unstable_by_key(|(_, definition)| definition.span.start);
        self.out.note.reference_links.extend(found.into_iter().map(|(id, definition)| ReferenceLink {
            id: id.to_owned(),
            link: definition.dest.to_string(),
            range: trimmed(self.text, definition.span.start + base..definition.span.end + base),
        }));
    }
}

/// Returns the target of a link or image in the vault. References do not count as links.
fn target(kind: LinkType, destination: &str) -> Option<String> {
    if kind == LinkType::Inline { links::markdown(destination) } else { None }
}

/// Returns whether a quote begins with `[!type]`.
fn is_callout(quote: &str) -> bool {
    let first = quote.lines().next().unwrap_or_default();
    let title = first.trim_start_matches([' ', '\t']).strip_prefix('>').unwrap_or_default();
    title.trim_start_matches([' ', '\t']).strip_prefix("[!").and_then(|rest| rest.find(']')).is_some_and(|length| length > 0)
}
