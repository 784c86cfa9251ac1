//! A vault full of what could speak to a terminal: whatever is asked, on a terminal or in a pipe, none of it gets there. On a terminal not a
//! control character but line break and tab is printed, and no override of the direction in which text runs; nor is it in a pipe, but
//! where programs get a text, a value or a path as it is.

use crate::support::Sandbox;
use std::path::PathBuf;
use std::process::Command;

/// A title, a colour (in seven bits and in eight), a clipboard, a link, a bell, a backspace, a deletion, and text that runs backwards.
const EVIL: &str = "\u{1b}]0;own\u{7}\u{1b}[31m\u{9b}32m\u{1b}]52;c;cHduZWQ=\u{7}\u{1b}]8;;x:\u{1b}\\\u{8}\u{7f}\u{202e}\u{2066}\r";
/// The same as YAML and JSON write it.
const ESCAPED: &str =
    "\\u001b]0;own\\u0007\\u001b[31m\\u009b32m\\u001b]52;c;cHduZWQ=\\u0007\\u001b]8;;x:\\u001b\\\\\\u0008\\u007f\\u202e\\u2066\\r";

/// Whether what goes into a pipe is for people, or for programs, who get it as it is.
#[derive(Clone, Copy, PartialEq)]
enum Pipe {
    Washed,
    AsItIs,
}
use Pipe::{AsItIs, Washed};

