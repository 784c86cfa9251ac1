//! What the rows of a file should be, made anew from its facts: a second derivation beside the one that writes.

use super::names::{Meaning, Names};
use crate::facts::Facts;
use crate::path::{FileKind, VaultPath, fold, text_key};
use crate::resolve;
use crate::store::audit::{ALIASES, BLOCKS, HEADINGS, KNOWLEDGE, LINKS, Row, Shape, TAGS, TASKS, TEXTS};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The columns of `documents` that a file's contents say.
pub(super) fn document(path: &VaultPath, facts: Option<&Facts>) -> Vec<(&'static str, Value)> {
    let mut said = vec![("kind", json!(path.kind().as_str())), ("name_key", json!(resolve::target_key(path.file_name())))];
    let Some(facts) = facts else {
        said.extend([("doc_title", json!(path.name())), ("status", json!("ACTIVE"))]);
        let silent = ["doc_type", "version", "category", "tags", "frontmatter_raw", "properties", "problems", "file_hash", "content_hash"];
        said.extend(silent.map(|column| (column, Value::Null)));
        return said;
    };
    said.extend([
        ("doc_title", json!(facts.title)),
        ("status", json!(facts.status)),
        ("doc_type", json!(facts.doc_type)),
        ("version", json!(facts.version)),
        ("category", json!(facts.category)),
        ("tags", json!(tags(facts))),
        ("frontmatter_raw", json!(facts.frontmatter)),
        ("properties", json!(facts.properties)),
        ("problems", json!(facts.problems)),
        ("content_hash", json!(facts.hashes.content)),
    ]);
    said
}

/// The rows of the tables that say what stands in a file, and the ids of the documents that it links to. Where the ledger does not know yet
/// what is left out on disk, a link may mean one or the other: `stored` are the rows that say which.
pub(super) fn parts(
    doc_id: &str,
    path: &VaultPath,
    vault: &str,
    facts: &Facts,
    names: [&Names; 2],
    stored: &[Row],
) -> (Vec<(&'static Shape, Vec<Row>)>, BTreeSet<String>) {
    let is_note = path.kind() == FileKind::Note;
    let knowledge = vec![
        json!(doc_id),
        json!(facts.title.chars().take(200).collect::<String>()),
        json!(facts.body),
        json!(facts.knowledge_type),
        json!(facts.category),
        json!(tags(facts)),
        json!(facts.confidence),
        json!(facts.projects),
        json!(format!("obsidian:{vault}/{path}")),
        json!("active"),
        Value::Null,
    ];
    let text = vec![json!(doc_id), json!(facts.body)];
    let mut targets = BTreeSet::new();
    let mut links = Vec::new();
    for (position, link) in facts.links.iter().enumerate() {
        let is_stored = |meaning: &Meaning| {
            let row = stored.iter().find(|row| *LINKS.value(row, "position") == json!(position));
            row.is_some_and(|row| *LINKS.value(row, "excluded_path") == json!(meaning.excluded_path))
        };
        let [known, now] = names.map(|names| names.meaning(&link.target, path));
        let meaning = if known != now && is_stored(&now) { now } else { known };
        targets.extend(meaning.doc_id.clone());
        let (line, column) = link.place.unzip();
        links.push(vec![
            json!(doc_id),
            json!(position),
            json!(link.kind),
            json!(link.raw),
            json!(link.target),
            json!(resolve::target_key(&link.target)),
            json!(link.subpath),
            json!(link.display),
            json!(line),
            json!(column),
            json!(meaning.doc_id),
            json!(meaning.excluded_path),
            json!(meaning.rule),
        ]);
    }
    let tag = |t: &crate::facts::TagFact| vec![json!(t.tag), json!(text_key(&t.tag)), json!(t.in_property), json!(t.line)];
    let task = |t: &crate::facts::TaskFact| vec![json!(t.status), json!(t.status != ' '), json!(t.text), json!(t.line)];
    let rows = vec![
        (&KNOWLEDGE, if is_note { vec![knowledge] } else { Vec::new() }),
        (&TEXTS, if is_note { Vec::new() } else { vec![text] }),
        (&LINKS, links),
        (&TAGS, placed(doc_id, facts.tags.iter().map(tag))),
        (&ALIASES, placed(doc_id, facts.aliases.iter().map(|alias| vec![json!(alias), json!(text_key(alias))]))),
        (&HEADINGS, placed(doc_id, facts.headings.iter().map(|h| vec![json!(h.level), json!(h.text), json!(h.line)]))),
        (&BLOCKS, placed(doc_id, facts.blocks.iter().map(|(id, line)| vec![json!(id), json!(line)]))),
        (&TASKS, placed(doc_id, facts.tasks.iter().map(task))),
    ];
    (rows, targets)
}

/// Puts the document and the place before each row.
fn placed(doc_id: &str, rows: impl Iterator<Item = Row>) -> Vec<Row> {
    rows.enumerate().map(|(position, row)| [vec![json!(doc_id), json!(position)], row].concat()).collect()
}

/// Returns the tags, each once whatever its case, as it is written first.
fn tags(facts: &Facts) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    facts.tags.iter().map(|t| t.tag.as_str()).filter(|tag| seen.insert(fold(tag))).collect()
}
