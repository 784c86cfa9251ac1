//! What a link can mean: all names of a vault at once. `resolve` decides. Whose names they are, SQL's or the disk's, is known by whoever
//! brings them.

use crate::path::VaultPath;
use crate::resolve;
use std::collections::HashMap;

/// Files by the key of their names, each with its document, if it has one.
#[derive(Clone, Default)]
pub(super) struct Names(HashMap<String, Vec<(VaultPath, Option<String>)>>);

#[derive(Default, PartialEq)]
pub(super) struct Meaning {
    pub doc_id: Option<String>,
    pub excluded_path: Option<String>,
    pub rule: Option<&'static str>,
}

impl Names {
    pub(super) fn add(&mut self, path: VaultPath, doc_id: Option<String>) {
        self.0.entry(path.name_key()).or_default().push((path, doc_id));
    }

    pub(super) fn meaning(&self, target: &str, source: &VaultPath) -> Meaning {
        let key = if target.is_empty() { source.name_key() } else { resolve::target_key(target) };
        let files = self.0.get(&key).map_or(&[][..], Vec::as_slice);
        let candidates: Vec<&VaultPath> = files.iter().map(|(path, _)| path).collect();
        let Some((path, rule)) = resolve::resolve(target, source, &candidates) else { return Meaning::default() };
        let doc_id = files.iter().find(|(file, _)| file == path).and_then(|(_, doc_id)| doc_id.clone());
        let excluded_path = doc_id.is_none().then(|| path.to_string());
        Meaning { doc_id, excluded_path, rule: Some(rule.as_str()) }
    }
}
