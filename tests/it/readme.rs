//! README and docs show what the binary prints today: each `$ vault-sync` line of a page's `console` blocks is run, in order, in a home whose
//! `~/Notes` is the sample vault, mirrored by `init`; the README mirrors it itself. `README=write tests/run pages` writes the answers anew;
//! read the difference before you keep it. What no test can run (servers, installing) must be a command line all the same.

use crate::support::{Sandbox, copy_folder, fixture, stdout};
use clap::{CommandFactory as _, error::ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Stands in a page for what differs from run to run.
const VARIES: &str = "...";

/// The README, and the pages of `docs/`.
pub fn pages() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(fixture("../docs")).expect("there are docs").map(|entry| entry.expect("docs can be listed").path());
    let mut pages: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|kind| kind == "md")).collect();
    pages.push(fixture("../README.md"));
    pages
}

/// Returns whether pages are to be written anew.
pub fn writes() -> bool {
    std::env::var("README").is_ok_and(|wish| wish == "write")
}

#[test]
fn the_pages_show_what_the_binary_prints() {
    for path in pages() {
        let page = std::fs::read_to_string(&path).expect("a page can be read");
        let sandbox = home();
        if !path.ends_with("README.md") && page.contains("```console") {
            run("vault-sync init ~/Notes", &sandbox);
        }
        let (today, differences) = answered(&page, &sandbox);
        if writes() && !differences.is_empty() {
            std::fs::write(&path, today).expect("a page can be written");
            continue;
        }
        let shown = path.display();
        assert!(differences.is_empty(), "{shown}\n{}\n`README=write tests/run pages` writes these", differences.join("\n"));
    }
}

#[test]
fn every_command_line_of_the_pages_is_one() {
    let mut wrong = Vec::new();
    let mut n_lines = 0;
    for path in pages() {
        let page = std::fs::read_to_string(&path).expect("a page can be read");
        let blocks = page.split("\n```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
        for line in blocks.filter(|(kind, _)| ["sh", "console"].contains(kind)).flat_map(|(_, block)| block.lines()) {
            for words in command_lines(line.strip_prefix("$ ").unwrap_or(line)) {
                n_lines += 1;
                let error = vault_sync::cli::Arguments::command().try_get_matches_from(&words).err();
                // Of what the pages show to be mistyped, the answer says so.
                let is_known =
                    error.as_ref().is_none_or(|error| matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion));
                if !is_known && !page.contains(&format!("{line}\nerror: ")) {
                    wrong.push(format!("{}: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty() && n_lines > 70, "{n_lines} lines, of which no commands are\n{}", wrong.join("\n"));
}

/// Returns the words of each `vault-sync` command in a line for the shell.
fn command_lines(line: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words, mut word, mut quote) = (Vec::new(), Vec::new(), None::<String>, None);
    for c in line.chars().chain(['\n']) {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            // The rest is a comment.
            (None, '#') if word.is_none() => break,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() || "|&;<>()".contains(c) => {
                words.extend(word.take());
                if !c.is_whitespace() || c == '\n' {
                    commands.push(std::mem::take(&mut words));
                }
            }
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    commands.push(words);
    commands.into_iter().filter(|words| words.first().is_some_and(|word| word == "vault-sync")).collect()
}

/// Returns a page with today's answers below its commands, and those that differ from what is shown.
fn answered(page: &str, sandbox: &Sandbox) -> (String, Vec<String>) {
    let (mut text, mut differences) = (String::new(), Vec::new());
    let mut block = Block::None;
    let mut lines = page.lines().peekable();
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
