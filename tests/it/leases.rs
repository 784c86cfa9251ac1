//! One machine writes a vault: the others stand by, follow its index, and take over when it ends or dies. A machine is a data directory.

use crate::postgres::{self, Database};
use crate::stepped::Stepped;
use crate::support::{Sandbox, column, stderr, wait_until};
use crate::watching::Watch;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// Returns two machines with a copy each of one vault, and the database that they share.
fn two_machines() -> (Sandbox, Sandbox, Database) {
    let database = postgres::database();
    let machine = || {
        let machine = Sandbox::new().on(&database.url);
        machine.write("first.md", "The first note.");
        machine
    };
    (machine(), machine(), database)
}

pub fn standing_by(machine: &Sandbox) -> Watch {
    Watch::waiting(&mut machine.command(&["watch", "--json"]), "standing by")
}

fn finds(machine: &Sandbox, word: &str, path: &str) {
    let hits = || column(&machine.json(&["search", word, "--strict"]), "results", "/path");
    wait_until(LIMIT, &format!("{path} is found"), || hits() == [path]);
}

#[test]
fn while_one_machine_writes_the_other_changes_nothing() {
    let (one, other, database) = two_machines();
    let watch = Watch::start(&one);
    let before = database.query("select revision from claude.store");
    other.write("other.md", "What only the other copy has.");
    other.remove("first.md");
    for command in ["sync", "resync"] {
        let output = other.vault_sync(&[command]);
        assert_eq!(output.status.code(), Some(75), "{command}: {}", stderr(&output));
        let said = stderr(&output);
        assert!(
            said.contains("the vault 'vault' is written by another machine") && said.contains("`vault-sync watch` stands by"),
            "{said}"
        );
    }
    other.json(&["search", "copy", "--fresh=always"]);
    assert_eq!(database.query("select revision from claude.store"), before);
    // What has the same data directory is the same writer.
    one.write("second.md", "The second note.");
    watch.expect("added", "second.md");
    one.write("third.md", "The third note.");
    one.text(&["sync"]);
    finds(&one, "third", "third.md");
    assert_eq!(watch.stop(), Some(0));
    // It let go: nobody waits for a lease to end.
    other.text(&["sync"]);
    one.text(&["sync"]);
    other.text(&["resync"]);
    // Nor after a run that wrote everything and found no news, nor after a search that took in what it saw.
    one.text(&["sync"]);
    one.write("seen.md", "Seen by a search.");
    assert_eq!(column(&one.json(&["search", "seen", "--fresh=always", "--strict"]), "results", "/path"), ["seen.md"]);
    other.text(&["sync"]);
}

#[test]
fn who_stands_by_follows_and_takes_over_from_a_writer_that_died() {
    let (one, other, _database) = two_machines();
    let writer = Watch::start(&one);
    let heir = standing_by(&other);
    one.write("second.md", "The second note.");
    writer.expect("added", "second.md");
    // As a service brings it that keeps the copies alike.
    other.write("second.md", "The second note.");
    finds(&other, "second", "second.md");
    other.write("heir.md", "Written where nobody writes to the database.");
    writer.signal("-KILL");
    heir.said("writing the vault 'vault' from now on");
    heir.expect("added", "heir.md");
    finds(&other, "heir", "heir.md");
    let back = standing_by(&one);
    assert_eq!(heir.stop(), Some(0));
    back.said("writing the vault 'vault' from now on");
}

