//! `doctor`: what may be wrong round the mirror, and the cure for it. Each check looks at one part of the world and makes a value of it; a
//! pure function beside it judges the value. It works where nothing else does: what is broken is a finding, never an error.

mod clock;
mod configuration;
mod data;
mod database;
mod folder;
mod index;
mod lookups;
mod mend;
mod vaults;
mod watching;

pub use mend::mend;

use crate::clock::Timestamp;
use crate::config::{Flags, Settings};
use serde::Serialize;
use std::path::PathBuf;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    Ok,
    /// Worth knowing; nothing is wrong yet.
    Note,
    Wrong,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub check: &'static str,
    pub grade: Grade,
    pub sentence: String,
    /// What to type, or to do.
    pub cure: Option<String>,
    /// What `--fix` does about it.
    #[serde(skip)]
    pub mend: Option<Mend>,
}

/// What is safe to do without asking: all of it is about files of our own that hold nothing that could be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mend {
    /// Keeps others out of these: folders get 0700, files 0600.
    Close(Vec<PathBuf>),
    /// Removes generations that are no longer in use from the index folder.
    Sweep(PathBuf),
    /// Removes drafts that a killed process left.
    Remove(Vec<PathBuf>),
    /// Takes the lookups that wait into the database.
    Drain,
    /// Forgets a watcher that was killed.
    ForgetWatcher,
}

impl Finding {
    fn new(check: &'static str, grade: Grade, sentence: impl Into<String>) -> Self {
        Self { check, grade, sentence: sentence.into(), cure: None, mend: None }
    }

    fn ok(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(check, Grade::Ok, sentence)
    }

    fn note(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(check, Grade::Note, sentence)
    }

    fn wrong(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(check, Grade::Wrong, sentence)
    }

    fn cured_by(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    fn mended_by(mut self, mend: Mend) -> Self {
        self.mend = Some(mend);
        self.cure.get_or_insert_with(|| "vault-sync doctor --fix".to_owned());
        self
    }
}

/// Runs all checks, and returns what they found, with the settings that they went by: those of the file, or without it if it cannot be read.
pub async fn examine(flags: &Flags) -> (Vec<Finding>, Option<Settings>) {
    let now = Timestamp::now();
    let (mut findings, settings) = configuration::examine(flags);
    let Some(settings) = settings else { return (findings, None) };
    let vaults = vaults::look(&settings, now);
    let health = database::look(&settings).await;
    findings.extend(vaults.iter().flat_map(vaults::judge));
    findings.extend(watching::judge(&settings, &vaults, &watching::limits()));
    findings.extend(data::judge(&data::look(&settings, flags)));
    findings.extend(database::judge(&settings, &health));
    findings.extend(index::examine(&settings, health.as_ref().and_then(|health| health.as_ref().ok()), now));
    findings.extend(lookups::examine(&settings));
    findings.extend(clock::examine(&settings, health.as_ref().and_then(|health| health.as_ref().ok()), &vaults, now));
    (findings, Some(settings))
}
