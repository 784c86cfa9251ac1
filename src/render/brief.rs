//! A JSON document as an agent gets it: the same keys, without what says nothing or only helps to draw, and with a place to cite.
//!
//! An agent pays for every word. What is null, false or empty is left out, so are scores, columns and highlights; where a row stands in a
//! file, `cite` says so as `path:line`.

use super::json;
use serde::Serialize;
use serde_json::{Map, Value};

/// What serves only those who draw or rank.
const UNREAD: [&str; 3] = ["highlights", "column", "score"];
/// What a note says stays as it is, whatever it is.
const AS_IT_IS: [&str; 2] = ["value", "text"];

/// Returns a value as such a document.
///
/// # Errors
/// When it is not JSON.
pub fn document(value: &impl Serialize) -> serde_json::Result<String> {
    json(&brief(serde_json::to_value(value)?))
}

fn brief(value: Value) -> Value {
    let Value::Object(mut document) = value else { return value };
    if let Some(Value::Object(freshness)) = document.get_mut("freshness") {
        freshness.retain(|_, value| *value != 0);
    }
    let results = document.remove("results");
    let mut brief = pruned(document);
    if let Some(Value::Array(rows)) = results {
        brief.insert("results".to_owned(), rows.into_iter().map(row).collect());
    } else if let Some(cite) = cite(&brief) {
        brief.insert("cite".to_owned(), cite);
    }
    brief.into()
}

fn row(row: Value) -> Value {
    let Value::Object(mut row) = row else { return row };
    if row.contains_key("short_id") {
        row.remove("id");
    }
    let cite = cite(&row);
    let mut row = pruned(row);
    row.extend(cite.map(|cite| ("cite".to_owned(), cite)));
    row.into()
}

/// Returns where a row stands: at its best passage, its section or its own line.
fn cite(row: &Map<String, Value>) -> Option<Value> {
    let path = row.get("path")?.as_str()?;
    let places = ["/passages/0/line", "/section/line", "/line"];
    let whole = Value::from(row.clone());
    let line = places.iter().find_map(|place| whole.pointer(place)?.as_u64());
    // A hit by its name stands nowhere in the text.
    let line = line.or_else(|| row.get("passages").map(|_| 1))?;
    Some(format!("{path}:{line}").into())
}

fn pruned(object: Map<String, Value>) -> Map<String, Value> {
    let kept = object.into_iter().filter(|(key, _)| !UNREAD.contains(&key.as_str()));
    let kept = kept.map(|(key, value)| if AS_IT_IS.contains(&key.as_str()) { (key, value) } else { (key, inner(value)) });
    kept.filter(|(key, value)| AS_IT_IS.contains(&key.as_str()) || !says_nothing(value)).collect()
}

fn inner(value: Value) -> Value {
    match value {
        Value::Object(object) => pruned(object).into(),
        Value::Array(all) => all.into_iter().map(inner).collect(),
        other => other,
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::brief;
    use serde_json::{Value, json};

    #[test]
    fn a_document_keeps_what_says_something_and_gets_places_to_cite() {
        let freshness = json!({"watcher": "absent", "unseen": 0, "away": [], "partial": false, "pending": 2});
        let said = json!({"watcher": "absent", "pending": 2});
        let hit = json!({
            "path": "a.md", "id": "0190", "short_id": "90", "score": 1.5, "relaxed": false, "created": null, "tags": [],
            "passages": [{"line": 7, "column": 2, "text": "", "highlights": [[0, 1]], "headings": ["A"]}],
        });
        let cases: [(Value, Value); 5] = [
            (
                json!({"results": [hit], "freshness": freshness, "total": 0, "truncated": false, "warnings": []}),
                json!({
                    "results": [{"path": "a.md", "short_id": "90", "cite": "a.md:7", "passages": [{"line": 7, "text": "", "headings": ["A"]}]}],
                    "freshness": said, "total": 0,
                }),
            ),
            (json!({"results": [{"path": "a.md", "passages": []}]}), json!({"results": [{"path": "a.md", "cite": "a.md:1"}]})),
            (json!({"results": [{"path": "a.md", "id": "0190"}]}), json!({"results": [{"path": "a.md", "id": "0190"}]})),
            (
                json!({"results": [{"value": false, "count": 3}, {"value": null, "count": 1}]}),
                json!({"results": [{"value": false, "count": 3}, {"value": null, "count": 1}]}),
            ),
            (json!({"path": "a.md", "line": 3, "text": ""}), json!({"path": "a.md", "line": 3, "text": "", "cite": "a.md:3"})),
        ];
        for (given, expected) in cases {
            assert_eq!(brief(given.clone()), expected, "{given}");
        }
    }
}
