//! What can be typed: commands, flags and their help. Parsing never touches the world.

mod changes;
mod dashboard;
mod db;
mod find;
mod graph;
mod hits;
mod lists;
mod log;
mod mcp;
mod mirror;
mod note;
mod registry;
mod search;
mod service;
mod shells;
mod sql;
mod stats;

pub(super) use changes::{ChangesArgs, WatchArgs};
pub(super) use dashboard::DashboardArgs;
pub(super) use db::{DbArgs, DbCommand, ImportArgs};
pub(super) use find::FindArgs;
pub(super) use graph::{GraphArgs, GraphFormat};
pub(super) use hits::HitArgs;
pub(super) use lists::{
    By, FilesArgs, FilesBy, ListArgs, NoteLinksArgs, OrphansArgs, PageArgs, ProjectsArgs, PropertiesArgs, RecentArgs, TagsArgs, TasksArgs,
    TermsArgs, UnresolvedArgs,
};
pub(super) use log::{FeedbackArgs, LogArgs, LogCommand, LookupsArgs, UnusedArgs};
pub(super) use mcp::{ClientArgs, McpArgs, McpCommand, Scope};
pub(super) use mirror::{DoctorArgs, StatusArgs, SyncArgs, VerifyArgs, WhyArgs};
pub(super) use note::{InspectArgs, ResolveArgs, ShowArgs};
pub(super) use registry::RegistryArgs;
pub(super) use search::{FilterArgs, LinkArgs, SearchArgs, SortArg};
pub(super) use service::{LogsArgs, ManagerArgs, ServiceArgs, ServiceCommand, StepArgs};
pub(super) use shells::{CompleteArgs, CompletionsArgs, ManArgs};
pub(super) use sql::SqlArgs;
pub(super) use stats::StatsArgs;

use crate::config::Flags;
use clap::{Arg, ArgAction, Args, Parser, Subcommand};
use std::path::PathBuf;

/// Where the help shows what all commands take, and what searches and lists take.
const GLOBAL: &str = "Global options";
const FILTERS: &str = "Filters (more: `vault-sync help syntax`)";

/// What `--version` says, for who reports a bug; `-V` says the first line of it.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit: ",
    env!("VAULT_SYNC_COMMIT"),
    "\nbuild: ",
    env!("VAULT_SYNC_BUILD"),
    "\nfeatures: SQLite, PostgreSQL, MCP; --format-version 1"
);

/// The versions of the JSON documents, see `docs/json.md`. A caller that was written for another one is told so.
const FORMAT_VERSIONS: [&str; 1] = ["1"];

/// The query language on one page. Its queries are run by a test.
pub(super) const SYNTAX: &str = include_str!("../../docs/syntax.md");

/// clap's own layout, but for a blank line, which the list of all commands has no room for.
const CLOSE: &str = "{about-with-newline}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Mirrors an Obsidian vault into SQL and a full-text index, and answers from it.
#[derive(Debug, Parser)]
#[command(name = "vault-sync", version, long_version = VERSION, propagate_version = true, disable_help_flag = true, arg = help(), help_template = CLOSE, after_help = "\
`vault-sync help` adds global options, `help syntax` explains queries. Begin:
  vault-sync init ~/Notes")]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Both flags print what fits one screen, laid out closely and without the global options; `help COMMAND` prints the rest as well.
fn help() -> Arg {
    let what = "Print this; `help COMMAND` tells more";
    Arg::new("help").short('h').long("help").global(true).action(ArgAction::HelpShort).help(what)
}

