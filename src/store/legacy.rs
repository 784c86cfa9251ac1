//! What the deprecated schemas `claude_family` and `claude_pm` hold, brought into `claude`.
//!
//! All of it happens in one transaction, which a dry run takes back: so both say the same, down to what the database itself refuses. Old
//! tables are only read, a view is not even that, because those that were left behind show what is in `claude` already. A row is known by
//! its key: one that is there stays as it is, so that a second run brings nothing. Each row that is left out, or loses something, is told
//! with all that it holds. PostgreSQL only.

mod catalogue;
mod map;
mod order;
mod report;
mod row;
mod write;

pub use report::{Fate, Report, Skipped, Table, Told};

use super::definitions::definitions;
use super::engine::Engine;
use super::migrate::POSTGRES;
use super::registry::Registry;
use super::{Location, Store};
use crate::path::{fold, normal};
use crate::refusal::{Exit, Refusal};
use anyhow::{Context as _, Result};
use catalogue::{Catalogue, Relation, catalogue};
use map::{LEFT, MOVES, Move, Name, OF_PM, PM_TASKS, TASKS};
use order::in_order;
use row::{Draft, Old, draft};
use std::collections::{HashMap, HashSet};

/// Whether what was done stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is done and taken back.
    DryRun,
    Apply,
}

/// What `claude_pm.tasks` become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tasks {
    Build,
    Pm,
}

/// Brings what the old schemas hold into `claude`.
///
/// # Errors
/// A [`Refusal`] for an SQLite file, which never had these schemas; what the database says. Then nothing was changed.
pub async fn import(location: &Location, tasks: Tasks, purpose: Purpose) -> Result<Report> {
    if matches!(location, Location::Sqlite(_)) {
        let message = "the old schemas were on PostgreSQL only, and this database is an SQLite file".to_owned();
        let hint = Some("give the address of the database that has them: --database-url postgresql://user@host/database".to_owned());
        return Err(Refusal { exit: Exit::Usage, message, hint }.into());
    }
    let mut store = Store::open(location).await?;
    // One at a time, and not beside a change of the schema. The lock goes with the connection.
    store.engine.execute("select pg_advisory_lock(hashtext('claude._sqlx_migrations'))", &[]).await?;
    let registry = store.registry().await?;
    let engine = &mut store.engine;
    engine.begin().await?;
    // Whoever may not see all rows is told so, instead of bringing some.
    engine.execute("set local row_security = off", &[]).await?;
    let found = catalogue(engine).await?;
    let mut import = Import { engine, registry, found, left_out: HashSet::new(), known_as: HashMap::new() };
    let report = import.run(tasks, purpose).await?;
    match purpose {
        Purpose::Apply => store.engine.commit().await?,
        Purpose::DryRun => store.engine.rollback().await?,
    }
    store.close().await?;
    Ok(report)
}

struct Import<'a> {
    engine: &'a mut Engine,
    registry: Registry,
    found: Catalogue,
    /// Table and key of rows that do not come: what refers to them waits.
    left_out: HashSet<(String, String)>,
    /// Table and key of rows that are there under another key.
    known_as: HashMap<(String, String), String>,
}

