//! The flags of `find`.

use super::{FilterArgs, LinkArgs, SortArg};
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal Enter opens the note in $VISUAL or $EDITOR, at the line; where stdout goes
elsewhere, it prints the note's path and ends. F1 shows all keys. Without a query, it
begins with the notes that were written last. `vault-sync help syntax` explains queries.

Examples:
  vault-sync find
  vault-sync find 'tag:project' --since 7d
  cat \"$(vault-sync find)\"")]
pub struct FindArgs {
    /// What to begin with
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    #[command(flatten)]
    pub filters: FilterArgs,
    #[command(flatten)]
    pub links: LinkArgs,
    /// What to sort by
    #[arg(long, hide_default_value = true, value_enum, value_name = "KEY", default_value_t = SortArg::Relevance)]
    pub sort: SortArg,
    /// Only what Obsidian would find, nothing related
    #[arg(long)]
    pub strict: bool,
    /// Leave these searches out of the retrieval log
    #[arg(long, hide_short_help = true)]
    pub no_log: bool,
}
