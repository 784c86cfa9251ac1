//! Both sides of a scope, looked at beside each other: what the store knows, and what lies on the disk. A run of which nothing comes waits for
//! little else, so the look at the disk may begin before the database is open.

use super::Site;
use crate::clock::Timestamp;
use crate::disk::{self, Observation, Scope};
use crate::machine::Machine;
use crate::store::{Side, Store};
use anyhow::{Context as _, Result};
use tokio::task::{JoinHandle, spawn_blocking};

/// A look at a whole vault that has begun.
///
/// What others write while it goes on would be in the store and not in the look, and would seem to have gone. So it counts only if the vault
/// is still at the revision that was known before it began: revisions only grow.
pub struct Early {
    pub began: Timestamp,
    revision: i64,
    seen: JoinHandle<Result<Observation>>,
}

impl Early {
    /// Begins to look. `revision` is one that the vault was seen at, 0 if it was never synced.
    pub fn begin(site: &Site, revision: i64) -> Self {
        let (began, disk) = (Timestamp::now(), site.disk.clone());
        Self { began, revision, seen: spawn_blocking(move || disk::observe(&disk, &Scope::root())) }
    }

    async fn seen(self) -> Result<Observation> {
        self.seen.await.context("the look at the vault broke off")?
    }
}

/// Looks at the store, then at the disk: what another writer takes in between is on both sides. A whole vault takes long to look at, so there
/// the two go on side by side, if nobody writes meanwhile.
pub(super) async fn look(
    store: &mut Store,
    site: &Site,
    machine: &Machine,
    scope: &Scope,
    early: Option<Early>,
) -> Result<(Side, Observation)> {
    if !scope.is_root() {
        let side = store.look(&site.name, scope).await?;
        side.vault.refuse_if_held(machine)?;
        return Ok((side, disk::observe(&site.disk, scope)?));
    }
    let vault = store.find_vault(&site.name).await?;
    vault.iter().try_for_each(|vault| vault.refuse_if_held(machine))?;
    let before = vault.map_or(0, |vault| vault.revision);
    let observing = early.filter(|early| early.revision == before).unwrap_or_else(|| Early::begin(site, before));
    let side = store.look(&site.name, scope).await?;
    let observation = observing.seen().await?;
    let after = store.find_vault(&site.name).await?.map_or(0, |vault| vault.revision);
    Ok((side, if before == after { observation } else { disk::observe(&site.disk, scope)? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Disk;
    use crate::facts::Rules;
    use crate::path::VaultPath;
    use crate::store::Location;
    use crate::sync::{Depth, Options, reconcile};
    use std::cell::Cell;

    /// A look that ended before anything was written.
    fn early(site: &Site, revision: i64) -> Early {
        let seen = disk::observe(&site.disk, &Scope::root());
        Early { began: Timestamp::now(), revision, seen: tokio::spawn(async { seen }) }
    }

    #[tokio::test]
    async fn an_early_look_counts_only_if_nobody_wrote_since() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("vault");
        std::fs::create_dir(&root).unwrap();
        let site = Site {
            name: "vault".into(),
            disk: Disk::new(&root, &[]),
            rules: Rules::default(),
            create_projects: false,
            write_back: false,
            is_elsewhere: false,
        };
        let mut store = Store::open(&Location::Sqlite(folder.path().join("claude.db"))).await.unwrap();
        let machine = Machine::without_data();
        std::fs::write(root.join("old.md"), "old").unwrap();
        let options = |early| Options {
            depth: Depth::Changed,
            allow_mass_delete: false,
            progress: &|_, _| {},
            is_stopped: &|| false,
            data_dir: None,
            may_tell: false,
            early: Cell::new(early),
        };
        let revision = reconcile(&mut store, &site, &Scope::root(), &options(None)).await.unwrap().revision;

        let (current, overtaken) = (early(&site, revision), early(&site, revision));
        let new = VaultPath::new("new.md");
        std::fs::write(root.join("new.md"), "new").unwrap();
        let (_, observation) = look(&mut store, &site, &machine, &Scope::root(), Some(current)).await.unwrap();
        assert!(!observation.files.contains_key(&new), "the early look was asked");
        reconcile(&mut store, &site, &Scope::root(), &options(None)).await.unwrap();
        let report = reconcile(&mut store, &site, &Scope::root(), &options(Some(overtaken))).await.unwrap();
        assert!(report.is_unchanged(), "what another writer took in has not gone");
    }
}
