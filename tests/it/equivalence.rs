//! Watching = resync = fresh: any history of writes, renames, deletions and folder moves, seen through whatever scopes cover it, leaves
//! the mirror that a fresh store makes of the final vault; and each link in it means what `resolve` says of it among all the vault's files,
//! those included that a glob keeps out of the mirror.

use crate::support::assert_same_dump;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vault_sync::disk::{Disk, Scope};
use vault_sync::facts::Rules;
use vault_sync::path::{VaultPath, is_normal};
use vault_sync::resolve;
use vault_sync::store::{Gists, Location, Store};
use vault_sync::sync::{Depth, Following, Options, Site, Then, follow, reconcile};

/// What a person, an editor or git does to a vault.
#[derive(Clone, Debug)]
enum Step {
    Write(usize, usize),
    Append(usize),
    Rename(usize, usize),
    Delete(usize),
    MoveFolder(usize, usize),
    /// Other globs are in the configuration, which is read when the mirror begins anew, with a look at everything.
    Configure(usize),
    /// The mirror looks at all that was touched since it last looked; or at everything.
    Look(bool),
}

/// What a history is played with.
#[derive(Debug)]
struct Stage {
    files: &'static [&'static str],
    folders: &'static [&'static str],
    texts: &'static [&'static str],
    /// What `exclude` may say; at first the first of these.
    globs: &'static [&'static [&'static str]],
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
    globs: &[&[]],
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
    globs: &[&[]],
};

/// Files and folders whose names are one in normal form: one of them has the name, whichever is there.
#[cfg(target_os = "linux")]
const TWINS: Stage = Stage {
    files: &[
        "caf\u{e9}.md",
        "cafe\u{301}.md",
        "x/caf\u{e9}.md",
        "x/cafe\u{301}.md",
        "x/a b.md",
        "x/a\u{a0}b.md",
        "\u{f6}/a.md",
        "o\u{308}/a.md",
        "o\u{308}/K.md",
        "o\u{308}/\u{212a}.md",
        "\u{2126}.md",
    ],
    folders: &["x", "\u{f6}", "o\u{308}", "y"],
    texts: &[
        "[[café]] [[x/cafe\u{301}]] ![[a b]]",
        "[[a\u{a0}b]] [[ö/a]] [[k]] [[Ω]]",
        "# Heading\n\nA text that is long enough to be told by its contents, with [[K]] and [[a]].\n",
    ],
    globs: &[&[], &["caf\u{e9}.md"]],
};

/// Files that globs keep out, under names that others have too.
const ATTIC: Stage = Stage {
    files: &[
        "note.md",
        "x/note.md",
        "x/NOTE.md",
        "attic/note.md",
        "attic/x/note.md",
        "y/attic/note.md",
        "y/other.md",
        "attic/other.md",
        "y/draft.tmp",
        "x/draft.tmp",
        "attic/.git/note.md",
        "attic/note.canvas",
        "attic/cafe\u{301}.md",
    ],
    folders: &["x", "y", "attic", "y/attic", "x/attic", "z"],
    texts: &[
        "[[note]] [[x/note]] [[attic/note]] [[attic/x/note|n]]",
        "[[other]] ![[draft.tmp]] [[./note]] [[../note]] [[note.canvas]] [[café]] [[nowhere]]",
        "---\nup: \"[[note]]\"\n---\nA text that is long enough to be told by its contents: [[other]] and [[#H]] and [n](../attic/note.md).\n",
    ],
    globs: &[&["attic/", "*.tmp"], &[], &["attic/"], &["/x/", "*.tmp", "*.canvas"], &["note.md"]],
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
        1 => (0..stage.globs.len()).prop_map(Step::Configure),
        3 => any::<bool>().prop_map(Step::Look),
    ]
}

/// A vault on disk and the set of paths that were touched since the mirror last looked.
struct World {
    stage: &'static Stage,
    root: PathBuf,
    touched: BTreeSet<String>,
    globs: Vec<String>,
}

impl World {
    fn carry_out(&mut self, step: &Step) {
        let Stage { files, folders, texts, globs } = self.stage;
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
            Step::Configure(these) => {
                self.globs = globs[*these].iter().map(|&glob| glob.to_owned()).collect();
                self.touched.insert(String::new());
            }
            Step::Look(_) => {}
        }
    }

    /// Returns what covers all that was touched: as with file events, a name out of normal form means its folder.
    fn scope(&mut self) -> Scope {
        let touched = std::mem::take(&mut self.touched);
        touched
            .iter()
            .map(|path| path.split('/').take_while(|name| is_normal(name)).fold(VaultPath::root(), |at, name| at.join(name)))
            .collect()
    }

    fn site(&self) -> Site {
        let rules = Rules { labels: true, ..Rules::default() };
        Site {
            name: "vault".into(),
            disk: Disk::new(&self.root, &self.globs),
            rules,
            create_projects: true,
            write_back: false,
            is_elsewhere: false,
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
        if old.exists() && (!new.exists() || old.is_file() && new.is_file()) {
            let _ = new.parent().map(std::fs::create_dir_all);
            let _ = std::fs::rename(&old, &new);
            // Even if it failed: a folder may have been made.
            self.touched.extend([from.to_owned(), to.to_owned()]);
        }
    }
}

