//! `init`: finds the vaults, writes them into a configuration, syncs once, and says what to do next. To run it again does no harm.

mod found;

use super::args::{InitArgs, SyncArgs};
use super::{Exit, Global, Refusal, Surface, harmless};
use crate::config::{self, Flags, Kept, Settings};
use crate::refusal::quoted;
use crate::sync::Depth;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

pub(super) fn run(args: &InitArgs, surface: &Surface) -> Result<Exit> {
    let flags = surface.global.flags();
    let file =
        config::file_in_force(&flags)?.or_else(config::home_file).context("there is no home directory; name a file with --config")?;
    let roots = found::vaults(args, &load(&flags, &file)?, surface)?;
    if roots.is_empty() {
        let refusal = Refusal {
            exit: Exit::Usage,
            message: format!("the vaults of {} are on other machines, and there is nothing to set up here", file.display()),
            hint: Some("`vault-sync watch` follows them, `vault-sync init DIR` adds one of this machine".to_owned()),
        };
        return Err(refusal.into());
    }
    refuse_inside(&file, &roots)?;
    settings(&flags, &file, &roots)?.refuse_data_inside()?;
    let kept = config::keep_vaults(&file, &roots, flags.data_dir.as_deref())?;
    surface.note(&said(&kept, &file));
    let args = SyncArgs { allow_mass_delete: false };
    let exit = super::sync::over(settings(&flags, &file, &roots)?, &args, surface, Depth::Changed)?;
    surface.note(&next(&surface.global, &kept));
    Ok(exit)
}

/// Loads the settings with a configuration that may not be there yet.
fn load(flags: &Flags, file: &Path) -> Result<Settings> {
    if file.exists() { config::load(&Flags { config: Some(file.to_owned()), ..flags.clone() }) } else { config::load_without_file(flags) }
}

/// Returns the settings with exactly these vaults, wherever we are started.
fn settings(flags: &Flags, file: &Path, roots: &[PathBuf]) -> Result<Settings> {
    let mut settings = load(flags, file)?;
    settings.vaults.clear();
    for root in roots {
        settings.vaults.extend(load(&Flags { vault: Some(root.clone()), ..flags.clone() }, file)?.vaults);
    }
    Ok(settings)
}

/// Nothing of ours is written into a vault.
fn refuse_inside(file: &Path, roots: &[PathBuf]) -> Result<()> {
    let there = config::real(file)?;
    if !roots.iter().any(|root| there.starts_with(root)) {
        return Ok(());
    }
    let refusal = Refusal {
        exit: Exit::Usage,
        message: format!("the configuration {} would lie inside the vault", file.display()),
        hint: Some("choose another file with --config, or leave it out: the one at home is found from everywhere".to_owned()),
    };
    Err(refusal.into())
}

fn said(kept: &Kept, file: &Path) -> String {
    let file = harmless(&file.to_string_lossy());
    match kept {
        Kept { is_new: true, .. } => format!("wrote {file}"),
        Kept { n_added: 0, .. } => format!("{file} stays as it is"),
        Kept { n_added: 1, .. } => format!("added this vault to {file}"),
        Kept { n_added, .. } => format!("added {n_added} vaults to {file}"),
    }
}

/// Returns what is worth typing next, with the flags without which it would not find what was made.
fn next(global: &Global, kept: &Kept) -> String {
    let config = global.config.as_ref().map(|file| ("--config", file));
    // A new configuration holds the data directory.
    let data_dir = global.data_dir.as_ref().filter(|_| !kept.is_new).map(|folder| ("--data-dir", folder));
    let flags = config.into_iter().chain(data_dir).map(|(flag, path)| format!(" {flag} {}", quoted(path)));
    let flags: String = flags.collect();
    let commands = [
        ("search WORDS", "best first; `vault-sync help syntax` shows the operators"),
        ("watch", "keeps it in step while you write"),
        ("mcp install claude-code", "lets an agent ask; other clients: `vault-sync mcp install NAME`"),
    ];
    let width = commands.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    let mut text = "next:".to_owned();
    for (command, why) in commands {
        text += &format!("\n  vault-sync{flags} {command:width$}  # {why}");
    }
    if global.database_url.is_some() {
        text += "\nthe address of the database was not written down: later commands find it in VAULT_SYNC_DATABASE_URL";
    }
    text
}
