//! One vault being watched: where its events come from, what waits to be given out, and whether its root still stands.

use super::coalesce::Coalescer;
use super::mounts::remote_file_system;
use super::native::{Hint, Watches};
use super::place::place;
use super::{Mode, Options, Tell};
use crate::disk::{Disk, Glance, RootId, Scope, glance, root_id};
use crate::path::VaultPath;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often we see whether the root is still the same folder: no event tells of an unmounted drive, or of a folder above that moved.
const ROOT_EVERY: Duration = Duration::from_secs(1);

pub(super) struct WatchedVault {
    pub(super) name: String,
    disk: Disk,
    options: Options,
    tell: Tell,
    source: Source,
    root: Option<RootId>,
    next_root_check: Instant,
    waiting: Coalescer,
}

/// Where we learn of changes.
enum Source {
    Native(Watches),
    /// Due some time after the last look was asked for; `None` while nobody asks.
    Poll {
        due: Option<Instant>,
    },
    /// There is no root; nothing to learn until it returns.
    Gone,
}

impl WatchedVault {
    /// Begins to watch; the whole vault is due as soon as the watches stand, so that there is no gap.
    pub(super) fn start(name: String, disk: Disk, options: Options, tell: Tell) -> Self {
        let (source, next_root_check) = (Source::Gone, Instant::now());
        let mut vault = Self { name, disk, options, tell, source, root: None, next_root_check, waiting: Coalescer::default() };
        vault.root = root_id(&vault.disk.root);
        vault.attach(Instant::now());
        vault
    }

    /// Does what time asks for: a look at the root, a poll.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.next_root_check <= now {
            self.next_root_check = now + ROOT_EVERY;
            self.check_root(now);
            self.check_links(now);
        }
        if let Source::Poll { due } = &mut self.source
            && due.is_some_and(|due| due <= now)
        {
            *due = None;
            self.waiting.add_settled(VaultPath::root(), now);
        }
    }

    /// Takes note that whoever gets the batches is ready for the next one. Polls are spaced from here, so that looks which take longer
    /// than the interval do not follow each other without a pause.
    pub(super) fn asked(&mut self, now: Instant) {
        if let Source::Poll { due } = &mut self.source {
            due.get_or_insert(now + self.options.poll_every);
        }
    }

    pub(super) fn hear(&mut self, hint: Hint, now: Instant) {
        match hint {
            Hint::Doubt => self.doubt(now),
            Hint::Paths(paths) => paths.iter().for_each(|real| self.hear_of(real, now)),
        }
    }

    /// Has everything looked at. Folders may have come of which nobody was told, so watches are set anew as well.
    pub(super) fn doubt(&mut self, now: Instant) {
        if let Source::Native(watches) = &self.source {
            let root = watches.root().to_owned();
            self.hear_of(&root, now);
        } else {
            self.waiting.add(VaultPath::root(), now);
        }
    }

    /// Returns when `tick` or `take` has something to do.
    pub(super) fn wake(&self) -> Instant {
        let poll = if let Source::Poll { due } = self.source { due } else { None };
        [self.waiting.due(), poll].into_iter().flatten().fold(self.next_root_check, Instant::min)
    }

    /// Returns what is due to be looked at.
    pub(super) fn take(&mut self, now: Instant) -> Option<Scope> {
        self.waiting.take(now)
    }

    fn hear_of(&mut self, real: &Path, now: Instant) {
        // A hint may still arrive from watches that were given up; what took their place has looked at everything.
        let Source::Native(watches) = &mut self.source else { return };
        let Some(path) = place(watches.root(), real) else { return };
        if self.disk.excludes_below(&path.parent()) {
            return;
        }
        if path.is_root() {
            self.next_root_check = now;
        }
        if watches.linked().may_have_changed(&self.disk, real) {
            return self.attach(now);
        }
        match glance(real) {
            // Nobody waits for what is not searched, and it may be a note on its way: most programs save by writing `note.md.tmp` first.
            Glance::File if path.is_root() || path.kind().is_read() => self.waiting.add_settled(path, now),
            Glance::File | Glance::EmptyFile | Glance::Nothing => self.waiting.add(path, now),
            Glance::Folder => {
                self.waiting.add(path, now);
                if let Err(error) = watches.add_below(&self.disk, real) {
                    self.poll_instead(&error, now);
                }
            }
        }
    }

    fn check_root(&mut self, now: Instant) {
        let root = root_id(&self.disk.root);
        if root == self.root {
            return;
        }
        if root.is_none() {
            tracing::warn!(vault = self.name, root = %self.disk.root.display(), "the vault's folder is gone: waiting for its return");
        } else {
            tracing::info!(vault = self.name, root = %self.disk.root.display(), "the vault's folder is there again, or another one");
        }
        self.root = root;
        self.attach(now);
    }

    /// Sees what has become of the ends of links; those that lead elsewhere now are watched anew.
    fn check_links(&mut self, now: Instant) {
        let Source::Native(watches) = &mut self.source else { return };
        let ends = watches.linked().look();
        if ends.have_parted {
            tracing::info!(vault = self.name, "a symbolic link leads elsewhere now");
            return self.attach(now);
        }
        let places = ends.written.iter().filter_map(|link| place(watches.root(), link));
        places.for_each(|path| self.waiting.add_settled(path, now));
    }

    /// Takes up the right source for the root as it is now, and has everything looked at.
    fn attach(&mut self, now: Instant) {
        self.source = Source::Gone;
        if self.root.is_some() {
            match self.reason_to_poll() {
                Some(reason) => {
                    tracing::info!(vault = self.name, reason, "polling");
                    self.poll(now);
                }
                None => match Watches::start(&self.disk, self.tell.clone()) {
                    Ok(mut watches) => match self.reason_to_poll_links(&mut watches) {
                        Some(reason) => {
                            tracing::info!(vault = self.name, reason, "polling");
                            self.poll(now);
                        }
                        None => self.source = Source::Native(watches),
                    },
                    Err(error) => self.poll_instead(&error, now),
                },
            }
        }
        self.waiting.add_settled(VaultPath::root(), now);
    }

    fn reason_to_poll(&self) -> Option<String> {
        match self.options.mode {
            Mode::Native => None,
            Mode::Poll => Some("as configured".to_owned()),
            Mode::Auto => remote_file_system(&self.disk.root).map(|kind| format!("{kind} tells nothing of changes made elsewhere")),
        }
    }

    fn reason_to_poll_links(&self, watches: &mut Watches) -> Option<String> {
        let kind = watches.linked().folders().find_map(remote_file_system).filter(|_| self.options.mode == Mode::Auto)?;
        Some(format!("a symbolic link leads to {kind}, which tells nothing of changes made elsewhere"))
    }

    fn poll_instead(&mut self, error: &anyhow::Error, now: Instant) {
        tracing::warn!(vault = self.name, error = format!("{error:#}"), "file events are not to be had: polling instead");
        self.poll(now);
    }

    fn poll(&mut self, now: Instant) {
        self.source = Source::Poll { due: Some(now + self.options.poll_every) };
    }
}
