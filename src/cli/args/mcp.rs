//! What `mcp` takes.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "\
Without a command, it answers a client on its standard input and output until that closes them.
Nothing but the protocol goes to stdout. The global options, given before `install`, are those that the client will start it with.

Examples:
  vault-sync mcp install claude-code --dry-run
  vault-sync --vault ~/Notes mcp install claude-code --scope project
  vault-sync mcp install another-client")]
pub struct McpArgs {
    #[command(subcommand)]
    pub command: Option<McpCommand>,
}

#[derive(Debug, Subcommand)]
pub enum McpCommand {
    /// Tell a client of the server: `claude-code`; for any other, print what to paste
    Install(ClientArgs),
    /// Undo that
    Uninstall(ClientArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vault-sync mcp install claude-code --dry-run
  vault-sync mcp uninstall claude-code --scope project")]
pub struct ClientArgs {
    /// Which client
    #[arg(value_name = "CLIENT")]
    pub client: String,
    /// Whose configuration
    #[arg(long, value_enum, value_name = "SCOPE", default_value_t = Scope::User)]
    pub scope: Scope,
    /// Show the change, and make none
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// All of yours: `~/.claude.json`
    User,
    /// Of the project in the current folder: `.mcp.json`
    Project,
}
