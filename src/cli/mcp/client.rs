//! `mcp install`, `mcp uninstall`: the server in a client's configuration, shown before it is written, with a backup beside it.

use super::splice;
use crate::cli::args::{ClientArgs, Scope};
use crate::cli::rewrite::{difference, put};
use crate::cli::session::require_vaults;
use crate::cli::{Exit, Refusal, Surface, harmless};
use crate::config::{Origin, Settings, user_home};
use crate::mcp::NAME;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The client whose files are known.
const CLAUDE_CODE: &str = "claude-code";

pub(super) fn install(args: &ClientArgs, surface: &Surface) -> Result<Exit> {
    let settings = surface.settings()?;
    require_vaults(&settings)?;
    let server = server(surface, &settings)?;
    if args.client != CLAUDE_CODE {
        surface.note(&format!("vault-sync: where {} keeps its servers is not known here; paste this there", harmless(&args.client)));
        let snippet = serde_json::to_string_pretty(&json!({"mcpServers": {NAME: server}})).context("the snippet")?;
        return surface.raw(&(snippet + "\n")).map(|()| Exit::Success);
    }
    change(args, surface, |text| splice::with_server(text, NAME, &server))
}

pub(super) fn uninstall(args: &ClientArgs, surface: &Surface) -> Result<Exit> {
    if args.client != CLAUDE_CODE {
        let message = format!("where {} keeps its servers is not known here", harmless(&args.client));
        let hint = Some(format!("take the entry \"{NAME}\" out of its configuration"));
        return Err(Refusal { exit: Exit::Usage, message, hint }.into());
    }
    change(args, surface, |text| splice::without_server(text, NAME))
}

/// Returns how the client starts the server: this program, with what it needs to find the same vaults from any folder.
fn server(surface: &Surface, settings: &Settings) -> Result<Value> {
    let program = std::env::current_exe().context("finding this program")?;
    let mut args: Vec<String> = Vec::new();
    let mut flag = |name: &str, path: &Path| -> Result<()> {
        args.push(name.to_owned());
        args.push(std::path::absolute(path)?.to_string_lossy().into_owned());
        Ok(())
    };
    if let Some(config) =
        crate::config::file_in_force(&surface.global.flags())?.filter(|file| Some(file) != crate::config::home_file().as_ref())
    {
        flag("--config", &config)?;
    }
    // A vault of the configuration is found there; any other must be named.
    if let Some(vault) = settings.vaults.iter().find(|vault| !matches!(vault.origin, Origin::File(_))) {
        flag("--vault", &vault.value.root)?;
    }
    if !matches!(settings.data_dir.origin, Origin::File(_) | Origin::Default) {
        flag("--data-dir", &settings.data_dir.value)?;
    }
    if matches!(settings.database_url.origin, Origin::Flag) {
        let message = "an address of a database may hold a password, and does not belong into a client's configuration".to_owned();
        return Err(
            Refusal { exit: Exit::Usage, message, hint: Some("write it into sync.toml, in the table [database]".to_owned()) }.into()
        );
    }
    args.push("mcp".to_owned());
    Ok(json!({"type": "stdio", "command": program.to_string_lossy(), "args": args}))
}

/// Changes the client's file, once the change was shown.
fn change(args: &ClientArgs, surface: &Surface, edit: impl Fn(&str) -> Result<String>) -> Result<Exit> {
    let file = file(args.scope)?;
    let shown = harmless(&file.display().to_string());
    let before = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {shown}")),
    };
    let after = edit(&before).map_err(|error| Refusal {
        exit: Exit::Findings,
        message: format!("{shown} is not changed: {error}"),
        hint: Some("`vault-sync mcp install another-client` prints what to put there by hand".to_owned()),
    })?;
    if after == before || (before.is_empty() && after.trim().is_empty()) {
        return surface.text(&format!("{shown}: nothing to change\n")).map(|()| Exit::Success);
    }
    surface.text(&format!("{shown}\n{}", harmless(&difference(&before, &after))))?;
    if args.dry_run {
        return Ok(Exit::Success);
    }
    // A file with nothing left in it goes.
    let is_empty = after.split_whitespace().collect::<String>() == "{}";
    let after = if is_empty { "" } else { &after };
    if let Some(backup) = put(&file, &before, after).with_context(|| format!("writing {shown}"))? {
        surface.text(&format!("before: {}\n", harmless(&backup.display().to_string())))?;
    }
    Ok(Exit::Success)
}

/// Returns where Claude Code keeps its servers. A link is followed: what it leads to is changed.
fn file(scope: Scope) -> Result<PathBuf> {
    let file = match scope {
        Scope::Project => std::env::current_dir()?.join(".mcp.json"),
        Scope::User => match std::env::var_os("CLAUDE_CONFIG_DIR").filter(|dir| !dir.is_empty()) {
            Some(dir) => PathBuf::from(dir).join(".claude.json"),
            None => user_home()?.join(".claude.json"),
        },
    };
    Ok(file.canonicalize().unwrap_or(file))
}
