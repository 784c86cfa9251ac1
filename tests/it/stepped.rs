//! A run of the binary that stops at each named point (`src/points.rs`) until it is told to go on, or is killed there from outside.

use crate::support::Sandbox;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A run that says nothing for so long hangs.
const LIMIT: Duration = Duration::from_secs(120);

pub struct Stepped {
    process: Child,
    said: BufReader<UnixStream>,
}

impl Stepped {
    pub fn start(s: &Sandbox, args: &[&str]) -> Self {
        Self::of(s.command(args))
    }

    pub fn of(mut command: Command) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(LIMIT)).unwrap();
        command.env("VAULT_SYNC_POINTS", "1").stdin(OwnedFd::from(theirs)).stdout(Stdio::piped()).stderr(Stdio::null());
        // The command holds its end of the socket until it is dropped, and then nobody but the process does.
        let process = command.spawn().unwrap();
        drop(command);
        Self { process, said: BufReader::new(ours) }
    }

    /// Waits for the next point; `None` when the run has ended.
    pub fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap_or_else(|error| panic!("neither a point nor an end: {error}"));
        (!line.is_empty()).then(|| line.trim_end().to_owned())
    }

    pub fn go_on(&mut self) {
        // One that has just ended does not hear it.
        let _ = self.said.get_mut().write_all(b".");
    }

    /// Kills the process and returns what it had answered.
    pub fn kill(mut self) -> String {
        self.process.kill().unwrap();
        self.end().0
    }

    /// Waits for the end; returns the answer, and whether it was a success.
    pub fn end(mut self) -> (String, bool) {
        let mut answer = String::new();
        self.process.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
        (answer, self.process.wait().unwrap().success())
    }
}
