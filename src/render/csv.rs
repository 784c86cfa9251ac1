//! Values as CSV, after RFC 4180 but for its line ends, which are those of Unix.

use serde_json::Value;

/// Returns a table: the names of the columns, then a line for each object, with what it has under these names.
pub(super) fn table(columns: &[&str], rows: impl Iterator<Item = Value>) -> String {
    let line = |fields: Vec<String>| fields.join(",") + "\n";
    let mut text = line(columns.iter().map(|column| (*column).to_owned()).collect());
    text.extend(rows.map(|row| line(columns.iter().map(|column| field(&row[*column])).collect())));
    text
}

/// Returns a value as a field, in quotes where it needs them.
pub(super) fn field(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_quoted_where_it_would_break_the_table() {
        let rows = [json!({"a": "x", "b": 1.5}), json!({"a": "x,\"y\"\nz", "b": true, "c": "not asked for"}), json!({"b": null})];
        assert_eq!(table(&["a", "b"], rows.into_iter()), "a,b\nx,1.5\n\"x,\"\"y\"\"\nz\",true\n,\n");
    }
}
