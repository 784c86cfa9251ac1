//! The change feed: of edits that are old it keeps the last of each document, on both engines, and who relies on it sees no difference.

use crate::log::Other;
use crate::postgres;
use crate::support::{Sandbox, wait_until};
use crate::watching::Watch;
use serde_json::Value;
use std::time::Duration;

/// What is done, look by look.
const LOOKS: [&[&str]; 5] = [
    &["write a 1", "write b 1", "write c 1", "write d 1", "write e 1"],
    &["write a 2", "write b 2", "write c 2", "write d 2"],
    &["write a 3", "move b f"],
    &["write f 4", "write e 4", "remove c", "remove d"],
    &["write f 5", "write d 2"],
];

/// What the feed says of it, and whether a line goes when all of it is old.
const FEED: [(&str, bool); 17] = [
    ("added a", false),
    ("added b", false),
    ("added c", false),
    ("added d", false),
    ("added e", false),
    ("modified a", true),
    ("modified b", true),
    ("modified c", true),
    ("modified d", true),
    ("modified a", true),
    ("renamed f", false),
    ("archived c", false),
    ("archived d", false),
    ("modified e", false),
    ("modified f", true),
    ("returned d", false),
    ("modified f", false),
];

const AGE: &str = "update claude.changes set at = '2020-01-01T00:00:00.000Z'";

#[test]
fn old_edits_leave_the_feed_but_for_the_last_of_each_document() {
    let database = postgres::database();
    for url in [None, Some(database.url.as_str())] {
        let sandbox = Sandbox::new();
        let sandbox = if let Some(url) = url { sandbox.on(url) } else { sandbox };
        for steps in LOOKS {
            steps.iter().for_each(|step| carry_out(&sandbox, step));
            sandbox.sync();
        }
        let whole = || FEED.iter().map(|(line, _)| *line);
        let thinned = || FEED.iter().filter(|(_, goes)| !goes).map(|(line, _)| *line);
        assert_eq!(feed(&sandbox), sorted(whole()));

        let mut other = Other::of(&sandbox, url);
        let look = |keep_days: u32, step: &str| {
            std::fs::write(sandbox.home().join("sync.toml"), format!("[log]\nkeep_change_days = {keep_days}\n")).unwrap();
            carry_out(&sandbox, step);
            sandbox.sync();
            sandbox.text(&["verify"]);
        };
        other.run(AGE);
        look(90, "write a 6");
        assert_eq!(feed(&sandbox), sorted(whole().chain(["modified a"])), "once a day is enough");
        other.run("delete from claude.sync_runs");
        look(0, "write a 7");
        assert_eq!(feed(&sandbox), sorted(whole().chain(["modified a"; 2])), "0 keeps all");
        other.run("delete from claude.sync_runs");
        look(90, "write a 7");
        assert_eq!(feed(&sandbox), sorted(whole().chain(["modified a"; 2])), "a look without news does not look at the feed");
        // The clock was ahead at first.
        other.run("update claude.changes set at = '2999-01-01T00:00:00.000Z' where op = 'added' and position = 0");
        look(90, "write a 8");
        assert_eq!(feed(&sandbox), sorted(thinned().chain(["modified a"; 3])), "what is young stays");

        // A watcher does so too, without a run.
        let dump = sandbox.text(&["dump"]);
        other.run(AGE);
        let watch = Watch::start(&sandbox);
        let expected = sorted(thinned().chain(["modified a"]));
        wait_until(Duration::from_secs(60), "a beat thins the feed", || feed(&sandbox) == expected);
        watch.stop();
        sandbox.text(&["verify"]);
        assert_eq!(sandbox.text(&["dump"]), dump);
        assert_eq!(sandbox.json(&["search", "\"look 8\""])["total"], 1);
    }
}

/// Carries out a step: `write NOTE LOOK`, `move NOTE NAME` or `remove NOTE`.
fn carry_out(sandbox: &Sandbox, step: &str) {
    let words: Vec<&str> = step.split(' ').collect();
    let path = |name: &str| format!("{name}.md");
    match words[..] {
        ["write", name, look] => sandbox.write(&path(name), format!("The note {name} as of look {look}.\n")),
        ["move", from, to] => sandbox.rename(&path(from), &path(to)),
        ["remove", name] => sandbox.remove(&path(name)),
        _ => panic!("no step: {step}"),
    }
}

fn feed(sandbox: &Sandbox) -> Vec<String> {
    let answer = sandbox.json(&["sql", "select op, path from claude.changes"]);
    let line = |row: &Value| format!("{} {}", row["op"].as_str().unwrap(), row["path"].as_str().unwrap().trim_end_matches(".md"));
    sorted(answer["results"].as_array().unwrap().iter().map(line))
}

fn sorted(lines: impl Iterator<Item = impl Into<String>>) -> Vec<String> {
    let mut lines: Vec<String> = lines.map(Into::into).collect();
    lines.sort();
    lines
}
