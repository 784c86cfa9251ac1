//! The ledger: every file of the vault is in it once, with its reason where it is not in the mirror; `status` and `why` say so.

use crate::support::{Sandbox, stderr};
use serde_json::json;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

const CONFIGURATION: &str = "[[vault]]\npath = \"vault\"\nexclude = [\"old/\", \"*.draft.md\"]\n";

/// Returns a vault with every kind of trouble in it.
fn troubled(sandbox: Sandbox) -> Sandbox {
    let sandbox = sandbox.configured(CONFIGURATION);
    for (path, text) in [
        ("Home.md", "[[Plan]] and [[Gone]]"),
        ("Plan.md", "---\naliases: [Scheme]\n---\nA plan that is long enough to be known again wherever it goes.\n"),
        ("old/a.md", "old"),
        ("old/b.png", ""),
        ("Plan.draft.md", "draft"),
        (".obsidian/app.json", "{\"userIgnoreFilters\": [\"Secret\"]}"),
        (".trash/x.md", "thrown away"),
        ("sub/.hidden.md", "hidden"),
        ("Secret.md", "hidden from search"),
        ("broken.canvas", "{no json"),
        ("broken.md", "---\na: [\n---\nbody"),
        ("empty.md", ""),
        ("picture.png", "not really"),
        ("caf\u{e9}.md", "one"),
        ("cafe\u{301}.md", "its twin"),
        ("tab\tand\nline.md", "odd"),
    ] {
        sandbox.write(path, text);
    }
    symlink("Nowhere.md", sandbox.vault.join("dangling.md")).unwrap();
    symlink("/etc/hostname", sandbox.vault.join("outside.md")).unwrap();
    symlink(&sandbox.vault, sandbox.vault.join("loop")).unwrap();
    std::fs::write(sandbox.vault.join(std::ffi::OsStr::from_bytes(b"latin\xe9.md")), "not UTF-8").unwrap();
    // A folder too deep to be listed, whoever asks: two halves, each of which has a path.
    let half = |name: &str| vec![name.repeat(100); 25].join("/");
    sandbox.write(&format!("{}/in.md", half("u")), "far down");
    sandbox.write(&format!("{}/out.md", half("d")), "further");
    std::fs::rename(sandbox.vault.join("d".repeat(100)), sandbox.vault.join(half("u")).join("d".repeat(100))).unwrap();
    sandbox
}

/// Returns how many files and other entries the vault has that count: none behind a dot, and of what cannot be listed the folder.
fn n_there(sandbox: &Sandbox) -> u64 {
    let is_dot = |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().as_bytes().starts_with(b".");
    let entries = walkdir::WalkDir::new(&sandbox.vault).into_iter().filter_entry(|entry| !is_dot(entry));
    entries.filter(|entry| entry.as_ref().map_or(true, |entry| !entry.file_type().is_dir())).count() as u64
}

/// Failure 3 of the peers: a part of the vault was silently absent.
#[test]
fn the_ledger_sums_to_the_files_on_disk_whatever_is_the_matter_with_them() {
    let database = crate::postgres::database();
    for sandbox in [troubled(Sandbox::new()), troubled(Sandbox::new().on(&database.url))] {
        let synced = sandbox.vault_sync(&["sync"]);
        assert_eq!(synced.status.code(), Some(1), "a folder failed: {}", stderr(&synced));
        let check = |waiting: u64, pending: u64| {
            let status = sandbox.json(&["status"])["vaults"][0].clone();
            let counts = ["indexed", "excluded", "failed", "waiting"].map(|name| status[name].as_u64().unwrap());
            assert_eq!(status["on_disk"], n_there(&sandbox), "{status}");
            assert_eq!(counts.iter().sum::<u64>(), n_there(&sandbox), "{status}");
            assert_eq!((counts[3], status["pending"].as_u64()), (waiting, Some(pending)), "{status}");
            for (of, by) in [("excluded", "excluded_by"), ("failed", "failed_by")] {
                let sum: u64 = status[by].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
                assert_eq!(status[of], sum, "{status}");
            }
            status
        };
        let status = check(0, 0);
        let by_rule = json!({
            "old/": 2, "*.draft.md": 1, "a symbolic link, which is not followed": 3, "its name is not UTF-8": 1,
        });
        assert_eq!((&status["excluded_by"], &status["failed"]), (&by_rule, &json!(1)));
        assert_eq!(sandbox.vault_sync(&["status", "--strict"]).status.code(), Some(1), "a failed folder is drift");

        // What came, changed, went or is hidden since: it still sums.
        sandbox.write("New.md", "new");
        sandbox.write("Home.md", "changed, and longer than it was before");
        sandbox.remove("empty.md");
        sandbox.write("old/c.md", "one more");
        sandbox.write(".obsidian/app.json", "{}");
        check(3, 5);
        sandbox.rename("Plan.md", "Plans/Plan.md");
        check(4, 6);
        assert_eq!(sandbox.vault_sync(&["sync"]).status.code(), Some(1));
        check(0, 0);
    }
}

