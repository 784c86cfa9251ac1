//! The flags of `registry`.

use super::PageArgs;
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
The tables that vault-sync made refuse all other values, whoever writes them. SQL has the same in claude.column_registry.

Examples:
  vault-sync registry feedback
  vault-sync registry projects.status --json")]
pub struct RegistryArgs {
    /// Only this table, or this column
    #[arg(value_name = "TABLE[.COLUMN]")]
    pub name: Option<String>,
    #[command(flatten)]
    pub page: PageArgs,
}
