//! `find` in a pseudo-terminal: what is typed, what stands on the screen, what the keys do outside it, and that the terminal is as it was.

mod session;

use crate::support::{Sandbox, shimmed, wait_until};
use portable_pty::PtySize;
use session::Session;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const ESCAPE: &str = "\x1b";
const DOWN: &str = "\x1b[B";
const F1: &str = "\x1bOP";

/// A vault with notes to find: some that speak of flour, one of them linked to, one in Japanese.
fn kitchen() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("Kitchen/Bread.md", "---\ntags: [kitchen]\n---\n# Bread\n\nMix the flour.\nLet it rest.\n");
    sandbox.write("Kitchen/Mill.md", "A mill makes flour. See [[Bread]].\n");
    sandbox.write("日本/検索.md", "全文検索の話\n");
    sandbox.sync();
    sandbox
}

fn find(sandbox: &Sandbox, args: &[&str]) -> Session {
    Session::start(&sandbox.command(&[&["find"], args].concat()), 100, 12)
}

/// A program in a folder that `PATH` names first, which writes down what it was called with.
fn program(sandbox: &Sandbox, name: &str) -> std::path::PathBuf {
    let (folder, said) = (sandbox.home().join("bin"), sandbox.home().join(format!("{name}.said")));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{0}.draft'; mv '{0}.draft' '{0}'\n", said.display())).unwrap();
    make_executable(&file);
    said
}

