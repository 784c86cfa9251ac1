//! What stored links mean, kept true while names come and go. `resolve` decides; this file knows whom to ask it about.
//!
//! A link can only mean a file of its own name key. So a change of names touches exactly the links with those keys, and a moved note
//! touches its own links, because nearness counts. Names are those of the live documents, and those of the files that a glob keeps out.

use super::Store;
use super::batch::{Batch, Contents};
use super::engine::list;
use super::tables::{BUCKETS, MEANINGS};
use super::trip::{Read, Seen, Trip};
use super::vaults::Vault;
use crate::facts::LinkFact;
use crate::path::VaultPath;
use crate::points;
use crate::resolve;
use anyhow::Result;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap, HashSet};

/// From this many names on, all of them are loaded at once.
const MANY: usize = 500;

/// The backlinks of so many documents are counted at once.
const AT_ONCE: usize = 5000;

/// The state of links that a run carries from batch to batch.
#[derive(Debug, Default)]
pub struct Linking {
    /// The names that the run needs, or all of them. Only a run's first batch changes names, so they stay true to its end.
    names: Option<Names>,
    /// Documents whose backlinks may have changed.
    targets: HashSet<String>,
    /// Backlinks of the whole vault are to be counted.
    recount: bool,
    /// The backlinks of a vault of which nothing was written before this run: those of the contents that it writes, and no others.
    first: Option<HashMap<String, i64>>,
}

impl Linking {
    /// Begins a run. If an earlier one ended before it could count the vault's backlinks, this one does.
    pub fn begin(vault: &Vault) -> Self {
        Self { recount: vault.is_partial, first: (vault.revision == 0).then(HashMap::new), ..Self::default() }
    }

    /// Takes note of the backlinks that contents bring which are about to be written. In a first run that is all there is to be counted, so
    /// that no target is left to be asked for in SQL.
    pub(super) fn note_backlinks(&mut self, backlinks: &HashMap<String, i64>) {
        if let Some(first) = &mut self.first {
            backlinks.iter().for_each(|(target, n)| *first.entry(target.clone()).or_default() += n);
            self.targets.clear();
        }
    }

    /// Returns the coarse counts of a first run, at its end, in the order in which its documents lie: by no other would a large vault's be
    /// written in one pass through the file.
    pub(super) fn take_first(&mut self) -> Option<Vec<(String, i64)>> {
        let counted = self.first.take()?.into_iter().map(|(id, n)| (id, backlink_bucket(n)));
        let mut counted: Vec<_> = counted.filter(|(_, bucket)| *bucket > 0).collect();
        counted.sort_unstable();
        Some(counted)
    }

    /// Backlinks of the whole vault are to be counted, whatever changes.
    pub(super) fn count_all(&mut self) {
        self.recount = true;
    }

    /// Returns what a link of contents that are about to be written means; the names are those after the batch.
    pub(super) fn meaning(&self, link: &LinkFact, source: &VaultPath) -> Meaning<'_> {
        self.names.as_ref().map(|names| names.resolve(&link.target, &link.target_key, source)).unwrap_or_default()
    }

    /// Takes the names that were read.
    pub(super) fn take_names(&mut self, seen: &Seen, [documents, excluded]: &ReadNames) -> Result<()> {
        let mut names = Names::default();
        // Almost every name is the only one of its key.
        let mut take = |(key, path, doc_id)| names.0.entry(key).or_insert_with(|| Vec::with_capacity(1)).push((path, doc_id));
        seen.each(documents, &mut take)?;
        seen.each(excluded, &mut take)?;
        self.names = Some(names);
        Ok(())
    }

    pub(super) fn has_names(&self) -> bool {
        self.names.is_some()
    }

    /// Remembers where documents linked to.
    pub(super) fn note_targets(&mut self, seen: &Seen, targets: &Read<(String,)>) -> Result<()> {
        self.targets.extend(seen.rows(targets)?.into_iter().map(|(id,)| id));
        Ok(())
    }

    /// Remembers that a document's backlinks may have changed.
    pub(super) fn note_target(&mut self, doc_id: &str) {
        if !self.targets.contains(doc_id) {
            self.targets.insert(doc_id.to_owned());
        }
    }
}

/// What a link means: a document, or by its path a file that is none. A link that leads nowhere has no rule either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Meaning<'a> {
    pub doc_id: Option<&'a str>,
    pub excluded_path: Option<&'a str>,
    pub rule: Option<&'static str>,
}

/// Files of a vault by name key: their paths, and their documents if they are in the mirror.
#[derive(Debug, Default)]
struct Names(HashMap<String, Vec<(VaultPath, Option<String>)>>);

