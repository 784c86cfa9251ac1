//! Which names an argument takes, and those of the index that begin as somebody has begun to type.

use super::super::{Global, one_line};
use crate::config;
use crate::index::{Filters, Index, Searcher, Shared};
use crate::path::VaultPath;
use crate::query::words::fold;
use crate::search::Facet;
use crate::store::Registry;
use clap::Arg;
use clap_complete::engine::CompletionCandidate;
use std::collections::BTreeMap;
use std::ffi::OsStr;

/// What an argument is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A note, or another file, by whatever it is called.
    Note,
    Path,
    Shared(Shared),
    Facet,
    Column,
}

impl Kind {
    /// Returns what an argument is about, by what the help calls its value.
    pub(super) fn of(arg: &Arg) -> Option<Self> {
        let value = arg.get_value_names().and_then(|names| names.first()).map(|name| name.as_str()).unwrap_or_default();
        Some(match (arg.get_id().as_str(), value) {
            ("from", "NOTE") | ("path", "TEXT") => Self::Path,
            ("project", _) => Self::Shared(Shared::Project),
            ("name", "NAME") | (_, "NAME[=VALUE]") => Self::Shared(Shared::Property),
            (_, "NOTE" | "LINK" | "PATH") => Self::Note,
            (_, "TAG") => Self::Shared(Shared::Tag),
            (_, "TYPE") => Self::Shared(Shared::Type),
            (_, "FACET") => Self::Facet,
            (_, "TABLE[.COLUMN]") => Self::Column,
            _ => return None,
        })
    }
}

/// Where names are looked up. Nothing is opened before one is asked for.
pub(super) struct Names {
    global: Global,
}

/// A name, and what stands beside it.
type Found = BTreeMap<String, String>;

impl Names {
    pub(super) fn new(global: Global) -> Self {
        Self { global }
    }

    /// Returns the names that begin so, whatever their case; none where they cannot be looked up.
    pub(super) fn beginning(&self, kind: Kind, typed: &OsStr) -> Vec<CompletionCandidate> {
        let found = typed.to_str().and_then(|typed| self.found(kind, typed).ok()).unwrap_or_default();
        let candidate =
            |(name, help): (String, String)| CompletionCandidate::new(name).help((!help.is_empty()).then(|| one_line(&help).into()));
        found.into_iter().map(candidate).collect()
    }

    fn found(&self, kind: Kind, typed: &str) -> anyhow::Result<Found> {
        if kind == Kind::Column {
            return Ok(columns(typed));
        }
        let settings = config::load(&self.global.flags())?;
        let vaults: Vec<String> = settings.roots().into_iter().map(|(name, _)| name).collect();
        let Some(searcher) = Index::searcher(&settings.index_dir())?.filter(|_| !vaults.is_empty()) else { return Ok(Found::new()) };
        let filters = Filters { vaults, ..Filters::default() };
        match kind {
            Kind::Shared(which) => shared(&searcher, which, typed, &filters),
            Kind::Facet => facets(&searcher, typed, &filters),
            Kind::Path => Ok(steps(&searcher.paths(&filters)?, typed, VaultPath::as_str)),
            Kind::Note | Kind::Column => notes(&searcher, typed, &filters),
        }
    }
}

fn shared(searcher: &Searcher, which: Shared, typed: &str, filters: &Filters) -> anyhow::Result<Found> {
    let (mark, beginning) = match typed.strip_prefix('#').filter(|_| which == Shared::Tag) {
        Some(beginning) => ("#", beginning),
        None => ("", typed),
    };
    let names = searcher.shared(which, beginning, filters)?;
    Ok(names.into_iter().map(|name| (format!("{mark}{name}"), String::new())).collect())
}

