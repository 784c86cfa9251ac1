//! `sync` and `resync`: one run over every vault, and what it did.

use super::args::SyncArgs;
use super::progress::Progress;
use super::session::{Session, block_on, require_vaults};
use super::{Exit, Surface, harmless, report};
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::disk::Scope;
use crate::points::{Point, reach};
use crate::state;
use crate::store::{Run, Why, is_damaged};
use crate::sync::{self, Depth, Early, Following, Options, Report, Site, Then};
use anyhow::{Context as _, Result};

pub(super) fn run(args: &SyncArgs, surface: &Surface, depth: Depth) -> Result<Exit> {
    over(surface.settings()?, args, surface, depth)
}

/// Runs over the vaults of the settings.
pub(super) fn over(settings: Settings, args: &SyncArgs, surface: &Surface, depth: Depth) -> Result<Exit> {
    require_vaults(&settings)?;
    block_on(async {
        let mut early = look_early(&settings);
        let mut session = Session::open_database(settings).await?;
        session.forget_lookups().await;
        if sync::leave_if_ahead(&mut session.store, &session.settings.index_dir()).await? {
            early = None;
        }
        let (mut reports, mut errors) = (Vec::new(), Vec::new());
        let (elsewhere, here): (Vec<Site>, Vec<Site>) = session.sites.iter().cloned().partition(|site| site.is_elsewhere);
        let roots: Vec<_> = here.iter().map(|site| (site.name.clone(), site.disk.root.clone())).collect();
        state::begin(&session.settings.data_dir.value, &roots).context("writing the state file")?;
        reach(Point::RunBegun);
        let data_dir = session.settings.data_dir.value.clone();
        for site in here {
            let early = early.take();
            let began = early.as_ref().map_or_else(Timestamp::now, |early| early.began);
            let progress = Progress::new(surface, &site.name, "looking for changes");
            let options = Options {
                depth,
                allow_mass_delete: args.allow_mass_delete,
                progress: &|done, all| progress.set(done, all),
                is_stopped: &|| false,
                data_dir: Some(&data_dir),
                may_tell: true,
                early: early.into(),
            };
            let outcome = one(&mut session, &site, &Scope::root(), &options).await;
            drop(progress);
            match outcome {
                Ok(report) => reports.push(Done { site, report, began }),
                Err(error) if is_damaged(&error) => return Err(error),
                // A vault that is away says so and does not keep the others waiting.
                Err(error) => errors.push(error),
            }
        }
        let progress = Progress::new(surface, "index", "taking in what changed");
        let mut gists = reports.iter_mut().flat_map(|done: &mut Done| done.report.gists.drain()).collect();
        let following = Following { rebuild: depth == Depth::Everything, then: Then::Close, step: &mut || {} };
        sync::follow(&mut session.store, &session.settings.index_dir(), &mut gists, following).await?;
        drop(progress);
        for site in &elsewhere {
            surface.note(&format!("{}: its files are on another machine; the index has followed", harmless(&site.name)));
        }
        note_state(&mut session, &reports).await?;
        sync::let_go(&mut session.store, &data_dir).await?;
        session.close().await?;
        let exit = print(surface, depth, &reports)?;
        Ok(errors.iter().map(super::report_error).next_back().unwrap_or(exit))
    })
}

/// Begins to look at the first vault whose files are here.
fn look_early(settings: &Settings) -> Option<Early> {
    let known = state::read(&settings.data_dir.value);
    let site = settings.sites().into_iter().find(|site| !site.is_elsewhere)?;
    let revision = known.vaults.get(&site.name).map_or(0, |vault| vault.revision);
    Some(Early::begin(&site, &known.store, revision))
}

/// A vault that was reconciled.
struct Done {
    site: Site,
    report: Report,
    /// When the look at it began: what changed later may have been missed.
    began: Timestamp,
}

/// Reconciles one vault and writes the run into the history.
pub(super) async fn one(session: &mut Session, site: &Site, scope: &Scope, options: &Options<'_>) -> Result<Report> {
    let started = Timestamp::now();
    let outcome = sync::reconcile(&mut session.store, site, scope, options).await.map_err(super::refused)?;
    if !outcome.is_unchanged() || options.depth == Depth::Everything {
        let vault = session.store.vault(&site.name).await?;
        let command = if options.depth == Depth::Everything { "resync" } else { "sync" };
        let counts = serde_json::to_value(outcome.counts())?;
        let (keep_days, keep_change_days) = (session.settings.log_keep_run_days.value, session.settings.log_keep_change_days.value);
        let run = Run { command, started, ended: Timestamp::now(), counts, outcome: "success", keep_days, keep_change_days };
        session.store.record(&vault, &run).await?;
    }
    Ok(outcome)
}

/// Tells searches how fresh the vaults are.
async fn note_state(session: &mut Session, reports: &[Done]) -> Result<()> {
    let mut partial = Vec::new();
    for site in &session.sites {
        let vault = session.store.find_vault(&site.name).await?;
        partial.extend(vault.map(|vault| (vault.name, vault.is_partial)));
    }
    state::update(&session.settings.data_dir.value, |state| {
        state.store.clone_from(&session.store.id);
        for Done { site, report, began } in reports {
            let vault = state.vaults.entry(site.name.clone()).or_default();
            vault.root = site.disk.root.to_string_lossy().into_owned();
            vault.note_whole(report.revision, began.millis());
        }
        // A vault whose run failed half-way was indexed as far as it came.
        for (name, is_partial) in partial {
            state.vaults.entry(name).or_default().partial = is_partial;
        }
    })
    .context("writing the state file")?;
    Ok(())
}

fn print(surface: &Surface, depth: Depth, reports: &[Done]) -> Result<Exit> {
    let n_failed: usize = reports.iter().map(|done| done.report.count_left_out(Why::Failed)).sum();
    if surface.global.json {
        let vaults: Vec<_> = reports.iter().map(|done| report::json(&done.site.name, &done.report)).collect();
        surface.json(&serde_json::json!({"command": if depth == Depth::Everything { "resync" } else { "sync" }, "vaults": vaults}))?;
    } else {
        for Done { site, report, .. } in reports {
            surface.text(&report::text(&site.name, report, surface.global.verbose > 0))?;
        }
    }
    Ok(if n_failed == 0 { Exit::Success } else { Exit::Findings })
}
