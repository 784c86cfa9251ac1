//! What a look says of the ledger: which files are there and not in the mirror. Pure.

use crate::disk::Observation;
use crate::path::VaultPath;
use crate::store::{Ledger, LeftOut, Why};

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
