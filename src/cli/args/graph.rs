//! The flags of `graph`.

use super::FilterArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Nodes are notes and canvases, and what the flags add. Several links from one file to another are one edge with a count, \
embeds told apart; a link of a file to itself is none. Files that Obsidian's \"Excluded files\" hides are left out.
Without --format, the ending of FILE says how it is written.

Examples:
  vault-sync graph -o graph.html             # to look at, in a browser
  vault-sync graph Home --depth 2 --tags --format graphml
  vault-sync graph --project mission-control --json")]
pub struct GraphArgs {
    /// Only what is near this note: its path, its name, an alias or its id
    #[arg(value_name = "NOTE")]
    pub note: Option<String>,
    /// How many links away it may be, in either direction; without, 1
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true, requires = "note")]
    pub depth: usize,
    /// Attachments and bases, too
    #[arg(long)]
    pub attachments: bool,
    /// Names that links give and no file has, too
    #[arg(long)]
    pub unresolved: bool,
    /// Tags, too
    #[arg(long)]
    pub tags: bool,
    /// Leave out what nothing is joined to
    #[arg(long, overrides_with = "orphans")]
    pub no_orphans: bool,
    /// Show it all the same, which is the rule
    #[arg(long, hide = true, overrides_with = "no_orphans")]
    pub orphans: bool,
    /// How to write it: dot, graphml, json or html; without, dot
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    pub format: Option<GraphFormat>,
    /// Write it to FILE
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub filters: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    Dot,
    Graphml,
    Json,
    Html,
}
