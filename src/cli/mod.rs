//! The surface: arguments in, answers on stdout, all else on stderr, an exit code. One file a command; no rules of the product.

mod args;
mod inspect;
mod resolve;
mod search;

pub use args::{Arguments, Command, Global};

use crate::config::{self, Settings};
use clap::Parser as _;
use std::fmt;
use std::io::Write as _;
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

/// What every command gets: the global flags, and the settings on demand (a command that reads one file needs none).
pub struct Surface {
    pub global: Global,
}

impl Surface {
    /// Returns the settings from flags, environment and `sync.toml`.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        config::load(&self.global)
    }

    /// Writes one JSON document on stdout.
    pub fn json(&self, value: &impl serde::Serialize) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, value)?;
        out.write_all(b"\n")?;
        Ok(())
    }
}

/// Runs the program for the process's own arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let surface = Surface { global: arguments.global };
    match run(&arguments.command, &surface) {
        Ok(exit) => exit.into(),
        Err(error) => report(&error).into(),
    }
}

fn run(command: &Command, surface: &Surface) -> anyhow::Result<Exit> {
    match command {
        Command::Inspect(args) => inspect::run(args, surface),
        Command::Resolve(args) => resolve::run(args, surface),
        Command::Search(args) => search::run(args, surface),
    }
}

/// Prints an error for people; a reader that went away (`| head`) is no error.
fn report(error: &anyhow::Error) -> Exit {
    let broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(broken_pipe) {
        return Exit::Success;
    }
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "vault-sync: {error:#}");
    let Some(refusal) = error.downcast_ref::<Refusal>() else { return Exit::Findings };
    if let Some(hint) = &refusal.hint {
        let _ = writeln!(err, "  {hint}");
    }
    refusal.exit
}