/// What `--strict` ends with 1 for, each beside a vault that is in step.
#[test]
fn strict_names_each_way_in_which_the_mirror_is_not_in_step() {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    let index = sandbox.data_dir.join("index");
    let drift = || {
        let said = sandbox.vault_sync(&["status", "--strict"]);
        (said.status.code(), stderr(&said).trim().to_owned())
    };
    assert_eq!(drift(), (Some(0), String::new()));
    sandbox.write("New.md", "new");
    assert_eq!(drift(), (Some(1), "vault-sync: not in step: vault: 1 changes are not indexed yet".to_owned()));
    sandbox.sync();
    assert_eq!(drift(), (Some(0), String::new()));
    std::fs::rename(&index, sandbox.home().join("aside")).unwrap();
    assert_eq!(drift(), (Some(1), "vault-sync: not in step: the index is not where the database is".to_owned()));
    sandbox.sync();
    // A watcher that was killed could not say so.
    let mut watch = sandbox.command(&["-q", "watch"]).spawn().unwrap();
    let is_live = || sandbox.json(&["status"])["watcher"] == "live";
    crate::support::wait_until(std::time::Duration::from_secs(60), "the watcher to live", is_live);
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert_eq!(drift(), (Some(1), "vault-sync: not in step: the watcher is dead or stuck".to_owned()));
    std::fs::rename(&sandbox.vault, sandbox.home().join("away")).unwrap();
    assert!(
        drift().1.starts_with("vault-sync: not in step: vault: the disk cannot be looked at; the watcher"),
        "{drift:?}",
        drift = drift()
    );
}

