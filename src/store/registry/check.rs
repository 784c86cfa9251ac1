//! Whether a value may be written to a column, and what was meant by a name or value that is none.

use super::{Column, Registry, Table, Valid};
use crate::nearest::nearest;
use crate::refusal::{Exit, Refusal};
use serde_json::Value;
use std::collections::HashSet;

impl Registry {
    /// Checks a value that is to be written to a column; a column of which nothing is known takes all.
    ///
    /// # Errors
    /// A [`Refusal`] that lists the valid values and names the nearest.
    pub fn check(&self, table: &str, column: &str, value: &str) -> Result<(), Refusal> {
        let Some(known) = self.columns.iter().find(|known| known.table == table && known.column == column) else { return Ok(()) };
        if known.valid.has(value) {
            return Ok(());
        }
        let message = format!("'{value}' is no valid value of {table}.{column}");
        let valid = known.valid.to_string();
        let meant = nearest(value, known.valid.words().iter().map(String::as_str)).map(|word| format!("did you mean '{word}'? "));
        Err(refusal(message, format!("{}valid: {valid}", meant.unwrap_or_default())))
    }

    /// Returns the constrained columns that a name means: `TABLE`, `TABLE.COLUMN`, either with `claude.` before it.
    ///
    /// # Errors
    /// A [`Refusal`] with the nearest name, if there is no such table or column.
    pub fn find(&self, name: &str) -> Result<Vec<&Column>, Refusal> {
        let name = name.strip_prefix("claude.").unwrap_or(name);
        let (table, column) = name.split_once('.').map_or((name, None), |(table, column)| (table, Some(column)));
        let known = self.table(table)?;
        let found = self.columns.iter().filter(|c| c.table == known && column.is_none_or(|column| c.column == column)).collect::<Vec<_>>();
        if let Some(column) = column.filter(|_| found.is_empty()) {
            let columns = self.columns_of(known);
            if !columns.contains(&column) {
                return Err(unknown(&format!("the table {known} has no column '{column}'"), column, &columns, known));
            }
        }
        Ok(found)
    }

    fn table(&self, name: &str) -> Result<&str, Refusal> {
        let described = self.tables.iter().map(|Table { name, .. }| name.as_str());
        let names = distinct(described.chain(self.columns.iter().map(|c| c.table.as_str())));
        match names.iter().find(|known| **known == name) {
            Some(known) => Ok(known),
            None => Err(unknown(&format!("the schema claude has no table '{name}'"), name, &names, "")),
        }
    }

    /// Returns the names of a table's columns, constrained or not.
    fn columns_of(&self, table: &str) -> Vec<&str> {
        let described = self.tables.iter().filter(|t| t.name == table).flat_map(|t| &t.columns).map(String::as_str);
        distinct(described.chain(self.columns.iter().filter(|c| c.table == table).map(|c| c.column.as_str())))
    }
}

/// Returns each name once, in the order of the first: the two registries may both know it.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}

impl Valid {
    pub(in crate::store) fn has(&self, value: &str) -> bool {
        match self {
            Self::OneOf(values) => values.iter().any(|valid| word(valid) == value),
            Self::Between(least, most) => value.parse().is_ok_and(|number: i64| (*least..=*most).contains(&number)),
        }
    }

    /// Returns the values one by one; those of a range are too many to be meant by a slip.
    fn words(&self) -> Vec<String> {
        match self {
            Self::OneOf(values) => values.iter().map(word).collect(),
            Self::Between(..) => Vec::new(),
        }
    }
}

impl std::fmt::Display for Valid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OneOf(_) => f.write_str(&self.words().join(", ")),
            Self::Between(least, most) => write!(f, "{least} to {most}"),
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn unknown(message: &str, name: &str, known: &[&str], table: &str) -> Refusal {
    let of = if table.is_empty() { String::new() } else { format!("{table}.") };
    let meant = nearest(name, known.iter().copied()).map(|known| format!("did you mean '{of}{known}'?"));
    refusal(message.to_owned(), meant.unwrap_or_else(|| format!("known: {}", known.join(", "))))
}

fn refusal(message: String, hint: String) -> Refusal {
    Refusal { exit: Exit::Usage, message, hint: Some(hint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_checked_against_the_valid_ones() {
        for (table, column, value, hint) in [
            ("projects", "status", "active", None),
            ("projects", "status", "actve", Some("did you mean 'active'? valid: active, paused, archived, completed")),
            ("projects", "status", "ACTIVE", Some("did you mean 'active'? valid: active, paused, archived, completed")),
            ("projects", "priority", "5", None),
            ("projects", "priority", "seven", Some("valid: 1, 2, 3, 4, 5")),
            ("knowledge", "confidence_level", "100", None),
            ("knowledge", "confidence_level", "101", Some("valid: 0 to 100")),
            ("knowledge", "confidence_level", "much", Some("valid: 0 to 100")),
            ("projects", "description", "anything", None),
        ] {
            let refused = Registry::ours().check(table, column, value).err().and_then(|refusal| refusal.hint);
            assert_eq!(refused.as_deref(), hint, "{table}.{column} = {value}");
        }
    }

    #[test]
    fn a_name_means_columns_or_what_it_is_near_to() {
        let found = |name: &str| match Registry::ours().find(name) {
            Ok(columns) => columns.iter().map(|c| c.column.clone()).collect::<Vec<_>>().join(" "),
            Err(refusal) => format!("{}: {}", refusal.message, refusal.hint.unwrap_or_default()),
        };
        assert_eq!(found("projects"), "phase priority status");
        assert_eq!(found("claude.projects.phase"), "phase");
        assert_eq!(found("projects.description"), "", "it takes all");
        assert_eq!(found("audits_due"), "");
        assert_eq!(found("project"), "the schema claude has no table 'project': did you mean 'projects'?");
        assert_eq!(found("projects.statsu"), "the table projects has no column 'statsu': did you mean 'projects.status'?");
        let said = found("feedback.");
        assert!(said.contains("no column ''") && said.matches("feedback_type").count() == 1 && said.contains("created_at"), "{said}");
        assert_eq!(found("").matches(" knowledge,").count(), 1, "{}", found(""));
    }
}
