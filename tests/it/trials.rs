//! What a system does to a watcher: it loses events, runs out of watches, sleeps, is busy, kills it. Nothing of it may leave the mirror wrong.

use crate::saves::assert_equals_fresh;
use crate::support::{Sandbox, column, shimmed, stderr, wait_until};
use crate::watching::Watch;
use serde_json::Value;
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Returns a number of the environment: the long runs are longer than those of every day.
pub fn sized(variable: &str, usual: usize) -> usize {
    std::env::var(variable).map_or(usual, |n| n.parse().expect("it is a number"))
}

/// Writes a mark and waits until it is in; then all that happened before it is.
fn caught_up(s: &Sandbox, watch: &Watch, mark: &str) {
    s.write(mark, "A mark.");
    watch.expect("added", mark);
}

fn has(s: &Sandbox, path: &str) -> bool {
    column(&s.json(&["ls", "-n", "100000"]), "results", "/path").iter().any(|p| p == path)
}

/// Failure 15 of the peers: a flood. While the watcher is stopped more happens than the kernel keeps; what comes after that is not told.
#[test]
#[cfg(target_os = "linux")]
fn a_flood_that_the_kernel_does_not_keep_loses_nothing() {
    let s = Sandbox::new();
    s.write("one.md", "First.");
    let watch = Watch::start(&s);
    let kept = std::fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    watch.signal("-STOP");
    let (one, other) = (s.vault.join("x.tmp"), s.vault.join("y.tmp"));
    File::create(&one).unwrap();
    // Each rename is two events.
    for _ in 0..kept.trim().parse::<usize>().unwrap() / 4 + 1 {
        std::fs::rename(&one, &other).unwrap();
        std::fs::rename(&other, &one).unwrap();
    }
    s.write("deep/er/two.md", "Written when nobody was told of it, see [[one]].");
    s.remove("one.md");
    watch.signal("-CONT");
    watch.expect("added", "deep/er/two.md");
    // The folder is watched, although no event told of it.
    s.write("deep/er/three.md", "Written after the flood, see [[two]].");
    watch.expect("added", "deep/er/three.md");
    caught_up(&s, &watch, "mark.md");
    assert_equals_fresh(&s, "after a flood");
    assert_eq!(watch.stop(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn where_no_more_watches_are_allowed_it_polls_and_says_so() {
    for most in ["0", "2", "5"] {
        let s = Sandbox::new().configured("[watch]\npoll_seconds = 1\n");
        s.write("a/b/one.md", "First.");
        let watch = Watch::of(shimmed(&mut s.command(&["watch", "--json"])).env("FAULT_WATCHES", most));
        // At 5, the limit is reached by folders that come later.
        s.write("c/d/e/f/two.md", "Second, see [[one]].");
        watch.expect("added", "c/d/e/f/two.md");
        let said = watch.said("polling instead");
        assert!(said.contains("max_user_watches"), "{said}");
        s.rename("a/b", "c/b");
        watch.expect("renamed", "c/b/one.md");
        assert_equals_fresh(&s, "after polling");
        assert_eq!(watch.stop(), Some(0));
    }
}

/// While a laptop sleeps its clock goes on, and what others do to a drive meanwhile is told to nobody. Here it is a folder that is not watched.
#[test]
#[cfg(target_os = "linux")]
fn after_a_sleep_it_looks_at_everything() {
    let s = Sandbox::new();
    let exclude = format!("[[vault]]\npath = {:?}\nname = \"vault\"\nexclude = [\"attic/\"]\n", s.vault);
    let s = s.configured(&exclude);
    s.write("one.md", "See [[two]].");
    s.write("attic/x.md", "Not watched.");
    let jump = s.home().join("jump");
    let watch = Watch::of(shimmed(s.command(&["watch", "--json"]).env("FAULT_JUMP", &jump)));
    let told = "select count(*) as n from claude.vault_files where rule = 'attic/'";
    let excluded = |n: u64| s.json(&["sql", told])["results"][0]["n"] == n;
    s.write("attic/two.md", "Written while it slept.");
    caught_up(&s, &watch, "mark.md");
    assert!(excluded(1), "nobody was told");
    File::create(&jump).unwrap();
    wait_until(LIMIT, "a look at everything after the sleep", || excluded(2));
    // And when the clock is put back.
    s.write("attic/three.md", "Written meanwhile.");
    std::fs::remove_file(&jump).unwrap();
    wait_until(LIMIT, "a look at everything after the clock was put back", || excluded(3));
    assert_eq!(watch.stop(), Some(0));
}

/// Failure 13 of the peers: the watcher is dead, or its process lives and does nothing, and nobody can tell.
#[test]
fn a_dead_watcher_is_told_from_a_living_one() {
    let s = Sandbox::new();
    s.write("one.md", "First.");
    s.sync();
    let status = || s.json(&["status"]);
    assert_eq!(status()["watcher"], "absent");
    let watch = Watch::start(&s);
    wait_until(LIMIT, "the watcher to live", || status()["watcher"] == "live");
    assert_eq!(status()["heartbeat"]["pid"], watch.id(), "{}", status());
    assert!(status()["heartbeat"]["seconds_ago"].as_i64().is_some_and(|ago| (0..30).contains(&ago)), "{}", status());
    assert!(s.text(&["status"]).contains(&format!("watcher live (process {}, last sign ", watch.id())), "{}", s.text(&["status"]));
    // One that hangs gives no sign.
    watch.signal("-STOP");
    let file = s.data_dir.join("state.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let beat = state["watcher"]["beat_ms"].as_i64().unwrap();
    state["watcher"]["beat_ms"] = (beat - 31_000).into();
    std::fs::write(&file, state.to_string()).unwrap();
    assert_eq!(status()["watcher"], "stale");
    let search = || s.json(&["search", "--no-log", "first"])["freshness"]["watcher"].clone();
    assert_eq!(search(), "stale");
    watch.signal("-CONT");
    wait_until(LIMIT, "its next sign", || status()["watcher"] == "live");
    watch.signal("-KILL");
    wait_until(LIMIT, "its death to be seen", || status()["watcher"] == "stale");
    assert!(s.text(&["status"]).contains("has ended"), "{}", s.text(&["status"]));
    assert_eq!(search(), "stale");
    drop(watch);
    assert_eq!(Watch::start(&s).stop(), Some(0));
    assert_eq!(status()["watcher"], "absent");
}

/// Failure 13 of the peers: 20 to 30 % of a processor for nothing. `VAULT_SYNC_TEST_IDLE` says how many seconds to look on.
#[test]
#[cfg(target_os = "linux")]
fn an_idle_watcher_takes_no_time() {
    let s = Sandbox::of("vault");
    (0..300).for_each(|n| s.write(&format!("{}/{}/{n}.md", n % 20, n % 60), format!("Note {n}.")));
    let watch = Watch::start(&s);
    caught_up(&s, &watch, "mark.md");
    let took = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", watch.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        // Fields 14 and 15 of proc_pid_stat(5), in hundredths of a second.
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let before = took();
    std::thread::sleep(Duration::from_secs(sized("VAULT_SYNC_TEST_IDLE", 5) as u64));
    let spent = took() - before;
    assert!(spent < 10, "it took {spent} hundredths of a second for nothing");
    assert_eq!(watch.stop(), Some(0));
}

/// Failure 15 of the peers: `git checkout` of 10,000 files stalls. `VAULT_SYNC_TEST_FILES` says how many.
#[test]
fn a_checkout_of_many_files_is_followed() {
    let s = Sandbox::new();
    let n = sized("VAULT_SYNC_TEST_FILES", 1500);
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "gc.auto=0"]).args(args);
        let output = git.current_dir(&s.vault).env("HOME", s.home()).output().expect("git is there");
        assert!(output.status.success(), "git {args:?}: {}", stderr(&output));
    };
    git(&["init", "-q", "-b", "few"]);
    (0..n / 10).for_each(|i| s.write(&format!("{}/{i}.md", i % 7), format!("Note {i}, see [[{}]].", i + 1)));
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "few"]);
    git(&["checkout", "-q", "-b", "many"]);
    (0..n).for_each(|i| s.write(&format!("{}/{}/{i}.md", i % 7, i % 70), format!("Another note {i}, see [[{}]].", i * 7 % n)));
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "many"]);
    git(&["checkout", "-q", "few"]);
    let watch = Watch::of(&mut s.command(&["watch", "--json", "--allow-mass-delete"]));
    for (i, branch) in ["many", "few", "many"].into_iter().enumerate() {
        git(&["checkout", "-q", branch]);
        caught_up(&s, &watch, &format!("mark {i}.md"));
        assert_equals_fresh(&s, &format!("after a checkout of {branch}"));
    }
    assert_eq!(watch.stop(), Some(0));
}

