//! The screen as a model has it: the question, the hits, the selected note, and a line that says what keys do or what came of them.
//!
//! However small the screen is, it shows what there is room for, the question first, then hits, then the note.

use super::keys::BINDINGS;
use super::model::Model;
use super::preview::{self, Kind, Role, line_of};
use crate::query::words::{fold, words};
use crate::render::one_line;
use crate::search::{Hit, Passage};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Widget as _, Wrap};

/// From so many columns on the note stands beside the hits, from so many rows on below them.
const WIDE: u16 = 96;
const TALL: u16 = 14;
const PROMPT: &str = "› ";

/// What things look like: in colours, or without.
#[derive(Clone, Copy)]
struct Look {
    has_colour: bool,
}

impl Look {
    fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    fn coloured(self, colour: Color, otherwise: Modifier) -> Style {
        if self.has_colour { Style::new().fg(colour) } else { Style::new().add_modifier(otherwise) }
    }

    fn answers(self) -> Style {
        self.coloured(Color::Yellow, Modifier::UNDERLINED).add_modifier(Modifier::BOLD)
    }

    fn warning(self) -> Style {
        self.coloured(Color::Yellow, Modifier::BOLD)
    }
}

/// Draws the model, and tells it how many hits there is room for.
pub(super) fn draw(frame: &mut Frame<'_>, model: &mut Model) {
    let (area, look) = (frame.area(), Look { has_colour: model.has_colour });
    if area.is_empty() {
        return;
    }
    let head = Rect { height: 1, ..area };
    let foot = Rect { y: area.bottom().saturating_sub(1), height: area.height.saturating_sub(1).min(1), ..area };
    let middle = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let (list, rule, note) = split(middle);
    model.fit(usize::from(list.height));
    draw_question(frame, head, model, look);
    draw_hits(frame.buffer_mut(), list, model, look, note.is_empty());
    draw_rule(frame.buffer_mut(), rule, look);
    draw_note(frame.buffer_mut(), note, model, look);
    frame.buffer_mut().set_line(foot.x, foot.y, &status(model, look), if foot.is_empty() { 0 } else { foot.width });
    if model.shows_keys {
        draw_keys(frame.buffer_mut(), middle, look);
    }
}

/// Returns where hits go, what stands between, and the note.
fn split(middle: Rect) -> (Rect, Rect, Rect) {
    let none = Rect { width: 0, height: 0, ..middle };
    if middle.width >= WIDE {
        let list = Rect { width: middle.width * 2 / 5, ..middle };
        let rule = Rect { x: list.right(), width: 1, ..middle };
        (list, rule, Rect { x: rule.right() + 1, width: middle.right().saturating_sub(rule.right() + 1), ..middle })
    } else if middle.height >= TALL {
        let list = Rect { height: middle.height * 2 / 5, ..middle };
        let rule = Rect { y: list.bottom(), height: 1, ..middle };
        (list, rule, Rect { y: rule.bottom(), height: middle.bottom().saturating_sub(rule.bottom()), ..middle })
    } else {
        (middle, none, none)
    }
}

fn draw_question(frame: &mut Frame<'_>, area: Rect, model: &Model, look: Look) {
    let count = count(model);
    let n_prompt = Span::raw(PROMPT).width() as u16;
    let n_count = Span::raw(count.as_str()).width() as u16 + 2;
    let has_room = area.width >= n_prompt + n_count + 20;
    let width = area.width.saturating_sub(n_prompt + if has_room { n_count } else { 0 });
    // One column is the cursor's, behind what is typed.
    let scroll = model.line.visual_scroll(usize::from(width.saturating_sub(1).max(1)));
    let text = skip(&one_line(model.line.value()), scroll);
    let buffer = frame.buffer_mut();
    buffer.set_line(area.x, area.y, &Line::styled(PROMPT, look.coloured(Color::Cyan, Modifier::BOLD)), area.width);
    buffer.set_line(area.x + n_prompt.min(area.width), area.y, &Line::raw(text), width);
    if has_room {
        buffer.set_line(area.right() - n_count + 1, area.y, &Line::styled(count, look.dim()), n_count);
    }
    let cursor = n_prompt + model.line.visual_cursor().saturating_sub(scroll) as u16;
    frame.set_cursor_position((area.x + cursor.min(area.width.saturating_sub(1)), area.y));
}

/// Returns a text without its first columns.
fn skip(text: &str, n_columns: usize) -> String {
    let mut left = n_columns;
    let skipped = |c: &char| {
        let is_before = left > 0;
        left = left.saturating_sub(Span::raw(c.to_string()).width());
        is_before
    };
    text.chars().skip_while(skipped).collect()
}

fn count(model: &Model) -> String {
    let answer = &model.answer;
    let n_related = answer.results.iter().filter(|hit| hit.relaxed).count();
    let more = if answer.at_least { "+" } else { "" };
    let hits = if answer.total == 1 { "hit" } else { "hits" };
    let count = match (answer.total, n_related) {
        _ if !model.is_answered => return String::new(),
        (0, 0) => "no hits".to_owned(),
        (0, n) => format!("{n} related"),
        (total, 0) => format!("{total}{more} {hits}"),
        (total, n) => format!("{total}{more} {hits}, {n} related"),
    };
    if answer.freshness.watcher == "live" { count } else { format!("{count}, no watcher") }
}

