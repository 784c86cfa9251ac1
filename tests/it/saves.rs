//! How editors and tools save, as lists of steps: each is played under `watch`, at once and step by step, and ends with what a fresh sync makes
//! of the vault. The steps are those that a trace of the program shows.

use crate::support::{Sandbox, assert_same_dump};
use crate::watching::Watch;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What a program asks of the disk. Paths lie in a folder of the pattern's own, which holds the notes `a.md` and `b.md`.
enum Step {
    /// Empties the file, which may be a new one, and then fills it.
    Write(&'static str, &'static str),
    Append(&'static str, &'static str),
    Move(&'static str, &'static str),
    Remove(&'static str),
    Folder(&'static str),
    /// A folder with notes in it is made elsewhere on the disk and moved in.
    Bring(&'static str),
    /// A file or folder is moved out of the vault.
    Take(&'static str),
    Run(&'static [&'static str]),
    /// So many saves, five milliseconds apart: two hundred a second.
    Saves(&'static str, usize),
    /// A note that arrives in pieces, the last of them a link.
    Slowly(&'static str),
}
use Step::{Append, Bring, Folder, Move, Remove, Run, Saves, Slowly, Take, Write};

const NEW: &str = "---\ntags: [new]\n---\n# Saved\n\nThe new text, which links to [[b]].\n";

/// Who saves, and how.
const PATTERNS: &[(&str, &[Step])] = &[
    ("Obsidian, VS Code and nano: truncate and write", &[Write("a.md", NEW)]),
    ("append", &[Append("a.md", "\nOne more [[b]].\n")]),
    (
        "vim: probe, backup, new file",
        &[
            Write(".a.md.swp", "b0VIM"),
            Write("4913", ""),
            Remove("4913"),
            Move("a.md", "a.md~"),
            Write("a.md", NEW),
            Remove("a.md~"),
            Remove(".a.md.swp"),
        ],
    ),
    ("vim with backupcopy: a copy beside, then in place", &[Write("a.md~", "Old"), Write("a.md", NEW), Remove("a.md~")]),
    ("Emacs: the backup stays", &[Move("a.md", "a.md~"), Write("a.md", NEW)]),
    ("GNOME and rsync: a hidden file takes the name", &[Write(".goutputstream-1", NEW), Move(".goutputstream-1", "a.md")]),
    ("KDE and write-file-atomic: a visible file takes the name", &[Write("a.md.123", NEW), Move("a.md.123", "a.md")]),
    ("a note as its own draft", &[Write("a.tmp.md", NEW), Move("a.tmp.md", "a.md")]),
    (
        "JetBrains: safe write",
        &[Write("a.md___jb_tmp___", NEW), Move("a.md", "a.md___jb_old___"), Move("a.md___jb_tmp___", "a.md"), Remove("a.md___jb_old___")],
    ),
    ("macOS: a folder beside", &[Folder("a.md.sb-1"), Write("a.md.sb-1/a.md", NEW), Move("a.md.sb-1/a.md", "a.md"), Remove("a.md.sb-1")]),
    ("remove and rename", &[Write("new.tmp", NEW), Remove("a.md"), Move("new.tmp", "a.md")]),
    (
        "Syncthing: a hidden file, the old one as a conflict",
        &[
            Write(".syncthing.a.md.tmp", NEW),
            Move("a.md", "a.sync-conflict-20260101-120000-ABCDEFG.md"),
            Move(".syncthing.a.md.tmp", "a.md"),
        ],
    ),
    ("sed -i", &[Run(&["sed", "-i", "-e", "s/old/new/", "a.md"])]),
    ("touch", &[Run(&["touch", "a.md"]), Run(&["touch", "-d", "2001-02-03", "b.md"])]),
    (
        "another text of the same length and time",
        &[Run(&["sh", "-c", "touch -r a.md t && tr o u <a.md >.n && touch -r t .n && mv .n a.md && rm t"])],
    ),
    ("rename in case only", &[Move("a.md", "A.md")]),
    ("rename in case only, by a detour", &[Move("a.md", "a.md.tmp"), Move("a.md.tmp", "A.md")]),
    ("a folder renamed in case only", &[Bring("deep"), Move("deep", "Deep")]),
    ("two notes change names", &[Move("a.md", "x.md"), Move("b.md", "a.md"), Move("x.md", "b.md")]),
    ("rename, then edit", &[Move("a.md", "c.md"), Append("c.md", "\nEdited after it was renamed.\n")]),
    ("a folder from outside", &[Bring("deep")]),
    ("a folder from outside, changed at once", &[Bring("deep"), Write("deep/x/y/n1.md", NEW), Remove("deep/n0.md")]),
    ("a folder leaves and returns under another name", &[Bring("deep"), Take("deep"), Bring("other")]),
    ("a note leaves", &[Take("a.md")]),
    ("a deep tree at once", &[Write("p/q/r/s/t/u/v/w.md", NEW), Write("p/q/r.md", "[[w]]"), Write("p/q/r/s/x.canvas", "{}")]),
    ("a deep tree that is moved while it grows", &[Write("p/q/r/s.md", NEW), Move("p/q", "z"), Write("z/r/t.md", NEW), Move("z", "p/z")]),
    ("a note made and removed at once", &[Write("gone.md", NEW), Remove("gone.md")]),
    ("a folder made and removed at once", &[Write("gone/x/y.md", NEW), Remove("gone")]),
    (
        "a folder in the place of a note, a note in that of a folder",
        &[Remove("a.md"), Write("a.md/a.md", NEW), Remove("a.md"), Write("a.md", NEW)],
    ),
    ("200 saves a second", &[Saves("a.md", 200)]),
    ("a note that is written slowly", &[Slowly("slow.md"), Slowly("a.md")]),
    ("a copy, and the copied one removed", &[Run(&["cp", "-p", "a.md", "copy.md"]), Remove("a.md")]),
    ("hidden folders and what tools keep in them", &[Write(".git/HEAD", "x"), Write(".trash/a.md", NEW), Move("a.md", ".trash/b.md")]),
];

/// Failures 6 and 14 of the peers: saves by rename, unpaired renames, names of another case, moved folders, and saves without end.
#[test]
fn however_a_program_saves_watching_ends_with_what_is_there() {
    check(|_| {});
}

/// A slow disk, or a fast watcher: whatever stands there between two steps is seen.
#[test]
fn however_slowly_a_program_saves_watching_ends_with_what_is_there() {
    check(|catch_up| catch_up());
}

/// Plays all patterns, with this after each step.
fn check(after_step: impl Fn(&mut dyn FnMut())) {
    let s = Sandbox::new();
    s.write("stays.md", "See [[a]] and [[b]].");
    let watch = Watch::of(&mut s.command(&["watch", "--json", "--allow-mass-delete"]));
    let mut n_marks = 0;
    let mut catch_up = || {
        let _ = std::fs::remove_file(s.vault.join(format!("mark {n_marks}.md")));
        n_marks += 1;
        // Events arrive in order: when the mark has come, so has all before it.
        let mark = format!("mark {n_marks}.md");
        s.write(&mark, "A mark.");
        watch.expect("added", &mark);
    };
    for (n, (name, steps)) in PATTERNS.iter().enumerate() {
        let folder = n.to_string();
        s.write(&format!("{folder}/a.md"), "# A note\n\nThe old text, long enough to be told by it, which links to [[b]].\n");
        s.write(&format!("{folder}/b.md"), "A text of its own, which links back to [[a]] and to [[a.md]].\n");
        catch_up();
        for step in *steps {
            play(step, &s.vault.join(&folder), s.home());
            after_step(&mut catch_up);
        }
        catch_up();
        assert_equals_fresh(&s, &format!("after {name}"));
        s.remove(&folder);
    }
    assert_eq!(watch.stop(), Some(0));
}

/// Fails unless the mirror says what a fresh one would.
pub fn assert_equals_fresh(s: &Sandbox, when: &str) {
    let fresh = Sandbox::new().over(&s.vault);
    fresh.sync();
    assert_same_dump(&s.text(&["dump"]), &fresh.text(&["dump"]), when);
}

fn play(step: &Step, at: &Path, home: &Path) {
    let write = |path: &str, text: &str| {
        std::fs::create_dir_all(at.join(path).parent().unwrap()).unwrap();
        let mut file = std::fs::File::create(at.join(path)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    let append = |path: &str, text: &str| {
        let mut file = std::fs::File::options().append(true).create(true).open(at.join(path)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    match step {
        Write(path, text) => write(path, text),
        Append(path, text) => append(path, text),
        Move(from, to) => std::fs::rename(at.join(from), at.join(to)).unwrap(),
        Remove(path) if at.join(path).is_dir() => std::fs::remove_dir_all(at.join(path)).unwrap(),
        Remove(path) => std::fs::remove_file(at.join(path)).unwrap(),
        Folder(path) => std::fs::create_dir(at.join(path)).unwrap(),
        Bring(path) => {
            let outside = tempfile::tempdir_in(home).unwrap();
            for n in 0..12 {
                let folder = outside.path().join("new").join(["", "x", "x/y"][n % 3]);
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(folder.join(format!("n{n}.md")), format!("Note {n} from outside, see [[n{}]].", n + 1)).unwrap();
            }
            std::fs::rename(outside.path().join("new"), at.join(path)).unwrap();
        }
        Take(path) => {
            let outside = tempfile::tempdir_in(home).unwrap();
            std::fs::rename(at.join(path), outside.path().join("taken")).unwrap();
        }
        Run(words) => assert!(Command::new(words[0]).args(&words[1..]).current_dir(at).status().unwrap().success(), "{words:?}"),
        Saves(path, n) => (0..*n).for_each(|n| {
            write(path, &format!("Save {n}, see [[b]].\n"));
            std::thread::sleep(Duration::from_millis(5));
        }),
        Slowly(path) => {
            write(path, "The beginning");
            for piece in [" of a note", ",\nthat somebody", " writes\n", "and writes", ", see [[", "b]]"] {
                std::thread::sleep(Duration::from_millis(60));
                append(path, piece);
            }
        }
    }
}
