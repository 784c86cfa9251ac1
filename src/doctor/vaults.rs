//! The vaults: each is there, can be read, and lies on a file system that tells of changes.

use super::Finding;
use crate::clock::Timestamp;
use crate::config::{Settings, WatchMode};
use crate::disk::{self, Disk, Observation, Scope};
use crate::path::VaultPath;
use crate::refusal::quoted;
use crate::watch;
use std::path::PathBuf;

/// What was seen of a vault.
#[derive(Default)]
pub(super) struct Sight {
    pub name: String,
    pub root: PathBuf,
    /// What lies there.
    pub seen: Observation,
    /// Why it cannot be looked at.
    pub gone: Option<String>,
    pub is_bare: bool,
    /// The folders that `watch` follows.
    pub n_folders: usize,
    /// The type of its file system, where it is known, and whether `watch` polls there.
    pub file_system: Option<String>,
    pub is_remote: bool,
    pub mode: WatchMode,
    pub poll_seconds: u64,
    /// Files whose time is still to come.
    pub future: Vec<VaultPath>,
}

/// Looks at all vaults of the settings.
pub(super) fn look(settings: &Settings, now: Timestamp) -> Vec<Sight> {
    let sight = |(name, disk): (String, Disk)| {
        let (seen, gone) = match disk::observe(&disk, &Scope::root()) {
            Ok(seen) => (seen, None),
            Err(error) => (Observation::default(), Some(format!("{error:#}"))),
        };
        // A time in doubt is one of just now, or one to come.
        let doubtful = seen.files.iter().filter(|(_, stamp)| stamp.mtime_ns == 0).map(|(path, _)| path);
        let is_to_come = |path: &&VaultPath| disk::modified_ms(&disk, path).is_some_and(|at| at > now.millis() + SLACK_MS);
        let file_system = watch::file_system_of(&disk.root);
        Sight {
            future: doubtful.filter(is_to_come).cloned().collect(),
            is_bare: disk::is_bare(&disk.root).unwrap_or(false),
            n_folders: watch::n_folders(&disk),
            is_remote: file_system.as_deref().is_some_and(watch::is_remote),
            file_system,
            mode: settings.watch_mode.value,
            poll_seconds: settings.poll_seconds.value,
            name,
            root: disk.root.clone(),
            seen,
            gone,
        }
    };
    settings.sites().into_iter().filter(|site| !site.is_elsewhere).map(|site| (site.name, site.disk)).map(sight).collect()
}

/// A clock may be this far behind the one of a file server.
pub(super) const SLACK_MS: i64 = 5_000;

pub(super) fn judge(sight: &Sight) -> Vec<Finding> {
    let (name, root) = (&sight.name, sight.root.display());
    let bare = || sight.is_bare.then(|| format!("{root} is an empty folder, as a mount point is without its drive"));
    if let Some(why) = sight.gone.clone().or_else(bare) {
        let cure = "mount the drive, or correct the path or its permissions; what is indexed stays as it is";
        return vec![Finding::wrong("vault", format!("the vault '{name}': {why}")).cured_by(cure)];
    }
    let seen = &sight.seen;
    let mut findings = vec![match seen.unreadable.first_key_value() {
        None => {
            let left_out = seen.excluded.len() + seen.left_out.len();
            Finding::ok("vault", format!("the vault '{name}' can be read: {} files, {left_out} left out", seen.files.len()))
        }
        Some((first, why)) => {
            let n = seen.unreadable.len();
            let said = format!("the vault '{name}' has {n} folders or files that cannot be looked at, {first} first: {why}");
            let real = sight.root.join(first.as_str());
            Finding::wrong("vault", said).cured_by(if disk::is_link(&real) {
                format!("mount the drive, or rm {}", quoted(&real))
            } else {
                format!("chmod -R u+rX {}", quoted(&real))
            })
        }
    }];
    findings.extend(file_system(sight));
    findings
}

fn file_system(sight: &Sight) -> Option<Finding> {
    const CHECK: &str = "file system";
    let (name, kind) = (&sight.name, sight.file_system.as_deref()?);
    let every = format!("`watch` looks every {} s", sight.poll_seconds.max(1));
    Some(match (sight.mode, sight.is_remote) {
        (WatchMode::Native, true) => {
            let said =
                format!("the vault '{name}' lies on {kind}, which tells nothing of changes made elsewhere, and `watch` relies on it");
            Finding::wrong(CHECK, said).cured_by("leave out `mode = \"native\"` under [watch] in sync.toml")
        }
        (WatchMode::Poll, _) => Finding::ok(CHECK, format!("the vault '{name}' lies on {kind}; {every}, as configured")),
        (WatchMode::Auto, true) => {
            Finding::note(CHECK, format!("the vault '{name}' lies on {kind}, which tells nothing of changes made elsewhere: {every}"))
        }
        (_, false) if kind == "overlay" => {
            let said =
                format!("the vault '{name}' lies on overlay: changes made in the layers below, outside of the container, are not told");
            Finding::note(CHECK, said).cured_by("mount the vault into the container, or set `mode = \"poll\"` under [watch] in sync.toml")
        }
        (_, false) => Finding::ok(CHECK, format!("the vault '{name}' lies on {kind}, where changes are told")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn a_file_system_is_judged_by_what_it_tells() {
        for (kind, is_remote, mode, expected) in [
            ("ext4", false, WatchMode::Auto, Grade::Ok),
            ("nfs4", true, WatchMode::Auto, Grade::Note),
            ("nfs4", true, WatchMode::Poll, Grade::Ok),
            ("fuse.rclone", true, WatchMode::Native, Grade::Wrong),
            ("overlay", false, WatchMode::Auto, Grade::Note),
        ] {
            let sight = Sight { file_system: Some(kind.to_owned()), is_remote, mode, ..Sight::default() };
            assert_eq!(file_system(&sight).map(|finding| finding.grade), Some(expected), "{kind} {mode:?}");
        }
    }

    #[test]
    fn a_vault_that_is_away_or_half_readable_is_wrong() {
        let grades = |sight: &Sight| judge(sight).iter().map(|finding| finding.grade).collect::<Vec<_>>();
        let denied = Observation { unreadable: [(VaultPath::new("a"), "denied".to_owned())].into(), ..Observation::default() };
        for (sight, expected) in [
            (Sight::default(), Grade::Ok),
            (Sight { is_bare: true, ..Sight::default() }, Grade::Wrong),
            (Sight { seen: denied, ..Sight::default() }, Grade::Wrong),
            (Sight { gone: Some("no such folder".to_owned()), ..Sight::default() }, Grade::Wrong),
        ] {
            assert_eq!(grades(&sight), [expected]);
        }
    }
}
