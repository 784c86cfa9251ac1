//! Both sides of a scope, looked at beside each other: what the store knows, and what lies on the disk. A run of which nothing comes waits for
//! little else, so the look at the disk may begin before the database is open.

use super::{Site, private};
use crate::clock::Timestamp;
use crate::disk::{self, Observation, RootId, Scope};
use crate::machine::Machine;
use crate::store::{Side, Store};
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::time::Instant;
use tokio::task::{JoinHandle, spawn_blocking};

/// A look at a whole vault that has begun.
///
/// What others write while it goes on would be in the store and not in the look, and would seem to have gone. So it counts only if the vault
/// is still at the revision that was known before it began: those of one store only grow, unless somebody puts an old one back, which is
/// looked for first. And it counts only if the root is still the folder that it was, which may have been mounted meanwhile. One that does
/// not count goes on to its end for nothing.
pub struct Early {
    pub began: Timestamp,
    /// The store's id and the vault's revision there.
    known: (String, i64),
    root: Option<RootId>,
    seen: JoinHandle<Result<Sight>>,
}

/// What was seen of the disk.
pub(super) struct Sight {
    pub observation: Observation,
    /// When all notes were looked into for what they say of themselves, and the private ones set apart. What becomes private after that is
    /// found when it is read, and purged.
    pub looked_into: Option<Instant>,
}

impl Sight {
    fn of(site: &Site, scope: &Scope) -> Result<Self> {
        Ok(Self { observation: disk::observe(&site.disk, scope)?, looked_into: None })
    }
}

impl Early {
    /// Begins to look at a vault that was last seen in this store, at this revision; at 0 if it was never synced.
    pub fn begin(site: &Site, store: &str, revision: i64) -> Self {
        let (began, root, site) = (Timestamp::now(), disk::root_id(&site.disk.root), site.clone());
        let seen = spawn_blocking(move || {
            let mut sight = Sight::of(&site, &Scope::root())?;
            // Of a vault that was never synced every note is news, and its database is still being made.
            if revision == 0 {
                private::set_apart(&site, &mut sight.observation, &BTreeMap::new());
                sight.looked_into = Some(Instant::now());
            }
            Ok(sight)
        });
        Self { began, known: (store.to_owned(), revision), root, seen }
    }

    /// Returns whether all that the store knows now was known before the look began.
    fn counts(&self, store: &Store, revision: i64) -> bool {
        let (known_store, known_revision) = &self.known;
        *known_revision == revision && (revision == 0 || *known_store == store.id)
    }

    /// Returns what was seen of the folder that is the vault's root now.
    async fn seen(self, site: &Site) -> Result<Sight> {
        let seen = self.seen.await.context("the look at the vault broke off")?;
        if seen.is_ok() && disk::root_id(&site.disk.root) == self.root { seen } else { Sight::of(site, &Scope::root()) }
    }
}

/// Looks at the store, then at the disk: what another writer takes in between is on both sides. A whole vault takes long to look at, so there
/// the two go on side by side, if nobody writes meanwhile.
pub(super) async fn look(store: &mut Store, site: &Site, machine: &Machine, scope: &Scope, early: Option<Early>) -> Result<(Side, Sight)> {
    if !scope.is_root() {
        let side = store.look(&site.name, scope).await?;
        side.vault.refuse_if_held(machine)?;
        return Ok((side, Sight::of(site, scope)?));
    }
    let vault = store.find_vault(&site.name).await?;
    vault.iter().try_for_each(|vault| vault.refuse_if_held(machine))?;
    let before = vault.map_or(0, |vault| vault.revision);
    let observing = early.filter(|early| early.counts(store, before)).unwrap_or_else(|| Early::begin(site, &store.id, before));
    let side = store.look(&site.name, scope).await?;
    let sight = observing.seen(site).await?;
    let after = store.find_vault(&site.name).await?.map_or(0, |vault| vault.revision);
    Ok((side, if before == after { sight } else { Sight::of(site, scope)? }))
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
    use std::path::Path;

    /// A look that ended before anything else happened.
    fn early(site: &Site, store: &Store, revision: i64) -> Early {
        let (root, seen) = (disk::root_id(&site.disk.root), Sight::of(site, &Scope::root()));
        Early { began: Timestamp::now(), known: (store.id.clone(), revision), root, seen: tokio::spawn(async { seen }) }
    }

    fn site(root: &Path) -> Site {
        Site {
            name: "vault".into(),
            disk: Disk::new(root, &[]),
            rules: Rules { private: "private".into(), ..Rules::default() },
            create_projects: false,
            write_back: false,
            is_elsewhere: false,
        }
    }

    fn options(early: Option<Early>) -> Options<'static> {
        Options {
            depth: Depth::Changed,
            allow_mass_delete: false,
            progress: &|_, _| {},
            is_stopped: &|| false,
            data_dir: None,
            may_tell: false,
            early: Cell::new(early),
        }
    }

    #[tokio::test]
    async fn an_early_look_counts_only_if_nobody_wrote_and_nothing_was_mounted_since() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("vault");
        std::fs::create_dir(&root).unwrap();
        let site = site(&root);
        let mut store = Store::open(&Location::Sqlite(folder.path().join("claude.db"))).await.unwrap();
        std::fs::write(root.join("old.md"), "old").unwrap();
        let revision = reconcile(&mut store, &site, &Scope::root(), &options(None)).await.unwrap().revision;

        let [current, overtaken] = [early(&site, &store, revision), early(&site, &store, revision)];
        let other = Early { known: ("another".into(), revision), ..early(&site, &store, revision) };
        std::fs::write(root.join("new.md"), "new").unwrap();
        let has_new = async |store: &mut Store, early| {
            let (_, sight) = look(store, &site, &Machine::without_data(), &Scope::root(), Some(early)).await.unwrap();
            sight.observation.files.contains_key(&VaultPath::new("new.md"))
        };
        assert!(!has_new(&mut store, current).await, "the early look was asked");
        assert!(has_new(&mut store, other).await, "one that knew another store was not");

        let revision = reconcile(&mut store, &site, &Scope::root(), &options(None)).await.unwrap().revision;
        let report = reconcile(&mut store, &site, &Scope::root(), &options(Some(overtaken))).await.unwrap();
        assert!(report.is_unchanged(), "what another writer took in has not gone");

        // The folder on which a drive is mounted.
        let drive = folder.path().join("drive");
        std::fs::rename(&root, &drive).unwrap();
        std::fs::create_dir(&root).unwrap();
        let bare = early(&site, &store, revision);
        std::fs::remove_dir(&root).unwrap();
        std::fs::rename(&drive, &root).unwrap();
        let report = reconcile(&mut store, &site, &Scope::root(), &options(Some(bare))).await.unwrap();
        assert!(report.is_unchanged(), "what was mounted meanwhile was there");
    }

    #[tokio::test]
    async fn a_vault_that_was_never_synced_is_looked_into_early() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("open.md"), "open").unwrap();
        std::fs::write(folder.path().join("mine.md"), "---\nprivate: true\n---\n").unwrap();
        let site = site(folder.path());
        for (revision, is_looked_into) in [(0, true), (1, false)] {
            let Sight { observation, looked_into } = Early::begin(&site, "store", revision).seen(&site).await.unwrap();
            assert_eq!(looked_into.is_some(), is_looked_into);
            assert_eq!(observation.files.contains_key(&VaultPath::new("mine.md")), !is_looked_into);
            assert_eq!(observation.private.len(), usize::from(is_looked_into));
        }
    }
}
