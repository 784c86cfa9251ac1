//! The flags of a search that say what a hit is, how much of it is shown, and what is counted.

use crate::search::Granularity;
use clap::{Args, ValueEnum};

#[derive(Debug, Default, Args)]
pub struct HitArgs {
    /// What a hit is: a note, or each section of it, with the paragraph that answers
    #[arg(long, value_enum, value_name = "UNIT", default_value_t = GranularityArg::Note)]
    pub granularity: GranularityArg,
    /// Show N lines around each passage
    #[arg(short = 'C', long, value_name = "N")]
    pub context: Option<usize>,
    /// Show every line that matches, not only the best
    #[arg(long)]
    pub all_lines: bool,
    /// Count the hits to the last; as text, print nothing but their number
    #[arg(long)]
    pub count: bool,
    /// Count all notes that match by `tags`, `folder`, `type`, `project` or `property:NAME`
    #[arg(long, value_name = "FACET")]
    pub facet: Vec<String>,
    /// Leave out passages, then hits, until all that is printed has at most N bytes
    #[arg(long, value_name = "N")]
    pub max_bytes: Option<usize>,
    /// The same with N tokens, counted with care: six letters, three digits or two bytes of anything else are one
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<usize>,
}

/// [`Granularity`], as it is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GranularityArg {
    #[default]
    Note,
    Section,
}

impl From<GranularityArg> for Granularity {
    fn from(granularity: GranularityArg) -> Self {
        match granularity {
            GranularityArg::Note => Self::Note,
            GranularityArg::Section => Self::Section,
        }
    }
}