fn make_executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn written(file: &Path) -> String {
    wait_until(LIMIT, "the program is called", || file.exists());
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn hits_stand_on_the_screen_while_somebody_types() {
    let sandbox = kitchen();
    let mut session = find(&sandbox, &[]);
    // Before anything is typed, the notes that were written last.
    session.sees("3 hits");
    session.press("flo");
    session.sees("2 hits");
    session.press("ur mill");
    let screen = session.sees("1 hit, 1 related");
    let expected = "\
› flour mill                                                           1 hit, 1 related, no watcher
▌ Mill  Kitchen                         │ Kitchen/Mill.md
  Bread  Kitchen  related               │ A mill makes flour. See [[Bread]].
                                        │
                                        │
                                        │
                                        │
                                        │
                                        │
                                        │
                                        │
Enter edit  ^O Obsidian  ^Y path  ^T link  ^B backlinks  Tab next place  F1 keys  Esc leave
";
    assert_eq!(screen, expected);
    // Over it, and away again.
    session.press(F1);
    session.sees("open in Obsidian");
    session.press(F1);
    session.sees("A mill makes");
    session.press("\x15検索");
    let screen = session.sees("全文検索の話");
    assert!(screen.starts_with("› 検索 ") && screen.contains("▌ 検索  日本"), "{screen}");
    // An operator that there is not, and the hits stay.
    session.press("\x15nope:x");
    let screen = session.sees("there is no operator nope:");
    assert!(screen.contains("\n▌ "), "{screen}");
    session.press("\x15tag:kitchen");
    session.sees("▌ Bread  Kitchen");
    session.press(ESCAPE);
    session.ended(0);
}

/// The index is kept open from key to key, and another process writes it meanwhile: twice on, and once anew.
#[test]
fn each_key_finds_what_another_process_has_put_in() {
    let sandbox = kitchen();
    let mut session = find(&sandbox, &["flour"]);
    session.sees("2 hits");
    for (name, command) in [("Walnut", "sync"), ("Hazel", "sync"), ("Almond", "resync")] {
        sandbox.write(&format!("{name}.md"), format!("The word {name}s is new.\n"));
        sandbox.text(&[command]);
        session.press(&format!("\x15{name}s"));
        session.sees(&format!("▌ {name}"));
    }
    sandbox.remove("Walnut.md");
    session.press("\x15Walnuts");
    session.sees("no hits");
    session.press("\x03");
    session.ended(0);
}

/// As during a first sync, for which it says to wait.
#[test]
fn hits_come_by_themselves_once_there_is_an_index() {
    let sandbox = Sandbox::new();
    sandbox.write("Mill.md", "A mill makes flour.\n");
    let mut session = find(&sandbox, &["flour", "--no-log"]);
    session.sees("there is no index yet");
    sandbox.sync();
    session.sees("▌ Mill");
    session.press("\x03");
    session.ended(0);
}

#[test]
fn a_screen_that_becomes_small_shows_what_it_can() {
    let sandbox = kitchen();
    let mut session = find(&sandbox, &["flour"]);
    session.sees("▌ Mill");
    session.screen.lock().unwrap().parser.screen_mut().set_size(5, 30);
    session.master.resize(PtySize { rows: 5, cols: 30, pixel_width: 0, pixel_height: 0 }).unwrap();
    session.press("\x0c");
    wait_until(LIMIT, "it is drawn anew", || session.screen().starts_with("› flour\n▌ Mill  Kitchen  A mill makes"));
    session.press("\x03");
    session.ended(0);
}

#[test]
fn the_editor_has_the_terminal_and_comes_back_to_the_screen() {
    let sandbox = kitchen();
    let editor = sandbox.home().join("vim");
    // It shows something, waits for a key as an editor does, and changes the note.
    let script =
        "#!/bin/sh\necho \"editing $1 $2\"\ngrep -c . \"$2\" | sed 's/$/ lines/'\nread key\necho \"A $key was typed.\" >> \"$2\"\n";
    std::fs::write(&editor, script).unwrap();
    make_executable(&editor);
    let mut command = sandbox.command(&["find", "flour rest"]);
    command.env("VISUAL", &editor).env("EDITOR", "false");
    let mut session = Session::start(&command, 100, 12);
    session.sees("▌ Bread");
    session.press("\r");
    let note = sandbox.vault.join("Kitchen/Bread.md");
    let screen = session.sees("editing +6 ");
    assert!(screen.replace('\n', "").contains(note.to_str().unwrap()), "{screen}");
    session.press("ghost\r");
    // The note as it is now, though no watcher follows.
    session.sees("A ghost was typed.");
    session.sees("edited Kitchen/Bread.md");
    // Ctrl-C is the editor's as long as that runs.
    session.press("\r");
    session.sees("7 lines");
    session.press("\x03");
    session.sees("ended with ");
    session.press("\x1b");
    session.ended(0);
}

#[test]
fn a_note_is_opened_in_obsidian_and_its_path_and_link_are_copied() {
    let sandbox = kitchen();
    sandbox.write("Other/Mill.md", "Another one: water.\n");
    sandbox.sync();
    let said = program(&sandbox, "xdg-open");
    let path = format!("{}:{}", sandbox.home().join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = sandbox.command(&["find", "mill flour"]);
    command.env("PATH", path).env("EDITOR", "false");
    let mut session = Session::start(&command, 100, 12);
    session.sees("▌ Mill  Kitchen");
    session.press("\x0f");
    session.sees("opened Kitchen/Mill.md in Obsidian");
    let address = written(&said);
    assert!(address.starts_with("obsidian://open?path=%2F") && address.ends_with("%2FKitchen%2FMill.md\n"), "{address}");
    // Two notes have the name, so the link has the path.
    session.press("\x14");
    session.sees("copied [[Kitchen/Mill]]");
    assert!(session.has_sent(b"\x1b]52;c;W1tLaXRjaGVuL01pbGxdXQ==\x1b\\"), "the terminal's clipboard (OSC 52)");
    session.press("\x19");
    session.sees("copied /");
    session.press("\x15rest");
    session.sees("▌ Bread");
    session.press("\x14");
    session.sees("copied [[Bread]]");
    session.press("\x02");
    session.sees("› link:\"Kitchen/Bread.md\"");
    session.sees("▌ Mill  Kitchen");
    session.press("\r");
    session.sees("the editor 'false' ended with exit status: 1");
    session.press(ESCAPE);
    session.sees("› rest");
    session.press(ESCAPE);
    session.ended(0);
}

#[test]
fn with_stdout_elsewhere_a_note_is_chosen() {
    let sandbox = kitchen();
    let chosen = sandbox.home().join("chosen");
    let find = sandbox.command(&["search", "--interactive", "flour"]);
    let mut command = Command::new("sh");
    command.args(["-c", "\"$@\" > chosen", "sh"]).arg(find.get_program()).args(find.get_args()).current_dir(sandbox.home());
    command.envs(find.get_envs().map(|(name, value)| (name, value.unwrap())));
    let mut session = Session::start(&command, 100, 12);
    session.sees("Enter choose");
    session.sees("▌ Mill");
    session.press(DOWN);
    session.sees("▌ Bread");
    session.press("\r");
    session.ended(0);
    assert_eq!(std::fs::read_to_string(chosen).unwrap(), format!("{}\n", sandbox.vault.join("Kitchen/Bread.md").display()));
}

/// Keys may come in one go, by a slow line or a fast hand: Enter means the hits of what was typed before it, not those that stand there.
#[test]
fn enter_waits_for_the_hits_of_what_was_typed() {
    let sandbox = kitchen();
    let said = program(&sandbox, "editor");
    let mut command = sandbox.command(&["find"]);
    command.env("VISUAL", sandbox.home().join("bin/editor"));
    let mut session = Session::start(&command, 100, 12);
    session.sees("3 hits");
    let screen = session.screen();
    let other = if screen.contains("▌ Mill") { "rest" } else { "mill" };
    session.press(&format!("{other}\r"));
    session.sees("edited Kitchen/");
    let expected = if other == "rest" { "Bread.md\n" } else { "Mill.md\n" };
    assert!(written(&said).ends_with(expected), "{screen}");
    session.press("\x03");
    session.ended(0);
}

#[test]
fn the_terminal_is_restored_when_a_signal_ends_it() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let sandbox = kitchen();
        let session = find(&sandbox, &["flour"]);
        session.sees("▌ Mill");
        signal_find(&sandbox, signal);
        session.ended(code);
    }
}

