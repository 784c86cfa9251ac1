//! Endings: the exit codes of the program, and errors that know theirs and what to do about it.

use std::fmt;
use std::process::ExitCode;

/// How a command ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Success,
    /// Findings, or a failure that was reported.
    Findings,
    Usage,
    /// Try again: database away, lock held.
    TryAgain,
    Signal(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::TryAgain => 75,
            Exit::Signal(number) => 128 + number,
        })
    }
}

/// Returns what an error says, from the outside in; what a cause says again is left out.
pub fn in_words(error: &anyhow::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.last().is_none_or(|last| !last.contains(&cause)) {
            said.push(cause);
        }
    }
    said.join(": ")
}

/// An error that decides its own exit code and may carry a hint: what to do about it.
#[derive(Debug)]
pub struct Refusal {
    pub exit: Exit,
    pub message: String,
    pub hint: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
