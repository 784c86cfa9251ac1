//! The flags of what makes the mirror, looks after it, and says how far it is to be trusted.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync sync
  vault-sync --vault ~/Notes resync")]
pub struct SyncArgs {
    /// Archive the rows even if more than half of the vault is gone
    #[arg(long)]
    pub allow_mass_delete: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync status
  vault-sync status --strict --json")]
pub struct StatusArgs {
    /// Exit 1 when disk, database, index and log are not in step: changes or contents that are not indexed yet, files that failed, a vault
    /// that cannot be looked at, an index behind the database, lookups that wait, a watcher that died
    #[arg(long)]
    pub strict: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync why Home.md
  vault-sync why attachments")]
pub struct WhyArgs {
    /// Any path: from the vault's root, from the current folder, absolute, or a name as in a link
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
It needs neither a valid configuration nor a database. Exit 1 when something is wrong.

Examples:
  vault-sync doctor
  vault-sync doctor --fix")]
pub struct DoctorArgs {
    /// Do what is safe: close our own files to others, remove leftovers of ours, take in lookups that wait
    #[arg(long)]
    pub fix: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing that was remembered is trusted, and nothing is changed. Exit 1 when there is a difference.

Examples:
  vault-sync verify
  vault-sync verify --all --json")]
pub struct VerifyArgs {
    /// List all differences of a kind, however many
    #[arg(long)]
    pub all: bool,
}
