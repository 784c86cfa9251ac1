//! `observe`: what lies under a scope, as one value. A file that vanishes while we look is simply not there.

use super::links::{NOT_FOLLOWED, REACHED, Refused, TWICE};
use super::locate::{Names, has_placeholder, is_gone};
use super::{Disk, Observation, RootGone, Scope, Stamp, away, hidden};
use crate::path::VaultPath;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Looks at everything under `scope`, without opening a note. A root that cannot be listed is a [`RootGone`].
pub fn observe(disk: &Disk, scope: &Scope) -> anyhow::Result<Observation> {
    check_root(disk)?;
    let mut look = Look::new(disk);
    if scope.is_root() {
        look.walk(look.root());
        look.follow_links();
    } else {
        let outermost = scope.0.iter().filter(|path| !scope.covers(&path.parent()));
        outermost.for_each(|path| look.look_at(path));
    }
    // A drive that was pulled out during the look has shown less than there is.
    check_root(disk)?;
    Ok(look.finish())
}

fn check_root(disk: &Disk) -> Result<(), RootGone> {
    let gone = |error: io::Error| RootGone { root: disk.root.clone(), why: error.to_string() };
    std::fs::read_dir(&disk.root).map(drop).map_err(gone)
}

/// A look in progress.
pub(super) struct Look<'a> {
    pub(super) disk: &'a Disk,
    hidden: hidden::Hidden,
    /// When it began: a file written later is in doubt, whenever it was reached.
    began: SystemTime,
    pub(super) names: Names,
    /// Folders on the way to narrow scopes; `None` if there is no such folder to look into.
    folders: HashMap<VaultPath, Option<Folder>>,
    files: Vec<(VaultPath, Stamp)>,
    /// Symbolic links still to be followed, with where they lie and the exclude rule that takes their folder.
    links: BTreeMap<VaultPath, (PathBuf, Option<usize>)>,
    /// What is in the vault by a link, by its real path.
    reached: BTreeSet<PathBuf>,
    seen: Observation,
}

/// A real folder: no symbolic link stands on the way to it, or they have been followed.
#[derive(Clone)]
pub(super) struct Folder {
    pub(super) real: PathBuf,
    pub(super) path: VaultPath,
    /// The exclude rule that takes all that lies below.
    pub(super) rule: Option<usize>,
}

impl<'a> Look<'a> {
    fn new(disk: &'a Disk) -> Self {
        Self {
            disk,
            hidden: hidden::load(&disk.root),
            began: SystemTime::now(),
            names: Names::default(),
            folders: HashMap::new(),
            files: Vec::new(),
            links: BTreeMap::new(),
            reached: BTreeSet::new(),
            seen: Observation::default(),
        }
    }

    fn finish(mut self) -> Observation {
        let files: BTreeMap<VaultPath, Stamp> = self.files.into_iter().collect();
        // A placeholder that was left behind stands for nothing.
        self.seen.unreadable.retain(|path, _| !files.contains_key(path));
        Observation { files, ..self.seen }
    }

    fn root(&self) -> Folder {
        Folder { real: self.disk.root.clone(), path: VaultPath::root(), rule: None }
    }

    /// Looks at one path and at all that lies below it.
    fn look_at(&mut self, path: &VaultPath) {
        if path.is_hidden() {
            return;
        }
        let Some(above) = self.folder(&path.parent()) else { return };
        match self.names.entry(&above.real, path.file_name()) {
            Ok(Some((real, metadata))) if metadata.is_dir() => self.walk(self.below(&above, path, real)),
            Ok(Some((_, metadata))) => {
                self.seen.has_links |= metadata.is_symlink();
                let rule = self.disk.exclude.outer(above.rule, || self.disk.exclude.file(path));
                self.meet_file(path.clone(), metadata.file_type(), rule, || Ok(metadata));
            }
            Ok(None) if has_placeholder(&above.real, path.file_name()) => self.meet_placeholder(path.clone(), above.rule),
            Ok(None) => {}
            Err(error) => self.note_unreadable(path, &error),
        }
    }

    /// Returns the real folder at `path`, if there is one.
    fn folder(&mut self, path: &VaultPath) -> Option<Folder> {
        if path.is_root() {
            return Some(self.root());
        }
        if let Some(known) = self.folders.get(path) {
            return known.clone();
        }
        let found = self.find_folder(path);
        self.folders.insert(path.clone(), found.clone());
        found
    }

    fn find_folder(&mut self, path: &VaultPath) -> Option<Folder> {
        let above = self.folder(&path.parent())?;
        match self.names.entry(&above.real, path.file_name()) {
            Ok(Some((real, metadata))) if metadata.is_dir() => Some(self.below(&above, path, real)),
            Ok(found) => {
                self.seen.has_links |= found.is_some_and(|(_, metadata)| metadata.is_symlink());
                None
            }
            Err(error) => {
                self.note_unreadable(path, &error);
                None
            }
        }
    }

