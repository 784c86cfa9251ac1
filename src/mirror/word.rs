//! What the loop writes into the state file: how fresh the vaults are, for searches, which do not ask the database.

use super::{Carried, Mirror};
use crate::clock::Timestamp;
use crate::state::{self, State, VaultState};
use crate::store::Store;
use crate::sync::{Report, Site};

/// Tells searches how fresh the vaults are. What was taken in had been seen when it `began`; what came since may still be on its way.
pub(super) fn note(mirror: &Mirror, store: &Store, carried: &Carried, reports: &[(String, Report)], began: Timestamp) {
    let (pid, beat_ms) = (std::process::id(), Timestamp::now().millis());
    let vaults = carried.followed.iter().cloned().collect();
    let is_elsewhere = |site: &&Site| site.is_elsewhere || carried.elsewhere.contains_key(&site.name);
    let elsewhere: Vec<String> = mirror.sites.iter().filter(is_elsewhere).map(|site| site.name.clone()).collect();
    let change = |state: &mut State| {
        state.store.clone_from(&store.id);
        state.watcher = Some(state::Watcher { pid, beat_ms, pending: carried.n_pending(), vaults, elsewhere });
        for (name, report) in reports {
            let vault = state.vaults.entry(name.clone()).or_default();
            vault.note_whole(report.revision, began.millis());
            vault.partial = false;
        }
        for site in &mirror.sites {
            let first = || VaultState { partial: !site.is_elsewhere, ..VaultState::default() };
            let vault = state.vaults.entry(site.name.clone()).or_insert_with(first);
            vault.root = site.disk.root.to_string_lossy().into_owned();
        }
    };
    if let Err(error) = state::update(&mirror.data_dir, change) {
        tracing::warn!(%error, "the state file could not be written");
    }
}

/// Tells searches whether all contents of these vaults are in: a run failed half-way, or is one of another machine.
pub(super) async fn note_partial(mirror: &Mirror, store: &mut Store, vaults: impl Iterator<Item = &str>) {
    for name in vaults {
        let is_partial = store.find_vault(name).await.ok().flatten().is_some_and(|vault| vault.is_partial);
        let change = |state: &mut State| state.vaults.entry(name.to_owned()).or_default().partial = is_partial;
        if let Err(error) = state::update(&mirror.data_dir, change) {
            tracing::warn!(%error, "the state file could not be written");
        }
    }
}
