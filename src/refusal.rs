//! Endings: the exit codes of the program, and errors that know theirs and what to do about it.

use std::fmt;
use std::path::Path;
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

/// Returns what an error says, from the outside in; what a cause says again is left out, and so is where PostgreSQL's own source says it.
pub fn in_words(error: &anyhow::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        let cause = without_source_line(cause);
        if said.last().is_none_or(|last| !last.contains(&cause)) {
            said.push(cause);
        }
    }
    said.join(": ")
}

/// PostgreSQL's driver ends what the server says with a number: the line of the server's source code, which tells nobody anything.
fn without_source_line(said: String) -> String {
    match said.rsplit_once(" at line ") {
        Some((message, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) => message.to_owned(),
        _ => said,
    }
}

/// Returns a path as a shell takes it, for a cure that is pasted.
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=@%,".contains(c);
    if text.chars().all(is_plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
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

#[cfg(test)]
mod tests {
    use super::{in_words, quoted};
    use anyhow::anyhow;
    use std::path::Path;

    #[test]
    fn an_error_is_said_once_and_without_the_line_of_a_foreign_source() {
        for (causes, said) in [
            (&["a", "b: c", "c"][..], "a: b: c"),
            (&["opening", "error returned from database: no at line 3486", "no at line 3486"], "opening: error returned from database: no"),
            (&["bad at line 5 at line 3917"], "bad at line 5"),
            (&["bad YAML at line 1 column 5"], "bad YAML at line 1 column 5"),
        ] {
            let mut causes = causes.iter().rev();
            let first = anyhow!("{}", causes.next().unwrap());
            assert_eq!(in_words(&causes.fold(first, |error, outer| error.context(*outer))), said);
        }
    }

    #[test]
    fn a_cure_can_be_pasted_into_a_shell() {
        for (path, expected) in [("/a/b-c.md", "/a/b-c.md"), ("/my notes", "'/my notes'"), ("/it's", "'/it'\\''s'"), ("/$(x)", "'/$(x)'")] {
            assert_eq!(quoted(Path::new(path)), expected);
        }
    }
}
