//! Where settings are looked for: the environment, `sync.toml` up the tree and at home, the vault around the current folder.

use super::Flags;
use super::{FILE_NAME, Origin};
use anyhow::{Context as _, Result};
use etcetera::BaseStrategy as _;
use std::path::{Path, PathBuf};

/// Returns a variable of the environment; an empty one counts as none.
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the configuration in force: the one that was named, else the nearest up the tree, else the one at home.
///
/// A file inside a vault never counts: a vault may come from somebody else.
pub(super) fn config_file(flags: &Flags) -> Result<Option<PathBuf>> {
    if let Some(path) = flags.config.clone().or_else(|| environment("VAULT_SYNC_CONFIG").map(PathBuf::from)) {
        return Ok(Some(std::path::absolute(path)?));
    }
    let here = std::env::current_dir().ok();
    let up = here.iter().flat_map(|here| here.ancestors()).map(|dir| dir.join(FILE_NAME));
    let near = up.filter(|path| path.is_file()).find(|path| path.parent().and_then(vault_above).is_none());
    Ok(near.or_else(|| home_file().filter(|path| path.is_file())))
}

/// Returns the place of the configuration at home, which `init` writes.
pub fn home_file() -> Option<PathBuf> {
    Some(settings_folder()?.join("vault-sync").join(FILE_NAME))
}

/// Returns the folder of the user's settings, those of other programs too.
pub fn settings_folder() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir())
}

/// Returns the home of whoever runs us.
pub fn user_home() -> Result<PathBuf> {
    etcetera::home_dir().context("there is no home directory")
}

/// Returns the innermost folder, this one or above, that holds `.obsidian`.
pub fn vault_above(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|dir| dir.join(".obsidian").is_dir()).map(Path::to_owned)
}

pub(super) fn default_data_dir() -> Result<PathBuf> {
    let base = etcetera::choose_base_strategy().context("there is no home directory for the data; give one with --data-dir")?;
    Ok(base.data_dir().join("vault-sync"))
}

/// Returns a path as it is written in a file: `~` is the home, and what is relative is so to the file.
pub(super) fn expand(path: &str, file: Option<&Path>, origin: &Origin) -> PathBuf {
    if let Some(rest) = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
        && let Ok(home) = etcetera::home_dir()
    {
        return home.join(rest.trim_start_matches(['/', '\\']));
    }
    match (file.and_then(Path::parent), origin) {
        (Some(folder), Origin::File(_)) => folder.join(path),
        _ => PathBuf::from(path),
    }
}

/// Returns where a path really is, links resolved as far as it exists: a vault on a drive that is away is still that vault.
pub fn real(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path).with_context(|| format!("no path: '{}'", path.display()))?;
    for above in absolute.ancestors() {
        if let Ok(there) = above.canonicalize() {
            let rest = absolute.strip_prefix(above).unwrap_or(Path::new(""));
            return Ok(if rest.as_os_str().is_empty() { there } else { there.join(rest) });
        }
    }
    Ok(absolute)
}

pub(super) fn folder_name(root: &Path) -> String {
    root.file_name().map_or_else(|| "vault".to_owned(), |name| crate::path::normal(&name.to_string_lossy()))
}

/// A file with a password in it is nobody else's business.
pub(super) fn warn_if_readable(file: &Path) {
    if is_readable_by_others(file) {
        let file = file.display();
        tracing::warn!("{file} holds a password and is open to others: `chmod 600 {file}`, or move the password to ~/.pgpass");
    }
}

#[cfg(unix)]
pub(super) fn is_readable_by_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_readable_by_others(_: &Path) -> bool {
    false
}

/// Where Obsidian keeps its list of vaults, below the home: as Flatpak and as Snap, and on macOS. Elsewhere it is with the other settings.
const LISTS_BELOW_HOME: [&str; 3] =
    [".var/app/md.obsidian.Obsidian/config/obsidian", "snap/obsidian/current/.config/obsidian", "Library/Application Support/obsidian"];

/// Returns the vaults in Obsidian's own lists, as far as they exist.
pub fn known_to_obsidian() -> Vec<PathBuf> {
    let settings = etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("obsidian"));
    let home = etcetera::home_dir().ok();
    let below_home = home.iter().flat_map(|home| LISTS_BELOW_HOME.map(|folder| home.join(folder)));
    let lists = settings.into_iter().chain(below_home).filter_map(|folder| std::fs::read(folder.join("obsidian.json")).ok());
    let lists = lists.map(|list| serde_json::from_slice::<serde_json::Value>(&list).unwrap_or_default());
    let listed = |list: serde_json::Value| {
        let vaults = list["vaults"].as_object().into_iter().flat_map(|vaults| vaults.values());
        vaults.filter_map(|vault| vault["path"].as_str()).map(PathBuf::from).collect::<Vec<_>>()
    };
    let mut roots: Vec<PathBuf> = lists.flat_map(listed).filter_map(|path| path.canonicalize().ok()).filter(|path| path.is_dir()).collect();
    roots.sort();
    roots.dedup();
    roots
}
