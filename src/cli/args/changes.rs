//! The flags of `changes` and of `watch`, which tells the same live.

use super::OutputArgs;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

#[derive(Debug, Args)]
#[command(after_help = "\
Each row: when, what happened (added, modified, renamed, archived, returned), the path, or the old path -> the new one.
Oldest first. Without --since and --as, the last 20, or the last N; else the first N, from where the reader goes on.
A revision is what one transaction wrote, and is never cut: more than N rows are printed if the first one has more.
Of what is private there is no path, only the id. As JSON lines, rows are what `watch --json` prints live.
Of old edits the feed keeps the last of each note, so that a reader who was away still learns of each note that changed.

A reader with a name reads, does its work, and then says how far it came. One that is killed in between reads the same again.
  vault-sync changes --as bot --json       what came after the cursor; `read_to` is what to acknowledge
  vault-sync changes --as bot --ack 128    everything up to revision 128 is done

Examples:
  vault-sync changes --since 2h
  vault-sync changes --since 128 --format jsonl
  cd ~/Notes && vault-sync changes --since 7d -0 | xargs -0 ls -ld")]
pub struct ChangesArgs {
    /// Only what came after this revision, or since then: `128`, `12h`, `7d`, `2w`, or a date
    #[arg(long, value_name = "REV|WHEN")]
    pub since: Option<String>,
    /// Go on where the cursor NAME stands; one that is new begins at --since, or at the beginning
    #[arg(long = "as", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub cursor: Option<String>,
    /// Move the cursor: everything up to REV has been read
    #[arg(long, value_name = "REV", requires = "cursor", conflicts_with_all = ["since", "limit"])]
    pub ack: Option<u32>,
    /// Let --ack move the cursor back, or into a database that was made anew
    #[arg(long, requires = "ack")]
    pub rewind: bool,
    /// Print at most N
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<usize>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
With --json, each change is one object a line, once it can be searched; `changes --format jsonl` prints the same afterwards.

--exec runs CMD by the shell once for each batch of changes of a vault, one at a time; what changes meanwhile goes to the next run.
On its stdin: the paths, one a line, both of a rename; NUL after each with -0; the objects with --json, and its stdout then goes to stderr.
Its environment has VAULT_SYNC_VAULT (the vault's folder), VAULT_SYNC_DATA_DIR and VAULT_SYNC_REVISION.
It is not run for the first sync of a vault. A run that fails is told and not repeated; `changes --as NAME` is for who must miss nothing.
A CMD that writes notes is run again for these.

Examples:
  vault-sync watch --exec 'cat >> ~/changed.txt'
  vault-sync watch -0 --exec 'cd \"$VAULT_SYNC_VAULT\" && xargs -0 ls -ld'")]
pub struct WatchArgs {
    /// Archive the rows even if more than half of the vault is gone
    #[arg(long)]
    pub allow_mass_delete: bool,
    /// Write nothing: only follow what another machine writes into the shared database
    #[arg(long, conflicts_with = "allow_mass_delete")]
    pub follow: bool,
    /// Run CMD after each batch of changes, with their paths on its stdin
    #[arg(long, value_name = "CMD", value_parser = NonEmptyStringValueParser::new())]
    pub exec: Option<String>,
    /// End each path on the stdin of CMD with a NUL character
    #[arg(short = '0', long, requires = "exec")]
    pub null: bool,
}
