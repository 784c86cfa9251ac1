//! A value as JSON has it: numbers, booleans, lists and JSON as such, times in RFC 3339 and UTC, everything else as text. The engines write
//! the same value differently; here they say the same.

use crate::clock;
use serde_json::{Number, Value};

/// What a column holds, as far as it matters to how a value is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bool,
    Number,
    Json,
    Time,
    /// A list of such values, as PostgreSQL writes it: `{a,"b c",NULL}`.
    List(Box<Self>),
}

impl Kind {
    /// Returns the kind of a type by its name: that of the catalogue, or PostgreSQL's short one.
    pub(super) fn named(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if let Some(item) = name.strip_suffix("[]") {
            return Self::List(Box::new(Self::named(item)));
        }
        match name.split(['(', ' ']).next().unwrap_or_default() {
            "bool" | "boolean" => Self::Bool,
            "int2" | "int4" | "int8" | "smallint" | "integer" | "int" | "bigint" | "oid" | "float4" | "float8" | "real" | "double"
            | "numeric" | "decimal" => Self::Number,
            "json" | "jsonb" => Self::Json,
            "timestamp" | "timestamptz" => Self::Time,
            // The standard's catalogue does not say of what.
            "array" => Self::List(Box::new(Self::Text)),
            _ => Self::Text,
        }
    }
}

/// Returns a value that PostgreSQL wrote as text.
pub(super) fn written(text: String, kind: &Kind) -> Value {
    match kind {
        Kind::Text => Value::String(text),
        Kind::Bool => Value::Bool(text.starts_with('t')),
        Kind::Number => number(&text).map_or(Value::String(text), Value::Number),
        Kind::Json => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Kind::Time => Value::String(clock::in_utc(&text).unwrap_or(text)),
        Kind::List(item) => List { rest: &text }.values(item).unwrap_or(Value::String(text)),
    }
}

/// Returns a text of SQLite, which has no types for times, lists and JSON: all that has parts is JSON there.
pub(super) fn stored(text: String, kind: &Kind) -> Value {
    match kind {
        Kind::List(_) => written(text, &Kind::Json),
        Kind::Bool | Kind::Number => Value::String(text),
        _ => written(text, kind),
    }
}

/// Returns a real number, without a fraction if it has none, as PostgreSQL writes it.
pub(super) fn real(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or_else(|| Value::String(number.to_string()), Value::Number)
}

/// Returns bytes as PostgreSQL writes them.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Value::String(format!("\\x{}", digits.concat()))
}

/// Returns a number, unless it has more digits than one of JSON is read with.
fn number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match real(text.parse().ok().filter(|n: &f64| n.is_finite() && digits <= 15 + usize::from(text.contains('e')) * 5)?) {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// A list of PostgreSQL, and in it the place where it is read.
struct List<'a> {
    rest: &'a str,
}

impl List<'_> {
    fn values(mut self, kind: &Kind) -> Option<Value> {
        // A list whose places do not begin with 1 says so before it.
        if self.rest.starts_with('[') {
            self.rest = self.rest.split_once('=')?.1;
        }
        let values = self.level(kind)?;
        self.rest.is_empty().then_some(values)
    }

    fn level(&mut self, kind: &Kind) -> Option<Value> {
        self.rest = self.rest.strip_prefix('{')?;
        let mut values = Vec::new();
        loop {
            match self.rest.chars().next()? {
                '}' => {
                    self.rest = &self.rest[1..];
                    return Some(Value::Array(values));
                }
                ',' => self.rest = &self.rest[1..],
                '{' => values.push(self.level(kind)?),
                '"' => values.push(written(self.quoted()?, kind)),
                _ => {
                    let (item, rest) = self.rest.split_at(self.rest.find([',', '}'])?);
                    self.rest = rest;
                    values.push(if item == "NULL" { Value::Null } else { written(item.to_owned(), kind) });
                }
            }
        }
    }

    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 2..];
                    return Some(text);
                }
                '\\' => text.push(chars.next()?.1),
                c => text.push(c),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_postgresql_writes_is_read_by_its_type() {
        for (text, name, expected) in [
            ("t", "BOOL", json!(true)),
            ("f", "boolean", json!(false)),
            ("12", "INT8", json!(12)),
            ("2.50", "NUMERIC", json!(2.5)),
            ("5.000", "numeric(10,3)", json!(5)),
            ("12345678901234567890.12", "numeric", json!("12345678901234567890.12")),
            ("NaN", "FLOAT8", json!("NaN")),
            ("1e+300", "FLOAT8", json!(1e300)),
            ("0.1", "double precision", json!(0.1)),
            (r#"{"b": [1, null]}"#, "JSONB", json!({"b": [1, null]})),
            ("2026-01-31 12:00:00.25+00", "TIMESTAMPTZ", json!("2026-01-31T12:00:00.250Z")),
            ("2026-01-31 12:00:00", "timestamp without time zone", json!("2026-01-31T12:00:00.000Z")),
            ("infinity", "TIMESTAMPTZ", json!("infinity")),
            ("2026-01-31", "DATE", json!("2026-01-31")),
            (r#"{a,"b, \"c\" \\",NULL,"NULL",""}"#, "TEXT[]", json!(["a", "b, \"c\" \\", null, "NULL", ""])),
            ("{{1,2},{3,4}}", "INT4[]", json!([[1, 2], [3, 4]])),
            ("[0:1]={7,8}", "INT4[]", json!([7, 8])),
            ("{}", "UUID[]", json!([])),
            ("{t,f}", "BOOL[]", json!([true, false])),
            ("{broken", "TEXT[]", json!("{broken")),
        ] {
            assert_eq!(written(text.to_owned(), &Kind::named(name)), expected, "{text} as {name}");
        }
    }

    #[test]
    fn what_sqlite_stores_as_text_is_read_by_the_registry() {
        for (text, name, expected) in [
            (r#"["a","b"]"#, "text[]", json!(["a", "b"])),
            (r#"["a"]"#, "ARRAY", json!(["a"])),
            ("not a list", "text[]", json!("not a list")),
            ("2026-01-31 12:00:00", "timestamp with time zone", json!("2026-01-31T12:00:00.000Z")),
            ("12", "character varying(20)", json!("12")),
        ] {
            assert_eq!(stored(text.to_owned(), &Kind::named(name)), expected, "{text} as {name}");
        }
        assert_eq!((real(5.0), real(0.5), real(f64::INFINITY)), (json!(5), json!(0.5), json!("inf")));
        assert_eq!(bytes(&[0, 255]), json!("\\x00ff"));
    }
}
