//! The one path that writes: `observe -> plan -> parse -> apply -> follow`, over a scope.
//!
//! `sync`, `resync` and `watch` are three callers of [`reconcile`]; they differ in the scope and in how deep it looks. Nothing here
//! decides what changed (`plan`), what a note says (`facts`) or what a link means (`resolve`): this file carries their answers on.

mod arrivals;
mod follow;
mod guard;
mod large;
mod ledger;
mod private;
mod read;
mod report;
mod sides;
mod told;
mod turn;
mod widen;

pub use follow::{Followed, Following, Patience, Then, catch_up, follow, is_ahead, leave_if_ahead};
pub use guard::Refused;
pub use ledger::{Account, Standing, account, standings};
pub use private::set_apart;
pub use report::{Change, Report};
pub use sides::Early;
pub use turn::{Stopped, let_go};

use crate::clock::Timestamp;
use crate::disk::{Disk, Observation, Scope, Stamp};
use crate::facts::Rules;
use crate::machine::Machine;
use crate::path::VaultPath;
use crate::plan::{Known, Plan};
use crate::points::{Point, reach};
use crate::store::batch::{Arrival, Batch, Departure, Moved, Purged, Touched};
use crate::store::{Ledger, LeftOut, Linking, Manner, Outcome, Side, Store, Vault, Why};
use anyhow::{Result, bail};
use arrivals::Recognised;
use read::{Job, Readings};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use turn::Turn;

/// A vault on this machine: whom to mirror, and how to read it.
#[derive(Clone, Debug)]
pub struct Site {
    /// The vault's name: its identity in the store.
    pub name: String,
    pub disk: Disk,
    pub rules: Rules,
    /// Projects that notes name and nobody made are made.
    pub create_projects: bool,
    /// Notes are told in their own frontmatter that they were synced.
    pub write_back: bool,
    /// Other machines have the files, or write them: what is in the shared database is followed, and nothing of the disk.
    pub is_elsewhere: bool,
}

/// How deep a run looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Reads the files whose stamp changed.
    Changed,
    /// Reads every file and writes its rows anew.
    Everything,
}

/// What the caller decides of a run.
pub struct Options<'a> {
    pub depth: Depth,
    pub allow_mass_delete: bool,
    /// Called with how many files are done, of how many.
    pub progress: &'a dyn Fn(usize, usize),
    /// Asked between transactions: whether the run is to end with [`Stopped`].
    pub is_stopped: &'a dyn Fn() -> bool,
    /// The data directory, where runs leave word for one another; see `sync/turn.rs` and `sync/told.rs`.
    pub data_dir: Option<&'a Path>,
    /// Notes may be told that they were synced, where the settings ask for it; else that is left to the next run.
    pub may_tell: bool,
    /// A look at the whole vault that began before the store was open; the first attempt takes it.
    pub early: Cell<Option<Early>>,
}

/// Between two looks at most this often: more means that somebody writes without end.
const MOST_ATTEMPTS: usize = 20;

/// To give back so much takes longer than to begin a thread.
const WORTH_A_THREAD: usize = 1000;

/// Makes the store say of a scope of a vault what the disk says.
///
/// # Errors
/// [`RootGone`](crate::disk::RootGone) when the vault cannot be looked at, [`Refused`] when so much is gone that it looks like an accident,
/// [`HeldElsewhere`](crate::store::HeldElsewhere) while another machine writes the vault, and whatever the database says. Files that cannot
/// be read are no error: they are in the report.
pub async fn reconcile(store: &mut Store, site: &Site, scope: &Scope, options: &Options<'_>) -> Result<Report> {
    let mut scope = scope.clone();
    let mut report = Report::default();
    let mut untold = BTreeSet::new();
    let mut turn = Turn::default();
    let machine = options.machine()?;
    for _ in 0..MOST_ATTEMPTS {
        turn.wait(options).await?;
        guard::check_present(&site.disk)?;
        let (mut vault, look, depth) = Look::at(store, site, &machine, scope.clone(), options).await?;
        let (now, untold, left, swept) = (Timestamp::now(), &mut untold, BTreeMap::new(), BTreeSet::new());
        let run = Run { store: &mut *store, vault: &mut vault, site, options, machine: &machine, depth, now, untold, left, swept };
        match run.carry_out(look, &mut report).await? {
            Next::Done => return Ok(report),
            // What vanished between look and read is looked at again, and so is everything when another writer came between.
            Next::Vanished(paths) => scope = paths,
            Next::Overtaken => {
                turn.note_overtaken();
                report.forget_counts();
            }
        }
    }
    bail!("the vault changes faster than it can be read; run the command again when it is quieter")
}

