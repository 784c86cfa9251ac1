//! Whether the machine has slept: the time of day went on, the monotonic clock did not. What others did meanwhile to a drive, or what the
//! system lost on its way up, no event tells. A clock that was set looks the same, and is as good a reason to doubt. Pure.

use std::time::{Duration, Instant, SystemTime};

/// Clocks that are corrected little by little stay nearer than this between two looks at them.
const APART: Duration = Duration::from_secs(5);

/// Both clocks as they were last seen.
pub(super) struct Clocks {
    running: Instant,
    of_day: SystemTime,
}

impl Clocks {
    pub(super) fn new(running: Instant, of_day: SystemTime) -> Self {
        Self { running, of_day }
    }

    /// Takes note of both clocks; returns whether they went differently since the last time.
    pub(super) fn have_parted(&mut self, running: Instant, of_day: SystemTime) -> bool {
        let expected = self.of_day + running.saturating_duration_since(self.running);
        *self = Self { running, of_day };
        let apart = of_day.duration_since(expected).unwrap_or_else(|behind| behind.duration());
        apart > APART
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_part_when_one_jumps_whichever_way_and_only_once() {
        let seconds = Duration::from_secs;
        let (running, of_day) = (Instant::now(), SystemTime::UNIX_EPOCH + seconds(1_000_000));
        let mut clocks = Clocks::new(running, of_day);
        for (ran, day, have_parted) in [
            (1, 1, false),
            (3_600, 3_600, false),
            (3_601, 3_606, false),
            (3_602, 32_400, true),
            (3_603, 32_401, false),
            (3_604, 3_604, true),
            (3_605, 3_605, false),
        ] {
            assert_eq!(clocks.have_parted(running + seconds(ran), of_day + seconds(day)), have_parted, "after {ran} s");
        }
    }
}
