//! What an index needs to follow the store: the rows of documents that changed after a revision, and the ids of those that went.

use super::Store;
use super::engine::{Arg, list};
use super::purge::is_no_path;
use crate::clock::Timestamp;
use crate::index::Document;
use crate::path::{FileKind, VaultPath};
use anyhow::Result;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Documents per page: bounds the memory of a follower.
const PAGE: i64 = 1000;

/// Which documents are on the page after a revision and a place. The end of a first run gives nearly all of them one revision: in the order in
/// which they lie SQLite need not sort these again for each page.
const PAGE_OF_CHANGES: &str =
    "vault_id is not null and (revision > $1 or revision = $1 and {place} > $2::uuid) order by revision, {place} limit $3";
const NAMES_OF_PROJECTS: &str = "from claude.document_projects l join claude.projects p on p.project_id = l.project_id";

/// What an index needs of a document's contents. A run that has just written them hands them on, so that they are not read back.
#[derive(Clone, Debug, Default)]
pub struct Gist {
    /// Of the file that was read: the gist counts only while the row has the same.
    pub file_hash: String,
    pub text: String,
    pub body_start: usize,
    /// Without `#`.
    pub tags: Vec<String>,
    pub aliases: Vec<String>,
    pub headings: Vec<String>,
    pub properties: Map<String, Value>,
    pub knowledge_type: Option<String>,
}

/// Gists by document.
pub type Gists = HashMap<String, Gist>;

/// Where a page of changes begins: after a revision and, within it, after a place, which only the store can read.
#[derive(Clone, Debug)]
pub struct Place(i64, String);

/// One page of changes. The pages of a run end with one that has no `next`.
#[derive(Debug, Default)]
pub struct Changes {
    /// The store's, at that moment or before.
    pub revision: i64,
    pub documents: Vec<Document>,
    /// Ids of documents that are no longer live.
    pub removed: Vec<String>,
    /// Some of these were purged: nothing of them may stay.
    pub has_purged: bool,
    /// Where the next page begins.
    pub next: Option<Place>,
}

#[derive(Deserialize)]
struct Row {
    place: String,
    doc_id: String,
    vault_id: String,
    knowledge_id: Option<String>,
    path: String,
    kind: FileKind,
    title: Option<String>,
    mtime_ns: i64,
    size: i64,
    backlink_bucket: i64,
    is_ignored: i64,
    is_archived: i64,
    revision: i64,
    created_at: String,
    updated_at: Option<String>,
    file_hash: Option<String>,
}

impl Store {
    /// Returns the revision of the last change that this store has made itself since it was opened, 0 before: it costs nothing.
    pub fn applied(&self) -> i64 {
        self.applied
    }

    /// Returns the revision of the last change that a reader can see.
    pub async fn revision(&mut self) -> Result<i64> {
        let rows: Vec<(i64,)> = self.engine.rows("revision", "from claude.store where store_key = 1", &[]).await?;
        Ok(rows.first().map_or(0, |r| r.0))
    }

    /// Returns the place after all that changed up to a revision.
    pub fn place_after(&self, revision: i64) -> Place {
        Place(revision + 1, self.engine.first_place().to_owned())
    }

    /// Returns the documents that changed after a place, a page of them, oldest change first. Contents that `gists` has are taken from there.
    pub async fn changes_after(&mut self, after: Place, gists: &mut Gists) -> Result<Changes> {
        let columns = "cast(d.place as text), d.doc_id, d.vault_id, k.knowledge_id, d.file_path, d.kind, d.doc_title, d.mtime_ns, d.size_bytes, \
             d.backlink_bucket, case when d.is_ignored then 1 else 0 end, case when d.is_archived then 1 else 0 end, d.revision, d.created_at, \
             d.updated_at, d.file_hash";
        let from = format!(
            "from (select {{place}} as place, doc_id, vault_id, file_path, kind, doc_title, mtime_ns, size_bytes, backlink_bucket, is_ignored, \
             is_archived, revision, created_at, updated_at, file_hash from claude.documents where {PAGE_OF_CHANGES}) as d \
             left join claude.knowledge k on k.doc_id = d.doc_id"
        );
        let args: [Arg; 3] = [after.0.into(), after.1.as_str().into(), PAGE.into()];
        // Where no note is of a project, the page is not looked up for that.
        let projects = format!(
            "{NAMES_OF_PROJECTS} where exists (select 1 from claude.document_projects) \
             and l.doc_id in (select doc_id from claude.documents where {PAGE_OF_CHANGES})"
        );
        let mut trip = self.engine.trip();
        let revision = trip.read::<(i64,)>("revision", "from claude.store where store_key = 1", &[]).await?;
        let read = trip.read(columns, &from, &args).await?;
        let projects = trip.read("l.doc_id, p.project_name", &projects, &args).await?;
        let vaults = trip.read::<(String, String)>("vault_id, vault_name", "from claude.vaults", &[]).await?;
        let heard = match &self.heard {
            Some(heard) => Some(heard.ask(&mut trip).await?),
            None => None,
        };
        let seen = trip.end().await?;
        let revision = seen.rows(&revision)?.first().map_or(0, |row| row.0);
        if let (Some(heard), Some(rows)) = (&mut self.heard, heard) {
            heard.take(seen.rows(&rows)?, revision);
        }
        let (mut rows, projects): (Vec<Row>, _) = (seen.rows(&read)?, by_document(seen.rows(&projects)?));
        let vaults: HashMap<String, String> = seen.rows(&vaults)?.into_iter().collect();
        rows.retain(|row| vaults.contains_key(&row.vault_id));
        // A place is a number or a uuid: of equally long ones the order is that of their texts.
        rows.sort_by(|a, b| (a.revision, a.place.len(), &a.place).cmp(&(b.revision, b.place.len(), &b.place)));
        let is_full = rows.len() as i64 == PAGE;
        let next = rows.last().filter(|_| is_full).map(|last| Place(last.revision, last.place.clone()));
        let removed = rows.iter().filter(|row| row.is_archived == 1).map(|row| row.doc_id.clone()).collect();
        let has_purged = rows.iter().any(|row| row.is_archived == 1 && is_no_path(&row.path));
        rows.retain(|row| row.is_archived == 0);
        let documents = self.documents(rows, &vaults, projects, gists).await?;
        Ok(Changes { revision, documents, removed, has_purged, next })
    }

