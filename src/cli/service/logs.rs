//! `service logs`: what the watcher has said, from the journal, or from the file into which launchd puts it.

use super::super::args::LogsArgs;
use super::super::{Exit, Refusal, Surface, harmless};
use super::{log, manager};
use crate::config::user_home;
use crate::service::Manager;
use anyhow::{Context as _, Result};
use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How often a file is looked at for more.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) fn run(args: &LogsArgs, surface: &Surface) -> Result<Exit> {
    match manager(&args.manager)? {
        Manager::Systemd => journal(args),
        Manager::Launchd => file(&log(&user_home()?), args, surface),
    }
}

/// The journal has a program of its own, which knows how to show it.
fn journal(args: &LogsArgs) -> Result<Exit> {
    let mut command = Command::new("journalctl");
    command.args(["--user-unit", Manager::Systemd.file_name(), "--no-pager", "--lines", &args.lines.to_string()]);
    command.args(args.follow.then_some("--follow"));
    match command.status() {
        Ok(status) if status.success() => Ok(Exit::Success),
        // It has said why.
        Ok(_) => Ok(Exit::Findings),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let message = "there is no journalctl here, and so no journal".to_owned();
            let hint = Some("without systemd, what `vault-sync watch` says stands where its stderr leads".to_owned());
            Err(Refusal { exit: Exit::Findings, message, hint }.into())
        }
        Err(error) => Err(error).context("starting journalctl"),
    }
}

fn file(path: &Path, args: &LogsArgs, surface: &Surface) -> Result<Exit> {
    let shown = harmless(&path.display().to_string());
    let mut text = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let message = format!("there is no {shown}: it has said nothing yet, or is not installed");
            let hint = Some("`vault-sync service status` says how it is".to_owned());
            return Err(Refusal { exit: Exit::Findings, message, hint }.into());
        }
        Err(error) => return Err(error).with_context(|| format!("reading {shown}")),
    };
    let read = text.len() as u64;
    text.drain(..last(&text, args.lines));
    surface.text(&harmless(&String::from_utf8_lossy(&text)))?;
    if args.follow { follow(path, read, surface) } else { Ok(Exit::Success) }
}

/// Prints what comes behind a place, until it is stopped.
fn follow(path: &Path, mut read: u64, surface: &Surface) -> Result<Exit> {
    loop {
        std::thread::sleep(PAUSE);
        // One that was put aside for a new one comes back, and is read from its beginning.
        let Ok(mut file) = File::open(path) else { continue };
        let length = file.metadata().map_or(0, |meta| meta.len());
        if length < read {
            read = 0;
        }
        let mut more = Vec::new();
        file.seek(SeekFrom::Start(read))?;
        read += file.take(length - read).read_to_end(&mut more)? as u64;
        if !more.is_empty() {
            surface.text(&harmless(&String::from_utf8_lossy(&more)))?;
        }
    }
}

/// Returns where the last so many lines begin.
fn last(text: &[u8], n_lines: usize) -> usize {
    let end = text.strip_suffix(b"\n").unwrap_or(text).len();
    if n_lines == 0 {
        return text.len();
    }
    let ends = text[..end].iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    ends.map(|(at, _)| at + 1).nth(n_lines - 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::last;

    #[test]
    fn the_last_lines_are_whole() {
        for (text, n_lines, expected) in
            [("a\nb\nc\n", 2, "b\nc\n"), ("a\nb\nc", 1, "c"), ("a\nb\n", 5, "a\nb\n"), ("", 3, ""), ("a\n", 0, ""), ("a\n\n", 1, "\n")]
        {
            assert_eq!(&text[last(text.as_bytes(), n_lines)..], expected, "{text:?} {n_lines}");
        }
    }
}
