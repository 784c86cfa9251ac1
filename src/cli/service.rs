//! `service`: a watcher that the system keeps running. What would be written and run is shown first; where it cannot be run, it says what to type.

mod logs;
mod status;

use super::args::{ManagerArgs, ServiceArgs, ServiceCommand, StepArgs};
use super::rewrite::{difference, put};
use super::session::require_vaults;
use super::{Exit, Refusal, Surface, harmless};
use crate::config::{Origin, Settings, settings_folder, user_home};
use crate::refusal::quoted;
use crate::service::{Job, Manager, Step, is_ours};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(super) fn run(args: &ServiceArgs, surface: &Surface) -> Result<Exit> {
    match &args.command {
        ServiceCommand::Install(args) => install(args, surface),
        ServiceCommand::Uninstall(args) => uninstall(args, surface),
        ServiceCommand::Status(args) => status::run(args, surface),
        ServiceCommand::Logs(args) => logs::run(args, surface),
    }
}

fn install(args: &StepArgs, surface: &Surface) -> Result<Exit> {
    let manager = manager(&args.manager)?;
    refuse_sudo()?;
    let settings = surface.settings()?;
    let job = job(surface, &settings)?;
    if !manager.can_start(&job.program) {
        let message = format!("systemd starts no program with a quote or a backslash in its path: {}", harmless(&job.program));
        return Err(Refusal { exit: Exit::Usage, message, hint: Some("put it elsewhere, and run it there".to_owned()) }.into());
    }
    let text = manager.text(&job);
    let file = file(manager)?;
    let before = ours(&file)?.unwrap_or_default();
    let shown = harmless(&file.display().to_string());
    let is_same = before == text;
    let steps = manager.install(&file.to_string_lossy(), uid(), !before.is_empty());
    if is_same {
        surface.text(&format!("{shown}: nothing to change\n"))?;
    } else {
        surface.text(&format!("{shown}\n{}", harmless(&difference(&before, &text))))?;
    }
    if args.dry_run {
        return surface.text(&typed(&steps)).map(|()| Exit::Success);
    }
    if !is_same {
        let folder = file.parent().context("a file has a folder")?;
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        if let Some(backup) = put(&file, &before, &text).with_context(|| format!("writing {shown}"))? {
            surface.text(&format!("before: {}\n", harmless(&backup.display().to_string())))?;
        }
    }
    if manager == Manager::Launchd {
        let log = log(&user_home()?);
        let folder = log.parent().context("a file has a folder")?;
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    carry_out(&steps, &[], &format!("{shown} is written"))?;
    surface.text("it runs, and starts again at each login; `vault-sync service status` says how it is\n")?;
    if manager == Manager::Systemd && !lingers() {
        surface.note("it ends when you log out; `loginctl enable-linger` keeps it running, and starts it with the machine");
    }
    Ok(Exit::Success)
}

fn uninstall(args: &StepArgs, surface: &Surface) -> Result<Exit> {
    let manager = manager(&args.manager)?;
    refuse_sudo()?;
    let file = file(manager)?;
    let shown = harmless(&file.display().to_string());
    let Some(before) = ours(&file)? else {
        return surface.text(&format!("{shown} is not there: nothing to change\n")).map(|()| Exit::Success);
    };
    let (first, last) = manager.uninstall(uid());
    let remove = Step { words: vec!["rm".to_owned(), file.to_string_lossy().into_owned()], may_fail: false };
    let rest = [vec![remove], last.clone()].concat();
    if args.dry_run {
        return surface.text(&typed(&[first, rest].concat())).map(|()| Exit::Success);
    }
    carry_out(&first, &rest, &format!("{shown} stays"))?;
    // What somebody has written into it is kept.
    let is_made = surface.settings().and_then(|settings| job(surface, &settings)).is_ok_and(|job| manager.text(&job) == before);
    if let Some(backup) = put(&file, if is_made { "" } else { &before }, "").with_context(|| format!("removing {shown}"))? {
        surface.text(&format!("before: {}\n", harmless(&backup.display().to_string())))?;
    }
    surface.text(&format!("removed {shown}\n"))?;
    carry_out(&last, &[], &format!("{shown} is removed"))?;
    Ok(Exit::Success)
}

fn manager(args: &ManagerArgs) -> Result<Manager> {
    args.manager.or_else(Manager::of_this_system).ok_or_else(|| {
        let message = "which service manager this system has is not known here".to_owned();
        let hint = Some("have `vault-sync watch` started in the way of this system; exit code 75 asks to be started again".to_owned());
        Refusal { exit: Exit::Usage, message, hint }.into()
    })
}

/// Returns what is to be kept running: this program, with what it needs to find the same vaults and data, whatever its environment.
fn job(surface: &Surface, settings: &Settings) -> Result<Job> {
    require_vaults(settings)?;
    settings.refuse_data_inside()?;
    refuse_address(settings)?;
    let mut args = Vec::new();
    let mut flag = |name: &str, path: &Path| -> Result<()> {
        args.extend([name.to_owned(), written(&std::path::absolute(path)?)?]);
        Ok(())
    };
    if let Some(config) = crate::config::file_in_force(&surface.global.flags())? {
        flag("--config", &config)?;
    }
    // A vault of the configuration is found there; any other must be named.
    if let Some(vault) = settings.vaults.iter().find(|vault| !matches!(vault.origin, Origin::File(_))) {
        flag("--vault", &vault.value.root)?;
    }
    if !matches!(settings.data_dir.origin, Origin::File(_)) {
        flag("--data-dir", &settings.data_dir.value)?;
    }
    args.push("watch".to_owned());
    let program = written(&std::env::current_exe().context("finding this program")?)?;
    Ok(Job { program, args, log: written(&log(&user_home()?))? })
}

/// A service has another environment, and its file is no place for a password.
fn refuse_address(settings: &Settings) -> Result<()> {
    let where_from = match settings.database_url.origin {
        _ if settings.database_url.value.is_none() => return Ok(()),
        Origin::Flag => "a flag",
        Origin::Environment(name) => name,
        _ => return Ok(()),
    };
    let message = format!("the address of the database comes from {where_from}, and may hold a password: it is not written into a service");
    let hint = "write it into sync.toml, in the table [database], and a password into ~/.pgpass".to_owned();
    Err(Refusal { exit: Exit::Usage, message, hint: Some(hint) }.into())
}

/// Under sudo it would be a service of root's.
fn refuse_sudo() -> Result<()> {
    if uid() != 0 || std::env::var_os("SUDO_USER").is_none() {
        return Ok(());
    }
    let hint = Some("run it without sudo".to_owned());
    Err(Refusal { exit: Exit::Usage, message: "it is a service of the user's, not of the system's".to_owned(), hint }.into())
}

/// Returns a path as text. What no line of a unit can hold is refused.
fn written(path: &Path) -> Result<String> {
    match path.to_str().filter(|text| !text.contains(char::is_control)) {
        Some(text) => Ok(text.to_owned()),
        None => {
            let message = format!("{} cannot stand in the file of a service", harmless(&path.display().to_string()));
            Err(Refusal { exit: Exit::Usage, message, hint: Some("give it a name that is plain text".to_owned()) }.into())
        }
    }
}

/// Returns where the manager looks for the file.
fn file(manager: Manager) -> Result<PathBuf> {
    let folder = match manager {
        Manager::Systemd => settings_folder().context("there is no home directory")?.join("systemd/user"),
        Manager::Launchd => user_home()?.join("Library/LaunchAgents"),
    };
    Ok(folder.join(manager.file_name()))
}

fn log(home: &Path) -> PathBuf {
    home.join("Library/Logs/vault-sync.log")
}

/// Reads the file, if there is one. One that somebody else wrote is theirs; and so is a link, as one to /dev/null, which forbids the service.
fn ours(file: &Path) -> Result<Option<String>> {
    let shown = harmless(&file.display().to_string());
    let text = match std::fs::symlink_metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Ok(there) if there.is_file() => Some(std::fs::read_to_string(file).with_context(|| format!("reading {shown}"))?),
        _ => None,
    };
    match text.filter(|text| is_ours(text)) {
        Some(text) => Ok(Some(text)),
        None => {
            let message = format!("{shown} is there, and vault-sync did not make it: it stays as it is");
            Err(Refusal { exit: Exit::Findings, message, hint: Some("move it away first".to_owned()) }.into())
        }
    }
}

