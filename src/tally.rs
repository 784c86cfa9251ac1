//! What many notes say together: the tree of their tags, the names, types and values of their properties. Pure.
//!
//! A name is one whatever its case, and is shown as it is written most often (of equals, the smallest). A count is a number of notes: those
//! that a search for the name would find.

pub mod lookups;

use crate::note::properties::Kind;
use crate::path::{fold, normal};
use serde_json::{Map, Value};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A tag, and how many notes have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagCount {
    /// Without `#`.
    pub tag: String,
    /// Notes with this tag or one below it.
    pub n_notes: usize,
    /// Notes with this very tag; 0 for one that only stands above others.
    pub n_own: usize,
}

/// A property, and how many notes have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyCount {
    pub name: String,
    /// The type that most of its values show.
    pub kind: Kind,
    pub n_notes: usize,
    /// How many notes show each type; those without a value show none.
    pub kinds: BTreeMap<Kind, usize>,
}

/// Counts tags, given for each use the note, the tag without `#` and its key. A parent comes before its children.
pub fn tags<'a>(uses: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Vec<TagCount> {
    let mut counted: HashMap<&str, Tagged<'_>> = HashMap::new();
    for (note, tag, key) in uses {
        let (tag, key) = (tag.trim_end_matches('/'), key.trim_end_matches('/'));
        counted.entry(key).or_default().own.insert(note);
        for (tag, key) in with_parents(tag, key) {
            let tagged = counted.entry(key).or_default();
            tagged.all.insert(note);
            tagged.spellings.add(tag);
        }
    }
    let mut counted: Vec<_> = counted.into_iter().filter(|(key, _)| !key.is_empty()).collect();
    counted.sort_by(|(a, _), (b, _)| a.split('/').cmp(b.split('/')));
    let count = |tagged: &Tagged<'_>| TagCount { tag: tagged.spellings.best(), n_notes: tagged.all.len(), n_own: tagged.own.len() };
    counted.iter().map(|(_, tagged)| count(tagged)).collect()
}

#[derive(Default)]
struct Tagged<'a> {
    own: BTreeSet<&'a str>,
    all: BTreeSet<&'a str>,
    spellings: Spellings<'a>,
}

/// Returns the tag itself and those above it, each with its key.
pub fn with_parents<'a>(tag: &'a str, key: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let cuts = |text: &'a str| text.match_indices('/').map(|(at, _)| &text[..at]).chain([text]);
    // Folding leaves slashes alone. Of `a//b` the middle part is no tag of its own.
    cuts(tag).zip(cuts(key)).filter(|(_, key)| !key.is_empty() && !key.ends_with('/'))
}

/// Counts properties by name.
pub fn properties<'a>(notes: impl IntoIterator<Item = &'a Map<String, Value>>) -> Vec<PropertyCount> {
    let mut counted: BTreeMap<String, (Spellings<'a>, BTreeMap<Kind, usize>)> = BTreeMap::new();
    for note in notes {
        let mut seen = BTreeSet::new();
        for (name, value) in note {
            let key = fold(&normal(name));
            // Of names that differ in case only, one counts.
            if !seen.insert(key.clone()) {
                continue;
            }
            let (spellings, kinds) = counted.entry(key).or_default();
            spellings.add(name);
            if let Some(kind) = Kind::of(name, value) {
                *kinds.entry(kind).or_default() += 1;
            }
        }
    }
    let count = |(spellings, kinds): (Spellings<'a>, BTreeMap<Kind, usize>)| PropertyCount {
        name: spellings.best(),
        kind: kinds.iter().max_by_key(|(kind, n)| (**n, Reverse(**kind))).map_or(Kind::Text, |(kind, _)| *kind),
        n_notes: spellings.n_uses(),
        kinds,
    };
    counted.into_values().map(count).collect()
}

/// Counts the values of one property, a list by its items, in the order of the values: numbers before texts.
pub fn values<'a>(notes: impl IntoIterator<Item = &'a Map<String, Value>>, name: &str) -> Vec<(Value, usize)> {
    let wanted = fold(&normal(name));
    let mut counted: HashMap<String, (Value, usize)> = HashMap::new();
    for note in notes {
        let Some((_, value)) = note.iter().find(|(name, _)| fold(&normal(name)) == wanted) else { continue };
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let distinct: BTreeMap<String, &Value> = items.iter().map(|item| (item.to_string(), item)).collect();
        for (key, item) in distinct {
            counted.entry(key).or_insert_with(|| (item.clone(), 0)).1 += 1;
        }
    }
    let mut counted: Vec<_> = counted.into_values().collect();
    counted.sort_by(|(a, _), (b, _)| compare(a, b));
    counted
}