/// How an attempt, or a step of it, ended.
#[derive(PartialEq)]
enum Next {
    Done,
    Vanished(Scope),
    Overtaken,
}

/// The disk and the store over one scope, and the plan that follows from them.
struct Look {
    observation: Observation,
    known: BTreeMap<VaultPath, Known>,
    plan: Plan,
    /// Files that are too large to be read, with the words for it.
    large: BTreeMap<VaultPath, String>,
    /// What the ledger says of the scope.
    ledger: Ledger,
    /// What it has to say of files that nobody wants.
    excluded: Vec<LeftOut>,
    /// It was a look at the whole vault.
    is_whole: bool,
}

impl Look {
    /// Looks at a scope, or wider where that must be, and says how deep it must be.
    async fn at(
        store: &mut Store,
        site: &Site,
        machine: &Machine,
        mut scope: Scope,
        options: &Options<'_>,
    ) -> Result<(Vault, Self, Depth)> {
        loop {
            let (Side { vault, known, ledger }, mut sight) = sides::look(store, site, machine, &scope, options.early.take()).await?;
            let depth = if vault.parser_version == site.rules.version() { options.depth } else { Depth::Everything };
            // What an earlier run left without contents may lie anywhere.
            if !scope.is_root() && (depth == Depth::Everything || vault.is_partial) {
                scope = Scope::root();
                continue;
            }
            if !known.is_empty() {
                guard::check_root(&site.disk)?;
            }
            let plan = private::planned(site, &mut sight, &known, depth);
            let observation = sight.observation;
            let wider = Self::widened(store, &vault, site, &scope, &observation, &known).await?;
            if let Some(wider) = wider {
                scope = wider;
                continue;
            }
            tracing::info!(n_observed = observation.files.len(), n_known = known.len(), n_to_read = plan.to_read.len(), "planned");
            let excluded = ledger::excluded(&observation);
            let mut look = Self { observation, known, plan, large: BTreeMap::new(), ledger, excluded, is_whole: scope.is_root() };
            if depth == Depth::Everything {
                look.read_everything();
            }
            look.set_large_aside(&site.disk);
            return Ok((vault, look, depth));
        }
    }

    fn read_everything(&mut self) {
        let arrived: std::collections::HashSet<&VaultPath> = self.plan.arrived.iter().collect();
        let all = self.observation.files.keys().filter(|path| path.kind().is_read() && !arrived.contains(path));
        self.plan.to_read = all.cloned().collect();
    }

    fn stamp(&self, path: &VaultPath) -> Stamp {
        self.observation.files[path]
    }
}

/// Gives back what is held of many files. For a hundred thousand that takes a tenth of a run in which nothing changed: nobody waits for it.
fn give_back<T: Send + 'static>(files: BTreeMap<VaultPath, T>) {
    if files.len() > WORTH_A_THREAD {
        std::thread::spawn(move || drop(files));
    }
}

/// One attempt at carrying out a plan.
struct Run<'a> {
    store: &'a mut Store,
    vault: &'a mut Vault,
    site: &'a Site,
    options: &'a Options<'a>,
    machine: &'a Machine,
    depth: Depth,
    now: Timestamp,
    /// Notes that could not be written to: they are taken as they are.
    untold: &'a mut BTreeSet<VaultPath>,
    /// Notes that earlier runs have left to be told: document -> hash of its bytes.
    left: BTreeMap<String, String>,
    /// Folders in which no drafts of killed runs are left.
    swept: BTreeSet<VaultPath>,
}

