//! What can be typed: commands, flags and their help. Parsing never touches the world.

mod dashboard;
mod db;
mod hits;
mod lists;
mod log;
mod sql;
mod registry;

pub(super) use dashboard::DashboardArgs;
pub(super) use db::{DbArgs, DbCommand};
pub(super) use hits::HitArgs;
pub(super) use lists::{
    By, FilesArgs, FilesBy, ListArgs, NoteLinksArgs, OrphansArgs, PageArgs, ProjectsArgs, PropertiesArgs, RecentArgs, TagsArgs, TasksArgs,
    TermsArgs, UnresolvedArgs,
};
pub(super) use log::{FeedbackArgs, LogArgs, LogCommand, LookupsArgs, UnusedArgs};
pub(super) use registry::RegistryArgs;
pub(super) use sql::SqlArgs;

use crate::config::{Flags, Fresh};
use crate::search::Order;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Where the help shows what all commands take, and what searches and lists take.
const GLOBAL: &str = "Global options";
const FILTERS: &str = "Filters";

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
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The vault's folder [env: VAULT_SYNC_VAULT]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "DIR")]
    pub vault: Option<PathBuf>,
    /// Where the database and the index live [env: VAULT_SYNC_DATA_DIR]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A team's PostgreSQL, instead of a file in the data directory [env: VAULT_SYNC_DATABASE_URL]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "URL")]
    pub database_url: Option<String>,
    /// Print one JSON document
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub json: bool,
    /// Say more on stderr; twice for data
    #[arg(short, long, global = true, help_heading = GLOBAL, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, help_heading = GLOBAL)]
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
    Ls(FilesArgs),
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
    /// List the words of the index, with the number of notes that have each
    Terms(TermsArgs),
    /// Show what was asked, how fast it was answered, and what the vault has no answer to
    Log(LogArgs),
    /// Ask the database with SQL; only to read
    Sql(SqlArgs),
    /// Show what goes on in the projects
    Dashboard(DashboardArgs),
    /// Show which values the constrained columns of the database take
    Registry(RegistryArgs),
    /// Look after the database's schema
    Db(DbArgs),
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
#[command(after_help = "\
Operators beyond Obsidian's (each may be negated, and joined with OR):
  title:x alias:x          the title, an alias: a word anywhere in it, a \"phrase\" the whole of it
  type:x project:x         the knowledge type, a project
  link:NOTE                notes that link to NOTE: a path, name, alias or id, in quotes if it has blanks
  backlink:NOTE            notes that have a backlink from NOTE: those it links to
  unresolved: orphan:      notes with a link that leads nowhere; notes to which no other file links
  unresolved:x             notes with a link to something missing whose name holds x
  modified:WHEN            when the file was last changed
  created:WHEN             what the property created (or \"date created\", created_at) says
WHEN is 2026-01-31, 2026-01, 2026, today, yesterday; >DATE after it, <DATE before it; FROM..TO, FROM.. or ..TO;
7d, 2w, 3m, 1y, 12h within the last so much, >7d longer ago.

Examples:
  vault-sync search 'sync -type:pattern modified:7d'
  vault-sync search 'orphan: OR unresolved:' --path Projects/ --sort modified
  vault-sync search backup --all-lines --context 2
  vault-sync search deploy rollback --granularity section --json --max-tokens 2000
  vault-sync search 'tag:meeting' -n 0 --facet folder --facet property:status
  vault-sync search -0 --format path 'status: draft' | xargs -0 ls -l")]
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
    #[command(flatten)]
    pub filters: FilterArgs,
    #[command(flatten)]
    pub links: LinkArgs,
    /// What to sort by; related hits come after the others in any order
    #[arg(long, value_enum, value_name = "KEY", default_value_t = SortArg::Relevance)]
    pub sort: SortArg,
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
    /// Take in what has changed before answering: `always` (two seconds at most), `auto` (a tenth, if it is little), `never`
    #[arg(long, value_enum, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "always")]
    pub fresh: Option<FreshArg>,
    /// Leave this search out of the retrieval log
    #[arg(long)]
    pub no_log: bool,
    #[command(flatten)]
    pub hits: HitArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What narrows a search or a list to some of the files.
#[derive(Debug, Args)]
pub struct FilterArgs {
    /// Only notes with this tag, or one below it
    #[arg(short, long, value_name = "TAG", help_heading = FILTERS)]
    pub tag: Vec<String>,
    /// Only notes with this property, and value: `status`, `status=draft`, `rating=>3`
    #[arg(short, long, value_name = "NAME[=VALUE]", help_heading = FILTERS)]
    pub property: Vec<String>,
    /// Only files whose path holds this text
    #[arg(long, value_name = "TEXT", help_heading = FILTERS)]
    pub path: Vec<String>,
    /// Only notes of this knowledge type
    #[arg(long, value_name = "TYPE", help_heading = FILTERS)]
    pub r#type: Option<String>,
    /// Only notes of this project
    #[arg(long, value_name = "NAME", help_heading = FILTERS)]
    pub project: Option<String>,
    /// Only notes whose title holds this text
    #[arg(long, value_name = "TEXT", help_heading = FILTERS)]
    pub title: Vec<String>,
    /// Only notes with an alias that holds this text
    #[arg(long, value_name = "TEXT", help_heading = FILTERS)]
    pub alias: Vec<String>,
    /// Only files changed since then: `7d`, `2026-01-31`, `yesterday`
    #[arg(long, value_name = "WHEN", help_heading = FILTERS)]
    pub since: Option<String>,
    /// Only files changed then: `2026-01`, `>2026-01-31`, `2025..2026-03`, `7d`
    #[arg(long, value_name = "WHEN", help_heading = FILTERS)]
    pub modified: Option<String>,
    /// Only notes whose property `created` says so: as `--modified`
    #[arg(long, value_name = "WHEN", help_heading = FILTERS)]
    pub created: Option<String>,
}

/// What narrows a search by links, which the database is asked about. The lists of links have commands of their own.
#[derive(Debug, Args)]
pub struct LinkArgs {
    /// Only notes that link to NOTE
    #[arg(long, value_name = "NOTE", help_heading = FILTERS)]
    pub link: Vec<String>,
    /// Only notes that have a backlink from NOTE: those it links to
    #[arg(long, value_name = "NOTE", help_heading = FILTERS)]
    pub backlink: Vec<String>,
    /// Only notes with a link that leads nowhere; with TEXT, to something whose name holds it
    #[arg(long, value_name = "TEXT", help_heading = FILTERS, num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub unresolved: Option<String>,
    /// Only notes to which no other file links
    #[arg(long, help_heading = FILTERS)]
    pub orphan: bool,
}

/// When a search syncs first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FreshArg {
    Auto,
    Always,
    Never,
}

impl From<FreshArg> for Fresh {
    fn from(fresh: FreshArg) -> Self {
        match fresh {
            FreshArg::Auto => Self::Auto,
            FreshArg::Always => Self::Always,
            FreshArg::Never => Self::Never,
        }
    }
}

/// The order of hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SortArg {
    /// The best first
    Relevance,
    /// The one changed last first
    Modified,
    /// The one made last first, by its property `created`; without one, at the end
    Created,
    /// From A to Z
    Path,
}

impl From<SortArg> for Order {
    fn from(sort: SortArg) -> Self {
        match sort {
            SortArg::Relevance => Self::Relevance,
            SortArg::Modified => Self::Modified,
            SortArg::Created => Self::Created,
            SortArg::Path => Self::Path,
        }
    }
}

/// How an answer is printed.
#[derive(Debug, Default, PartialEq, Args)]
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

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::CommandFactory as _;

    #[test]
    fn no_flag_of_a_command_hides_another() {
        Arguments::command().debug_assert();
    }
}
