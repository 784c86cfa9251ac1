//! The heartbeat of `watch`: a sign of life for searches and for other machines, and what is tidied now and then.

use super::{Carried, Mirror, News, note, reopen};
use crate::clock::Timestamp;
use crate::refusal::in_words;
use crate::spool::Busy;
use crate::store::{HeldElsewhere, Store};

/// The heartbeat: gives a sign of life, takes in the lookups that wait, and removes those that are too old.
pub(super) async fn tend(mirror: &Mirror, store: &mut Store, carried: &Carried) {
    note(mirror, store, carried, &[], Timestamp::now());
    let drained = async {
        let drained = store.take_lookups(&mirror.data_dir, Busy::Leave).await?;
        if drained.n_torn > 0 || drained.n_dropped > 0 {
            tracing::warn!(n_torn = drained.n_torn, n_dropped = drained.n_dropped, "some lookups could not be logged");
        }
        store.keep_lookups(mirror.keep_days, Timestamp::now()).await
    };
    if let Err(error) = drained.await {
        tracing::warn!(error = in_words(&error), "the retrieval log waits in the spool");
        reopen(mirror, store).await;
    }
}

/// Thins the change feed, on the first beat of a day: single saves are no runs, with which it would be done.
pub(super) async fn thin(mirror: &Mirror, store: &mut Store, thinned: &mut Timestamp) {
    let now = Timestamp::now();
    if std::mem::replace(thinned, now.day()) == now.day() {
        return;
    }
    for site in &mirror.sites {
        let kept = async {
            let Some(vault) = store.find_vault(&site.name).await? else { return Ok(0) };
            store.keep_changes(&vault, mirror.keep_change_days, now).await
        };
        match kept.await {
            Ok(n_gone) => tracing::debug!(n_gone, vault = site.name, "old edits removed from the change feed"),
            Err(error) => tracing::info!(error = in_words(&error), vault = site.name, "old edits could not be removed"),
        }
    }
}

/// Tells other machines that this one still writes its vaults. Runs do so themselves.
pub(super) async fn renew(mirror: &Mirror, store: &mut Store, carried: &mut Carried, tell: &mut dyn FnMut(News<'_>)) {
    for site in mirror.sites.iter().filter(|site| !site.is_elsewhere) {
        if !carried.followed.contains(&site.name) {
            continue;
        }
        let Err(error) = store.hold(&site.name, &mirror.machine).await else { continue };
        match error.downcast_ref::<HeldElsewhere>() {
            Some(held) => carried.stand_by(held.clone(), tell),
            None => tracing::info!(error = in_words(&error), "the lease could not be renewed"),
        }
    }
}
