//! `init`: finds the vault, writes a configuration, syncs once, and says what to do next.

use super::args::{InitArgs, SyncArgs};
use super::{Exit, Refusal, Surface, harmless};
use crate::config;
use crate::sync::Depth;
use anyhow::{Context as _, Result};
use std::path::PathBuf;

pub(super) fn run(args: &InitArgs, surface: &Surface) -> Result<Exit> {
    let vaults = find(args, surface)?;
    let path = match &surface.global.config {
        Some(path) => path.clone(),
        None => config::home_file().context("there is no home directory; name a file with --config")?,
    };
    if path.exists() {
        surface.note(&format!("{} is there already and stays as it is", path.display()));
    } else {
        write(&path, &vaults)?;
        surface.note(&format!("wrote {}", path.display()));
    }
    let mut global = surface.global.clone();
    global.vault = None;
    global.config = Some(path);
    let configured = Surface::new(global);
    let exit = super::sync::run(&SyncArgs { allow_mass_delete: false }, &configured, Depth::Changed)?;
    surface.note("next:\n  vault-sync search WORDS\n  vault-sync watch\n  vault-sync status");
    Ok(exit)
}

/// Returns the vault that was named, the one around the current folder, or those that Obsidian knows.
fn find(args: &InitArgs, surface: &Surface) -> Result<Vec<PathBuf>> {
    if let Some(folder) = args.folder.as_ref().or(surface.global.vault.as_ref()) {
        let real = folder.canonicalize().with_context(|| format!("no folder {}", folder.display()))?;
        return Ok(vec![real]);
    }
    if let Some(vault) = config::vault_above(&std::env::current_dir()?) {
        return Ok(vec![vault]);
    }
    let known = config::known_to_obsidian();
    if known.is_empty() {
        let refusal = Refusal {
            exit: Exit::Usage,
            message: "no vault found".to_owned(),
            hint: Some("name its folder: `vault-sync init DIR`".to_owned()),
        };
        return Err(refusal.into());
    }
    Ok(known)
}

fn write(path: &std::path::Path, vaults: &[PathBuf]) -> Result<()> {
    let entry = |vault: &PathBuf| format!("[[vault]]\npath = {}\n", serde_json::json!(vault.to_string_lossy()));
    let entries: String = vaults.iter().map(|vault| entry(vault) + "\n").collect();
    let text =
        format!("# Settings of vault-sync. `vault-sync config` prints those in force; every key is in sync.example.toml.\n\n{entries}");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("writing {}", harmless(&path.to_string_lossy())))
}
