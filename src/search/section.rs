//! The sections of a note as hits of their own: from one heading to the next, the text before the first heading too.
//!
//! A section's score is its note's, times what it has of the note's answer: the best section of a note stands for the note.

use super::Hit;
use super::heading::Headings;
use super::passage::{self, Excerpt, Spot};
use crate::index::Document;
use crate::note::{self, Note};
use crate::query::words::fold;
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

/// How fast further occurrences lose weight.
const SATURATION: f32 = 1.2;
/// What a word in the heading counts, beside once for being there.
const IN_HEADING: f32 = 2.0;
/// What several words add that stand side by side, and the gap at which half of it is gone.
const CLOSE: f32 = 0.25;
const HALF_GAP: f32 = 64.0;

/// Where a hit that is a section stands. Lines count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Section {
    /// `None` for the text before the first heading.
    pub heading: Option<String>,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    pub line: usize,
    pub end_line: usize,
}

/// A section that answers.
pub(super) struct Found {
    pub(super) section: Section,
    pub(super) passages: Vec<passage::Passage>,
    /// What it has of the note's answer, at most 1.
    pub(super) share: f32,
}

/// A part of the text from one heading to the next.
struct Part<'a> {
    range: Range<usize>,
    line: usize,
    heading: Option<&'a str>,
}

/// Returns the sections of a document in which places lie, in the order of the text. One that is found by its name alone answers with
/// its beginning.
pub(super) fn sections(document: &Document, places: &[Range<usize>], excerpt: Excerpt) -> Vec<Found> {
    let note = note::parse_text(&document.text);
    let headings = Headings::of(&note);
    let parts = parts(&document.text, &headings);
    let mut spots_of: Vec<Vec<Spot>> = parts.iter().map(|_| Vec::new()).collect();
    for spot in passage::spots(document, places, |at| paragraph_around(&note, &document.text, at)) {
        spots_of[parts.partition_point(|part| part.range.start <= spot.range.start).saturating_sub(1)].push(spot);
    }
    let mut found = Vec::new();
    for (part, spots) in parts.iter().zip(spots_of).filter(|(_, spots)| !spots.is_empty()) {
        let share = merit(document, part, &spots, parts.len());
        let passages = passage::passages(spots, document, &headings, passage::PARAGRAPH, excerpt);
        found.push(Found { section: part.section(&document.text, &headings), passages, share });
    }
    let best = found.iter().map(|found| found.share).fold(f32::MIN_POSITIVE, f32::max);
    found.iter_mut().for_each(|found| found.share /= best);
    if found.is_empty() {
        found.push(Found { section: parts[0].section(&document.text, &headings), passages: Vec::new(), share: 1.0 });
    }
    found
}

/// Cuts a text at its headings. What stands before the first is a part, unless that is nothing.
fn parts<'a>(text: &str, headings: &Headings<'a>) -> Vec<Part<'a>> {
    let headings = headings.all();
    let before = headings.first().is_none_or(|first| !text[..first.start].trim().is_empty()).then_some((0, None));
    let starts: Vec<_> = before.into_iter().chain(headings.iter().map(|heading| (heading.start, Some(heading.text)))).collect();
    let (mut line, mut counted) = (1, 0);
    let mut parts = Vec::with_capacity(starts.len());
    for (which, (start, heading)) in starts.iter().enumerate() {
        line += text[counted..*start].matches('\n').count();
        counted = *start;
        let end = starts.get(which + 1).map_or(text.len(), |(next, _)| *next);
        parts.push(Part { range: *start..end, line, heading: *heading });
    }
    parts
}

impl Part<'_> {
    fn section(&self, text: &str, headings: &Headings) -> Section {
        Section {
            heading: self.heading.map(str::to_owned),
            headings: self.heading.map(|_| headings.above(&passage::line_around(text, self.range.start))).unwrap_or_default(),
            line: self.line,
            end_line: self.line + text[self.range.clone()].trim_end().matches('\n').count(),
        }
    }
}

