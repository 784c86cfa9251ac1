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
