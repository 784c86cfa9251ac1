//! `db import-legacy`: what the old schemas hold, what became of it, and each row that could not be brought.

use super::args::ImportArgs;
use super::db::explained;
use super::session::block_on;
use super::{Exit, Surface, one_line};
use crate::store::Location;
use crate::store::legacy::{Fate, Purpose, Report, Table, Tasks, Told, import};
use anyhow::Result;
use serde_json::json;
use std::fmt::Write as _;
use std::slice::from_ref;

/// Who may do it.
const MAY: &str = "let a role do it that may read all of the old schemas and write the tables of `claude`; nothing was changed";

pub(super) fn run(location: &Location, args: &ImportArgs, surface: &Surface) -> Result<Exit> {
    let tasks = if args.tasks_into == "pm_tasks" { Tasks::Pm } else { Tasks::Build };
    let purpose = if args.apply { Purpose::Apply } else { Purpose::DryRun };
    let report = block_on(async { import(location, tasks, purpose).await.map_err(|error| explained(error, MAY)) })?;
    if surface.global.json {
        let mut answer = json!(report);
        answer["database"] = json!(location.to_string());
        surface.json(&answer)?;
    } else {
        surface.text(&text(&report)?)?;
        report.tables.iter().filter_map(|table| table.hint.as_deref().zip(Some(table.from))).for_each(|(hint, from)| {
            surface.note(&format!("{from}: {hint}"));
        });
        if !report.is_applied && report.sum(|table| table.n_brought) > 0 {
            surface.note("nothing was changed; `vault-sync db import-legacy --apply` does it");
        }
    }
    Ok(if report.has_findings() { Exit::Findings } else { Exit::Success })
}

fn text(report: &Report) -> Result<String> {
    let mut text = String::new();
    for table in &report.tables {
        writeln!(text, "{} -> {}: {}", table.from, table.into, counts(report, from_ref(table)))?;
        for repaired in &table.repairs {
            let (column, was, is, n) = (&repaired.column, short(&repaired.was), short(&repaired.is), repaired.n_rows);
            writeln!(text, "  {column}: {was} -> {is} ({n})")?;
        }
        table.rows.iter().try_for_each(|told| writeln!(text, "  {}", line(told)))?;
    }
    for skipped in &report.skipped {
        let n_rows = skipped.n_rows.map(|n| format!(" ({})", rows(n))).unwrap_or_default();
        writeln!(text, "{}{n_rows}: not read: {}", one_line(&skipped.name), one_line(&skipped.why))?;
    }
    let end = match report.sum(|table| table.n_brought) {
        _ if report.tables.is_empty() => "no tables of claude_family or claude_pm are there: nothing to bring".to_owned(),
        0 => format!("{}: nothing to bring", counts(report, &report.tables)),
        _ => counts(report, &report.tables),
    };
    writeln!(text, "{end}")?;
    Ok(text)
}

fn counts(report: &Report, tables: &[Table]) -> String {
    let sum = |count: fn(&Table) -> usize| tables.iter().map(count).sum::<usize>();
    let brought = if report.is_applied { "brought" } else { "to bring" };
    let counts = [
        (sum(|table| table.n_brought), brought),
        (sum(|table| table.n_there), "there already"),
        (sum(|table| table.n_repeated), "said twice"),
        (sum(|table| table.n_left_out), "left out"),
    ];
    let counts = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} {what}"));
    rows(sum(|table| table.n_rows)) + &counts.collect::<String>()
}

fn rows(n: usize) -> String {
    if n == 1 { "1 row".to_owned() } else { format!("{n} rows") }
}

fn line(told: &Told) -> String {
    let fate = match told.fate {
        Fate::Brought => "",
        Fate::There => "there already: ",
        Fate::Repeated => "said twice: ",
        Fate::LeftOut => "left out: ",
    };
    let key = told.key.as_deref().unwrap_or("(no key)");
    one_line(&format!("{key}: {fate}{}", told.why.join("; ")))
}

/// Returns a value as it fits a line.
fn short(value: &str) -> String {
    let value = one_line(value);
    match value.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}
