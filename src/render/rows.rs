//! Rows of a table whose columns nobody knew before: as aligned text, as JSON, as CSV.

use super::{Style, csv, json_harmless, one_line};
use serde::ser::{SerializeMap as _, Serializer as _};
use serde_json::Value;
use std::collections::HashSet;

/// A column is made no wider than this: a long text moves those behind it in its own line only.
const WIDEST: usize = 40;
/// A longer text is shortened on a terminal.
const LONGEST: usize = 80;

/// Returns the columns' names as keys of an object: each another one.
pub fn keys(columns: &[String]) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let key = |name: &String| {
        let others = (2..).map(|n| format!("{name}_{n}"));
        let key = std::iter::once(name.clone()).chain(others).find(|key| !taken.contains(key) && (key == name || !columns.contains(key)));
        let key = key.expect("there is always a further number");
        taken.insert(key.clone());
        key
    };
    columns.iter().map(key).collect()
}

/// Returns a row as one JSON object, its keys in the order of the columns.
pub fn object(keys: &[String], row: &[Value]) -> String {
    let mut bytes = Vec::new();
    let mut json = serde_json::Serializer::new(&mut bytes);
    let mut write = || {
        let mut map = json.serialize_map(Some(keys.len()))?;
        keys.iter().zip(row).try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    };
    write().expect("plain values are JSON");
    json_harmless(&String::from_utf8(bytes).expect("JSON is UTF-8"))
}

/// Returns a row as a line of CSV.
pub fn csv_line(row: &[Value]) -> String {
    row.iter().map(csv::field).collect::<Vec<_>>().join(",") + "\n"
}

/// How wide the columns of a text are, and on which side their cells stand.
pub struct Layout {
    columns: Vec<Column>,
    is_shortened: bool,
}

struct Column {
    width: usize,
    is_number: bool,
}

impl Layout {
    /// Lays out an answer by its first rows.
    pub fn of(names: &[String], rows: &[Vec<Value>], is_shortened: bool) -> Self {
        let column = |(i, name): (usize, &String)| {
            let mut cells = rows.iter().map(|row| &row[i]);
            let is_number = cells.clone().any(Value::is_number) && cells.all(|cell| cell.is_number() || cell.is_null());
            let widths = rows.iter().map(|row| shown(&row[i]).chars().count());
            let width = widths.map(|width| width.min(WIDEST)).chain([name.chars().count()]).max().unwrap_or(0);
            Column { width, is_number }
        };
        Self { columns: names.iter().enumerate().map(column).collect(), is_shortened }
    }

    /// Returns the line above the rows.
    pub fn head(&self, names: &[String], has_colour: bool) -> String {
        let line = self.aligned(names.iter().map(|name| one_line(name)));
        Style { has_colour }.paint("2", &line) + "\n"
    }

    pub fn line(&self, row: &[Value]) -> String {
        let cells = row.iter().map(|value| {
            let cell = shown(value);
            match cell.char_indices().nth(LONGEST).filter(|_| self.is_shortened) {
                Some((end, _)) => format!("{}…", &cell[..end]),
                None => cell,
            }
        });
        self.aligned(cells) + "\n"
    }

    fn aligned(&self, cells: impl Iterator<Item = String>) -> String {
        let padded = cells.zip(&self.columns).map(|(cell, column)| {
            let space = " ".repeat(column.width.saturating_sub(cell.chars().count()));
            if column.is_number { space + &cell } else { cell + &space }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// Returns a value as a line of text has it. Nothing stands for null.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => one_line(text),
        other => one_line(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_with_one_name_are_told_apart() {
        for (columns, expected) in [
            (&["b", "a"][..], &["b", "a"][..]),
            (&["id", "id", "id"], &["id", "id_2", "id_3"]),
            (&["id", "id", "id_2"], &["id", "id_3", "id_2"]),
        ] {
            assert_eq!(keys(&names(columns)), names(expected));
        }
        assert_eq!(object(&names(&["b", "a"]), &[json!(null), json!([1, "x"])]), r#"{"b":null,"a":[1,"x"]}"#);
    }

    #[test]
    fn cells_stand_below_their_heads() {
        let columns = names(&["name", "n"]);
        let rows = [vec![json!("x\x1b[31m\ny"), json!(7)], vec![json!(null), json!(1200)], vec![json!("z".repeat(100)), json!(null)]];
        let text = |is_shortened: bool| {
            let layout = Layout::of(&columns, &rows, is_shortened);
            rows.iter().fold(layout.head(&columns, false), |text, row| text + &layout.line(row))
        };
        let wide = |line: &str| format!("{line:40}");
        let long = |n: usize, end: &str| "z".repeat(n) + end;
        let expected = format!("{}     n\n{}     7\n{}  1200\n", wide("name"), wide("x\u{fffd}[31m y"), wide(""));
        assert_eq!(text(false), format!("{expected}{}\n", long(100, "")));
        assert_eq!(text(true), format!("{expected}{}\n", long(80, "…")));
    }
}
