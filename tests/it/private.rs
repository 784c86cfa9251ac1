//! What is private: nothing of it is kept, and what was kept goes, on both engines, from every table and every file.

use crate::postgres::{self, Database};
use crate::support::{Sandbox, column, wait_until};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::Duration;

/// Stands in no word of anything else.
const WORD: &str = "zyxqvo";

/// A note that says the word in all ways.
fn secret(first: &str) -> String {
    let text = format!(
        "---\n{first}title: Zyxqvo title\ntags: [zyxqvo/tag]\naliases: [zyxqvo alias]\nprojects: [zyxqvo project]\nmood: zyxqvo\n\
         type: zyxqvo\n---\n# Zyxqvo\n\n- [ ] ask zyxqvo #zyxqvo [[zyxqvo link]] ^zyxqvo\n\n"
    );
    // Enough to fill pages of its own in the database.
    text + &"All about zyxqvo and its plans, at length.\n".repeat(400)
}

const PUBLIC: &str = "A note for all about [[Plan]], of which everybody may know.\n";

/// Runs a check on both engines: in a sandbox, told how the word is looked for.
fn on_both(config: &str, check: impl Fn(&Sandbox, &dyn Fn() -> Vec<String>)) {
    let sandbox = || Sandbox::new().configured(&format!("{config}[projects]\nunknown = \"create\"\n"));
    let on_sqlite = sandbox();
    check(&on_sqlite, &|| in_files(&on_sqlite));
    let database = postgres::database();
    let on_postgres = sandbox().on(&database.url);
    check(&on_postgres, &|| [in_files(&on_postgres), in_tables(&database)].concat());
}

fn says(bytes: &[u8]) -> bool {
    bytes.windows(WORD.len()).any(|part| part.eq_ignore_ascii_case(WORD.as_bytes()))
}

/// Returns the files of the data directory that say the word, by name or in their bytes.
fn in_files(sandbox: &Sandbox) -> Vec<String> {
    let files = walkdir::WalkDir::new(&sandbox.data_dir).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    // What goes while we look says nothing.
    let files = files.filter(|file| says(file.file_name().as_encoded_bytes()) || says(&std::fs::read(file.path()).unwrap_or_default()));
    files.map(|file| file.path().display().to_string()).collect()
}

/// Returns the rows of all tables that say the word.
fn in_tables(database: &Database) -> Vec<String> {
    let tables =
        database.query("select table_name from information_schema.tables where table_schema = 'claude' and table_type = 'BASE TABLE'");
    assert!(tables.lines().count() > 50);
    let rows = |table: &str| database.query(&format!("select t::text from claude.{table} t where t::text ilike '%{WORD}%'"));
    tables.lines().flat_map(|table| rows(table).lines().map(|row| format!("{table}: {row}")).collect::<Vec<_>>()).collect()
}

fn assert_nowhere(found: &dyn Fn() -> Vec<String>, when: &str) {
    let found = found();
    assert!(found.is_empty(), "{when}: {}", found.join("\n"));
}

fn paths(sandbox: &Sandbox) -> Vec<String> {
    column(&sandbox.json(&["ls"]), "results", "/path")
}

fn vault_status(sandbox: &Sandbox) -> Value {
    sandbox.json(&["status", "--strict"])["vaults"][0].clone()
}

