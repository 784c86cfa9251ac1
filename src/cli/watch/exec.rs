//! `watch --exec`: a program that is run for what has changed, one run at a time, beside the mirror and never in its way.

use super::super::session::Session;
use super::super::{Surface, changes, harmless, one_line};
use crate::mirror::News;
use crate::render::list;
use crate::store::Line;
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, LocalSet};

/// When the watch ends, a program that runs is asked to end, and has so long for it.
const GRACE: Duration = Duration::from_secs(5);

/// The way to the program.
pub(super) struct Runner {
    batches: UnboundedSender<Vec<Line>>,
    ended: oneshot::Sender<()>,
    task: JoinHandle<()>,
    /// Vaults that had never been synced, and how much of them came since: that is no news to anybody.
    first: BTreeMap<String, usize>,
    surface: Surface,
}

impl Runner {
    pub(super) async fn start(local: &LocalSet, session: &mut Session, surface: &Surface, command: &str, null: bool) -> Result<Self> {
        let mut first = BTreeMap::new();
        for site in &session.sites {
            if session.store.find_vault(&site.name).await?.is_none_or(|vault| vault.revision == 0) {
                first.insert(site.name.clone(), 0);
            }
        }
        let surface = || Surface::new(surface.global.clone());
        let (batches, received) = unbounded_channel();
        let (ended, end) = oneshot::channel();
        let program = Program {
            command: command.to_owned(),
            end_of_path: if null { '\0' } else { '\n' },
            is_json: surface().global.json && !null,
            roots: session.settings.roots().into_iter().collect(),
            environment: environment(session, &surface())?,
            surface: surface(),
        };
        let task = local.spawn_local(program.serve(received, end));
        Ok(Self { batches, ended, task, first, surface: surface() })
    }

    /// Hands on what has changed.
    pub(super) fn hear(&mut self, news: &News<'_>) {
        match news {
            News::Changed(lines) => {
                let mut handed = Vec::new();
                for line in *lines {
                    match self.first.get_mut(&line.vault) {
                        Some(n_first) => *n_first += 1,
                        None => handed.push(line.clone()),
                    }
                }
                if !handed.is_empty() {
                    // The task goes when the watch does, and not before.
                    let _ = self.batches.send(handed);
                }
            }
            News::Ready => {
                for (vault, n_first) in std::mem::take(&mut self.first) {
                    let name = one_line(&vault);
                    self.surface.note(&format!(
                        "vault-sync: '{name}' was synced for the first time ({n_first} changes): the program is run from the next change on"
                    ));
                }
            }
            _ => {}
        }
    }

    /// Ends the program that runs, if one does.
    pub(super) async fn end(self) {
        let _ = self.ended.send(());
        let _ = self.task.await;
    }
}

/// Returns what a program of ours that is called by the program needs in order to find the same mirror.
fn environment(session: &Session, surface: &Surface) -> Result<Vec<(&'static str, OsString)>> {
    let data_dir = std::path::absolute(&session.settings.data_dir.value).context("finding the data directory")?;
    let flags = surface.global.flags();
    let config = flags.config.map(std::path::absolute).transpose().context("finding the configuration")?;
    let given =
        [("VAULT_SYNC_CONFIG", config.map(PathBuf::into_os_string)), ("VAULT_SYNC_DATABASE_URL", flags.database_url.map(OsString::from))];
    let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Ok([("VAULT_SYNC_DATA_DIR", data_dir.into_os_string())].into_iter().chain(given).collect())
}

struct Program {
    command: String,
    end_of_path: char,
    is_json: bool,
    roots: BTreeMap<String, PathBuf>,
    environment: Vec<(&'static str, OsString)>,
    surface: Surface,
}

impl Program {
    /// Runs the program for batch after batch, until told to end. What comes while it runs is joined.
    async fn serve(self, mut batches: UnboundedReceiver<Vec<Line>>, mut ended: oneshot::Receiver<()>) {
        loop {
            let mut lines = tokio::select! {
                biased;
                _ = &mut ended => return,
                lines = batches.recv() => lines.unwrap_or_default(),
            };
            while let Ok(more) = batches.try_recv() {
                lines.extend(more);
            }
            let vaults: BTreeSet<&str> = lines.iter().map(|line| line.vault.as_str()).collect();
            for vault in vaults {
                let lines: Vec<Line> = lines.iter().filter(|line| line.vault == vault).cloned().collect();
                let outcome = match self.spawn(vault, &lines) {
                    Ok(mut child) => tokio::select! {
                        biased;
                        _ = &mut ended => return put_down(&mut child).await,
                        status = run(&mut child, self.input(&lines)) => status,
                    },
                    Err(error) => Err(error),
                };
                if let Some(failure) = failure(outcome) {
                    self.surface.complain(&format!("vault-sync: {} {failure}; watching goes on", harmless(&self.command)));
                }
            }
        }
    }

    /// Returns what stands on the program's stdin.
    fn input(&self, lines: &[Line]) -> String {
        let list = changes::list(lines, true);
        if self.is_json { list::json_lines(&list) } else { list::paths(&list, self.end_of_path) }
    }

    fn spawn(&self, vault: &str, lines: &[Line]) -> io::Result<Child> {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut command = Command::new(shell);
        command.arg(flag).arg(&self.command).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("VAULT_SYNC_REVISION", lines.last().map_or(0, |line| line.revision).to_string());
        crate::service::notify::VARIABLES.iter().for_each(|name| {
            command.env_remove(name);
        });
        if let Some(root) = self.roots.get(vault) {
            command.env("VAULT_SYNC_VAULT", root);
        }
        if self.is_json {
            // Ours is for the changes alone.
            command.stdout(io::stderr());
        }
        // A group of its own, so that whatever it starts ends with it.
        #[cfg(unix)]
        command.process_group(0);
        command.stdin(Stdio::piped()).kill_on_drop(true).spawn()
    }
}

async fn run(child: &mut Child, input: String) -> io::Result<ExitStatus> {
    if let Some(mut stdin) = child.stdin.take() {
        // A program need not read what it does not want to know.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    child.wait().await
}

/// Returns how a run failed, if it did.
fn failure(outcome: io::Result<ExitStatus>) -> Option<String> {
    match outcome {
        Ok(status) if status.success() => None,
        Ok(status) => Some(status.code().map_or_else(|| format!("was ended by {status}"), |code| format!("ended with exit code {code}"))),
        Err(error) => Some(format!("could not be run: {error}")),
    }
}

/// Asks a program to end, and ends it if it does not.
async fn put_down(child: &mut Child) {
    signal(child, false);
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        signal(child, true);
        let _ = child.wait().await;
    }
}

#[cfg(unix)]
fn signal(child: &Child, kill: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let signal = if kill { Signal::KILL } else { Signal::TERM };
    if let Some(Err(error)) = group.map(|group| kill_process_group(group, signal)) {
        tracing::info!(%error, "the program could not be ended");
    }
}

#[cfg(not(unix))]
fn signal(child: &mut Child, _: bool) {
    let _ = child.start_kill();
}
