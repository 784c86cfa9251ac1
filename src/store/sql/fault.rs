//! What an engine says of a statement that it does not take, with the place in what was typed and what to do about it.

use super::Question;
use super::catalogue::Kinds;
use super::statement::{ONE_AT_A_TIME, ONE_BY_ONE, Statement, place};
use crate::nearest::nearest;
use crate::refusal::{Exit, Refusal};
use anyhow::Error;
use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

const TABLES: &str = "`vault-sync sql \"select table_name from information_schema.tables where table_schema = 'claude'\"` lists the tables";
const COLUMNS: &str = "`information_schema.columns` lists the columns of each table";
/// So many tables are named.
const FEW: usize = 3;
const READS: &str = "`sql` only reads; what the vault's notes say is changed in the notes";

/// Explains an error of SQLite, which names what it stumbled over, but not where that stands.
pub(super) fn of_sqlite(error: Error, question: Question<'_>, statement: &Statement<'_>, kinds: &Kinds) -> Error {
    let Some(sqlx::Error::Database(fault)) = error.downcast_ref() else { return error };
    let said = fault.message();
    if said == "interrupted" {
        return too_long(question);
    }
    let culprit = said.rsplit_once(": ").map(|(_, name)| name).filter(|_| said.starts_with("no such"));
    let culprit = culprit.or_else(|| said.split('"').nth(1));
    let at = culprit.and_then(|culprit| only_place(statement.text, culprit));
    let name = culprit.and_then(|culprit| culprit.rsplit('.').next()).unwrap_or_default();
    let hint = if said.starts_with("no such table") {
        let near = nearest(name, kinds.keys().map(|(table, _)| table.as_str()));
        Some(near.map_or_else(|| TABLES.to_owned(), |near| format!("did you mean claude.{near}? {TABLES}")))
    } else if said.starts_with("no such column") {
        Some(column_hint(name, kinds))
    } else {
        said.contains("readonly database").then(|| READS.to_owned())
    };
    fault_at(said, at.map(|at| place(question.text, statement.at + at)), hint)
}

/// Says where a column is that is not where it was asked for, or what it may be called.
fn column_hint(name: &str, kinds: &Kinds) -> String {
    let mut homes: Vec<String> = kinds.keys().filter(|(_, column)| column == name).map(|(table, _)| format!("claude.{table}")).collect();
    homes.sort();
    if homes.is_empty() {
        let near = nearest(name, kinds.keys().map(|(_, column)| column.as_str()));
        return near.map_or_else(|| COLUMNS.to_owned(), |near| format!("did you mean {near}? {COLUMNS}"));
    }
    let more = if homes.len() > FEW { " and others" } else { "" };
    homes.truncate(FEW);
    format!("{name} is a column of {}{more}; {COLUMNS}", homes.join(", "))
}

/// Explains an error of PostgreSQL, which counts characters from the beginning of what was sent, `n_before` of them ours.
pub(super) fn of_postgres(error: Error, question: Question<'_>, statement: &Statement<'_>, n_before: usize) -> Error {
    let fault = match error.downcast_ref() {
        Some(sqlx::Error::Database(fault)) => fault.try_downcast_ref::<PgDatabaseError>(),
        _ => None,
    };
    let Some(fault) = fault else { return error };
    let typed = match fault.position() {
        Some(PgErrorPosition::Original(at)) => at.checked_sub(n_before + 1),
        _ => None,
    };
    let at = typed.and_then(|n| statement.text.char_indices().map(|(at, _)| at).chain([statement.text.len()]).nth(n));
    let hint = match fault.code() {
        "57014" => return too_long(question),
        "42P01" => Some(TABLES),
        "42703" => Some(COLUMNS),
        "25006" | "0A000" => Some(READS),
        // A slip has its place; several statements have none.
        "42601" if fault.position().is_none() => return fault_at(ONE_AT_A_TIME, None, Some(ONE_BY_ONE.to_owned())),
        _ => None,
    };
    // The engine's own hint knows the nearest column.
    let hints: Vec<&str> = fault.hint().into_iter().chain(hint).collect();
    let message = [Some(fault.message()), fault.detail()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    fault_at(&message, at.map(|at| place(question.text, statement.at + at)), (!hints.is_empty()).then(|| hints.join(" ")))
}

fn fault_at(said: &str, place: Option<String>, hint: Option<String>) -> Error {
    let message = place.map_or_else(|| said.to_owned(), |place| format!("{place}: {said}"));
    Refusal { exit: Exit::Findings, message, hint }.into()
}

pub(super) fn too_long(question: Question<'_>) -> Error {
    let message = format!("stopped: the statement took longer than {} s", question.patience.as_secs_f64());
    let hint = "narrow it, or give it longer with --timeout SECONDS, or for good with `timeout_seconds` below [sql] in sync.toml";
    Refusal { exit: Exit::Findings, message, hint: Some(hint.to_owned()) }.into()
}

/// Returns where a name stands, if it stands there once.
fn only_place(text: &str, name: &str) -> Option<usize> {
    let mut places = text.match_indices(name).map(|(at, _)| at).filter(|at| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let (before, behind) = (&text[..*at], &text[at + name.len()..]);
        !name.starts_with(is_part) || !(before.ends_with(is_part) || behind.starts_with(is_part))
    });
    let first = places.next()?;
    places.next().is_none().then_some(first)
}
