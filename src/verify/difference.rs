//! A difference as data: what kind, where, what is there and what should be; and what ends it.

use crate::store::audit::{CHANGES, PATHS, Row, Shape};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What kind of difference it is. The first ones are news of the disk, which a sync takes in; the others should never be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// On disk, not yet in SQL.
    New,
    /// In SQL, no longer on disk.
    Gone,
    /// On disk at another path.
    Renamed,
    /// The bytes on disk are not yet those in SQL.
    Changed,
    /// The bytes are the same; the file's time, its identity, or whether Obsidian hides it is not.
    Touched,
    /// Its contents have not been read yet.
    Unread,
    /// The ledger of files that are left out is not that of the disk.
    LeftOut,
    /// A run has not come to its end.
    Partial,
    /// The index does not follow this store, or not up to its last change.
    Behind,
    /// Not there.
    Missing,
    /// There, and nothing that it could be of.
    Extra,
    /// There with another value.
    Altered,
    /// There more than once.
    Doubled,
}

impl Kind {
    /// Returns whether the next sync takes it in.
    pub fn is_pending(self) -> bool {
        self < Self::Missing
    }
}

/// Between which two the difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// SQL is not what the disk says.
    Sql,
    /// The index is not what SQL says.
    Index,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    pub layer: Layer,
    pub kind: Kind,
    pub vault: String,
    /// The file; empty for what is of no file.
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<&'static str>,
    /// What names the row among those of its document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub is: Value,
    pub should: Value,
}

impl Difference {
    /// Makes a difference of a file.
    pub(super) fn file(kind: Kind, vault: &str, path: &str) -> Self {
        let (vault, path) = (vault.to_owned(), path.to_owned());
        Self { layer: Layer::Sql, kind, vault, path, table: None, row: None, column: None, is: Value::Null, should: Value::Null }
    }

    pub(super) fn index(kind: Kind, vault: &str, path: &str) -> Self {
        Self { layer: Layer::Index, ..Self::file(kind, vault, path) }
    }

    pub(super) fn of(self, table: &'static str, row: Option<String>, column: Option<&str>) -> Self {
        Self { table: Some(table), row, column: column.map(str::to_owned), ..self }
    }

    pub(super) fn said(self, is: &Value, should: &Value) -> Self {
        let (is, should) = shortened(is, should);
        Self { is, should, ..self }
    }

    /// Returns whether it is in what was: where files were and what changed when. No command can write that anew.
    pub fn is_history(&self) -> bool {
        self.table.is_some_and(|table| [CHANGES.table, PATHS.table].contains(&table))
    }

    /// Returns whether the next sync ends it.
    pub fn is_pending(&self) -> bool {
        self.kind.is_pending()
    }
}

/// Says how the rows of a document in one table differ from what they should be. A row that should be may be shorter than the shape: the
/// columns behind are not known.
pub(super) fn compare(shape: &Shape, is: &[Row], should: &[Row], vault: &str, path: &str, found: &mut Vec<Difference>) {
    let key = |row: &Row| if shape.n_key == 1 { 0 } else { row[1].as_i64().unwrap_or_default() };
    let name = |row: &Row| (shape.n_key > 1).then(|| row[1].to_string());
    let of_row = |kind, row: &Row, column: Option<&str>| Difference::file(kind, vault, path).of(shape.table, name(row), column);
    let mut left: BTreeMap<i64, &Row> = BTreeMap::new();
    for row in is {
        if left.insert(key(row), row).is_some() {
            found.push(of_row(Kind::Doubled, row, None).said(&told(shape, row), &Value::Null));
        }
    }
    for row in should {
        let Some(there) = left.remove(&key(row)) else {
            found.push(of_row(Kind::Missing, row, None).said(&Value::Null, &told(shape, row)));
            continue;
        };
        for (i, column) in shape.columns.iter().enumerate().take(row.len()).skip(shape.n_key) {
            if !is_same(&there[i], &row[i]) {
                found.push(of_row(Kind::Altered, row, Some(column)).said(&there[i], &row[i]));
            }
        }
    }
    for row in left.into_values() {
        found.push(of_row(Kind::Extra, row, None).said(&told(shape, row), &Value::Null));
    }
}

/// Returns what a row says, by column.
pub(super) fn told(shape: &Shape, row: &Row) -> Value {
    let named = shape.columns.iter().zip(row).skip(1).filter(|(_, value)| !value.is_null());
    Value::Object(named.map(|(column, value)| ((*column).to_owned(), Value::clone(value))).collect())
}

/// Returns whether a value of either engine is what it should be: SQLite has texts for lists and maps and numbers for booleans, and
/// PostgreSQL writes numbers in its own way.
pub(super) fn is_same(is: &Value, should: &Value) -> bool {
    match (is, should) {
        (Value::String(text), Value::Array(_) | Value::Object(_)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|parsed| is_same(&parsed, should))
        }
        (Value::Number(number), Value::Bool(flag)) => number.as_i64() == Some(i64::from(*flag)),
        (Value::Number(a), Value::Number(b)) => a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((name, a), (other, b))| name == other && is_same(a, b))
        }
        _ => is == should,
    }
}

/// So much of a text is told.
const MOST_CHARS: usize = 80;

/// Cuts two values to the place where they begin to differ.
fn shortened(is: &Value, should: &Value) -> (Value, Value) {
    let (one, other) = (written(is), written(should));
    if one.len().max(other.len()) <= MOST_CHARS {
        return (is.clone(), should.clone());
    }
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let cut = |value: &Value, text: &str| {
        if value.is_null() || text.chars().count() <= MOST_CHARS {
            return value.clone();
        }
        let from = if is.is_null() || should.is_null() { 0 } else { same.saturating_sub(MOST_CHARS / 4) };
        let shown: String = text.chars().skip(from).take(MOST_CHARS).collect();
        let (before, after) = (if from > 0 { "…" } else { "" }, if text.chars().count() > from + MOST_CHARS { "…" } else { "" });
        Value::String(format!("{before}{shown}{after}"))
    };
    (cut(is, &one), cut(should, &other))
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_of_both_engines_are_the_same() {
        for (is, should) in [
            (json!("[\"a\"]"), json!(["a"])),
            (json!({"a": 1}), json!({"a": 1})),
            (json!("{\"a\":[1.0]}"), json!({"a": [1]})),
            (json!(1), json!(true)),
            (json!(10_000_000_000_000_000_u64), json!(1e16)),
        ] {
            assert!(is_same(&is, &should), "{is} {should}");
        }
        for (is, should) in [(json!("[\"a\"]"), json!(["b"])), (json!(0), json!(true)), (json!(null), json!([])), (json!("1"), json!(1))] {
            assert!(!is_same(&is, &should), "{is} {should}");
        }
    }

    #[test]
    fn a_long_text_is_told_from_where_it_differs() {
        let text = "x".repeat(200);
        let (is, should) = shortened(&json!(format!("{text}a")), &json!(format!("{text}b")));
        assert_eq!((is, should), (json!(format!("…{}a", "x".repeat(20))), json!(format!("…{}b", "x".repeat(20)))));
    }
}
