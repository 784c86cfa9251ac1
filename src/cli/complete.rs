//! `complete` (hidden): what the scripts of `completions` ask at each Tab. Commands and flags come from the definitions that the help is made
//! of, names from the index. It reads, and where there is nothing to read it says nothing: nobody who presses Tab wants an error.

mod line;
mod names;

use super::args::{Arguments, CompleteArgs};
use super::{Exit, Global, Surface, one_line};
use anyhow::Result;
use clap::builder::ValueHint;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};
use line::Typed;
use names::{Kind, Names};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) fn run(args: &CompleteArgs, surface: &Surface) -> Result<Exit> {
    let typed = match &args.line {
        Some(text) => line::read(text, args.shell, &args.breaks),
        None => Typed::words(&args.words, &args.word),
    };
    let names = Arc::new(Names::new(global(&typed.before)));
    let mut command = knowing(Arguments::command(), &names, args.shell);
    let words: Vec<OsString> = typed.before.iter().chain([&typed.word]).map(OsString::from).collect();
    let (last, here) = (words.len() - 1, std::env::current_dir().ok());
    let mut found = complete(&mut command, words, last, here.as_deref()).unwrap_or_default();
    let is_flag = |candidate: &CompletionCandidate| candidate.get_value().as_encoded_bytes().starts_with(b"-");
    if !typed.word.starts_with('-') && !found.iter().all(is_flag) {
        found.retain(|candidate| !is_flag(candidate));
    }
    if args.shell == Shell::Bash {
        agree(&mut found, &typed.word);
    }
    // A name that could move a cursor is typed by hand.
    let named =
        found.iter().filter_map(|candidate| Some((candidate.get_value().to_str().filter(|name| one_line(name) == **name)?, candidate)));
    let lines = named.filter_map(|(name, candidate)| {
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        typed.shown(args.shell, name, &one_line(help.lines().next().unwrap_or_default()))
    });
    surface.text(&lines.map(|line| line + "\n").collect::<String>()).map(|()| Exit::Success)
}

/// Leaves the names that begin as the word does, letter by letter; where none does, as the first of them. Of names that begin in different cases
/// bash would put in what is the same in all, be it less than was typed.
fn agree(found: &mut Vec<CompletionCandidate>, word: &str) {
    let n_letters = word.chars().count();
    let beginning = |candidate: &CompletionCandidate| candidate.get_value().to_string_lossy().chars().take(n_letters).collect::<String>();
    let first = found.iter().map(beginning).find(|beginning| beginning == word).or_else(|| found.first().map(beginning));
    found.retain(|candidate| first.as_ref() == Some(&beginning(candidate)));
}

/// Returns where the vault and its mirror are by what was typed already; the environment says the rest.
fn global(words: &[String]) -> Global {
    let value = |flag: &str| {
        let said = |(at, word): (usize, &String)| match word.strip_prefix(flag)? {
            "" => words.get(at + 1).cloned(),
            rest => rest.strip_prefix('=').map(str::to_owned),
        };
        words.iter().enumerate().find_map(said)
    };
    let path = |flag: &str| {
        value(flag).map(|text| match (text.strip_prefix("~/"), std::env::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        })
    };
    Global { config: path("--config"), vault: path("--vault"), data_dir: path("--data-dir"), ..Global::default() }
}

/// Returns the command with arguments that know their names.
fn knowing(command: Command, names: &Arc<Names>, shell: Shell) -> Command {
    // Their own completion of files knows the user's settings, and what a tilde is.
    let leaves_files = matches!(shell, Shell::Bash | Shell::Zsh);
    let argument = |arg: Arg| match Kind::of(&arg) {
        Some(kind) => {
            let names = Arc::clone(names);
            arg.add(ArgValueCompleter::new(move |typed: &std::ffi::OsStr| names.beginning(kind, typed)))
        }
        None if leaves_files && arg.get_value_hint() != ValueHint::Unknown => arg.value_hint(ValueHint::Other),
        None => arg,
    };
    command.mut_args(argument).mut_subcommands(|below| knowing(below, names, shell))
}
