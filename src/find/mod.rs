//! Finding by hand: a question that is typed, its hits, and the note that is selected, on a whole screen.
//!
//! What is shown is a value ([`Model`]); a key changes it and may wish for something, and drawing only reads it. Answers are made on a
//! thread of their own, which takes the newest question and drops those that were typed over: no key ever waits for a search.

mod draw;
mod keys;
mod model;
mod preview;
mod terminal;
#[cfg(test)]
mod tests;
mod worker;

pub use model::Model;
pub use terminal::{Screen, can_show};
pub use worker::{Source, Worker};

use crate::refusal::Exit;
use crate::search::{Answer, Hit};
use keys::Wish;
use std::time::Duration;
use terminal::{Event, Keyboard, Signals};
use worker::Word;

/// After such a time a first answer is asked for again that there could not be: the first sync may have come to its end.
const AGAIN: Duration = Duration::from_secs(1);

/// A hit, and the line of it that is looked at, from 1.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub hit: &'a Hit,
    pub line: usize,
    pub column: usize,
}

/// What is done outside the screen. Each returns what is to be said of it.
pub trait Hands {
    /// Opens the place in the person's editor, which has the terminal until it ends.
    fn edit(&mut self, place: Place<'_>) -> anyhow::Result<String>;
    /// Opens the note in Obsidian.
    fn open(&mut self, place: Place<'_>) -> anyhow::Result<String>;
    /// Returns the path of the note's file.
    fn path(&mut self, place: Place<'_>) -> anyhow::Result<String>;
    /// Returns a wiki-link to the note.
    fn link(&mut self, place: Place<'_>) -> anyhow::Result<String>;
    /// Hands a text to the desktop's clipboard, as far as there is one; the terminal's own gets it anyway.
    fn copy(&mut self, text: &str);
    /// Logs a lookup: somebody has acted on its answer, or left with it.
    fn log(&mut self, question: &str, answer: &Answer, took: Duration);
    /// Returns what takes in what has changed, and says whether something came; it is run beside.
    fn refresher(&self) -> Box<dyn FnOnce() -> bool + Send>;
}

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ending {
    Left,
    /// The path of a note that was chosen, for whoever reads stdout.
    Chosen(String),
    Ended(Exit),
}

/// Shows the screen until somebody leaves it.
///
/// # Errors
/// When the terminal fails; the screen is restored before.
pub async fn run(model: &mut Model, mut screen: Screen, mut worker: Worker, hands: &mut dyn Hands) -> anyhow::Result<Ending> {
    let mut keyboard = Some(Keyboard::new());
    let mut signals = Signals::new()?;
    // Drawn before anything is looked for: whoever waits sees that it has begun.
    screen.draw(|frame| draw::draw(frame, model))?;
    worker.ask(model.question());
    worker.after(hands.refresher());
    // What is wished for a hit while the hits are still those of another question: it means the ones that come.
    let mut due = Wish::Nothing;
    let ending = loop {
        let wish = tokio::select! {
            signal = signals.next() => break Ending::Ended(Exit::Signal(signal)),
            event = keyboard.get_or_insert_with(Keyboard::new).next() => match event? {
                Event::Changed => Wish::Nothing,
                Event::Pressed(key) => {
                    due = Wish::Nothing;
                    model.press(key)
                }
                Event::Pasted(text) => {
                    due = Wish::Nothing;
                    model.paste(&text)
                }
            },
            word = worker.next() => {
                match word? {
                    Word::Answered(answered) => model.take(*answered),
                    Word::News | Word::Broken => worker.ask(model.question()),
                }
                let wish = if model.is_behind() { Wish::Nothing } else { std::mem::replace(&mut due, Wish::Nothing) };
                if model.fault.is_some() { Wish::Nothing } else { wish }
            }
            () = tokio::time::sleep(AGAIN), if model.waits() => {
                worker.ask(model.question());
                Wish::Nothing
            }
        };
        match wish {
            wish if wish.is_for_hit() && model.is_behind() => due = wish,
            Wish::Nothing => {}
            Wish::Ask => worker.ask(model.question()),
            Wish::Leave => break Ending::Left,
            Wish::Redraw => screen.clear()?,
            Wish::Suspend => {
                keyboard = None;
                screen.suspend()?;
            }
            Wish::Backlinks => {
                log(model, hands);
                if let Some(question) = model.show_backlinks() {
                    worker.ask(question);
                }
            }
            Wish::Edit | Wish::Choose | Wish::Open | Wish::CopyPath | Wish::CopyLink => {
                log(model, hands);
                let Some(place) = model.place() else { continue };
                let said = match wish {
                    Wish::Choose => match hands.path(place) {
                        Ok(path) => break Ending::Chosen(path),
                        Err(error) => Err(error),
                    },
                    Wish::Edit => {
                        // The editor reads keys that this would take from it.
                        keyboard = None;
                        screen.leave()?;
                        let said = hands.edit(place);
                        screen.enter()?;
                        signals.forget_interrupts().await;
                        worker.ask(model.question());
                        worker.after(hands.refresher());
                        said
                    }
                    Wish::Open => hands.open(place),
                    Wish::CopyPath => hands.path(place).and_then(|path| copy(&mut screen, hands, &path)),
                    _ => hands.link(place).and_then(|link| copy(&mut screen, hands, &link)),
                };
                model.say(said);
            }
        }
        screen.draw(|frame| draw::draw(frame, model))?;
    };
    log(model, hands);
    screen.leave()?;
    Ok(ending)
}

fn log(model: &mut Model, hands: &mut dyn Hands) {
    if let Some((question, answer, took)) = model.unlogged() {
        hands.log(question, answer, took);
    }
}

fn copy(screen: &mut Screen, hands: &mut dyn Hands, text: &str) -> anyhow::Result<String> {
    screen.copy(text)?;
    hands.copy(text);
    Ok(format!("copied {text}"))
}