#[test]
fn nothing_is_kept_of_a_private_note_and_folder() {
    on_both("[[vault]]\npath = \"vault\"\nprivate = [\"Diary/\"]\nexclude = [\"Diary/\"]\n", |sandbox, found| {
        sandbox.write("Public.md", PUBLIC);
        sandbox.write("Plan.md", secret("private: true\n"));
        sandbox.write("Diary/zyxqvo day.md", secret(""));
        sandbox.write("Diary/deep/zyxqvo.png", "x");
        sandbox.write("Diary/zyxqvo.canvas", r#"{"nodes":[{"id":"1","type":"text","text":"zyxqvo"}]}"#);
        std::os::unix::fs::symlink("/nowhere", sandbox.vault.join("Diary/zyxqvo link.md")).unwrap();
        for command in ["sync", "sync", "resync"] {
            sandbox.text(&[command]);
            assert_nowhere(found, command);
            assert_eq!(paths(sandbox), ["Public.md"]);
        }
        let status = vault_status(sandbox);
        let count = |name: &str| status[name].as_u64().unwrap();
        assert_eq!(
            (count("on_disk"), count("indexed"), count("private"), count("excluded"), count("pending")),
            (5, 1, 4, 0, 0),
            "{status}"
        );
        // A link keeps its words and leads nowhere.
        assert_eq!(column(&sandbox.json(&["unresolved"]), "results", "/unresolved"), ["Plan"]);
        let resolved: Value =
            serde_json::from_slice(&sandbox.vault_sync(&["--json", "resolve", "Plan", "--from", "Public.md"]).stdout).unwrap();
        assert_eq!(resolved["dest"], Value::Null, "{resolved}");
        assert!(sandbox.text(&["sync"]).contains("4 private"));
    });
}

#[test]
fn what_becomes_private_is_purged_and_comes_back() {
    on_both("", |sandbox, found| {
        sandbox.write("Public.md", PUBLIC);
        // In the index beside many others, as notes are.
        (0..20).for_each(|i| sandbox.write(&format!("other {i}.md"), format!("The other note {i}.")));
        sandbox.write("Plan.md", secret(""));
        sandbox.sync();
        sandbox.write("Plan.md", secret("edited: once\n"));
        sandbox.sync();
        let found_by_word = |word: &str| column(&sandbox.json(&["search", "--strict", word]), "results", "/path");
        assert_eq!(found_by_word(WORD), ["Plan.md"]);
        assert!(!found().is_empty());
        sandbox.write("Plan.md", secret("private: true\n"));
        // Before any sync: the index has it, and no answer shows it.
        assert_eq!(found_by_word("plans"), [""; 0]);
        sandbox.sync();
        assert_nowhere(found, "after the sync");
        sandbox.text(&["verify"]);
        assert_eq!(column(&sandbox.json(&["unresolved"]), "results", "/unresolved"), ["Plan"]);
        let questions = column(&sandbox.json(&["log"]), "results", "/query");
        assert!(questions.contains(&"(private)".to_owned()), "the lookup stays, without its words: {questions:?}");
        sandbox.write("Plan.md", secret("private: false\n"));
        sandbox.sync();
        assert_eq!(found_by_word(WORD), ["Plan.md"]);
        assert_eq!(column(&sandbox.json(&["unresolved"]), "results", "/unresolved"), ["zyxqvo link"]);
        let fresh = Sandbox::new().over(&sandbox.vault).configured("[projects]\nunknown = \"create\"\n");
        fresh.sync();
        assert_eq!(fresh.json(&["dump"]), sandbox.json(&["dump"]));
        sandbox.text(&["verify"]);
    });
}

#[test]
fn what_moves_to_a_private_folder_is_purged_also_from_the_archive() {
    on_both("[[vault]]\npath = \"vault\"\nprivate = [\"Diary/\"]\n", |sandbox, found| {
        sandbox.write("Public.md", PUBLIC);
        for name in ["renamed", "copied", "late", "kept"] {
            sandbox.write(&format!("{name}.md"), secret(&format!("name: {name}\n")));
        }
        sandbox.sync();
        // The halves of a move, one after the other; and a move that makes another file.
        let elsewhere = sandbox.home().join("late.md");
        std::fs::rename(sandbox.vault.join("late.md"), &elsewhere).unwrap();
        sandbox.sync();
        sandbox.rename("renamed.md", "Diary/renamed.md");
        std::fs::rename(&elsewhere, sandbox.vault.join("Diary/late.md")).unwrap();
        std::fs::copy(sandbox.vault.join("copied.md"), sandbox.vault.join("Diary/copied.md")).unwrap();
        sandbox.remove("copied.md");
        sandbox.rename("kept.md", "Diary/kept.md");
        sandbox.sync();
        assert_nowhere(found, "after the move");
        assert_eq!(paths(sandbox), ["Public.md"]);
        sandbox.rename("Diary/kept.md", "kept.md");
        sandbox.sync();
        assert_eq!(paths(sandbox), ["Public.md", "kept.md"]);
    });
}

#[test]
fn another_setting_counts_from_the_next_sync_on() {
    on_both("", |sandbox, found| {
        let configure =
            |text: &str| std::fs::write(sandbox.home().join("sync.toml"), format!("{text}[projects]\nunknown = \"create\"\n")).unwrap();
        sandbox.write("Diary/day.md", secret("secret: yes\n"));
        sandbox.write("Gone/day.md", secret(""));
        sandbox.write("Public.md", PUBLIC);
        sandbox.sync();
        sandbox.remove("Gone/day.md");
        sandbox.sync();
        for config in ["[notes]\nprivate_property = \"secret\"\n", "[[vault]]\npath = \"vault\"\nprivate = [\"Diary/\"]\n"] {
            configure(
                &(config.to_owned() + if config.contains("vault") { "" } else { "[[vault]]\npath = \"vault\"\nprivate = [\"Gone/\"]\n" }),
            );
            sandbox.sync();
            assert_eq!(paths(sandbox), ["Public.md"]);
            assert_nowhere(found, config);
            configure("");
            sandbox.sync();
            assert_eq!(paths(sandbox), ["Diary/day.md", "Public.md"]);
        }
    });
}

#[test]
fn a_watcher_purges_what_becomes_private() {
    on_both("[[vault]]\npath = \"vault\"\nprivate = [\"Diary/\"]\n", |sandbox, found| {
        sandbox.write("Public.md", PUBLIC);
        sandbox.write("Plan.md", secret(""));
        sandbox.write("Moved.md", secret("name: moved\n"));
        std::fs::create_dir(sandbox.vault.join("Diary")).unwrap();
        sandbox.sync();
        let watcher = Running(sandbox.command(&["watch"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let found_by_word = || column(&sandbox.json(&["search", "--strict", WORD]), "results", "/path").len();
        wait_until(Duration::from_secs(60), "both are found", || found_by_word() == 2);
        sandbox.write("Plan.md", secret("private: true\n"));
        sandbox.rename("Moved.md", "Diary/Moved.md");
        wait_until(Duration::from_secs(60), "both are gone", || found().is_empty());
        drop(watcher);
        sandbox.sync();
        assert_nowhere(found, "after the watcher");
    });
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What tells of notes is its owner's alone, whatever the shell would have it.
#[test]
fn files_of_ours_are_closed_to_others() {
    let sandbox = Sandbox::of("vault").configured("");
    let run = |args: &[&str]| {
        let mut command = sandbox.command(args);
        let status = open_to_all(&mut command).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{args:?}");
    };
    for args in [&["sync"][..], &["search", "session"], &["search", "--fresh=always", "session"], &["log"], &["resync"], &["status"]] {
        run(args);
        check_modes(&sandbox);
    }
    let mut command = sandbox.command(&["watch"]);
    let watcher = Running(open_to_all(&mut command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    sandbox.write("new.md", "A needle.");
    wait_until(Duration::from_secs(60), "the watcher follows", || {
        column(&sandbox.json(&["search", "needle"]), "results", "/path") == ["new.md"]
    });
    check_modes(&sandbox);
    drop(watcher);
    let config = sandbox.home().join("made/sync.toml");
    run(&["--config", config.to_str().unwrap(), "init", sandbox.vault.to_str().unwrap()]);
    assert_eq!(std::fs::metadata(&config).unwrap().permissions().mode() & 0o777, 0o600);
}

/// Has the command run under a shell whose umask takes nothing away.
fn open_to_all(command: &mut std::process::Command) -> &mut std::process::Command {
    let (program, args) = (command.get_program().to_owned(), command.get_args().map(ToOwned::to_owned).collect::<Vec<_>>());
    let variables: Vec<_> = command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    let folder = command.get_current_dir().unwrap().to_owned();
    *command = std::process::Command::new("sh");
    command.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(program).args(args).env_clear().envs(variables).current_dir(folder);
    command.process_group(0).stdin(Stdio::null())
}

fn check_modes(sandbox: &Sandbox) {
    let mut n_files = 0;
    for entry in walkdir::WalkDir::new(&sandbox.data_dir).into_iter().flatten() {
        // What goes while we look is not looked at.
        let Ok(metadata) = entry.path().symlink_metadata() else { continue };
        let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.permissions().mode() & 0o777, wanted, "{}", entry.path().display());
        n_files += 1;
    }
    assert!(n_files > 10);
}
