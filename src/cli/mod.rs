//! The surface: arguments in, answers on stdout, all else on stderr, an exit code. One file a command; no rules of the product.

mod answer;
mod args;
mod caller;
mod changes;
mod complete;
mod config;
mod dashboard;
mod db;
mod doctor;
mod dump;
mod fault;
mod files;
mod filters;
mod find;
mod fresh;
mod graph;
mod held;
mod init;
mod inspect;
mod legacy;
mod links;
mod list;
mod log;
mod mcp;
mod progress;
mod projects;
mod properties;
mod registry;
mod report;
mod resolve;
mod rewrite;
mod search;
mod service;
mod session;
mod shells;
mod show;
mod skill;
mod sql;
mod stats;
mod status;
mod sync;
mod tags;
mod tasks;
mod terms;
mod verify;
mod watch;
mod why;

pub use args::{Arguments, Command, Global};

use crate::config::Settings;
use crate::disk::RootGone;
use crate::index::Busy;
use crate::nearest::nearest;
pub(crate) use crate::refusal::in_words;
pub use crate::refusal::{Exit, Refusal};
pub(crate) use crate::render::{brief, harmless, json, one_line};
use crate::store::{Address, HeldElsewhere, is_away, is_damaged, unread};
use crate::sync::{Depth, Refused};
use caller::Caller;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, Parser as _};
use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

/// What every command gets: the global flags, and the settings on demand (a command that reads one file needs none).
pub struct Surface {
    pub global: Global,
    /// Who gets the answer instead of the standard streams.
    caller: Option<Caller>,
}

impl Surface {
    fn new(global: Global) -> Self {
        Self { global, caller: None }
    }

    /// Returns the settings from flags, environment and `sync.toml`.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let settings = crate::config::load(&self.global.flags())?;
        match &self.caller {
            Some(caller) => caller.settings(settings),
            None => Ok(settings),
        }
    }

    /// Writes one JSON document on stdout.
    pub fn json(&self, value: &impl serde::Serialize) -> anyhow::Result<()> {
        self.text(&self.document(value)?)
    }

    /// Returns a value as the JSON document that is written.
    fn document(&self, value: &impl serde::Serialize) -> anyhow::Result<String> {
        Ok(match self.caller {
            Some(_) => brief::document(value)?,
            None => json(value)? + "\n",
        })
    }

    /// Lets the answer go, where somebody waits for it: what follows is no concern of theirs.
    fn release(&self) {
        self.caller.iter().for_each(Caller::release);
    }
}

