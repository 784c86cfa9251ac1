//! Completions and manual pages: of every command, and what a shell and `man` can read.

use crate::support::{Sandbox, stderr, stdout};
use std::collections::BTreeSet;
use std::process::Command;

/// Returns the commands that the help lists.
fn commands(s: &Sandbox) -> Vec<String> {
    let help = stdout(&s.bare_command(&["-h"]).output().unwrap());
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let words = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    words.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

/// Returns what is printed without any vault or configuration.
fn printed(s: &Sandbox, args: &[&str]) -> String {
    let output = s.bare_command(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    stdout(&output)
}

#[test]
fn every_shell_completes_every_command() {
    let s = Sandbox::new();
    let commands = commands(&s);
    assert!(commands.len() > 25 && commands.contains(&"search".to_owned()), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&s, &["completions", shell]);
        let missing: Vec<&String> = commands.iter().filter(|name| !script.contains(name.as_str())).collect();
        assert!(missing.is_empty() && script.contains("granularity"), "{shell}: {missing:?}");
    }
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let s = Sandbox::new();
    std::fs::write(s.home().join("script"), printed(&s, &["completions", "bash"])).unwrap();
    for (line, expected) in [
        ("sea", "search"),
        ("search --gran", "--granularity"),
        ("ls --kind can", "canvas"),
        ("log mis", "misses"),
        ("completions el", "elvish"),
    ] {
        let n_words = line.split(' ').count();
        let words = line.split(' ').collect::<Vec<_>>();
        let (last, before) = (words[n_words - 1], if n_words > 1 { words[n_words - 2] } else { "vault-sync" });
        let ask = format!(
            "set -e; bash -n script; source ./script; f=$(complete -p vault-sync); f=${{f#*-F }}; COMP_WORDS=(vault-sync {line}); COMP_CWORD={n_words}; \
             ${{f%% *}} vault-sync '{last}' '{before}' || true; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("bash").args(["-c", &ask]).current_dir(s.home()).output().expect("bash is there");
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output).trim(), expected, "{line}");
    }
}

#[test]
fn every_command_has_its_page() {
    let s = Sandbox::new();
    printed(&s, &["man", "share/man1"]);
    let pages: BTreeSet<String> =
        std::fs::read_dir(s.home().join("share/man1")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for command in commands(&s).iter().filter(|name| *name != "help") {
        let name = format!("vault-sync-{command}.1");
        assert!(pages.contains(&name), "no {name}");
        let page = std::fs::read_to_string(s.home().join("share/man1").join(&name)).unwrap();
        let requests: Vec<&str> = page.lines().filter(|line| line.starts_with('.')).map(|line| line.split(' ').next().unwrap()).collect();
        assert!(requests.contains(&".TH") && requests.iter().filter(|request| **request == ".SH").count() >= 3, "{name}: {requests:?}");
        // Whatever else begins a line with a dot would be swallowed.
        let known = [".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".RS", ".RE", ".br", ".PP", ".IP", ".nf", ".fi"];
        assert!(requests.iter().all(|request| known.contains(request)), "{name}: {requests:?}");
    }
    assert!(!pages.contains("vault-sync-dump.1") && !pages.contains("vault-sync-help.1"), "{pages:?}");
    let examples = std::fs::read_to_string(s.home().join("share/man1/vault-sync-search.1")).unwrap();
    assert!(examples.contains("\n.nf\n") && examples.contains("\n  vault\\-sync search backup"), "lines stay as they are: {examples}");
    assert_eq!(printed(&s, &["man"]), std::fs::read_to_string(s.home().join("share/man1/vault-sync.1")).unwrap());
}
