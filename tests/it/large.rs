//! Notes that outgrow what may be read: from then on the mirror has them as if they had always been too large, and what they said is gone.

use crate::support::{Sandbox, assert_same_dump, column, stderr};
use crate::watching::Watch;

const LIMIT: &str = "[notes]\nlargest_mib = 1\n";
const NOTE: &str =
    "---\ntitle: Zebras\ntags: [stripes]\naliases: [Quagga]\ntype: pattern\n---\n# Zebra\nA zebra [[other]] #wild ^block\n- [ ] feed it\n";

/// What happens to a vault, one after the other, and which file `watch` tells of, in which word.
type Step = (&'static str, fn(&Sandbox), &'static str, &'static str);

const STEPS: [Step; 11] = [
    ("grows", |s| s.write("a.md", large(NOTE, 2)), "modified", "a.md"),
    ("grows further", |s| s.write("a.md", large(NOTE, 3)), "modified", "a.md"),
    ("moves while it is too large", |s| s.rename("a.md", "b/a.md"), "renamed", "b/a.md"),
    ("shrinks", |s| s.write("b/a.md", format!("{NOTE}Once more.\n")), "modified", "b/a.md"),
    ("moves and grows at once", |s| (s.write("b/a.md", large(NOTE, 2)), s.rename("b/a.md", "a.md")).1, "renamed", "a.md"),
    ("goes", |s| s.remove("a.md"), "archived", "a.md"),
    ("returns too large", |s| s.write("a.md", large(NOTE, 2)), "returned", "a.md"),
    ("shrinks again", |s| s.write("a.md", NOTE), "modified", "a.md"),
    ("goes while it is small", |s| s.remove("a.md"), "archived", "a.md"),
    ("returns larger than it went", |s| s.write("a.md", large(NOTE, 2)), "returned", "a.md"),
    (
        "a canvas grows",
        |s| s.write("c.canvas", large("{\"nodes\": [{\"type\": \"text\", \"text\": \"zebra\"}]}", 2)),
        "modified",
        "c.canvas",
    ),
];

fn large(text: &str, n_mib: usize) -> String {
    text.to_owned() + &"zebra ".repeat(n_mib * 175_000)
}

fn begun(s: Sandbox) -> Sandbox {
    let s = s.configured(LIMIT);
    s.write("a.md", NOTE);
    s.write("other.md", "It knows [[a]] and [[Quagga]].");
    s.write("c.canvas", "{\"nodes\": [{\"type\": \"text\", \"text\": \"zebra\"}]}");
    s.sync();
    s
}

/// Holds the mirror against a fresh one, and what is found against what may be.
fn check(s: &Sandbox, when: &str) {
    let fresh = Sandbox::new().over(&s.vault).configured(LIMIT);
    fresh.vault_sync(&["sync"]);
    assert_same_dump(&s.text(&["dump"]), &fresh.text(&["dump"]), when);
    for query in ["zebra", "tag:stripes", "alias:quagga", "file:a", "path:a"] {
        let found = |s: &Sandbox| {
            let mut paths = column(&s.json(&["search", "--strict", query]), "results", "/path");
            paths.sort();
            paths
        };
        assert_eq!(found(s), found(&fresh), "{query} when it {when}");
    }
    let verified = s.vault_sync(&["verify"]);
    assert!(verified.status.success(), "{when}: {}{}", crate::support::stdout(&verified), stderr(&verified));
}

#[test]
fn a_note_that_outgrows_the_limit_is_as_one_that_was_always_too_large() {
    let database = crate::postgres::database();
    for s in [begun(Sandbox::new()), begun(Sandbox::new().on(&database.url))] {
        for (when, happen, ..) in STEPS {
            happen(&s);
            s.vault_sync(&["sync"]);
            check(&s, when);
            let n_changes = || s.json(&["sql", "select count(*) as n, max(revision) as r from claude.changes"])["results"].to_string();
            let before = n_changes();
            s.vault_sync(&["sync"]);
            assert_eq!(n_changes(), before, "no news is told when it {when}");
        }
        // The limit decides, not the time at which a note was read.
        std::fs::write(s.home().join("sync.toml"), "[notes]\nlargest_mib = 9\n").unwrap();
        s.sync();
        assert_eq!(column(&s.json(&["search", "--strict", "feed it"]), "results", "/path"), ["a.md"]);
        std::fs::write(s.home().join("sync.toml"), LIMIT).unwrap();
        s.vault_sync(&["sync"]);
        check(&s, "the limit is lowered");
        s.vault_sync(&["resync"]);
        check(&s, "everything is read");
    }
}

#[test]
fn a_watcher_takes_it_in_too() {
    let s = begun(Sandbox::new());
    let watch = Watch::start(&s);
    for (when, happen, op, path) in STEPS {
        happen(&s);
        watch.expect(op, path);
        crate::support::wait_until(std::time::Duration::from_secs(60), when, || s.vault_sync(&["verify"]).status.success());
        check(&s, when);
    }
}

/// No answer has the text of before, whether a sync comes before it or not.
#[test]
fn no_answer_shows_what_it_said_before() {
    for fresh in ["auto", "always", "never"] {
        let s = begun(Sandbox::new());
        s.write("a.md", large("No longer. ", 2));
        let ask = || s.json(&["search", "--strict", &format!("--fresh={fresh}"), "feed it"]);
        let answer = ask();
        assert_eq!(answer["results"].as_array().unwrap().len(), 0, "{answer}");
        assert!(fresh != "never" || answer["warnings"].to_string().contains("a.md is not shown: it is larger than 1 MiB"), "{answer}");
        s.write("a.md", NOTE);
        let answer = s.json(&["search", "--strict", "--fresh=always", "feed it"]);
        assert_eq!(column(&answer, "results", "/path"), ["a.md"], "{answer}");
    }
}
