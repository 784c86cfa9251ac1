//! From an old row to a new one, purely: names of columns, words, numbers. Nothing here knows of other rows.

use super::catalogue::{Column, Relation};
use super::map::{IN_CAPITALS, MEANT, Move, WORDS};
use crate::store::{Registry, Valid};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An old row: each column's value as text.
pub(crate) type Old = BTreeMap<String, Option<String>>;

/// A row as it is to be.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub key: Option<String>,
    pub values: BTreeMap<String, String>,
    /// What the new table has no column for, or another value: it goes into the row's metadata, where there are any.
    pub kept: BTreeMap<String, String>,
    pub repairs: Vec<Repair>,
    /// What is lost on the way, or worth a look.
    pub remarks: Vec<String>,
    /// Why it cannot be brought.
    pub faults: Vec<String>,
    pub old: Old,
}

impl Draft {
    /// Empties a column, and says why; its value is kept.
    pub(super) fn part_with(&mut self, name: &str, why: &str) {
        let value = self.values.remove(name);
        self.kept.extend(value.map(|value| (name.to_owned(), value)));
        self.remarks.push(why.to_owned());
    }
}

/// What a value became: column, before, after.
pub(super) type Repair = (String, String, String);

/// The column that holds what a row has besides.
pub(super) const METADATA: [&str; 2] = ["metadata", "session_metadata"];

/// Where a required time is taken from, if a row has none.
const TIMES: [&str; 4] = ["created_at", "session_start", "started_at", "updated_at"];

pub(super) fn draft(step: &Move, target: &Relation, registry: &Registry, old: Old) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in old.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        match place(step, target, &old, name) {
            Some(column) => drop(draft.values.insert(column.name.clone(), value.clone())),
            None if step.dropped.contains(&name.as_str()) || is_bare(value) => {}
            None => drop(draft.kept.insert(name.clone(), value.clone())),
        }
    }
    draft.old = old;
    let has_metadata = target.columns.iter().any(|column| METADATA.contains(&column.name.as_str()));
    let homeless: Vec<&str> = draft.kept.keys().map(String::as_str).collect();
    if !has_metadata && !homeless.is_empty() {
        draft.remarks.push(format!("claude.{} has no place for {}", step.into, homeless.join(", ")));
    }
    for column in &target.columns {
        repair(step, column, registry, &mut draft);
    }
    if step.into == "sessions" && target.column("status").is_some() && !draft.values.contains_key("status") {
        let status = if draft.values.contains_key("session_end") { "ended" } else { "active" };
        draft.values.insert("status".to_owned(), status.to_owned());
    }
    draft.key = draft.values.get(step.key).cloned();
    draft
}

/// Returns the column that takes the values of an old one.
fn place<'a>(step: &Move, target: &'a Relation, old: &Old, name: &str) -> Option<&'a Column> {
    let renamed = || step.renamed.iter().find(|(was, is)| *was == name && !old.contains_key(*is));
    match target.column(name).filter(|_| !step.dropped.contains(&name)) {
        Some(column) => Some(column),
        None => renamed().and_then(|(_, is)| target.column(is)),
    }
}

/// Returns whether a value says nothing.
fn is_bare(value: &str) -> bool {
    ["", "[]", "{}", "null"].contains(&value)
}

