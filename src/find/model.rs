//! What is on the screen, and what a key makes of it. Knows neither a terminal nor where answers come from.

use super::Place;
use super::keys::{Does, Key, Wish, meaning};
use super::preview::line_of;
use super::worker::{Answered, Question};
use crate::refusal::{Refusal, in_words};
use crate::render::one_line;
use crate::search::{Answer, Hit};
use anyhow::Result;
use std::time::Duration;
use tui_input::{Input, InputRequest};

/// Hits that are asked for at first; twice as many whenever somebody comes to the end of them.
const FIRST: usize = 50;

/// All that is shown.
#[derive(Default)]
pub struct Model {
    pub(super) line: Input,
    /// What Enter does: open the note, or hand its path to whoever reads stdout.
    pub(super) chooses: bool,
    pub(super) has_colour: bool,
    /// Of the last question, of the last one that something was heard of, and how many hits it asked for.
    number: u64,
    heard: u64,
    most: usize,
    pub(super) answer: Answer,
    /// What `answer` answers, and whether it was logged.
    answered: String,
    took: Duration,
    is_logged: bool,
    pub(super) is_answered: bool,
    /// Why there is no answer to what is typed; the former one stands meanwhile.
    pub(super) fault: Option<String>,
    pub(super) selected: usize,
    /// The first hit that is shown, and how many there is room for: drawing says so.
    pub(super) top: usize,
    pub(super) n_rows: usize,
    /// Which place of the selected hit is looked at, and how many lines it was scrolled away from.
    pub(super) place: usize,
    pub(super) scrolled: isize,
    /// Questions to go back to.
    back: Vec<Past>,
    /// What was said of the last wish.
    pub(super) said: Option<String>,
    pub(super) shows_keys: bool,
}

/// A question that another one took the place of.
struct Past {
    text: String,
    selected: usize,
    most: usize,
}

impl Model {
    /// Begins with a question, maybe an empty one. Where it `chooses`, Enter ends it with the path of the note.
    pub fn new(question: String, chooses: bool, has_colour: bool) -> Self {
        Self { line: Input::new(question), chooses, has_colour, most: FIRST, ..Self::default() }
    }

    /// Returns what is typed, as the next question.
    pub(super) fn question(&mut self) -> Question {
        self.number += 1;
        Question { number: self.number, text: self.line.value().to_owned(), most: self.most }
    }

    /// Takes an answer, unless another question was asked since.
    pub(super) fn take(&mut self, Answered { question, answer, took }: Answered) {
        if question.number != self.number {
            return;
        }
        self.heard = question.number;
        match answer {
            Ok(answer) => {
                let is_new = question.text != self.answered;
                (self.fault, self.is_answered) = (None, true);
                if is_new {
                    self.is_logged = false;
                }
                // The same question again: who has chosen a note means that, wherever it stands now.
                let chosen = self.hit().filter(|_| !is_new).map(|hit| hit.id.clone());
                (self.answer, self.answered, self.took) = (answer, question.text, took);
                let place = chosen.and_then(|id| self.answer.results.iter().position(|hit| hit.id == id));
                self.select(place.unwrap_or(self.selected).min(self.answer.results.len().saturating_sub(1)));
            }
            Err(error) => {
                let hint = error.downcast_ref().and_then(|refusal: &Refusal| refusal.hint.as_deref());
                let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
                self.fault = Some(one_line(&(in_words(&error) + &hint)));
            }
        }
    }

    /// Returns whether the hits are still those of another question than the one that is typed.
    pub(super) fn is_behind(&self) -> bool {
        self.heard != self.number && !(self.is_answered && self.answered == self.line.value())
    }

    /// Returns whether there was no answer at all so far, and none is on its way.
    pub(super) fn waits(&self) -> bool {
        !self.is_answered && self.fault.is_some() && self.heard == self.number
    }

    /// Carries out what a key does, and returns what it wishes for besides.
    pub(super) fn press(&mut self, key: Key) -> Wish {
        self.said = None;
        if self.shows_keys {
            self.shows_keys = false;
            if matches!(key, Key::Escape | Key::Function(1)) {
                return Wish::Nothing;
            }
        }
        match meaning(key) {
            None => Wish::Nothing,
            Some(Does::Edit(request)) => self.edit(request),
            Some(Does::Step(by)) => self.step(by),
            Some(Does::Leap(by)) => self.step(by * self.n_rows.max(1) as isize),
            Some(Does::NextPlace) => self.look_at(1),
            Some(Does::LastPlace) => self.look_at(self.n_places().saturating_sub(1)),
            Some(Does::Scroll(by)) => self.scroll(by),
            Some(Does::Keys) => {
                self.shows_keys = true;
                Wish::Nothing
            }
            Some(Does::Back) => self.go_back(),
            Some(Does::Wish(Wish::Edit)) if self.chooses => Wish::Choose,
            Some(Does::Wish(wish)) => wish,
        }
    }

