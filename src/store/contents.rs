//! Writes what files say: the columns of `documents` and `knowledge`, and a row for each tag, link, heading, block and task.

use super::apply::source;
use super::batch::{Batch, Contents};
use super::engine::list;
use super::known::file_id_text;
use super::links::{Linking, ReadNames, needed_keys, read_names, read_targets};
use super::new_id;
use super::tables::{ALIASES, BLOCKS, CONTENTS, HEADINGS, KNOWLEDGE, LINKS, PARTS, TAGS, TASKS, TEXTS};
use super::trip::{Read, Seen, Trip};
use super::vaults::Vault;
use crate::facts::LinkFact;
use crate::note::Problem;
use crate::path::{FileKind, fold, text_key};
use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// What contents need before they are written: what their links may mean, and that nothing of old stands in their documents.
pub(super) struct Way {
    names: Option<ReadNames>,
    targets: Option<Read<(String,)>>,
}

impl Way {
    /// Adds to a trip what a batch's contents need.
    pub(super) async fn made(trip: &mut Trip<'_>, vault: &Vault, batch: &Batch, linking: &Linking) -> Result<Self> {
        let contents = &batch.contents;
        let is_new = !contents.is_empty() && !linking.has_names();
        let names = if is_new { Some(read_names(trip, vault, &needed_keys(contents), batch.is_partial).await?) } else { None };
        let stored: Vec<&str> = contents.iter().filter(|c| !c.is_first).map(|c| c.doc_id.as_str()).collect();
        let mut targets = None;
        if !stored.is_empty() {
            targets = Some(read_targets(trip, &stored).await?);
            clear(trip, &stored).await?;
        }
        Ok(Self { names, targets })
    }

    /// Takes over what the trip brought back.
    pub(super) fn taken(self, seen: &Seen, linking: &mut Linking) -> Result<()> {
        self.names.iter().try_for_each(|names| linking.take_names(seen, names))?;
        self.targets.iter().try_for_each(|targets| linking.note_targets(seen, targets))
    }
}

/// Removes what stands in these documents, a row each, and from which projects they were.
pub(super) async fn clear(trip: &mut Trip<'_>, ids: &[&str]) -> Result<()> {
    for part in PARTS {
        trip.write(&format!("delete from claude.{part} where doc_id in {{ids}}"), &[list(ids)]).await?;
    }
    let projects = "delete from claude.document_projects where linked_by = 'vault-sync' and doc_id in {ids}";
    trip.write(projects, &[list(ids)]).await
}

/// Writes what the files say of whose documents nothing is left, see [`Way`].
pub(super) async fn write<'a>(
    trip: &mut Trip<'a>,
    vault: &'a Vault,
    contents: &'a [Contents],
    links: &'a Links<'_>,
    revision: i64,
    at: &'a str,
) -> Result<()> {
    if contents.is_empty() {
        return Ok(());
    }
    let notes = || contents.iter().filter(|c| c.path.kind() == FileKind::Note);
    let others = || contents.iter().filter(|c| c.path.kind() != FileKind::Note);
    trip.put(&CONTENTS, move || contents.iter().map(|c| document_row(c, revision, at)).collect()).await?;
    trip.put(&KNOWLEDGE, move || notes().map(|c| knowledge_row(c, vault, at)).collect()).await?;
    trip.put(&TEXTS, move || others().map(|c| (&c.doc_id, &c.facts.body)).collect()).await?;
    write_parts(trip, contents).await?;
    trip.put(&LINKS, || links.rows.iter().collect()).await
}

async fn write_parts<'a>(trip: &mut Trip<'a>, contents: &'a [Contents]) -> Result<()> {
    let tags = || rows(contents, |c| &c.facts.tags, |id, i, t| (id, i, &t.tag, text_key(&t.tag), t.in_property, t.line));
    trip.put(&TAGS, tags).await?;
    let aliases = || rows(contents, |c| &c.facts.aliases, |id, i, a| (id, i, a, text_key(a)));
    trip.put(&ALIASES, aliases).await?;
    let headings = || rows(contents, |c| &c.facts.headings, |id, i, h| (id, i, h.level, &h.text, h.line));
    trip.put(&HEADINGS, headings).await?;
    let blocks = || rows(contents, |c| &c.facts.blocks, |id, i, (block, line)| (id, i, block, line));
    trip.put(&BLOCKS, blocks).await?;
    let tasks = || rows(contents, |c| &c.facts.tasks, |id, i, t| (id, i, t.status, t.status != ' ', &t.text, t.line));
    trip.put(&TASKS, tasks).await
}

/// The links of some contents.
pub(super) struct Links<'a> {
    rows: Vec<LinkRow<'a>>,
    /// How many of the documents link to another, by its id.
    pub backlinks: HashMap<String, i64>,
}