/// The commands; `@` stands for the evil text, `FILE` for the real path of the evil note.
const COMMANDS: &[(&[&str], Pipe)] = &[
    (&["sync", "-v"], Washed),
    (&["sync", "-vv"], Washed),
    (&["resync"], Washed),
    (&["resync", "--json"], Washed),
    (&["status"], Washed),
    (&["status", "--json"], Washed),
    (&["verify"], Washed),
    (&["verify", "--json"], Washed),
    (&["doctor"], Washed),
    (&["doctor", "--json"], Washed),
    (&["why", "FILE"], Washed),
    (&["why", "FILE", "--json"], Washed),
    (&["why", "evil"], Washed),
    (&["why", "no @ such"], Washed),
    (&["service", "install", "--dry-run", "--manager", "systemd"], Washed),
    (&["service", "status", "--manager", "systemd"], Washed),
    (&["config"], Washed),
    (&["config", "--json"], Washed),
    (&["db", "status"], Washed),
    (&["ls"], Washed),
    (&["ls", "--json"], Washed),
    (&["ls", "--format", "csv"], AsItIs),
    (&["ls", "-0"], AsItIs),
    (&["links", "Hub"], Washed),
    (&["links", "Hub", "--json"], Washed),
    (&["backlinks", "Hub"], Washed),
    (&["backlinks", "Hub", "--format", "jsonl"], Washed),
    (&["unresolved"], Washed),
    (&["orphans"], Washed),
    (&["tags"], Washed),
    (&["properties"], Washed),
    (&["properties", "@key"], Washed),
    (&["projects"], Washed),
    (&["tasks"], Washed),
    (&["tasks", "--json"], Washed),
    (&["recent"], Washed),
    (&["terms"], Washed),
    (&["graph", "--tags", "--unresolved", "--attachments"], AsItIs),
    (&["graph", "evil", "--tags", "--format", "graphml"], AsItIs),
    (&["graph", "--tags", "--unresolved", "--format", "html"], Washed),
    (&["graph", "--tags", "--unresolved", "--json"], Washed),
    (&["stats"], Washed),
    (&["stats", "--json"], Washed),
    (&["dashboard"], Washed),
    (&["dashboard", "@P"], Washed),
    (&["dashboard", "no @ such"], Washed),
    (&["registry", "@"], Washed),
    (&["dump"], Washed),
    (&["show", "evil"], AsItIs),
    (&["show", "evil", "--json"], Washed),
    (&["show", "@"], Washed),
    (&["show", "twin"], Washed),
    (&["inspect", "FILE"], Washed),
    (&["inspect", "FILE", "--json"], Washed),
    (&["inspect", "FILE", "no @ such.md"], Washed),
    (&["resolve", "@", "--from", "Hub.md"], Washed),
    (&["resolve", "evil", "--from", "Hub.md"], Washed),
    (&["resolve", "evil", "--from", "no @ such.md"], Washed),
    (&["search", "zebra"], Washed),
    (&["search", "zebra", "--json"], Washed),
    (&["search", "zebra", "--format", "jsonl"], Washed),
    (&["search", "zebra", "--format", "csv"], AsItIs),
    (&["search", "zebra", "--format", "path"], AsItIs),
    (&["search", "zebra", "--all-lines", "--context", "3", "--explain"], Washed),
    (&["search", "zebra", "--granularity", "section", "--facet", "tags"], Washed),
    (&["search", "zebra", "--facet", "folder", "--count"], Washed),
    (&["search", "zebrra @", "--explain-query"], Washed),
    (&["search", "path:@ OR tag:#@ OR [@:@] OR /(@/"], Washed),
    (&["search", "--facet", "@", "zebra"], Washed),
    (&["search", "--since", "@", "zebra"], Washed),
    (&["changes"], Washed),
    (&["changes", "--json"], Washed),
    (&["changes", "--format", "jsonl"], Washed),
    (&["changes", "--format", "csv"], AsItIs),
    (&["changes", "-0"], AsItIs),
    (&["changes", "--since", "@"], Washed),
    (&["changes", "--as", "@"], Washed),
    (&["changes", "--as", "@", "--ack", "1"], Washed),
    (&["log"], Washed),
    (&["log", "misses"], Washed),
    (&["log", "stats"], Washed),
    (&["log", "feedback", "@", "useful"], Washed),
    (&["sql", "select file_path, doc_title from claude.documents"], Washed),
    (&["sql", "select file_path as \"@\" from claude.documents", "--format", "csv"], AsItIs),
    (&["sql", "select file_path, properties from claude.documents", "--json"], Washed),
    (&["sql", "select @ from"], Washed),
    (&["sql", "select * from \"@\""], Washed),
    (&["--config", "no @ such.toml", "sync"], Washed),
    (&["--config", "evil.toml", "sync"], Washed),
    (&["--@", "sync"], Washed),
    (&["syn@"], Washed),
    (&["--vault", "no @ such", "sync"], Washed),
    (&["--data-dir", "FILE", "sync"], Washed),
    (&["--database-url", "@", "sync"], Washed),
    (&["--database-url", "postgresql:///@?host=/nowhere/@", "sync"], Washed),
];

/// Returns a vault with the evil text in every place that has one, its own name included.
fn evil_vault() -> (Sandbox, PathBuf) {
    let mut s = Sandbox::new();
    let vault = s.home().join(format!("vault {}", EVIL.replace('/', "")));
    std::fs::rename(&s.vault, &vault).unwrap();
    s.vault = vault;
    let name = format!("evil {}zebra\nFORGED.md", EVIL);
    let note = format!(
        "---\ntitle: \"T{ESCAPED}\"\naliases: [\"evil\", \"twin\", \"A{ESCAPED}\"]\ntags: [\"t{ESCAPED}\"]\ntype: \"y{ESCAPED}\"\nprojects: [\"P{ESCAPED}\", \
         \"{ESCAPED}P\"]\n\"{ESCAPED}key\": \"v{ESCAPED}\"\nurl: \"[[Hub|{ESCAPED}]]\"\n---\n# Head {EVIL}\n\nA zebra {EVIL} #tag{EVIL} [[Hub|{EVIL}]] [[no {EVIL} such]] \
         [x](<y {EVIL}>) key{EVIL}:: value{EVIL} ^b{EVIL}\n\n- [ ] task {EVIL} zebra\n- [{EVIL}] odd\n\n## Two {EVIL}\n\nzebra {EVIL}\n"
    );
    s.write(&name, &note);
    s.write(&format!("folder {EVIL}/evil too.md"), format!("---\naliases: [twin]\nbroken {EVIL}: [\n---\nA zebra, see [[Hub]] {EVIL}."));
    s.write(&format!("{EVIL}.canvas"), format!("{{\"nodes\": [{{\"type\": \"text\", \"text\": \"zebra {ESCAPED}\"}}, {EVIL}"));
    s.write(&format!("{EVIL}.png"), "x");
    s.write("Hub.md", format!("To [[evil {EVIL}zebra]] and ![[{EVIL}.png]] and [[{EVIL}]], says a zebra."));
    std::os::unix::fs::symlink("nowhere", s.vault.join(format!("link {EVIL}.md"))).unwrap();
    std::fs::write(s.vault.join(std::ffi::OsString::from_vec([b"bad\xff".as_slice(), EVIL.as_bytes(), b".md"].concat())), "").unwrap();
    std::fs::write(s.home().join("evil.toml"), format!("[search]\n\"{ESCAPED}\" = \"{EVIL}\"\n")).unwrap();
    let file = s.vault.join(name);
    (s, file)
}