fn facets(searcher: &Searcher, typed: &str, filters: &Filters) -> anyhow::Result<Found> {
    const PROPERTY: &str = "property:";
    let mut found: Found =
        Facet::NAMED.iter().filter(|name| name.starts_with(typed)).map(|name| ((*name).to_owned(), String::new())).collect();
    if PROPERTY.starts_with(typed) || typed.starts_with(PROPERTY) {
        let names = searcher.shared(Shared::Property, typed.strip_prefix(PROPERTY).unwrap_or_default(), filters)?;
        found.extend(names.into_iter().map(|name| (format!("{PROPERTY}{name}"), String::new())));
    }
    Ok(found)
}

/// Returns what notes and other files are called: by their path, folder by folder; else by name or alias.
fn notes(searcher: &Searcher, typed: &str, filters: &Filters) -> anyhow::Result<Found> {
    let paths = searcher.paths(filters)?;
    let mut found = steps(&paths, typed, if typed.contains('/') { VaultPath::as_str } else { called });
    // Of all names there are too many.
    if !typed.is_empty() && !typed.contains('/') {
        let beginning = fold(typed);
        let begins = |name: &str| fold(name).starts_with(&*beginning);
        let named = paths.iter().map(|path| (VaultPath::stored(*path), path)).filter(|(path, _)| begins(called(path)));
        found.extend(named.map(|(path, whole)| (called(&path).to_owned(), (*whole).to_owned())));
        for alias in searcher.aliases(filters)?.into_iter().filter(|alias| begins(alias)) {
            found.entry(alias).or_insert_with(|| "alias".to_owned());
        }
    }
    Ok(found)
}

/// Returns what a file is called in a link.
fn called(path: &VaultPath) -> &str {
    path.as_str().strip_suffix(".md").map_or(path.file_name(), |_| path.name())
}

/// Returns the folders and files that are the next step on the way that was begun. A file is called by `name`.
fn steps(paths: &[&str], typed: &str, name: fn(&VaultPath) -> &str) -> Found {
    let (folder, beginning) = typed.rsplit_once('/').map_or(("", typed), |(folder, beginning)| (folder, beginning));
    let (n_above, folder, beginning) = (typed.matches('/').count(), fold(folder), fold(beginning));
    let mut found = Found::new();
    for path in paths {
        let mut slashes = path.match_indices('/').map(|(at, _)| at);
        let start = if n_above == 0 { Some(0) } else { slashes.by_ref().nth(n_above - 1).map(|at| at + 1) };
        let Some(start) = start.filter(|start| n_above == 0 || fold(&path[..start - 1]) == folder) else { continue };
        let end = slashes.next();
        if fold(&path[start..end.unwrap_or(path.len())]).starts_with(&*beginning) {
            let step = end.map_or_else(|| name(&VaultPath::stored(*path)).to_owned(), |end| path[..=end].to_owned());
            found.insert(step, String::new());
        }
    }
    found
}

/// Returns tables and columns that take certain values, as our own definitions have them.
fn columns(typed: &str) -> Found {
    let all = Registry::ours().columns;
    let names = all.iter().flat_map(|column| [column.table.clone(), format!("{}.{}", column.table, column.column)]);
    names.filter(|name| name.starts_with(typed)).map(|name| (name, String::new())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_gone_step_by_step() {
        let paths = ["Home.md", "Projects/Alpha/Plan.md", "Projects/Alpha/Log.md", "Projects/alone.md", "pic.png", "プロジェクト/メモ.md"];
        for (typed, expected) in [
            ("", &["Home", "Projects/", "pic.png", "プロジェクト/"][..]),
            ("p", &["Projects/", "pic.png"]),
            ("projects/", &["Projects/Alpha/", "Projects/alone.md"]),
            ("Projects/AL", &["Projects/Alpha/", "Projects/alone.md"]),
            ("Projects/Alpha/p", &["Projects/Alpha/Plan.md"]),
            ("プロジェクト/", &["プロジェクト/メモ.md"]),
            ("Nowhere/", &[]),
        ] {
            let name = if typed.contains('/') { VaultPath::as_str } else { called };
            let found: Vec<String> = steps(&paths, typed, name).into_keys().collect();
            assert_eq!(found, expected, "{typed}");
        }
    }
}
