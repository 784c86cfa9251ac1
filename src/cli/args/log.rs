//! The flags of `log`.

use super::{ListArgs, PageArgs};
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub struct LogArgs {
    #[command(subcommand)]
    pub command: Option<LogCommand>,
    #[command(flatten)]
    pub list: LookupsArgs,
}

#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// List the lookups, newest first; so does `log` alone
    List(LookupsArgs),
    /// Count the lookups and how fast they were answered: all, by agent, by method
    Stats(LookupsArgs),
    /// List the questions that the vault does not answer
    Misses(LookupsArgs),
    /// List the notes that no lookup returned
    Unused(UnusedArgs),
    /// Say whether a lookup helped
    Feedback(FeedbackArgs),
}

/// Which lookups.
#[derive(Debug, Default, PartialEq, Args)]
#[command(after_help = "\
list: when, the end of its id, hits that Obsidian would find, hits shown, milliseconds, agent, query. Without -n, 20 are listed.
stats: lookups, misses, useful and useless ones, milliseconds within which half were answered, and 95 of 100.
misses: how often, when last, query; those that found nothing strict when they were last asked.

Examples:
  vault-sync log --agent codex --since 7d
  vault-sync log misses --since 4w -n 10")]
pub struct LookupsArgs {
    /// Only since then: `12h`, `7d`, `2w`, or a date
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Only those of this agent
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Only those asked for this project
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    #[command(flatten)]
    pub page: PageArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A related hit counts as returned. Notes that Obsidian's \"Excluded files\" hides are not listed.

Example: notes of a folder that nobody needed for half a year
  vault-sync log unused --not-since 26w --path Archive/")]
pub struct UnusedArgs {
    /// Not returned since then, or never: `12h`, `7d`, `2w`, or a date
    #[arg(long, value_name = "WHEN")]
    pub not_since: Option<String>,
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  vault-sync log feedback 9f3a61c2 useful")]
pub struct FeedbackArgs {
    /// The lookup: its id, or the end of it, as `log` prints it
    #[arg(value_name = "ID")]
    pub id: String,
    /// Whether it helped
    #[arg(value_enum, value_name = "useful|useless", hide_possible_values = true)]
    pub verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    Useful,
    Useless,
}

impl Verdict {
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            Self::Useful => "useful",
            Self::Useless => "useless",
        }
    }
}