impl<'a> Links<'a> {
    /// Says what the links mean, and remembers where they lead.
    pub(super) fn of(contents: &'a [Contents], linking: &mut Linking) -> Self {
        let mut found = Links { rows: Vec::new(), backlinks: HashMap::new() };
        for c in contents {
            let mut targets = HashSet::new();
            for (i, link) in c.facts.links.iter().enumerate() {
                let row = link_row(c, i, link, linking);
                targets.extend(row.10.clone());
                found.rows.push(row);
            }
            for target in targets {
                linking.note_target(&target);
                if target != c.doc_id {
                    *found.backlinks.entry(target).or_default() += 1;
                }
            }
        }
        found
    }
}

/// A row of `tables::LINKS`.
#[derive(Serialize)]
struct LinkRow<'a>(
    &'a str,
    usize,
    &'static str,
    &'a str,
    &'a str,
    &'a str,
    &'a Option<String>,
    &'a str,
    Option<usize>,
    Option<usize>,
    Option<String>,
    Option<String>,
    Option<&'static str>,
);

fn link_row<'a>(c: &'a Contents, i: usize, l: &'a LinkFact, linking: &Linking) -> LinkRow<'a> {
    let meaning = linking.meaning(l, &c.path);
    let (line, column) = l.place.unzip();
    LinkRow(
        &c.doc_id,
        i,
        l.kind,
        &l.raw,
        &l.target,
        &l.target_key,
        &l.subpath,
        &l.display,
        line,
        column,
        meaning.doc_id.map(str::to_owned),
        meaning.excluded_path.map(str::to_owned),
        meaning.rule,
    )
}

/// Makes the rows of one kind of part: the document's id, the part's place among its like, the part.
fn rows<'a, T: 'a, R>(
    contents: &'a [Contents],
    parts: impl Fn(&'a Contents) -> &'a Vec<T>,
    row: impl Fn(&'a str, usize, &'a T) -> R,
) -> Vec<R> {
    let of_one = |c: &'a Contents| parts(c).iter().enumerate().map(|(i, part)| row(&c.doc_id, i, part)).collect::<Vec<_>>();
    contents.iter().flat_map(of_one).collect()
}

/// A row of `tables::CONTENTS`.
#[derive(Serialize)]
struct DocumentRow<'a>(
    &'a str,
    &'a str,
    &'a str,
    i64,
    i64,
    Option<String>,
    &'a str,
    &'a Option<String>,
    &'a Option<String>,
    &'static str,
    &'a Option<String>,
    Vec<&'a str>,
    &'a str,
    &'a Option<Map<String, Value>>,
    &'a [Problem],
    i64,
    &'a str,
);

fn document_row<'a>(c: &'a Contents, revision: i64, at: &'a str) -> DocumentRow<'a> {
    let f = &c.facts;
    DocumentRow(
        &c.doc_id,
        &f.hashes.file,
        &f.hashes.content,
        c.stamp.size,
        c.stamp.mtime_ns,
        c.stamp.file_id.map(file_id_text),
        &f.title,
        &f.doc_type,
        &f.version,
        f.status,
        &f.category,
        tag_list(c),
        &f.frontmatter,
        &f.properties,
        &f.problems,
        revision,
        at,
    )
}

/// A row of `tables::KNOWLEDGE`.
#[derive(Serialize)]
struct KnowledgeRow<'a>(
    String,
    &'a str,
    &'a str,
    &'a str,
    &'a Option<String>,
    &'a Option<String>,
    Vec<&'a str>,
    Option<i64>,
    &'a [String],
    String,
    &'static str,
    (),
    &'a str,
);

fn knowledge_row<'a>(c: &'a Contents, vault: &Vault, at: &'a str) -> KnowledgeRow<'a> {
    let f = &c.facts;
    let source = source(&vault.name, &c.path);
    KnowledgeRow(
        new_id(),
        &c.doc_id,
        title(&f.title),
        &f.body,
        &f.knowledge_type,
        &f.category,
        tag_list(c),
        f.confidence,
        &f.projects,
        source,
        "active",
        (),
        at,
    )
}

/// Returns a title as wide as its column is in schemas that were there before us; `documents.doc_title` has the whole of it.
fn title(title: &str) -> &str {
    title.char_indices().nth(200).map_or(title, |(end, _)| &title[..end])
}

/// Returns the document's tags without `#`, each once in any case, in order.
fn tag_list(c: &Contents) -> Vec<&str> {
    let mut keys = HashSet::new();
    c.facts.tags.iter().filter(|t| keys.insert(fold(&t.tag))).map(|t| t.tag.as_str()).collect()
}
