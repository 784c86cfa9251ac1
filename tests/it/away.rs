//! The database goes away and comes back: nothing is lost, nobody waits for it, and everybody says so.

use crate::postgres::{Server, Setup};
use crate::support::{Sandbox, assert_same_dump, column, stderr, stdout, wait_until};
use crate::watching::Watch;
use serde_json::Value;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

fn paths(s: &Sandbox, query: &str) -> (Vec<String>, Value) {
    let answer = s.json(&["search", "--strict", query]);
    (column(&answer, "results", "/path"), answer)
}

#[test]
fn a_watcher_catches_up_when_the_database_is_back() {
    let server = Server::start(&Setup::default());
    let database = server.database("");
    database.migrate();
    let s = Sandbox::of("vault").on(&database.url);
    let watch = Watch::start(&s);
    s.write("before.md", "Written before, about zebras.");
    watch.expect("added", "before.md");
    server.stop();
    s.write("during.md", "Written during the outage, about giraffes.");
    s.write("before.md", "Edited during the outage, about okapis.");
    s.rename("Home.md", "Moved home.md");
    s.remove("40-Procedures/Session Resume.md");
    let said = watch.said("opening the database|error communicating with database|terminating connection");
    assert!(said.contains("trying again"), "{said}");
    // Each search looks for itself now, answers from the index, and says what it has not.
    let ask = || s.json(&["search", "--no-log", "--fresh", "--strict", "okapis"]);
    wait_until(LIMIT, "searches not to rely on the watcher", || ask()["freshness"]["sync"] == "failed");
    let (found, answer) = paths(&s, "file:before OR giraffes");
    assert_eq!((found, &answer["results"][0]["changed"]), (vec!["before.md".to_owned()], &true.into()), "{answer}");
    assert!(answer["freshness"]["unseen"].as_u64() > Some(0) && answer["warnings"].to_string().contains("changed since"), "{answer}");
    server.start_again();
    watch.expect("added", "during.md");
    watch.said("well again");
    s.write("after.md", "Written after the outage.");
    watch.expect("added", "after.md");
    wait_until(LIMIT, "all to be in", || s.vault_sync(&["status", "--strict"]).status.success());
    assert_eq!(paths(&s, "giraffes").0, ["during.md"]);
    assert_eq!(watch.stop(), Some(0));
    let fresh = Sandbox::new().over(&s.vault).on(&crate::postgres::database().url);
    fresh.sync();
    assert_same_dump(&s.text(&["dump"]), &fresh.text(&["dump"]), "after an outage");
    let lookups = s.json(&["log", "list", "-n", "100"]);
    assert_eq!(lookups["results"].as_array().unwrap().len(), 2, "lookups arrive when it is back: {lookups}");
}

#[test]
fn a_sync_says_try_again_and_a_search_answers() {
    let server = Server::start(&Setup::default());
    let database = server.database("");
    database.migrate();
    let s = Sandbox::of("vault").on(&database.url);
    s.sync();
    server.stop();
    for args in [&["sync"][..], &["resync"], &["status"], &["ls"], &["watch"], &["db", "migrate"], &["db", "status"], &["log"]] {
        let output = s.vault_sync(args);
        assert_eq!(output.status.code(), Some(75), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("check that the database is running"), "{args:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty(), "{args:?}");
    }
    assert_eq!(paths(&s, "file:README").0.len(), 3, "what the index knows needs no database");
    s.write("new.md", "Something about zebras.");
    let output = s.vault_sync(&["search", "--fresh", "zebras"]);
    assert!(output.status.success() && stderr(&output).contains("database"), "{}", stderr(&output));
    let asked = s.vault_sync(&["search", "link:Home"]);
    assert_eq!(asked.status.code(), Some(75), "{}", stderr(&asked));
    server.start_again();
    s.sync();
    assert_eq!(paths(&s, "zebras").0, ["new.md"]);
    s.text(&["status", "--strict"]);
}

#[test]
fn a_sync_whose_database_goes_away_midway_says_try_again() {
    let server = Server::start(&Setup::default());
    let database = server.database("");
    database.migrate();
    let s = Sandbox::new().on(&database.url);
    (0..300).for_each(|i| s.write(&format!("{i}.md"), format!("Note {i}, see [[{}]].", i + 1)));
    // The sync waits for the lock on what it must write, and then finds the database gone.
    let mut other = crate::log::Other::of(&s, Some(&database.url));
    other.run("begin");
    other.run("lock table claude.documents in exclusive mode");
    let sync = s.command(&["sync"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let waits = "select count(*) > 0 from pg_stat_activity where application_name = 'vault-sync' and wait_event_type = 'Lock'";
    wait_until(LIMIT, "the sync to wait", || database.query(waits) == "t");
    server.stop();
    let output = sync.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", stderr(&output));
    drop(other);
    server.start_again();
    s.sync();
    assert_eq!(s.json(&["ls", "-n", "1000"])["results"].as_array().unwrap().len(), 300);
}