impl Surface {
    /// Writes text on stdout, as it is: whoever made it has taken care of what a note could do to a terminal.
    pub fn text(&self, text: &str) -> anyhow::Result<()> {
        if let Some(caller) = &self.caller {
            caller.answer(text);
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        // In one piece, and as an `io::Error` if it fails: serde's own error would hide that the reader went away.
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Writes what is meant for programs on stdout: as it is, unless it goes to a terminal after all.
    pub fn raw(&self, text: &str) -> anyhow::Result<()> {
        if std::io::stdout().is_terminal() { self.text(&harmless(text)) } else { self.text(text) }
    }

    /// Returns whether answers on a terminal may be coloured.
    pub fn has_colour(&self) -> bool {
        std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// Says something on stderr, unless asked to be quiet.
    pub fn note(&self, text: &str) {
        if !self.global.quiet {
            self.complain(text);
        }
    }

    /// Says on stderr what is wrong.
    pub fn complain(&self, text: &str) {
        if let Some(caller) = &self.caller {
            return caller.note(text);
        }
        let _ = writeln!(std::io::stderr().lock(), "{}", harmless(text));
    }
}

/// Gives the refusals of a run their cure.
fn refused(error: anyhow::Error) -> anyhow::Error {
    let hint = if error.downcast_ref::<RootGone>().is_some() {
        "check the path, or mount the drive; what is indexed stays as it is"
    } else if error.downcast_ref::<Refused>().is_some() {
        "if they are meant to be gone, run it again with --allow-mass-delete"
    } else if error.is::<HeldElsewhere>() {
        let hint = "one machine writes a vault: searches work here, and `vault-sync watch` stands by to take over";
        return Refusal { exit: Exit::TryAgain, message: in_words(&error), hint: Some(hint.to_owned()) }.into();
    } else {
        return error;
    };
    Refusal { exit: Exit::Findings, message: in_words(&error), hint: Some(hint.to_owned()) }.into()
}

/// Gives a damaged SQLite file its cure: some of what it holds is nowhere else, so nobody removes it but its owner.
fn damaged(error: anyhow::Error, surface: &Surface) -> anyhow::Error {
    if !is_damaged(&error) {
        return error;
    }
    let location = surface.settings().map(|settings| settings.location()).ok();
    let file = location.as_ref().map(|location| format!(" {location}")).unwrap_or_default();
    if let Some(failure) = location.as_ref().and_then(unread) {
        return anyhow::Error::new(failure).context(format!("reading the database{file}"));
    }
    let message = format!("the database{file} is damaged: {}", error.root_cause());
    let hint = "move it away, with its -wal and -shm, and run `vault-sync resync`: the mirror is made anew from the notes; \
        the retrieval log and what others wrote is in that file alone, and a backup or `sqlite3 FILE .recover` may have it";
    Refusal { exit: Exit::Findings, message, hint: Some(hint.to_owned()) }.into()
}

/// SQL may begin with a comment, `-- why`, which no flag looks like. Behind a blank it is not taken for one.
fn no_flag(argument: OsString) -> OsString {
    match argument.to_str() {
        Some(text) if text.starts_with("-- ") => format!(" {text}").into(),
        _ => argument,
    }
}

/// Runs the program for the process's own arguments.
pub fn main() -> ExitCode {
    // Database, index, spool and configuration tell what is in notes: nobody else is to read them.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let arguments = match Arguments::try_parse_from(std::env::args_os().map(no_flag)) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&meant(error)),
    };
    log_to_stderr(&arguments.global);
    let surface = Surface::new(arguments.global);
    match run(&arguments.command, &surface) {
        Ok(exit) => exit.into(),
        Err(error) => report_error(&damaged(error, &surface)).into(),
    }
}

/// Adds the nearest name to an unknown topic of `help`, where there is none yet.
fn meant(mut error: clap::Error) -> clap::Error {
    if let (Some(ContextValue::String(name)), None) =
        (error.get(ContextKind::InvalidSubcommand), error.get(ContextKind::SuggestedSubcommand))
    {
        let mut typed = std::env::args().skip_while(|arg| arg != "help").skip(1).take_while(|arg| arg != name);
        let command = typed.try_fold(Arguments::command(), |command, arg| command.find_subcommand(arg).cloned());
        let command = command.unwrap_or_default();
        if let Some(known) = nearest(name, command.get_subcommands().map(clap::Command::get_name)) {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![known.to_owned()]));
        }
    }
    error
}

