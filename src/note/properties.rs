//! What Obsidian itself reads in the properties: tags, aliases, CSS classes, links, and the title that a person gave.

use super::frontmatter::{Entries, Yaml, to_json};
use super::links::{self, Target};
use super::{Note, PropertyLink};
use crate::clock::{is_date, is_date_and_time};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Puts what the properties say into the note.
pub(super) fn fill(note: &mut Note<'_>, entries: Entries) {
    let mut path = String::new();
    for (key, value) in &entries {
        path.clone_from(key);
        walk(&mut path, value, &mut note.property_links);
    }
    // Of keys that differ in case only the first counts, so this looks into the list, not into the sorted JSON.
    let first = |name: &str| entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(key, _)| key.clone());
    let keys = ["tags", "aliases", "cssclasses", "title"].map(first);
    let properties = to_json(entries);
    let [tags_value, aliases, cssclasses, title] = keys.map(|key| properties.get(&key?));
    note.property_tags = tags_value.and_then(tags);
    note.aliases = aliases.and_then(texts);
    note.cssclasses = cssclasses.and_then(texts);
    note.title = title.and_then(text);
    note.properties = Some(properties);
}

/// Returns the value of `name`, in whatever case the key is written.
pub fn get<'a>(properties: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    properties.get(name).or_else(|| properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Returns a value that is one text or number, as trimmed text; `None` when nothing is left.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the texts of a value that is one text or a list: trimmed, what is no text left out. `None` for anything else.
pub fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match value {
        Value::Array(list) => Some(list.iter().filter_map(text).collect()),
        Value::String(_) => Some(text(value).into_iter().collect()),
        _ => None,
    }
}

/// Returns the tags of the `tags` property, each with `#`. A text with a space is no tag, and nothing is split at commas (since Obsidian 1.9).
pub fn tags(value: &Value) -> Option<Vec<String>> {
    let with_hash = |tag: String| if tag.starts_with('#') { tag } else { format!("#{tag}") };
    let is_tag = |tag: &String| !tag.contains(char::is_whitespace) && tag != "#";
    Some(texts(value)?.into_iter().filter(is_tag).map(with_hash).collect())
}

/// The type of a property, in Obsidian's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Text,
    List,
    Number,
    Checkbox,
    Date,
    DateTime,
    Tags,
    Aliases,
    /// A map of its own: Obsidian has no type for it and shows its source.
    Object,
}

impl Kind {
    /// Returns the type that a value shows; `None` for no value, which may be of any type.
    pub fn of(name: &str, value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            _ if name.eq_ignore_ascii_case("tags") => Self::Tags,
            _ if name.eq_ignore_ascii_case("aliases") => Self::Aliases,
            _ if name.eq_ignore_ascii_case("cssclasses") => Self::List,
            Value::Bool(_) => Self::Checkbox,
            Value::Number(_) => Self::Number,
            Value::String(text) if is_date(text) => Self::Date,
            Value::String(text) if is_date_and_time(text) => Self::DateTime,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        })
    }

    /// Returns the type's name as Obsidian's menu has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::List => "List",
            Self::Number => "Number",
            Self::Checkbox => "Checkbox",
            Self::Date => "Date",
            Self::DateTime => "Date & time",
            Self::Tags => "Tags",
            Self::Aliases => "Aliases",
            Self::Object => "Object",
        }
    }
}

/// Collects the links that are the whole of a text, with the dotted path to each.
fn walk(path: &mut String, value: &Yaml, found: &mut Vec<PropertyLink>) {
    let length = path.len();
    match value {
        Yaml::Scalar(Value::String(text)) => {
            if let Some(Target { link, display }) = links::whole(text) {
                let (link, display) = (link.into_owned(), display.into_owned());
                found.push(PropertyLink { key: path.clone(), link, original: text.clone(), display });
            }
        }
        Yaml::Scalar(_) => {}
        Yaml::List(list) => {
            for (i, value) in list.iter().enumerate() {
                let _ = write!(path, ".{i}");
                walk(path, value, found);
                path.truncate(length);
            }
        }
        Yaml::Map(map) => {
            for (name, value) in map {
                path.push('.');
                path.push_str(name);
                walk(path, value, found);
                path.truncate(length);
            }
        }
    }
}
