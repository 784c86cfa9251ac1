//! One file, read, hashed and understood anew, held against the rows of its document.

use super::Side;
use super::difference::{Difference, Kind, compare, is_same};
use super::expect;
use crate::disk::{self, Stamp};
use crate::facts::{self, Facts};
use crate::path::{VaultPath, fold, normal};
use crate::store::audit::{DOCUMENT_PROJECTS, DOCUMENTS, LINKS, PATHS, PROJECTS, Row, Whole};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The projects that there are, as notes name them.
#[derive(Default)]
pub(super) struct Projects {
    by_name: HashMap<String, BTreeSet<String>>,
    by_code: HashMap<String, BTreeSet<String>>,
    /// Their names as written, by id.
    pub names: HashMap<String, String>,
}

impl Projects {
    pub(super) fn of(rows: &[Row]) -> Self {
        let mut projects = Self::default();
        for row in rows {
            let id = PROJECTS.text(row, "project_id").to_owned();
            let key = |column| fold(&normal(PROJECTS.text(row, column)));
            projects.by_name.entry(key("project_name")).or_default().insert(id.clone());
            projects.by_code.entry(key("project_code")).or_default().insert(id.clone());
            projects.names.insert(id, PROJECTS.text(row, "project_name").to_owned());
        }
        projects.by_code.remove("");
        projects
    }

    /// Returns the projects that a name can mean: those of that name, else those of that code.
    fn meant(&self, name: &str) -> Option<&BTreeSet<String>> {
        let key = fold(&normal(name));
        self.by_name.get(&key).or_else(|| self.by_code.get(&key))
    }
}

/// What came of a document's check.
#[derive(Default)]
pub(super) struct Checked {
    pub found: Vec<Difference>,
    /// The documents that it links to.
    pub targets: BTreeSet<String>,
    /// Why the file could not be read.
    pub failed: Option<String>,
}

/// Checks the document of a file that is there.
pub(super) fn check(whole: &Whole, stamp: &Stamp, side: &Side<'_>, projects: &Projects) -> Checked {
    let row = &whole.document;
    let path = VaultPath::stored(DOCUMENTS.text(row, "file_path").to_owned());
    let mut checked = Checked { targets: stored_targets(whole), ..Checked::default() };
    let new = |kind, column| Difference::file(kind, &side.site.name, path.as_str()).of(DOCUMENTS.table, None, column);
    let mut stamp = *stamp;
    let mut facts = None;
    if path.kind().is_read() {
        match read(side, &path, &stamp) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                checked.found.push(new(Kind::Gone, None));
                return checked;
            }
            Err(error) => {
                checked.failed = Some(error.to_string());
                return checked;
            }
            Ok((read, seen)) => (facts, stamp) = (Some(read), seen),
        }
        let (is, hash) = (DOCUMENTS.value(row, "file_hash"), json!(facts.as_ref().map(|facts: &Facts| &facts.hashes.file)));
        if is.is_null() {
            checked.found.push(new(Kind::Unread, Some("file_hash")).said(is, &hash));
            return checked;
        }
        if *is != hash {
            // One that a sync has no reason to look at is not news, but wrong.
            let is_seen = touched(row, &stamp).is_some() || stamp.mtime_ns == 0 || DOCUMENTS.number(row, "mtime_ns") == 0;
            checked.found.push(new(if is_seen { Kind::Changed } else { Kind::Altered }, Some("file_hash")).said(is, &hash));
            if is_seen {
                return checked;
            }
        }
    }
    if DOCUMENTS.number(row, "size_bytes") != stamp.size {
        let kind = if facts.is_some() { Kind::Altered } else { Kind::Changed };
        checked.found.push(new(kind, Some("size_bytes")).said(DOCUMENTS.value(row, "size_bytes"), &json!(stamp.size)));
    } else if let Some((column, should)) = touched(row, &stamp) {
        checked.found.push(new(Kind::Touched, Some(column)).said(DOCUMENTS.value(row, column), &should));
    }
    for (column, should) in expect::document(&path, facts.as_ref()) {
        let is = DOCUMENTS.value(row, column);
        if !is_same(is, &should) {
            checked.found.push(new(Kind::Altered, Some(column)).said(is, &should));
        }
    }
    if !DOCUMENTS.value(row, "archived_at").is_null() {
        checked.found.push(new(Kind::Altered, Some("archived_at")).said(DOCUMENTS.value(row, "archived_at"), &Value::Null));
    }
    if DOCUMENTS.value(row, "revision").is_null() {
        checked.found.push(new(Kind::Altered, Some("revision")).said(&Value::Null, &json!("a revision")));
    }
    check_parts(whole, &path, facts.as_ref(), side, projects, &mut checked);
    checked
}

