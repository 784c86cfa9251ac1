//! What lists are made of: the live files of a vault, and the links, tags, properties and tasks that stand in them, row by row.
//!
//! A list is narrowed as a search is, by the same matcher on the same values. Only live files have rows of parts, so no query of a part
//! asks whether its file is live. Counting and sorting are done by whoever asks.

use super::Store;
use super::engine::Arg;
use super::vaults::Vault;
use crate::clock::Timestamp;
use crate::path::{FileKind, VaultPath};
use crate::query::words::fold;
use crate::query::{Matcher, Record, Subject};
use anyhow::{Context as _, Result};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// A live file.
#[derive(Clone, Debug)]
pub struct File {
    pub doc_id: String,
    pub path: VaultPath,
    pub kind: FileKind,
    pub title: String,
    pub size: i64,
    /// Unix milliseconds; `None` while the file's time is in doubt.
    pub modified_ms: Option<i64>,
    /// When its row was last written, Unix milliseconds.
    pub written_ms: i64,
    /// Obsidian's own setting hides it.
    pub is_ignored: bool,
}

/// What the files of a list must be.
#[derive(Clone, Debug, Default)]
pub struct Narrow {
    /// Of paths, tags, properties, names and times only: the text of a file is not read for a list.
    pub conditions: Option<Matcher>,
    pub knowledge_type: Option<String>,
    pub project: Option<String>,
}

impl Narrow {
    /// Returns whether every file will do.
    pub fn is_none(&self) -> bool {
        self.conditions.is_none() && self.knowledge_type.is_none() && self.project.is_none()
    }
}

/// A link as it stands in its file, and the file that it means.
#[derive(Clone, Debug)]
pub struct WrittenLink {
    pub source_id: String,
    pub source: VaultPath,
    /// Its place among the links of its file.
    pub position: i64,
    /// `link`, `embed` or `property`.
    pub kind: String,
    /// As written.
    pub raw: String,
    /// Without its subpath.
    pub target: String,
    /// With its `#`.
    pub subpath: Option<String>,
    pub display: String,
    /// From 1, in characters.
    pub place: Option<(i64, i64)>,
    pub dest_id: Option<String>,
    pub dest: Option<VaultPath>,
    /// How the file was found.
    pub rule: Option<String>,
    /// The glob that keeps the file out of the mirror; then it has no id.
    pub excluded_by: Option<String>,
    /// Obsidian's own setting hides the file.
    pub is_ignored: bool,
}

/// What is so of a link `l` that means no file.
pub(super) const LEADS_NOWHERE: &str = "l.resolved_doc_id is null and l.excluded_path is null";

