//! `doctor`: damage done on purpose, each found with its cure; what `--fix` mends, and what it leaves alone.

use crate::postgres;
use crate::support::{Sandbox, stderr, stdout};
use serde_json::Value;
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

/// Returns a vault that is mirrored and well.
fn well() -> Sandbox {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    sandbox
}

fn examined(sandbox: &Sandbox, args: &[&str]) -> (Option<i32>, Value) {
    let output = sandbox.vault_sync(&[&["--json", "doctor"], args].concat());
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    (output.status.code(), answer)
}

/// Fails unless a check has found this, and the exit code follows from it.
fn check(sandbox: &Sandbox, check: &str, grade: &str, said: &str) {
    let (code, answer) = examined(sandbox, &[]);
    let findings = answer["findings"].as_array().unwrap();
    let is_it = |finding: &&Value| finding["check"] == check && finding["grade"] == grade && finding.to_string().contains(said);
    assert!(findings.iter().any(|finding| is_it(&finding)), "{check}, {grade}, {said}: {answer:#}");
    let is_wrong = findings.iter().any(|finding| finding["grade"] == "wrong");
    assert_eq!(code, Some(i32::from(is_wrong)), "{answer:#}");
    assert!(findings.iter().all(|finding| finding["grade"] != "wrong" || finding["cure"].is_string()), "each wrong has a cure: {answer:#}");
}

#[test]
fn nothing_is_wrong_with_a_fresh_mirror_on_either_engine() {
    let database = postgres::database();
    for sandbox in [well(), Sandbox::of("vault").on(&database.url)] {
        sandbox.sync();
        let (code, answer) = examined(&sandbox, &[]);
        assert_eq!((code, &answer["wrong"]), (Some(0), &Value::from(0)), "{answer:#}");
        let text = sandbox.text(&["doctor"]);
        assert!(text.lines().all(|line| ["ok ", "note ", "    "].iter().any(|word| line.starts_with(word))), "{text}");
    }
}

