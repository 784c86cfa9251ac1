//! The thread on which questions are answered: always the newest, and none that was typed over before anybody looked at it.

use crate::search::Answer;
use anyhow::{Context as _, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    /// Counts from 1; answers that come late are known by it.
    pub number: u64,
    pub text: String,
    /// How many hits are wanted.
    pub most: usize,
}

/// A question's answer, or why there is none.
#[derive(Debug)]
pub(super) struct Answered {
    pub question: Question,
    pub answer: Result<Answer>,
    pub took: Duration,
}

/// What is heard from the thread.
#[derive(Debug)]
pub(super) enum Word {
    Answered(Box<Answered>),
    /// What was answered may be answered otherwise now.
    News,
    /// A thread has panicked. `next` makes an error of it.
    Broken,
}

/// Where answers come from.
pub trait Source {
    /// Answers a question with so many hits at most, each with its whole text. An empty one asks for what was written last.
    fn ask(&mut self, text: &str, most: usize) -> Result<Answer>;
}

/// The thread, seen from outside.
pub struct Worker {
    questions: mpsc::Sender<Question>,
    words: UnboundedReceiver<Word>,
    /// Keeps the channel open for whoever has news.
    news: UnboundedSender<Word>,
}

impl Worker {
    /// Begins to answer from what `open` returns, which stays on the thread.
    pub fn start<S: Source>(open: impl FnOnce() -> S + Send + 'static) -> Self {
        let (questions, asked) = mpsc::channel::<Question>();
        let (news, words) = unbounded_channel();
        let answers = news.clone();
        beside(answers, move |answers| {
            let mut source = open();
            while let Ok(first) = asked.recv() {
                let question = asked.try_iter().last().unwrap_or(first);
                let start = Instant::now();
                let answer = source.ask(&question.text, question.most);
                let answered = Answered { question, answer, took: start.elapsed() };
                if answers.send(Word::Answered(Box::new(answered))).is_err() {
                    return;
                }
            }
        });
        Self { questions, words, news }
    }

    /// Does something on a thread of its own, and has the question asked again if it says that this is worth it.
    pub fn after(&self, does: impl FnOnce() -> bool + Send + 'static) {
        beside(self.news.clone(), move |news| {
            if does() {
                let _ = news.send(Word::News);
            }
        });
    }

    pub(super) fn ask(&self, question: Question) {
        // That a thread has ended is told by `next`.
        let _ = self.questions.send(question);
    }

    pub(super) async fn next(&mut self) -> Result<Word> {
        let word = self.words.recv().await.filter(|word| !matches!(word, Word::Broken));
        word.context("nobody answers any more")
    }
}

/// Runs something on a thread of its own. A panic there has given the terminal back, and nobody waits for that thread: so it is told of.
fn beside(words: UnboundedSender<Word>, does: impl FnOnce(&UnboundedSender<Word>) + Send + 'static) {
    std::thread::spawn(move || {
        if catch_unwind(AssertUnwindSafe(|| does(&words))).is_err() {
            let _ = words.send(Word::Broken);
        }
    });
}