/// Which links are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Ends<'a> {
    /// Those that stand in this file.
    From(&'a VaultPath),
    /// Those that mean this file.
    To(&'a VaultPath),
    /// Those that mean no file.
    Nowhere,
}

#[derive(Clone, Debug)]
pub struct Task {
    pub doc_id: String,
    pub line: i64,
    pub status: String,
    pub is_done: bool,
    pub text: String,
}

type FileRow = (String, String, FileKind, Option<String>, Option<i64>, Option<i64>, Option<String>, i64);
type LinkRow = (
    String,
    String,
    i64,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
);

impl Store {
    /// Returns the vault's files that are as asked for, by path.
    pub async fn files(&mut self, vault: &Vault, narrow: &Narrow) -> Result<Vec<File>> {
        let columns = "doc_id, file_path, kind, doc_title, size_bytes, mtime_ns, updated_at, case when is_ignored then 1 else 0 end";
        let rest = "from claude.documents where vault_id = $1::uuid and not is_archived";
        let rows: Vec<FileRow> = self.engine.rows(columns, rest, &of(vault)).await?;
        let mut files: Vec<File> = rows.into_iter().map(file).collect();
        if !narrow.is_none() {
            self.narrow(vault, narrow, &mut files).await?;
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    async fn narrow(&mut self, vault: &Vault, narrow: &Narrow, files: &mut Vec<File>) -> Result<()> {
        if let Some(matcher) = &narrow.conditions {
            let (mut tags, mut properties) = (HashMap::<String, Vec<String>>::new(), HashMap::new());
            let mut aliases = HashMap::<String, Vec<String>>::new();
            if matcher.asks_for_record() {
                self.tags(vault).await?.into_iter().for_each(|(id, tag, _)| tags.entry(id).or_default().push(tag));
                properties = self.properties(vault).await?.into_iter().collect();
                let rest = "from claude.document_aliases a join claude.documents d on d.doc_id = a.doc_id where d.vault_id = $1::uuid";
                let rows: Vec<(String, String)> = self.engine.rows("a.doc_id, a.alias", rest, &of(vault)).await?;
                rows.into_iter().for_each(|(id, alias)| aliases.entry(id).or_default().push(alias));
            }
            files.retain(|file| {
                let tags = tags.get(&file.doc_id).map(Vec::as_slice).unwrap_or_default();
                let none = Map::new();
                let properties = properties.get(&file.doc_id).unwrap_or(&none);
                let aliases = aliases.get(&file.doc_id).map(Vec::as_slice).unwrap_or_default();
                let (title, modified_ms) = (file.title.as_str(), file.modified_ms.or(Some(file.written_ms)));
                let record = Record { doc_id: &file.doc_id, title, aliases, modified_ms, ..Record::default() };
                matcher.is_true_of(&Subject::new(file.path.as_str(), file.kind, "", tags, properties).with_record(record))
            });
        }
        if let Some(wanted) = narrow.knowledge_type.as_deref().map(fold) {
            let rest = "from claude.knowledge k join claude.documents d on d.doc_id = k.doc_id where d.vault_id = $1::uuid";
            let types: Vec<(String, Option<String>)> = self.engine.rows("k.doc_id, k.knowledge_type", rest, &of(vault)).await?;
            let types: HashMap<String, Option<String>> = types.into_iter().collect();
            files.retain(|file| types.get(&file.doc_id).is_some_and(|name| name.as_deref().is_some_and(|name| fold(name) == wanted)));
        }
        if let Some(wanted) = narrow.project.as_deref().map(fold) {
            let projects = self.projects(vault).await?;
            let members: std::collections::HashSet<String> =
                projects.into_iter().filter(|(_, name)| fold(name) == wanted).map(|(id, _)| id).collect();
            files.retain(|file| members.contains(&file.doc_id));
        }
        Ok(())
    }

    /// Returns links, by the path of their file and their place in it.
    pub async fn written_links(&mut self, vault: &Vault, ends: Ends<'_>) -> Result<Vec<WrittenLink>> {
        let at = "(select doc_id from claude.documents where vault_id = $1::uuid and file_path = $2 and {live})";
        let (condition, path) = match ends {
            Ends::From(path) => (format!("l.doc_id = {at}"), Some(path)),
            Ends::To(path) => (format!("l.resolved_doc_id = {at}"), Some(path)),
            Ends::Nowhere => (LEADS_NOWHERE.to_owned(), None),
        };
        let columns = "l.doc_id, s.file_path, l.position, l.kind, l.raw, l.target, l.subpath, l.display, l.line, l.col, \
             l.resolved_doc_id, coalesce(d.file_path, l.excluded_path), l.rule, x.rule, case when d.is_ignored then 1 else 0 end";
        let rest = format!(
            "from claude.document_links l join claude.documents s on s.doc_id = l.doc_id \
             left join claude.documents d on d.doc_id = l.resolved_doc_id \
             left join claude.vault_files x on x.vault_id = s.vault_id and x.path = l.excluded_path \
             where s.vault_id = $1::uuid and {condition}"
        );
        let args: Vec<Arg> = of(vault).into_iter().chain(path.map(|path| Arg::from(path.as_str()))).collect();
        let rows: Vec<LinkRow> = self.engine.rows(columns, &rest, &args).await?;
        let mut links: Vec<WrittenLink> = rows.into_iter().map(link).collect();
        links.sort_by(|a, b| (&a.source, a.position).cmp(&(&b.source, b.position)));
        Ok(links)
    }

    /// Returns the notes to which no other file links.
    pub async fn orphans(&mut self, vault: &Vault) -> Result<Vec<String>> {
        let rest = "from claude.documents d where d.vault_id = $1::uuid and not d.is_archived and d.kind = 'note' and not exists \
             (select 1 from claude.document_links l where l.resolved_doc_id = d.doc_id and l.doc_id <> d.doc_id)";
        let rows: Vec<(String,)> = self.engine.rows("d.doc_id", rest, &of(vault)).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Returns each use of a tag: the document, the tag without `#`, its key.
    pub async fn tags(&mut self, vault: &Vault) -> Result<Vec<(String, String, String)>> {
        let rest = "from claude.document_tags t join claude.documents d on d.doc_id = t.doc_id where d.vault_id = $1::uuid";
        self.engine.rows("t.doc_id, t.tag, t.tag_key", rest, &of(vault)).await
    }

    /// Returns the properties of each note that has some.
    pub async fn properties(&mut self, vault: &Vault) -> Result<Vec<(String, Map<String, Value>)>> {
        let sql = "select doc_id::text, properties::text from claude.documents \
             where vault_id = $1::uuid and not is_archived and properties is not null";
        let rows = self.engine.texts(sql, &of(vault)).await?;
        let one = |row: Vec<Option<String>>| {
            let mut columns = row.into_iter();
            let (id, json) = (columns.next().flatten()?, columns.next().flatten()?);
            Some(serde_json::from_str(&json).map(|properties| (id, properties)).context("reading a note's properties"))
        };
        rows.into_iter().filter_map(one).collect()
    }

    pub async fn tasks(&mut self, vault: &Vault) -> Result<Vec<Task>> {
        let columns = "t.doc_id, t.line, t.status, case when t.is_done then 1 else 0 end, t.task";
        let rest = "from claude.document_tasks t join claude.documents d on d.doc_id = t.doc_id where d.vault_id = $1::uuid";
        let rows: Vec<(String, i64, String, i64, String)> = self.engine.rows(columns, rest, &of(vault)).await?;
        let task = |(doc_id, line, status, done, text)| Task { doc_id, line, status, is_done: done == 1, text };
        Ok(rows.into_iter().map(task).collect())
    }

    /// Returns which document belongs to which project, by the project's name.
    pub async fn projects(&mut self, vault: &Vault) -> Result<Vec<(String, String)>> {
        let rest = "from claude.document_projects l join claude.projects p on p.project_id = l.project_id \
             join claude.documents d on d.doc_id = l.doc_id where d.vault_id = $1::uuid and not d.is_archived";
        self.engine.rows("l.doc_id, p.project_name", rest, &of(vault)).await
    }
}

fn of(vault: &Vault) -> Vec<Arg> {
    vec![vault.id.as_str().into()]
}

fn file((doc_id, path, kind, title, size, mtime_ns, written, ignored): FileRow) -> File {
    File {
        doc_id,
        path: VaultPath::stored(path),
        kind,
        title: title.unwrap_or_default(),
        size: size.unwrap_or_default(),
        // A time in doubt is stored as 0.
        modified_ms: mtime_ns.filter(|ns| *ns != 0).map(|ns| ns.div_euclid(1_000_000)),
        written_ms: written.and_then(|at| Timestamp::parse(&at)).map_or(0, Timestamp::millis),
        is_ignored: ignored == 1,
    }
}

fn link(row: LinkRow) -> WrittenLink {
    let (source_id, source, position, kind, raw, target, subpath, display, line, column, dest_id, dest, rule, excluded_by, ignored) = row;
    WrittenLink {
        source_id,
        source: VaultPath::stored(source),
        position,
        kind,
        raw,
        target,
        subpath,
        display: display.unwrap_or_default(),
        place: line.zip(column),
        dest_id,
        dest: dest.map(VaultPath::stored),
        rule,
        excluded_by,
        is_ignored: ignored == 1,
    }
}