impl Import<'_> {
    async fn run(&mut self, tasks: Tasks, purpose: Purpose) -> Result<Report> {
        let mut report = Report { is_applied: purpose == Purpose::Apply, tables: Vec::new(), skipped: Vec::new() };
        let is_read = |name: &str| MOVES.iter().any(|step| step.from == name);
        let others = self.found.iter().filter(|(name, old)| !(name.starts_with("claude.") || old.is_table && is_read(name)));
        let others: Vec<String> = others.map(|(name, _)| name.clone()).collect();
        for name in others {
            let skipped = self.skipped(&name).await?;
            report.skipped.push(skipped);
        }
        for step in MOVES {
            let step = if step.from == TASKS.from && tasks == Tasks::Pm { &PM_TASKS } else { step };
            if self.found.get(step.from).is_some_and(|old| old.is_table) {
                let table = self.bring(step).await.with_context(|| format!("bringing {}", step.from))?;
                report.tables.push(table);
            }
        }
        Ok(report)
    }

    /// Says why a relation of the old schemas is not read.
    async fn skipped(&mut self, name: &str) -> Result<Skipped> {
        let old = &self.found[name];
        let (is_read, shows, counted) = (old.is_table, old.shows.clone(), format!("from {}", old.quoted));
        let n_rows = if is_read { Some(self.engine.count(&counted, &[]).await?) } else { None };
        let table = name.split_once('.').map_or(name, |(_, table)| table);
        let is_same = |left: &str| left.strip_suffix('*').map_or(left == table, |beginning| table.starts_with(beginning));
        let known = LEFT.iter().find(|(left, _)| is_same(left)).map(|(_, why)| (*why).to_owned());
        let is_finding = n_rows != Some(0) && shows.is_none() && known.is_none();
        let why = match shows {
            Some(shows) => format!("it shows {shows}: what is there is there already"),
            None if !is_read => "it is no table, and only tables are read".to_owned(),
            None => known.unwrap_or_else(|| "nothing is known of a table of this name".to_owned()),
        };
        Ok(Skipped { name: name.to_owned(), why, n_rows, is_finding })
    }

    async fn bring(&mut self, step: &'static Move) -> Result<Table> {
        let target = Relation { columns: self.found[&format!("claude.{}", step.into)].columns.clone(), ..Relation::default() };
        let mut table = Table::new(step.from, step.into);
        if step.from == TASKS.from && step.into == TASKS.into && OF_PM.iter().any(|name| self.found[step.from].column(name).is_some()) {
            table.hint = Some("these are tasks of project management: --tasks-into pm_tasks keeps all of their columns".to_owned());
        }
        let mut there = self.keys(step.into, step.key).await?;
        let mut drafts: Vec<Draft> = Vec::new();
        for old in self.rows(step.from).await? {
            drafts.push(draft(step, &target, &self.registry, old));
        }
        let made = |draft: &Draft| draft.old.get("created_at").cloned().flatten();
        drafts.sort_by_cached_key(|draft| (made(draft), draft.key.clone()));
        table.n_rows = drafts.len();
        let drafts = self.news(step, drafts, &there, &mut table).await?;
        let drafts = self.referring(step, &target, drafts, &mut table).await?;
        let own: Vec<String> = references(step.into).into_iter().filter(|(_, to, _)| to == step.into).map(|(name, ..)| name).collect();
        let (drafts, waiting) = in_order(step.into, drafts, &own, &mut there, &self.left_out);
        waiting.into_iter().for_each(|draft| self.leave_out(step, draft, &mut table));
        let refused = write::insert(self.engine, step.into, &target, &drafts).await?;
        let mut brought = Vec::new();
        for (i, mut draft) in drafts.into_iter().enumerate() {
            match refused.get(&i) {
                Some(said) => {
                    draft.faults.push(said.clone());
                    self.leave_out(step, draft, &mut table);
                }
                None => brought.push(draft),
            }
        }
        table.brought(brought);
        Ok(table)
    }

    /// Returns the rows that are to be brought, as far as their own values say.
    async fn news(&mut self, step: &Move, drafts: Vec<Draft>, there: &HashSet<String>, table: &mut Table) -> Result<Vec<Draft>> {
        let (column, is_unique) = match step.name {
            Name::None => ("", false),
            Name::Unique(column) => (column, true),
            Name::Usual(column) => (column, false),
        };
        let name_of = |name: &str| if is_unique { name.to_owned() } else { fold(&normal(name)) };
        let mut named: HashMap<String, String> = HashMap::new();
        if !column.is_empty() {
            let read = format!("select {column}, {}::text from claude.{} where {column} is not null", step.key, step.into);
            for row in self.engine.texts(&read, &[]).await? {
                if let [Some(name), Some(key)] = &row[..] {
                    named.insert(name_of(name), key.clone());
                }
            }
        }
        let mut seen: HashSet<String> = HashSet::new();
        let mut contents: HashMap<Vec<(String, Option<String>)>, String> = HashMap::new();
        let mut news = Vec::new();
        for mut draft in drafts {
            let Some(key) = draft.key.clone() else {
                draft.faults.push(format!("it has no {}, by which it would be known", step.key));
                self.leave_out(step, draft, table);
                continue;
            };
            if !seen.insert(key.clone()) {
                draft.faults.push(format!("another row has the same {}", step.key));
                table.left_out(draft);
                continue;
            }
            let twin =
                (step.into == "knowledge").then(|| contents.entry(said(&draft.old, step.key)).or_insert_with(|| key.clone()).clone());
            let other = draft.values.get(column).and_then(|name| named.get(&name_of(name))).filter(|other| **other != key).cloned();
            if there.contains(&key) {
                table.n_there += 1;
            } else if let Some(twin) = twin.filter(|twin| *twin != key) {
                table.told(Fate::Repeated, draft, format!("{twin} says the same, times apart"));
            } else if let Some(other) = other.clone().filter(|_| is_unique) {
                table.told(Fate::There, draft, format!("claude.{} knows its {column} as {other}", step.into));
                self.known_as.insert((step.into.to_owned(), key), other);
            } else if draft.faults.is_empty() {
                if let Some(other) = other {
                    draft.remarks.push(format!("claude.{} has another of this {column}: {other}", step.into));
                } else if let Some(name) = draft.values.get(column) {
                    named.insert(name_of(name), key);
                }
                news.push(draft);
            } else {
                self.leave_out(step, draft, table);
            }
        }
        Ok(news)
    }

    /// Returns the rows whose references lead somewhere, or can do without.
    async fn referring(&mut self, step: &Move, target: &Relation, drafts: Vec<Draft>, table: &mut Table) -> Result<Vec<Draft>> {
        let mut drafts = drafts;
        for (name, to, key) in references(step.into) {
            let Some(column) = target.column(&name).filter(|_| to != step.into) else { continue };
            if drafts.iter().all(|draft| !draft.values.contains_key(&name)) {
                continue;
            }
            let there = self.keys(&to, &key).await?;
            for draft in &mut drafts {
                let Some(id) = draft.values.get(&name).cloned() else { continue };
                let place = (to.clone(), id.clone());
                if let Some(other) = self.known_as.get(&place) {
                    draft.repairs.push((name.clone(), id, other.clone()));
                    draft.values.insert(name.clone(), other.clone());
                } else if there.contains(&id) {
                    // It leads somewhere.
                } else if self.left_out.contains(&place) {
                    draft.faults.push(format!("its {name} waits for claude.{to} {id}, which is left out"));
                } else if column.is_required {
                    draft.faults.push(format!("claude.{to} has no {id}, which is its {name}"));
                } else {
                    draft.part_with(&name, &format!("claude.{to} has no {id}: {name} is left empty"));
                }
            }
        }
        let (faulty, sound): (Vec<Draft>, Vec<Draft>) = drafts.into_iter().partition(|draft| !draft.faults.is_empty());
        faulty.into_iter().for_each(|draft| self.leave_out(step, draft, table));
        Ok(sound)
    }

    fn leave_out(&mut self, step: &Move, draft: Draft, table: &mut Table) {
        if let Some(key) = draft.key.clone() {
            self.left_out.insert((step.into.to_owned(), key));
        }
        table.left_out(draft);
    }

    async fn keys(&mut self, table: &str, key: &str) -> Result<HashSet<String>> {
        let rows = self.engine.texts(&format!("select {key}::text from claude.{table}"), &[]).await?;
        Ok(rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
    }

    /// Returns the rows of an old table, whatever its columns are.
    async fn rows(&mut self, table: &str) -> Result<Vec<Old>> {
        let sql = format!(
            "select (select json_object_agg(e.key, e.value) from json_each_text(to_json(an_old_row)) as e)::text from {table} as an_old_row"
        );
        let rows = self.engine.texts(&sql, &[]).await?;
        let texts = rows.into_iter().filter_map(|mut row| row.pop().flatten());
        texts.map(|text| serde_json::from_str(&text).with_context(|| format!("reading a row of {table}"))).collect()
    }
}

/// Returns the columns of a table that refer to another or to itself: column, table, column there.
fn references(table: &str) -> Vec<(String, String, String)> {
    let mut tables = definitions(POSTGRES.iter().map(|(_, _, sql)| *sql));
    let columns = tables.remove(table).map(|table| table.columns).unwrap_or_default();
    columns.into_iter().filter_map(|column| column.references.map(|(to, key)| (column.name, to, key))).collect()
}

/// Returns what a row says, but for its key and its times.
fn said(old: &Old, key: &str) -> Vec<(String, Option<String>)> {
    let is_said = |name: &str| name != key && !["created_at", "updated_at", "last_applied_at"].contains(&name);
    old.iter().filter(|(name, _)| is_said(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
