//! The flags of `show`, `inspect` and `resolve`: one note, one link.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync show WCC
  vault-sync show 'Session Lifecycle' --section Ending
  vault-sync show Home.md --lines 8-12 --json")]
pub struct ShowArgs {
    /// A path in the vault, a name, an alias or an id
    #[arg(value_name = "NOTE")]
    pub note: String,
    /// Only the section below this heading: `Heading`, `Outer > Heading`; or a block, `^id`
    #[arg(long, value_name = "HEADING", conflicts_with = "lines")]
    pub section: Option<String>,
    /// Only these lines: `12`, `12-40`, `12-`
    #[arg(long, value_name = "LINES", allow_hyphen_values = true)]
    pub lines: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The JSON has the shape of Obsidian's own `CachedMetadata`; `vaultSync` in it has what Obsidian has not.

Examples:
  vault-sync inspect ~/Notes/Home.md
  vault-sync inspect --json ~/Notes/*.md")]
pub struct InspectArgs {
    /// Notes or canvases
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync resolve --from Home.md WCC
  vault-sync resolve --from Home.md 'Session Lifecycle#Ending' --json")]
pub struct ResolveArgs {
    /// The link's text: what stands in the brackets, before any `|`
    #[arg(value_name = "LINK")]
    pub link: String,
    /// The note that holds the link, by its path in the vault
    #[arg(long, value_name = "NOTE")]
    pub from: String,
}
