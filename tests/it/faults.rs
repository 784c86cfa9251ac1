//! What the machine refuses, as data: under each fault a clear word, the right exit code, a vault untouched; and when its cause has gone, the
//! next run makes all whole without help.

use crate::support::{Sandbox, assert_same_dump, column, stderr};
use serde_json::Value;
use std::fs::{File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

/// A vault large enough that its database and index do not fit below the limits.
fn large() -> Sandbox {
    let sandbox = Sandbox::new();
    for i in 0..300 {
        let words: String = (0..i * 7 % 400).map(|n| format!("word{n} ")).collect();
        sandbox.write(&format!("{}/Note {i}.md", i % 9), format!("# Note {i}\n\n[[Note {}]] {words}\n", i / 2));
    }
    sandbox
}

/// Runs a command behind a shell's line, as what that line allows.
fn behind(sandbox: &Sandbox, line: &str, args: &[&str]) -> Output {
    let whole = sandbox.command(args);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{line} exec \"$@\"")).arg("sh").arg(whole.get_program()).args(whole.get_args());
    shell.current_dir(sandbox.home()).env_clear().env("HOME", sandbox.home()).env("NO_COLOR", "1");
    shell.env("PATH", std::env::var_os("PATH").unwrap_or_default()).output().expect("a shell starts")
}

/// Ends a watcher as a person does.
fn stop(mut watch: Child) {
    let told = Command::new("kill").arg(watch.id().to_string()).status().expect("there is `kill`");
    assert!(told.success() && watch.wait().expect("it ends").success());
}

/// Without help: the next sync, a fresh one and every count agree, and nothing is wrong.
pub fn check_whole(sandbox: &Sandbox, when: &str) {
    sandbox.sync();
    let fresh = Sandbox::new().over(&sandbox.vault);
    fresh.sync();
    assert_same_dump(&sandbox.text(&["dump"]), &fresh.text(&["dump"]), when);
    let hits = |sandbox: &Sandbox| {
        let mut hits = column(&sandbox.json(&["search", "--strict", "--no-log", "--limit", "9999", "word3"]), "results", "/path");
        hits.sort();
        hits
    };
    assert_eq!(hits(sandbox), hits(&fresh), "{when}");
    sandbox.text(&["status", "--strict"]);
    sandbox.text(&["doctor"]);
}

/// Runs syncs behind each line, and fails unless each either works or says why not, with exit code 1 and a hint; then all must be whole.
fn check_each(lines: impl Iterator<Item = String>, said: &[&str]) {
    let sandbox = large();
    let before = sandbox.vault_bytes();
    let mut n_failed = 0;
    for line in lines {
        for (args, is_new) in [(&["-q", "sync"][..], true), (&["-q", "resync"], false)] {
            if is_new {
                let _ = std::fs::remove_dir_all(&sandbox.data_dir);
            }
            let output = behind(&sandbox, &line, args);
            let text = stderr(&output);
            if !output.status.success() {
                n_failed += 1;
                assert_eq!(output.status.code(), Some(1), "{line} {args:?}: {text}");
                assert!(said.iter().any(|said| text.contains(said)), "{line} {args:?}: {text}");
                assert!(text.lines().count() >= 2 && !text.contains("panicked at"), "no hint: {line} {args:?}: {text}");
            }
            if !is_new {
                check_whole(&sandbox, &format!("after {line} {args:?}"));
            }
        }
    }
    assert!(n_failed > 1, "no line was tight enough");
    assert_eq!(sandbox.vault_bytes(), before, "the vault is never touched");
}

/// The disk is full when a file reaches so many half-kilobytes: at the lock files, in the schema, in the rows, in the index.
#[test]
fn a_full_disk_is_told_and_leaves_nothing_half_done() {
    let sizes = [1, 200, 800, 1600, 2400];
    let said = ["disk I/O error", "database or disk is full", "File too large", "index"];
    check_each(sizes.iter().map(|size| format!("trap '' XFSZ; ulimit -f {size};")), &said);
}

