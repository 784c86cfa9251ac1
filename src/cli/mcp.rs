//! `mcp`: serves agents on the standard streams, each call a command carried out here; `mcp install` tells a client of it.

mod client;
mod splice;

use super::args::{Arguments, McpArgs, McpCommand};
use super::caller::Caller;
use super::session::require_vaults;
use super::{Exit, Global, Surface, damaged, in_words, told};
use crate::mcp::{self, Asked, Give, Host, Said};
use crate::spool::{self, ToolCall};
use anyhow::Result;
use clap::Parser as _;

pub(super) fn run(args: &McpArgs, surface: &Surface) -> Result<Exit> {
    match &args.command {
        None => serve(surface),
        Some(McpCommand::Install(args)) => client::install(args, surface),
        Some(McpCommand::Uninstall(args)) => client::uninstall(args, surface),
    }
}

fn serve(surface: &Surface) -> Result<Exit> {
    // A configuration that cannot be read is said at once, where people look; an agent that asks is told again.
    require_vaults(&surface.settings()?)?;
    let (ours, theirs) = (surface.global.clone(), surface.global.clone());
    mcp::serve(Host {
        run: Box::new(move |asked, agent, give| carry_out(&ours, asked, agent, give)),
        log: Box::new(move |call| {
            if let Err(error) = log(&theirs, call) {
                tracing::info!(error = in_words(&error), "the call could not be logged");
            }
        }),
    })?;
    Ok(Exit::Success)
}

/// Carries a command line out as a process of its own would, but for where its answer goes.
fn carry_out(global: &Global, asked: &Asked, agent: Option<String>, give: Give) {
    let arguments = match Arguments::try_parse_from([mcp::NAME].into_iter().chain(asked.line.iter().map(String::as_str))) {
        Ok(arguments) => arguments,
        Err(error) => return give(Said { text: error.render().to_string(), is_error: true, ..Said::default() }),
    };
    let global = Global { json: true, ..global.clone() };
    let surface = Surface { global, caller: Some(Caller::new(agent, asked.vault.clone(), give)) };
    let outcome = super::run(&arguments.command, &surface);
    let caller = surface.caller.as_ref().expect("it was just put there");
    match outcome {
        Ok(_) => caller.release(),
        Err(error) => caller.fail(told(&damaged(error, &surface)).0),
    }
}

fn log(global: &Global, call: ToolCall) -> Result<()> {
    let settings = Surface::new(global.clone()).settings()?;
    let call = ToolCall { session_id: settings.session, project_name: settings.project, ..call };
    Ok(spool::append(&settings.data_dir.value, &call)?)
}
