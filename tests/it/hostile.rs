//! Notes and names made to do harm: they cost no more than their share, the rest of the vault is as it was, and nothing in a vault is
//! obeyed, executed or fetched.

use crate::support::{Sandbox, column, stderr, stdout};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

/// Failures 3 and 10 of the peers: giant notes take all memory, or are missing without a word.
#[test]
fn a_note_that_is_too_large_is_named_and_the_rest_is_read() {
    let s = Sandbox::new().configured("[notes]\nlargest_mib = 1\n");
    s.write("just.md", "zebra ".repeat(170_000));
    s.write("too large.md", "zebra ".repeat(180_000));
    s.write("too large.canvas", format!("{{\"nodes\": [{}]}}", " ".repeat(1 << 20)));
    s.write("too large.png", vec![7; 2 << 20]);
    s.write("small.md", "A zebra, see [[too large]].");
    for command in ["sync", "resync", "sync"] {
        let output = s.vault_sync(&[command]);
        assert_eq!(output.status.code(), Some(1));
        let said = stdout(&output);
        assert!(said.contains("failed: too large.md (larger than 1 MiB") && said.contains("largest_mib"), "{said}");
        assert!(said.contains("failed: too large.canvas") && !said.contains("too large.png"), "{said}");
        assert_eq!(column(&s.json(&["search", "--strict", "zebra"]), "results", "/path").len(), 2);
        let status = &s.json(&["status"])["vaults"][0];
        assert_eq!((&status["on_disk"], &status["failed"]), (&5.into(), &2.into()), "{status}");
    }
    assert_eq!(s.json(&["links", "small"])["results"][0]["dest"], "too large.md", "its name can be meant");
    s.write("too large.md", "No more, zebra.");
    s.vault_sync(&["sync"]);
    assert_eq!(column(&s.json(&["search", "--strict", "more zebra"]), "results", "/path"), ["too large.md"]);
}

/// Names that a file can have, each a note that is found by its text, printed, and followed through a rename.
#[test]
fn whatever_a_note_is_called_it_is_found() {
    let names = [
        "with\nbreak.md".to_owned(),
        "with\ttab.md".to_owned(),
        "\"quoted\" 'twice' `and` $(so).md".to_owned(),
        "-n.md".to_owned(),
        "--help.md".to_owned(),
        "back\\slash.md".to_owned(),
        "%41 & <b> {x} [y] #z ^c |d.md".to_owned(),
        " blank at both ends .md".to_owned(),
        "*?.md".to_owned(),
        "; rm -rf x; '--.md".to_owned(),
        format!("{}.md", "n".repeat(252)),
        format!("{}.md", "é".repeat(126)),
        "\u{202e}dm.exe.md".to_owned(),
        "two..dots.md".to_owned(),
        "NUL.md".to_owned(),
        "emoji 👩‍👩‍👧‍👦.md".to_owned(),
    ];
    let s = Sandbox::new();
    names.iter().enumerate().for_each(|(i, name)| s.write(name, format!("Word{i}word and [[{i}]].")));
    let invalid = std::ffi::OsString::from_vec(b"not \xff UTF-8.md".to_vec());
    std::fs::write(s.vault.join(&invalid), "Lost.").unwrap();
    s.sync();
    assert_eq!(s.json(&["status"])["vaults"][0]["excluded"], 1, "the one that is no text is counted");
    for (i, name) in names.iter().enumerate() {
        assert_eq!(column(&s.json(&["search", "--strict", &format!("word{i}word")]), "results", "/path"), [name.as_str()]);
        assert_eq!(s.json(&["show", "--", name])["path"], **name);
        assert_eq!(s.text(&["search", "-0", &format!("word{i}word")]), format!("{name}\0"));
        s.rename(name, &format!("moved/{name}"));
    }
    s.sync();
    assert_eq!(s.text(&["ls", "-0", "--path", "moved"]).matches('\0').count(), names.len());
    let moved = s.json(&["sql", "select count(*) as n from claude.changes where op = 'renamed'"]);
    assert_eq!(moved["results"][0]["n"], names.len(), "{moved}");
    s.text(&["status", "--strict"]);
}

/// What takes other engines for ever takes time that grows with the text; what would take too much memory is refused.
#[test]
fn no_expression_is_a_catastrophe() {
    let s = Sandbox::new();
    s.write("a.md", "a".repeat(100_000));
    s.write(".obsidian/app.json", "{\"userIgnoreFilters\": [\"/(x+x+)+y/\", \"/((a{1000}){1000}){1000}/\", \"/(/\"]}");
    s.sync();
    for (expression, code) in [("/(a*)*b/", 0), ("/(a|aa)+$/", 0), ("/(a+a+)+b/", 0), ("/((a{1000}){1000}){1000}/", 2), ("/(/", 2)] {
        let output = s.vault_sync(&["search", "--strict", expression]);
        assert_eq!(output.status.code(), Some(code), "{expression}: {}", stderr(&output));
    }
}

