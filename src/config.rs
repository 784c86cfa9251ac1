//! Settings: flag > environment > file > default. Hands plain values to the edges; nobody else holds them.

mod draft;
mod file;
mod find;
mod vaults;

pub use draft::{Kept, keep_vaults};
pub use file::{FILE_NAME, Fresh, LanguageName, WatchMode};
pub use find::{home_file, known_to_obsidian, real, settings_folder, user_home, vault_above};
pub use vaults::VaultSettings;

use crate::disk::Disk;
use crate::facts::Rules;
use crate::index::{Languages, Ranking, Weights};
use crate::refusal::{Exit, Refusal};
use crate::store::{self, Address, Location};
use crate::sync::Site;
use anyhow::{Context as _, Result};
use file::{File, UnknownProjects};
use serde_json::{Map, Value};
use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// The commented defaults: the example is the truth.
pub const EXAMPLE: &str = include_str!("../sync.example.toml");

/// What was typed, as far as settings go.
#[derive(Clone, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub vault: Option<PathBuf>,
    pub data_dir: Option<PathBuf>,
    pub database_url: Option<String>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Environment(&'static str),
    File(PathBuf),
    /// The folder that the command was started in.
    CurrentFolder,
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::CurrentFolder => f.write_str("current folder"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub origin: Origin,
}

/// What a run is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Holds the SQLite file, the index, the spool and the state file.
    pub data_dir: Sourced<PathBuf>,
    /// The team's PostgreSQL; `None` for the embedded SQLite file.
    pub database_url: Sourced<Option<Address>>,
    pub vaults: Vec<Sourced<VaultSettings>>,
    /// Names of all vaults that the file follows in the database, also where another one is meant.
    pub followed: Vec<String>,
    pub labels: Sourced<bool>,
    /// Notes are told that they were synced.
    pub write_back: Sourced<bool>,
    /// By it a note says that it is private.
    pub private_property: Sourced<String>,
    /// No larger note is read.
    pub largest_mib: Sourced<u64>,
    pub unknown_projects: Sourced<UnknownProjects>,
    /// Hits of a search.
    pub search_limit: Sourced<usize>,
    /// Whose forms of words and function words a search knows.
    pub languages: Sourced<Vec<LanguageName>>,
    /// What each factor of the ranking weighs, by name.
    pub weights: Vec<(String, Sourced<f64>)>,
    pub search_fresh: Sourced<Fresh>,
    /// Older lookups are removed; 0 keeps them for ever.
    pub log_keep_days: Sourced<u32>,
    /// Older runs are removed from history and feed; 0 keeps them for ever.
    pub log_keep_run_days: Sourced<u32>,
    /// Older edits are removed from the change feed; 0 keeps them for ever.
    pub log_keep_change_days: Sourced<u32>,
    /// How long a statement of `sql` may work.
    pub sql_timeout_seconds: Sourced<NonZeroU32>,
    pub watch_mode: Sourced<WatchMode>,
    pub poll_seconds: Sourced<u64>,
    /// Who asks, for the retrieval log.
    pub agent: Option<String>,
    pub session: Option<String>,
    pub project: Option<String>,
}

impl Settings {
    pub fn location(&self) -> Location {
        match &self.database_url.value {
            Some(address) => Location::Postgres(address.clone()),
            None => Location::Sqlite(self.data_dir.value.join(store::FILE_NAME)),
        }
    }

    /// The vault is opened read-only, and a sync service would copy half-written index files: nothing of ours lies in it.
    ///
    /// # Errors
    /// A [`Refusal`] when the data directory lies in a vault.
    pub fn refuse_data_inside(&self) -> Result<()> {
        let real = find::real(&self.data_dir.value)?;
        let Some(vault) = self.vaults.iter().find(|vault| real.starts_with(&vault.value.root)) else { return Ok(()) };
        let refusal = Refusal {
            exit: Exit::Usage,
            message: format!("the data directory {} lies inside the vault {}", self.data_dir.value.display(), vault.value.root.display()),
            hint: Some("choose another with --data-dir, or leave it out: the default is outside every vault".to_owned()),
        };
        Err(refusal.into())
    }

    /// A folder that is called like a vault which is followed is not that one: nothing of it is mixed in.
    ///
    /// # Errors
    /// A [`Refusal`] when a vault on this machine has the name of one that is followed.
    pub fn refuse_namesakes(&self) -> Result<()> {
        let is_namesake = |vault: &&Sourced<VaultSettings>| !vault.value.is_elsewhere && self.followed.contains(&vault.value.name);
        let Some(vault) = self.vaults.iter().find(is_namesake) else { return Ok(()) };
        let VaultSettings { name, root, .. } = &vault.value;
        let refusal = Refusal {
            exit: Exit::Usage,
            message: format!("two vaults are called '{name}': {}, and the one that sync.toml follows in the database", root.display()),
            hint: Some(
                "if they are one, give its `path` there; else let `vault-sync init` write this one there, under a name of its own"
                    .to_owned(),
            ),
        };
        Err(refusal.into())
    }

