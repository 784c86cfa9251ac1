//! What a look says of the ledger: which files are there and not in the mirror; and how each file stands, which always sums. Pure.

use crate::disk::Observation;
use crate::path::VaultPath;
use crate::plan::{self, Known};
use crate::store::{Ledger, LeftOut, Why};
use std::collections::{BTreeMap, BTreeSet};

/// Returns what nobody wants: files that a glob keeps out, and what cannot be mirrored.
pub(super) fn excluded(seen: &Observation) -> Vec<LeftOut> {
    let by_glob = seen.excluded.iter().map(|(path, glob)| LeftOut {
        path: path.clone(),
        outcome: Why::Excluded,
        reason: format!("excluded by {glob:?}"),
        rule: Some(glob.clone()),
    });
    let others =
        seen.left_out.iter().map(|(path, why)| LeftOut { path: path.clone(), outcome: Why::Excluded, reason: why.clone(), rule: None });
    by_glob.chain(others).collect()
}

/// Returns what could not be read or listed.
pub(super) fn failed(seen: &Observation, unread: &[(VaultPath, String)]) -> Vec<LeftOut> {
    let failed = seen.unreadable.iter().chain(unread.iter().map(|(path, why)| (path, why)));
    failed.map(|(path, why)| LeftOut { path: path.clone(), outcome: Why::Failed, reason: why.clone(), rule: None }).collect()
}

/// Returns what of `excluded` the ledger does not say, and of what it says the files that are no longer there or no longer left out. What
/// lies in a folder that could not be listed is unknown, not gone.
pub(super) fn news(known: &Ledger, seen: &Observation, excluded: &[LeftOut]) -> (Vec<LeftOut>, Vec<VaultPath>) {
    let came = excluded.iter().filter(|left| known.get(&left.path) != Some(left)).cloned().collect();
    let is_there = |path: &VaultPath| seen.excluded.contains_key(path) || seen.left_out.contains_key(path);
    let is_unknown = |path: &VaultPath| seen.unreadable.keys().any(|folder| path.is_within(folder));
    let went = known.values().filter(|left| left.outcome == Why::Excluded && !is_there(&left.path) && !is_unknown(&left.path));
    (came, went.map(|left| left.path.clone()).collect())
}

/// How one file that is there stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// The mirror has it as it is.
    Indexed,
    /// It came, or changed, and the mirror has not taken that in yet.
    Waiting,
    /// A glob keeps it out.
    Excluded(&'a str),
    /// It cannot be mirrored, for this reason.
    LeftOut(&'a str),
    /// It could not be read or listed.
    Failed(&'a str),
    /// Nothing of it is kept.
    Private,
}

/// How all files stand, in numbers. Each that is there counts once: `on_disk` is the sum of indexed, waiting, excluded, private and
/// failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub on_disk: usize,
    pub indexed: usize,
    pub waiting: usize,
    pub private: usize,
    /// By glob or reason.
    pub excluded: BTreeMap<String, usize>,
    /// By reason.
    pub failed: BTreeMap<String, usize>,
    /// Documents in folders that cannot be listed: perhaps there, perhaps gone.
    pub unseen: usize,
    /// What the next sync would change, departures and files that come under another rule included.
    pub pending: usize,
}

impl Account {
    pub fn n_excluded(&self) -> usize {
        self.excluded.values().sum()
    }

    pub fn n_failed(&self) -> usize {
        self.failed.values().sum()
    }
}

/// Returns how each file of a look at a whole vault stands, given what the store knows of it.
pub fn standings<'a>(
    seen: &'a Observation,
    known: &BTreeMap<VaultPath, Known>,
    ledger: &'a Ledger,
) -> impl Iterator<Item = (&'a VaultPath, Standing<'a>)> {
    let waiting = waiting(seen, known);
    let files = seen.files.keys().map(move |path| {
        let failed = ledger.get(path).filter(|left| left.outcome == Why::Failed);
        let standing = match (waiting.contains(path), failed) {
            (false, _) => Standing::Indexed,
            (true, Some(left)) => Standing::Failed(&left.reason),
            (true, None) => Standing::Waiting,
        };
        (path, standing)
    });
    let excluded = seen.excluded.iter().map(|(path, glob)| (path, Standing::Excluded(glob)));
    let left_out = seen.left_out.iter().map(|(path, why)| (path, Standing::LeftOut(why)));
    let unreadable = seen.unreadable.iter().map(|(path, why)| (path, Standing::Failed(why)));
    files.chain(excluded).chain(left_out).chain(unreadable).chain(seen.private.keys().map(|path| (path, Standing::Private)))
}