/// Failure 4 of the peers: a note made during a scan is taken for deleted.
#[test]
fn what_changes_during_a_resync_is_neither_lost_nor_taken_for_deleted() {
    let s = Sandbox::of("vault");
    (0..200).for_each(|n| s.write(&format!("many/{n}.md"), format!("Note {n}, see [[{}]].", n + 1)));
    let watch = Watch::start(&s);
    for round in 0..3 {
        let resync = s.command(&["-q", "resync"]).stderr(Stdio::piped()).spawn().unwrap();
        // Not without end: a run that is overtaken twenty times says so and gives up.
        for n in 0..150 {
            s.write(&format!("new/{}.md", n % 40), format!("Made in round {round}, step {n}, see [[{}]].", n % 50));
            s.rename(&format!("new/{}.md", n % 40), &format!("new/moved {}.md", n % 30));
            let _ = std::fs::remove_file(s.vault.join(format!("new/moved {}.md", (n + 15) % 30)));
        }
        let output = resync.wait_with_output().unwrap();
        assert!(output.status.success(), "the resync of round {round}: {}", stderr(&output));
        caught_up(&s, &watch, &format!("mark {round}.md"));
        assert_equals_fresh(&s, &format!("after round {round}"));
    }
    assert_eq!(watch.stop(), Some(0));
}

/// Failures 14 and 15 of the peers: a root behind a symbolic link, and one that is not there yet.
#[test]
#[cfg(unix)]
fn a_root_behind_a_link_or_not_there_yet_is_watched() {
    let s = Sandbox::new();
    s.write("one.md", "First.");
    let link = s.home().join("link");
    std::os::unix::fs::symlink(&s.vault, &link).unwrap();
    let linked = Sandbox::new().over(&link);
    let watch = Watch::start(&linked);
    s.write("x/two.md", "Second.");
    watch.expect("added", "x/two.md");
    assert_eq!(watch.stop(), Some(0));

    let late = Sandbox::new();
    std::fs::remove_dir_all(&late.vault).unwrap();
    let mut command = late.command(&["watch", "--json"]);
    let watch = Watch::waiting(&mut command, "no such folder");
    late.write("y/three.md", "Third.");
    watch.expect("added", "y/three.md");
    assert!(has(&late, "y/three.md"));
    assert_eq!(watch.stop(), Some(0));
}
