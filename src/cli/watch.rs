//! `watch`: sync, then follow; a calm line a change, or with `--json` one document a line, printed once the change can be searched.

mod exec;
mod manager;

use super::args::WatchArgs;
use super::changes;
use super::session::{Session, block_on};
use super::{Exit, Refusal, Surface, harmless, one_line};
use crate::clock::Timestamp;
use crate::config::{Settings, WatchMode};
use crate::lock::{Held, Lock};
use crate::machine::Machine;
use crate::mirror::{self, Mirror, News, Stop};
use crate::points::{Point, reach};
use crate::render::list;
use crate::state;
use crate::store::Line;
use crate::watch::{Mode, Options};
use anyhow::Result;
use exec::Runner;
use manager::Told;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// Searches that ask whether a watcher lives hold its lock for a moment.
const PATIENCE: Duration = Duration::from_millis(200);

pub(super) fn run(args: &WatchArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut told = Told::new();
        // A database may take its time, and more than a manager waits for.
        told.hear(&News::Alive);
        let mut session = Session::open(surface).await?;
        let data_dir = session.settings.data_dir.value.clone();
        let lock = Lock::acquire_within(&data_dir.join(state::WATCH_LOCK), "vault-sync watch", PATIENCE);
        let _lock = lock.map_err(|error| held(error, &data_dir))?;
        reach(Point::WatchLocked);
        let (local, stop) = (tokio::task::LocalSet::new(), Rc::new(Stop::default()));
        local.spawn_local(wait_for_signals(Rc::clone(&stop)));
        let mut runner = match &args.exec {
            Some(command) => Some(Runner::start(&local, &mut session, surface, command, args.null).await?),
            None => None,
        };
        if args.follow {
            refuse_alone(&session.settings)?;
            session.sites.iter_mut().for_each(|site| site.is_elsewhere = true);
        }
        let mirror = Mirror {
            index_dir: session.settings.index_dir(),
            location: session.settings.location(),
            watch: options(&session.settings),
            keep_days: session.settings.log_keep_days.value,
            keep_run_days: session.settings.log_keep_run_days.value,
            keep_change_days: session.settings.log_keep_change_days.value,
            allow_mass_delete: args.allow_mass_delete,
            machine: Machine::of(&data_dir)?,
            beat_within: told.beat_within(),
            sites: session.sites,
            data_dir,
        };
        let mut gone = None;
        let mut tell = |news: News<'_>| {
            told.hear(&news);
            if let Err(error) = say(surface, &news) {
                gone = Some(error);
                stop.set();
            }
            if let Some(runner) = &mut runner {
                runner.hear(&news);
            }
        };
        let followed = local.run_until(mirror::run(&mirror, session.store, &stop, &mut tell)).await;
        if let Some(runner) = runner {
            local.run_until(runner.end()).await;
        }
        followed?;
        // A reader that went away ends the watch as a signal does.
        gone.map_or(Ok(Exit::Success), Err)
    })
}

/// Without a database that others write there is nothing to follow.
fn refuse_alone(settings: &Settings) -> Result<()> {
    if settings.database_url.value.is_some() {
        return Ok(());
    }
    let refusal = Refusal {
        exit: Exit::Usage,
        message: "--follow follows what another machine writes into a shared database, and none is given".to_owned(),
        hint: Some("give its `url` in the table `[database]` of sync.toml, or in VAULT_SYNC_DATABASE_URL".to_owned()),
    };
    Err(refusal.into())
}

/// A second watcher is told who the first one is.
fn held(error: anyhow::Error, data_dir: &Path) -> anyhow::Error {
    let Some(held) = error.downcast_ref::<Held>() else { return error };
    let refusal = Refusal {
        exit: Exit::TryAgain,
        message: format!("{} is being watched already, by {}", data_dir.display(), harmless(&held.who)),
        hint: Some("one watcher a data directory is enough: stop that one first, or give another --data-dir".to_owned()),
    };
    refusal.into()
}

fn options(settings: &Settings) -> Options {
    let mode = match settings.watch_mode.value {
        WatchMode::Auto => Mode::Auto,
        WatchMode::Native => Mode::Native,
        WatchMode::Poll => Mode::Poll,
    };
    Options { mode, poll_every: Duration::from_secs(settings.poll_seconds.value.max(1)) }
}

fn say(surface: &Surface, news: &News<'_>) -> Result<()> {
    match news {
        News::Ready => surface.note("watching; stop with Ctrl-C"),
        News::Trouble(message) => surface.complain(&format!("vault-sync: {}; trying again", harmless(message))),
        News::Recovered => surface.note("vault-sync: well again"),
        News::StandingBy(held) => surface.note(&format!("vault-sync: {}; standing by", harmless(&held.to_string()))),
        News::TakenOver(vault) => surface.note(&format!("vault-sync: writing the vault '{}' from now on", harmless(vault))),
        News::Changed(lines) => changed(surface, lines)?,
        News::Alive | News::Reading(..) | News::Ending => {}
    }
    Ok(())
}

/// So many changes at once are summed up instead of listed.
const MANY: usize = 50;

fn changed(surface: &Surface, lines: &[Line]) -> Result<()> {
    if surface.global.json {
        return surface.text(&list::json_lines(&changes::list(lines, true)));
    }
    let time = |line: &Line| line.at.unwrap_or_else(Timestamp::now).time_of_day();
    let text = if lines.len() > MANY {
        let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        lines.iter().for_each(|line| *counts.entry(&line.vault).or_default().entry(&line.op).or_default() += 1);
        let said = |counts: BTreeMap<&str, usize>| counts.into_iter().map(|(op, n)| format!("{n} {op}")).collect::<Vec<_>>().join(", ");
        let at = lines.last().map(time).unwrap_or_default();
        counts.into_iter().map(|(vault, counts)| format!("{at} {}: {}\n", one_line(vault), said(counts))).collect::<String>()
    } else {
        lines.iter().map(|line| format!("{} {:8} {}\n", time(line), line.op, one_line(&changes::place(line)))).collect()
    };
    surface.text(&text)
}

/// Ends the watch on SIGINT and SIGTERM. They are heard from the call on, and not only once somebody waits.
#[cfg(unix)]
fn wait_for_signals(stop: Rc<Stop>) -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.set();
    }
}

#[cfg(not(unix))]
async fn wait_for_signals(stop: Rc<Stop>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.set();
    }
}
