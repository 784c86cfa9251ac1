//! What the system allows `watch`: enough watches for the folders, instances for the programs, room for the events.

use super::{Finding, vaults};
use crate::config::{Settings, WatchMode};

const CHECK: &str = "watch limits";
/// Beside other programs, which share the limits, these are enough.
const FEWEST_INSTANCES: u64 = 128;
const FEWEST_EVENTS: u64 = 16_384;
const FEWEST_WATCHES: u64 = 524_288;

/// The limits of inotify; nothing where the system has none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    pub watches: Option<u64>,
    pub instances: Option<u64>,
    pub events: Option<u64>,
}

pub(super) fn limits() -> Limits {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?.trim().parse().ok();
    Limits { watches: read("max_user_watches"), instances: read("max_user_instances"), events: read("max_queued_events") }
}

pub(super) fn judge(settings: &Settings, vaults: &[vaults::Sight], limits: &Limits) -> Vec<Finding> {
    let is_watched = |vault: &&vaults::Sight| match settings.watch_mode.value {
        WatchMode::Poll => false,
        WatchMode::Native => true,
        WatchMode::Auto => !vault.is_remote,
    };
    let watched: Vec<usize> = vaults.iter().filter(is_watched).map(|vault| vault.n_folders).collect();
    // Each vault has an instance of its own.
    compare(watched.iter().sum::<usize>() as u64, watched.len() as u64, limits)
}

fn compare(n_folders: u64, n_vaults: u64, limits: &Limits) -> Vec<Finding> {
    if n_vaults == 0 {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if let Some(allowed) = limits.watches {
        let more = (4 * n_folders).next_power_of_two().max(FEWEST_WATCHES);
        if n_folders > allowed {
            let said = format!("`watch` needs {n_folders} file watches, and the system allows {allowed}: it would poll instead");
            findings.push(Finding::wrong(CHECK, said).cured_by(sysctl("max_user_watches", more)));
        } else if 2 * n_folders > allowed {
            let said = format!("`watch` needs {n_folders} of the {allowed} file watches that all programs of a user share");
            findings.push(Finding::note(CHECK, said).cured_by(sysctl("max_user_watches", more)));
        }
    }
    if let Some(allowed) = limits.instances {
        let cure = sysctl("max_user_instances", 1024);
        if n_vaults > allowed {
            let said = format!("`watch` needs {n_vaults} inotify instances, and the system allows {allowed}: it would poll instead");
            findings.push(Finding::wrong(CHECK, said).cured_by(cure));
        } else if allowed < FEWEST_INSTANCES {
            let said = format!("all programs of a user share {allowed} inotify instances: `watch` may get none, and poll instead");
            findings.push(Finding::note(CHECK, said).cured_by(cure));
        }
    }
    if let Some(allowed) = limits.events.filter(|allowed| *allowed < FEWEST_EVENTS) {
        let said = format!("only {allowed} file events can wait: at more at once `watch` looks at the whole vault");
        findings.push(Finding::note(CHECK, said).cured_by(sysctl("max_queued_events", FEWEST_EVENTS)));
    }
    if findings.is_empty() {
        let of = limits.watches.map(|allowed| format!(" of {allowed}")).unwrap_or_default();
        findings.push(Finding::ok(CHECK, format!("`watch` needs {n_folders}{of} file watches")));
    }
    findings
}

/// The line that raises a limit now, and for good.
fn sysctl(name: &str, value: u64) -> String {
    let setting = format!("fs.inotify.{name}={value}");
    format!("sudo sysctl {setting} && echo {setting} | sudo tee -a /etc/sysctl.d/60-vault-sync.conf")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn each_limit_is_held_against_what_watch_needs() {
        let plenty = Limits { watches: Some(1_000_000), instances: Some(1024), events: Some(16_384) };
        for (n_folders, n_vaults, limits, expected) in [
            (100, 1, plenty, &[(Grade::Ok, "100 of 1000000")][..]),
            (100, 1, Limits::default(), &[(Grade::Ok, "100 file watches")]),
            (100, 0, Limits { watches: Some(1), ..plenty }, &[]),
            (9000, 1, Limits { watches: Some(8192), ..plenty }, &[(Grade::Wrong, "fs.inotify.max_user_watches=524288 ")]),
            (5000, 1, Limits { watches: Some(8192), ..plenty }, &[(Grade::Note, "fs.inotify.max_user_watches=524288 ")]),
            (300_000, 1, Limits { watches: Some(8192), ..plenty }, &[(Grade::Wrong, "fs.inotify.max_user_watches=2097152 ")]),
            (1, 2, Limits { instances: Some(1), ..plenty }, &[(Grade::Wrong, "fs.inotify.max_user_instances=1024 ")]),
            (1, 1, Limits { instances: Some(8), ..plenty }, &[(Grade::Note, "fs.inotify.max_user_instances=1024 ")]),
            (1, 1, Limits { events: Some(64), ..plenty }, &[(Grade::Note, "fs.inotify.max_queued_events=16384 ")]),
        ] {
            let found = compare(n_folders, n_vaults, &limits);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for (finding, (grade, said)) in found.iter().zip(expected) {
                let text = format!("{} {}", finding.sentence, finding.cure.as_deref().unwrap_or_default());
                assert!(finding.grade == *grade && text.contains(said), "{finding:?}");
            }
        }
    }
}
