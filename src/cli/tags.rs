//! `tags`: the tree of tags, with the notes of each.

use super::args::{By, TagsArgs};
use super::list::Lister;
use super::session::block_on;
use super::{Exit, Surface};
use crate::render::list::{Cell, Row, Shape, Shown};
use crate::tally::{self, TagCount};
use anyhow::Result;
use serde_json::json;
use std::cmp::Reverse;

const TAGS: Shape = Shape { nouns: ["tag", "tags"], columns: &["tag", "count", "own"], heads: &["notes", "own", "tag"] };

pub(super) fn run(args: &TagsArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open_without_paths(surface, &args.list, "tags").await?;
        let mut counted: Vec<(String, TagCount)> = Vec::new();
        for vault in lister.vaults.clone() {
            let files = lister.shown_files(&vault).await?;
            let uses = lister.session.store.tags(&vault).await?;
            let shown = uses.iter().filter(|(id, ..)| files.contains_key(id));
            let tags = tally::tags(shown.map(|(id, tag, key)| (id.as_str(), tag.as_str(), key.as_str())));
            counted.extend(tags.into_iter().map(|tag| (vault.name.clone(), tag)));
        }
        if args.sort == By::Count {
            counted.sort_by_key(|(_, tag)| Reverse(tag.n_notes));
        }
        lister.print(&TAGS, counted, None, |(vault, tag)| row(vault, tag)).await
    })
}

fn row(vault: &str, TagCount { tag, n_notes, n_own }: &TagCount) -> Row {
    let tag = format!("#{tag}");
    Row {
        vault: vault.to_owned(),
        json: json!({"tag": tag, "count": n_notes, "own": n_own}),
        paths: Vec::new(),
        shown: Shown::Cells(vec![Cell::Count(*n_notes), Cell::Count(*n_own), Cell::Text(tag)]),
    }
}
