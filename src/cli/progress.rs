//! Progress on a terminal, for anything that takes over half a second. In a pipe it says nothing.

use super::Surface;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::OnceCell;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

const WORTH_SHOWING: Duration = Duration::from_millis(500);

pub(super) struct Bar {
    vault: String,
    started: Instant,
    is_wanted: bool,
    bar: OnceCell<ProgressBar>,
}

impl Bar {
    pub(super) fn new(surface: &Surface, vault: &str) -> Self {
        let is_wanted = !surface.global.quiet && std::io::stderr().is_terminal();
        Self { vault: super::harmless(vault), started: Instant::now(), is_wanted, bar: OnceCell::new() }
    }

    /// Says that so many files are done, of how many.
    pub(super) fn set(&self, done: usize, all: usize) {
        if !self.is_wanted || self.bar.get().is_none() && self.started.elapsed() < WORTH_SHOWING {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let style = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len} files").expect("the template is well-formed");
            ProgressBar::with_draw_target(Some(all as u64), ProgressDrawTarget::stderr()).with_style(style).with_prefix(self.vault.clone())
        });
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }

    pub(super) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