async fn look(store: &mut Store, site: &Site, scope: &Scope, depth: Depth) {
    let options = Options {
        depth,
        allow_mass_delete: true,
        progress: &|_, _| {},
        is_stopped: &|| false,
        data_dir: None,
        may_tell: true,
        early: std::cell::Cell::default(),
    };
    let report = reconcile(store, site, scope, &options).await.unwrap();
    if scope.is_root() {
        let counts = report.counts();
        let sum: usize = ["added", "returned", "renamed", "modified", "unchanged", "excluded", "failed"].iter().map(|op| counts[op]).sum();
        let seen = vault_sync::disk::observe(&site.disk, scope).unwrap();
        assert_eq!(sum, seen.files.len() + seen.excluded.len(), "the ledger sums to the files on disk: {counts:?}");
    }
}

/// Lets the index follow, and holds disk, store and index against each other by reading all of them anew.
async fn verify(store: &mut Store, site: &Site, index: &Path, when: &str) {
    let following = Following { rebuild: false, then: Then::GoOn, step: &mut || {} };
    follow(store, index, &mut Gists::default(), following).await.unwrap();
    let report = vault_sync::verify::verify(store, std::slice::from_ref(site), index, &|_, _| {}).await.unwrap();
    assert!(report.differences.is_empty(), "{when}: {:#?}", report.differences);
}

async fn dump(store: &mut Store) -> String {
    let vault = store.vault("vault").await.unwrap();
    serde_json::to_string_pretty(&store.dump(&vault).await.unwrap()).unwrap()
}

async fn fresh(folder: &Path, name: &str, site: &Site) -> String {
    let mut store = Store::open(&Location::Sqlite(folder.join(name))).await.unwrap();
    look(&mut store, site, &Scope::root(), Depth::Changed).await;
    dump(&mut store).await
}

fn check(stage: &'static Stage, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("vault");
        std::fs::create_dir_all(root.join(".obsidian")).unwrap();
        let mut world = World { stage, root, touched: BTreeSet::new(), globs: Vec::new() };
        world.carry_out(&Step::Configure(0));
        let mut store = Store::open(&Location::Sqlite(folder.path().join("watched.db"))).await.unwrap();
        let index = folder.path().join("index");
        std::fs::create_dir(&index).unwrap();
        look(&mut store, &world.site(), &Scope::root(), Depth::Changed).await;
        for step in steps {
            world.carry_out(step);
            if let Step::Look(everything) = step {
                let touched = world.scope();
                let scope = if *everything { Scope::root() } else { touched };
                look(&mut store, &world.site(), &scope, Depth::Changed).await;
                if scope.is_root() {
                    verify(&mut store, &world.site(), &index, "on the way").await;
                }
            }
        }
        let (scope, site) = (world.scope(), world.site());
        look(&mut store, &site, &scope, Depth::Changed).await;
        verify(&mut store, &site, &index, "when all was looked at").await;
        let watched = dump(&mut store).await;
        assert_same_dump(&watched, &fresh(folder.path(), "fresh.db", &site).await, "when the one watched and the other is fresh");
        check_links(&serde_json::from_str(&watched).unwrap());
        look(&mut store, &site, &Scope::root(), Depth::Everything).await;
        assert_same_dump(&dump(&mut store).await, &watched, "when the one was synced anew and the other watched");
        verify(&mut store, &site, &index, "when all was read anew").await;
        assert_eq!(store.broken_references().await.unwrap(), Vec::<String>::new());
        store.close().await.unwrap();
    });
}

/// Holds each link against the rule itself, which here sees all files and not only those that the store thinks concerned.
fn check_links(dump: &Value) {
    let rows = |name: &str| dump[name].as_array().unwrap().clone();
    let path = |row: &Value| VaultPath::stored(row["path"].as_str().unwrap().to_owned());
    let (documents, excluded) = (rows("documents"), rows("left_out"));
    let excluded: BTreeSet<VaultPath> = excluded.iter().filter(|left| !left["rule"].is_null()).map(path).collect();
    let paths: Vec<VaultPath> = documents.iter().map(path).chain(excluded.iter().cloned()).collect();
    for (document, source) in documents.iter().zip(&paths) {
        for link in document["links"].as_array().unwrap() {
            let target = link["target"].as_str().unwrap();
            let key = resolve::target_key(target);
            let candidates: Vec<&VaultPath> = paths.iter().filter(|path| path.name_key() == key).collect();
            let meant = resolve::resolve(target, source, &candidates);
            let (dest, excluded): (Vec<&VaultPath>, _) = meant.iter().map(|(path, _)| *path).partition(|path| !excluded.contains(path));
            let said = [dest.first(), excluded.first()].map(|path: Option<&&VaultPath>| path.map(|path| path.as_str()));
            assert_eq!([&link["dest"], &link["excluded_path"]].map(Value::as_str), said, "{source}: {target}");
            assert_eq!(link["rule"].as_str(), meant.map(|(_, rule)| rule.as_str()), "{source}: {target}");
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

    #[test]
    #[cfg(target_os = "linux")]
    fn names_that_are_one_in_normal_form_follow_any_history(steps in proptest::collection::vec(step(&TWINS), 4..30)) {
        check(&TWINS, &steps);
    }

    #[test]
    fn links_to_excluded_files_follow_any_history(steps in proptest::collection::vec(step(&ATTIC), 4..30)) {
        check(&ATTIC, &steps);
    }
}
