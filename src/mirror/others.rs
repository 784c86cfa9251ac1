//! What other machines write: heard of by hints, and looked for now and then, because a hint may be lost.

use super::RETRY;
use crate::store::{Hints, Location};
use std::time::Duration;

/// Waits for others, where there are any.
#[derive(Default)]
pub(super) struct Others {
    hints: Option<Hints>,
    has_looked: bool,
}

impl Others {
    /// Says whether others write what is followed here.
    pub(super) fn heed(&mut self, is_so: bool, location: &Location) {
        if is_so != self.hints.is_some() {
            *self = Self { hints: is_so.then(|| Hints::of(location)), has_looked: false };
        }
    }

    /// Waits until it is time to look what others have written: at once for the first time.
    pub(super) async fn may_have_written(&mut self) {
        let Some(hints) = &self.hints else { return std::future::pending().await };
        let pause = if std::mem::replace(&mut self.has_looked, true) { RETRY } else { Duration::ZERO };
        tokio::select! {
            () = hints.next() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
