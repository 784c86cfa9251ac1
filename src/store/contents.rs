//! Writes what files say: the columns of `documents` and `knowledge`, and a row for each tag, link, heading, block and task.

use super::apply::{Manner, source};
use super::batch::Contents;
use super::links::Linking;
use super::tables::{ALIASES, BLOCKS, CONTENTS, HEADINGS, KNOWLEDGE, LINKS, TAGS, TASKS, TEXTS};
use super::vaults::{Vault, file_id_text};
use super::{Store, new_id};
use crate::facts::LinkFact;
use crate::note::Problem;
use crate::path::{FileKind, fold, text_key};
use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};

impl Store {
    pub(super) async fn write_contents(
        &mut self,
        vault: &Vault,
        contents: &[Contents],
        revision: i64,
        manner: &Manner,
        linking: &mut Linking,
    ) -> Result<()> {
        if contents.is_empty() {
            return Ok(());
        }
        let stored: Vec<&str> = contents.iter().filter(|c| !c.is_first).map(|c| c.doc_id.as_str()).collect();
        if !stored.is_empty() {
            self.note_targets_of(&stored, linking).await?;
            self.clear_parts(&stored).await?;
        }
        let at = manner.now.to_string();
        let notes = || contents.iter().filter(|c| c.path.kind() == FileKind::Note);
        self.engine.put(&CONTENTS, &contents.iter().map(|c| document_row(c, revision, &at)).collect::<Vec<_>>()).await?;
        self.engine.put(&KNOWLEDGE, &notes().map(|c| knowledge_row(c, vault, &at)).collect::<Vec<_>>()).await?;
        let texts = contents.iter().filter(|c| c.path.kind() != FileKind::Note);
        self.engine.put(&TEXTS, &texts.map(|c| (&c.doc_id, &c.facts.body)).collect::<Vec<_>>()).await?;
        self.write_parts(contents).await?;
        self.write_links(contents, linking).await?;
        self.write_projects(contents, manner).await
    }

    async fn write_parts(&mut self, contents: &[Contents]) -> Result<()> {
        let tags = rows(contents, |c| &c.facts.tags, |id, i, t| (id, i, &t.tag, text_key(&t.tag), t.in_property, t.line));
        self.engine.put(&TAGS, &tags).await?;
        let aliases = rows(contents, |c| &c.facts.aliases, |id, i, a| (id, i, a, text_key(a)));
        self.engine.put(&ALIASES, &aliases).await?;
        let headings = rows(contents, |c| &c.facts.headings, |id, i, h| (id, i, h.level, &h.text, h.line));
        self.engine.put(&HEADINGS, &headings).await?;
        let blocks = rows(contents, |c| &c.facts.blocks, |id, i, (block, line)| (id, i, block, line));
        self.engine.put(&BLOCKS, &blocks).await?;
        let tasks = rows(contents, |c| &c.facts.tasks, |id, i, t| (id, i, t.status, t.status != ' ', &t.text, t.line));
        self.engine.put(&TASKS, &tasks).await
    }

    async fn write_links(&mut self, contents: &[Contents], linking: &mut Linking) -> Result<()> {
        let links = contents.iter().flat_map(|c| c.facts.links.iter().enumerate().map(move |(i, link)| (c, i, link)));
        let rows: Vec<LinkRow<'_>> = links.map(|(c, i, link)| link_row(c, i, link, linking)).collect();
        self.engine.put(&LINKS, &rows).await?;
        let targets: Vec<String> = rows.into_iter().filter_map(|row| row.10).collect();
        targets.iter().for_each(|target| linking.note_target(target));
        Ok(())
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
    let mut keys = std::collections::HashSet::new();
    c.facts.tags.iter().filter(|t| keys.insert(fold(&t.tag))).map(|t| t.tag.as_str()).collect()
}