/// Each way of naming something, with the outcome, the path that is meant, and what the sentence or the details say.
#[test]
fn why_answers_for_any_path() {
    let database = crate::postgres::database();
    for sandbox in [troubled(Sandbox::new()), troubled(Sandbox::new().on(&database.url))] {
        let why = |asked: &std::ffi::OsStr| {
            let output = sandbox.command(&["--json", "why"]).arg(asked).output().unwrap();
            assert!(output.status.success(), "{}", stderr(&output));
            serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
        };
        let check = |asked: &str, outcome: &str, path: Option<&str>, said: &str| {
            let answer = why(asked.as_ref());
            assert_eq!((&answer["outcome"], &answer["path"]), (&json!(outcome), &json!(path)), "{asked:.50}: {answer:.500}");
            assert!(format!("{answer}").contains(said), "{asked:.50}: {said}: {answer}");
        };
        check("Home", "unknown", Some("Home.md"), "has not been synced yet");
        sandbox.vault_sync(&["sync"]);
        let at_home = sandbox.vault.join("Home.md");
        let in_reach = |path: &str| sandbox.vault.join(path).to_str().unwrap().to_owned();
        let deep = format!("{}/{}", vec!["u".repeat(100); 25].join("/"), vec!["d".repeat(100); 25].join("/"));
        let outside = sandbox.home().join("sync.toml");
        let glob = format!("{}:3", outside.canonicalize().unwrap().display());
        let (home, outside) = (at_home.to_str().unwrap(), outside.to_str().unwrap());
        for (asked, outcome, path, said) in [
            ("Home.md", "indexed", Some("Home.md"), "\"revision\":"),
            ("home", "indexed", Some("Home.md"), "as it is on disk"),
            (home, "indexed", Some("Home.md"), "\"id\":"),
            ("./vault/sub/../Home", "indexed", Some("Home.md"), ""),
            ("Scheme", "indexed", Some("Plan.md"), ""),
            ("tab\tand\nline", "indexed", Some("tab\tand\nline.md"), ""),
            ("caf\u{e9}.md", "indexed", Some("caf\u{e9}.md"), "\"twin\":\"cafe\u{301}.md\""),
            ("cafe\u{301}.md", "indexed", Some("cafe\u{301}.md"), "\"twin\":\"caf\u{e9}.md\""),
            ("Secret", "indexed", Some("Secret.md"), "\"hidden_by\":\"Secret\""),
            ("picture.png", "indexed", Some("picture.png"), "files of its kind are not read"),
            ("broken.canvas", "indexed", Some("broken.canvas"), ""),
            ("old/a", "excluded", Some("old/a.md"), &glob),
            ("b.png", "excluded", Some("old/b.png"), "\"rule\":\"old/\""),
            ("Plan.draft", "excluded", Some("Plan.draft.md"), "*.draft.md"),
            (".trash/x.md", "excluded", Some(".trash/x.md"), "begin with a dot"),
            ("sub/.hidden", "excluded", Some("sub/.hidden.md"), "begin with a dot"),
            ("dangling", "excluded", Some("dangling.md"), "\"leads_to\":\"Nowhere.md\""),
            (&in_reach("outside.md"), "excluded", Some("outside.md"), "/etc/hostname"),
            ("loop/Home.md", "excluded", Some("loop/Home.md"), "loop on its way is a symbolic link"),
            (&deep, "failed", Some(&deep), "File name too long"),
            (&format!("{deep}/out.md"), "failed", Some(&format!("{deep}/out.md")), "could not be listed"),
            ("old", "folder", Some("old"), "on disk 2 = indexed 0 + excluded 2"),
            (".", "folder", Some(""), "the vault 'vault'"),
            (outside, "outside", None, "outside of"),
            ("../elsewhere.md", "outside", None, "outside of"),
            ("Hoem", "absent", None, "\"did_you_mean\":[\"Home.md\"]"),
        ] {
            check(asked, outcome, path, said);
        }
        let latin = why(std::ffi::OsStr::from_bytes(b"latin\xe9"));
        assert_eq!((&latin["outcome"], &latin["path"]), (&json!("excluded"), &json!("latin\\xe9.md")), "{latin}");

        sandbox.write("New.md", "new");
        sandbox.write("Home.md", "changed, and longer than it was before");
        sandbox.remove("empty.md");
        sandbox.rename("Plan.md", "Plans/Plan of old.md");
        check("New", "waiting", Some("New.md"), "came after the last sync");
        check("Home", "waiting", Some("Home.md"), "has changed on disk");
        check("empty", "gone", Some("empty.md"), "not on disk any more");
        check("Plan", "renamed", Some("Plan.md"), "\"now\":\"Plans/Plan of old.md\"");
        check("Plan of old", "waiting", Some("Plans/Plan of old.md"), "it was Plan.md");
        sandbox.vault_sync(&["sync"]);
        check("empty", "archived", Some("empty.md"), "\"archived\":\"20");
        check("Plan.md", "renamed", Some("Plan.md"), "its document is Plans/Plan of old.md now");

        std::fs::rename(&sandbox.vault, sandbox.home().join("away")).unwrap();
        check("Home.md", "unknown", Some("Home.md"), "the disk cannot be looked at");
    }
}

/// Without a database the disk still tells what keeps a file out.
#[test]
fn why_answers_where_the_database_does_not() {
    let sandbox = troubled(Sandbox::new());
    std::fs::create_dir_all(&sandbox.data_dir).unwrap();
    std::fs::write(sandbox.data_dir.join("claude.db"), "no database").unwrap();
    for (asked, outcome, said) in [("old/a.md", "excluded", "old/"), ("Home", "unknown", "the database does not say")] {
        let answer = sandbox.json(&["why", asked]);
        assert!(answer["outcome"] == outcome && answer.to_string().contains(said), "{answer}");
    }
}
