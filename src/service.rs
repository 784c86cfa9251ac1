//! A watcher that the system's own service manager keeps running: which file tells it so, and what is typed then. All of it is text and data;
//! nothing here runs a program or writes a file. `notify.rs` alone speaks: to the manager that started us.

mod launchd;
pub mod notify;
mod systemd;

use serde::Serialize;

/// Who keeps services running for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    Systemd,
    Launchd,
}

/// By this a file is known as one of ours.
const MARK: &str = "Made by vault-sync";

/// What is to be kept running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The absolute path of the program.
    pub program: String,
    pub args: Vec<String>,
    /// Where launchd lets it write what it says; systemd has its journal.
    pub log: String,
}

/// A command that is typed to a manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub words: Vec<String>,
    /// It fails where there is nothing to do.
    pub may_fail: bool,
}

/// What a manager says of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Its word for it: `active`, `activating`, `failed`, `running`.
    pub state: Option<String>,
    /// Whether it starts by itself: `enabled`, `disabled`.
    pub enabled: Option<String>,
    pub pid: Option<u32>,
    /// The watcher's last word to the manager.
    pub says: Option<String>,
    /// How often it was started again.
    pub restarts: Option<u32>,
    /// The file that the manager has read.
    #[serde(skip)]
    pub file: Option<String>,
}

/// Returns whether the text of a file is ours.
pub fn is_ours(text: &str) -> bool {
    text.contains(MARK)
}

impl Manager {
    /// Returns the manager of the system that this was built for, where one is known.
    pub fn of_this_system() -> Option<Self> {
        if cfg!(target_os = "macos") { Some(Self::Launchd) } else { cfg!(target_os = "linux").then_some(Self::Systemd) }
    }

    pub fn file_name(self) -> &'static str {
        match self {
            Self::Systemd => systemd::UNIT,
            Self::Launchd => launchd::FILE_NAME,
        }
    }

    /// Returns whether the manager would start a program at this path: systemd takes none with quotes or a backslash in it.
    pub fn can_start(self, program: &str) -> bool {
        self == Self::Launchd || !program.contains(['"', '\'', '\\'])
    }

    /// Returns what the file says.
    pub fn text(self, job: &Job) -> String {
        match self {
            Self::Systemd => systemd::unit(job),
            Self::Launchd => launchd::property_list(job),
        }
    }

    /// Returns what is typed once the file is written; `is_replaced` says that there was one before.
    pub fn install(self, file: &str, uid: u32, is_replaced: bool) -> Vec<Step> {
        match self {
            Self::Systemd => systemd::install(is_replaced),
            Self::Launchd => launchd::install(file, uid),
        }
    }

    /// Returns what is typed before the file is removed, and after it.
    pub fn uninstall(self, uid: u32) -> (Vec<Step>, Vec<Step>) {
        match self {
            Self::Systemd => systemd::uninstall(),
            Self::Launchd => launchd::uninstall(uid),
        }
    }

    /// Returns how the manager is asked for the service.
    pub fn question(self, uid: u32) -> Step {
        match self {
            Self::Systemd => systemd::question(),
            Self::Launchd => launchd::question(uid),
        }
    }

    /// Reads the answer.
    pub fn condition(self, answer: &str) -> Condition {
        match self {
            Self::Systemd => systemd::condition(answer),
            Self::Launchd => launchd::condition(answer),
        }
    }
}

impl Step {
    fn new(words: &[&str]) -> Self {
        Self { words: words.iter().map(|word| (*word).to_owned()).collect(), may_fail: false }
    }
}
