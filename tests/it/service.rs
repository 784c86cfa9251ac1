//! `service`: what it writes, what it types, and what it says where that fails. The managers are played by scripts that note what they are told.

use crate::support::{Sandbox, stderr, stdout};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const UNIT: &str = ".config/systemd/user/vault-sync.service";
const AGENT: &str = "Library/LaunchAgents/vault-sync.plist";

/// What the played managers answer: `systemctl show`, `launchctl print`, and `journalctl`.
const MANAGERS: [(&str, &str); 3] = [
    (
        "systemctl",
        "case $2 in show) printf 'ActiveState=active\\nUnitFileState=enabled\\nMainPID=17\\nStatusText=watching\\nNRestarts=1\\n';; esac",
    ),
    ("launchctl", "case $1 in print) printf 'gui = {\\n\\tstate = running\\n\\tpid = 17\\n}\\n';; bootout) exit 3;; esac"),
    ("journalctl", "echo journal"),
];

/// Returns a home with a configuration, and a vault whose name is not easily written down.
pub fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    let vault = sandbox.home().join("100% of $my & \"notes\"");
    std::fs::rename(&sandbox.vault, &vault).unwrap();
    let sandbox = sandbox.over(&vault);
    sandbox.write("one.md", "First.");
    let output = sandbox.bare_command(&["-q", "init"]).arg(&sandbox.vault).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    sandbox
}