#[test]
fn a_writer_that_lost_its_lease_stops_before_it_does_harm() {
    let (one, _, database) = two_machines();
    let watch = Watch::start(&one);
    database
        .query("update claude.vaults set writer_id = gen_random_uuid(), writer_name = 'a thief', writer_until = now() + interval '1 hour'");
    let before = database.query("select revision from claude.store");
    one.write("second.md", "The second note.");
    let said = watch.said("standing by");
    assert!(said.contains("is written by another machine, a thief"), "{said}");
    assert_eq!(database.query("select revision from claude.store"), before);
    let status = one.json(&["status"]);
    assert_eq!(status["vaults"][0]["writer"]["name"], "a thief");
    assert_eq!(status["vaults"][0]["writer"]["is_this_machine"], false);
    assert_eq!(status["vaults"][0]["writer"]["is_writing"], true);
    assert_ne!(status["watcher"], "live", "what it follows, it does not take in");
    database.query("update claude.vaults set writer_until = now() - interval '1 second'");
    watch.expect("added", "second.md");
    let status = one.json(&["status"]);
    assert_eq!(status["vaults"][0]["writer"]["is_this_machine"], true);
}

/// The lease is looked at within the transaction, and held until its end.
#[test]
fn a_lease_that_goes_over_meanwhile_ends_a_transaction_and_none_goes_over_within_one() {
    const TAKE: &str = "set lock_timeout = '300ms'; update claude.vaults set writer_id = gen_random_uuid(), writer_name = 'a thief', \
         writer_until = clock_timestamp() + interval '1 hour'";
    let (one, _, database) = two_machines();
    one.text(&["sync"]);
    let stepped_to = |point: &str| {
        one.write("second.md", format!("At {point}."));
        let mut run = Stepped::start(&one, &["sync"]);
        while run.next().expect("it comes so far") != point {
            run.go_on();
        }
        run
    };
    let end = |mut run: Stepped| {
        run.go_on();
        while run.next().is_some() {
            run.go_on();
        }
        run.end().1
    };
    let run = stepped_to("VaultHeld");
    let refused = database.refused(TAKE);
    assert!(refused.contains("lock timeout"), "{refused}");
    assert!(end(run));
    let run = stepped_to("TransactionBegun");
    database.query(TAKE);
    let before = database.query("select revision from claude.store");
    assert!(!end(run));
    assert_eq!(database.query("select revision from claude.store"), before);
    assert_eq!(database.query("select writer_name from claude.vaults"), "a thief");
}

/// Whoever takes a vault over finds other times on all of its files: reading them takes long, and changes nothing.
#[test]
fn the_lease_lives_while_many_files_are_read_that_say_nothing_new() {
    let (one, _, database) = two_machines();
    (0..600).for_each(|i| one.write(&format!("{i}.md"), "Text."));
    one.text(&["sync"]);
    database.query("update claude.vaults set writer_id = null, writer_name = null, writer_since = null, writer_until = null");
    let revision = database.query("select revision from claude.store");
    (0..600).for_each(|i| one.write(&format!("{i}.md"), "Text."));
    one.text(&["sync"]);
    assert_eq!(
        database.query("select s.revision, v.writer_name is not null from claude.store s, claude.vaults v"),
        format!("{revision}|t")
    );
    assert_eq!(database.query("select count(*) from claude.vaults where writer_until > now()"), "0", "it is over, and nobody need wait");
}

/// Whoever is first writes, and the copy of the other waits for its turn.
#[test]
fn two_writers_that_start_at_once_are_one_writer_and_one_that_stands_by() {
    let (one, other, database) = two_machines();
    let start = |machine: &Sandbox| Watch::waiting(&mut machine.command(&["watch", "--json"]), " ");
    let (first, second) = (start(&one), start(&other));
    one.write("a.md", "From the one.");
    other.write("b.md", "From the other.");
    let holders = || database.query("select count(*) from claude.vaults where writer_until > now()");
    wait_until(LIMIT, "one of them writes", || holders() == "1");
    let paths = || database.query("select file_path from claude.documents where not is_archived order by 1");
    wait_until(LIMIT, "its copy is the mirror", || ["a.md\nfirst.md", "b.md\nfirst.md"].contains(&paths().as_str()));
    let winner = paths();
    let (loser, left) = if winner.starts_with("a.md") { (second, first) } else { (first, second) };
    loser.said("standing by");
    assert_eq!(left.stop(), Some(0));
    loser.said("writing the vault");
}
