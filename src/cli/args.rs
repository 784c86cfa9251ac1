//! What can be typed: commands, flags and their help. Parsing never touches the world.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Keeps an Obsidian vault mirrored, live, into SQL and a full-text index, and answers from the shell.
#[derive(Debug, Parser)]
#[command(name = "vault-sync", version, propagate_version = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// Read the configuration from FILE
    #[arg(long, global = true, value_name = "FILE", env = "VAULT_SYNC_CONFIG")]
    pub config: Option<PathBuf>,
    /// The vault's folder
    #[arg(long, global = true, value_name = "DIR", env = "VAULT_SYNC_VAULT")]
    pub vault: Option<PathBuf>,
    /// Where the database and the index live
    #[arg(long, global = true, value_name = "DIR", env = "VAULT_SYNC_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a note parses to (no vault, no database)
    Inspect(InspectArgs),
    /// Show which file a link means, and by which rule
    Resolve(ResolveArgs),
    /// Search the vault with Obsidian's operators, best first
    Search(SearchArgs),
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Notes or canvases
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// The link's text: what stands in the brackets, before any `|`
    #[arg(value_name = "LINK")]
    pub link: String,
    /// The note that holds the link, by its path in the vault
    #[arg(long, value_name = "NOTE")]
    pub from: String,
}

#[derive(Debug, Args)]
pub struct SearchArgs {
    /// Words, "phrases", -not, OR, tag: path: file: [property:value], ...
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
}