    async fn documents(
        &mut self,
        rows: Vec<Row>,
        vaults: &HashMap<String, String>,
        mut projects: HashMap<String, Vec<String>>,
        gists: &mut Gists,
    ) -> Result<Vec<Document>> {
        let is_given = |row: &&Row| gists.get(&row.doc_id).is_some_and(|gist| row.file_hash.as_ref() == Some(&gist.file_hash));
        let missing: Vec<String> = rows.iter().filter(|row| !is_given(row)).map(|row| row.doc_id.clone()).collect();
        self.read_gists(&missing, gists).await?;
        let document = |row: Row| {
            let gist = gists.remove(&row.doc_id).unwrap_or_default();
            Document {
                vault: vaults[&row.vault_id].clone(),
                knowledge_id: row.knowledge_id.unwrap_or_default(),
                path: VaultPath::stored(row.path),
                kind: row.kind,
                title: row.title.unwrap_or_default(),
                text: gist.text,
                body_start: gist.body_start,
                tags: gist.tags.into_iter().map(|tag| format!("#{tag}")).collect(),
                aliases: gist.aliases,
                headings: gist.headings,
                properties: gist.properties,
                knowledge_type: gist.knowledge_type,
                projects: projects.remove(&row.doc_id).unwrap_or_default(),
                mtime_ns: row.mtime_ns,
                size: row.size,
                written_ms: row.updated_at.and_then(|at| Timestamp::parse(&at)).map_or(0, Timestamp::millis),
                created_ms: Timestamp::parse(&row.created_at).map_or(0, Timestamp::millis),
                backlink_bucket: row.backlink_bucket,
                is_ignored: row.is_ignored == 1,
                doc_id: row.doc_id,
            }
        };
        Ok(rows.into_iter().map(document).collect())
    }

    /// Reads what was written of documents' contents: the wide columns, row by row, and the lists.
    async fn read_gists(&mut self, ids: &[String], gists: &mut Gists) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let sql = "select d.doc_id::text, d.frontmatter_raw, coalesce(k.description, t.content), d.properties::text, k.knowledge_type \
             from claude.documents d left join claude.knowledge k on k.doc_id = d.doc_id left join claude.document_texts t on t.doc_id = d.doc_id \
             where d.doc_id in {ids}";
        let rows = self.engine.texts(sql, &[list(ids)]).await?;
        let mut tags = self.lists("tag", "document_tags", ids).await?;
        let mut aliases = self.lists("alias", "document_aliases", ids).await?;
        let mut headings = self.lists("heading", "document_headings", ids).await?;
        for mut row in rows {
            let mut column = |i: usize| row[i].take();
            let (id, frontmatter, body) = (column(0).unwrap_or_default(), column(1).unwrap_or_default(), column(2).unwrap_or_default());
            let take = |lists: &mut HashMap<String, Vec<String>>| lists.remove(&id).unwrap_or_default();
            let gist = Gist {
                file_hash: String::new(),
                body_start: frontmatter.len(),
                text: frontmatter + &body,
                tags: take(&mut tags),
                aliases: take(&mut aliases),
                headings: take(&mut headings),
                properties: column(3).and_then(|p| serde_json::from_str(&p).ok()).unwrap_or_default(),
                knowledge_type: column(4),
            };
            gists.insert(id, gist);
        }
        Ok(())
    }

    /// Returns one text column of a table of parts, by document, in the order of positions.
    pub(super) async fn lists(&mut self, column: &str, table: &str, ids: &[String]) -> Result<HashMap<String, Vec<String>>> {
        let rest = format!("from claude.{table} where doc_id in {{ids}}");
        let mut rows: Vec<(String, i64, String)> = self.engine.rows(&format!("doc_id, position, {column}"), &rest, &[list(ids)]).await?;
        rows.sort();
        let mut lists: HashMap<String, Vec<String>> = HashMap::new();
        for (id, _, text) in rows {
            lists.entry(id).or_default().push(text);
        }
        Ok(lists)
    }

    pub(super) async fn project_names(&mut self, ids: &[String]) -> Result<HashMap<String, Vec<String>>> {
        let rest = format!("{NAMES_OF_PROJECTS} where l.doc_id in {{ids}}");
        Ok(by_document(self.engine.rows("l.doc_id, p.project_name", &rest, &[list(ids)]).await?))
    }
}

fn by_document(mut rows: Vec<(String, String)>) -> HashMap<String, Vec<String>> {
    rows.sort();
    let mut names: HashMap<String, Vec<String>> = HashMap::new();
    for (id, name) in rows {
        names.entry(id).or_default().push(name);
    }
    names
}