/// The screen is up when a thread is to be started, and the system has none to give: the program panics.
#[cfg(target_os = "linux")]
#[test]
fn the_terminal_is_restored_by_a_panic() {
    let sandbox = kitchen();
    let mut command = sandbox.command(&["find", "flour"]);
    shimmed(&mut command).env("FAULT_THREADS", "1");
    let session = Session::start(&command, 100, 12);
    let screen = session.ended(101);
    assert!(screen.contains("panicked") && session.has_sent(b"\x1b[?1049h"), "{screen}");
}

/// Sends a signal to the program that has this data directory, and not to the shell that runs it.
fn signal_find(sandbox: &Sandbox, signal: &str) {
    let listed = Command::new("ps").args(["-eo", "pid=,args="]).output().unwrap();
    let data_dir = sandbox.data_dir.to_str().unwrap().to_owned();
    let binary = env!("CARGO_BIN_EXE_vault-sync");
    let lines = String::from_utf8_lossy(&listed.stdout).into_owned();
    let is_it =
        |line: &&str| line.contains(&data_dir) && line.trim_start().split_once(' ').is_some_and(|(_, args)| args.starts_with(binary));
    let pid = lines.lines().find(is_it).unwrap().split_whitespace().next().unwrap().to_owned();
    assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
}

/// Linux keeps a name as it was written; an index has it composed. And no editor is to make a note anew that is not there.
#[test]
fn the_editor_is_given_the_file_as_the_disk_has_it() {
    let sandbox = kitchen();
    sandbox.write("Cafe\u{301}/U\u{308}ber.md", "Of the word aubergine.\n");
    sandbox.sync();
    let said = program(&sandbox, "editor");
    let mut command = sandbox.command(&["find", "aubergine"]);
    command.env("VISUAL", sandbox.home().join("bin/editor"));
    let mut session = Session::start(&command, 100, 12);
    session.sees("▌ ");
    session.press("\r");
    let file = sandbox.vault.join("Cafe\u{301}/U\u{308}ber.md");
    assert_eq!(written(&said), format!("{}\n", file.display()));
    session.sees("edited ");
    std::fs::remove_file(&said).unwrap();
    std::fs::rename(&sandbox.vault, sandbox.home().join("away")).unwrap();
    // While the screen is left to an editor, Ctrl-C is not ours.
    session.press("\r");
    session.sees(" is not there now");
    session.press("\x19");
    session.press("\x03");
    session.ended(0);
    assert!(!said.exists(), "the editor was called");
}

#[test]
fn what_somebody_acted_on_is_logged_once() {
    let sandbox = kitchen();
    let mut session = find(&sandbox, &[]);
    session.press("flour");
    session.sees("2 hits");
    session.press("\x14");
    session.sees("copied [[Mill]]");
    session.press("\x19");
    session.sees("copied /");
    session.press(" rest");
    session.sees("1 hit, 1 related");
    session.press(ESCAPE);
    session.ended(0);
    let log = sandbox.json(&["log"]);
    let asked: Vec<_> = log["results"].as_array().unwrap().iter().map(|lookup| lookup["query"].clone()).collect();
    assert_eq!(asked, ["flour rest", "flour"], "{log}");
}

#[test]
fn without_a_terminal_it_says_what_else_there_is() {
    let sandbox = kitchen();
    let output = sandbox.vault_sync(&["find", "flour"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("needs a terminal that can show a screen") && said.contains("`vault-sync search` answers anywhere"), "{said}");
    // As Emacs says of its shell: what moves a cursor elsewhere is litter there.
    let find = sandbox.command(&["find", "flour"]);
    let mut command = Command::new("env");
    command.arg("TERM=dumb").arg(find.get_program()).args(find.get_args()).current_dir(&sandbox.vault);
    command.envs(find.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let session = Session::start(&command, 100, 12);
    session.ended(2);
    assert!(!session.has_sent(b"\x1b["), "{}", session.screen());
    let output = sandbox.vault_sync(&["search", "-i", "flour", "--facet", "tags"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("'--interactive' cannot be used with '--facet <FACET>'"));
}