#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// Read the configuration from FILE [env: VAULT_SYNC_CONFIG]
    #[arg(long, global = true, hide_short_help = true, help_heading = GLOBAL, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The vault's folder [env: VAULT_SYNC_VAULT]
    #[arg(long, global = true, hide_short_help = true, help_heading = GLOBAL, value_name = "DIR")]
    pub vault: Option<PathBuf>,
    /// Where the database and the index live [env: VAULT_SYNC_DATA_DIR]
    #[arg(long, global = true, hide_short_help = true, help_heading = GLOBAL, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A team's PostgreSQL, instead of a file in the data directory [env: VAULT_SYNC_DATABASE_URL]
    #[arg(long, global = true, hide_short_help = true, help_heading = GLOBAL, value_name = "URL")]
    pub database_url: Option<String>,
    /// Print one JSON document
    #[arg(long, global = true, hide_short_help = true, help_heading = GLOBAL)]
    pub json: bool,
    /// The version of the JSON documents that the caller was written for
    #[arg(long, global = true, hide_short_help = true, help_heading = GLOBAL, value_name = "N", value_parser = FORMAT_VERSIONS)]
    pub format_version: Option<String>,
    /// Say more on stderr; twice for data
    #[arg(short, long, global = true, hide_short_help = true, help_heading = GLOBAL, action = ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, hide_short_help = true, help_heading = GLOBAL)]
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
    /// Find the vaults, write a configuration, and sync once
    Init(InitArgs),
    /// Bring database and index up to date, reading only what changed
    Sync(SyncArgs),
    /// Read every file anew and rebuild the index
    Resync(SyncArgs),
    /// Sync, then follow changes until stopped
    Watch(WatchArgs),
    /// List the files of the vault
    Ls(FilesArgs),
    /// Show a note, by path, name, alias or id
    Show(ShowArgs),
    /// Show what is indexed, what is not and why, and how fresh it is
    Status(StatusArgs),
    /// Show which document a file is, or which rule keeps it out
    Why(WhyArgs),
    /// Check what the mirror stands on, and name each cure
    Doctor(DoctorArgs),
    /// Compare disk, database and index, and name every difference
    Verify(VerifyArgs),
    /// Print the settings in force, and where each comes from
    #[command(after_help = "Examples:\n  vault-sync config\n  vault-sync config --json")]
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
    /// Find a note while typing, with the note beside its hits
    Find(FindArgs),
    /// List what a note links to, in the order in which it stands there
    Links(NoteLinksArgs),
    /// List the links that lead to a note or another file
    Backlinks(NoteLinksArgs),
    /// List what is linked to and not there
    Unresolved(UnresolvedArgs),
    /// List the notes to which no other file links
    Orphans(OrphansArgs),
    /// List the tags, with the number of notes that have each
    Tags(TagsArgs),
    /// List the properties, with their types; or the values of one
    Properties(PropertiesArgs),
    /// List the projects that notes belong to
    Projects(ProjectsArgs),
    /// List the tasks, where they stand
    Tasks(TasksArgs),
    /// List the notes that were written last
    Recent(RecentArgs),
    /// List the words of the index, with the number of notes for each
    Terms(TermsArgs),
    /// Draw the link graph: all of it, or what is near a note
    Graph(GraphArgs),
    /// Show the vault in figures: time, hubs, tags, folders, lookups
    Stats(StatsArgs),
    /// Show what was asked, how fast it was, and what has no answer
    Log(LogArgs),
    /// Show what became of which note and when: the change feed
    Changes(ChangesArgs),
    /// Ask the database with SQL; only to read
    Sql(SqlArgs),
    /// Show what goes on in the projects
    Dashboard(DashboardArgs),
    /// Show which values the constrained columns of the database take
    Registry(RegistryArgs),
    /// Look after the database's schema
    Db(DbArgs),
    /// Have the system keep `watch` running, from login on
    Service(ServiceArgs),
    /// Serve agents by the Model Context Protocol (MCP)
    Mcp(McpArgs),
    /// Print a page that teaches an agent this command line
    #[command(after_help = "\
Example:
  mkdir -p ~/.claude/skills/vault-sync && vault-sync skill > ~/.claude/skills/vault-sync/SKILL.md")]
    Skill,
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Complete the line that is being typed
    #[command(hide = true)]
    Complete(CompleteArgs),
    /// Print the manual page, or write those of all commands
    Man(ManArgs),
    /// Explain the query language: `help syntax`
    #[command(hide = true, override_help = SYNTAX)]
    Syntax,
}

/// How an answer is printed.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct OutputArgs {
    /// How to print the answer
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
    /// One JSON object a line
    Jsonl,
    /// A table with commas, its first line the names of the columns
    Csv,
    /// One path a line
    Path,
}

impl OutputArgs {
    pub(super) fn format(&self, is_json: bool) -> Format {
        match self.format {
            Some(format) => format,
            None if self.null => Format::Path,
            None if is_json => Format::Json,
            None => Format::Text,
        }
    }

    /// Returns what follows each path, where paths are printed.
    pub(super) fn end_of_path(&self) -> char {
        if self.null { '\0' } else { '\n' }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync init              # the vault around this folder, or the one that Obsidian knows
  vault-sync init ~/Notes

Several folders may be named. It writes ~/.config/vault-sync/sync.toml; where a sync.toml
is in force already, a vault that it lacks is added at its end.")]
pub struct InitArgs {
    /// Folders of vaults; without any, those of the settings, the one around the current folder, or the one that Obsidian knows
    #[arg(value_name = "VAULT")]
    pub folders: Vec<PathBuf>,
    /// All vaults that Obsidian knows
    #[arg(long, conflicts_with = "folders")]
    pub all: bool,
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::CommandFactory as _;

    #[test]
    fn no_flag_of_a_command_hides_another() {
        Arguments::command().debug_assert();
    }
}
