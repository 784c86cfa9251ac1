//! `projects`: the projects that notes belong to, with the notes of each.

use super::args::{By, ProjectsArgs};
use super::list::Lister;
use super::session::block_on;
use super::{Exit, Surface};
use crate::path::fold;
use crate::render::list::{Cell, Row, Shape, Shown};
use anyhow::Result;
use serde_json::json;
use std::cmp::Reverse;
use std::collections::BTreeMap;

const PROJECTS: Shape = Shape { nouns: ["project", "projects"], columns: &["project", "count"], heads: &["notes", "project"] };

pub(super) fn run(args: &ProjectsArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open_without_paths(surface, &args.list, "projects").await?;
        let mut counted: Vec<(String, String, usize)> = Vec::new();
        for vault in lister.vaults.clone() {
            let files = lister.shown_files(&vault).await?;
            let mut projects: BTreeMap<(String, String), usize> = BTreeMap::new();
            for (id, name) in lister.session.store.projects(&vault).await? {
                if files.contains_key(&id) {
                    *projects.entry((fold(&name), name)).or_default() += 1;
                }
            }
            counted.extend(projects.into_iter().map(|((_, name), n_notes)| (vault.name.clone(), name, n_notes)));
        }
        if args.sort == By::Count {
            counted.sort_by_key(|(_, _, n_notes)| Reverse(*n_notes));
        }
        lister.print(&PROJECTS, counted, None, |(vault, name, n_notes)| row(vault, name, *n_notes)).await
    })
}

fn row(vault: &str, name: &str, n_notes: usize) -> Row {
    Row {
        vault: vault.to_owned(),
        json: json!({"project": name, "count": n_notes}),
        paths: Vec::new(),
        shown: Shown::Cells(vec![Cell::Count(n_notes), Cell::Text(name.to_owned())]),
    }
}
