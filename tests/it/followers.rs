//! Machines without the vault's files follow it in the shared database: `watch`, or just a search, and say what they could not confirm.

use crate::postgres::{self, Database};
use crate::support::{Sandbox, column, stderr, stdout, wait_until};
use crate::watching::Watch;
use std::process::{Command, Output};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// A machine that has only a configuration, in which the vault is a name.
struct Follower {
    sandbox: Sandbox,
    url: String,
}

impl Follower {
    fn of(database: &Database) -> Self {
        let sandbox = Sandbox::new().configured("data_dir = \"data\"\n[[vault]]\nname = \"vault\"\n");
        Self { sandbox, url: database.url.clone() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.sandbox.bare_command(args);
        command.env("VAULT_SYNC_DATABASE_URL", &self.url);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn text(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        stdout(&output)
    }

    fn found(&self, word: &str) -> Vec<String> {
        let answer = serde_json::from_str(&self.text(&["--json", "search", "--strict", word])).unwrap();
        column(&answer, "results", "/path")
    }

    /// Returns what its index has: paths, by a search for all notes.
    fn paths(&self) -> Vec<String> {
        let mut paths = self.found("path:md");
        paths.sort();
        paths
    }
}

fn writer() -> (Sandbox, Database) {
    let database = postgres::database();
    let writer = Sandbox::new().on(&database.url);
    writer.write("first.md", "The first note, of [[second]]. #tag");
    writer.sync();
    (writer, database)
}

#[test]
fn a_follower_that_watches_has_each_save_at_once() {
    let (writer, database) = writer();
    let follower = Follower::of(&database);
    let watch = Watch::of(&mut follower.command(&["watch", "--json"]));
    let writing = Watch::start(&writer);
    for i in 0..10 {
        writer.write(&format!("note {i}.md"), format!("Saved as needle{i}."));
        watch.expect("added", &format!("note {i}.md"));
        assert_eq!(follower.found(&format!("needle{i}")), [format!("note {i}.md")]);
    }
    writer.rename("first.md", "moved/first.md");
    watch.expect("renamed", "moved/first.md");
    writer.remove("note 0.md");
    watch.expect("archived", "note 0.md");
    assert_eq!(follower.paths().len(), 10);
    assert_eq!(watch.stop(), Some(0));
    drop(writing);
}

#[test]
fn a_search_alone_catches_up_and_says_what_it_could_not_confirm() {
    let (writer, database) = writer();
    let follower = Follower::of(&database);
    let said = stderr(&follower.run(&["sync"]));
    assert!(said.contains("its files are on another machine; the index has followed"), "{said}");
    let output = follower.run(&["search", "first"]);
    assert!(stdout(&output).starts_with("first.md:"), "{}", stderr(&output));
    assert!(stderr(&output).contains("the files of 'vault' are on another machine") && stderr(&output).contains("not confirmed on files"));
    writer.write("second.md", "The second needle.");
    writer.sync();
    // A machine that is busy says that it was late, and has it the next time.
    wait_until(LIMIT, "the second note is found", || follower.found("needle") == ["second.md"]);
    // What only the database is asked is there as well.
    assert!(follower.text(&["show", "second"]).contains("The second needle."));
    assert!(follower.text(&["backlinks", "second"]).starts_with("first.md:1:"));
    assert!(follower.text(&["tags"]).contains("#tag"));
    assert_eq!(follower.text(&["ls"]).lines().count(), 2);
    let status = follower.text(&["status"]);
    assert!(status.contains("its files are on another machine") && status.contains("index in step"), "{status}");
    assert!(follower.run(&["status", "--strict"]).status.success());
    for args in [&["verify"][..], &["resolve", "second", "--from", "first.md"], &["init"]] {
        let output = follower.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains("on another machine") || stderr(&output).contains("on other machines"), "{}", stderr(&output));
    }
}

/// A first sync of another machine is under way, or broke off.
#[test]
fn a_follower_says_as_long_as_contents_are_missing_that_they_are() {
    let (_writer, database) = writer();
    let follower = Follower::of(&database);
    follower.text(&["sync"]);
    let is_partial = |partial: bool| {
        database.query(&format!("update claude.vaults set is_partial = {partial}, revision = revision + 1"));
        database.query("update claude.store set revision = revision + 1");
    };
    let says = |partial: bool| {
        let answer = || serde_json::from_str::<serde_json::Value>(&follower.text(&["--json", "search", "first"])).unwrap();
        wait_until(LIMIT, &format!("partial is {partial}"), || answer()["freshness"]["partial"] == partial);
    };
    is_partial(true);
    says(true);
    is_partial(false);
    says(false);
    let watch = Watch::of(&mut follower.command(&["watch"]));
    is_partial(true);
    says(true);
    is_partial(false);
    says(false);
    assert_eq!(watch.stop(), Some(0));
}

#[test]
fn a_follower_of_another_store_or_an_older_backup_builds_anew() {
    let (writer, database) = writer();
    let follower = Follower::of(&database);
    let watch = Watch::of(&mut follower.command(&["watch", "--json"]));
    writer.write("lost.md", "What the backup has not.");
    writer.sync();
    watch.expect("added", "lost.md");
    // The database comes back as it was before: revisions are given again.
    database.query("delete from claude.changes where revision >= 2; delete from claude.document_paths where revision >= 2");
    let lost = "(select doc_id from claude.documents where file_path = 'lost.md')";
    for table in ["knowledge", "document_links", "document_tags", "document_headings", "document_blocks", "document_tasks", "documents"] {
        database.query(&format!("delete from claude.{table} where doc_id in {lost}"));
    }
    database.query("update claude.vaults set revision = 1; update claude.store set revision = 1");
    wait_until(LIMIT, "what is lost is no longer found", || follower.paths() == ["first.md"]);
    assert_eq!(watch.stop(), Some(0));
    // Another database under the same configuration.
    let other = writer_of_another();
    let moved = Follower { url: other.url.clone(), sandbox: follower.sandbox };
    moved.text(&["sync"]);
    assert_eq!(moved.paths(), ["other.md"]);
}

fn writer_of_another() -> Database {
    // Copies of the common one are the same store.
    let database = postgres::empty();
    database.migrate();
    let writer = Sandbox::new().on(&database.url);
    writer.write("other.md", "Of the other store.");
    writer.sync();
    database
}

#[test]
fn a_machine_with_the_files_can_follow_without_ever_writing() {
    let (writer, database) = writer();
    let other = Sandbox::new().on(&database.url);
    other.write("first.md", "The first note, of [[second]]. #tag");
    other.write("own.md", "What nobody else has.");
    let watch = Watch::of(&mut other.command(&["watch", "--follow", "--json"]));
    writer.write("second.md", "The second note.");
    writer.sync();
    watch.expect("added", "second.md");
    assert_eq!(database.query("select file_path from claude.documents where not is_archived order by 1"), "first.md\nsecond.md");
    // The files that lie here are another copy: they confirm nothing, and what is not among them is no ghost.
    let answer = other.json(&["search", "second", "--strict"]);
    let mut paths = column(&answer, "results", "/path");
    paths.sort();
    assert_eq!(paths, ["first.md", "second.md"], "{answer}");
    assert!(answer["warnings"].to_string().contains("the vault 'vault' is written by another machine"), "{answer}");
    assert_eq!(answer["freshness"]["away"][0], "vault");
    let alone = Sandbox::new();
    let output = alone.vault_sync(&["watch", "--follow"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("VAULT_SYNC_DATABASE_URL"), "{}", stderr(&output));
}

#[test]
fn a_search_over_a_followed_vault_and_one_that_is_here_takes_in_what_changed_here() {
    let (_writer, database) = writer();
    let follower = Follower::of(&database);
    let text = "data_dir = \"data\"\n[[vault]]\nname = \"vault\"\n[[vault]]\npath = \"vault\"\nname = \"own\"\n";
    let follower = Follower { sandbox: follower.sandbox.configured(text), url: follower.url };
    follower.sandbox.write("mine.md", "Here from the beginning.");
    follower.text(&["sync"]);
    follower.sandbox.write("needle.md", "The needle that came since.");
    wait_until(LIMIT, "it is found", || follower.found("needle") == ["needle.md"]);
    assert_eq!(follower.paths(), ["first.md", "mine.md", "needle.md"]);
}

/// A folder of that name on this machine is somebody's other vault.
#[test]
fn a_folder_that_is_called_like_a_followed_vault_is_not_mixed_into_it() {
    let (_writer, database) = writer();
    let follower = Follower::of(&database);
    follower.sandbox.write("mine.md", "Not of the team.");
    for args in [&["--vault", "vault", "sync"][..], &["--vault", "vault", "search", "first"]] {
        let output = follower.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains("two vaults are called 'vault'"), "{}", stderr(&output));
    }
    assert_eq!(database.query("select file_path from claude.documents"), "first.md");
    follower.text(&["init", "vault"]);
    assert_eq!(follower.text(&["--vault", "vault", "ls"]), "mine.md\n");
    assert_eq!(follower.text(&["sql", "select vault_name from claude.vaults order by 1", "--format", "csv"]).lines().count(), 3);
}

#[test]
fn a_vault_without_a_path_needs_a_name_and_a_database() {
    for (text, message) in [
        ("[[vault]]\nname = \"Notes\"\n", "the vault 'Notes' has no `path`, and there is no database"),
        ("[[vault]]\nexclude = [\"a/\"]\n", "a vault without a `path`"),
    ] {
        let sandbox = Sandbox::new().configured(text);
        let output = sandbox.bare_command(&["search", "words"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
    }
}
