//! The README shows what the binary prints today: each `$ vault-sync` line of its `console` blocks is run, in order, in a home whose `~/Notes` is
//! the sample vault. `README=write tests/run readme` writes the answers anew; read the difference before you keep it.

use crate::support::{Sandbox, copy_folder, fixture, stdout};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Stands in the README for what differs from run to run.
const VARIES: &str = "...";

#[test]
fn the_readme_shows_what_the_binary_prints() {
    let path = fixture("../README.md");
    let readme = std::fs::read_to_string(&path).expect("there is a README");
    let (today, differences) = answered(&readme, &home());
    if std::env::var("README").is_ok_and(|wish| wish == "write") {
        std::fs::write(&path, today).expect("the README can be written");
        return;
    }
    assert!(differences.is_empty(), "\n{}\n`README=write tests/run readme` writes these", differences.join("\n"));
}

/// Returns the README with today's answers below its commands, and those that differ from what is shown.
fn answered(readme: &str, sandbox: &Sandbox) -> (String, Vec<String>) {
    let (mut text, mut differences) = (String::new(), Vec::new());
    let mut block = Block::None;
    let mut lines = readme.lines().peekable();
    while let Some(line) = lines.next() {
        block = match (block, line) {
            (Block::None, "```console") => Block::Console,
            (Block::None, line) if line.starts_with("```") => Block::Other,
            (Block::Console | Block::Other, "```") => Block::None,
            (block, _) => block,
        };
        text.push_str(line);
        text.push('\n');
        let Some(command) = line.strip_prefix("$ ").filter(|command| block == Block::Console && is_run(command)) else { continue };
        let mut shown = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ") && *line != "```") {
            shown.push(line);
        }
        let printed = run(command, sandbox);
        if printed.lines().count() == shown.len() && printed.lines().zip(&shown).all(|(printed, shown)| is_same(shown, printed)) {
            shown.iter().for_each(|line| text.extend([line, "\n"]));
        } else {
            text.push_str(&printed);
            differences.push(format!("$ {command}\n{printed}"));
        }
    }
    (text, differences)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    None,
    Console,
    Other,
}

/// Other programs may not be there, and `watch` has no end.
fn is_run(command: &str) -> bool {
    command.starts_with("vault-sync ") && command != "vault-sync watch"
}

/// Returns whether a shown line is what was printed, up to what varies.
fn is_same(shown: &str, printed: &str) -> bool {
    match shown.split_once(VARIES) {
        Some((head, tail)) => printed.len() >= head.len() + tail.len() && printed.starts_with(head) && printed.ends_with(tail),
        None => shown == printed,
    }
}

/// Runs a command line and returns all that it says, with the home as people write it.
fn run(command: &str, sandbox: &Sandbox) -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_vault-sync")).parent().expect("the binary lies in a folder");
    let paths = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("{command} 2>&1")]).current_dir(sandbox.home());
    shell.env_clear().env("HOME", sandbox.home()).env("PATH", paths);
    let output = shell.output().expect("a shell starts");
    stdout(&output).replace(&sandbox.home().display().to_string(), "~")
}

/// Returns a home with the sample vault in `~/Notes`, its files an hour old.
pub fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    let notes = sandbox.home().join("Notes");
    copy_folder(&fixture("vault"), &notes);
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    for entry in walkdir::WalkDir::new(&notes) {
        let entry = entry.expect("the vault can be walked");
        if entry.file_type().is_file() {
            let file = std::fs::File::options().append(true).open(entry.path()).expect("the file can be opened");
            file.set_modified(an_hour_ago).expect("its time can be set");
        }
    }
    sandbox
}
