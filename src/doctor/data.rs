//! The data directory: there, writable, closed to others, on a file system that can lock, and the only one for these vaults.

use super::{Finding, Mend, folder};
use crate::clock::Timestamp;
use crate::config::{self, Flags, Settings};
use crate::refusal::quoted;
use crate::{lock, state, watch};
use std::path::{Path, PathBuf};

const CHECK: &str = "data directory";

/// What was seen of the data directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Sight {
    pub folder: PathBuf,
    pub is_there: bool,
    /// Why nothing can be written in it.
    pub refusal: Option<String>,
    /// It can be entered by others.
    pub is_open: bool,
    /// Folders and files in it that others may read, itself included.
    pub open: Vec<PathBuf>,
    pub is_of_another: bool,
    pub file_system: Option<String>,
    /// The watcher that holds its lock.
    pub watcher: Option<String>,
    /// A watcher that could not say that it ended.
    pub dead_watcher: Option<u32>,
    /// Other data directories that mirror one of the vaults, with the vault and when it was last synced.
    pub others: Vec<(PathBuf, String, Timestamp)>,
}

pub(super) fn look(settings: &Settings, flags: &Flags) -> Sight {
    let at = &settings.data_dir.value;
    if !at.is_dir() {
        return Sight { folder: at.clone(), ..Sight::default() };
    }
    let (probe, open) = (folder::probe(at), folder::open_to_others(at));
    let (state, watch_lock) = (state::read(at), at.join(state::WATCH_LOCK));
    let watcher = lock::holder_of(&watch_lock);
    Sight {
        is_there: true,
        refusal: probe.as_ref().err().map(ToString::to_string),
        is_of_another: probe.is_ok_and(|is_ours| !is_ours),
        is_open: open.contains(at),
        open,
        file_system: watch::file_system_of(at),
        dead_watcher: state.watcher.filter(|_| watcher.is_none()).map(|watcher| watcher.pid),
        watcher,
        others: others(settings, flags),
        folder: at.clone(),
    }
}

/// Looks where else a mirror of the vaults may lie: where it would by default, or by the configuration alone.
fn others(settings: &Settings, flags: &Flags) -> Vec<(PathBuf, String, Timestamp)> {
    let mut found = Vec::new();
    for folder in config::other_data_dirs(flags, settings) {
        for vault in state::read(&folder).vaults.into_iter().filter(|(_, vault)| vault.synced_ms > 0) {
            let (name, vault) = vault;
            if settings.roots().iter().any(|(_, root)| *root == Path::new(&vault.root)) {
                found.push((folder.clone(), name, Timestamp::from_millis(vault.synced_ms)));
            }
        }
    }
    found
}

pub(super) fn judge(sight: &Sight) -> Vec<Finding> {
    let shown = sight.folder.display();
    if !sight.is_there {
        return vec![Finding::note(CHECK, format!("{shown} is not there yet: the first sync makes it")).cured_by("vault-sync sync")];
    }
    let mut findings = Vec::new();
    if let Some(why) = &sight.refusal {
        let cure =
            format!("make room there, or make it writable (`chmod u+rwx {}`), or choose another with --data-dir", quoted(&sight.folder));
        findings.push(Finding::wrong(CHECK, format!("nothing can be written in {shown}: {why}")).cured_by(cure));
    }
    if sight.is_open {
        let said = format!("{shown} is open to others, and holds what the notes say");
        let cure = format!("chmod 700 {}", quoted(&sight.folder));
        findings.push(Finding::wrong(CHECK, said).cured_by(cure).mended_by(Mend::Close(sight.open.clone())));
    }
    if sight.is_of_another {
        let said = format!("{shown} belongs to another user: what this one writes there, that one may not be able to change");
        findings.push(Finding::wrong(CHECK, said).cured_by("run vault-sync as that user, or choose another with --data-dir"));
    }
    let kind = sight.file_system.as_deref().unwrap_or("a file system of unknown type");
    if watch::is_remote(kind) {
        let said = format!("{shown} lies on {kind}, where locks may not hold and SQLite can lose data");
        findings.push(Finding::wrong(CHECK, said).cured_by("choose a folder on a local disk with --data-dir or `data_dir` in sync.toml"));
    } else if kind == "overlay" {
        let said = format!("{shown} lies on overlay: it goes with its container");
        findings.push(Finding::note(CHECK, said).cured_by("mount a volume there"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, format!("{shown} can be written, is closed to others and lies on {kind}")));
    }
    findings.extend(watcher(sight));
    findings.extend(sight.others.iter().map(|(folder, vault, synced)| {
        let said = format!(
            "the vault '{vault}' is mirrored in {} too, last synced at {synced}: each knows nothing of the other",
            folder.display()
        );
        Finding::note("other mirrors", said).cured_by("keep one; the log of lookups in the other's database cannot be made again")
    }));
    findings
}