impl Run<'_> {
    async fn carry_out(mut self, mut look: Look, report: &mut Report) -> Result<Next> {
        self.take_up(&mut look);
        let purged = private::take_purged(self.store, self.vault, self.site, &mut look).await?;
        let arrivals = arrivals::recognise(self.store, self.vault, self.site, &mut look, self.now).await?;
        guard::check_departures(self.store, self.vault, &look, &arrivals, self.options.allow_mass_delete, self.now).await?;
        let (mut batch, jobs) = self.first_batch(&look, arrivals, purged).await?;
        // There may be very many, and all that is needed of them stands in the batch and in the jobs.
        let n_files = look.observation.files.len();
        give_back(std::mem::take(&mut look.observation.files));
        report.add_names(&batch);
        let mut linking = Linking::begin(self.vault);
        let n_jobs = jobs.len();
        let chunks = read::Chunks::of(jobs);
        let is_large = chunks.are_several();
        let mut reader = read::start(self.site, chunks);
        // A small run is one transaction. A large one changes all names first, and then fills in contents.
        if is_large {
            batch.is_partial = true;
            if self.apply(&batch, &mut linking).await? == Next::Overtaken {
                return Ok(Next::Overtaken);
            }
            batch = Batch::default();
            reach(Point::NamesCommitted);
        }
        let mut readings = Readings::default();
        let mut n_done = 0;
        while let Some(chunk) = reader.next().await {
            n_done += chunk.len();
            batch.contents = readings.sort(chunk, self.depth, report);
            batch.is_partial = n_done < n_jobs;
            if is_large && batch.contents.is_empty() {
                // No transaction renews the lease, as when all files have new times and nothing new to say.
                self.store.hold(&self.vault.name, self.machine).await?;
            }
            self.note_to_tell(&readings.to_tell)?;
            if self.apply(&batch, &mut linking).await? == Next::Overtaken {
                return Ok(Next::Overtaken);
            }
            reach(Point::ChunkCommitted);
            report.keep_gists(std::mem::take(&mut batch).contents);
            self.tell(&mut readings, report).await?;
            (self.options.progress)(n_done, n_jobs);
            if (self.options.is_stopped)() {
                return Err(Stopped.into());
            }
        }
        // Where nothing was to be read, the names are still to be written.
        if self.apply(&batch, &mut linking).await? == Next::Overtaken {
            return Ok(Next::Overtaken);
        }
        self.finish(look, n_files, readings, report).await
    }

    /// Carries out a batch, unless there is nothing to change and nothing left over from a run that ended early.
    async fn apply(&mut self, batch: &Batch, linking: &mut Linking) -> Result<Next> {
        let ends_partial = self.vault.is_partial && !batch.is_partial;
        if batch.is_empty() && !ends_partial {
            return Ok(Next::Done);
        }
        let manner = Manner { create_projects: self.site.create_projects, now: self.now, machine: self.machine.clone() };
        Ok(match self.store.apply(self.vault, batch, linking, &manner).await? {
            Outcome::Applied(_) => Next::Done,
            Outcome::Overtaken => Next::Overtaken,
        })
    }

    /// Returns the batch of all names that change, and what is to be read after it.
    async fn first_batch(&mut self, look: &Look, arrivals: Recognised, purged: Vec<Purged>) -> Result<(Batch, Vec<Job>)> {
        let Plan { moved, touched, ignored_changed, .. } = &look.plan;
        let id = |path: &VaultPath| look.known[path].doc_id.clone();
        let moved = moved.iter().chain(&arrivals.moved);
        let moved: Vec<Moved> =
            moved.map(|m| Moved { doc_id: id(&m.from), from: m.from.clone(), to: m.to.clone(), stamp: look.stamp(&m.to) }).collect();
        let homes: BTreeMap<&VaultPath, &Moved> = moved.iter().map(|m| (&m.to, m)).collect();
        let doc_id = |path: &VaultPath| homes.get(path).map_or_else(|| id(path), |m| m.doc_id.clone());
        let touch =
            |path: &VaultPath, is_modified| Touched { doc_id: doc_id(path), path: path.clone(), stamp: look.stamp(path), is_modified };
        // The first sure stamp of an attachment only replaces a doubtful one.
        let is_modified =
            |path: &VaultPath| look.known.get(path).is_none_or(|k| k.stamp.mtime_ns != 0 || k.stamp.size != look.stamp(path).size);
        let is_visible = |path: &VaultPath| is_modified(path) || ignored_changed.contains(path);
        let mut all_touched: Vec<Touched> = touched.iter().filter(|p| is_visible(p)).map(|p| touch(p, is_modified(p))).collect();
        // Only the mark changes: a note's stamp is news together with its contents. A document that moved has its mark from its new place.
        let marked = ignored_changed.iter().filter(|p| !touched.contains(p) && !homes.contains_key(p));
        all_touched.extend(marked.map(|p| {
            let stamp = Stamp { is_ignored: look.stamp(p).is_ignored, ..look.known[p].stamp };
            Touched { doc_id: id(p), path: p.clone(), stamp, is_modified: false }
        }));
        let doubtful: Vec<_> = touched.iter().filter(|p| !is_visible(p)).map(|p| (doc_id(p), look.stamp(p), None)).collect();
        self.store.stamp(&doubtful).await?;
        let jobs = self.jobs(look, &arrivals.arrived, &moved, &doc_id).await?;
        let emptied = self.emptied(look, &moved, &arrivals.arrived).await?;
        // Of those that stay where they are nothing else would tell.
        let stay = emptied.iter().filter(|e| look.known.get(&e.path).is_some_and(|k| k.doc_id == e.doc_id) && !homes.contains_key(&e.path));
        let stay: Vec<Touched> = stay.map(|e| touch(&e.path, true)).collect();
        all_touched.retain(|t| stay.iter().all(|s| s.doc_id != t.doc_id));
        all_touched.extend(stay);
        let departed = arrivals.departed.into_iter().map(|path| Departure { doc_id: id(&path), path }).collect();
        let (mut left_out, not_left_out) = ledger::news(&look.ledger, &look.observation, &look.excluded);
        let is_mending = self.depth == Depth::Everything;
        if is_mending {
            left_out.clone_from(&look.excluded);
        }
        let (arrived, touched) = (arrivals.arrived, all_touched);
        Ok((Batch { departed, purged, moved, arrived, touched, emptied, left_out, not_left_out, is_mending, ..Batch::default() }, jobs))
    }

    async fn jobs(&mut self, look: &Look, arrived: &[Arrival], moved: &[Moved], doc_id: impl Fn(&VaultPath) -> String) -> Result<Vec<Job>> {
        let is_moved: BTreeMap<&VaultPath, ()> = moved.iter().map(|m| (&m.to, ())).collect();
        let known: Vec<(&VaultPath, String)> =
            look.plan.to_read.iter().filter(|p| !is_moved.contains_key(p)).map(|p| (p, doc_id(p))).collect();
        // A moved note is read even if its bytes are the same: its title and type may come from its path.
        let is_read = |path: &VaultPath| path.kind().is_read() && !look.large.contains_key(path);
        let moved = moved.iter().filter(|m| is_read(&m.to)).map(|m| (&m.to, m.doc_id.clone(), true));
        let stored: Vec<(&VaultPath, String, bool)> = known.into_iter().map(|(p, id)| (p, id, false)).chain(moved).collect();
        let known = look.known.values().filter_map(|k| Some((k.doc_id.clone(), k.file_hash.clone()?)));
        let mut hashes: BTreeMap<String, String> = known.collect();
        let mut contents: BTreeMap<String, String> = BTreeMap::new();
        let is_asked = |id: &&str| self.site.write_back || !hashes.contains_key(*id);
        let ids: Vec<&str> = stored.iter().map(|(_, id, _)| id.as_str()).filter(is_asked).collect();
        if !ids.is_empty() {
            let asked = self.store.hashes(&ids).await?;
            for (id, file, content) in asked {
                contents.extend(content.map(|content| (id.clone(), content)));
                hashes.insert(id, file);
            }
        }
        let job = |path: &VaultPath, doc_id: String, is_first, must_write| {
            let (stored_hash, stored_content) = (hashes.get(&doc_id).cloned(), contents.get(&doc_id).cloned());
            let (synced_at, left_hash) = (self.synced_at(path), self.left.get(&doc_id).cloned());
            let has_failed = look.ledger.get(path).is_some_and(|left| left.outcome == Why::Failed);
            let (path, stamp, may_tell) = (path.clone(), look.stamp(path), self.options.may_tell);
            Job { stamp, path, doc_id, is_first, has_failed, must_write, stored_hash, stored_content, synced_at, left_hash, may_tell }
        };
        let arrived = arrived.iter().filter(|a| is_read(&a.path));
        let mut jobs: Vec<Job> = arrived.map(|a| job(&a.path, a.doc_id.clone(), true, true)).collect();
        jobs.extend(stored.into_iter().map(|(path, id, is_moved)| job(path, id, false, is_moved)));
        Ok(jobs)
    }

    async fn finish(self, look: Look, n_files: usize, mut outcome: Readings, report: &mut Report) -> Result<Next> {
        self.store.stamp(&outcome.equal).await?;
        reach(Point::StampsWritten);
        outcome.failed.extend(look.large);
        let n_seen = n_files - outcome.failed.len() - outcome.vanished.0.len();
        let is_unread = |path: &VaultPath| {
            outcome.failed.iter().any(|(failed, _)| failed == path)
                || look.observation.unreadable.keys().any(|folder| path.is_within(folder))
        };
        let unread: Vec<String> = look.known.values().filter(|k| is_unread(&k.path)).map(|k| k.doc_id.clone()).collect();
        let failed = ledger::failed(&look.observation, &outcome.failed);
        self.store.set_failed(self.vault, &look.ledger, &failed).await?;
        reach(Point::LedgerWritten);
        report.revision = self.vault.revision;
        report.n_seen += n_seen;
        report.n_private += look.observation.private.len();
        report.set_left_out(look.excluded.into_iter().chain(failed));
        if !outcome.vanished.is_empty() {
            return Ok(Next::Vanished(outcome.vanished));
        }
        if look.is_whole && self.options.may_tell {
            self.forget_left(|doc_id| unread.iter().any(|unread| unread == doc_id))?;
        }
        if self.depth == Depth::Everything {
            self.store.forget_contents(&unread).await?;
            self.store.set_parser_version(self.vault, self.site.rules.version()).await?;
            reach(Point::ParserNoted);
        }
        give_back(look.known);
        Ok(Next::Done)
    }
}
