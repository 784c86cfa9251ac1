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

/// How each shell asks for the word at the end of a line, and what stands before the name in its answer.
const SHELLS: [(&str, bool); 5] = [("bash", true), ("zsh", false), ("fish", true), ("powershell", false), ("elvish", false)];

#[test]
fn every_shell_completes_every_command() {
    let s = Sandbox::new();
    let commands = commands(&s);
    assert!(commands.len() > 25 && commands.contains(&"search".to_owned()), "{commands:?}");
    for (shell, takes_lines) in SHELLS {
        let script = printed(&s, &["completions", shell]);
        assert!(script.contains(&format!("complete {shell} ")), "the script asks: {script}");
        let asked = if takes_lines { vec!["--line=vault-sync "] } else { vec!["--word=", "--", "vault-sync"] };
        let offered = printed(&s, &[&["complete", shell][..], &asked].concat());
        let offered: Vec<&str> = offered.lines().map(|line| line.split([':', '\t']).next().unwrap()).collect();
        let missing: Vec<&String> = commands.iter().filter(|name| !offered.contains(&name.as_str())).collect();
        assert!(missing.is_empty(), "{shell}: {missing:?}");
        assert!(!offered.contains(&"dump") && !offered.contains(&"complete"), "{shell}: {offered:?}");
    }
}

/// Returns what bash offers for a line, as `COMPREPLY` has it.
fn bash(s: &Sandbox, line: &str) -> Vec<String> {
    let ask = r#"set -e; bash -n script; source ./script; f=$(complete -p vault-sync); f=${f#*-F }
        COMP_LINE=$1; COMP_POINT=${#COMP_LINE}; COMP_WORDBREAKS=$' \t\n"\'@><=;|&(:'
        ${f%% *} vault-sync '' '' || true; printf '%s\n' "${COMPREPLY[@]}""#;
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_vault-sync")).parent().expect("the binary lies in a folder");
    let paths = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", ask, "bash", line]).current_dir(s.home()).env_clear().env("HOME", s.home()).env("PATH", paths);
    let output = bash.output().expect("bash is there");
    assert!(output.status.success() && stderr(&output).is_empty(), "{line}: {}", stderr(&output));
    stdout(&output).lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Returns a home with the completions of bash, and a vault whose names are not easily typed.
fn home() -> Sandbox {
    let s = Sandbox::new();
    std::fs::write(s.home().join("script"), printed(&s, &["completions", "bash"])).unwrap();
    s.write("Home.md", "---\naliases: [Start here]\nstatus: draft\nproject: mission\n---\n#area/work #\u{dc}bung\n");
    s.write("Projects/Alpha/Plan B.md", "[[Home]]\n");
    s.write("Projects/a=b: c.md", "");
    s.write("Don't \"stop\" $now! (\u{e9}).md", "");
    s.write("\u{65e5}\u{672c}\u{8a9e}.md", "");
    s.write("evil\u{1b}[31m.md", "");
    s.write("pic.png", "");
    s
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let s = home();
    for (line, expected) in [
        ("vault-sync sea", "search"),
        ("vault-sync search --gran", "--granularity"),
        ("vault-sync ls --kind can", "canvas"),
        ("vault-sync ls --kind=can", "canvas"),
        ("vault-sync log mis", "misses"),
        ("vault-sync completions el", "elvish"),
        ("vault-sync registry projects.st", "projects.status"),
    ] {
        assert_eq!(bash(&s, line), [expected], "{line}");
    }
}

#[test]
fn bash_completes_the_names_of_the_index() {
    let s = home();
    let at = format!("vault-sync --data-dir {} --vault", s.data_dir.display());
    // The vault as the line says it: with a tilde, which only the shell expands.
    let asked = |rest: &str| bash(&s, &format!("{at} ~/vault {rest}"));
    assert!(asked("show H").is_empty(), "nothing is indexed yet");
    assert!(!s.data_dir.exists(), "and nothing was made");
    s.sync();
    for (rest, expected) in [
        ("show H", &["Home"][..]),
        ("show \"st", &["Start here"]),
        ("show Start\\ h", &["Start\\ here"]),
        ("backlinks pic", &["pic.png"]),
        ("show don", &["Don\\'t\\ \\\"stop\\\"\\ \\$now\\!\\ \\(\u{e9}\\)"]),
        ("why \u{65e5}", &["\u{65e5}\u{672c}\u{8a9e}"]),
        ("show evil", &[]),
        ("show Projects/", &["Projects/Alpha/", "Projects/a=b:\\ c.md"]),
        ("show Projects/a", &["Projects/a=b:\\ c.md"]),
        ("show PROJECTS/a", &["Projects/Alpha/"]),
        ("show Projects/a=", &["b:\\ c.md"]),
        ("show 'Projects/Alpha/", &["Projects/Alpha/Plan B.md"]),
        ("resolve x --from ho", &["Home.md"]),
        ("ls -t area", &["area", "area/work"]),
        ("ls --tag=AREA/", &["area/work"]),
        ("ls -t \\#\u{fc}", &["\\#\u{fc}bung"]),
        ("ls -p st", &["status"]),
        ("properties al", &["aliases"]),
        ("search --project mi", &["mission"]),
        ("search --facet property:s", &["status"]),
    ] {
        assert_eq!(asked(rest), expected, "{rest}");
    }
    let whole = bash(&s, &format!("{at} vault show don"));
    let read = Command::new("bash").args(["-c", &format!("printf %s {}", whole[0])]).output().unwrap();
    assert_eq!(stdout(&read), "Don't \"stop\" $now! (\u{e9})", "bash reads back what it was given");
    let elsewhere = bash(&s, "vault-sync --vault ~/nowhere --data-dir ~/data show H");
    assert!(elsewhere.is_empty(), "another vault has other names: {elsewhere:?}");
}

#[test]
fn completing_reads_and_says_nothing_but_names() {
    let s = home();
    s.sync();
    let before: Vec<_> = walkdir::WalkDir::new(&s.data_dir).into_iter().map(|entry| entry.unwrap().into_path()).collect();
    let by_environment = |line: &str| {
        let mut command = s.bare_command(&["complete", "fish", &format!("--line={line}")]);
        command.env("VAULT_SYNC_VAULT", &s.vault).env("VAULT_SYNC_DATA_DIR", &s.data_dir).output().unwrap()
    };
    assert_eq!(stdout(&by_environment("vault-sync show Ho")), "Home\tHome.md\n");
    for line in ["vault-sync show 'x\u{1b}", "vault-sync --config nowhere.toml show H", "", "vault-sync --help nonsense --", "x y z"] {
        let output = by_environment(line);
        assert!(output.status.success() && output.stderr.is_empty(), "{line}: {}", stderr(&output));
    }
    let after: Vec<_> = walkdir::WalkDir::new(&s.data_dir).into_iter().map(|entry| entry.unwrap().into_path()).collect();
    assert_eq!(before, after);
    assert_eq!(s.json(&["log"])["total"], 0, "a Tab is no lookup");
}

#[test]
fn every_command_has_its_page() {
    let s = Sandbox::new();
    printed(&s, &["man", "share/man1"]);
    let pages: BTreeSet<String> =
        std::fs::read_dir(s.home().join("share/man1")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mode = |path: &str| std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(s.home().join(path)).unwrap().permissions()) & 0o777;
    let modes = ["share", "share/man1", "share/man1/vault-sync.1"].map(mode);
    assert_eq!(modes, [0o755, 0o755, 0o644], "the manual is everybody's to read");
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
