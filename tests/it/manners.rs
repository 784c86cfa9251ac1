//! How the program behaves as a Unix tool, whatever the command: exit codes, streams, hints.

use crate::support::{Sandbox, column, fixture, stderr, stdout};
use std::io::Read as _;
use std::process::Stdio;

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    for args in [&["ls"][..], &["ls", "--json"], &["dump"], &["status", "--json"]] {
        let mut child = sandbox.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().expect("stderr is piped").read_to_string(&mut said).expect("messages are UTF-8");
        let status = child.wait().expect("the binary ends");
        assert!(status.success() && said.is_empty(), "{args:?}: {status}, {said}");
    }
}

#[test]
fn what_was_mistyped_is_named_and_nothing_is_done() {
    let sandbox = Sandbox::new();
    for (args, nearest) in [(&["snyc"][..], "sync"), (&["sync", "--jsno"], "--json")] {
        let output = sandbox.vault_sync(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(nearest), "{args:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty() && !sandbox.data_dir.exists(), "{args:?}");
    }
}

#[test]
fn an_unknown_key_of_the_configuration_is_named_with_the_nearest_known_one() {
    let sandbox = Sandbox::of("vault").configured("[search]\nlimmit = 5\n");
    let output = sandbox.vault_sync(&["sync"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("limmit") && stderr(&output).contains("`limit`"), "{}", stderr(&output));
}

#[test]
fn without_a_vault_the_program_says_how_to_name_one() {
    let output = Sandbox::new().bare_command(&["sync"]).output().expect("the binary starts");
    assert!(!output.status.success());
    assert!(stderr(&output).contains("--vault"), "{}", stderr(&output));
    assert!(stdout(&output).is_empty());
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let sandbox = Sandbox::of("vault").configured("data_dir = \"from-file\"\n");
    let told = |from_environment: Option<&str>, flags: &[&str]| {
        let mut command = sandbox.bare_command(flags);
        command.args(["--json", "config"]);
        if let Some(folder) = from_environment {
            command.env("VAULT_SYNC_DATA_DIR", folder);
        }
        stdout(&command.output().expect("the binary starts"))
    };
    assert!(told(None, &[]).contains("from-file"), "{}", told(None, &[]));
    assert!(told(Some("from-environment"), &[]).contains("from-environment"));
    assert!(told(Some("from-environment"), &["--data-dir", "from-flag"]).contains("from-flag"));
}

#[test]
fn the_example_configuration_says_the_defaults() {
    let example = std::fs::read_to_string(fixture("../sync.example.toml")).expect("the example is there");
    let settings = |sandbox: &Sandbox| {
        let answer = sandbox.json(&["config"]);
        let rows = answer["settings"].as_array().expect("settings are a list").iter();
        rows.map(|row| (row["key"].to_string(), row["value"].to_string())).filter(|(key, _)| !key.contains("vault")).collect::<Vec<_>>()
    };
    let sandbox = Sandbox::new();
    let defaults = settings(&sandbox);
    assert_eq!(settings(&sandbox.configured(&example)), defaults);
    // What stands in comments is no default, and must be right all the same.
    let used = example.replace("\n# ", "\n").replace("\n#\n", "\n");
    let vault = &used[used.find("[[vault]]").expect("the example shows a vault")..used.find("[database]").expect("and a database")];
    Sandbox::new().configured(vault).json(&["config"]);
}

#[test]
fn a_link_that_leads_nowhere_names_what_could_be_meant() {
    let sandbox = Sandbox::of("vault");
    for (link, meant) in [("wcc", "30-Patterns/Work Context Container.md"), ("Sesion Lifecycle", "20-Domains/Session Lifecycle.md")] {
        let answer = sandbox.json(&["resolve", "--from", "Home.md", link]);
        assert!(answer["dest"].is_null(), "{answer}");
        assert_eq!(column(&answer, "did_you_mean", "/path"), [meant]);
    }
}

#[test]
fn a_name_that_means_no_note_is_told_with_those_that_are_near() {
    let sandbox = Sandbox::new();
    sandbox.write("a/Session Lifecycle.md", "Text.");
    sandbox.write("Former.md", "A text that is long enough to be known again wherever the note went, whatever it is called there.");
    sandbox.sync();
    sandbox.rename("Former.md", "b/Latter.md");
    sandbox.sync();
    for (args, hint) in [
        (&["show", "Sesion Lifecycle"][..], "did you mean a/Session Lifecycle.md?"),
        (&["backlinks", "session-lifecycle"], "did you mean a/Session Lifecycle.md?"),
        (&["links", "Former"], "did you mean b/Latter.md?"),
        (&["show", "Something else"], "`vault-sync ls` lists all files"),
    ] {
        let output = sandbox.vault_sync(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(stderr(&output).contains(hint), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn right_after_a_sync_nothing_is_left_to_do() {
    let sandbox = Sandbox::of("vault");
    sandbox.sync();
    sandbox.text(&["status", "--strict"]);
    sandbox.write("New.md", "new");
    assert_eq!(sandbox.vault_sync(&["status", "--strict"]).status.code(), Some(1));
}

#[test]
fn every_search_is_logged_once_and_its_log_never_in_the_way() {
    let database = crate::postgres::database();
    for sandbox in [Sandbox::of("vault"), Sandbox::of("vault").on(&database.url)] {
        sandbox.sync();
        for query in ["gotcha", "qqzzqq"] {
            sandbox.text(&["search", query]);
        }
        // The next command that opens the database takes the lookups in; twice is once.
        for _ in 0..2 {
            let output = sandbox.vault_sync(&["status"]);
            assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
        }
    }
    let rows = "select prompt_excerpt, results_count > 0 from claude.knowledge_retrieval_log order by log_id";
    assert_eq!(database.query(rows), "gotcha|t\nqqzzqq|f");
}

#[test]
fn answers_go_to_stdout_and_the_vault_is_left_as_it_was() {
    let sandbox = Sandbox::of("vault");
    let before = sandbox.vault_bytes();
    sandbox.sync();
    let output = sandbox.vault_sync(&["resync"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(sandbox.vault_bytes(), before, "the vault is opened read-only");
}