fn check_parts(whole: &Whole, path: &VaultPath, facts: Option<&Facts>, side: &Side<'_>, projects: &Projects, checked: &mut Checked) {
    let doc_id = DOCUMENTS.text(&whole.document, "doc_id");
    let silent = Facts::default();
    let Some(facts) = facts else {
        all_extra(whole, &side.site.name, path.as_str(), &mut checked.found);
        return check_projects(whole, path, &silent, side, projects, &mut checked.found);
    };
    let (parts, targets) = expect::parts(doc_id, path, &side.site.name, facts, [&side.names, &side.now], whole.rows(&LINKS));
    for (shape, should) in parts {
        compare(shape, whole.rows(shape), &should, &side.site.name, path.as_str(), &mut checked.found);
    }
    checked.targets = targets;
    check_projects(whole, path, facts, side, projects, &mut checked.found);
}

/// Names each row of a document that has none: what is not live has no parts, but where it was, and its knowledge.
pub(super) fn all_extra(whole: &Whole, vault: &str, path: &str, found: &mut Vec<Difference>) {
    let is_archived = DOCUMENTS.is_true(&whole.document, "is_archived");
    for (shape, rows) in crate::store::audit::PARTS.iter().zip(&whole.parts) {
        let is_kept = shape.table == PATHS.table || shape.table == DOCUMENT_PROJECTS.table || shape.table == "knowledge" && is_archived;
        if !is_kept {
            compare(shape, rows, &[], vault, path, found);
        }
    }
}

/// Holds the projects of a document against those that its note names. Links that people made are theirs.
pub(super) fn check_projects(
    whole: &Whole,
    path: &VaultPath,
    facts: &Facts,
    side: &Side<'_>,
    projects: &Projects,
    found: &mut Vec<Difference>,
) {
    let rows = whole.rows(&DOCUMENT_PROJECTS);
    let project = |row: &Row| DOCUMENT_PROJECTS.text(row, "project_id").to_owned();
    let new = |kind, table| Difference::file(kind, &side.site.name, path.as_str()).of(table, None, None);
    for name in &facts.projects {
        let told = json!({"project_name": name});
        match projects.meant(name) {
            Some(ids) if rows.iter().any(|row| ids.contains(&project(row))) => {}
            Some(_) => found.push(new(Kind::Missing, DOCUMENT_PROJECTS.table).said(&Value::Null, &told)),
            None if side.site.create_projects => found.push(new(Kind::Missing, PROJECTS.table).said(&Value::Null, &told)),
            None => {}
        }
    }
    for row in rows.iter().filter(|row| DOCUMENT_PROJECTS.text(row, "linked_by") == "vault-sync") {
        let id = project(row);
        if !facts.projects.iter().filter_map(|name| projects.meant(name)).any(|ids| ids.contains(&id)) {
            let name = projects.names.get(&id).map_or_else(|| json!({"project_id": id}), |name| json!({"project_name": name}));
            found.push(new(Kind::Extra, DOCUMENT_PROJECTS.table).said(&name, &Value::Null));
        }
    }
}

/// Returns where the document's links lead, as they are stored.
pub(super) fn stored_targets(whole: &Whole) -> BTreeSet<String> {
    let targets = whole.rows(&LINKS).iter().map(|row| LINKS.text(row, "resolved_doc_id"));
    targets.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Returns the column in which what a look sees is not what the row remembers of it. A time in doubt proves nothing.
fn touched(row: &Row, stamp: &Stamp) -> Option<(&'static str, Value)> {
    let file_id = json!(stamp.file_id.map(|id| format!("{:x}-{:x}", id.inode, id.born_ns as u64)));
    let mtime = DOCUMENTS.number(row, "mtime_ns");
    if mtime != 0 && stamp.mtime_ns != 0 && mtime != stamp.mtime_ns {
        Some(("mtime_ns", json!(stamp.mtime_ns)))
    } else if *DOCUMENTS.value(row, "file_id") != file_id {
        Some(("file_id", file_id))
    } else {
        (DOCUMENTS.is_true(row, "is_ignored") != stamp.is_ignored).then(|| ("is_ignored", json!(stamp.is_ignored)))
    }
}

fn read(side: &Side<'_>, path: &VaultPath, stamp: &Stamp) -> std::io::Result<(Facts, Stamp)> {
    let (bytes, seen) = disk::Reader::new(&side.site.disk).read(path, stamp)?;
    let facts = catch_unwind(AssertUnwindSafe(|| facts::of(path, &bytes, &side.site.rules)));
    Ok((facts.map_err(|_| std::io::Error::other("the parser panicked on this file: please report it"))?, seen))
}
