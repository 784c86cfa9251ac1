//! A pseudo-terminal in which a program runs, and its screen.

use super::LIMIT;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read as _, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A program on a terminal of its own, and the screen that this shows.
pub(super) struct Session {
    pub(super) child: Box<dyn Child + Send + Sync>,
    pub(super) keys: Box<dyn Write + Send>,
    pub(super) master: Box<dyn MasterPty + Send>,
    pub(super) screen: Arc<Mutex<Seen>>,
}

/// The screen, and every byte that made it.
pub(super) struct Seen {
    pub(super) parser: vt100::Parser,
    pub(super) bytes: Vec<u8>,
}

impl Session {
    /// Starts a shell on a terminal, which runs the command and then tells how it ended and how the terminal is set.
    pub(super) fn start(command: &Command, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut shell = CommandBuilder::new("sh");
        shell.args([
            "-c",
            "trap : INT; before=$(stty -g); \"$@\"; ended=$?; [ \"$before\" = \"$(stty -g)\" ] && echo \"ended $ended, terminal as before\"; read end",
            "sh",
        ]);
        shell.arg(command.get_program());
        shell.args(command.get_args());
        shell.cwd(command.get_current_dir().unwrap());
        shell.env_clear();
        for (name, value) in command.get_envs() {
            shell.env(name, value.unwrap());
        }
        shell.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(shell).unwrap();
        let screen = Arc::new(Mutex::new(Seen { parser: vt100::Parser::new(rows, columns, 0), bytes: Vec::new() }));
        let (mut out, seen) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n) = out.read(&mut buffer) {
                if n == 0 {
                    return;
                }
                let mut seen = seen.lock().unwrap();
                seen.parser.process(&buffer[..n]);
                seen.bytes.extend(&buffer[..n]);
            }
        });
        Self { child, keys: pair.master.take_writer().unwrap(), master: pair.master, screen }
    }

    pub(super) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub(super) fn screen(&self) -> String {
        let seen = self.screen.lock().unwrap();
        seen.parser.screen().contents().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// Waits for a text on the screen, and returns this.
    pub(super) fn sees(&self, text: &str) -> String {
        let what = || format!("{text:?} on\n{}", self.screen());
        let start = std::time::Instant::now();
        while !self.screen().contains(text) {
            assert!(start.elapsed() < LIMIT, "{}", what());
            std::thread::sleep(Duration::from_millis(5));
        }
        self.screen()
    }

    pub(super) fn has_sent(&self, bytes: &[u8]) -> bool {
        self.screen.lock().unwrap().bytes.windows(bytes.len()).any(|window| window == bytes)
    }

    /// Waits until the shell says how it ended: with the terminal as it was before.
    pub(super) fn ended(&self, code: u8) -> String {
        let screen = self.sees(&format!("ended {code}, terminal as before"));
        let seen = self.screen.lock().unwrap();
        assert!(!seen.parser.screen().alternate_screen() && !seen.parser.screen().hide_cursor());
        assert!(!seen.parser.screen().bracketed_paste());
        screen
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