/// Each number of open files is too small for something else: the runtime, the database, the state file, the index.
#[test]
fn too_few_open_files_are_told_and_leave_nothing_half_done() {
    let counts = [9, 12, 14, 16, 20, 25];
    check_each(
        counts.iter().map(|count| format!("ulimit -n {count};")),
        &["Too many open files", "unable to open", "index", "not be read"],
    );
}

/// Who may read and not write. Root may do everything, so the tests of root run as nobody.
fn as_nobody() -> &'static str {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root { "setpriv --reuid=65534 --regid=65534 --clear-groups" } else { "" }
}

fn set_modes(sandbox: &Sandbox, folder: u32, file: u32) {
    for entry in walkdir::WalkDir::new(&sandbox.data_dir).contents_first(true) {
        let entry = entry.unwrap();
        let mode = if entry.file_type().is_dir() { folder } else { file };
        std::fs::set_permissions(entry.path(), Permissions::from_mode(mode)).unwrap();
    }
}

/// Failure 11 of the peers, in part: with a read-only data directory searches answer, and all that must write says so.
#[test]
fn a_data_directory_that_cannot_be_written_is_told_and_searched() {
    let sandbox = large();
    sandbox.sync();
    std::fs::set_permissions(sandbox.home(), Permissions::from_mode(0o755)).unwrap();
    set_modes(&sandbox, 0o555, 0o444);
    // The binary may lie where nobody else can reach it. `cp` writes it, for what this process had open its children would have too.
    let binary = sandbox.home().join("vault-sync");
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_vault-sync")).arg(&binary).status().unwrap().success());
    let run = |args: &[&str]| behind(&sandbox, &format!("shift; set -- {} {} \"$@\";", as_nobody(), binary.display()), args);
    sandbox.write("New.md", "new");
    for args in [&["sync"][..], &["resync"], &["watch"], &["status"], &["ls"]] {
        let output = run(args);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
        assert!(text.contains("ermission denied") && text.contains("claude.db") && text.contains("doctor"), "{args:?}: {text}");
    }
    let searched = run(&["search", "--json", "word3"]);
    assert!(searched.status.success(), "{}", stderr(&searched));
    assert!(!column(&serde_json::from_slice(&searched.stdout).unwrap(), "results", "/path").is_empty());
    let doctor = run(&["--json", "doctor"]);
    let found: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    assert!(found.to_string().contains("nothing can be written in") && doctor.status.code() == Some(1), "{found:#}");
    set_modes(&sandbox, 0o700, 0o600);
    check_whole(&sandbox, "after a time without rights");
}

#[test]
fn locks_of_the_dead_are_no_locks_and_those_of_the_living_name_them() {
    let sandbox = large();
    sandbox.sync();
    let locks = ["watch.lock", "state.lock", "lookups.lock", "index/LOCK"].map(|name| sandbox.data_dir.join(name));
    for lock in &locks {
        std::fs::write(lock, "process 4194305, `vault-sync watch`, since 2020-01-01T00:00:00.000Z\n").unwrap();
    }
    sandbox.write("New.md", "word3");
    check_whole(&sandbox, "beside locks of the dead");
    let watch = sandbox.command(&["-q", "watch"]).spawn().unwrap();
    crate::support::wait_until(Duration::from_secs(60), "the watcher to live", || sandbox.json(&["status"])["watcher"] == "live");
    stop(watch);

    let held = File::options().write(true).open(&locks[3]).unwrap();
    held.lock().unwrap();
    sandbox.write("Newer.md", "word3");
    let output = sandbox.vault_sync(&["sync"]);
    assert_eq!(output.status.code(), Some(75), "{}", stderr(&output));
    assert!(stderr(&output).contains("another process is writing the index"), "{}", stderr(&output));
    drop(held);
    check_whole(&sandbox, "after a lock of the living");
}

