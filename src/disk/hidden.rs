//! Obsidian's "Excluded files": `userIgnoreFilters` in `.obsidian/app.json`. Files that match are indexed, but hidden from search.
//!
//! `/re/` is a regular expression, looked for anywhere in the path; anything else is the beginning of a path, not a glob. Both without
//! regard to case. A filter that cannot be understood is passed over, as Obsidian does.

use crate::path::{VaultPath, fold, normal};
use regex::{RegexSet, RegexSetBuilder};
use serde::Deserialize;
use std::path::Path;

/// Where Obsidian keeps the filters, from the vault's root.
const APP_JSON: &str = ".obsidian/app.json";

#[derive(Default)]
pub(super) struct Hidden {
    prefixes: Vec<String>,
    patterns: RegexSet,
}

/// The one setting of `app.json` that we read.
#[derive(Default, Deserialize)]
struct App {
    #[serde(default, rename = "userIgnoreFilters")]
    filters: Option<Vec<String>>,
}

/// Reads the vault's filters; a vault without any, or whose `app.json` cannot be read, hides nothing.
pub(super) fn load(root: &Path) -> Hidden {
    Hidden::new(&filters(root))
}

fn filters(root: &Path) -> Vec<String> {
    let Ok(bytes) = std::fs::read(root.join(APP_JSON)) else { return Vec::new() };
    match serde_json::from_slice::<App>(&bytes) {
        Ok(app) => app.filters.unwrap_or_default(),
        Err(error) => {
            tracing::debug!(%error, "{APP_JSON} is not understood: its excluded files are not known");
            Vec::new()
        }
    }
}

/// Returns the first of the vault's filters that hides a path, as it is written.
pub fn hidden_by(root: &Path, path: &VaultPath) -> Option<String> {
    filters(root).into_iter().find(|filter| Hidden::new(std::slice::from_ref(filter)).matches(path))
}

impl Hidden {
    fn new(filters: &[String]) -> Self {
        let mut hidden = Self::default();
        let mut patterns = Vec::new();
        for filter in filters.iter().filter(|f| !f.is_empty()) {
            match filter.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
                Some(pattern) => patterns.push(pattern),
                None => hidden.prefixes.push(fold(&normal(filter))),
            }
        }
        patterns.retain(|pattern| is_understood(pattern));
        hidden.patterns = RegexSetBuilder::new(patterns).case_insensitive(true).build().unwrap_or_default();
        hidden
    }

    pub(super) fn matches(&self, path: &VaultPath) -> bool {
        if self.patterns.is_empty() && self.prefixes.is_empty() {
            return false;
        }
        let path = normal(path.as_str());
        if !self.patterns.is_empty() && self.patterns.is_match(&path) {
            return true;
        }
        let folded = fold(&path);
        self.prefixes.iter().any(|prefix| folded.starts_with(prefix))
    }
}

fn is_understood(pattern: &str) -> bool {
    let compiled = RegexSet::new([pattern]);
    if let Err(error) = &compiled {
        tracing::debug!(pattern, %error, "a filter of {APP_JSON} is not understood");
    }
    compiled.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filters: &[&str], hidden: &[&str], shown: &[&str]) {
        let filters: Vec<String> = filters.iter().map(|&f| f.to_owned()).collect();
        let rules = Hidden::new(&filters);
        for path in hidden {
            assert!(rules.matches(&VaultPath::new(path)), "{path} is hidden by {filters:?}");
        }
        for path in shown {
            assert!(!rules.matches(&VaultPath::new(path)), "{path} is not hidden by {filters:?}");
        }
    }

    #[test]
    fn a_plain_filter_is_the_beginning_of_a_path_in_any_case() {
        check(&["templates/"], &["Templates/a.md", "TEMPLATES/x/b.md"], &["x/Templates/a.md", "Templates.md"]);
        check(&["Übung"], &["übung.md", "ÜBUNGEN/a.md"], &["x/Übung.md"]);
        check(&["*.md"], &["*.md"], &["a.md"]);
    }

    #[test]
    fn a_filter_between_slashes_is_looked_for_anywhere() {
        check(&["/draft/"], &["x/My Draft.md", "drafts/a.md"], &["x.md"]);
        check(&["/^a.*\\.png$/"], &["A/b.PNG"], &["b/a.png"]);
    }

    #[test]
    fn a_filter_that_is_not_understood_is_passed_over() {
        check(&["/(/", "/(?=x)/", "", "ok/"], &["ok/a.md"], &["x.md", "("]);
    }

    #[test]
    fn an_app_json_without_filters_hides_nothing() {
        for text in ["{}", "{\"userIgnoreFilters\":null}", "not json", "[]"] {
            let vault = tempfile::tempdir().unwrap();
            std::fs::create_dir(vault.path().join(".obsidian")).unwrap();
            std::fs::write(vault.path().join(APP_JSON), text).unwrap();
            assert!(!load(vault.path()).matches(&VaultPath::new("a.md")), "{text}");
        }
    }
}