/// Says what was mistyped, or prints the help that was asked for. An address in a wrong place is shown without its password.
fn refuse(error: &clap::Error) -> ExitCode {
    let typed = std::env::args().flat_map(|arg| [arg.split_once('=').map(|(_, value)| value.to_owned()), Some(arg)]).flatten();
    let addresses = typed.filter_map(|arg| Some((Address::parse(&arg).ok().filter(Address::has_password)?, arg)));
    let mut shown = addresses.map(|(address, arg)| (arg, address.to_string())).peekable();
    let plain = error.render().to_string();
    let _ = if shown.peek().is_none() && harmless(&plain) == plain {
        error.print()
    } else {
        let text = shown.fold(plain, |text, (arg, address)| text.replace(&arg, &address));
        std::io::stderr().lock().write_all(harmless(&text).as_bytes())
    };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn run(command: &Command, surface: &Surface) -> anyhow::Result<Exit> {
    match command {
        Command::Init(args) => init::run(args, surface),
        Command::Sync(args) => sync::run(args, surface, Depth::Changed),
        Command::Resync(args) => sync::run(args, surface, Depth::Everything),
        Command::Watch(args) => watch::run(args, surface),
        Command::Ls(args) => files::ls(args, surface),
        Command::Show(args) => show::run(args, surface),
        Command::Status(args) => status::run(args, surface),
        Command::Doctor(args) => doctor::run(args, surface),
        Command::Why(args) => why::run(args, surface),
        Command::Verify(args) => verify::run(args, surface),
        Command::Config => config::run(surface),
        Command::Dump => dump::run(surface),
        Command::Inspect(args) => inspect::run(args, surface),
        Command::Resolve(args) => resolve::run(args, surface),
        Command::Search(args) => search::run(args, surface),
        Command::Find(args) => find::run(&args.into(), surface),
        Command::Links(args) => links::links(args, surface),
        Command::Backlinks(args) => links::backlinks(args, surface),
        Command::Unresolved(args) => links::unresolved(args, surface),
        Command::Orphans(args) => files::orphans(args, surface),
        Command::Tags(args) => tags::run(args, surface),
        Command::Properties(args) => properties::run(args, surface),
        Command::Projects(args) => projects::run(args, surface),
        Command::Tasks(args) => tasks::run(args, surface),
        Command::Recent(args) => files::recent(args, surface),
        Command::Graph(args) => graph::run(args, surface),
        Command::Stats(args) => stats::run(args, surface),
        Command::Terms(args) => terms::run(args, surface),
        Command::Log(args) => log::run(args, surface),
        Command::Changes(args) => changes::run(args, surface),
        Command::Sql(args) => sql::run(args, surface),
        Command::Dashboard(args) => dashboard::run(args, surface),
        Command::Registry(args) => registry::run(args, surface),
        Command::Db(args) => db::run(args, surface),
        Command::Service(args) => service::run(args, surface),
        Command::Mcp(args) => mcp::run(args, surface),
        Command::Skill => skill::run(surface),
        Command::Syntax => surface.text(args::SYNTAX).map(|()| Exit::Success),
        Command::Completions(args) => shells::completions(args, surface),
        Command::Complete(args) => complete::run(args, surface),
        Command::Man(args) => shells::man(args, surface),
    }
}

/// Prints an error for people; a reader that went away (`| head`) is no error.
fn report_error(error: &anyhow::Error) -> Exit {
    let broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(broken_pipe) {
        return Exit::Success;
    }
    let (said, exit) = told(error);
    let _ = writeln!(std::io::stderr().lock(), "vault-sync: {said}");
    exit
}

/// Returns what is said of an error, its cure on a line of its own, and the exit code that it means.
fn told(error: &anyhow::Error) -> (String, Exit) {
    let (cure, exit) = match error.downcast_ref::<Refusal>() {
        Some(refusal) => (refusal.hint.as_deref().map(harmless), refusal.exit),
        None if error.is::<Busy>() => {
            (Some("run it again when that one is done; `vault-sync doctor` says more".to_owned()), Exit::TryAgain)
        }
        None => (fault::cure(error).map(Into::into), if is_away(error) { Exit::TryAgain } else { Exit::Findings }),
    };
    let cure = cure.map(|cure| format!("\n  {cure}")).unwrap_or_default();
    (harmless(&in_words(error)) + &cure, exit)
}

/// Warnings always, decisions with `-v`, data with `-vv`; `RUST_LOG` overrides.
fn log_to_stderr(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn,rmcp=error",
        (false, 1) => "warn,rmcp=error,vault_sync=info",
        (false, _) => "warn,rmcp=error,vault_sync=debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into());
    let has_colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| held::Stderr).with_ansi(has_colour);
    log.with_target(false).without_time().init();
}