impl Names {
    /// Returns what a link means.
    fn resolve(&self, target: &str, target_key: &str, source: &VaultPath) -> Meaning<'_> {
        let own = target.is_empty().then(|| source.name_key());
        let Some(bucket) = self.0.get(own.as_deref().unwrap_or(target_key)) else { return Meaning::default() };
        let candidates: Vec<&VaultPath> = bucket.iter().map(|(path, _)| path).collect();
        let Some((path, rule)) = resolve::resolve(target, source, &candidates) else { return Meaning::default() };
        let Some((path, doc_id)) = bucket.iter().find(|(candidate, _)| candidate == path) else { return Meaning::default() };
        let excluded_path = doc_id.is_none().then(|| path.as_str());
        Meaning { doc_id: doc_id.as_deref(), excluded_path, rule: Some(rule.as_str()) }
    }
}

/// A link as it is stored, with the path of its document.
#[derive(Deserialize)]
struct StoredLink {
    doc_id: String,
    position: i64,
    target: String,
    target_key: String,
    source: String,
    resolved_doc_id: Option<String>,
    excluded_path: Option<String>,
    rule: Option<String>,
}

/// Documents and excluded files: name key, path, document.
pub(super) type ReadNames = [Read<(String, VaultPath, Option<String>)>; 2];

/// Asks for the vault's files of these name keys; for all of them if the keys are many, or more will come.
pub(super) async fn read_names(trip: &mut Trip<'_>, vault: &Vault, keys: &BTreeSet<String>, is_partial: bool) -> Result<ReadNames> {
    let (which, live, args) = if !is_partial && keys.len() <= MANY {
        // By their names, which are few: SQLite cannot know, and would go through all paths of the vault, were the vault's id offered to it.
        ("name_key in {keys} and coalesce(vault_id, null) = $2::uuid", "{live}", vec![list(keys), vault.id.as_str().into()])
    } else {
        ("name_key is not null and vault_id = $1::uuid", "not is_archived", vec![vault.id.as_str().into()])
    };
    let documents = format!("from claude.documents where {which} and {live}");
    let documents = trip.read("name_key, file_path, doc_id", &documents, &args).await?;
    let excluded = trip.read("name_key, path, null", &format!("from claude.vault_files where {which}"), &args).await?;
    Ok([documents, excluded])
}

/// Asks where these documents link to, before their links change or go.
pub(super) async fn read_targets(trip: &mut Trip<'_>, ids: &[&str]) -> Result<Read<(String,)>> {
    trip.read("resolved_doc_id", "from claude.document_links where doc_id in {ids} and resolved_doc_id is not null", &[list(ids)]).await
}

/// Returns the name keys that the links of some contents ask for.
pub(super) fn needed_keys(contents: &[Contents]) -> BTreeSet<String> {
    // A link without a target means its own note.
    let key = |c: &Contents, l: &LinkFact| if l.target.is_empty() { c.path.name_key() } else { l.target_key.clone() };
    contents.iter().flat_map(|c| c.facts.links.iter().map(move |l| key(c, l))).collect()
}

impl Store {
    /// Resolves anew the links that this batch's changes of names touch, after the names have changed.
    pub(super) async fn relink(&mut self, vault: &Vault, batch: &Batch, linking: &mut Linking) -> Result<()> {
        let touched = touched_keys(batch);
        let mut links: Vec<StoredLink> = Vec::new();
        let columns = "l.doc_id, l.position, l.target, l.target_key, d.file_path, l.resolved_doc_id, l.excluded_path, l.rule";
        let from = "from claude.document_links l join claude.documents d on d.doc_id = l.doc_id where d.vault_id = $2::uuid";
        if !touched.is_empty() {
            let rest = format!("{from} and l.target_key in {{keys}}");
            links = self.engine.rows(columns, &rest, &[list(&touched), vault.id.as_str().into()]).await?;
        }
        if !batch.moved.is_empty() {
            let moved: Vec<&str> = batch.moved.iter().map(|m| m.doc_id.as_str()).collect();
            let rest = format!("{from} and l.doc_id in {{ids}}");
            links.extend(self.engine.rows::<StoredLink>(columns, &rest, &[list(&moved), vault.id.as_str().into()]).await?);
        }
        if linking.names.is_none() {
            let mut needed = needed_keys(&batch.contents);
            // All names are read for a batch that others follow.
            if !batch.is_partial {
                let own = |link: &StoredLink| VaultPath::stored(&*link.source).name_key();
                needed.extend(links.iter().map(|link| if link.target.is_empty() { own(link) } else { link.target_key.clone() }));
            }
            let mut trip = self.engine.trip();
            let names = read_names(&mut trip, vault, &needed, batch.is_partial).await?;
            linking.take_names(&trip.end().await?, &names)?;
        }
        let names = linking.names.as_ref().expect("loaded just above");
        let mut changed = BTreeSet::new();
        for link in &links {
            let now = names.resolve(&link.target, &link.target_key, &VaultPath::stored(&*link.source));
            let before = (link.resolved_doc_id.as_deref(), link.excluded_path.as_deref(), link.rule.as_deref());
            if before != (now.doc_id, now.excluded_path, now.rule) {
                changed.insert((&link.doc_id, link.position, now.doc_id, now.excluded_path, now.rule));
                linking.targets.extend([link.resolved_doc_id.clone(), now.doc_id.map(str::to_owned)].into_iter().flatten());
            }
        }
        let changed: Vec<_> = changed.into_iter().collect();
        self.engine.amend(&MEANINGS, &changed).await
    }

