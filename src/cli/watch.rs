//! `watch`: sync, then follow; a calm line a change, or with `--json` one document a line, printed once the change can be searched.

use super::args::WatchArgs;
use super::session::{Session, block_on};
use super::{Exit, Refusal, Surface, harmless, json, one_line};
use crate::clock::Timestamp;
use crate::config::{Settings, WatchMode};
use crate::lock::{Held, Lock};
use crate::mirror::{self, Mirror, News, Stop};
use crate::points::{Point, reach};
use crate::state;
use crate::sync::Report;
use crate::watch::{Mode, Options};
use anyhow::Result;
use std::io::Write as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// Searches that ask whether a watcher lives hold its lock for a moment.
const PATIENCE: Duration = Duration::from_millis(200);

pub(super) fn run(args: &WatchArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let session = Session::open(surface).await?;
        let data_dir = session.settings.data_dir.value.clone();
        let lock = Lock::acquire_within(&data_dir.join(state::WATCH_LOCK), "vault-sync watch", PATIENCE);
        let _lock = lock.map_err(|error| held(error, &data_dir))?;
        reach(Point::WatchLocked);
        let mirror = Mirror {
            index_dir: session.settings.index_dir(),
            location: session.settings.location(),
            watch: options(&session.settings),
            keep_days: session.settings.log_keep_days.value,
            keep_run_days: session.settings.log_keep_run_days.value,
            keep_change_days: session.settings.log_keep_change_days.value,
            allow_mass_delete: args.allow_mass_delete,
            sites: session.sites,
            data_dir,
        };
        let stop = Rc::new(Stop::default());
        let local = tokio::task::LocalSet::new();
        local.spawn_local(wait_for_signals(Rc::clone(&stop)));
        let mut gone = None;
        let mut tell = |news: News<'_>| {
            if let Err(error) = say(surface, &news) {
                gone = Some(error);
                stop.set();
            }
        };
        local.run_until(mirror::run(&mirror, session.store, &stop, &mut tell)).await?;
        // A reader that went away ends the watch as a signal does.
        gone.map_or(Ok(Exit::Success), Err)
    })
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
        News::Changed { vault, report } => changes(surface, vault, report)?,
    }
    Ok(())
}

/// So many changes at once are summed up instead of listed.
const MANY: usize = 50;

fn changes(surface: &Surface, vault: &str, report: &Report) -> Result<()> {
    let at = Timestamp::now();
    let mut text = Vec::new();
    if surface.global.json {
        for change in report.changes() {
            let line = serde_json::json!({"vault": vault, "op": change.op, "path": change.path, "old_path": change.old_path, "revision": report.revision, "at": at.to_string()});
            writeln!(text, "{}", json(&line)?)?;
        }
    } else if report.changes().count() > MANY {
        let counts = report.counts();
        let said = ["added", "modified", "renamed", "returned", "archived"].iter().filter(|op| counts[**op] > 0);
        let said: Vec<String> = said.map(|op| format!("{} {op}", counts[*op])).collect();
        writeln!(text, "{} {}: {}", at.time_of_day(), one_line(vault), said.join(", "))?;
    } else {
        for change in report.changes() {
            let from = change.old_path.map(|old| format!(" (was {})", one_line(old.as_str()))).unwrap_or_default();
            writeln!(text, "{} {:8} {}{from}", at.time_of_day(), change.op, one_line(change.path.as_str()))?;
        }
    }
    let mut out = std::io::stdout().lock();
    out.write_all(&text)?;
    out.flush()?;
    Ok(())
}

/// Ends the watch on SIGINT and SIGTERM.
#[cfg(unix)]
async fn wait_for_signals(stop: Rc<Stop>) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.set();
}

#[cfg(not(unix))]
async fn wait_for_signals(stop: Rc<Stop>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.set();
    }
}
