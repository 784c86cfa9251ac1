//! What can be typed: commands, flags and their help. Parsing never touches the world.

use crate::config::Flags;
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
    /// Read the configuration from FILE [env: VAULT_SYNC_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The vault's folder [env: VAULT_SYNC_VAULT]
    #[arg(long, global = true, value_name = "DIR")]
    pub vault: Option<PathBuf>,
    /// Where the database and the index live [env: VAULT_SYNC_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A team's PostgreSQL, instead of a file in the data directory [env: VAULT_SYNC_DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more on stderr; twice for data
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

impl Global {
    pub(super) fn flags(&self) -> Flags {
        Flags {
            config: self.config.clone(),
            vault: self.vault.clone(),
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the vault, write a configuration, sync once
    Init(InitArgs),
    /// Bring database and index up to date, reading only what changed
    Sync(SyncArgs),
    /// Read every file anew and rebuild the index
    Resync(SyncArgs),
    /// Sync, then follow changes until stopped
    Watch(WatchArgs),
    /// List the files of the vault
    Ls,
    /// Show a note, by path, name, alias or id
    Show(ShowArgs),
    /// Show what is indexed, what is not and why, and how fresh it is
    Status(StatusArgs),
    /// Print the settings in force, and where each comes from
    Config,
    /// Print the canonical dump of the vault's rows
    #[command(hide = true)]
    Dump,
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
    // Not a doc comment, which would take the brackets for a link.
    #[arg(
        value_name = "QUERY",
        help = r#"Words, "phrases", /expressions/, -not, OR, tag: path: file: line: section: task: [property:value], ..."#
    )]
    pub query: Vec<String>,
    /// Show at most N hits
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<usize>,
    /// Skip the first N hits
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub offset: usize,
    /// Only notes with this tag, or one below it
    #[arg(short, long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only notes with this property, and value: `status`, `status=draft`, `rating=>3`
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    pub property: Vec<String>,
    /// Only files whose path holds this text
    #[arg(long, value_name = "TEXT")]
    pub path: Vec<String>,
    /// Only notes of this knowledge type
    #[arg(long, value_name = "TYPE")]
    pub r#type: Option<String>,
    /// Only notes of this project
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Only what Obsidian would find: no stems, beginnings or typos
    #[arg(long, conflicts_with = "relaxed")]
    pub strict: bool,
    /// Related hits too where only strict ones are the rule: with `--format path`, `-0` and `-e`
    #[arg(long)]
    pub relaxed: bool,
    /// Exit 1 when there is no hit
    #[arg(short, long)]
    pub exit_status: bool,
    /// Show what the index was asked and what each word adds to a score
    #[arg(long)]
    pub explain: bool,
    /// Show how the query is read, and search nothing
    #[arg(long)]
    pub explain_query: bool,
    /// How to print hits
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Print paths, each ended by a NUL character
    #[arg(short = '0', long)]
    pub null: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people and pipes
    Text,
    /// One JSON document
    Json,
    /// One path a line
    Path,
}

impl SearchArgs {
    pub(super) fn format(&self, is_json: bool) -> Format {
        match self.format {
            Some(format) => format,
            None if self.null => Format::Path,
            None if is_json => Format::Json,
            None => Format::Text,
        }
    }
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The vault's folder; without it, the one around the current folder, else those that Obsidian knows
    #[arg(value_name = "VAULT")]
    pub folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SyncArgs {
    /// Archive the rows even if more than half of the vault is gone
    #[arg(long)]
    pub allow_mass_delete: bool,
}

#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Archive the rows even if more than half of the vault is gone
    #[arg(long)]
    pub allow_mass_delete: bool,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A path in the vault, a name, an alias or an id
    #[arg(value_name = "NOTE")]
    pub note: String,
}

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Exit 1 when the vault has changes that are not indexed, or files that failed
    #[arg(long)]
    pub strict: bool,
}