/// Numbers sort by size, texts without regard to case.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), fold);
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => text(a).cmp(&text(b)).then_with(|| a.to_string().cmp(&b.to_string())),
    }
}

/// The ways in which one name is written.
#[derive(Default)]
pub struct Spellings<'a>(BTreeMap<&'a str, usize>);

impl<'a> Spellings<'a> {
    pub fn add(&mut self, spelling: &'a str) {
        *self.0.entry(spelling).or_default() += 1;
    }

    pub fn n_uses(&self) -> usize {
        self.0.values().sum()
    }

    pub fn best(&self) -> String {
        let best = self.0.iter().max_by_key(|(spelling, n)| (**n, Reverse(**spelling)));
        best.map(|(spelling, _)| (*spelling).to_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_tags(notes: &[&[&str]], expected: &[(&str, usize, usize)]) {
        let keys: Vec<Vec<String>> = notes.iter().map(|tags| tags.iter().map(|tag| fold(tag)).collect()).collect();
        let names: Vec<String> = (0..notes.len()).map(|i| i.to_string()).collect();
        let uses =
            (0..notes.len()).flat_map(|i| notes[i].iter().zip(&keys[i]).map(|(tag, key)| (i, *tag, key.as_str())).collect::<Vec<_>>());
        let counted = tags(uses.map(|(i, tag, key)| (names[i].as_str(), tag, key)));
        let counted: Vec<_> = counted.iter().map(|t| (t.tag.as_str(), t.n_notes, t.n_own)).collect();
        assert_eq!(counted, expected, "{notes:?}");
    }

    #[test]
    fn a_parent_counts_the_notes_of_its_children_once() {
        check_tags(&[&["a", "a/b", "a/b"], &["a/c/d"]], &[("a", 2, 1), ("a/b", 1, 1), ("a/c", 1, 0), ("a/c/d", 1, 1)]);
        check_tags(&[&["a/b"], &["a-b"], &["a"]], &[("a", 2, 1), ("a/b", 1, 1), ("a-b", 1, 1)]);
    }

    #[test]
    fn a_tag_is_one_in_any_case_and_shown_as_it_is_written_most() {
        check_tags(&[&["Ops/log"], &["ops/Log"], &["OPS", "Ops"]], &[("Ops", 3, 1), ("Ops/log", 2, 2)]);
        check_tags(&[&["b"], &["B"]], &[("B", 2, 2)]);
    }

    #[test]
    fn odd_slashes_make_no_tags() {
        check_tags(&[&["a/", "/", "b//c"]], &[("a", 1, 1), ("b", 1, 0), ("b//c", 1, 1)]);
    }

    #[test]
    fn a_property_has_the_type_that_most_of_its_values_show() {
        let notes = [
            json!({"rating": 3, "Due": "2026-01-31", "tags": "x", "none": null}),
            json!({"Rating": 4, "due": "2026-01-31T10:00", "tags": ["x"], "rating": 5}),
            json!({"rating": "high", "due": "soon", "deep": {"a": 1}, "ok": true}),
        ];
        let counted = properties(notes.iter().map(|note| note.as_object().unwrap()));
        let counted: Vec<_> = counted.iter().map(|p| (p.name.as_str(), p.kind, p.n_notes)).collect();
        let expected = [
            ("deep", Kind::Object, 1),
            ("due", Kind::Text, 3),
            ("none", Kind::Text, 1),
            ("ok", Kind::Checkbox, 1),
            ("rating", Kind::Number, 3),
            ("tags", Kind::Tags, 2),
        ];
        assert_eq!(counted, expected);
    }

    #[test]
    fn values_are_counted_by_item_and_sorted_by_size() {
        let notes = [json!({"P": [10, "b", "b", null]}), json!({"p": 9}), json!({"p": "B"}), json!({"p": []}), json!({"q": 1})];
        let counted = values(notes.iter().map(|note| note.as_object().unwrap()), "p");
        assert_eq!(counted, [(json!(9), 1), (json!(10), 1), (json!("B"), 1), (json!("b"), 1), (json!(null), 1)]);
    }
}
