//! What packages and images are made with agrees with the rest; that they install and run, `packaging/try` and `packaging/image` see.

use crate::support::{Sandbox, fixture, stderr, stdout};
use std::process::Command;

fn read(name: &str) -> String {
    std::fs::read_to_string(fixture("..").join(name)).unwrap()
}

#[test]
fn the_image_is_built_with_the_pinned_toolchain() {
    let toolchain = read("rust-toolchain.toml");
    let version = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"')).unwrap();
    let dockerfile = read("Dockerfile");
    for line in [format!("FROM rust:{version}-slim-bookworm AS build\n"), format!("ENV RUSTUP_TOOLCHAIN={version}\n")] {
        assert!(dockerfile.contains(&line), "the Dockerfile lacks {line}");
    }
}

/// The image asks for a number of seconds in the JSON of `service status`, by its text; a database that is away is no matter.
#[test]
fn the_image_knows_a_watcher_that_lives() {
    let dockerfile = read("Dockerfile");
    let line = dockerfile.lines().find_map(|line| line.trim().strip_prefix("CMD [\"sh\", \"-c\", ")).unwrap();
    let check: String = serde_json::from_str(line.strip_suffix(']').unwrap()).unwrap();
    let (ask, look) = check.split_once(" | ").unwrap();
    let s = Sandbox::new();
    s.write("one.md", "First.");
    s.sync();
    let words: Vec<&str> = ask.split(' ').skip(1).collect();
    let judge =
        |answer: &str| Command::new("sh").args(["-c", &format!("printf %s \"$1\" | {look}"), "sh", answer]).status().unwrap().success();
    let is_well = || judge(&s.text(&words));
    assert!(!is_well(), "nobody watches");
    let watch = crate::watching::Watch::start(&s);
    assert!(is_well(), "somebody does");
    let answer = s.command(&words).env("VAULT_SYNC_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none").output().unwrap();
    assert!(judge(&stdout(&answer)), "the database is away: {}", stderr(&answer));
    watch.signal("-KILL");
    crate::support::wait_until(std::time::Duration::from_secs(120), "a watcher that was killed is none", || !is_well());
}

#[test]
fn every_script_can_be_read_by_its_shell() {
    let scripts = ["packaging/deb", "packaging/try", "packaging/image", ".ci/run", "tests/run", "fuzz/run", "benches/instructions"];
    for script in scripts {
        let output = Command::new("bash").arg("-n").arg(fixture("..").join(script)).output().unwrap();
        assert!(output.status.success(), "{script}: {}{}", stdout(&output), stderr(&output));
    }
}