/// What was written down by a clock that was ahead: state, rows, and files' times, all of them of the next century.
#[test]
fn a_clock_that_jumps_back_hides_no_change() {
    let sandbox = large();
    sandbox.sync();
    let path = sandbox.data_dir.join("state.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let ahead = 4_102_444_800_000_i64;
    for name in ["synced_ms", "looked_ms"] {
        state["vaults"]["vault"][name] = Value::from(ahead);
    }
    std::fs::write(path, state.to_string()).unwrap();
    let mut other = crate::log::Other::of(&sandbox, None);
    other.run("update claude.documents set updated_at = '2100-01-01T00:00:00.000Z', created_at = '2100-01-01T00:00:00.000Z'");
    let later = SystemTime::UNIX_EPOCH + Duration::from_millis(ahead.unsigned_abs());
    for i in 0..20 {
        let path = format!("{}/Note {i}.md", i % 9);
        File::options().write(true).open(sandbox.vault.join(path)).unwrap().set_modified(later).unwrap();
    }
    sandbox.write("New.md", "word3 unheardof");
    sandbox.remove("1/Note 100.md");
    sandbox.rename("2/Note 101.md", "Moved.md");
    let answer = sandbox.json(&["search", "--no-log", "word3"]);
    assert!(answer["freshness"]["unseen"].as_u64().unwrap() > 0, "{}", answer["freshness"]);
    let found = sandbox.json(&["search", "--no-log", "--fresh", "unheardof"]);
    assert_eq!(column(&found, "results", "/path"), ["New.md"]);
    assert_eq!(sandbox.vault_sync(&["doctor"]).status.code(), Some(1), "the clock is told");
    // A file whose time is to come, and that is written in place without a change of its size.
    let file = sandbox.vault.join("3/Note 3.md");
    let text = sandbox.read("3/Note 3.md").replace("# Note 3", "# Nope 3");
    std::fs::write(&file, text).unwrap();
    File::options().write(true).open(&file).unwrap().set_modified(later).unwrap();
    sandbox.sync();
    // The rows keep what the other clock wrote, which is no difference; all that the mirror goes by is of this clock again.
    other.run("update claude.documents set updated_at = '2020-01-01T00:00:00.000Z'");
    drop(other);
    check_whole(&sandbox, "after the clock was set back");
}

/// Each data directory is a mirror of its own; neither disturbs the other, watching or not.
#[test]
fn two_data_directories_on_one_vault_do_not_disturb_each_other() {
    let one = large();
    let two = Sandbox::new().over(&one.vault);
    let before = one.vault_bytes();
    let watchers: Vec<_> = [&one, &two].map(|s| s.command(&["-q", "watch"]).stdout(Stdio::null()).spawn().unwrap()).into();
    for sandbox in [&one, &two] {
        crate::support::wait_until(Duration::from_secs(120), "both to follow", || {
            sandbox.data_dir.join("state.json").exists()
                && sandbox.vault_sync(&["--json", "status"]).stdout.windows(6).any(|w| w == b"\"live\"")
        });
    }
    assert_eq!(one.vault_bytes(), before);
    one.write("New.md", "word3");
    one.remove("1/Note 100.md");
    for sandbox in [&one, &two] {
        crate::support::wait_until(Duration::from_secs(120), "both to have it", || {
            sandbox.vault_sync(&["status", "--strict"]).status.success() && sandbox.json(&["why", "New.md"])["outcome"] == "indexed"
        });
    }
    // A second watcher of one data directory is refused: failure 13 of the peers.
    let second = two.vault_sync(&["watch"]);
    assert_eq!(second.status.code(), Some(75), "{}", stderr(&second));
    watchers.into_iter().for_each(stop);
    check_whole(&one, "beside another");
    check_whole(&two, "beside another");
    // Two vaults of one name in one data directory are an error that names both.
    let clash = Sandbox::of("vault").with_data(&one.data_dir).vault_sync(&["sync"]);
    assert_eq!(clash.status.code(), Some(2), "{}", stderr(&clash));
    assert!(stderr(&clash).contains(&one.vault.display().to_string()), "{}", stderr(&clash));
}