    /// Returns the configuration if it holds a password and is open to others.
    pub fn exposed_file(&self) -> Option<PathBuf> {
        let has_password = self.database_url.value.as_ref().is_some_and(Address::has_password);
        let Origin::File(file) = &self.database_url.origin else { return None };
        (has_password && find::is_readable_by_others(file)).then(|| file.clone())
    }

    pub fn index_dir(&self) -> PathBuf {
        self.data_dir.value.join("index")
    }

    /// Returns how the hits of a search are ranked that is asked now.
    pub fn ranking(&self, now_ms: i64) -> Ranking {
        let weights: Map<String, Value> = self.weights.iter().map(|(name, weight)| (name.clone(), weight.value.into())).collect();
        let weights: Weights = serde_json::from_value(weights.into()).expect("the file has the names of the weights");
        Ranking { weights, languages: Languages::named(self.languages.value.iter().map(|name| &name.0)), now_ms }
    }

    /// Returns the vaults as the flows take them.
    pub fn sites(&self) -> Vec<Site> {
        let is_team = self.database_url.value.is_some();
        let create_projects = match self.unknown_projects.value {
            UnknownProjects::Create => true,
            UnknownProjects::Ignore => false,
            UnknownProjects::Auto => !is_team,
        };
        let site = |vault: &VaultSettings| Site {
            name: vault.name.clone(),
            disk: Disk::new(vault.root.clone(), &vault.exclude)
                .keeping_private(&vault.private)
                .reading_at_most(self.largest_mib.value)
                .following(&vault.follow_symlinks, &self.data_dir.value),
            rules: Rules {
                folder_types: vault.folder_types.clone(),
                labels: self.labels.value,
                private: self.private_property.value.clone(),
            },
            create_projects,
            write_back: self.write_back.value,
            is_elsewhere: vault.is_elsewhere,
        };
        self.vaults.iter().map(|v| site(&v.value)).collect()
    }

    /// Returns the vaults by name and root, for a search.
    pub fn roots(&self) -> Vec<(String, PathBuf)> {
        self.vaults.iter().map(|v| (v.value.name.clone(), v.value.root.clone())).collect()
    }
}

/// Loads the settings; a command that works on vaults fails when there is none.
///
/// # Errors
/// A configuration that cannot be read, with file, line and column; no vault; a data directory inside a vault.
pub fn load(flags: &Flags) -> Result<Settings> {
    let found = find::config_file(flags)?;
    let given = match &found {
        Some(path) => file::read(path)?,
        None => File::default(),
    };
    settings(flags, found, given)
}

/// Loads the settings as if there was no `sync.toml`.
///
/// # Errors
/// As [`load`], but for what stands in the file.
pub fn load_without_file(flags: &Flags) -> Result<Settings> {
    settings(flags, None, File::default())
}

/// Returns the `sync.toml` that [`load`] reads, if there is one.
///
/// # Errors
/// When the current folder is gone.
pub fn file_in_force(flags: &Flags) -> Result<Option<PathBuf>> {
    find::config_file(flags)
}

/// Returns where data would lie, and has perhaps lain, without the flags and the environment, or without the file too.
pub fn other_data_dirs(flags: &Flags, settings: &Settings) -> Vec<PathBuf> {
    let written = || {
        let path = file_in_force(flags).ok()??;
        let written = file::read(&path).ok()?.data_dir.filter(|text| !text.is_empty())?;
        Some(find::expand(&written, Some(&path), &Origin::File(path.clone())))
    };
    let mut all: Vec<PathBuf> = written().into_iter().chain(find::default_data_dir().ok()).collect();
    all.retain(|folder| folder.canonicalize().ok() != settings.data_dir.value.canonicalize().ok() && folder.is_dir());
    all.dedup();
    all
}

