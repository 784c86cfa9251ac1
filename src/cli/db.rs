//! `db`: how far the schema is, what it lacks, and what brings it up to date. Needs no vault.

use super::args::{DbArgs, DbCommand};
use super::session::{away, block_on};
use super::{Exit, Refusal, Surface, harmless, in_words, legacy};
use crate::state;
use crate::store::{self, Location, Outlook};
use anyhow::Result;
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) fn run(args: &DbArgs, surface: &Surface) -> Result<Exit> {
    let settings = surface.settings()?;
    settings.refuse_data_inside()?;
    let location = settings.location();
    match &args.command {
        DbCommand::ImportLegacy(import) => legacy::run(&location, import, surface),
        DbCommand::Status => status(&location, surface),
        DbCommand::Migrate(migrate) if migrate.dry_run => dry_run(&location, surface),
        DbCommand::Migrate(_) => {
            state::make_folder(&settings.data_dir.value)?;
            migrate(&location, surface)
        }
    }
}

fn status(location: &Location, surface: &Surface) -> Result<Exit> {
    let outlook = look(location)?;
    if surface.global.json {
        let mut answer = json(location, &outlook);
        answer["unusable"] = json!(outlook.takeover.unusable);
        surface.json(&answer)?;
    } else {
        let mut text = format!("{}\n", harmless(&location.to_string()));
        let version = match outlook.version {
            0 => format!("no tables of vault-sync yet; version {} is to come", outlook.newest),
            version if outlook.is_current() => format!("schema version {version}: up to date"),
            version => format!("schema version {version}; version {} is to come", outlook.newest),
        };
        writeln!(text, "  {version}")?;
        outlook.takeover.unusable.iter().try_for_each(|why| writeln!(text, "  cannot be used: {}", harmless(why)))?;
        outlook.takeover.statements.iter().try_for_each(|sql| writeln!(text, "  + {}", harmless(sql)))?;
        outlook.takeover.kept.iter().try_for_each(|kept| writeln!(text, "  = {}", harmless(kept)))?;
        outlook.steps.iter().try_for_each(|step| writeln!(text, "  + {:04} {}", step.number, step.name))?;
        surface.text(&text)?;
        if !outlook.is_current() {
            surface.note("run `vault-sync db migrate`; with --dry-run it prints the SQL and changes nothing");
        }
    }
    Ok(if outlook.is_current() { Exit::Success } else { Exit::Findings })
}

fn dry_run(location: &Location, surface: &Surface) -> Result<Exit> {
    let outlook = look(location)?;
    outlook.takeover.refuse_unusable()?;
    if surface.global.json {
        let mut answer = json(location, &outlook);
        answer["sql"] = json!(outlook.sql());
        surface.json(&answer)?;
    } else {
        surface.raw(&outlook.sql())?;
    }
    Ok(Exit::Success)
}

fn migrate(location: &Location, surface: &Surface) -> Result<Exit> {
    let done = block_on(async { store::migrate(location).await.map_err(|error| explained(error, MAY)) })?;
    if surface.global.json {
        surface.json(&json!({
            "database": location.to_string(),
            "was": done.version,
            "version": done.newest,
            "takeover": done.takeover.statements,
            "kept": done.takeover.kept,
            "applied": steps(&done),
        }))?;
    } else {
        let mut text: String = done.takeover.statements.iter().map(|sql| format!("{}\n", harmless(sql))).collect();
        done.takeover.kept.iter().try_for_each(|kept| writeln!(text, "{}", harmless(kept)))?;
        done.steps.iter().try_for_each(|step| writeln!(text, "{:04} {}", step.number, step.name))?;
        let end = if done.is_current() { ", nothing to do" } else { "" };
        surface.text(&format!("{text}schema version {}{end}\n", done.newest))?;
    }
    Ok(Exit::Success)
}

fn look(location: &Location) -> Result<Outlook> {
    block_on(async { store::outlook(location).await.map_err(|error| explained(error, MAY)) })
}

fn json(location: &Location, outlook: &Outlook) -> Value {
    json!({
        "database": location.to_string(),
        "version": outlook.version,
        "newest": outlook.newest,
        "pending": steps(outlook),
        "takeover": outlook.takeover.statements,
        "kept": outlook.takeover.kept,
    })
}

fn steps(outlook: &Outlook) -> Vec<Value> {
    outlook.steps.iter().map(|step| json!({"version": step.number, "name": step.name})).collect()
}

/// Who may migrate.
const MAY: &str =
    "let a role do it that may make the schema `claude` and owns its tables; `vault-sync db migrate --dry-run` prints the SQL";

/// What a database refuses is mostly a right that the role has not.
pub(super) fn explained(error: anyhow::Error, may: &str) -> anyhow::Error {
    let error = away(error);
    if error.downcast_ref::<Refusal>().is_some() || !store::is_forbidden(&error) {
        return error;
    }
    Refusal { exit: Exit::Findings, message: in_words(&error), hint: Some(may.to_owned()) }.into()
}
