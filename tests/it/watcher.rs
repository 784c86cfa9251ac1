//! Real events on real folders. Each test waits for the scope that must come; none sleeps for a time that should be enough.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use vault_sync::disk::{Disk, Scope, observe};
use vault_sync::path::VaultPath;
use vault_sync::watch::{Batch, Mode, Options, Watcher};

const PATIENCE: Duration = Duration::from_secs(20);
const NAME: &str = "notes";

/// A vault that is being watched, and what was heard of it.
struct Watched {
    watcher: Watcher,
    runtime: tokio::runtime::Runtime,
    home: TempDir,
}

impl Watched {
    /// Watches a vault with these files, each holding its own path. The first batch, the whole vault, has been taken.
    fn over(paths: &[&str]) -> Self {
        Self::with(paths, &[], &Options { mode: Mode::Native, ..Options::default() })
    }

    fn with(paths: &[&str], exclude: &[String], options: &Options) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("vault");
        std::fs::create_dir(&root).unwrap();
        paths.iter().for_each(|path| write(&root, path));
        let watcher = Watcher::start(&[(NAME.to_owned(), Disk::new(root, exclude))], options).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut watched = Self { watcher, runtime, home };
        assert_eq!(watched.next(), Some(Scope::root()));
        watched
    }

    fn root(&self) -> std::path::PathBuf {
        self.home.path().join("vault")
    }

    fn next(&mut self) -> Option<Scope> {
        let next = async { tokio::time::timeout(PATIENCE, self.watcher.next()).await };
        let Batch(mut batch) = self.runtime.block_on(next).ok()?;
        batch.remove(NAME)
    }

    /// Waits until all paths have been named, themselves or by a folder above them that is not the root; returns all that was.
    fn expect(&mut self, paths: &[&str]) -> Scope {
        let mut heard = Scope::default();
        while !paths.iter().all(|path| heard.covers(&VaultPath::new(path))) {
            let scope = self.next().unwrap_or_else(|| panic!("waiting for {paths:?}, only {heard:?} came"));
            assert!(!scope.is_root(), "a narrow change has no reason to widen: waiting for {paths:?}");
            heard.merge(scope);
        }
        heard
    }

    fn expect_root(&mut self) {
        while let Some(scope) = self.next() {
            if scope.is_root() {
                return;
            }
        }
        panic!("the whole vault was never named");
    }
}

fn write(root: &Path, path: &str) {
    std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
    std::fs::write(root.join(path), path).unwrap();
}

#[test]
fn writing_in_place_is_heard_and_nothing_else() {
    let mut vault = Watched::over(&["a.md", "b/c.md"]);
    write(&vault.root(), "b/c.md");
    assert_eq!(vault.expect(&["b/c.md"]), [VaultPath::new("b/c.md")].into_iter().collect());
}

#[test]
fn a_note_saved_by_way_of_another_name_is_heard() {
    let mut vault = Watched::over(&["a.md"]);
    let root = vault.root();
    write(&root, ".a.md.swp");
    std::fs::rename(root.join(".a.md.swp"), root.join("a.md")).unwrap();
    assert_eq!(vault.expect(&["a.md"]), [VaultPath::new("a.md")].into_iter().collect());
}

#[test]
fn a_note_on_its_way_is_named_together_with_the_note() {
    let mut vault = Watched::over(&["a.md"]);
    let root = vault.root();
    write(&root, "a.md.tmp.1");
    std::fs::rename(root.join("a.md.tmp.1"), root.join("a.md")).unwrap();
    assert_eq!(vault.next().unwrap(), ["a.md", "a.md.tmp.1"].map(VaultPath::new).into_iter().collect());
}

#[test]
fn a_rename_names_both_paths_in_one_batch() {
    let mut vault = Watched::over(&["a.md"]);
    std::fs::rename(vault.root().join("a.md"), vault.root().join("b.md")).unwrap();
    assert_eq!(vault.next().unwrap(), ["a.md", "b.md"].map(VaultPath::new).into_iter().collect());
}

#[test]
fn a_deleted_note_is_heard() {
    let mut vault = Watched::over(&["a.md", "b/c.md"]);
    std::fs::remove_file(vault.root().join("a.md")).unwrap();
    std::fs::remove_dir_all(vault.root().join("b")).unwrap();
    vault.expect(&["a.md", "b/c.md", "b"]);
}

#[test]
fn a_folder_that_moved_is_watched_where_it_went() {
    let files: Vec<String> = (0..300).map(|n| format!("old/{}/{n}.md", n % 7)).collect();
    let mut vault = Watched::over(&files.iter().map(String::as_str).collect::<Vec<_>>());
    std::fs::rename(vault.root().join("old"), vault.root().join("new")).unwrap();
    vault.expect(&["old", "new"]);
    write(&vault.root(), "new/3/later.md");
    vault.expect(&["new/3/later.md"]);
}

#[test]
fn folders_made_all_at_once_hide_nothing() {
    let mut vault = Watched::over(&["a.md"]);
    let files: Vec<String> = (0..20).map(|n| format!("x{n}/y/z/{n}.md")).collect();
    files.iter().for_each(|path| write(&vault.root(), path));
    vault.expect(&files.iter().map(String::as_str).collect::<Vec<_>>());
    write(&vault.root(), "x7/y/z/later.md");
    vault.expect(&["x7/y/z/later.md"]);
}

#[test]
fn what_we_read_ourselves_is_not_heard() {
    let mut vault = Watched::over(&["a.md", "b.md"]);
    for name in ["a.md", "b.md"] {
        std::fs::read(vault.root().join(name)).unwrap();
    }
    write(&vault.root(), "last.md");
    assert_eq!(vault.expect(&["last.md"]), [VaultPath::new("last.md")].into_iter().collect());
}

