//! The flags of a search that say what a hit is, how much of it is shown, and what is counted.

use crate::search::Granularity;
use clap::{Args, ValueEnum};

#[derive(Debug, Default, Args)]
pub struct HitArgs {
    /// What a hit is
    ///
    /// A note, or each section of it, with the paragraph that answers.
    #[arg(long, hide_default_value = true, value_enum, value_name = "UNIT", default_value_t = GranularityArg::Note)]
    pub granularity: GranularityArg,
    /// Show N lines around each passage
    #[arg(short = 'C', long, value_name = "N")]
    pub context: Option<usize>,
    /// Show every line that matches
    #[arg(long)]
    pub all_lines: bool,
    /// Print the exact number of hits
    ///
    /// As text, nothing else; in JSON it is `total`.
    #[arg(long)]
    pub count: bool,
    /// Count hits by `tags`, `folder`, `property:NAME`
    ///
    /// Also by `type` and `project`; all notes that match count, whatever --limit is.
    #[arg(long, value_name = "FACET")]
    pub facet: Vec<String>,
    /// Leave out passages, then hits, until all that is printed has at most N bytes
    #[arg(long, hide_short_help = true, value_name = "N")]
    pub max_bytes: Option<usize>,
    /// Cut the answer to what N tokens hold
    ///
    /// Passages go first, then hits. Six letters, three digits or two bytes of anything else are a token.
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
