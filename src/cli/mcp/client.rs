//! `mcp install`, `mcp uninstall`: the server in a client's configuration, shown before it is written, with a backup beside it.

use super::splice;
use crate::cli::args::{ClientArgs, Scope};
use crate::cli::session::require_vaults;
use crate::cli::{Exit, Refusal, Surface, harmless};
use crate::config::{Origin, Settings, user_home};
use crate::mcp::NAME;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::fmt::Write as _;
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
    if let Some(backup) = write(&file, &before, &after).with_context(|| format!("writing {shown}"))? {
        surface.text(&format!("before: {}\n", harmless(&backup.display().to_string())))?;
    }
    Ok(Exit::Success)
}

/// Writes the file in one step, what it was beside it. A file with nothing left in it goes.
fn write(file: &Path, before: &str, after: &str) -> Result<Option<PathBuf>> {
    let beside = |ending: &str| {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        file.with_file_name(name)
    };
    let backup = (!before.is_empty()).then(|| beside(".vault-sync-backup"));
    if let Some(backup) = &backup {
        std::fs::copy(file, backup)?;
    }
    if after.split_whitespace().collect::<String>() == "{}" {
        std::fs::remove_file(file)?;
        return Ok(backup);
    }
    let draft = beside(".vault-sync-draft");
    std::fs::write(&draft, after)?;
    if let Ok(there) = std::fs::metadata(file) {
        std::fs::set_permissions(&draft, there.permissions())?;
    }
    std::fs::rename(&draft, file)?;
    Ok(backup)
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

/// Returns the lines that go and come, with one line around them.
fn difference(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = |a: &mut dyn Iterator<Item = (&&str, &&str)>| a.take_while(|(a, b)| a == b).count();
    let head = same(&mut old.iter().zip(&new));
    let tail = same(&mut old[head..].iter().rev().zip(new[head..].iter().rev()));
    let mut text = String::new();
    let mut put = |mark: &str, lines: &[&str]| lines.iter().for_each(|line| writeln!(text, "{mark} {line}").expect("a text takes text"));
    put(" ", &old[head.saturating_sub(1)..head]);
    put("-", &old[head..old.len() - tail]);
    put("+", &new[head..new.len() - tail]);
    put(" ", &old[old.len() - tail..(old.len() - tail + 1).min(old.len())]);
    text
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn a_change_is_shown_with_what_stands_around_it() {
        assert_eq!(difference("a\nb\nc\n", "a\nb\nx\ny\nc\n"), "  b\n+ x\n+ y\n  c\n");
        assert_eq!(difference("a\nb\nc\n", "a\nc\n"), "  a\n- b\n  c\n");
        assert_eq!(difference("", "a\n"), "+ a\n");
        assert_eq!(difference("a\na\n", "a\na\na\n"), "  a\n+ a\n");
    }
}
