//! The first minutes: `init` finds the vaults, writes them down once, and says of each thing that may be wrong what to do.

use crate::support::{Sandbox, stderr, stdout};
use std::path::Path;

/// Returns a home with two vaults of one name, a folder that is none, and one that only holds a vault.
fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    for file in
        ["Notes/.obsidian/app.json", "Notes/a.md", "Work/Notes/.obsidian/app.json", "Work/Notes/b.md", "plain/p.md", "holder/A/.obsidian/x"]
    {
        let file = sandbox.home().join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "text").unwrap();
    }
    sandbox
}

fn known_to_obsidian(sandbox: &Sandbox, list: &str, vaults: &[&str]) {
    let path = sandbox.home().join(list);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let vaults = vaults.iter().map(|vault| format!("\"{vault}\": {{\"path\": \"{}\"}}", sandbox.home().join(vault).display()));
    std::fs::write(path, format!("{{\"vaults\": {{{}}}}}", vaults.collect::<Vec<_>>().join(", "))).unwrap();
}

/// Runs a command line in a folder of the home, expects its exit code, and returns what it said on both streams, the home as `~`.
fn say(sandbox: &Sandbox, folder: &str, line: &str, code: i32) -> String {
    let args: Vec<&str> = line.split(' ').collect();
    let output = sandbox.bare_command(&args).current_dir(sandbox.home().join(folder)).output().unwrap();
    let said = (stdout(&output) + &stderr(&output)).replace(&sandbox.home().display().to_string(), "~");
    assert_eq!(output.status.code(), Some(code), "{line}: {said}");
    said
}

fn configuration(sandbox: &Sandbox) -> String {
    std::fs::read_to_string(sandbox.home().join(".config/vault-sync/sync.toml")).unwrap_or_default()
}

