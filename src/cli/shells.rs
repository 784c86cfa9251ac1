//! The scripts by which shells complete, and the manual pages, made of the definitions that the help is made of.

use super::args::{Arguments, CompletionsArgs, ManArgs};
use super::{Exit, Surface, harmless};
use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
use std::path::Path;

pub(super) fn completions(args: &CompletionsArgs, surface: &Surface) -> Result<Exit> {
    let script = match args.shell {
        Shell::Bash => include_str!("shells/completions.bash"),
        Shell::Zsh => include_str!("shells/completions.zsh"),
        Shell::Fish => include_str!("shells/completions.fish"),
        Shell::PowerShell => include_str!("shells/completions.ps1"),
        Shell::Elvish => include_str!("shells/completions.elv"),
        other => anyhow::bail!("there are no completions for {other}"),
    };
    surface.raw(script).map(|()| Exit::Success)
}

pub(super) fn man(args: &ManArgs, surface: &Surface) -> Result<Exit> {
    // A page about the help would say nothing.
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &args.folder else {
        return surface.raw(&page(&Man::new(command))?).map(|()| Exit::Success);
    };
    // Of what this program makes these alone are for all who read: root may put them where everybody's manual is.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::WGRP | rustix::fs::Mode::WOTH);
    let shown = folder.display();
    std::fs::create_dir_all(folder).with_context(|| format!("making {shown}"))?;
    write_pages(&command, folder).with_context(|| format!("writing the manual into {shown}"))?;
    surface.note(&format!("wrote the manual into {}", harmless(&shown.to_string())));
    Ok(Exit::Success)
}

/// Writes the page of a command, and of those below it that its help shows.
fn write_pages(command: &Command, folder: &Path) -> Result<()> {
    let man = Man::new(command.clone());
    std::fs::write(folder.join(man.get_filename()), page(&man)?)?;
    command.get_subcommands().filter(|below| !below.is_hide_set()).try_for_each(|below| write_pages(below, folder))
}

/// Returns a page. What stands below the options is laid out by hand, and is not to be filled.
fn page(man: &Man) -> Result<String> {
    let mut page = Vec::new();
    man.render(&mut page)?;
    let page = String::from_utf8(page).context("a page that is no text")?;
    Ok(page.replace(".SH EXTRA\n", ".SH NOTES AND EXAMPLES\n.nf\n").replace("\n.SH VERSION\n", "\n.fi\n.SH VERSION\n"))
}