/// Returns how well a section answers: for each word how often it is there, a short section before a long one, and closeness.
fn merit(document: &Document, part: &Part, spots: &[Spot], n_parts: usize) -> f32 {
    let heading = part.heading.map_or(0, |_| passage::line_around(&document.text, part.range.start).end);
    let mut places: Vec<_> = spots.iter().flat_map(|spot| spot.places.iter().cloned()).collect();
    places.sort_by_key(|place| place.start);
    let mut words: HashMap<String, f32> = HashMap::new();
    for place in &places {
        let n = if place.start < heading { 1.0 + IN_HEADING } else { 1.0 };
        *words.entry(fold(&document.text[place.clone()]).into_owned()).or_default() += n;
    }
    let average = document.text.len() as f32 / n_parts as f32;
    let length = 0.25 + 0.75 * part.range.len() as f32 / average;
    let sum: f32 = words.values().map(|n| n / (n + SATURATION * length)).sum();
    let worth = passage::worth(document, &places);
    let closeness = if worth.n_words > 1 { HALF_GAP / (HALF_GAP + worth.gap.0 as f32) } else { 0.0 };
    sum * (1.0 + CLOSE * closeness)
}

/// Returns the paragraph around a place, or the list item, without what lies within the item; a line of what is neither.
fn paragraph_around(note: &Note, text: &str, at: usize) -> Range<usize> {
    let holds = |range: &Range<usize>| range.start <= at && at < range.end;
    let block = note.sections.partition_point(|block| block.range.start <= at).checked_sub(1).map(|which| &note.sections[which]);
    let range = match block {
        Some(block) if block.kind == "list" => {
            let next = note.list_items.partition_point(|item| item.range.start <= at);
            let end = note.list_items.get(next).map_or(usize::MAX, |next| next.range.start);
            next.checked_sub(1).map(|item| &note.list_items[item].range).map(|item| item.start..item.end.min(end))
        }
        Some(block) if block.kind != "yaml" => Some(block.range.clone()),
        _ => None,
    };
    let range = range.map(|range| range.start..range.start + text[range].trim_end().len());
    range.filter(holds).unwrap_or_else(|| passage::line_around(text, at))
}

/// Hits that wait for their turn.
#[derive(Default)]
pub(super) struct Waiting(VecDeque<Hit>);

impl Waiting {
    /// Takes in the hits of a document: by their scores, or at the end.
    pub(super) fn add(&mut self, hits: Vec<Hit>, by_score: bool) {
        for hit in hits {
            let at = if by_score { self.0.partition_point(|other| other.score >= hit.score) } else { self.0.len() };
            self.0.insert(at, hit);
        }
    }

    /// Returns the first, unless a document that comes with this score, of which no section has more, may have a better one.
    pub(super) fn next(&mut self, coming: Option<f32>) -> Option<Hit> {
        let is_due = coming.is_none_or(|coming| self.0.front().is_some_and(|first| first.score >= coming));
        if is_due { self.0.pop_front() } else { None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_waits_for_a_document_that_may_have_a_better_one() {
        let hit = |title: &str, score| Hit { title: title.to_owned(), score, ..Hit::default() };
        let mut waiting = Waiting::default();
        waiting.add(vec![hit("a", 1.0), hit("b", 4.0), hit("c", 1.0)], true);
        let mut next = |coming| waiting.next(coming).map(|hit| hit.title);
        assert_eq!(next(Some(4.0)).as_deref(), Some("b"));
        assert_eq!(next(Some(2.0)), None);
        assert_eq!((next(Some(1.0)).as_deref(), next(None).as_deref(), next(None)), (Some("a"), Some("c"), None));
        waiting.add(vec![hit("a", 1.0), hit("b", 4.0)], false);
        assert_eq!(waiting.next(None).map(|hit| hit.title).as_deref(), Some("a"), "in the order of the text");
    }
}