    /// Takes a text in, as one line.
    pub(super) fn paste(&mut self, text: &str) -> Wish {
        let text: String = text.trim_end_matches(['\r', '\n']).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if text.is_empty() {
            return Wish::Nothing;
        }
        // At once: sign by sign, a large text would take time by the square of its length.
        let (mut value, cursor) = (self.line.value().to_owned(), self.line.cursor());
        value.insert_str(value.char_indices().nth(cursor).map_or(value.len(), |(at, _)| at), &text);
        self.line = std::mem::take(&mut self.line).with_value(value).with_cursor(cursor + text.chars().count());
        self.asks_anew()
    }

    fn edit(&mut self, request: InputRequest) -> Wish {
        let has_changed = self.line.handle(request).is_some_and(|change| change.value);
        if has_changed { self.asks_anew() } else { Wish::Nothing }
    }

    fn asks_anew(&mut self) -> Wish {
        (self.selected, self.top, self.most) = (0, 0, FIRST);
        Wish::Ask
    }

    fn select(&mut self, which: usize) {
        self.selected = which;
        (self.place, self.scrolled) = (self.best_place(), 0);
    }

    fn step(&mut self, by: isize) -> Wish {
        let n_hits = self.answer.results.len();
        let last = n_hits.saturating_sub(1);
        self.select(self.selected.saturating_add_signed(by).min(last));
        if self.selected == last && by > 0 && self.answer.truncated && n_hits >= self.most {
            self.most *= 2;
            return Wish::Ask;
        }
        Wish::Nothing
    }

    fn look_at(&mut self, by: usize) -> Wish {
        (self.place, self.scrolled) = ((self.place + by) % self.n_places().max(1), 0);
        Wish::Nothing
    }

    /// No further than the note goes: what nobody sees would have to be scrolled back.
    fn scroll(&mut self, by: isize) -> Wish {
        let line = self.place().map_or(0, |place| place.line as isize - 1);
        let whole = self.hit().and_then(|hit| hit.whole.as_ref());
        let last = whole.map_or(0, |whole| line_of(&whole.text, whole.text.len()) as isize);
        self.scrolled = (self.scrolled + by).clamp(-line, (last - line).max(0));
        Wish::Nothing
    }

    fn n_places(&self) -> usize {
        self.hit().and_then(|hit| hit.whole.as_ref()).map_or(0, |whole| whole.places.len())
    }

    /// Returns the number of the place that begins the best passage.
    fn best_place(&self) -> usize {
        let place = || {
            let (whole, best) = (self.hit()?.whole.as_ref()?, self.hit()?.passages.first()?);
            // In one pass: a long note may have as many places as it has words.
            let start: usize = whole.text.split_inclusive('\n').take(best.line.saturating_sub(1)).map(str::len).sum();
            let first = whole.places.partition_point(|place| place.start < start);
            (first < whole.places.len()).then_some(first)
        };
        place().unwrap_or_default()
    }

    /// Returns the selected hit.
    pub(super) fn hit(&self) -> Option<&Hit> {
        self.answer.results.get(self.selected)
    }

    /// Returns the selected hit, and where in it somebody looks.
    pub(super) fn place(&self) -> Option<Place<'_>> {
        let hit = self.hit()?;
        let at = || {
            let whole = hit.whole.as_ref()?;
            let start = whole.places.get(self.place)?.start;
            let column = whole.text[..start].chars().rev().take_while(|c| *c != '\n').count() + 1;
            Some((line_of(&whole.text, start) + 1, column))
        };
        let (line, column) = at().unwrap_or((1, 1));
        Some(Place { hit, line, column })
    }

    /// Asks for the notes that link to the selected one; Esc comes back.
    pub(super) fn show_backlinks(&mut self) -> Option<Question> {
        let Hit { path, id, .. } = self.hit()?;
        let text = format!("link:\"{}\"", if path.contains('"') { id } else { path });
        self.back.push(Past { text: self.line.value().to_owned(), selected: self.selected, most: self.most });
        self.line = Input::new(text);
        self.asks_anew();
        Some(self.question())
    }

    fn go_back(&mut self) -> Wish {
        let Some(past) = self.back.pop() else { return Wish::Leave };
        self.line = Input::new(past.text);
        (self.selected, self.top, self.most) = (past.selected, 0, past.most);
        Wish::Ask
    }

    /// Says how a wish went.
    pub(super) fn say(&mut self, said: Result<String>) {
        self.said = Some(one_line(&said.unwrap_or_else(|error| in_words(&error))));
    }

    /// Returns the lookup that is to be logged, once: the question that was answered last, if there was one.
    pub(super) fn unlogged(&mut self) -> Option<(&str, &Answer, Duration)> {
        if self.is_logged || self.answered.trim().is_empty() {
            return None;
        }
        self.is_logged = true;
        Some((&self.answered, &self.answer, self.took))
    }

    /// Makes room for so many hits, the selected one among them.
    pub(super) fn fit(&mut self, n_rows: usize) {
        self.n_rows = n_rows;
        self.top = self.top.min(self.selected).max((self.selected + 1).saturating_sub(n_rows));
    }
}
