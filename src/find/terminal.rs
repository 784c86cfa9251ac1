//! The terminal: a screen that is restored however it ends, keys, and the signals that end it.

use super::keys::Key;
use anyhow::{Context as _, Result};
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, EventStream, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use futures_core::Stream as _;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};
use std::io::{self, IsTerminal as _, Write};
use std::pin::Pin;

/// Where the screen is drawn: stdout, unless somebody else reads that.
fn out() -> Option<Box<dyn Write + Send>> {
    if io::stdout().is_terminal() {
        Some(Box::new(io::stdout()))
    } else if io::stderr().is_terminal() {
        Some(Box::new(io::stderr()))
    } else {
        None
    }
}

/// Returns whether there is a terminal to show a screen on: one that knows how to.
pub fn can_show() -> bool {
    out().is_some() && std::env::var_os("TERM").is_none_or(|name| name != "dumb")
}

/// A whole screen of the terminal. What was there before comes back when it is left, dropped, or the program panics.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Box<dyn Write + Send>>>,
}

impl Screen {
    pub fn open() -> Result<Self> {
        let out = out().context("there is no terminal")?;
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            before(panic);
        }));
        let terminal = Terminal::new(CrosstermBackend::new(out)).context("asking the terminal for its size")?;
        let mut screen = Self { terminal };
        screen.enter()?;
        Ok(screen)
    }

    pub(super) fn enter(&mut self) -> Result<()> {
        let entered = enable_raw_mode().and_then(|()| execute!(self.terminal.backend_mut(), EnterAlternateScreen, EnableBracketedPaste));
        entered.context("setting the terminal up")?;
        self.clear()
    }

    pub(super) fn leave(&mut self) -> Result<()> {
        restore();
        Ok(())
    }

    /// Forgets what is shown, so that all is drawn anew. Not by [`Terminal::clear`], which asks the terminal where its cursor is, and waits.
    pub(super) fn clear(&mut self) -> Result<()> {
        let size = self.terminal.size().context("asking the terminal for its size")?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height)).context("clearing the terminal")
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> Result<()> {
        self.terminal.draw(draw).map(|_| ()).context("drawing on the terminal")
    }

    /// Hands a text to the clipboard of whoever sits at the terminal, however far away (OSC 52).
    pub(super) fn copy(&mut self, text: &str) -> Result<()> {
        execute!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text)).context("copying")
    }

    /// Stops as any program does on Ctrl-Z, with the shell's screen as it was, and comes back when it is told to.
    pub(super) fn suspend(&mut self) -> Result<()> {
        restore();
        #[cfg(unix)]
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP).context("stopping")?;
        self.enter()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Brings back what was there before. What fails fails for a terminal that is gone.
fn restore() {
    if !crossterm::terminal::is_raw_mode_enabled().unwrap_or(true) {
        return;
    }
    if let Some(mut out) = out() {
        let _ = execute!(out, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    }
    let _ = disable_raw_mode();
}

/// What happens at the terminal.
#[derive(Debug)]
pub(super) enum Event {
    Pressed(Key),
    Pasted(String),
    /// It has another size, or something was pressed that says nothing.
    Changed,
}

/// The keys. Nothing is read from the terminal once this is dropped.
pub(super) struct Keyboard(EventStream);

impl Keyboard {
    pub(super) fn new() -> Self {
        Self(EventStream::new())
    }

    pub(super) async fn next(&mut self) -> Result<Event> {
        let event = std::future::poll_fn(|cx| Pin::new(&mut self.0).poll_next(cx)).await;
        let event = event.context("the terminal is gone")?.context("reading from the terminal")?;
        Ok(match event {
            crossterm::event::Event::Key(event) if event.kind != KeyEventKind::Release => {
                key(event.code, event.modifiers).map_or(Event::Changed, Event::Pressed)
            }
            crossterm::event::Event::Paste(text) => Event::Pasted(text),
            _ => Event::Changed,
        })
    }
}

fn key(code: KeyCode, held: KeyModifiers) -> Option<Key> {
    let (control, alt, shift) =
        (held.contains(KeyModifiers::CONTROL), held.contains(KeyModifiers::ALT), held.contains(KeyModifiers::SHIFT));
    Some(match code {
        // Who has AltGr has both, for a letter of its own.
        KeyCode::Char(c) if control == alt => Key::Char(c),
        KeyCode::Char(c) if control => Key::Control(c.to_ascii_lowercase()),
        KeyCode::Char(c) => Key::Alt(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace if control || alt => Key::ControlBackspace,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Left if control || alt => Key::ControlLeft,
        KeyCode::Right if control || alt => Key::ControlRight,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up if shift => Key::ShiftUp,
        KeyCode::Down if shift => Key::ShiftDown,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::F(number) => Key::Function(number),
        _ => return None,
    })
}

/// The signals that end it; heard from the start on.
#[cfg(unix)]
pub(super) struct Signals([(u8, tokio::signal::unix::Signal); 3]);

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([(1, signal(SignalKind::hangup())?), (2, signal(SignalKind::interrupt())?), (15, signal(SignalKind::terminate())?)]))
    }

    /// Forgets what Ctrl-C sent while an editor had the terminal: it was meant for that.
    pub(super) async fn forget_interrupts(&mut self) {
        // What has come is told once the runtime rests.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(1), self.0[1].1.recv()).await;
    }

    /// Returns the number of the next one.
    pub(super) async fn next(&mut self) -> u8 {
        let [(hangup, a), (interrupt, b), (terminate, c)] = &mut self.0;
        tokio::select! {
            _ = a.recv() => *hangup,
            _ = b.recv() => *interrupt,
            _ = c.recv() => *terminate,
        }
    }
}

#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> Result<Self> {
        Ok(Self)
    }

    pub(super) async fn forget_interrupts(&mut self) {}

    pub(super) async fn next(&mut self) -> u8 {
        let _ = tokio::signal::ctrl_c().await;
        2
    }
}