/// Returns the files that came or changed. One whose time was in doubt is read again by the next sync, but it is not known to differ.
fn waiting(seen: &Observation, known: &BTreeMap<VaultPath, Known>) -> BTreeSet<VaultPath> {
    let plan = plan::plan(&seen.files, known, &[]);
    let is_doubtful = |path: &VaultPath| {
        let is_whole = |k: &Known| k.is_read || !path.kind().is_read();
        known.get(path).is_some_and(|k| is_whole(k) && k.stamp.mtime_ns == 0 && k.stamp.size == seen.files[path].size)
    };
    let changed = plan.to_read.into_iter().chain(plan.touched).filter(|path| !is_doubtful(path));
    changed.chain(plan.arrived).chain(plan.ignored_changed).chain(plan.moved.into_iter().map(|moved| moved.to)).collect()
}

/// Sums up how a vault's files stand.
pub fn account(seen: &Observation, known: &BTreeMap<VaultPath, Known>, ledger: &Ledger) -> Account {
    let mut account = Account::default();
    for (_, standing) in standings(seen, known, ledger) {
        account.on_disk += 1;
        match standing {
            Standing::Indexed => account.indexed += 1,
            Standing::Waiting => account.waiting += 1,
            Standing::Private => account.private += 1,
            Standing::Excluded(rule) | Standing::LeftOut(rule) => *account.excluded.entry(rule.to_owned()).or_default() += 1,
            Standing::Failed(why) => *account.failed.entry(why.to_owned()).or_default() += 1,
        }
    }
    let is_unseen = |path: &VaultPath| seen.unreadable.keys().any(|folder| path.is_within(folder));
    let unknown: Vec<&VaultPath> = seen.unreadable.keys().collect();
    account.unseen = known.keys().filter(|path| !seen.files.contains_key(path) && is_unseen(path)).count();
    let departed = plan::plan(&seen.files, known, &unknown).departed.len();
    // What a link means depends on excluded files, too. One that was in the mirror departs from it, and counts once.
    let globs: BTreeMap<_, _> = ledger.iter().filter_map(|(path, left)| Some((path, left.rule.as_ref()?))).collect();
    let came = seen.excluded.iter().filter(|(path, glob)| globs.get(path) != Some(glob) && !known.contains_key(*path));
    let went = globs.keys().filter(|path| !seen.excluded.contains_key(**path) && !seen.files.contains_key(**path) && !is_unseen(path));
    account.pending = account.waiting + departed + came.count() + went.count();
    account
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Stamp;

    const STAMP: Stamp = Stamp { mtime_ns: 1, size: 1, file_id: None, is_ignored: false };

    fn known(path: &str, stamp: Stamp, is_read: bool) -> (VaultPath, Known) {
        let path = VaultPath::new(path);
        (path.clone(), Known { doc_id: path.to_string(), path, stamp, is_read, file_hash: None })
    }

    fn left(path: &str, outcome: Why, reason: &str, rule: Option<&str>) -> (VaultPath, LeftOut) {
        let path = VaultPath::new(path);
        (path.clone(), LeftOut { path, outcome, reason: reason.to_owned(), rule: rule.map(str::to_owned) })
    }

    #[test]
    fn each_file_counts_once_whatever_is_the_matter_with_it() {
        let named = |path: &str, why: &str| (VaultPath::new(path), why.to_owned());
        let changed = Stamp { size: 2, ..STAMP };
        let seen = Observation {
            files: ["same.md", "changed.md", "new.md", "torn.md", "doubt.md", "half/a.md"].map(|p| (VaultPath::new(p), changed)).into(),
            excluded: [named("old/a.md", "old/"), named("old/b.md", "old/")].into(),
            left_out: [named("link.md", "a link")].into(),
            unreadable: [named("half", "denied")].into(),
            private: [(VaultPath::new("diary.md"), STAMP)].into(),
            has_links: false,
        };
        let known = BTreeMap::from([
            known("same.md", changed, true),
            known("changed.md", STAMP, true),
            known("torn.md", changed, false),
            known("doubt.md", Stamp { mtime_ns: 0, ..changed }, true),
            known("gone.md", STAMP, true),
            known("half/a.md", changed, true),
            known("half/b.md", changed, true),
        ]);
        let ledger = Ledger::from([
            left("torn.md", Why::Failed, "torn", None),
            left("old/a.md", Why::Excluded, "", Some("old/")),
            left("x", Why::Excluded, "", Some("x")),
        ]);
        let counted = |pairs: &[(&str, usize)]| pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<BTreeMap<_, _>>();
        let expected = Account {
            on_disk: 11,
            indexed: 3,
            waiting: 2,
            private: 1,
            excluded: counted(&[("old/", 2), ("a link", 1)]),
            failed: counted(&[("torn", 1), ("denied", 1)]),
            unseen: 1,
            pending: 5,
        };
        let account = account(&seen, &known, &ledger);
        assert_eq!(account, expected);
        assert_eq!(account.on_disk, account.indexed + account.waiting + account.private + account.n_excluded() + account.n_failed());
    }
}
