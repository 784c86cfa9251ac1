//! `service status`: whether its file is there and says what it should, what the manager says of it, and what the mirror has seen of it.

use super::super::args::ManagerArgs;
use super::super::status::Heartbeat;
use super::super::{Exit, Surface, one_line};
use super::{ask, file, job, manager, ours, uid};
use crate::clock::Timestamp;
use crate::service::{Condition, Manager};
use crate::state;
use anyhow::Result;
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
struct Status {
    manager: Manager,
    /// The file that makes the service: ours, or the one that the manager has read.
    file: String,
    is_installed: bool,
    /// The file says what `install` would write now; `None` where that cannot be said, as of the file of a package.
    is_current: Option<bool>,
    #[serde(flatten)]
    condition: Condition,
    /// Why the manager could not be asked.
    unanswered: Option<String>,
    /// What the mirror has seen of a watcher, this one or another.
    watcher: &'static str,
    heartbeat: Option<Heartbeat>,
}

pub(super) fn run(args: &ManagerArgs, surface: &Surface) -> Result<Exit> {
    let manager = manager(args)?;
    let own = file(manager)?;
    let text = ours(&own).ok().flatten();
    let wanted = surface.settings().and_then(|settings| job(surface, &settings)).map(|job| manager.text(&job));
    let (condition, unanswered) = match ask(&manager.question(uid())) {
        Ok(answer) => (manager.condition(&answer), None),
        Err(why) => (Condition::default(), Some(why)),
    };
    let is_installed = own.exists() || condition.file.is_some();
    let file = if own.exists() { None } else { condition.file.clone() }.unwrap_or_else(|| own.to_string_lossy().into_owned());
    let is_current = text.zip(wanted.ok()).map(|(text, wanted)| text == wanted);
    let (watcher, heartbeat) = match surface.settings() {
        Ok(settings) => {
            let known = state::read(&settings.data_dir.value);
            let vaults = settings.vaults.iter().map(|vault| vault.value.name.as_str());
            (state::watcher_word(&known, vaults, Timestamp::now().millis()), known.watcher.as_ref().map(Heartbeat::of))
        }
        Err(_) => ("absent", None),
    };
    let status = Status { manager, file, is_installed, is_current, condition, unanswered, watcher, heartbeat };
    if surface.global.json {
        surface.json(&status)?
    } else {
        surface.text(&status.text())?
    }
    Ok(Exit::Success)
}

impl Status {
    fn text(&self) -> String {
        let mut text = String::new();
        let file = one_line(&self.file);
        let _ = match (self.is_installed, self.is_current) {
            (false, _) => writeln!(text, "not installed: there is no {file}; `vault-sync service install` writes it"),
            (true, Some(true)) => writeln!(text, "installed: {file}"),
            (true, Some(false)) => {
                writeln!(text, "installed: {file}, which is not what `vault-sync service install` would write now")
            }
            (true, None) => {
                writeln!(text, "installed: {file}, which cannot be compared with what `vault-sync service install` would write")
            }
        };
        if let Some(why) = &self.unanswered {
            let _ = writeln!(text, "whether it runs is not known: {}", one_line(why));
        } else if let Some(state) = &self.condition.state {
            let process = self.condition.pid.map(|pid| format!(", process {pid}")).unwrap_or_default();
            let enabled = self.condition.enabled.as_deref().map(|word| format!(", {word}")).unwrap_or_default();
            let restarts = self.condition.restarts.filter(|n| *n > 0).map(|n| format!(", started again {n} times")).unwrap_or_default();
            let _ = writeln!(text, "{}{process}{}{restarts}", one_line(state), one_line(&enabled));
        }
        if let Some(says) = &self.condition.says {
            let _ = writeln!(text, "it says: {}", one_line(says));
        }
        let heartbeat = self.heartbeat.as_ref().map(|heartbeat| format!(" ({})", heartbeat.text())).unwrap_or_default();
        let _ = writeln!(text, "watcher {}{heartbeat}", self.watcher);
        text
    }
}