#[test]
fn whatever_a_newcomer_gets_wrong_has_a_cure_and_writes_nothing() {
    let sandbox = home();
    for (folder, line, message, cure) in [
        ("", "init", "no vault found", "`vault-sync init DIR`"),
        ("", "init --all", "no vault found", "`vault-sync init DIR`"),
        ("", "init Nots", "there is no folder Nots", "did you mean ~/Notes?"),
        ("", "--vault Nots init", "there is no folder ~/Nots", "did you mean ~/Notes?"),
        ("", "init no/such/place", "there is no folder", "as `vault-sync init ~/Notes`"),
        ("", "init Notes/a.md", "is a file, and a vault is a folder", "perhaps `vault-sync init Notes`"),
        ("Notes", "init a.md", "is a file, and a vault is a folder", "perhaps `vault-sync init .`"),
        ("", "init .", "is more than a vault", "name the folder of your notes"),
        ("", "init /", "is more than a vault", "name the folder of your notes"),
        ("", "init holder", "holder is no vault, and one is in it", "`vault-sync init ~/holder/A`"),
        ("", "--config Notes/sync.toml init Notes", "would lie inside the vault", "choose another file with --config"),
        ("", "--config Notes/new/folder/sync.toml init Notes", "would lie inside the vault", "choose another file with --config"),
        ("", "--data-dir Notes/data init Notes", "lies inside the vault", "choose another with --data-dir"),
        ("", "init Notes --al", "unexpected argument '--al'", "--all"),
        ("", "sync", "no vault given", "run `vault-sync init`"),
        ("", "search words", "no vault given", "run `vault-sync init`"),
    ] {
        let said = say(&sandbox, folder, line, 2);
        assert!(said.contains(message) && said.contains(cure), "{line}: {said}");
        assert!(configuration(&sandbox).is_empty() && !sandbox.home().join("Notes/data").exists(), "{line}");
        assert!(!sandbox.home().join("Notes/new").exists(), "{line}");
    }
    known_to_obsidian(&sandbox, ".config/obsidian/obsidian.json", &["Notes", "Work/Notes", "gone"]);
    let said = say(&sandbox, "", "init", 2);
    let expected =
        "Obsidian knows 2 vaults, and none was named\n  vault-sync init ~/Notes\n  vault-sync init ~/Work/Notes\n  vault-sync init --all";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn a_database_that_is_away_leaves_a_configuration_to_go_on_with() {
    let sandbox = home();
    let said = say(&sandbox, "", "--database-url postgres://me:secret@localhost:1/x init Notes", 75);
    assert!(said.contains("check that the database is running") && !said.contains("secret"), "{said}");
    assert!(configuration(&sandbox).contains("path = \"~/Notes\"") && !configuration(&sandbox).contains("secret"));
    let said = say(&sandbox, "", "init Notes", 0);
    assert!(said.contains("sync.toml stays as it is") && said.contains("Notes: 1 added"), "{said}");
}

#[test]
fn the_vault_is_found_where_it_is_to_be_expected() {
    for (list, known, folder, line, found) in [
        ("none", &[][..], "", "init Notes", "Notes: 1 added"),
        ("none", &[], "", "init plain", "plain has no .obsidian in it"),
        ("none", &[], "", "init holder/A/.obsidian", "is a folder of the vault ~/holder/A"),
        ("none", &[], "Work/Notes", "init", "vault ~/Work/Notes (current folder)"),
        (".config/obsidian/obsidian.json", &["Notes"], "", "init", "vault ~/Notes (the one that Obsidian knows)"),
        (".var/app/md.obsidian.Obsidian/config/obsidian/obsidian.json", &["Notes"], "", "init", "vault ~/Notes (the one"),
        ("snap/obsidian/current/.config/obsidian/obsidian.json", &["Notes"], "", "init", "vault ~/Notes (the one"),
        ("Library/Application Support/obsidian/obsidian.json", &["Notes"], "", "init", "vault ~/Notes (the one"),
        (".config/obsidian/obsidian.json", &["Notes", "plain"], "Work/Notes", "init", "vault ~/Work/Notes (current folder)"),
    ] {
        let sandbox = home();
        known_to_obsidian(&sandbox, list, known);
        let said = say(&sandbox, folder, line, 0);
        assert!(said.contains(found) && said.contains("wrote ~/.config/vault-sync/sync.toml"), "{line} in '{folder}': {said}");
        assert!(said.contains("next:\n  vault-sync search WORDS"), "{said}");
    }
}

#[test]
fn every_vault_is_written_down_once_and_found_from_everywhere() {
    let sandbox = home();
    known_to_obsidian(&sandbox, ".config/obsidian/obsidian.json", &["Notes", "Work/Notes"]);
    let said = say(&sandbox, "", "init --all", 0);
    assert!(said.contains("Notes: 1 added\nWork Notes: 1 added"), "{said}");
    let first = configuration(&sandbox);
    let said = say(&sandbox, "", "init", 0);
    assert!(said.contains("Notes: 1 unchanged\nWork Notes: 1 unchanged"), "{said}");
    assert_eq!(configuration(&sandbox), first);
    // Also from inside another vault, which is not the one that is meant.
    let said = say(&sandbox, "Notes", "init ../plain", 0);
    assert!(said.contains("plain: 1 added") && said.contains("added this vault to"), "{said}");
    assert!(configuration(&sandbox).starts_with(&first));
    assert_eq!(say(&sandbox, "", "search text --format path", 0).lines().count(), 3);
}

#[test]
fn what_to_type_next_finds_what_was_made() {
    let sandbox = home();
    let said = say(&sandbox, "", "--config made/sync.toml --data-dir data init Notes", 0);
    assert!(said.contains("vault-sync --config made/sync.toml search WORDS"), "{said}");
    assert_eq!(say(&sandbox, "", "--config made/sync.toml search text --format path", 0), "a.md\n");
    assert!(sandbox.home().join("data/index").is_dir() && !Path::new("data").exists());
    let said = say(&sandbox, "", "--config made/sync.toml --data-dir other init Notes", 0);
    assert!(said.contains("vault-sync --config made/sync.toml --data-dir other search WORDS"), "{said}");
    assert!(configuration(&sandbox).is_empty());
}

/// A link stays a link, and what stands in its file stays.
#[cfg(unix)]
#[test]
fn a_configuration_that_is_a_link_takes_a_further_vault() {
    let sandbox = home();
    let kept = sandbox.home().join("dotfiles.toml");
    std::fs::write(&kept, "[search]\nlimit = 3 # mine").unwrap();
    let link = sandbox.home().join(".config/vault-sync/sync.toml");
    std::fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&kept, &link).unwrap();
    say(&sandbox, "", "init Notes", 0);
    assert!(link.is_symlink());
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "[search]\nlimit = 3 # mine\n\n[[vault]]\npath = \"~/Notes\"\n");
}
