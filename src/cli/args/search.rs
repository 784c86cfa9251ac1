//! The flags of `search`, and those that narrow lists too.

use super::{FILTERS, HitArgs, OutputArgs};
use crate::config::Fresh;
use crate::search::Order;
use clap::Args;

/// What only an answer has that is printed.
const NOT_WHILE_TYPING: [&str; 16] = [
    "limit",
    "offset",
    "relaxed",
    "exit_status",
    "explain",
    "explain_query",
    "fresh",
    "granularity",
    "context",
    "all_lines",
    "count",
    "facet",
    "max_bytes",
    "max_tokens",
    "format",
    "null",
];

#[derive(Debug, Args)]
#[command(after_help = "\
`vault-sync help syntax` explains queries on one page.

Examples:
  vault-sync search 'sync -type:pattern modified:7d'
  vault-sync search backup --granularity section --json --max-tokens 2000
  vault-sync search 'tag:project' -n 0 --facet folder --facet property:status
  cd ~/Notes && vault-sync search -0 'type: pattern' | xargs -0 ls -l")]
pub struct SearchArgs {
    // Not a doc comment, which would take the brackets for a link.
    #[arg(value_name = "QUERY", help = r#"Words, "phrases", /regex/, -not, OR, tag:x, path:x, [property:x], ..."#)]
    pub query: Vec<String>,
    /// See the hits while typing, as `vault-sync find` does
    #[arg(short, long, conflicts_with_all = NOT_WHILE_TYPING)]
    pub interactive: bool,
    /// Show at most N hits
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<usize>,
    /// Skip the first N hits
    #[arg(long, hide_short_help = true, value_name = "N", default_value_t = 0)]
    pub offset: usize,
    #[command(flatten)]
    pub filters: FilterArgs,
    #[command(flatten)]
    pub links: LinkArgs,
    /// What to sort by
    ///
    /// Related hits come after the others in any order.
    #[arg(long, hide_default_value = true, value_enum, value_name = "KEY", default_value_t = SortArg::Relevance)]
    pub sort: SortArg,
    /// Only what Obsidian would find, nothing related
    ///
    /// Related is what has another form of a word, other accents, a beginning, a letter off, or some of the words.
    #[arg(long, conflicts_with = "relaxed")]
    pub strict: bool,
    /// Related hits too where only strict ones are the rule: with `--format path`, `-0` and `-e`
    #[arg(long, hide_short_help = true)]
    pub relaxed: bool,
    /// Exit 1 when there is no hit
    #[arg(short, long)]
    pub exit_status: bool,
    /// Show what the index was asked and what each word adds to a score
    #[arg(long, hide_short_help = true)]
    pub explain: bool,
    /// Show how the query is read, and search nothing
    #[arg(long)]
    pub explain_query: bool,
    /// Take in what has changed before answering
    ///
    /// `always` waits for two seconds at most, `auto` for a tenth of one, if it is little.
    #[arg(long, value_enum, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "always")]
    pub fresh: Option<FreshArg>,
    /// Leave this search out of the retrieval log
    #[arg(long, hide_short_help = true)]
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
    /// Only notes with this property, and value
    ///
    /// For example `status`, `status=draft`, `rating=>3`.
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
    #[arg(long, hide_short_help = true, value_name = "TEXT", help_heading = FILTERS)]
    pub title: Vec<String>,
    /// Only notes with an alias that holds this text
    #[arg(long, hide_short_help = true, value_name = "TEXT", help_heading = FILTERS)]
    pub alias: Vec<String>,
    /// Only files changed since: `7d`, `2026-01-31`
    ///
    /// Dates and spans are those of `vault-sync help syntax`.
    #[arg(long, value_name = "WHEN", help_heading = FILTERS)]
    pub since: Option<String>,
    /// Only files changed then: `2026-01`, `>2026-01-31`, `2025..2026-03`, `7d`
    #[arg(long, hide_short_help = true, value_name = "WHEN", help_heading = FILTERS)]
    pub modified: Option<String>,
    /// Only notes whose property `created` says so: as `--modified`
    #[arg(long, hide_short_help = true, value_name = "WHEN", help_heading = FILTERS)]
    pub created: Option<String>,
}

/// What narrows a search by links, which the database is asked about. The lists of links have commands of their own.
#[derive(Debug, Args)]
pub struct LinkArgs {
    /// Only notes that link to NOTE
    #[arg(long, hide_short_help = true, value_name = "NOTE", help_heading = FILTERS)]
    pub link: Vec<String>,
    /// Only notes that have a backlink from NOTE: those it links to
    #[arg(long, hide_short_help = true, value_name = "NOTE", help_heading = FILTERS)]
    pub backlink: Vec<String>,
    /// Only notes with a link that leads nowhere; with TEXT, to something whose name holds it
    #[arg(long, hide_short_help = true, value_name = "TEXT", help_heading = FILTERS, num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub unresolved: Option<String>,
    /// Only notes to which no other file links
    #[arg(long, hide_short_help = true, help_heading = FILTERS)]
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
