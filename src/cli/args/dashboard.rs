//! The flags of `dashboard`.

use super::OutputArgs;
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
The queries are those of the integration guide: `vault-sync sql` and any other program see the same rows. JSON has all columns.

Examples:
  vault-sync dashboard
  vault-sync dashboard mission-control --json")]
pub struct DashboardArgs {
    /// Show this project and what is built there, by name, code or id; without it, the overview and all projects
    #[arg(value_name = "PROJECT")]
    pub project: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}
