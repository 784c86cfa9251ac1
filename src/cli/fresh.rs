//! The sync before an answer: when there is one, and what the answer says of it.

use crate::clock::Timestamp;
use crate::config::{Fresh, Settings};
use crate::refresh::{self, Limits, Outcome, QUICK, Running, THOROUGH, Task};
use crate::search::{self, Freshness, Patience, Seen};
use crate::spool;
use crate::state::{self, State};
use crate::sync::Site;

/// A sync that was begun before an answer.
pub(super) struct Refresh {
    running: Running,
    outcome: Outcome,
    /// No file was looked at, and none taken in.
    only_follows: bool,
}

/// Syncs what has changed, where every answer is to be fresh. A watcher may be about to do it: the answer does not rely on that.
pub(super) fn before(when: Fresh, settings: &Settings, sites: &[Site], state: &State) -> Option<Refresh> {
    if when == Fresh::Auto && may_be_behind(settings, sites, state) {
        return Some(begin(settings, sites, Vec::new(), QUICK));
    }
    if when != Fresh::Always {
        return None;
    }
    let unwatched = State { watcher: None, ..state.clone() };
    let now_ms = Timestamp::now().millis();
    let looked = search::freshness(&settings.index_dir(), sites, &unwatched, now_ms, Patience::Look(THOROUGH.bound));
    let is_little = refresh::is_little(&looked.seen, &THOROUGH) && is_ours(settings);
    is_little.then(|| begin(settings, sites, looked.seen, THOROUGH))
}

/// Returns whether only the database knows if there is news: the files are elsewhere, and no watcher follows.
fn may_be_behind(settings: &Settings, sites: &[Site], state: &State) -> bool {
    let names = sites.iter().map(|site| site.name.as_str());
    sites.iter().any(|site| site.is_elsewhere)
        && state::watcher_word(state, names, Timestamp::now().millis()) != "live"
        && !spool::is_put_off(&settings.data_dir.value)
}

/// Syncs what the look beside an answer has seen, if it is little.
pub(super) fn after(when: Fresh, settings: &Settings, sites: &[Site], seen: &Freshness) -> Option<Refresh> {
    let is_worth_it = when == Fresh::Auto && seen.unseen > 0 && refresh::is_little(&seen.seen, &QUICK);
    let may_be = is_worth_it && !spool::is_put_off(&settings.data_dir.value) && is_ours(settings);
    may_be.then(|| begin(settings, sites, seen.seen.clone(), QUICK))
}

/// Another folder of the same name is another vault: nothing of it is taken in.
fn is_ours(settings: &Settings) -> bool {
    state::claim_roots(&settings.data_dir.value, &settings.roots()).is_ok()
}

fn begin(settings: &Settings, sites: &[Site], seen: Vec<Seen>, limits: Limits) -> Refresh {
    let only_follows = seen.is_empty();
    let mut running = refresh::begin(Task {
        data_dir: settings.data_dir.value.clone(),
        index_dir: settings.index_dir(),
        location: settings.location(),
        sites: sites.to_vec(),
        seen,
        limits,
    });
    let outcome = running.outcome();
    Refresh { running, outcome, only_follows }
}

impl Refresh {
    pub(super) fn is_done(&self) -> bool {
        self.outcome == Outcome::Done
    }

    /// Returns whether the files that are here are still to be looked at.
    pub(super) fn has_only_followed(&self) -> bool {
        self.only_follows && self.is_done()
    }

    /// Says in the answer how it ended.
    pub(super) fn tell(&self, freshness: &mut Freshness) {
        freshness.sync = match &self.outcome {
            Outcome::Done => "done",
            Outcome::Late => "late",
            Outcome::Failed(why) => {
                freshness.failure = Some(why.clone());
                "failed"
            }
        };
    }

    /// Lets what was begun come to its end, after the answer was given.
    pub(super) fn linger(self) {
        self.running.linger();
    }
}