/// Failure 16 of the peers: a file counted twice, a loop, a file from outside the vault.
#[test]
fn symbolic_links_are_counted_and_not_followed() {
    let s = Sandbox::new();
    s.write("real/a.md", "A zebra.");
    std::fs::write(s.home().join("secret.md"), "A zebra that is nobody's business.").unwrap();
    std::fs::create_dir(s.home().join("outside")).unwrap();
    std::fs::write(s.home().join("outside/b.md"), "Another zebra outside.").unwrap();
    let target = |path: &str| s.home().join(path);
    for (target, link) in [
        (target("secret.md"), "secret.md"),
        (target("outside"), "outside"),
        (s.vault.clone(), "real/loop"),
        (s.vault.join("real"), "again"),
        ("nowhere.md".into(), "dangling.md"),
    ] {
        symlink(target, s.vault.join(link)).unwrap();
    }
    for command in ["sync", "resync"] {
        s.text(&[command]);
        assert_eq!(column(&s.json(&["ls"]), "results", "/path"), ["real/a.md"]);
        assert_eq!(s.json(&["search", "zebra", "--count"])["total"], 1);
        assert_eq!(s.json(&["status"])["vaults"][0]["excluded"], 5);
    }
    // A note that becomes a link is gone, and nothing of what it leads to is shown.
    s.remove("real/a.md");
    symlink(target("secret.md"), s.vault.join("real/a.md")).unwrap();
    let answer = s.json(&["search", "zebra"]);
    assert!(!answer.to_string().contains("nobody"), "{answer}");
    let shown = s.vault_sync(&["show", "real/a.md"]);
    assert!(!stdout(&shown).contains("nobody"));
    // So is a note whose folder becomes one, to where a file is called as the note was.
    s.remove("real/a.md");
    s.write("real/a.md", "A zebra.");
    s.sync();
    std::fs::write(s.home().join("outside/a.md"), "A zebra that is nobody's business either.").unwrap();
    s.remove("real");
    symlink(target("outside"), s.vault.join("real")).unwrap();
    for fresh in ["--fresh=never", "--fresh=always"] {
        let answer = s.json(&["search", "--strict", fresh, "zebra"]);
        assert_eq!(answer["results"].as_array().unwrap().len(), 0, "{answer}");
    }
}

/// A vault may come from somebody else: of all that lies in it we obey Obsidian's excluded files, and nothing else; not even from inside.
#[test]
fn nothing_in_a_vault_is_obeyed_or_run() {
    let s = Sandbox::of("vault");
    let ran = s.home().join("ran");
    let script = format!("#!/bin/sh\ntouch '{}'\n", ran.display());
    let config = "[[vault]]\npath = \"/\"\nname = \"stolen\"\n[database]\nurl = \"postgresql://evil.example/x\"\n[search]\nlimit = 1\n";
    let files = ["sync.toml", ".vault-sync/sync.toml", "vault-sync/sync.toml", ".config/vault-sync/sync.toml", ".obsidian/sync.toml"];
    files.iter().for_each(|path| s.write(path, config));
    s.write(".env", "VAULT_SYNC_DATABASE_URL=postgresql://evil.example/x\n");
    s.write(".pgpass", "*:*:*:*:evil\n");
    for path in [".git/hooks/post-checkout", ".obsidian/plugins/x/main.js", "bin/git", "psql", "sh", "run.md"] {
        s.write(path, &script);
        std::fs::set_permissions(s.vault.join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    s.write("code.md", "```dataviewjs\nrequire('child_process').exec('touch ran')\n```\n<% tp.system.exec() %> `$= 1` {{x}}\n![x](http://127.0.0.1:9/x.png)");
    let inside = |args: &[&str], folder: &str| {
        let mut command = s.bare_command(args);
        let output = command.current_dir(s.vault.join(folder)).env("VAULT_SYNC_DATA_DIR", &s.data_dir).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        stdout(&output)
    };
    for folder in ["", "vault-sync", "40-Procedures"] {
        let settings = inside(&["config", "--json"], folder);
        assert!(!settings.contains("stolen") && !settings.contains("evil"), "{settings}");
        for args in [&["sync"][..], &["resync"], &["search", "exec"], &["show", "code"], &["links", "code"], &["ls"], &["status"]] {
            inside(args, folder);
        }
    }
    assert!(!ran.exists(), "something in the vault was run");
    s.write(".obsidian/app.json", "{\"userIgnoreFilters\": [\"code\"]}");
    inside(&["sync"], "");
    assert!(inside(&["search", "--strict", "exec", "--format", "path"], "").lines().all(|path| path != "code.md"));
}
