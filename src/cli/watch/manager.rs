//! What the service manager is told of a watch: that it is ready, that it lives, how far it is, what is wrong.

use super::super::one_line;
use crate::mirror::News;
use crate::service::notify::Notifier;
use std::time::Duration;

/// Before it is ready it asks with each sign for this much more time, in microseconds.
const MORE_TIME: u64 = 600_000_000;

pub(super) struct Told {
    notifier: Option<Notifier>,
    is_ready: bool,
}

impl Told {
    pub(super) fn new() -> Self {
        Self { notifier: Notifier::of_this_process(), is_ready: false }
    }

    /// Returns how often a sign of life is wanted.
    pub(super) fn beat_within(&self) -> Option<Duration> {
        self.notifier.as_ref().and_then(Notifier::watchdog)
    }

    /// Whether it is ready is told once: when all is in, or when it is known why not. A vault whose drive is not there, or that another
    /// machine writes, may be so for days, and what waits for the service is not to wait for that.
    pub(super) fn hear(&mut self, news: &News<'_>) {
        let Some(notifier) = &self.notifier else { return };
        let status = match news {
            News::Changed(_) => return,
            News::Alive => None,
            News::Reading(done, all) => Some(format!("reading files: {done} of {all}")),
            News::Ready | News::Recovered | News::TakenOver(_) => Some("watching".to_owned()),
            News::Trouble(message) => Some(format!("{message}; trying again")),
            News::StandingBy(held) => Some(format!("standing by: {held}")),
            News::Ending => Some("ending".to_owned()),
        };
        let mut lines = Vec::new();
        match news {
            News::Ending => lines.push("STOPPING=1".to_owned()),
            News::Ready | News::Trouble(_) | News::StandingBy(_) if !self.is_ready => {
                self.is_ready = true;
                lines.push("READY=1".to_owned());
            }
            _ if !self.is_ready => lines.push(format!("EXTEND_TIMEOUT_USEC={MORE_TIME}")),
            _ if notifier.watchdog().is_some() => lines.push("WATCHDOG=1".to_owned()),
            _ => {}
        }
        lines.extend(status.map(|status| format!("STATUS={}", one_line(&status))));
        if !lines.is_empty() {
            notifier.say(&lines);
        }
    }
}