fn repair(step: &Move, column: &Column, registry: &Registry, draft: &mut Draft) {
    let name = column.name.as_str();
    let is_number = ["smallint", "integer", "bigint", "numeric"].contains(&column.kind.as_str());
    let Some(value) = draft.values.get(name).cloned() else {
        if name == "priority" && is_number && step.into != "scheduled_jobs" && draft.old.contains_key(name) {
            return become_other(draft, name, "null", "3");
        }
        return fill(step, column, draft);
    };
    if column.kind == "uuid" {
        match Uuid::parse_str(&value) {
            Ok(id) => drop(draft.values.insert(name.to_owned(), id.to_string())),
            Err(_) => draft.faults.push(format!("{name} '{value}' is no uuid")),
        }
    } else if name == "priority" && is_number && step.into != "scheduled_jobs" {
        if let Some(is) = value.parse().ok().map(|was| priority(step, was).to_string()).filter(|is| *is != value) {
            become_other(draft, name, &value, &is);
        }
    } else if name == "confidence_level" {
        match value.parse::<i64>() {
            Ok(was @ 1..=10) => become_other(draft, name, &value, &(was * 10).to_string()),
            Ok(0..=100) => {}
            _ => {
                draft.values.remove(name);
                draft.remarks.push(format!("{name} {value} is none of 0 to 100: left empty"));
            }
        }
    } else if name == "applies_to_projects" {
        let projects: Vec<Option<String>> = serde_json::from_str(&value).unwrap_or_default();
        if projects.iter().flatten().any(|project| project.eq_ignore_ascii_case("all")) {
            become_other(draft, name, &value, "[]");
        }
    } else if column.width.is_some_and(|width| (step.into, name) == ("messages", "subject") && value.chars().count() > width) {
        let cut: String = value.chars().take(column.width.unwrap_or_default()).collect();
        draft.remarks.push(format!("{name} is cut to {} characters", cut.chars().count()));
        draft.kept.insert(name.to_owned(), value);
        draft.values.insert(name.to_owned(), cut);
    } else if column.kind == "text" {
        word(step, column, registry, draft, &value);
    }
}

/// Gives a row that must have a time, and has none, another of its own; says what else it lacks.
fn fill(step: &Move, column: &Column, draft: &mut Draft) {
    let name = column.name.as_str();
    if !column.is_required {
        return;
    }
    if column.kind.starts_with("timestamp")
        && let Some((from, time)) = TIMES.iter().find_map(|from| Some((*from, draft.values.get(*from)?.clone())))
    {
        draft.values.insert(name.to_owned(), time);
        draft.repairs.push((name.to_owned(), "null".to_owned(), format!("that of {from}")));
    } else if column.default.is_none() && name != step.key {
        draft.faults.push(format!("it has no {name}, and must have"));
    }
}

/// Priorities go from 1 to 5, 1 the most urgent. Those of `claude_pm.tasks` beyond 5 went the other way.
fn priority(step: &Move, was: i64) -> i64 {
    match was {
        10.. if step.from == "claude_pm.tasks" => 5,
        8.. if step.from == "claude_pm.tasks" => 3,
        6.. if step.from == "claude_pm.tasks" => 1,
        was => was.clamp(1, 5),
    }
}

/// Takes a word in its usual spelling, or the one that is used for it now.
fn word(step: &Move, column: &Column, registry: &Registry, draft: &mut Draft, value: &str) {
    let name = column.name.as_str();
    let known = registry.columns.iter().find(|known| known.table == step.into && known.column == name);
    let valid = known.map(|known| &known.valid).filter(|valid| matches!(valid, Valid::OneOf(_)));
    let is_word = valid.is_some() || WORDS.contains(&name) && !IN_CAPITALS.contains(&step.into);
    if !is_word || valid.is_some_and(|valid| valid.has(value)) {
        return;
    }
    let between = if name == "knowledge_type" { "-" } else { "_" };
    let plain = value.trim().to_lowercase().replace([' ', '-', '_'], between);
    let meant = MEANT.iter().find(|(table, column, old, _)| *table == step.into && *column == name && *old == plain);
    let is_valid = |word: &str| valid.is_none_or(|valid| valid.has(word));
    if plain.is_empty() {
        draft.values.remove(name);
        draft.repairs.push((name.to_owned(), value.to_owned(), "null".to_owned()));
        fill(step, column, draft);
    } else if let Some((.., new)) = meant.filter(|(.., new)| is_valid(new) && (valid.is_none() || !is_valid(&plain))) {
        become_other(draft, name, value, new);
    } else if is_valid(&plain) {
        if plain != value {
            draft.repairs.push((name.to_owned(), value.to_owned(), plain.clone()));
            draft.values.insert(name.to_owned(), plain);
        }
    } else {
        let valid = valid.map(ToString::to_string).unwrap_or_default();
        draft.faults.push(format!("{name} '{value}' is no valid value of {}.{name}: {valid}", step.into));
    }
}

/// Gives a column another value; the old one is kept.
fn become_other(draft: &mut Draft, name: &str, was: &str, is: &str) {
    draft.repairs.push((name.to_owned(), was.to_owned(), is.to_owned()));
    if was != "null" {
        draft.kept.insert(name.to_owned(), was.to_owned());
    }
    draft.values.insert(name.to_owned(), is.to_owned());
}
