//! Where a look must be wider than it was asked to be, or it would miss what belongs together.

use super::{Look, Site};
use crate::disk::{self, Observation, Scope, Stamp};
use crate::path::VaultPath;
use crate::plan::Known;
use crate::store::{Store, Vault};
use anyhow::Result;
use std::collections::BTreeMap;

impl Look {
    /// A file that came may be one that the store knows outside the scope: then that place is looked at too, or the rename would be missed.
    /// And what came, went or was replaced may have had a twin, whose path is now another.
    pub(super) async fn widened(
        store: &mut Store,
        vault: &Vault,
        site: &Site,
        scope: &Scope,
        observation: &Observation,
        known: &BTreeMap<VaultPath, Known>,
    ) -> Result<Option<Scope>> {
        if scope.is_root() {
            return Ok(None);
        }
        // What a link leads to, and which of two counts that lead to one place, is decided for all links together.
        let has_gone = || known.keys().any(|path| !observation.files.contains_key(path));
        if site.disk.follows_links() && (observation.has_links || has_gone()) {
            return Ok(Some(Scope::root()));
        }
        // What went may have gone where no file is told of.
        if site.disk.has_private() && has_gone() {
            return Ok(Some(Scope::root()));
        }
        let mut wider = scope.clone();
        let is_other = |path: &VaultPath, stamp: &Stamp| known.get(path).is_none_or(|k| k.stamp.file_id != stamp.file_id);
        let is_settled =
            |path: &&VaultPath| observation.files.get(*path).is_some_and(|stamp| stamp.file_id.is_some() && !is_other(path, stamp));
        disk::folders_of_twins(&site.disk.root, scope.0.iter().filter(|p| !is_settled(p))).into_iter().for_each(|path| wider.add(path));
        let came = observation.files.iter().filter(|(path, stamp)| is_other(path, stamp));
        let ids: Vec<_> = came.chain(&observation.private).filter_map(|(_, stamp)| stamp.file_id).collect();
        if !ids.is_empty() {
            let elsewhere = store.known_by_file_id(vault, &ids).await?;
            elsewhere.into_iter().filter(|k| !scope.covers(&k.path)).for_each(|k| wider.add(k.path));
        }
        Ok((wider != *scope).then_some(wider))
    }
}
