//! The flags of `completions`, of `complete`, which its scripts call, and of `man`.

use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
They complete commands, flags and values, and from the index the names of notes, tags, properties and projects.
They ask this program at each Tab, so they need not be made anew when it changes.

Where each shell looks for them:
  bash        vault-sync completions bash > ~/.local/share/bash-completion/completions/vault-sync
  zsh         vault-sync completions zsh > DIR/_vault-sync, where DIR is one of $fpath
  fish        vault-sync completions fish > ~/.config/fish/completions/vault-sync.fish
  powershell  vault-sync completions powershell | Out-String | Invoke-Expression, in $PROFILE
  elvish      eval (vault-sync completions elvish | slurp), in rc.elv

Example:
  vault-sync completions bash > ~/completions")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// Once a script is installed it stays: these flags may grow, and never change.
#[derive(Debug, Args)]
pub struct CompleteArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
    /// The line up to the cursor, as it is typed
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["word", "words"])]
    pub line: Option<String>,
    /// What ends a word for the shell, beside blanks
    #[arg(long, value_name = "CHARACTERS", default_value = "", requires = "line")]
    pub breaks: String,
    /// The word at the cursor, without its quotes
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub word: String,
    /// The words before it
    #[arg(last = true, value_name = "WORD")]
    pub words: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync man | man -l -
  vault-sync man ~/.local/share/man/man1 && man vault-sync-search")]
pub struct ManArgs {
    /// The folder to write vault-sync.1, vault-sync-search.1 and so on into; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}
