//! Nothing destroys on doubt: what looks like an unmounted drive or a half-synced folder freezes the mirror instead of emptying it.

use super::Look;
use super::arrivals::Recognised;
use crate::clock::Timestamp;
use crate::disk::{Disk, RootGone};
use crate::store::{Store, Vault};
use anyhow::Result;
use std::fmt;

/// A vault with fewer files than this may lose them all: it is small enough to look at.
const NON_TRIVIAL: i64 = 20;
/// Deletions of this many hours count together, so that a second run does not slip through.
const HOURS: i64 = 24;

/// A plan that would archive so much that it is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub vault: String,
    pub n_gone: i64,
    pub n_before: i64,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vault, n_gone, n_before } = self;
        write!(f, "{n_gone} of {n_before} files of the vault '{vault}' are gone within a day; nothing was changed")
    }
}

impl std::error::Error for Refused {}

/// A vault that is not there is not made known either.
pub(super) fn check_present(disk: &Disk) -> Result<()> {
    if crate::disk::root_id(&disk.root).is_none() {
        return Err(RootGone { root: disk.root.clone(), why: "there is no such folder".to_owned() }.into());
    }
    Ok(())
}

/// A root without any entry, for a vault that had files, is a mount point without its drive.
pub(super) fn check_root(disk: &Disk) -> Result<()> {
    if crate::disk::is_bare(&disk.root)? {
        let why = "the folder is empty, as a mount point is without its drive".to_owned();
        return Err(RootGone { root: disk.root.clone(), why }.into());
    }
    Ok(())
}

/// Refuses a plan that, with what went in the last day, would archive more than half of a non-trivial vault.
pub(super) async fn check_departures(
    store: &mut Store,
    vault: &Vault,
    look: &Look,
    arrivals: &Recognised,
    allow: bool,
    now: Timestamp,
) -> Result<()> {
    let n_departed = arrivals.departed.len() as i64;
    if n_departed == 0 {
        return Ok(());
    }
    debug_assert!(n_departed as usize <= look.known.len());
    let (live, archived) = store.live_and_archived_since(vault, now.hours_before(HOURS)).await?;
    let (n_gone, n_before) = (n_departed + archived, live + archived);
    if n_before < NON_TRIVIAL || 2 * n_gone <= n_before {
        return Ok(());
    }
    if allow {
        return store.reset_guard(vault, now).await;
    }
    Err(Refused { vault: vault.name.clone(), n_gone, n_before }.into())
}
