//! When what was seen changed is given out: at once if it can be, else when it has become quiet. Pure; time comes in as an argument.

use crate::disk::Scope;
use crate::path::VaultPath;
use std::time::{Duration, Instant};

/// After this long without an event the next one may stand alone: a person saved a note, and waits for it.
const SILENCE: Duration = Duration::from_millis(200);
/// So long without an event, and what belongs together has arrived.
const QUIET: Duration = Duration::from_millis(30);
/// In a storm that does not end, changes wait no longer than this.
const AT_MOST: Duration = Duration::from_millis(250);

/// Gathers the paths of one vault until they are due.
#[derive(Debug, Default)]
pub(super) struct Coalescer {
    scope: Scope,
    /// When the first event came that is not given out yet.
    first: Option<Instant>,
    /// When the last event came, given out or not.
    last: Option<Instant>,
    /// The first of them came after a silence.
    broke_silence: bool,
    is_urgent: bool,
}

impl Coalescer {
    /// Adds a path that need not be whole yet: a folder, a file just made or emptied, or one half of a rename.
    pub(super) fn add(&mut self, path: VaultPath, now: Instant) {
        if self.first.is_none() {
            self.first = Some(now);
            self.broke_silence = self.last.is_none_or(|last| now.saturating_duration_since(last) >= SILENCE);
        }
        self.scope.add(path);
        self.last = Some(now);
    }

    /// Adds a path that can be looked at as it is. If nothing else has happened since a silence it is due at once. Before it, the same
    /// path may have been seen unsettled: most editors empty a file before they fill it.
    pub(super) fn add_settled(&mut self, path: VaultPath, now: Instant) {
        self.add(path, now);
        self.is_urgent |= self.broke_silence && self.scope.0.len() == 1;
    }

    /// Returns when the paths are due, if there are any.
    pub(super) fn due(&self) -> Option<Instant> {
        let (first, last) = (self.first?, self.last?);
        Some(if self.is_urgent { last } else { (last + QUIET).min(first + AT_MOST) })
    }

    /// Returns the paths if they are due, and forgets them.
    pub(super) fn take(&mut self, now: Instant) -> Option<Scope> {
        if self.due()? > now {
            return None;
        }
        self.first = None;
        self.is_urgent = false;
        Some(std::mem::take(&mut self.scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Event {
        Settled(&'static str),
        Unsettled(&'static str),
    }
    use Event::{Settled, Unsettled};

    /// Plays events, each at its millisecond, and expects the batches, each at the millisecond when it is given out.
    fn check(events: &[(u64, Event)], expected: &[(u64, &[&str])]) {
        let start = Instant::now();
        let mut coalescer = Coalescer::default();
        let mut given = Vec::new();
        for millisecond in 0..2_000 {
            let now = start + Duration::from_millis(millisecond);
            for (_, event) in events.iter().filter(|(at, _)| *at == millisecond) {
                match event {
                    Settled(path) => coalescer.add_settled(VaultPath::new(path), now),
                    Unsettled(path) => coalescer.add(VaultPath::new(path), now),
                }
            }
            given.extend(coalescer.take(now).map(|scope| (millisecond, scope)));
        }
        let scope = |paths: &[&str]| paths.iter().map(|path| VaultPath::new(path)).collect::<Scope>();
        let expected: Vec<_> = expected.iter().map(|(at, paths)| (*at, scope(paths))).collect();
        assert_eq!(given, expected);
    }

    #[test]
    fn the_first_event_after_a_silence_is_given_out_at_once() {
        check(&[(7, Settled("a")), (207, Settled("b"))], &[(7, &["a"]), (207, &["b"])]);
    }

    #[test]
    fn what_follows_soon_waits_until_it_is_quiet() {
        check(&[(0, Settled("a")), (5, Settled("a")), (20, Settled("b"))], &[(0, &["a"]), (50, &["a", "b"])]);
    }

    #[test]
    fn a_silence_counts_from_the_last_event() {
        check(&[(0, Settled("a")), (150, Settled("b")), (340, Settled("c"))], &[(0, &["a"]), (180, &["b"]), (370, &["c"])]);
    }

    #[test]
    fn an_unsettled_path_waits_for_its_other_half() {
        check(&[(0, Unsettled("old")), (1, Settled("new"))], &[(31, &["old", "new"])]);
        check(&[(0, Unsettled("emptied"))], &[(30, &["emptied"])]);
    }

    #[test]
    fn a_file_that_was_emptied_is_given_out_when_it_is_filled() {
        check(&[(0, Unsettled("a")), (3, Settled("a")), (5, Settled("a"))], &[(3, &["a"]), (35, &["a"])]);
    }

    #[test]
    fn a_storm_is_given_out_every_quarter_of_a_second() {
        let storm: Vec<_> = (0..30).map(|n| (n * 20, Unsettled("a"))).collect();
        check(&storm, &[(250, &["a"]), (510, &["a"]), (610, &["a"])]);
    }

    #[test]
    fn a_file_that_is_written_slowly_is_given_out_soon_after_its_last_piece() {
        let pieces: Vec<_> = (0..=40).map(|n| (n * 25, Settled("a"))).collect();
        let batches: &[&str] = &["a"];
        check(&pieces, &[(0, batches), (275, batches), (550, batches), (825, batches), (1030, batches)]);
    }

    #[test]
    fn the_root_takes_all_paths_into_itself() {
        check(&[(0, Unsettled("a")), (1, Unsettled("")), (2, Unsettled("b"))], &[(32, &[""])]);
    }
}
