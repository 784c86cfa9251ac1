//! `links`, `backlinks`, `unresolved`: who links to whom, and who to nobody.

use super::args::{By, NoteLinksArgs, UnresolvedArgs};
use super::list::Lister;
use super::resolve::OBSIDIANS;
use super::session::block_on;
use super::{Exit, Surface};
use crate::path::fold;
use crate::render::list::{Cell, Row, Shape, Shown};
use crate::resolve;
use crate::store::{Ends, Vault, WrittenLink};
use anyhow::Result;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

const LINKS: Shape = Shape {
    nouns: ["link", "links"],
    columns: &["path", "line", "column", "kind", "original", "link", "displayText", "dest", "rule", "excluded", "unresolved"],
    heads: &[],
};
const MISSING: Shape = Shape { nouns: ["missing file", "missing files"], columns: &["unresolved", "count"], heads: &["links", "missing"] };

pub(super) fn links(args: &NoteLinksArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open(surface, &args.list).await?;
        let (vault, path) = lister.session.one_file(&args.note).await?;
        let links = lister.session.store.written_links(&vault, Ends::From(&path)).await?;
        let links = lister.narrowed(&vault, links, |link| link.dest_id.as_ref()).await?;
        let leads = |link: &Found| {
            let row = link.row(format!("{} -> {}", link.link.raw, link.end()));
            Row { paths: link.link.dest.iter().map(ToString::to_string).collect(), ..row }
        };
        lister.print(&LINKS, of_vault(&vault, links), None, leads).await
    })
}

pub(super) fn backlinks(args: &NoteLinksArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open(surface, &args.list).await?;
        let (vault, path) = lister.session.one_file(&args.note).await?;
        let links = lister.session.store.written_links(&vault, Ends::To(&path)).await?;
        let links = lister.narrowed(&vault, links, |link| Some(&link.source_id)).await?;
        lister.print(&LINKS, of_vault(&vault, links), None, |link| link.row(link.link.raw.clone())).await
    })
}

pub(super) fn unresolved(args: &UnresolvedArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open(surface, &args.list).await?;
        let (mut all, mut missing) = (Vec::new(), Vec::new());
        for vault in lister.vaults.clone() {
            let links = lister.session.store.written_links(&vault, Ends::Nowhere).await?;
            let links = of_vault(&vault, lister.narrowed(&vault, links, |link| Some(&link.source_id)).await?);
            if args.sources { all.extend(links) } else { missing.extend(by_name(links)) }
        }
        if args.sources {
            return lister.print(&LINKS, all, None, |link| link.row(link.link.raw.clone())).await;
        }
        if args.sort == By::Count {
            missing.sort_by_key(|missing| Reverse(missing.links.len()));
        }
        lister.print(&MISSING, missing, None, Missing::row).await
    })
}

/// A link of a list.
struct Found {
    vault: String,
    link: WrittenLink,
}

fn of_vault(vault: &Vault, links: Vec<WrittenLink>) -> Vec<Found> {
    links.into_iter().map(|link| Found { vault: vault.name.clone(), link }).collect()
}

impl Found {
    /// Says where the link leads, and why.
    fn end(&self) -> String {
        let WrittenLink { kind, dest, rule, .. } = &self.link;
        let kind = Some(kind.as_str()).filter(|kind| *kind != "link");
        let excluded = self.excluded().map(|_| "excluded");
        let why: Vec<&str> = kind.into_iter().chain(rule.as_deref()).chain(excluded).collect();
        let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(", ")) };
        format!("{}{why}", dest.as_ref().map_or("unresolved", |dest| dest.as_str()))
    }

    /// Returns what keeps the file that is meant out of every search, as `resolve` says it.
    fn excluded(&self) -> Option<&str> {
        self.link.excluded_by.as_deref().or_else(|| self.link.is_ignored.then_some(OBSIDIANS))
    }

    /// The names are those of `inspect` and `resolve`.
    fn json(&self) -> Value {
        let WrittenLink { source, kind, raw, target, subpath, display, place, dest, rule, .. } = &self.link;
        json!({
            "path": source,
            "line": place.map(|place| place.0),
            "column": place.map(|place| place.1),
            "kind": kind,
            "original": raw,
            "link": format!("{target}{}", subpath.as_deref().unwrap_or_default()),
            "displayText": display,
            "dest": dest,
            "rule": rule,
            "excluded": self.excluded(),
            "unresolved": dest.is_none().then(|| resolve::unresolved_key(target)),
        })
    }

    fn row(&self, text: String) -> Row {
        // Where a link's place is not known, its file's beginning is the place to open.
        let (line, column) = self.link.place.unwrap_or((1, 1));
        let path = self.link.source.to_string();
        Row {
            vault: self.vault.clone(),
            json: self.json(),
            paths: vec![path.clone()],
            shown: Shown::Place { path, line, column: Some(column), text },
        }
    }
}

/// What is linked to and not there, and the links that lead to it.
struct Missing {
    vault: String,
    name: String,
    links: Vec<Found>,
}

/// Puts the links of a vault together by the file that they miss.
fn by_name(links: Vec<Found>) -> impl Iterator<Item = Missing> {
    let mut missing: BTreeMap<(String, String), Missing> = BTreeMap::new();
    for link in links {
        let name = resolve::unresolved_key(&link.link.target).to_owned();
        let new = || Missing { vault: link.vault.clone(), name: name.clone(), links: Vec::new() };
        missing.entry((fold(&name), name.clone())).or_insert_with(new).links.push(link);
    }
    missing.into_values()
}

impl Missing {
    fn row(&self) -> Row {
        let source = |link: &Found| {
            let (line, column) = link.link.place.unzip();
            json!({"path": link.link.source, "line": line, "column": column, "original": link.link.raw})
        };
        let sources: Value = self.links.iter().map(source).collect();
        Row {
            vault: self.vault.clone(),
            json: json!({"unresolved": self.name, "count": self.links.len(), "sources": sources}),
            paths: self.links.iter().map(|link| link.link.source.to_string()).collect(),
            shown: Shown::Cells(vec![Cell::Count(self.links.len()), Cell::Text(self.name.clone())]),
        }
    }
}