/// Returns the command, with the managers played, or, where they are not, without any.
pub fn service(sandbox: &Sandbox, are_played: bool, args: &[&str]) -> Command {
    let folder = sandbox.home().join(if are_played { "played" } else { "none" });
    if !folder.exists() {
        std::fs::create_dir(&folder).unwrap();
        for (name, answer) in MANAGERS.iter().filter(|_| are_played) {
            let script = format!("#!/bin/sh\necho \"{name} $*\" >> '{}'\n{answer}\n", sandbox.home().join("told").display());
            std::fs::write(folder.join(name), script).unwrap();
            std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    let mut command = sandbox.bare_command(&[&["service"], args].concat());
    command.env("PATH", folder);
    command
}

fn run(sandbox: &Sandbox, args: &[&str]) -> String {
    let output = service(sandbox, true, args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    stdout(&output)
}

/// Returns what the managers were told since this was asked last.
fn told(sandbox: &Sandbox) -> Vec<String> {
    let file = sandbox.home().join("told");
    let told = std::fs::read_to_string(&file).unwrap_or_default();
    let _ = std::fs::remove_file(file);
    told.lines().map(str::to_owned).collect()
}

fn refused(output: &Output, exit: i32, said: &str) {
    assert_eq!((output.status.code(), stdout(output).contains("$ ")), (Some(exit), false), "{}", stderr(output));
    assert!(stderr(output).contains(said) && stderr(output).contains("\n  "), "what, and what to do: {}", stderr(output));
}

#[test]
fn a_unit_is_shown_written_started_and_removed() {
    let s = home();
    let file = s.home().join(UNIT);
    let shown = run(&s, &["install", "--dry-run", "--manager", "systemd"]);
    assert!(shown.ends_with("$ systemctl --user daemon-reload\n$ systemctl --user enable --now vault-sync.service\n"), "{shown}");
    assert!(!file.exists() && told(&s).is_empty(), "a dry run shows only");
    run(&s, &["install", "--manager", "systemd"]);
    assert_eq!(told(&s), ["systemctl --user daemon-reload", "systemctl --user enable --now vault-sync.service"]);
    let unit = std::fs::read_to_string(&file).unwrap();
    assert!(unit.lines().all(|line| shown.contains(&format!("+ {line}\n"))), "what is written was shown");
    let place = |name: &str| s.home().join(name).display().to_string();
    let line = format!(
        "ExecStart={} --config {} --data-dir {} watch",
        env!("CARGO_BIN_EXE_vault-sync"),
        place(".config/vault-sync/sync.toml"),
        place(".local/share/vault-sync")
    );
    assert!(unit.lines().any(|there| there == line), "{line}\n{unit}");
    let again = run(&s, &["install", "--manager", "systemd"]);
    assert!(again.contains("nothing to change"), "twice is once: {again}");
    assert!(told(&s).contains(&"systemctl --user restart vault-sync.service".to_owned()), "what runs may be older than what is written");
    // What was changed by hand is shown, kept beside it, and taken up by the service that runs.
    std::fs::write(&file, unit.replace("RestartSec=15", "RestartSec=1")).unwrap();
    told(&s);
    let mended = run(&s, &["install", "--manager", "systemd"]);
    assert!(mended.contains("- RestartSec=1\n+ RestartSec=15\n") && mended.contains("before: "), "{mended}");
    assert!(told(&s).contains(&"systemctl --user restart vault-sync.service".to_owned()));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), unit);
    assert_eq!(run(&s, &["logs", "-n", "7", "-f", "--manager", "systemd"]), "journal\n");
    assert_eq!(told(&s), ["journalctl --user-unit vault-sync.service --no-pager --lines 7 --follow"]);
    run(&s, &["uninstall", "--manager", "systemd"]);
    assert_eq!(told(&s), ["systemctl --user disable --now vault-sync.service", "systemctl --user daemon-reload"]);
    assert!(!file.exists());
    assert!(run(&s, &["uninstall", "--manager", "systemd"]).contains("nothing to change"));
}

#[test]
fn an_agent_is_written_loaded_and_removed() {
    let s = home();
    let vault = s.vault.display().to_string();
    let output = service(&s, true, &["install", "--manager", "launchd"]).env("VAULT_SYNC_VAULT", &vault).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let file = s.home().join(AGENT);
    let (uid, agent) = (uid(), file.display().to_string());
    assert_eq!(told(&s), [format!("launchctl bootout gui/{uid}/vault-sync"), format!("launchctl bootstrap gui/{uid} {agent}")]);
    let read = "import plistlib, sys, json; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    let read = Command::new("python3").args(["-c", read]).arg(&file).output().expect("python3 is there, as for tests/run");
    let agent: Value = serde_json::from_str(&stdout(&read)).unwrap_or_else(|_| panic!("no property list: {}", stderr(&read)));
    let arguments: Vec<&str> = agent["ProgramArguments"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(arguments[3..5], ["--vault", vault.as_str()], "{arguments:?}");
    assert_eq!((&agent["RunAtLoad"], &agent["KeepAlive"]["SuccessfulExit"], &agent["Umask"]), (&true.into(), &false.into(), &63.into()));
    let log = PathBuf::from(agent["StandardErrorPath"].as_str().unwrap());
    assert!(log.starts_with(s.home()) && log.parent().unwrap().is_dir(), "launchd makes no folders");
    refused(&service(&s, true, &["logs", "--manager", "launchd"]).output().unwrap(), 1, "has said nothing yet");
    std::fs::write(&log, "one\ntwo\x1b[31m\nthree\n").unwrap();
    assert_eq!(run(&s, &["logs", "-n", "2", "--manager", "launchd"]), "two\u{fffd}[31m\nthree\n");
    assert!(run(&s, &["status", "--manager", "launchd"]).contains("running, process 17\n"));
    let mut follow = service(&s, true, &["logs", "-n", "1", "-f", "--manager", "launchd"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "three");
    std::fs::File::options().append(true).open(&log).unwrap().write_all(b"four\n").unwrap();
    assert_eq!(lines.next().unwrap(), "four");
    std::fs::write(&log, "new\n").unwrap();
    assert_eq!(lines.next().unwrap(), "new", "one that was put aside");
    follow.kill().unwrap();
    follow.wait().unwrap();
    run(&s, &["uninstall", "--manager", "launchd"]);
    assert!(!file.exists());
}

fn uid() -> String {
    stdout(&Command::new("id").arg("-u").output().unwrap()).trim().to_owned()
}

#[test]
fn where_no_manager_answers_it_says_what_is_left_to_type() {
    let s = home();
    let output = service(&s, false, &["install", "--manager", "systemd"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let file = s.home().join(UNIT);
    let left = "systemctl --user daemon-reload && systemctl --user enable --now vault-sync.service\n";
    let said = format!(
        "vault-sync: {} is written, and `systemctl --user daemon-reload` failed: there is no systemctl here\n  type this where it works: {left}",
        file.display()
    );
    assert_eq!(stderr(&output), said);
    let status = stdout(&service(&s, false, &["status", "--manager", "systemd"]).output().unwrap());
    assert_eq!(
        status,
        format!("installed: {}\nwhether it runs is not known: there is no systemctl here\nwatcher absent\n", file.display())
    );
    let output = service(&s, false, &["uninstall", "--manager", "systemd"]).output().unwrap();
    refused(&output, 1, &format!("&& rm {} && systemctl --user daemon-reload", file.display()));
    assert!(file.exists(), "what may run still is not forgotten");
    refused(&service(&s, false, &["logs", "--manager", "systemd"]).output().unwrap(), 1, "no journalctl here");
}

#[test]
fn status_says_what_it_is_like() {
    let s = home();
    let file = s.home().join(UNIT);
    let status = |command: &mut Command| stdout(&command.output().unwrap());
    let first = status(&mut service(&s, true, &["status", "--manager", "systemd"]));
    assert!(first.starts_with(&format!("not installed: there is no {}; `vault-sync service install`", file.display())), "{first}");
    run(&s, &["install", "--manager", "systemd"]);
    let running = "active, process 17, enabled, started again 1 times\nit says: watching\nwatcher absent\n";
    assert_eq!(run(&s, &["status", "--manager", "systemd"]), format!("installed: {}\n{running}", file.display()));
    let moved = status(service(&s, true, &["status", "--manager", "systemd"]).env("VAULT_SYNC_DATA_DIR", s.home().join("other")));
    assert!(moved.contains("which is not what `vault-sync service install` would write now\nactive"), "{moved}");
    let lost = status(service(&s, true, &["status", "--manager", "systemd"]).env("VAULT_SYNC_CONFIG", "nowhere.toml"));
    assert!(lost.contains("which cannot be compared"), "{lost}");
}

#[test]
fn what_does_not_belong_into_a_service_is_refused() {
    let s = home();
    let install = |change: &dyn Fn(&mut Command)| {
        let mut command = service(&s, true, &["install", "--manager", "systemd"]);
        change(&mut command);
        command.output().unwrap()
    };
    let with_address = install(&|command| {
        command.env("VAULT_SYNC_DATABASE_URL", "postgres://me:secret@h/d").arg("-q");
    });
    refused(&with_address, 2, "comes from VAULT_SYNC_DATABASE_URL");
    assert!(!stderr(&with_address).contains("secret"));
    let by_flag = install(&|command| {
        command.args(["--database-url", "postgres://me:secret@h/d"]);
    });
    refused(&by_flag, 2, "comes from a flag");
    let odd = install(&|command| {
        command.args(["--data-dir", "a\nb"]);
    });
    refused(&odd, 2, "cannot stand in the file of a service");
    let file = s.home().join(UNIT);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "[Service]\nExecStart=/bin/true\n").unwrap();
    refused(&install(&|_| {}), 1, "vault-sync did not make it");
    refused(&service(&s, true, &["uninstall", "--manager", "systemd"]).output().unwrap(), 1, "vault-sync did not make it");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/dev/null", &file).unwrap();
    refused(&install(&|_| {}), 1, "move it away first");
    assert!(told(&s).is_empty() && file.is_symlink());
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return;
    }
    let s = home();
    let program = s.home().join("100% of $HOME");
    std::fs::create_dir(&program).unwrap();
    let program = program.join("vault-sync");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_vault-sync"), &program).unwrap();
    let install = |vault: &Path| {
        let output = service(&s, true, &["install", "--manager", "systemd"]).env("VAULT_SYNC_VAULT", vault).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        std::fs::read_to_string(s.home().join(UNIT)).unwrap()
    };
    let unit = install(&s.vault);
    assert!(unit.contains("100%% of $$my & \\\"notes\\\"\" "), "{unit}");
    // The program's own path is resolved when it starts: one that is hard to write down is put in its place.
    let unit = unit.replace(env!("CARGO_BIN_EXE_vault-sync"), &format!("\"{}\"", program.display().to_string().replace('%', "%%")));
    std::fs::write(s.home().join(UNIT), unit).unwrap();
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--user", "--man=no"])
        .arg(s.home().join(UNIT))
        .env("HOME", s.home())
        .env("XDG_RUNTIME_DIR", s.home())
        .output()
        .unwrap();
    assert!(verified.status.success() && verified.stderr.is_empty(), "{}", stderr(&verified));
}
