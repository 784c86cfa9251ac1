//! Stderr, held back while a screen is shown: what is said there meanwhile would stand across it.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

static HELD: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// Where diagnostics go.
pub(super) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match held().as_mut() {
            Some(held) => held.write(bytes),
            None => io::stderr().lock().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Holds diagnostics back until it is dropped; then they are said.
pub(super) struct Hold(());

impl Hold {
    pub(super) fn begin() -> Self {
        *held() = Some(Vec::new());
        Self(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let said = held().take().unwrap_or_default();
        let _ = io::stderr().lock().write_all(&said);
    }
}

fn held() -> MutexGuard<'static, Option<Vec<u8>>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}
