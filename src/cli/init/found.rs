//! Which vaults are meant: those that were named, those of the settings, the one around the current folder, those that Obsidian knows.

use super::super::{Exit, Refusal, Surface, harmless};
use crate::cli::args::InitArgs;
use crate::config::{self, Origin, Settings};
use crate::nearest::nearest;
use crate::refusal::quoted;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// Returns the roots of the vaults that are meant, each a folder that is there, and shows what was found.
pub(super) fn vaults(args: &InitArgs, settings: &Settings, surface: &Surface) -> Result<Vec<PathBuf>> {
    if !args.folders.is_empty() {
        return args.folders.iter().map(|folder| checked(folder, surface)).collect();
    }
    if args.all || settings.vaults.is_empty() {
        return of_obsidian(args.all, surface);
    }
    let one = |vault: &config::Sourced<config::VaultSettings>| {
        surface.note(&format!("vault {} ({})", shown(&vault.value.root), harmless(&vault.origin.to_string())));
        if matches!(vault.origin, Origin::File(_)) { Ok(vault.value.root.clone()) } else { checked(&vault.value.root, surface) }
    };
    settings.vaults.iter().filter(|vault| !vault.value.is_elsewhere).map(one).collect()
}

/// Returns the vault that Obsidian knows; of several only their owner can say which are meant.
fn of_obsidian(all: bool, surface: &Surface) -> Result<Vec<PathBuf>> {
    let known = config::known_to_obsidian();
    let commands = || known.iter().map(|root| format!("vault-sync init {}", quoted(root))).collect::<Vec<_>>().join("\n  ");
    match known.len() {
        0 => Err(usage(
            "no vault found: none was named, none is around this folder, and Obsidian is not here or knows none",
            "name the folder of your notes: `vault-sync init DIR`",
        )),
        1 => {
            surface.note(&format!("vault {} (the one that Obsidian knows)", shown(&known[0])));
            Ok(known)
        }
        _ if all => {
            known.iter().for_each(|root| surface.note(&format!("vault {} (Obsidian knows it)", shown(root))));
            Ok(known)
        }
        n => Err(usage(
            &format!("Obsidian knows {n} vaults, and none was named"),
            &format!("{}\n  vault-sync init --all    # each under its own name", commands()),
        )),
    }
}

/// Returns where a folder really is that was named, if it can be a vault.
fn checked(folder: &Path, surface: &Surface) -> Result<PathBuf> {
    let name = shown(folder);
    let root = match folder.canonicalize() {
        Ok(root) if root.is_dir() => root,
        Ok(_) => return Err(usage(&format!("{name} is a file, and a vault is a folder"), &above(folder))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(usage(&format!("there is no folder {name}"), &beside(folder)));
        }
        Err(error) => return Err(error).with_context(|| format!("looking at {name}")),
    };
    if root.parent().is_none() || config::user_home().is_ok_and(|home| home.canonicalize().ok().as_ref() == Some(&root)) {
        return Err(usage(&format!("{name} is more than a vault: everything of yours lies in it"), "name the folder of your notes in it"));
    }
    if root.join(".obsidian").is_dir() {
        return Ok(root);
    }
    let within = vaults_in(&root);
    if !within.is_empty() {
        let folders: Vec<String> = within.iter().map(|vault| quoted(vault)).collect();
        let cure = format!("each is mirrored by itself: `vault-sync init {}`", folders.join(" "));
        return Err(usage(&format!("{name} is no vault, and {} in it", counted(within.len())), &cure));
    }
    surface.note(&match config::vault_above(&root) {
        Some(vault) => format!("{name} is a folder of the vault {}: links to the rest of it will lead nowhere", shown(&vault)),
        None => format!("{name} has no .obsidian in it; its Markdown files are mirrored all the same"),
    });
    Ok(root)
}

fn counted(n: usize) -> String {
    if n == 1 { "one is".to_owned() } else { format!("{n} are") }
}

/// Returns the vaults right in a folder.
fn vaults_in(root: &Path) -> Vec<PathBuf> {
    let mut vaults: Vec<PathBuf> = folders_in(root).filter(|folder| folder.join(".obsidian").is_dir()).collect();
    vaults.sort();
    vaults
}

fn folders_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir())
}

/// Says which folder lies beside a name that was mistyped.
fn beside(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let wanted = absolute.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let siblings: Vec<PathBuf> = absolute.parent().map(|parent| folders_in(parent).collect()).unwrap_or_default();
    let names: Vec<String> = siblings.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    match nearest(&wanted, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean {}?", quoted(&absolute.with_file_name(name))),
        None => "give the folder of your notes, as `vault-sync init ~/Notes`".to_owned(),
    }
}

fn above(file: &Path) -> String {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    format!("perhaps `vault-sync init {}`", quoted(folder))
}

fn shown(path: &Path) -> String {
    harmless(&path.to_string_lossy())
}

fn usage(message: &str, hint: &str) -> anyhow::Error {
    Refusal { exit: Exit::Usage, message: message.to_owned(), hint: Some(hint.to_owned()) }.into()
}
