//! The flags of `completions` and `man`.

use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
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
