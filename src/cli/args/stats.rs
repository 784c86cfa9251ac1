//! The flags of `stats`.

use super::FilterArgs;
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Here is the shape of the vault. `log stats` says how fast lookups were answered and which were useful, `dashboard` what goes on in the \\
projects.
Notes count when their file was last written, and made when their property `created` says so; a link counts with its note.
The filters are about files; --since and --project are about lookups, too.

Examples:
  vault-sync stats
  vault-sync stats --since 12w --project mission-control
  vault-sync stats --path Journal/ -n 5 --json")]
pub struct StatsArgs {
    /// Show at most N hubs, tags, folders and agents
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10, hide_default_value = true)]
    pub limit: usize,
    /// Draw with signs that every terminal has
    #[arg(long)]
    pub ascii: bool,
    #[command(flatten)]
    pub filters: FilterArgs,
}