/// Runs what the manager is told, up to what fails: then it says so far what is done, and what is left to be typed, the `rest` too.
fn carry_out(steps: &[Step], rest: &[Step], done: &str) -> Result<()> {
    for (n_done, step) in steps.iter().enumerate() {
        let Err(failure) = ask(step) else { continue };
        if step.may_fail {
            continue;
        }
        let left: Vec<String> = steps[n_done..].iter().chain(rest).map(line).collect();
        let message = format!("{done}, and `{}` failed: {failure}", line(step));
        let hint = Some(format!("type this where it works: {}", left.join(" && ")));
        return Err(Refusal { exit: Exit::Findings, message, hint }.into());
    }
    Ok(())
}

/// Returns what a command of the manager answers, or in words how it failed.
fn ask(step: &Step) -> Result<String, String> {
    let output = Command::new(&step.words[0]).args(&step.words[1..]).stdin(Stdio::null()).output();
    let output = output.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no {} here", step.words[0]),
        _ => error.to_string(),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(if said.is_empty() { output.status.to_string() } else { said })
}

/// Returns what would be typed, a line each.
fn typed(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("$ {}\n", harmless(&line(step)))).collect()
}

fn line(step: &Step) -> String {
    step.words.iter().map(|word| quoted(Path::new(word))).collect::<Vec<_>>().join(" ")
}

/// Whether the user's services outlive the user's sessions.
fn lingers() -> bool {
    let user = std::env::var_os("USER").or_else(|| std::env::var_os("LOGNAME"));
    user.is_some_and(|user| Path::new("/var/lib/systemd/linger").join(user).exists())
}

#[cfg(unix)]
fn uid() -> u32 {
    rustix::process::getuid().as_raw()
}

#[cfg(not(unix))]
fn uid() -> u32 {
    0
}
