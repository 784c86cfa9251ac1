//! The globs of `[[vault]] exclude` and `private`, in gitignore's dialect without negation: `*` and `?` stay within a name, `**` crosses folders.
//!
//! A glob without a slash, save at its end, matches at any depth, any other from the vault's root. One that ends in a slash matches
//! folders only. What matches a folder leaves out all that lies below.
//! All other characters stand for themselves. (globset reads `?` as one byte, so that `?.md` would miss `é.md`.)

use crate::path::{VaultPath, normal};
use regex::{RegexSet, RegexSetBuilder};
use std::iter::Peekable;
use std::str::Chars;

/// The rules, all tried at once; the first in the order of the configuration is the one that is named. Private ones go before all others,
/// also before those of a folder further out.
#[derive(Clone, Debug)]
pub(super) struct Exclude {
    rules: Vec<Rule>,
    n_private: usize,
    patterns: RegexSet,
}

#[derive(Clone, Debug)]
struct Rule {
    text: String,
    is_for_folders: bool,
}

impl Exclude {
    pub(super) fn new(private: &[String], globs: &[String]) -> Self {
        let all = || private.iter().chain(globs);
        let rules = all().map(|text| Rule { text: text.clone(), is_for_folders: text.ends_with('/') });
        let patterns = RegexSetBuilder::new(all().map(|text| pattern(text))).size_limit(usize::MAX).build();
        let patterns = patterns.expect("a translated glob is a regular expression of any size");
        Self { rules: rules.collect(), n_private: private.len(), patterns }
    }

    pub(super) fn has_private(&self) -> bool {
        self.n_private > 0
    }

    pub(super) fn is_private(&self, rule: usize) -> bool {
        rule < self.n_private
    }

    /// Returns which rule counts where one further out and one further in may both speak.
    pub(super) fn outer(&self, outer: Option<usize>, inner: impl FnOnce() -> Option<usize>) -> Option<usize> {
        match outer {
            None => inner(),
            Some(rule) if self.is_private(rule) || !self.has_private() => outer,
            Some(_) => inner().filter(|&rule| self.is_private(rule)).or(outer),
        }
    }

    /// Returns the rule that names the file `path` itself.
    pub(super) fn file(&self, path: &VaultPath) -> Option<usize> {
        self.first(path, |rule| !rule.is_for_folders)
    }

    /// Returns the rule that names the folder `path` itself, and so all that lies below.
    pub(super) fn folder(&self, path: &VaultPath) -> Option<usize> {
        self.first(path, |_| true)
    }

    /// Returns the rule that names a folder above `path`; the outermost folder speaks first.
    pub(super) fn above(&self, path: &VaultPath) -> Option<usize> {
        if self.rules.is_empty() || path.is_root() {
            return None;
        }
        let folder = path.parent();
        self.outer(self.above(&folder), || self.folder(&folder))
    }

    /// Returns a rule as it was written.
    pub(super) fn text(&self, rule: usize) -> &str {
        &self.rules[rule].text
    }

    fn first(&self, path: &VaultPath, counts: impl Fn(&Rule) -> bool) -> Option<usize> {
        if self.rules.is_empty() || path.is_root() {
            return None;
        }
        self.patterns.matches(&normal(path.as_str())).into_iter().find(|&rule| counts(&self.rules[rule]))
    }
}

/// Returns the glob as a regular expression over whole vault paths.
fn pattern(text: &str) -> String {
    let body = text.strip_suffix('/').unwrap_or(text);
    let depth = if body.contains('/') { "" } else { ANY_FOLDERS };
    let glob = normal(body.strip_prefix('/').unwrap_or(body));
    let mut pattern = format!("(?s)^{depth}");
    let mut rest = glob.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => pattern.push_str(two_stars(&mut rest)),
            '*' => pattern.push_str("[^/]*"),
            '?' => pattern.push_str("[^/]"),
            other => pattern.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern + "$"
}

/// Any number of folders, also none.
const ANY_FOLDERS: &str = "(?:.*/)?";

/// Returns what `**` stands for, given what follows it: whole folders before a slash, else anything.
fn two_stars(rest: &mut Peekable<Chars<'_>>) -> &'static str {
    if rest.next_if_eq(&'/').is_some() { ANY_FOLDERS } else { ".*" }
}

#[cfg(test)]
mod tests {
    use super::super::Disk;
    use crate::path::VaultPath;

    fn check(glob: &str, excluded: &[&str], kept: &[&str]) {
        let disk = Disk::new("/nowhere", &[glob.to_owned()]);
        for path in excluded {
            assert_eq!(disk.excluded_by(&VaultPath::new(path)), Some(glob), "{path}");
        }
        for path in kept {
            assert_eq!(disk.excluded_by(&VaultPath::new(path)), None, "{path}");
        }
    }

    #[test]
    fn a_bare_glob_matches_at_any_depth() {
        check("*.excalidraw.md", &["a.excalidraw.md", "x/y/a.excalidraw.md"], &["a.md"]);
    }

    #[test]
    fn a_folder_rule_leaves_out_all_below_but_no_file_of_that_name() {
        check("Templates/", &["Templates/a.md", "x/Templates/y/a.md"], &["Templates", "Templates.md", "x/Templates"]);
    }

    #[test]
    fn a_rule_without_a_final_slash_matches_files_and_folders() {
        check("old", &["old", "old/a.md", "x/old/a.md"], &["older.md"]);
    }

    #[test]
    fn a_glob_with_a_slash_starts_at_the_root() {
        check("/old/", &["old/a.md"], &["x/old/a.md"]);
        check("a/b*", &["a/b.md", "a/bc/d.md"], &["x/a/b.md", "a/x/b.md"]);
    }

    #[test]
    fn stars_and_question_marks_stay_within_a_name() {
        check("log/*.md", &["log/a.md"], &["log/x/a.md"]);
        check("log/?.md", &["log/a.md", "log/é.md"], &["log/ab.md"]);
        check("log/**/draft.md", &["log/draft.md", "log/x/y/draft.md"], &["draft.md"]);
    }

    #[test]
    fn a_private_rule_goes_before_all_others() {
        let globs = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let disk = Disk::new("/nowhere", &globs(&["a/", "*.md"])).keeping_private(&globs(&["b/", "c.md"]));
        for (path, rule) in [("a/x", "a/"), ("a/b/x", "b/"), ("a/c.md", "c.md"), ("b/a/x.md", "b/"), ("c.md", "c.md"), ("x.md", "*.md")] {
            assert_eq!(disk.excluded_by(&VaultPath::new(path)), Some(rule), "{path}");
            assert_eq!(disk.is_private(&VaultPath::new(path)), ["b/", "c.md"].contains(&rule), "{path}");
        }
    }

    #[test]
    fn names_are_compared_in_normal_form() {
        check("cafe\u{301}.md", &["café.md"], &[]);
    }

    #[test]
    fn brackets_and_braces_stand_for_themselves() {
        check("[a].{md}", &["[a].{md}"], &["a.md"]);
    }
}
