//! Watching = resync = fresh: any history of writes, renames, deletions and folder moves, seen through whatever scopes cover it, leaves
//! the mirror that a fresh store makes of the final vault; and each link in it means what `resolve` says of it among all the vault's files.

use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vault_sync::disk::{Disk, Scope};
use vault_sync::facts::Rules;
use vault_sync::path::VaultPath;
use vault_sync::resolve;
use vault_sync::store::{Location, Store};
use vault_sync::sync::{Depth, Options, Site, reconcile};

/// What a person, an editor or git does to a vault.
#[derive(Clone, Debug)]
enum Step {
    Write(usize, usize),
    Append(usize),
    Rename(usize, usize),
    Delete(usize),
    MoveFolder(usize, usize),
    /// The mirror looks at all that was touched since it last looked; or at everything.
    Look(bool),
}

/// What a history is played with.
#[derive(Debug)]
struct Stage {
    files: &'static [&'static str],
    folders: &'static [&'static str],
    texts: &'static [&'static str],
}

const VAULT: Stage = Stage {
    files: &["a.md", "A.md", "b.md", "x/a.md", "x/b.md", "x/deep/c.md", "y/a.md", "y/Café.md", "pic.png"],
    folders: &["x", "y", "z", "x/deep"],
    texts: &[
        "",
        "Short [[a]].",
        "---\ntitle: T\ntags: [t]\nprojects: [P]\n---\nTo [[b]], [[x/a]], ![[pic.png]] and [[Cafe\u{301}]].\n",
        "# Heading\n\nA text that is long enough to be told by its contents, with [[c]] and [[./b]] and [a](a.md).\n",
        "# Heading\n\nA text that is long enough to be told by its contents, with [[c]] and [[./b]] and [a](a.md).\nOne more line.\n",
        "---\nbroken: [\n---\nStill here, and [[missing]].\n",
    ],
};

/// Names that several files share, and every way to write a link to one of them.
const NAMES: Stage = Stage {
    files: &[
        "note.md",
        "Note.md",
        "x/note.md",
        "x/NOTE.md",
        "y/note.md",
        "y/x/note.md",
        "x/y/note.md",
        "yx/note.md",
        "note.md.md",
        "note.canvas",
        "x/pic.png",
        "y/Pic.PNG",
        "οδος.md",
        "y/ΟΔΟΣ.md",
    ],
    folders: &["x", "y", "x/y", "y/x", "yx", "X"],
    texts: &[
        "[[note]] [[Note#H]] [[x/note]] [[y/x/note|z]]",
        "---\nup: \"[[x/note]]\"\n---\n[[./note]] [[../note]] [[../x/note.md]] [[/note]] [[/x/note]]\n",
        "![[pic.png]] ![[x/pic.png]] [p](y/Pic.PNG) [[note.canvas]] [[note.md]] [[NOTE.MD]]\n",
        "[[οδοσ]] [[ΟΔΟΣ]] [[nowhere]] [[x/nowhere]] [[#H]] [n](../note.md#H)\n",
    ],
};

fn step(stage: &'static Stage) -> impl Strategy<Value = Step> {
    let file = 0..stage.files.len();
    let folder = 0..stage.folders.len();
    prop_oneof![
        4 => (file.clone(), 0..stage.texts.len()).prop_map(|(f, t)| Step::Write(f, t)),
        1 => file.clone().prop_map(Step::Append),
        3 => (file.clone(), file.clone()).prop_map(|(a, b)| Step::Rename(a, b)),
        2 => file.prop_map(Step::Delete),
        2 => (folder.clone(), folder).prop_map(|(a, b)| Step::MoveFolder(a, b)),
        3 => any::<bool>().prop_map(Step::Look),
    ]
}

/// A vault on disk and the set of paths that were touched since the mirror last looked.
struct World {
    stage: &'static Stage,
    root: PathBuf,
    touched: BTreeSet<String>,
}

impl World {
    fn carry_out(&mut self, step: &Step) {
        let Stage { files, folders, texts } = self.stage;
        match step {
            Step::Write(file, text) => self.write(files[*file], texts[*text].as_bytes()),
            Step::Append(file) => {
                let old = std::fs::read(self.root.join(files[*file])).unwrap_or_default();
                self.write(files[*file], &[&old[..], b"\nappended\n"].concat());
            }
            Step::Rename(from, to) => self.rename(files[*from], files[*to]),
            Step::Delete(file) => {
                if std::fs::remove_file(self.root.join(files[*file])).is_ok() {
                    self.touched.insert(files[*file].to_owned());
                }
            }
            Step::MoveFolder(from, to) => self.rename(folders[*from], folders[*to]),
            Step::Look(_) => {}
        }
    }