    fn below(&self, above: &Folder, path: &VaultPath, real: PathBuf) -> Folder {
        let rule = self.disk.exclude.outer(above.rule, || self.disk.exclude.folder(path));
        Folder { real, path: path.clone(), rule }
    }

    /// Notes a symbolic link; `above` is the exclude rule that takes its folder.
    pub(super) fn meet_link(&mut self, path: VaultPath, real: PathBuf, above: Option<usize>) {
        self.seen.has_links = true;
        self.links.insert(path, (real, above));
    }

    /// Follows all links, those that are met on the way included: folders first, in the order of their paths, and each place once.
    fn follow_links(&mut self) {
        let mut files = Vec::new();
        while let Some((path, (link, above))) = self.links.pop_first() {
            let exclude = &self.disk.exclude;
            let found = self.disk.lead(&link);
            let is_folder = found.as_ref().is_ok_and(|(_, metadata)| metadata.is_dir());
            let rule = exclude.outer(above, || if is_folder { exclude.folder(&path) } else { exclude.file(&path) });
            match found {
                Err(refused) => self.refuse(path, rule, refused),
                Ok((real, _)) if self.is_reached(&real) => self.refuse(path, rule, Refused::Left(TWICE)),
                Ok((real, _)) if is_folder => {
                    self.reached.insert(real.clone());
                    self.walk(Folder { real, path, rule });
                }
                Ok((real, metadata)) => files.push((path, real, metadata, rule)),
            }
        }
        for (path, real, metadata, rule) in files {
            if self.is_reached(&real) {
                self.refuse(path, rule, Refused::Left(TWICE));
            } else {
                self.reached.insert(real);
                self.meet_file(path, metadata.file_type(), rule, || Ok(metadata));
            }
        }
    }

    fn is_reached(&self, real: &Path) -> bool {
        real.ancestors().any(|above| self.reached.contains(above))
    }

    /// Notes a folder, and returns whether to look into it: not if that has been done by way of a link.
    pub(super) fn enters(&mut self, path: &VaultPath, real: &Path, rule: Option<usize>) -> bool {
        let is_reached = self.reached.contains(real);
        if is_reached {
            self.refuse(path.clone(), rule, Refused::Left(REACHED));
        }
        !is_reached
    }

    /// Leaves out a link, unless it is private.
    fn refuse(&mut self, path: VaultPath, rule: Option<usize>, refused: Refused) {
        match (rule, refused) {
            (Some(rule), _) if self.disk.exclude.is_private(rule) => {}
            (None, Refused::Away(why)) => drop(self.seen.unreadable.insert(path, why)),
            (Some(_), Refused::Away(why)) => self.leave_out(path, why),
            (_, Refused::Left(why)) => self.leave_out(path, why),
        }
    }

    /// Notes what is at `path` and is no folder; `rule` is the exclude rule that takes it.
    pub(super) fn meet_file(
        &mut self,
        path: VaultPath,
        kind: FileType,
        rule: Option<usize>,
        metadata: impl FnOnce() -> io::Result<Metadata>,
    ) {
        if rule.is_some_and(|rule| self.disk.exclude.is_private(rule)) {
            if let (true, Ok(metadata)) = (kind.is_file(), metadata()) {
                self.seen.private.insert(path, Stamp::new(&metadata, self.began, false));
            }
        } else if kind.is_symlink() {
            self.refuse(path, rule, Refused::Left(NOT_FOLLOWED));
        } else if !kind.is_file() {
            self.leave_out(path, "not a regular file");
        } else if away::is_under_way(path.file_name()) {
            self.leave_out(path, away::UNDER_WAY);
        } else if let Some(rule) = rule {
            self.seen.excluded.insert(path, self.disk.exclude.text(rule).to_owned());
        } else {
            match metadata() {
                Ok(metadata) if away::is_dataless(&metadata) => self.meet_placeholder(path, None),
                Ok(metadata) => {
                    let stamp = Stamp::new(&metadata, self.began, self.hidden.matches(&path));
                    self.files.push((path, stamp));
                }
                Err(error) => self.note_unreadable(&path, &error),
            }
        }
    }

    /// Notes a file that is known to be and is not here; `above` is the exclude rule that takes its folder.
    pub(super) fn meet_placeholder(&mut self, path: VaultPath, above: Option<usize>) {
        match self.disk.exclude.outer(above, || self.disk.exclude.file(&path)) {
            Some(rule) if self.disk.exclude.is_private(rule) => {}
            Some(rule) => drop(self.seen.excluded.insert(path, self.disk.exclude.text(rule).to_owned())),
            None => drop(self.seen.unreadable.insert(path, away::WHY.to_owned())),
        }
    }

    pub(super) fn leave_out(&mut self, path: VaultPath, why: impl Into<String>) {
        self.seen.left_out.insert(path, why.into());
    }

    pub(super) fn note_unreadable(&mut self, path: &VaultPath, error: &io::Error) {
        if !is_gone(error) && !self.disk.is_private_folder(path) {
            self.seen.unreadable.insert(path.clone(), error.to_string());
        }
    }
}
