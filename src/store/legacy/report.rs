//! What became of the old rows: how many of each table, and each one that is worth a word.

use super::row::{Draft, Old, Repair};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
pub struct Report {
    /// What is told was done; otherwise it would be.
    pub is_applied: bool,
    pub tables: Vec<Table>,
    pub skipped: Vec<Skipped>,
}

/// A relation of the old schemas that is not read.
#[derive(Debug, Serialize)]
pub struct Skipped {
    pub name: String,
    pub why: String,
    /// Of a table.
    pub n_rows: Option<usize>,
    /// It may hold something that is nowhere else.
    pub is_finding: bool,
}

/// An old table, and what became of its rows.
#[derive(Debug, Serialize)]
pub struct Table {
    pub from: &'static str,
    pub into: String,
    pub n_rows: usize,
    pub n_brought: usize,
    /// Rows that are there already, by their key or by their name.
    pub n_there: usize,
    pub n_repeated: usize,
    pub n_left_out: usize,
    pub hint: Option<String>,
    /// Values that became others, and in how many of the rows that were brought.
    pub repairs: Vec<Repaired>,
    pub rows: Vec<Told>,
}

#[derive(Debug, Serialize)]
pub struct Repaired {
    pub column: String,
    pub was: String,
    pub is: String,
    pub n_rows: usize,
}

/// A row that is worth a word, with all that it holds.
#[derive(Debug, Serialize)]
pub struct Told {
    pub key: Option<String>,
    pub fate: Fate,
    pub why: Vec<String>,
    pub row: Old,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It came, but not with all that it holds.
    Brought,
    /// Another row has its name.
    There,
    /// Another row says the same.
    Repeated,
    LeftOut,
}

impl Report {
    /// Returns whether something stays behind that is nowhere else.
    pub fn has_findings(&self) -> bool {
        self.tables.iter().any(|table| table.n_left_out > 0) || self.skipped.iter().any(|skipped| skipped.is_finding)
    }

    /// Returns the sum of a count over all tables.
    pub fn sum(&self, count: impl Fn(&Table) -> usize) -> usize {
        self.tables.iter().map(count).sum()
    }
}

impl Table {
    pub(super) fn new(from: &'static str, into: &str) -> Self {
        let (repairs, rows) = (Vec::new(), Vec::new());
        Self {
            from,
            into: format!("claude.{into}"),
            n_rows: 0,
            n_brought: 0,
            n_there: 0,
            n_repeated: 0,
            n_left_out: 0,
            hint: None,
            repairs,
            rows,
        }
    }

    pub(super) fn brought(&mut self, drafts: Vec<Draft>) {
        let mut counted: BTreeMap<Repair, usize> = BTreeMap::new();
        for mut draft in drafts {
            self.n_brought += 1;
            std::mem::take(&mut draft.repairs).into_iter().for_each(|repair| *counted.entry(repair).or_default() += 1);
            if !draft.remarks.is_empty() {
                let why = std::mem::take(&mut draft.remarks);
                self.rows.push(Told { key: draft.key, fate: Fate::Brought, why, row: draft.old });
            }
        }
        self.repairs = counted.into_iter().map(|((column, was, is), n_rows)| Repaired { column, was, is, n_rows }).collect();
    }

    pub(super) fn left_out(&mut self, draft: Draft) {
        self.n_left_out += 1;
        self.rows.push(Told { key: draft.key, fate: Fate::LeftOut, why: draft.faults, row: draft.old });
    }

    pub(super) fn told(&mut self, fate: Fate, draft: Draft, why: String) {
        match fate {
            Fate::There => self.n_there += 1,
            Fate::Repeated => self.n_repeated += 1,
            Fate::Brought | Fate::LeftOut => {}
        }
        self.rows.push(Told { key: draft.key, fate, why: vec![why], row: draft.old });
    }
}