use std::os::unix::ffi::OsStringExt as _;

fn speaks(text: &str) -> Option<char> {
    let is_evil = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().find(|&c| is_evil(c))
}

#[test]
fn nothing_in_a_vault_speaks_to_the_terminal() {
    let (s, file) = evil_vault();
    s.vault_sync(&["sync"]);
    let mut leaks = Vec::new();
    for (words, pipe) in COMMANDS {
        let args: Vec<String> = words.iter().map(|word| word.replace("FILE", file.to_str().unwrap()).replace('@', EVIL)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = s.vault_sync(&args);
        assert!(output.status.code().is_some_and(|code| code != 101), "{words:?}: {}", crate::support::stderr(&output));
        let (out, err) = (String::from_utf8_lossy(&output.stdout).into_owned(), crate::support::stderr(&output));
        let terminal = on_a_terminal(&s, &args);
        let out_of_place = |text: &str| text.lines().any(|line| line.starts_with("FORGED"));
        for (place, text, is_washed) in [("stdout", &out, *pipe == Washed), ("stderr", &err, true), ("a terminal", &terminal, true)] {
            let evil = speaks(text).filter(|_| is_washed);
            let is_forged = *pipe == Washed && out_of_place(text) && !words.contains(&"show");
            if evil.is_some() || is_forged {
                let what = evil.map_or_else(|| "a forged line".to_owned(), |c| format!("{c:?}"));
                let line = text.lines().find(|line| speaks(line).is_some() || line.starts_with("FORGED")).unwrap_or_default();
                leaks.push(format!("{words:?}: {what} on {place}: {:?}", line.chars().take(300).collect::<String>()));
            }
        }
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

/// Returns what the command prints on a terminal of its own, stderr included, as it prints it; colours are off, and so are progress bars.
fn on_a_terminal(s: &Sandbox, args: &[&str]) -> String {
    let inner = s.command(args);
    let quoted = |word: &std::ffi::OsStr| format!("'{}'", word.to_str().unwrap().replace('\'', "'\\''"));
    let words: Vec<String> = std::iter::once(inner.get_program()).chain(inner.get_args()).map(quoted).collect();
    let mut script = Command::new("script");
    script
        .args(["-qec", &format!("stty -opost; {}", words.join(" ")), "/dev/null"])
        .current_dir(s.home())
        .stdin(std::process::Stdio::null());
    script.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "dumb").env("SHELL", "/bin/sh");
    let output = script.output().expect("script, of util-linux, is there");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn an_answer_without_hits_says_so_once() {
    let s = Sandbox::new();
    s.write("a.md", "Text.");
    s.sync();
    let said = on_a_terminal(&s, &["search", "tag:#nothing"]);
    assert!(said.contains("no hits") && !said.contains("nothing matches"), "{said}");
}
