//! Progress on a terminal, for anything that takes over half a second. In a pipe it says nothing.

use super::Surface;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

const WORTH_SHOWING: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// What is shown while something goes on: that it does, and once it can be counted, how far it is. It goes when it is dropped.
pub(super) struct Progress {
    shown: Option<Shown>,
}

struct Shown {
    bar: ProgressBar,
    /// Shows the bar when it is time, unless this has gone before: whoever works has no time to look at the clock.
    done: Sender<()>,
    clock: JoinHandle<()>,
}

impl Progress {
    /// Begins something: `name` says of what, `does` what is done until it can be counted.
    pub(super) fn new(surface: &Surface, name: &str, does: &'static str) -> Self {
        let is_wanted = !surface.global.quiet && std::io::stderr().is_terminal();
        Self { shown: is_wanted.then(|| Shown::new(super::harmless(name), does)) }
    }

    /// Says that so many files are done, of how many.
    pub(super) fn set(&self, done: usize, all: usize) {
        let Some(Shown { bar, .. }) = &self.shown else { return };
        if bar.length().is_none() {
            bar.set_style(style("{prefix} {bar:32} {pos}/{len} files"));
        }
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }
}

impl Shown {
    fn new(name: String, does: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let bar = bar.with_style(style("{prefix} {spinner} {msg}")).with_prefix(name).with_message(does);
        let (done, is_done) = mpsc::channel();
        let late = bar.clone();
        let clock = std::thread::spawn(move || {
            if is_done.recv_timeout(WORTH_SHOWING) == Err(RecvTimeoutError::Timeout) {
                late.set_draw_target(ProgressDrawTarget::stderr());
                late.enable_steady_tick(TICK);
            }
        });
        Self { bar, done, clock }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(Shown { bar, done, clock }) = self.shown.take() {
            drop(done);
            clock.join().expect("the clock only waits");
            bar.finish_and_clear();
        }
    }
}

fn style(template: &'static str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is well-formed")
}
