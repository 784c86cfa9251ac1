//! The names that the index knows, for somebody who types one: paths, aliases, and those that several documents share.

use super::schema::{ALIAS_COLUMN, Key};
use super::segment::each_posting;
use super::{Filters, Searcher};
use crate::query::words::fold;
use std::collections::BTreeSet;

/// Names that several documents share. The index has them folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    Tag,
    Property,
    Project,
    Type,
}

impl Searcher {
    /// Returns the shared names that begin so, folded.
    pub fn shared(&self, which: Shared, beginning: &str, filters: &Filters) -> anyhow::Result<BTreeSet<String>> {
        let kind = match which {
            Shared::Tag => Key::Tag,
            Shared::Property => Key::Property,
            Shared::Project => Key::Project,
            Shared::Type => Key::Type,
        };
        let (among, _) = self.select(None, filters)?;
        let (beginning, mut names) = (kind.of(&fold(beginning)), BTreeSet::new());
        for (segment, among) in self.segments.iter().zip(&among) {
            let keys = segment.reader.inverted_index(self.fields.key)?;
            let mut walk = keys.terms().range().ge(beginning.as_bytes()).into_stream()?;
            while walk.advance() && walk.key().starts_with(beginning.as_bytes()) {
                let mut is_there = false;
                each_posting(&keys, walk.value(), |doc, _| is_there |= among.contains(doc))?;
                let name = std::str::from_utf8(&walk.key()[1..]).ok().filter(|_| is_there);
                names.extend(name.map(str::to_owned));
            }
        }
        Ok(names)
    }

    /// Returns the paths of the documents.
    pub fn paths(&self, filters: &Filters) -> anyhow::Result<Vec<&str>> {
        let (among, _) = self.select(None, filters)?;
        let mut paths = Vec::new();
        for (segment, among) in self.segments.iter().zip(&among) {
            let all = segment.paths()?;
            paths.extend(among.iter().map(|doc| all.get(doc)));
        }
        Ok(paths)
    }

    /// Returns the aliases of the documents.
    pub fn aliases(&self, filters: &Filters) -> anyhow::Result<BTreeSet<String>> {
        let (among, _) = self.select(None, filters)?;
        let mut aliases = BTreeSet::new();
        for (segment, among) in self.segments.iter().zip(&among) {
            let Some(column) = segment.reader.fast_fields().str(ALIAS_COLUMN)? else { continue };
            let mut is_used = vec![false; column.num_terms()];
            let ordinals = among.iter().flat_map(|doc| column.ords().values_for_doc(doc));
            ordinals.for_each(|ordinal| is_used[ordinal as usize] = true);
            let (mut walk, mut is_used) = (column.dictionary().stream()?, is_used.into_iter());
            while walk.advance() {
                if is_used.next() == Some(true) {
                    aliases.extend(std::str::from_utf8(walk.key()).ok().map(str::to_owned));
                }
            }
        }
        Ok(aliases)
    }
}