#[test]
fn hidden_and_excluded_folders_are_not_heard() {
    let exclude = ["attic/".to_owned()];
    let mut vault = Watched::with(&["a.md", ".git/x", "attic/b.md"], &exclude, &Options::default());
    for path in [".git/y", ".git/z/y.md", "attic/c.md", "attic/d/e.md", ".obsidian/workspace.json", "last.md"] {
        write(&vault.root(), path);
    }
    let mut heard = Scope::default();
    while !heard.0.contains(&VaultPath::new("last.md")) {
        heard = vault.next().unwrap();
        // Making `.obsidian` may bring new rules, so that everything is looked at.
        assert!(heard.0.iter().all(|path| path.is_root() || path.as_str() == "last.md"), "{heard:?}");
        if heard.is_root() {
            write(&vault.root(), "last.md");
        }
    }
}

#[test]
fn new_rules_of_obsidian_concern_the_whole_vault() {
    let mut vault = Watched::over(&["a.md", ".obsidian/app.json"]);
    write(&vault.root(), ".obsidian/app.json");
    vault.expect_root();
}

#[test]
fn a_root_that_went_away_is_watched_again_when_it_returns() {
    let mut vault = Watched::over(&["a/b.md"]);
    let (root, away) = (vault.root(), vault.home.path().join("away"));
    std::fs::rename(&root, &away).unwrap();
    vault.expect_root();
    std::fs::rename(&away, &root).unwrap();
    vault.expect_root();
    write(&root, "a/later.md");
    vault.expect(&["a/later.md"]);
}

#[test]
fn another_folder_in_the_place_of_the_root_is_watched() {
    let mut vault = Watched::over(&["a/b.md"]);
    let root = vault.root();
    std::fs::remove_dir_all(&root).unwrap();
    write(&root, "c/d.md");
    let mut heard = false;
    while !heard {
        // Whether the loss was seen in between is a matter of time; that the new folder is watched is not.
        vault.expect_root();
        write(&root, "c/later.md");
        heard = vault.next().is_some_and(|scope| scope.covers(&VaultPath::new("c/later.md")));
    }
}

#[test]
fn a_root_that_is_not_there_yet_is_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("vault");
    let watcher = Watcher::start(&[(NAME.to_owned(), Disk::new(&root, &[]))], &Options::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut vault = Watched { watcher, runtime, home };
    vault.expect_root();
    write(&root, "a.md");
    vault.expect_root();
    write(&root, "b.md");
    vault.expect(&["b.md"]);
}

#[test]
fn polling_names_the_whole_vault_again_and_again() {
    let options = Options { mode: Mode::Poll, poll_every: Duration::from_millis(5) };
    let mut vault = Watched::with(&["a.md"], &[], &options);
    vault.expect_root();
    vault.expect_root();
}

/// Follows a random history as a sync would, by looking at each scope alone, and ends with what a look at everything sees.
#[test]
fn whatever_happens_following_ends_with_what_is_there() {
    for seed in 1..=4 {
        let mut vault = Watched::over(&["a.md", "b/c.md"]);
        let disk = Disk::new(vault.root(), &[]);
        let mut mirror = sizes(&disk, &Scope::root());
        for step in 0..120 {
            happen(&vault.root(), &mut Dice(seed * 1_000_003 + step));
            // Now and then we look while it goes on.
            if step % 7 == 0 {
                vault.follow(&disk, &mut mirror, &format!("mark {step}.md"));
            }
        }
        vault.follow(&disk, &mut mirror, "end.md");
        assert_eq!(mirror, sizes(&disk, &Scope::root()), "seed {seed}");
    }
}

impl Watched {
    /// Takes batches into the mirror until that of a mark, written now, has come: events arrive in order.
    fn follow(&mut self, disk: &Disk, mirror: &mut BTreeMap<VaultPath, i64>, mark: &str) {
        write(&self.root(), mark);
        loop {
            let scope = self.next().expect("the mark comes");
            mirror.retain(|path, _| !scope.covers(path));
            mirror.extend(sizes(disk, &scope));
            if scope.covers(&VaultPath::new(mark)) {
                return;
            }
        }
    }
}

fn sizes(disk: &Disk, scope: &Scope) -> BTreeMap<VaultPath, i64> {
    observe(disk, scope).unwrap().files.into_iter().map(|(path, stamp)| (path, stamp.size)).collect()
}

/// A linear congruential generator: the same history for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn folder(&mut self) -> String {
        let depth = self.roll(4);
        (0..depth).map(|_| format!("{}/", ["x", "y", "é"][self.roll(3) as usize])).collect()
    }

    fn file(&mut self) -> String {
        format!("{}{}.md", self.folder(), self.roll(4))
    }
}

/// One thing that people and programs do to a vault. What cannot be done just now is not done.
fn happen(root: &Path, dice: &mut Dice) {
    let (file, other, folder, target) = (dice.file(), dice.file(), dice.folder(), dice.folder());
    let _ = match dice.roll(8) {
        0..=2 => {
            let _ = std::fs::create_dir_all(root.join(&folder));
            let name = format!("{folder}{}.md", dice.roll(4));
            std::fs::write(root.join(name), "x".repeat(dice.roll(100) as usize))
        }
        3 => std::fs::remove_file(root.join(file)),
        4 => std::fs::rename(root.join(file), root.join(other)),
        5 | 6 if !folder.is_empty() => std::fs::rename(root.join(folder), root.join(target + "z")),
        7 if !folder.is_empty() => std::fs::remove_dir_all(root.join(folder)),
        _ => std::fs::create_dir_all(root.join(folder)),
    };
}
