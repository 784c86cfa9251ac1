//! The flags of `db`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync db status
  vault-sync db migrate --dry-run")]
pub struct DbArgs {
    #[command(subcommand)]
    pub command: DbCommand,
}

#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Bring the schema up to date; on PostgreSQL no other command does
    Migrate(MigrateArgs),
    /// Bring what the deprecated schemas claude_family and claude_pm hold into claude
    ImportLegacy(ImportArgs),
    /// Show the schema's version and what a migration would change; exit 1 when it is behind
    #[command(after_help = "Example:\n  vault-sync db status --json")]
    Status,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: the SQL, for whoever may run it\n  vault-sync db migrate --dry-run")]
pub struct MigrateArgs {
    /// Print the SQL and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without --apply all of it is done and taken back, so that what is said is what
would be. Rows that are there stay as they are: a second run brings nothing.
The old schemas are only read. Exit 1 when something could not be brought.

Examples:
  vault-sync db import-legacy
  vault-sync db import-legacy --apply --json")]
pub struct ImportArgs {
    /// Do it; without this it is only said what would be done
    #[arg(long)]
    pub apply: bool,

    /// What the rows of claude_pm.tasks become
    #[arg(long, value_name = "TABLE", value_parser = ["build_tasks", "pm_tasks"], default_value = "build_tasks")]
    pub tasks_into: String,
}
