//! The watcher: one process at a time, which is killed, frozen and started again, and whose memory is looked at.

use crate::stage::Stage;
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// So long a watcher may take to end after it was told to.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct Watcher {
    process: Option<Child>,
    pub n_started: usize,
    /// The most anonymous memory that was seen of any, in KiB.
    pub peak: u64,
}

impl Watcher {
    pub fn start(&mut self, stage: &Stage) {
        if self.process.is_some() {
            return;
        }
        let said = std::fs::File::options().create(true).append(true).open(stage.home.join("watch.stderr"));
        let mut command = stage.command(&["--json", "watch", "--allow-mass-delete"]);
        command.stdout(Stdio::null()).stderr(said.expect("a file can be made in the home"));
        self.process = Some(command.spawn().expect("the binary starts"));
        self.n_started += 1;
    }

    /// Fails if it has ended by itself; an outage at its start may do that.
    pub fn look_after(&mut self, stage: &Stage) {
        let Some(process) = &mut self.process else { return };
        if let Some(status) = process.try_wait().expect("a child can be looked at") {
            let said = std::fs::read_to_string(stage.home.join("watch.stderr")).unwrap_or_default();
            if status.code() != Some(75) {
                stage.fail(&format!("the watcher ended by itself with {status}\n{said}"));
            }
            self.process = None;
            self.start(stage);
        }
        self.peak = self.peak.max(self.memory());
    }

    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("a child can be killed");
            process.wait().expect("a child can be waited for");
        }
    }

    pub fn freeze(&self, time: Duration) {
        self.signal(Signal::STOP);
        std::thread::sleep(time);
        self.signal(Signal::CONT);
    }

    /// Stops it as a person does.
    pub fn stop(&mut self, stage: &Stage) {
        self.signal(Signal::TERM);
        let Some(mut process) = self.process.take() else { return };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = process.try_wait().expect("a child can be looked at") {
                if !status.success() {
                    stage.fail(&format!("the watcher ended with {status} when it was told to"));
                }
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        stage.fail(&format!("the watcher did not end within {PATIENCE:?}"));
        process.kill().expect("a child can be killed");
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = &self.process {
            kill_process(Pid::from_child(process), signal).expect("a child can be sent a signal");
        }
    }

    /// Returns its anonymous memory in KiB, where the system tells.
    pub fn memory(&self) -> u64 {
        let Some(process) = &self.process else { return 0 };
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.kill();
    }
}
