//! What the documents that match have in common: counted over all of them, whatever part of them is returned.
//!
//! A count is of documents, those that a search for the value would add: a tag counts for the tags above it, a folder for those around it.

use crate::index::Document;
use crate::nearest::nearest;
use crate::path::{fold, normal};
use crate::tally::{Spellings, compare, with_parents};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Something by which documents are told apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    Tags,
    /// The folders around a file; `/` is for those that lie in none.
    Folder,
    Type,
    Project,
    /// The values of a property, a list by its items.
    Property(String),
}

/// A value, and how many documents have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counted {
    pub value: Value,
    pub count: usize,
}

const NAMES: [&str; 5] = ["tags", "folder", "type", "project", "property:NAME"];

impl Facet {
    /// What those are called that need no further name.
    pub const NAMED: [&str; 4] = [NAMES[0], NAMES[1], NAMES[2], NAMES[3]];

    /// Reads a facet as it is named on a command line; the error says which there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(match text.split_once(':') {
            Some(("property", name)) if !name.is_empty() => Self::Property(name.to_owned()),
            _ => match text {
                "tags" => Self::Tags,
                "folder" => Self::Folder,
                "type" => Self::Type,
                "project" => Self::Project,
                _ => return Err(meant(text)),
            },
        })
    }

    /// Returns the facet's name, as it is given.
    pub fn name(&self) -> String {
        match self {
            Self::Tags => "tags".to_owned(),
            Self::Folder => "folder".to_owned(),
            Self::Type => "type".to_owned(),
            Self::Project => "project".to_owned(),
            Self::Property(name) => format!("property:{name}"),
        }
    }

    /// Returns the values of a document, each with the key by which it is compared.
    fn values(&self, document: &Document) -> BTreeMap<String, Value> {
        let named = |name: &str| (fold(&normal(name)), Value::from(name));
        match self {
            Self::Tags => document.tags.iter().flat_map(|tag| tags(tag)).collect(),
            Self::Folder => folders(document.path.as_str()).map(|folder| (folder.to_owned(), Value::from(folder))).collect(),
            Self::Type => document.knowledge_type.iter().map(|name| named(name)).collect(),
            Self::Project => document.projects.iter().map(|name| named(name)).collect(),
            Self::Property(wanted) => {
                let wanted = fold(&normal(wanted));
                match document.properties.iter().find(|(name, _)| fold(&normal(name)) == wanted) {
                    Some((_, Value::Array(items))) => items.iter().map(|item| (item.to_string(), item.clone())).collect(),
                    Some((_, value)) => BTreeMap::from([(value.to_string(), value.clone())]),
                    None => BTreeMap::new(),
                }
            }
        }
    }
}

/// Says what may have been meant by an unknown name.
fn meant(text: &str) -> String {
    let near = nearest(text.split(':').next().unwrap_or_default(), ["tags", "folder", "type", "project", "property"]);
    let near = near.map(|near| if near == "property" { "property:NAME" } else { near });
    near.map_or_else(|| format!("there are {}", NAMES.join(", ")), |near| format!("did you mean {near}?"))
}

fn tags(tag: &str) -> Vec<(String, Value)> {
    let tag = tag.strip_prefix('#').unwrap_or(tag).trim_end_matches('/');
    let key = fold(&normal(tag));
    with_parents(tag, &key).map(|(tag, key)| (key.to_owned(), Value::from(format!("#{tag}")))).collect()
}

/// Returns the folders that a path lies in, outermost first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let root = (!path.contains('/')).then_some("/");
    root.into_iter().chain(path.match_indices('/').map(|(at, _)| &path[..at]))
}

/// What a document says to each of some facets.
pub(super) type Said = Vec<BTreeMap<String, Value>>;

/// Returns what a document says to each facet.
pub(super) fn said(facets: &[Facet], document: &Document) -> Said {
    facets.iter().map(|facet| facet.values(document)).collect()
}

/// Counts what documents say, the most frequent first. A value is shown as it is written most often.
pub(super) fn count(facets: &[Facet], said: &[Said]) -> BTreeMap<String, Vec<Counted>> {
    let counted = |which: usize| {
        let mut values: BTreeMap<&str, (&Value, Spellings<'_>)> = BTreeMap::new();
        for (key, value) in said.iter().flat_map(|said| &said[which]) {
            let (_, spellings) = values.entry(key).or_insert_with(|| (value, Spellings::default()));
            spellings.add(value.as_str().unwrap_or_default());
        }
        let shown = |value: &Value, spellings: &Spellings<'_>| if value.is_string() { spellings.best().into() } else { value.clone() };
        let counted = values.values().map(|(value, spellings)| Counted { value: shown(value, spellings), count: spellings.n_uses() });
        let mut counted: Vec<Counted> = counted.collect();
        counted.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| compare(&a.value, &b.value)));
        counted
    };
    facets.iter().enumerate().map(|(which, facet)| (facet.name(), counted(which))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(facet: &str, documents: &[Document], expected: &[(Value, usize)]) {
        let facets = [Facet::parse(facet).unwrap()];
        let said: Vec<Said> = documents.iter().map(|document| said(&facets, document)).collect();
        let counted: Vec<_> = count(&facets, &said)[facet].iter().map(|counted| (counted.value.clone(), counted.count)).collect();
        assert_eq!(counted, expected, "{facet}");
    }

    fn document(path: &str, tags: &[&str], properties: Value) -> Document {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let properties = properties.as_object().cloned().unwrap_or_default();
        let projects = vec!["Tax".to_owned(), "tax".to_owned()];
        Document { tags, properties, projects, ..super::super::tests::document(path, "") }
    }

    #[test]
    fn a_document_counts_once_for_each_value() {
        let documents = [
            document("a/b/c.md", &["#Ops/log", "#ops"], json!({"P": [1, "x", 1]})),
            document("a/d.md", &["#ops/LOG"], json!({"p": "x"})),
            document("e.md", &["#Ops", "#ops/x/"], json!({"q": 1})),
        ];
        check("tags", &documents, &[("#ops".into(), 3), ("#Ops/log".into(), 2), ("#ops/x".into(), 1)]);
        check("folder", &documents, &[("a".into(), 2), ("/".into(), 1), ("a/b".into(), 1)]);
        check("project", &documents, &[("tax".into(), 3)]);
        check("type", &documents, &[]);
        check("property:p", &documents, &[("x".into(), 2), (json!(1), 1)]);
    }

    #[test]
    fn an_unknown_facet_is_refused_with_the_nearest() {
        for (text, expected) in [
            ("tag", "did you mean tags?"),
            ("property", "did you mean property:NAME?"),
            ("property:", "did you mean property:NAME?"),
            ("xyz", "there are tags, folder, type, project, property:NAME"),
        ] {
            assert_eq!(Facet::parse(text), Err(expected.to_owned()), "{text}");
        }
    }
}