    /// Writes coarse backlink counts.
    pub(super) async fn set_backlinks(&mut self, changed: &[(String, i64)], revision: i64) -> Result<()> {
        for chunk in changed.chunks(2000) {
            self.engine.amend(&BUCKETS, &chunk.iter().map(|(id, bucket)| (id, bucket, revision)).collect::<Vec<_>>()).await?;
        }
        Ok(())
    }
}

/// Backlinks that are counted, without those of the contents that are about to be written.
pub(super) struct Count {
    /// The coarse counts as they are written.
    present: Read<(String, i64)>,
    counts: Read<(String, i64)>,
}

impl Linking {
    /// Asks for the backlinks of the documents where links changed, if they are some: of very many, the whole vault's are due.
    pub(super) async fn count(&mut self, trip: &mut Trip<'_>) -> Result<Option<Count>> {
        let targets: Vec<String> = self.targets.drain().collect();
        self.recount |= targets.len() > AT_ONCE;
        if targets.is_empty() || self.recount {
            return Ok(None);
        }
        Count::of(trip, &targets).await.map(Some)
    }
}

impl Store {
    /// Counts the backlinks of the whole vault if that is due, some documents at a time: there may be very many.
    pub(super) async fn recount(&mut self, vault: &Vault, linking: &mut Linking, revision: i64) -> Result<()> {
        let at_once = points::few(AT_ONCE);
        let mut is_full = std::mem::take(&mut linking.recount);
        let mut after = "00000000-0000-0000-0000-000000000000".to_owned();
        while is_full {
            let page = "from (select doc_id from claude.documents where vault_id = $1::uuid and not is_archived and doc_id > $2::uuid \
                 order by doc_id limit $3) as page";
            let args = [vault.id.as_str().into(), after.as_str().into(), (at_once as i64).into()];
            let ids: Vec<String> = self.engine.rows::<(String,)>("doc_id", page, &args).await?.into_iter().map(|(id,)| id).collect();
            is_full = ids.len() == at_once;
            let mut trip = self.engine.trip();
            let count = Count::of(&mut trip, &ids).await?;
            let seen = trip.end().await?;
            self.set_backlinks(&count.changed(&seen, &HashMap::new())?, revision).await?;
            after = ids.into_iter().max().unwrap_or_default();
        }
        Ok(())
    }
}

impl Count {
    /// Asks for the backlinks of documents.
    async fn of(trip: &mut Trip<'_>, ids: &[String]) -> Result<Self> {
        let counted = "from (select l.resolved_doc_id as id, count(distinct l.doc_id) as n from claude.document_links l \
             where l.resolved_doc_id in {ids} and l.doc_id <> l.resolved_doc_id group by l.resolved_doc_id) as x";
        let present = trip.read("doc_id, backlink_bucket", "from claude.documents where doc_id in {ids}", &[list(ids)]).await?;
        Ok(Self { present, counts: trip.read("id, n", counted, &[list(ids)]).await? })
    }

    /// Returns the coarse counts that are no longer as they are written: a row changes only when its bucket does.
    pub(super) fn changed(&self, seen: &Seen, written: &HashMap<String, i64>) -> Result<Vec<(String, i64)>> {
        let counts: HashMap<String, i64> = seen.rows(&self.counts)?.into_iter().collect();
        let n_of = |id: &String| counts.get(id).unwrap_or(&0) + written.get(id).unwrap_or(&0);
        let present = seen.rows(&self.present)?.into_iter().map(|(id, now)| (backlink_bucket(n_of(&id)), id, now));
        Ok(present.filter(|(bucket, _, now)| bucket != now).map(|(bucket, id, _)| (id, bucket)).collect())
    }
}

/// Returns the keys of all names that come or go in a batch.
fn touched_keys(batch: &Batch) -> BTreeSet<String> {
    let gone = batch.departed.iter().map(|d| &d.path).chain(batch.purged.iter().map(|p| &p.path));
    let paths = gone.chain(batch.arrived.iter().map(|a| &a.path));
    let paths = paths.chain(batch.moved.iter().flat_map(|m| [&m.from, &m.to]));
    let paths = paths.chain(batch.left_out.iter().map(|l| &l.path)).chain(&batch.not_left_out);
    paths.map(VaultPath::name_key).collect()
}

/// Returns `floor(log2(n + 1))`: coarse, so that a further link rarely changes it.
fn backlink_bucket(n_notes: i64) -> i64 {
    i64::from(63 - (n_notes.max(0) + 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::backlink_bucket;

    #[test]
    fn backlinks_are_counted_coarsely() {
        assert_eq!([0, 1, 2, 3, 6, 7, 1000].map(backlink_bucket), [0, 1, 1, 2, 2, 3, 9]);
    }
}
