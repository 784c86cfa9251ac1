//! The vaults that a run works on: named, around the current folder, or those of `sync.toml`.

use super::file::VaultEntry;
use super::find::{self, vault_above};
use super::{Flags, Layers, Origin, Sourced};
use crate::refusal::{Exit, Refusal};
use anyhow::Result;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultSettings {
    /// The vault's identity; its folder's name unless given.
    pub name: String,
    /// A folder that never is, when the files are on other machines only.
    pub root: PathBuf,
    /// The vault is followed in the shared database.
    pub is_elsewhere: bool,
    /// Globs of files that are not indexed.
    pub exclude: Vec<String>,
    /// Where each of them is written, as `file:line`.
    pub exclude_at: std::collections::BTreeMap<String, String>,
    /// Globs of files of which nothing is kept.
    pub private: Vec<String>,
    /// Folders into which symbolic links may lead.
    pub follow_symlinks: Vec<PathBuf>,
    pub folder_types: std::collections::BTreeMap<String, String>,
}

/// Returns the vaults: the one that was named, else the one we stand in, else those of the file.
pub(super) fn of(flags: &Flags, layers: &Layers, data_dir: &Path) -> Result<Vec<Sourced<VaultSettings>>> {
    let file_vaults = layers.given.vault.iter().map(|entry| vault_settings(entry, layers, data_dir));
    let file_vaults: Vec<VaultSettings> = file_vaults.collect::<Result<_>>()?;
    let named = flags.vault.clone().map(|dir| (dir, Origin::Flag));
    let named = named.or_else(|| Some((find::environment("VAULT_SYNC_VAULT")?.into(), Origin::Environment("VAULT_SYNC_VAULT"))));
    let here = || Some((vault_above(&std::env::current_dir().ok()?)?, Origin::CurrentFolder));
    let Some((dir, origin)) = named.or_else(here) else {
        let origin = Origin::File(layers.found.clone().unwrap_or_default());
        return Ok(file_vaults.into_iter().map(|value| Sourced { value, origin: origin.clone() }).collect());
    };
    let root = find::real(&dir)?;
    let known = file_vaults.into_iter().find(|vault| vault.root == root);
    let value = match known {
        Some(vault) => vault,
        None => VaultSettings {
            name: find::folder_name(&root),
            root,
            is_elsewhere: false,
            exclude: Vec::new(),
            exclude_at: Default::default(),
            private: Vec::new(),
            follow_symlinks: Vec::new(),
            folder_types: Default::default(),
        },
    };
    Ok(vec![Sourced { value, origin }])
}

fn vault_settings(entry: &VaultEntry, layers: &Layers, data_dir: &Path) -> Result<VaultSettings> {
    let origin = Origin::File(layers.found.clone().unwrap_or_default());
    let (name, root) = match (&entry.path, &entry.name) {
        (Some(path), name) => {
            let root = find::real(&find::expand(path, layers.found.as_deref(), &origin))?;
            (name.clone().unwrap_or_else(|| find::folder_name(&root)), root)
        }
        (None, Some(name)) => (name.clone(), data_dir.join("elsewhere")),
        (None, None) => {
            let message = format!("{origin}: a vault without a `path`");
            let hint = "give its `path`, or only its `name` to follow it in the team's database".to_owned();
            return Err(Refusal { exit: Exit::Usage, message, hint: Some(hint) }.into());
        }
    };
    let file = layers.found.as_deref().unwrap_or(Path::new("")).display();
    let exclude: Vec<String> = entry.exclude.iter().map(|glob| glob.get_ref().clone()).collect();
    let exclude_at = exclude.iter().cloned().zip(entry.exclude_lines.iter().map(|line| format!("{file}:{line}"))).collect();
    let VaultEntry { private, folder_types, .. } = entry.clone();
    let folders = entry.follow_symlinks.0.iter().map(|folder| find::real(&find::expand(folder, layers.found.as_deref(), &origin)));
    let follow_symlinks = folders.collect::<Result<_>>()?;
    let is_elsewhere = entry.path.is_none();
    Ok(VaultSettings { name, root, is_elsewhere, exclude, exclude_at, private, follow_symlinks, folder_types })
}
