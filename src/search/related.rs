//! What of a query only the database can answer: who is linked with whom. Each answer is a set of documents, by which the index filters.
//!
//! The sets are those of the lists: `link:NOTE` finds the files that `backlinks NOTE` lists, `backlink:NOTE` those of `links NOTE`.

use crate::query::words::fold;
use crate::query::{Related, Relation};
use crate::resolve::{split, unresolved_key};
use crate::store::{Ends, Store, Vault, WrittenLink};
use anyhow::Result;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Answers questions about links in some vaults, and says which names mean no file.
pub async fn related(
    store: &mut Store,
    vaults: &[Vault],
    relations: HashSet<Relation>,
) -> Result<(HashMap<Relation, Related>, Vec<String>)> {
    let (mut answers, mut unknown) = (HashMap::new(), Vec::new());
    for relation in relations {
        let (mut ids, mut is_known) = (HashSet::new(), false);
        for vault in vaults {
            is_known |= documents(store, vault, &relation, &mut ids).await?;
        }
        if let Relation::LinksTo(name) | Relation::LinkedFrom(name) = &relation
            && !is_known
        {
            unknown.push(name.clone());
        }
        answers.insert(relation, Arc::new(ids));
    }
    unknown.sort();
    unknown.dedup();
    Ok((answers, unknown))
}

/// Adds a vault's documents to `ids` and returns whether the name in the question means a file there.
async fn documents(store: &mut Store, vault: &Vault, relation: &Relation, ids: &mut HashSet<String>) -> Result<bool> {
    match relation {
        Relation::Orphan => ids.extend(store.orphans(vault).await?),
        Relation::Unresolved { text, is_whole } => {
            let wanted = fold(text);
            let is_asked = |link: &WrittenLink| {
                let target = fold(unresolved_key(&link.target));
                if *is_whole { target == wanted } else { target.contains(wanted.as_ref()) }
            };
            let links = store.written_links(vault, Ends::Nowhere).await?;
            ids.extend(links.into_iter().filter(is_asked).map(|link| link.source_id));
        }
        Relation::LinksTo(name) | Relation::LinkedFrom(name) => {
            // A name that several files share means all of them.
            let mut paths = store.find(vault, name).await?;
            if paths.is_empty() {
                paths = store.find(vault, split(name).0).await?;
            }
            for path in &paths {
                if matches!(relation, Relation::LinksTo(_)) {
                    ids.extend(store.written_links(vault, Ends::To(path)).await?.into_iter().map(|link| link.source_id));
                } else {
                    ids.extend(store.written_links(vault, Ends::From(path)).await?.into_iter().filter_map(|link| link.dest_id));
                }
            }
            return Ok(!paths.is_empty());
        }
    }
    Ok(true)
}
