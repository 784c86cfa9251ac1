//! What Obsidian itself reads in the properties: tags, aliases, CSS classes, links, and the title that a person gave.

use super::links::{self, Target};
use super::{Note, PropertyLink};
use crate::clock::{is_date, is_date_and_time};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write as _;

pub use super::frontmatter::{Properties, Yaml};

/// Puts what the properties say into the note.
pub(super) fn fill<'t>(note: &mut Note<'t>, properties: Properties<'t>) {
    for (key, value) in &properties {
        if may_link(value) {
            links(&mut key.clone().into_owned(), value, &mut note.property_links);
        }
    }
    // Of keys that differ in case only the first counts.
    let first = |name: &str| properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    note.property_tags = first("tags").and_then(tags);
    note.aliases = first("aliases").and_then(texts);
    note.cssclasses = first("cssclasses").and_then(texts);
    note.title = first("title").and_then(text);
    note.properties = Some(properties);
}

/// Returns a value that is one text or number, as trimmed text; `None` when nothing is left.
fn text<'t>(value: &Yaml<'t>) -> Option<Cow<'t, str>> {
    match value {
        Yaml::Text(text) => Some(trimmed(text)).filter(|text| !text.is_empty()),
        Yaml::Scalar(Value::Number(number)) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// Returns the texts of a value that is one text or a list: trimmed, what is no text left out. `None` for anything else.
pub(super) fn texts<'t>(value: &Yaml<'t>) -> Option<Vec<Cow<'t, str>>> {
    let values = match value {
        Yaml::List(list) => list.as_slice(),
        Yaml::Text(_) => std::slice::from_ref(value),
        _ => return None,
    };
    Some(values.iter().filter(|value| matches!(value, Yaml::Text(_))).filter_map(text).collect())
}

/// Returns the tags of the `tags` property, each with `#`. A text with a space is no tag, and nothing is split at commas (since Obsidian 1.9).
pub(super) fn tags<'t>(value: &Yaml<'t>) -> Option<Vec<Cow<'t, str>>> {
    let with_hash = |tag: Cow<'t, str>| if tag.starts_with('#') { tag } else { Cow::Owned(format!("#{tag}")) };
    let is_tag = |tag: &Cow<'_, str>| !tag.contains(char::is_whitespace) && tag != "#";
    Some(texts(value)?.into_iter().filter(is_tag).map(with_hash).collect())
}

fn trimmed<'t>(text: &Cow<'t, str>) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
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

/// Returns whether a link may stand in the value: most hold none, and need no path.
fn may_link(value: &Yaml<'_>) -> bool {
    match value {
        Yaml::Text(text) => text.starts_with('['),
        Yaml::Scalar(_) => false,
        Yaml::List(list) => list.iter().any(may_link),
        Yaml::Map(map) => map.iter().any(|(_, value)| may_link(value)),
    }
}

/// Collects the links that are the whole of a text, with the dotted path to each.
fn links(path: &mut String, value: &Yaml<'_>, found: &mut Vec<PropertyLink>) {
    let length = path.len();
    match value {
        Yaml::Text(text) => {
            if let Some(Target { link, display }) = links::whole(text) {
                let (link, display) = (link.into_owned(), display.into_owned());
                found.push(PropertyLink { key: path.clone(), link, original: text.clone().into_owned(), display });
            }
        }
        Yaml::Scalar(_) => {}
        Yaml::List(list) => {
            for (i, value) in list.iter().enumerate() {
                let _ = write!(path, ".{i}");
                links(path, value, found);
                path.truncate(length);
            }
        }
        Yaml::Map(map) => {
            for (name, value) in map {
                path.push('.');
                path.push_str(name);
                links(path, value, found);
                path.truncate(length);
            }
        }
    }
}
