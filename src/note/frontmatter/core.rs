//! YAML values by the rules of the core schema, as JavaScript holds them: one kind of number, object keys that are texts.

use super::disguise::reveal;
use super::{Properties, Yaml};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess as _, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;

pub(super) const TWICE: &str = "this key stands there twice";
const TOO_MUCH: &str = "its aliases make it too long";

/// Reads a YAML value. Holds the source, because of one value it must know whether it was quoted.
#[derive(Clone, Copy)]
pub(super) struct Core<'s> {
    pub yaml: &'s str,
    /// Where the last text stood that was read: the key, when a key is found to stand there twice.
    pub last_text: &'s Cell<usize>,
    /// How many bytes the values may still come to.
    pub left: &'s Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Core<'_> {
    type Value = Yaml<'static>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.take(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Core<'_> {
    type Value = Yaml<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Yaml::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Yaml::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Yaml::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    /// A number is a double, also where more digits are written. JSON has no infinities: they are null, as in Obsidian's own JSON.
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        // Beyond 2^53 JavaScript writes as few digits as tell a double from its neighbours, and zeros; so does Rust.
        let whole = if value.abs() < 9e15 { Some(value as i64) } else { value.to_string().parse::<i64>().ok() };
        let whole = whole.filter(|_| value.fract() == 0.0);
        Ok(Yaml::Scalar(whole.map_or_else(|| Value::from(value), Value::from)))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        self.take(value.len())?;
        Ok(text(reveal(value).into_owned()))
    }

    /// Gets the text that stands in the source as it is. To the library `010` is text; in the core schema it is ten, unless quoted.
    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'de str) -> Result<Self::Value, E> {
        let at = (value.as_ptr() as usize).saturating_sub(self.yaml.as_ptr() as usize);
        self.last_text.set(at.min(self.yaml.len()));
        match odd_number(value) {
            Some(number) if !self.is_quoted(at) => self.visit_f64(number),
            _ => self.visit_str(value),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = items.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Yaml::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = Vec::new();
        let mut places: HashMap<String, (usize, Yaml<'_>)> = HashMap::new();
        while let Some(key) = entries.next_key_seed(self)? {
            let name = key_text((&key).into());
            let known = places.get(&name);
            // The number 1 and the text "1" are two keys of YAML, and so are two equal lists; of JavaScript one, where the later counts.
            if known.is_some_and(|(_, twin)| *twin == key && matches!(key, Yaml::Text(_) | Yaml::Scalar(_))) {
                return Err(A::Error::custom(TWICE));
            }
            let place = known.map(|(place, _)| *place);
            let value = entries.next_value_seed(self)?;
            match place {
                Some(place) => map[place] = (Cow::Owned(name), value),
                None => {
                    places.insert(name.clone(), (map.len(), key));
                    map.push((Cow::Owned(name), value));
                }
            }
        }
        Ok(Yaml::Map(in_javascripts_order(map)))
    }

    /// A tag of somebody's own, `!x value`: its value is a text, unless it is a list or a mapping.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Self::Value, A::Error> {
        let (_tag, value) = tagged.variant_seed(self)?;
        Ok(match value.newtype_variant_seed(self)? {
            Yaml::Scalar(value) => text(key_text(value)),
            other => other,
        })
    }
}

impl Core<'_> {
    /// Counts what a value takes.
    fn take<E: serde::de::Error>(self, n_bytes: usize) -> Result<(), E> {
        self.left.set(self.left.get().checked_sub(n_bytes).ok_or_else(|| E::custom(TOO_MUCH))?);
        Ok(())
    }

    /// Returns whether the text at `at` of the source stands in quotes.
    fn is_quoted(self, at: usize) -> bool {
        at > 0 && matches!(self.yaml.as_bytes()[at - 1], b'"' | b'\'')
    }
}

fn text(text: String) -> Yaml<'static> {
    Yaml::Text(Cow::Owned(text))
}

/// Returns the number for a text that is one in the core schema and not to the library: an integer with zeros in front, and a number too
/// large for a double.
fn odd_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_padded = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_huge = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && text.parse::<f64>().is_ok_and(f64::is_infinite);
    if is_padded || is_huge { text.parse().ok() } else { None }
}

/// Objects of JavaScript hold keys that are whole numbers first and by size, whatever the order in which they are written.
fn in_javascripts_order(mut map: Properties<'_>) -> Properties<'_> {
    let index = |name: &str| name.parse::<u32>().ok().filter(|index| *index < u32::MAX && index.to_string() == name);
    if map.iter().any(|(name, _)| index(name).is_some()) {
        map.sort_by_key(|(name, _)| index(name).unwrap_or(u32::MAX));
    }
    map
}

/// Returns a key as Obsidian names it: keys that are no text in their YAML form, so that a template's `{{title}}` is kept.
fn key_text(key: Value) -> String {
    match key {
        Value::String(text) => text,
        Value::Null => String::new(),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Array(list) if list.is_empty() => "[]".to_owned(),
        Value::Object(map) => format!("{{ {} }}", map.into_iter().map(entry_text).collect::<Vec<_>>().join(", ")),
        Value::Array(list) => format!("[ {} ]", list.into_iter().map(key_text).collect::<Vec<_>>().join(", ")),
        scalar => scalar.to_string(),
    }
}

/// Returns an entry of a mapping that is itself a key.
fn entry_text((key, value): (String, Value)) -> String {
    let is_collection = key.starts_with(['{', '[']);
    let value = if value.is_null() { String::new() } else { format!(": {}", key_text(value)) };
    if !is_collection {
        return key + &value;
    }
    let gap = if value.is_empty() { "" } else { " " };
    format!("? {key}{gap}{value}")
}