    fn write(&mut self, file: &str, content: &[u8]) {
        let path = self.root.join(file);
        // What stands in the way is a folder moved to a file's name, or the other way round: then nothing happens.
        if path.parent().is_some_and(|folder| std::fs::create_dir_all(folder).is_ok()) && std::fs::write(&path, content).is_ok() {
            self.touched.insert(file.to_owned());
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let (old, new) = (self.root.join(from), self.root.join(to));
        let _ = new.parent().map(std::fs::create_dir_all);
        if old.exists() && (!new.exists() || old.is_file() && new.is_file()) && std::fs::rename(&old, &new).is_ok() {
            self.touched.extend([from.to_owned(), to.to_owned()]);
        }
    }
}

fn site(root: &Path) -> Site {
    Site { name: "vault".into(), disk: Disk::new(root, &[]), rules: Rules { labels: true, ..Rules::default() }, create_projects: true }
}

async fn look(store: &mut Store, root: &Path, scope: &Scope, depth: Depth) {
    let options = Options { depth, allow_mass_delete: true, progress: &|_, _| {}, is_stopped: &|| false };
    let report = reconcile(store, &site(root), scope, &options).await.unwrap();
    if scope.is_root() {
        let counts = report.counts();
        let sum: usize = ["added", "returned", "renamed", "modified", "unchanged", "excluded", "failed"].iter().map(|op| counts[op]).sum();
        let on_disk = vault_sync::disk::observe(&site(root).disk, scope).unwrap().files.len();
        assert_eq!(sum, on_disk, "the ledger sums to the files on disk: {counts:?}");
    }
}

async fn dump(store: &mut Store) -> String {
    let vault = store.vault("vault").await.unwrap();
    serde_json::to_string_pretty(&store.dump(&vault).await.unwrap()).unwrap()
}

async fn fresh(folder: &Path, name: &str, root: &Path) -> String {
    let mut store = Store::open(&Location::Sqlite(folder.join(name))).await.unwrap();
    look(&mut store, root, &Scope::root(), Depth::Changed).await;
    dump(&mut store).await
}

fn check(stage: &'static Stage, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("vault");
        std::fs::create_dir_all(root.join(".obsidian")).unwrap();
        let mut world = World { stage, root: root.clone(), touched: BTreeSet::new() };
        let mut store = Store::open(&Location::Sqlite(folder.path().join("watched.db"))).await.unwrap();
        look(&mut store, &root, &Scope::root(), Depth::Changed).await;
        for step in steps {
            world.carry_out(step);
            if let Step::Look(everything) = step {
                let touched = std::mem::take(&mut world.touched);
                let scope = if *everything { Scope::root() } else { touched.iter().map(|path| VaultPath::new(path)).collect() };
                look(&mut store, &root, &scope, Depth::Changed).await;
            }
        }
        let scope = world.touched.iter().map(|path| VaultPath::new(path)).collect();
        look(&mut store, &root, &scope, Depth::Changed).await;
        let watched = dump(&mut store).await;
        assert_eq!(watched, fresh(folder.path(), "fresh.db", &root).await, "watching differs from fresh");
        check_links(&serde_json::from_str(&watched).unwrap());
        look(&mut store, &root, &Scope::root(), Depth::Everything).await;
        assert_eq!(dump(&mut store).await, watched, "a resync differs from watching");
        assert_eq!(store.broken_references().await.unwrap(), Vec::<String>::new());
        store.close().await.unwrap();
    });
}

/// Holds each link against the rule itself, which here sees all files and not only those that the store thinks concerned.
fn check_links(dump: &Value) {
    let documents = dump["documents"].as_array().unwrap();
    let paths: Vec<VaultPath> = documents.iter().map(|document| VaultPath::new(document["path"].as_str().unwrap())).collect();
    for (document, source) in documents.iter().zip(&paths) {
        for link in document["links"].as_array().unwrap() {
            let target = link["target"].as_str().unwrap();
            let key = resolve::target_key(target);
            let candidates: Vec<&VaultPath> = paths.iter().filter(|path| path.name_key() == key).collect();
            let meant = resolve::resolve(target, source, &candidates);
            let found = (link["dest"].as_str(), link["rule"].as_str());
            assert_eq!(found, (meant.map(|(path, _)| path.as_str()), meant.map(|(_, rule)| rule.as_str())), "{source}: {target}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_through_any_scopes_equals_a_fresh_store(steps in proptest::collection::vec(step(&VAULT), 1..25)) {
        check(&VAULT, &steps);
    }

    #[test]
    fn links_among_equal_names_follow_any_history(steps in proptest::collection::vec(step(&NAMES), 4..30)) {
        check(&NAMES, &steps);
    }
}
