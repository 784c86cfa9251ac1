//! What a note states about itself, from its properties or else from bold labels: category, version, projects, ...

use super::{Note, labels, properties};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The statements of one note, asked for by name in whatever case.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    properties: Option<&'a Map<String, Value>>,
    labels: BTreeMap<String, String>,
}

impl<'a> Facts<'a> {
    /// Returns what properties and labels say. A property counts more than a label.
    pub fn of(note: &'a Note) -> Self {
        Self { labels: labels::labels(note.body()), ..Self::of_properties(note) }
    }

    /// Returns what the properties alone say.
    pub fn of_properties(note: &'a Note) -> Self {
        Self { properties: note.properties.as_ref(), labels: BTreeMap::new() }
    }

    /// Returns the one text or number that is stated under `name`.
    pub fn text(&self, name: &str) -> Option<String> {
        let label = || self.labels.get(&name.to_lowercase()).filter(|value| !value.is_empty()).cloned();
        self.property(name).and_then(properties::text).or_else(label)
    }

    /// Returns all texts that are stated under `name`: a property's list, or a label's parts between commas.
    pub fn texts(&self, name: &str) -> Vec<String> {
        if let Some(texts) = self.property(name).and_then(properties::texts) {
            return texts;
        }
        let label = self.labels.get(&name.to_lowercase()).map(String::as_str).unwrap_or_default();
        label.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    fn property(&self, name: &str) -> Option<&'a Value> {
        self.properties.and_then(|properties| properties::get(properties, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::parse;

    #[test]
    fn properties_count_more_than_labels() {
        let note = parse(
            b"---\nCategory: a\nprojects: [p, q]\nempty:\n---\n# T\n**Category**: b\n**Version**: 1.0\n**Type:** x, y\n**Empty**: z\n",
        );
        let facts = Facts::of(&note);
        assert_eq!(facts.text("category").as_deref(), Some("a"));
        assert_eq!(facts.text("Version").as_deref(), Some("1.0"));
        assert_eq!(facts.text("empty").as_deref(), Some("z"));
        assert_eq!((facts.texts("projects"), facts.texts("type")), (vec!["p".into(), "q".into()], vec!["x".into(), "y".into()]));
        assert_eq!(Facts::of_properties(&note).text("version"), None);
    }
}