fn draw_hits(buffer: &mut Buffer, area: Rect, model: &Model, look: Look, is_alone: bool) {
    let shown = model.answer.results.iter().enumerate().skip(model.top).take(usize::from(area.height));
    for (row, (which, hit)) in (area.y..).zip(shown) {
        let is_selected = which == model.selected;
        let mark = if is_selected { Span::styled("▌ ", look.coloured(Color::Cyan, Modifier::BOLD)) } else { Span::raw("  ") };
        let mut line = Line::from(mark);
        let style = if is_selected { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
        line.extend(named(&one_line(&hit.title), &model.answer.keywords, style, look));
        let folder = hit.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = if folder.is_empty() { String::new() } else { format!("  {}", one_line(folder)) };
        line.push_span(Span::styled(folder, look.dim()));
        if hit.relaxed {
            line.push_span(Span::styled("  related", look.dim()));
        }
        if is_alone && let Some(passage) = hit.passages.first() {
            line.push_span(Span::raw("  "));
            line.extend(passage_spans(passage, look));
        }
        buffer.set_line(area.x, row, &line, area.width);
    }
}

/// Returns a name with the words lit up that hold a word of the question.
fn named(name: &str, keywords: &[String], style: Style, look: Look) -> Vec<Span<'static>> {
    let (mut spans, mut at) = (Vec::new(), 0);
    for range in words(name) {
        let word = fold(&name[range.clone()]);
        if range.start >= at && keywords.iter().any(|keyword| word.contains(keyword.as_str())) {
            spans.push(Span::styled(name[at..range.start].to_owned(), style));
            spans.push(Span::styled(name[range.clone()].to_owned(), look.answers()));
            at = range.end;
        }
    }
    spans.push(Span::styled(name[at..].to_owned(), style));
    spans
}

fn passage_spans(passage: &Passage, look: Look) -> Vec<Span<'static>> {
    let chars: Vec<char> = passage.text.chars().collect();
    let slice = |from: usize, to: usize| one_line(&chars[from.min(chars.len())..to.min(chars.len())].iter().collect::<String>());
    let (mut spans, mut at) = (Vec::new(), 0);
    for [from, to] in &passage.highlights {
        spans.push(Span::styled(slice(at, *from.max(&at)), look.dim()));
        spans.push(Span::styled(slice(*from.max(&at), *to), look.answers()));
        at = *to.max(&at);
    }
    spans.push(Span::styled(slice(at, chars.len()), look.dim()));
    spans
}

fn draw_rule(buffer: &mut Buffer, area: Rect, look: Look) {
    let sign = if area.width > 1 { "─" } else { "│" };
    for (x, y) in (area.x..area.right()).flat_map(|x| (area.y..area.bottom()).map(move |y| (x, y))) {
        buffer.set_string(x, y, sign, look.dim());
    }
}

fn draw_note(buffer: &mut Buffer, area: Rect, model: &Model, look: Look) {
    let Some(hit) = model.hit().filter(|_| !area.is_empty()) else { return };
    buffer.set_line(area.x, area.y, &Line::styled(about(hit), look.coloured(Color::Magenta, Modifier::BOLD)), area.width);
    let text = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let Some(whole) = hit.whole.as_ref().filter(|_| !text.is_empty()) else { return };
    let height = usize::from(text.height);
    let place = whole.places.get(model.place).map_or(whole.body_start, |place| place.start);
    // What answers stands in the upper third, with what leads to it.
    let first = line_of(&whole.text, place).saturating_sub(height / 3).saturating_add_signed(model.scrolled);
    let last = line_of(&whole.text, whole.text.len());
    let lines = preview::lines(whole, first.min(last), height, model.place).into_iter().map(|line| shown(line, look));
    Paragraph::new(lines.collect::<Vec<_>>()).wrap(Wrap { trim: false }).render(text, buffer);
}

/// Returns what is said above a note: where it is, and what it is about.
fn about(hit: &Hit) -> String {
    let changed = hit.changed.then(|| "changed since the last sync".to_owned());
    let words: Vec<String> = [hit.path.clone()].into_iter().chain(hit.tags.iter().take(5).cloned()).chain(changed).collect();
    one_line(&words.join("  "))
}

fn shown(line: preview::Line, look: Look) -> Line<'static> {
    let style = match line.role {
        Role::Frontmatter => look.dim(),
        Role::Heading => Style::new().add_modifier(Modifier::BOLD),
        Role::Body => Style::new(),
    };
    let span = |(kind, text)| match kind {
        Kind::Plain => Span::styled(text, style),
        Kind::Answers => Span::styled(text, look.answers()),
        Kind::LookedAt => Span::styled(text, look.answers().add_modifier(Modifier::REVERSED)),
    };
    Line::from(line.pieces.into_iter().map(span).collect::<Vec<_>>())
}

/// Returns the last line: what is wrong, what came of a wish, what is not fresh, or what keys do.
fn status(model: &Model, look: Look) -> Line<'static> {
    if let Some(fault) = &model.fault {
        return Line::styled(fault.clone(), look.warning());
    }
    if let Some(said) = &model.said {
        return Line::raw(said.clone());
    }
    if let Some(warning) = model.answer.warnings.first() {
        return Line::styled(one_line(warning), look.warning());
    }
    let enter = if model.chooses { "Enter choose" } else { "Enter edit" };
    let keys = [enter, "^O Obsidian", "^Y path", "^T link", "^B backlinks", "Tab next place", "F1 keys", "Esc leave"];
    Line::styled(keys.join("  "), look.dim())
}

fn draw_keys(buffer: &mut Buffer, within: Rect, look: Look) {
    let told: Vec<_> = BINDINGS.iter().filter(|binding| !binding.name.is_empty()).collect();
    let area = Rect { height: within.height.min(told.len() as u16), width: within.width.min(66), ..within };
    Clear.render(area, buffer);
    for (row, binding) in (area.y..area.bottom()).zip(told) {
        let name = Span::styled(format!(" {:15} ", binding.name), look.coloured(Color::Cyan, Modifier::BOLD));
        buffer.set_line(area.x, row, &Line::from(vec![name, Span::raw(binding.said)]), area.width);
    }
}
