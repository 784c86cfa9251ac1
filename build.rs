//! Tells the binary which commit it is of, for `--version`. Only a release is told: asking would make every commit compile everything anew.
//! Without git, and from a crate without `.git`, it is built all the same.

#![allow(clippy::print_stdout, reason = "this is how a build speaks to cargo")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let commit = if is_release() { commit() } else { None };
    let build = if is_release() { "release" } else { "development" };
    println!("cargo:rustc-env=VAULT_SYNC_COMMIT={}", commit.as_deref().unwrap_or("unknown"));
    println!("cargo:rustc-env=VAULT_SYNC_BUILD={build}, {}", std::env::var("TARGET").unwrap_or_default());
}

/// Returns whether this is what users get: other profiles that are derived from `release` are for those who work on it.
fn is_release() -> bool {
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    folder.ancestors().nth(3).is_some_and(|profile| profile.ends_with("release"))
}

/// Returns the commit of a clone, or the one that a published crate was made of.
fn commit() -> Option<String> {
    if !Path::new(".git").exists() {
        let published = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
        let (_, rest) = published.split_once("\"sha1\": \"")?;
        return rest.split('"').next().map(|commit| commit.chars().take(12).collect());
    }
    // The log of HEAD grows with each commit and each checkout.
    println!("cargo:rerun-if-changed={}", git(&["rev-parse", "--git-path", "logs/HEAD"])?);
    git(&["log", "-1", "--abbrev=12", "--format=%h (%cs)"])
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