fn settings(flags: &Flags, found: Option<PathBuf>, given: File) -> Result<Settings> {
    let defaults = file::parse(EXAMPLE, Path::new("sync.example.toml")).context("the embedded defaults")?;
    let layers = Layers { found, given, defaults };
    let data_dir = data_dir(flags, &layers)?;
    let vaults = vaults::of(flags, &layers, &data_dir.value)?;
    let followed = layers.given.vault.iter().filter(|entry| entry.path.is_none()).filter_map(|entry| entry.name.clone()).collect();
    let database_url = database_url(flags, &layers)?;
    if let Some(vault) = vaults.iter().find(|vault| vault.value.is_elsewhere && database_url.value.is_none()) {
        let refusal = Refusal {
            exit: Exit::Usage,
            message: format!("the vault '{}' has no `path`, and there is no database to follow it in", vault.value.name),
            hint: Some("give its `path`, or the `url` of the team's database in `[database]`".to_owned()),
        };
        return Err(refusal.into());
    }
    Ok(Settings {
        data_dir,
        database_url,
        vaults,
        followed,
        labels: layers.pick(|f| f.notes.labels),
        write_back: layers.pick(|f| f.notes.write_back),
        private_property: layers.pick(|f| f.notes.private_property.clone()),
        largest_mib: layers.pick(|f| f.notes.largest_mib),
        unknown_projects: layers.pick(|f| f.projects.unknown),
        search_limit: layers.pick(|f| f.search.limit),
        languages: layers.pick(|f| f.search.languages.clone()),
        weights: layers.weights(),
        search_fresh: layers.pick(|f| f.search.fresh),
        log_keep_days: layers.pick(|f| f.log.keep_days),
        log_keep_run_days: layers.pick(|f| f.log.keep_run_days),
        log_keep_change_days: layers.pick(|f| f.log.keep_change_days),
        sql_timeout_seconds: layers.pick(|f| f.sql.timeout_seconds),
        watch_mode: layers.pick(|f| f.watch.mode),
        poll_seconds: layers.pick(|f| f.watch.poll_seconds),
        agent: find::environment("VAULT_SYNC_AGENT"),
        session: find::environment("VAULT_SYNC_SESSION"),
        project: find::environment("VAULT_SYNC_PROJECT"),
    })
}

/// What the files say: the one that was found, over the embedded example.
struct Layers {
    found: Option<PathBuf>,
    given: File,
    defaults: File,
}

impl Layers {
    fn pick<T>(&self, value: impl Fn(&File) -> Option<T>) -> Sourced<T> {
        match (value(&self.given), &self.found) {
            (Some(value), Some(path)) => Sourced { value, origin: Origin::File(path.clone()) },
            _ => Sourced { value: value(&self.defaults).expect("the example sets every key"), origin: Origin::Default },
        }
    }
}

impl Layers {
    fn weights(&self) -> Vec<(String, Sourced<f64>)> {
        let by_name = |file: &File| match serde_json::to_value(&file.search.rank) {
            Ok(Value::Object(weights)) => weights,
            _ => Map::new(),
        };
        let names = by_name(&self.defaults).into_iter().map(|(name, _)| name);
        names.map(|name| (name.clone(), self.pick(|file| by_name(file)[&name].as_f64()))).collect()
    }
}

fn text_setting(
    flag: &Option<String>,
    variable: &'static str,
    layers: &Layers,
    value: impl Fn(&File) -> Option<String>,
) -> Sourced<String> {
    if let Some(value) = flag {
        return Sourced { value: value.clone(), origin: Origin::Flag };
    }
    if let Some(value) = find::environment(variable) {
        return Sourced { value, origin: Origin::Environment(variable) };
    }
    layers.pick(value)
}

fn database_url(flags: &Flags, layers: &Layers) -> Result<Sourced<Option<Address>>> {
    let text = text_setting(&flags.database_url, "VAULT_SYNC_DATABASE_URL", layers, |f| f.database.url.clone());
    let value = if text.value.is_empty() { None } else { Some(Address::parse(&text.value)?) };
    if let (Origin::File(file), Some(true)) = (&text.origin, value.as_ref().map(Address::has_password)) {
        find::warn_if_readable(file);
    }
    Ok(Sourced { value, origin: text.origin })
}

fn data_dir(flags: &Flags, layers: &Layers) -> Result<Sourced<PathBuf>> {
    let flag = flags.data_dir.as_ref().map(|dir| dir.to_string_lossy().into_owned());
    let text = text_setting(&flag, "VAULT_SYNC_DATA_DIR", layers, |f| f.data_dir.clone());
    let path =
        if text.value.is_empty() { find::default_data_dir()? } else { find::expand(&text.value, layers.found.as_deref(), &text.origin) };
    Ok(Sourced { value: std::path::absolute(path)?, origin: text.origin })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_says_how_hits_are_ranked_by_default() {
        let defaults = file::parse(EXAMPLE, Path::new("sync.example.toml")).unwrap();
        let layers = Layers { found: None, given: File::default(), defaults };
        let names = layers.pick(|f| f.search.languages.clone()).value;
        let weights: Map<String, Value> = layers.weights().into_iter().map(|(name, weight)| (name, weight.value.into())).collect();
        assert_eq!(serde_json::from_value::<Weights>(weights.into()).unwrap(), Weights::default());
        assert_eq!(Languages::named(names.iter().map(|name| &name.0)), Languages::default());
    }
}
