//! The lines of a document that answer a question, with the headings they stand under and the lines around them.
//!
//! The best have the most different words of the question, then these words closest together.

use super::heading::Headings;
use crate::index::Document;
use crate::query::words::fold;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

/// Passages of one hit, unless all are asked for.
const MOST: usize = 3;
/// Characters of a line that are shown; a longer one is shown around its first match.
pub(super) const LINE: usize = 240;
/// Characters of a paragraph that are shown.
pub(super) const PARAGRAPH: usize = 1000;
/// Characters before the first match of what is longer.
const LEAD: usize = 60;
/// A shorter word is not taken for the beginning of another form of it.
const SHORTEST_BASE: usize = 4;

/// A line that answers, or a paragraph. Lines and columns count from 1, columns and highlights in characters; a highlight's end is exclusive.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Passage {
    /// Of the first highlight.
    pub line: usize,
    pub column: usize,
    pub text: String,
    /// In `text`.
    pub highlights: Vec<[usize; 2]>,
    /// The headings above, outermost first.
    pub headings: Vec<String>,
    /// The lines that it is made of.
    #[serde(skip)]
    pub lines: Range<usize>,
    /// The lines before and after, where they were asked for.
    #[serde(flatten)]
    pub around: Option<Around>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Around {
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// How much is shown of where a hit matches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Excerpt {
    /// So many lines around each passage.
    pub context: Option<usize>,
    /// All that matches, in the order of the text, not only the best.
    pub all_lines: bool,
}

/// A stretch of a text that answers: a line, or a paragraph.
pub(super) struct Spot {
    pub(super) range: Range<usize>,
    /// Where it answers, cut to the stretch.
    pub(super) places: Vec<Range<usize>>,
    /// The line of the first place, from 1.
    line: usize,
}

/// What some places are worth as an answer: the greater, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worth {
    pub(super) n_words: usize,
    is_in_body: bool,
    /// The bytes between the words, where all of them stand closest together.
    pub(super) gap: Reverse<usize>,
}

/// Groups places by the stretches in which they begin, best first. `stretch` returns the one around a place in the text.
pub(super) fn spots(document: &Document, places: &[Range<usize>], stretch: impl Fn(usize) -> Range<usize>) -> Vec<Spot> {
    let text = document.text.as_str();
    let mut spots: Vec<Spot> = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for place in places {
        if let Some(last) = spots.last_mut().filter(|last| place.start < last.range.end) {
            last.places.push(place.start..place.end.min(last.range.end));
            continue;
        }
        line += text[counted..place.start].matches('\n').count();
        counted = place.start;
        let range = stretch(place.start);
        spots.push(Spot { places: vec![place.start..place.end.min(range.end)], range, line });
    }
    spots.sort_by_cached_key(|spot| Reverse(worth(document, &spot.places)));
    // Properties mostly say again what the body says: they are shown where they answer better.
    let is_in_body = |spot: &Spot| spot.range.start >= document.body_start;
    if spots.first().is_some_and(is_in_body) {
        spots.retain(is_in_body);
    }
    spots
}

/// Returns the line around a place, without its end.
pub(super) fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |before| before + 1);
    start..text[at..].find('\n').map_or(text.len(), |after| at + after)
}