fn watcher(sight: &Sight) -> Option<Finding> {
    const CHECK: &str = "watcher";
    Some(match (&sight.watcher, sight.dead_watcher) {
        (Some(who), _) if who.is_empty() => Finding::note(CHECK, "somebody holds the watcher's lock, and did not say who"),
        (Some(who), _) => match lock::pid_of(who).map(lock::is_alive) {
            Some(false) => {
                let said = format!("the watcher's lock is held by {who}, which is not running here");
                Finding::wrong(CHECK, said)
                    .cured_by("on another machine, stop it there; else look with `fuser` who holds the file watch.lock")
            }
            _ => Finding::ok(CHECK, format!("the vaults are followed by {who}")),
        },
        (None, Some(pid)) => {
            let said = format!("the last watcher, process {pid}, ended without a word, as after a kill");
            Finding::note(CHECK, said).cured_by("vault-sync watch").mended_by(Mend::ForgetWatcher)
        }
        (None, None) => Finding::ok(CHECK, "nobody watches, and nobody holds the lock"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn a_data_directory_is_writable_closed_ours_and_local() {
        let here = || Sight { folder: "/d".into(), is_there: true, file_system: Some("ext4".to_owned()), ..Sight::default() };
        let nfs = Some("nfs4".to_owned());
        for (sight, grade, said) in [
            (here(), Grade::Ok, "can be written"),
            (Sight { is_there: false, ..here() }, Grade::Note, "not there yet"),
            (Sight { refusal: Some("Read-only file system".to_owned()), ..here() }, Grade::Wrong, "Read-only"),
            (Sight { is_open: true, ..here() }, Grade::Wrong, "open to others"),
            (Sight { is_of_another: true, ..here() }, Grade::Wrong, "another user"),
            (Sight { file_system: nfs, ..here() }, Grade::Wrong, "locks may not hold"),
            (Sight { file_system: Some("overlay".to_owned()), ..here() }, Grade::Note, "its container"),
        ] {
            let first = judge(&sight).swap_remove(0);
            assert!(first.grade == grade && first.sentence.contains(said), "{first:?}");
        }
    }

    #[test]
    fn a_dead_watcher_is_told_from_a_living_and_from_none() {
        let alive = format!("process {}, `vault-sync watch`, since 2026", std::process::id());
        for (holder, dead, grade, said) in [
            (None, None, Grade::Ok, "nobody"),
            (Some(alive.as_str()), None, Grade::Ok, "followed by process"),
            (Some("process 4194305, `vault-sync watch`, since 2026"), None, Grade::Wrong, "not running here"),
            (Some(""), None, Grade::Note, "did not say who"),
            (None, Some(7), Grade::Note, "process 7"),
        ] {
            let sight = Sight { watcher: holder.map(str::to_owned), dead_watcher: dead, ..Sight::default() };
            let finding = watcher(&sight).unwrap();
            assert!(finding.grade == grade && finding.sentence.contains(said), "{finding:?}");
        }
    }
}