/// What is done to a mirror that is well, which check finds it, how bad it is, and what is said or advised.
type Damage = (fn(&Sandbox), &'static str, &'static str, &'static str);

const DAMAGE: &[Damage] = &[
    (|s| drop(std::fs::rename(&s.vault, s.home().join("away"))), "vault", "wrong", "mount the drive"),
    (|s| std::fs::write(s.home().join("sync.toml"), "[serach]\n").unwrap(), "configuration", "wrong", "did you mean `search`?"),
    (|s| std::fs::write(s.home().join("sync.toml"), "not toml").unwrap(), "configuration", "wrong", "sync.toml:1:"),
    (|s| std::fs::write(s.data_dir.join("claude.db"), [7; 9000]).unwrap(), "database", "wrong", "/broken/ && vault-sync sync"),
    (tear, "database", "wrong", "is damaged, "),
    (newer, "database", "wrong", "newer vault-sync"),
    (|s| std::fs::remove_dir_all(s.data_dir.join("index")).unwrap(), "index", "wrong", "vault-sync sync"),
    (|s| std::fs::write(s.data_dir.join("index/CURRENT"), "v9-nowhere").unwrap(), "index", "wrong", "vault-sync sync"),
    (other_index, "index", "wrong", "of another database"),
    (|s| std::fs::set_permissions(&s.data_dir, Permissions::from_mode(0o755)).unwrap(), "data directory", "wrong", "chmod 700 "),
    (set_back, "clock", "wrong", "the clock was set back"),
    (|s| s.write("New.md", "x"), "vault", "ok", "32 files"),
    (future, "clock", "note", "Home.md first"),
    (|s| std::fs::write(s.data_dir.join("lookups.jsonl"), "torn\n").unwrap(), "lookups", "note", "1 lookups cannot be read"),
    (|s| std::fs::write(s.data_dir.join("lookups.jsonl"), "{\"dropped\": 3}\n").unwrap(), "lookups", "note", "3 lookups were dropped"),
    (|s| std::fs::create_dir(s.data_dir.join("lookups.jsonl")).unwrap(), "lookups", "wrong", "cannot be read"),
    (killed_watcher, "watcher", "note", "ended without a word"),
    (second_mirror, "other mirrors", "note", "is mirrored in"),
    (|s| std::fs::remove_dir_all(&s.data_dir).unwrap(), "database", "note", "vault-sync sync"),
];

fn tear(s: &Sandbox) {
    let path = s.data_dir.join("claude.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // The last pages hold rows and no schema, so that the file can still be opened.
    let rows = bytes.len() - 3 * 8192;
    bytes[rows..].fill(0x5a);
    std::fs::write(path, bytes).unwrap();
}

fn newer(s: &Sandbox) {
    let sql =
        "insert into claude._sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'x', 1, x'00', 0)";
    crate::log::Other::of(s, None).run(sql);
}

fn other_index(s: &Sandbox) {
    let other = well();
    std::fs::remove_dir_all(s.data_dir.join("index")).unwrap();
    crate::support::copy_folder(&other.data_dir.join("index"), &s.data_dir.join("index"));
}

fn set_back(s: &Sandbox) {
    let path = s.data_dir.join("state.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    state["vaults"]["vault"]["synced_ms"] = Value::from(4_000_000_000_000_i64);
    std::fs::write(path, state.to_string()).unwrap();
}

fn future(s: &Sandbox) {
    let file = File::options().write(true).open(s.vault.join("Home.md")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(86_400)).unwrap();
}

fn killed_watcher(s: &Sandbox) {
    let mut watch = s.command(&["-q", "watch"]).spawn().unwrap();
    crate::support::wait_until(Duration::from_secs(60), "the watcher to live", || s.json(&["status"])["watcher"] == "live");
    check(s, "watcher", "ok", "followed by process");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

fn second_mirror(s: &Sandbox) {
    let output = s.bare_command(&["--vault"]).arg(&s.vault).arg("sync").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

/// Failure 25 of the peers, as far as it is about what the mirror stands on: seeded damage is found.
#[test]
fn damage_is_found_and_has_a_cure() {
    for (damage, name, grade, said) in DAMAGE {
        let sandbox = well();
        damage(&sandbox);
        check(&sandbox, name, grade, said);
    }
}

#[test]
fn a_role_that_may_not_write_and_a_server_that_is_away_are_found() {
    let database = postgres::database();
    database
        .query("create role reader login; grant usage on schema claude to reader; grant select on all tables in schema claude to reader");
    let url = database.url.replace("postgres@", "reader@");
    let url = if url == database.url { format!("{url}&user=reader") } else { url };
    check(&Sandbox::of("vault").on(&url), "database", "wrong", "the role 'reader' may not read and write changes, ");
    check(&Sandbox::of("vault").on(&postgres::empty().url), "database", "wrong", "vault-sync db migrate");
    check(
        &Sandbox::of("vault").on("postgresql:///x?host=/nowhere&connect_timeout=1"),
        "database",
        "wrong",
        "check that the server is running",
    );
}

#[test]
fn a_password_in_an_open_file_is_found_and_closed() {
    let text = "[database]\nurl = \"postgresql://me:secret@localhost:1/x?connect_timeout=1\"\n";
    let sandbox = Sandbox::of("vault").configured(text);
    let file = sandbox.home().join("sync.toml");
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    check(&sandbox, "configuration", "wrong", "chmod 600 ");
    let fixed = sandbox.vault_sync(&["doctor", "--fix"]);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!format!("{}{}", stdout(&fixed), stderr(&fixed)).contains("secret"), "{}", stdout(&fixed));
}

/// What is safe is done and said; the vault, and all that could be lost, stays as it was.
#[test]
fn fix_mends_what_is_ours_and_nothing_else() {
    let sandbox = well();
    sandbox.text(&["search", "gotcha"]);
    killed_watcher(&sandbox);
    sandbox.text(&["search", "lifecycle"]);
    let old = sandbox.data_dir.join("index/v0-0190");
    std::fs::create_dir(&old).unwrap();
    let draft = sandbox.data_dir.join("state.json.draft");
    File::create(&draft).unwrap().set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    std::fs::set_permissions(&sandbox.data_dir, Permissions::from_mode(0o777)).unwrap();
    let (vault, dump) = (sandbox.vault_bytes(), sandbox.text(&["dump"]));
    sandbox.text(&["search", "observability"]);

    let (code, answer) = examined(&sandbox, &["--fix"]);
    assert_eq!((code, answer["fixed"].as_array().unwrap().len()), (Some(0), 5), "{answer:#}");
    assert!(answer["findings"].as_array().unwrap().iter().all(|finding| finding["grade"] == "ok"), "{answer:#}");
    let modes = walkdir::WalkDir::new(&sandbox.data_dir).into_iter().map(|entry| entry.unwrap().metadata().unwrap().permissions().mode());
    assert!(modes.into_iter().all(|mode| mode & 0o077 == 0) && !old.exists() && !draft.exists());
    assert_eq!((sandbox.vault_bytes(), sandbox.text(&["dump"])), (vault, dump));
    assert_eq!(sandbox.json(&["log"])["results"].as_array().unwrap().len(), 3, "no lookup is lost");
    assert_eq!(examined(&sandbox, &["--fix"]).1["fixed"], Value::from(Vec::<Value>::new()), "twice is once");
    sandbox.text(&["status", "--strict"]);
}
