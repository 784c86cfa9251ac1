//! What `service` takes.

use crate::service::Manager;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync service install --dry-run
  vault-sync service status

Configuration, data directory, and a vault that is named or stood in are
written into the service as they are now.")]
pub struct ServiceArgs {
    #[command(subcommand)]
    pub command: ServiceCommand,
}

#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Write the service's file, and start it: now, and at each login
    Install(StepArgs),
    /// Stop it, and remove its file
    Uninstall(StepArgs),
    /// Show whether it is installed and runs, and its last sign of life
    #[command(after_help = "Examples:\n  vault-sync service status\n  vault-sync service status --json")]
    Status(ManagerArgs),
    /// Print what it has said
    Logs(LogsArgs),
}

#[derive(Debug, Args)]
pub struct ManagerArgs {
    /// Who keeps it running; by default the one of this system
    #[arg(long, value_enum, value_name = "MANAGER")]
    pub manager: Option<Manager>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync service install --dry-run
  vault-sync service uninstall --dry-run")]
pub struct StepArgs {
    /// Show what would be written and run, and do none of it
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub manager: ManagerArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync service logs -n 100
  vault-sync service logs -f")]
pub struct LogsArgs {
    /// Go on with what it says from now on
    #[arg(short, long)]
    pub follow: bool,
    /// So many lines
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    pub lines: usize,
    #[command(flatten)]
    pub manager: ManagerArgs,
}

impl ValueEnum for Manager {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Systemd, Self::Launchd]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(match self {
            Self::Systemd => "systemd".into(),
            Self::Launchd => "launchd".into(),
        })
    }
}
