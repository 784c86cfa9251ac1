//! The MCP server: what agents may ask, and how much of an answer they get. Each tool is a command line with its answer in JSON, so that an
//! agent and a shell are told the same; the official SDK only carries it, on the standard streams.
//!
//! Who carries out command lines is not known here, nor which vaults there are.

mod answer;
mod input;
mod resource;
mod server;
mod tools;

pub use server::serve;

use crate::spool::ToolCall;

/// The name by which clients, and the rows of `mcp_usage`, know the server.
pub const NAME: &str = "vault-sync";

/// A question of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The command line that answers it, without the program.
    pub line: Vec<String>,
    /// The only vault that is asked, by its name.
    pub vault: Option<String>,
    /// Rows that the command line skips.
    offset: usize,
    max_tokens: usize,
}

/// What came of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// A JSON document, or what is wrong.
    pub text: String,
    pub is_error: bool,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// Takes an answer. What its command has left to do goes on.
pub type Give = Box<dyn FnOnce(Said)>;

type Run = dyn Fn(&Asked, Option<String>, Give) + Send + Sync;

/// Whoever carries out command lines.
pub struct Host {
    /// Carries one out, for the agent of this name, and gives the answer.
    pub run: Box<Run>,
    /// Keeps a call for `mcp_usage`.
    pub log: Box<dyn Fn(ToolCall) + Send + Sync>,
}
