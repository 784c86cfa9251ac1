//! What commands that need the store share: settings, an open store, the spool drained, the state file kept.

use super::{Surface, harmless, in_words, one_line};
use crate::clock::Timestamp;
use crate::config::{Settings, Sourced, VaultSettings};
use crate::disk::Scope;
use crate::path::VaultPath;
use crate::refusal::{Exit, Refusal};
use crate::search::{self, Freshness};
use crate::spool::Busy;
use crate::state;
use crate::store::{Store, Vault, is_away};
use crate::suggest;
use crate::sync::Site;
use anyhow::{Context as _, Result};

pub(super) struct Session {
    pub settings: Settings,
    pub store: Store,
    pub sites: Vec<Site>,
}

impl Session {
    /// Opens the store for the vaults of the settings, and takes in the lookups that wait.
    pub(super) async fn open(surface: &Surface) -> Result<Self> {
        let settings = surface.settings()?;
        require_vaults(&settings)?;
        Self::open_database(settings).await
    }

    /// Opens the store for what is of no one vault.
    pub(super) async fn open_database(settings: Settings) -> Result<Self> {
        settings.refuse_data_inside()?;
        settings.refuse_namesakes()?;
        state::make_folder(&settings.data_dir.value)?;
        state::claim_roots(&settings.data_dir.value, &settings.roots())?;
        let store = Store::open(&settings.location()).await.map_err(away)?;
        let sites = settings.sites();
        let mut session = Self { settings, store, sites };
        session.drain().await;
        Ok(session)
    }

    /// Takes lookups from the spool into the retrieval log. What fails is said and left for the next time: nothing is lost.
    pub(super) async fn drain(&mut self) {
        match self.store.take_lookups(&self.settings.data_dir.value, Busy::Wait).await {
            Ok(drained) if drained.n_torn > 0 || drained.n_dropped > 0 => {
                tracing::warn!(n_torn = drained.n_torn, n_dropped = drained.n_dropped, "some lookups could not be logged");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = in_words(&error), "the retrieval log waits in the spool"),
        }
    }

    /// Removes lookups that are older than the settings would have them. What fails is said, and done the next time.
    pub(super) async fn forget_lookups(&mut self) {
        match self.store.keep_lookups(self.settings.log_keep_days.value, Timestamp::now()).await {
            Ok(n_gone) => tracing::debug!(n_gone, "old lookups removed"),
            Err(error) => tracing::warn!(error = in_words(&error), "old lookups could not be removed"),
        }
    }

    /// Returns the rows of the session's vaults that the store has.
    pub(super) async fn vaults(&mut self) -> Result<Vec<Vault>> {
        let mut vaults = Vec::new();
        for site in &self.sites {
            let vault = self.store.find_vault(&site.name).await?;
            vaults.push(vault.ok_or_else(|| Refusal {
                exit: Exit::Findings,
                message: format!("the vault '{}' has not been synced yet", site.name),
                hint: Some("run `vault-sync sync` first".to_owned()),
            })?);
        }
        Ok(vaults)
    }

    /// Returns the one file that `name` means: its path, its name, an alias or its id.
    pub(super) async fn one_file(&mut self, name: &str) -> Result<(Vault, VaultPath)> {
        let refusal = |message: String, hint: String| Refusal { exit: Exit::Findings, message, hint: Some(hint) };
        let mut found: Vec<(Vault, VaultPath)> = Vec::new();
        for vault in self.vaults().await? {
            let paths = self.store.find(&vault, name).await?;
            found.extend(paths.into_iter().map(|path| (vault.clone(), path)));
        }
        let shown = harmless(name);
        match found.len() {
            0 => {
                let near: Vec<String> = self.near(name).await?.iter().map(|path| one_line(path.as_str())).collect();
                let hint = if near.is_empty() {
                    "`vault-sync ls` lists all files".to_owned()
                } else {
                    format!("did you mean {}?", near.join(", "))
                };
                Err(refusal(format!("no note '{shown}'"), hint).into())
            }
            1 => Ok(found.swap_remove(0)),
            n => {
                let paths: Vec<String> = found.iter().map(|(_, path)| one_line(path.as_str())).collect();
                Err(refusal(format!("'{shown}' could be {n} notes"), format!("give a path: {}", paths.join(", "))).into())
            }
        }
    }

    /// Returns the files that a name may have meant which means none.
    async fn near(&mut self, name: &str) -> Result<Vec<VaultPath>> {
        let mut near = Vec::new();
        for vault in self.vaults().await? {
            let known = self.store.look(&vault.name, &Scope::root()).await?.known;
            let former = self.store.former_paths(&vault).await?;
            let found = suggest::suggest(name, &VaultPath::root(), &known.keys().collect::<Vec<_>>(), &[], &former);
            near.extend(found.into_iter().map(|(path, _)| path));
        }
        Ok(near)
    }

    /// Returns how fresh the mirror is, by a glance at the disk.
    pub(super) fn freshness(&self) -> Freshness {
        let (state, now_ms) = (state::read(&self.settings.data_dir.value), Timestamp::now().millis());
        search::freshness(&self.settings.index_dir(), &self.sites, &state, now_ms, search::Patience::Glance)
    }

    pub(super) async fn close(self) -> Result<()> {
        self.store.close().await
    }
}

/// Runs a command's future on the one thread that it needs.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
    let outcome = runtime.block_on(future);
    // A look at a large vault that turned out to be for nothing is not waited for.
    runtime.shutdown_background();
    outcome
}

pub(super) fn require_vaults(settings: &Settings) -> Result<()> {
    if !settings.vaults.is_empty() {
        return Ok(());
    }
    let refusal = Refusal {
        exit: Exit::Usage,
        message: "no vault given".to_owned(),
        hint: Some("use --vault DIR, run it in a folder of a vault, or run `vault-sync init`".to_owned()),
    };
    Err(refusal.into())
}

/// Some commands read the files themselves.
pub(super) fn require_files(vault: &Sourced<VaultSettings>) -> Result<()> {
    if !vault.value.is_elsewhere {
        return Ok(());
    }
    let refusal = Refusal {
        exit: Exit::Usage,
        message: format!("the files of the vault '{}' are on another machine, and this reads them", vault.value.name),
        hint: Some("run it there; searches, `show` and all lists work here".to_owned()),
    };
    Err(refusal.into())
}

/// A database that is away may come back: the exit code says so.
pub(super) fn away(error: anyhow::Error) -> anyhow::Error {
    if !is_away(&error) {
        return error;
    }
    let hint = "check that the database is running and that its address is right; nothing was changed";
    Refusal { exit: Exit::TryAgain, message: in_words(&error), hint: Some(hint.to_owned()) }.into()
}