/// Returns what places of a document, in their order, are worth.
pub(super) fn worth(document: &Document, places: &[Range<usize>]) -> Worth {
    let is_in_body = places.first().is_some_and(|place| place.start >= document.body_start);
    if places.len() < 2 {
        return Worth { n_words: places.len(), is_in_body, gap: Reverse(0) };
    }
    let words: Vec<_> = places.iter().map(|place| fold(&document.text[place.clone()])).collect();
    let numbers = numbered(words.iter().map(AsRef::as_ref));
    let n_words = numbers.values().max().map_or(0, |last| last + 1);
    let (mut counts, mut n_met, mut gap, mut first, mut length) = (vec![0; n_words], 0, usize::MAX, 0, 0);
    // A window over the places that grows to hold all words, then shrinks as long as it does.
    for (last, word) in words.iter().enumerate() {
        let count: &mut usize = &mut counts[numbers[word.as_ref()]];
        n_met += usize::from(*count == 0);
        *count += 1;
        length += places[last].len();
        while n_met == n_words {
            gap = gap.min((places[last].end - places[first].start).saturating_sub(length));
            let count = &mut counts[numbers[words[first].as_ref()]];
            *count -= 1;
            n_met -= usize::from(*count == 0);
            length -= places[first].len();
            first += 1;
        }
    }
    Worth { n_words, is_in_body, gap: Reverse(gap) }
}

/// Numbers words; those that begin with another one, as a plural does, have its number.
fn numbered<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut numbers: BTreeMap<&str, usize> = words.map(|word| (word, 0)).collect();
    let (mut base, mut next) = (None, 0);
    for (word, number) in &mut numbers {
        if !base.is_some_and(|base: &str| base.len() >= SHORTEST_BASE && word.starts_with(base)) {
            base = Some(word);
            next += 1;
        }
        *number = next - 1;
    }
    numbers
}

/// Returns spots, which come best first, as passages: the best, or all in the order of the text.
pub(super) fn passages(mut spots: Vec<Spot>, document: &Document, headings: &Headings, width: usize, excerpt: Excerpt) -> Vec<Passage> {
    if excerpt.all_lines {
        spots.sort_by_key(|spot| spot.range.start);
    } else {
        spots.truncate(MOST);
    }
    spots.iter().map(|spot| spot.passage(&document.text, headings, width, excerpt.context)).collect()
}

impl Spot {
    fn passage(&self, whole: &str, headings: &Headings, width: usize, context: Option<usize>) -> Passage {
        let text = &whole[self.range.clone()];
        let first_line = self.line - whole[self.range.start..self.places[0].start].matches('\n').count();
        let first = &self.places[0];
        let line = line_around(whole, first.start);
        let n_before = whole[self.range.start..first.start].chars().count();
        let indent = text.chars().take_while(|c| c.is_whitespace()).count().min(n_before);
        let is_long = text.chars().nth(width).is_some();
        let n_left_out = if is_long { n_before.saturating_sub(LEAD).max(indent) } else { indent };
        let start = text.char_indices().nth(n_left_out).map_or(text.len(), |(at, _)| at);
        let end = text[start..].char_indices().nth(width).map_or(text.len(), |(at, _)| start + at);
        let shown = text[start..end].trim_end();
        // In the bytes of what is shown, then in its characters.
        let within = |at: usize| (at - self.range.start).saturating_sub(start).min(shown.len());
        let places = self.places.iter().map(|place| within(place.start)..within(place.end)).take_while(|place| place.start < shown.len());
        Passage {
            line: self.line,
            column: whole[line.start..first.start].chars().count() + 1,
            text: shown.to_owned(),
            highlights: places.map(|place| [place.start, place.end].map(|at| shown[..at].chars().count())).collect(),
            headings: headings.above(&line),
            lines: first_line..first_line + text.matches('\n').count() + 1,
            around: context.map(|n_lines| Around::of(&self.range, whole, n_lines)),
        }
    }
}

impl Around {
    fn of(range: &Range<usize>, text: &str, n_lines: usize) -> Self {
        let start = text[..range.start].rfind('\n').map_or(0, |before| before + 1);
        let mut before: Vec<String> = text[..start].split_terminator('\n').rev().take(n_lines).map(cut).collect();
        before.reverse();
        let end = text[range.end..].find('\n').map_or(text.len(), |after| range.end + after + 1);
        Self { before, after: text[end..].split_terminator('\n').take(n_lines).map(cut).collect() }
    }
}

fn cut(line: &str) -> String {
    line.chars().take(LINE).collect()
}
