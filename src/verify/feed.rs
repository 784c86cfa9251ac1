//! The change feed, played again: where each document came from and where it is now. What the feed says of a mere edit has no second
//! witness; of arrivals, renames, departures and returns the rows of the document and its history of paths are.

use super::difference::{Difference, Kind};
use crate::store::audit::{CHANGES, DOCUMENTS, PATHS, Row, Whole};
use crate::store::is_no_path;
use serde_json::{Value, json};
use std::collections::HashMap;

/// What the feed says of a document.
pub(super) struct Told {
    pub path: String,
    pub is_archived: bool,
    pub vault_id: String,
    /// The revision of its last line.
    last: i64,
    /// The paths that it came to, by revision.
    paths: Vec<(i64, String)>,
    /// The first line that does not follow from those before.
    odd: Option<Row>,
}

/// The feed, by document.
#[derive(Default)]
pub(super) struct Feed {
    pub told: HashMap<String, Told>,
    pub n_rows: usize,
    /// Of the last change, by vault.
    pub last: HashMap<String, i64>,
}

impl Feed {
    /// Plays one more line.
    pub(super) fn play(&mut self, row: Row) {
        self.n_rows += 1;
        let (revision, vault_id) = (CHANGES.number(&row, "revision"), CHANGES.text(&row, "vault_id").to_owned());
        let last = self.last.entry(vault_id.clone()).or_default();
        *last = revision.max(*last);
        let (op, path, old) =
            (CHANGES.text(&row, "op").to_owned(), CHANGES.text(&row, "path").to_owned(), CHANGES.value(&row, "old_path").clone());
        let doc_id = CHANGES.text(&row, "doc_id");
        if is_no_path(&path) {
            // Of a private file nothing is told but that it is no longer here.
            let told = Told { path, is_archived: true, vault_id, last: revision, paths: Vec::new(), odd: None };
            self.told.insert(doc_id.to_owned(), told);
            return;
        }
        let Some(told) = self.told.get_mut(doc_id) else {
            let is_odd = op != "added" || !old.is_null();
            let (paths, odd) = (vec![(revision, path.clone())], is_odd.then(|| row.clone()));
            let told = Told { paths, path, is_archived: false, vault_id, last: revision, odd };
            self.told.insert(doc_id.to_owned(), told);
            return;
        };
        let is_here = path == told.path;
        let follows = vault_id == told.vault_id
            && match op.as_str() {
                "modified" => is_here && !told.is_archived && old.is_null(),
                "archived" => is_here && !told.is_archived && old.is_null(),
                "returned" => is_here && told.is_archived && old.is_null(),
                "renamed" => old.as_str() == Some(&told.path),
                _ => false,
            };
        if !follows && told.odd.is_none() {
            told.odd = Some(row);
        }
        told.is_archived = op == "archived" || op == "modified" && told.is_archived;
        if op == "returned" || op == "renamed" {
            told.paths.push((revision, path.clone()));
        }
        told.path = path;
        told.last = revision;
    }
}

/// Holds a document's row and its history of paths against what the feed says of it.
pub(super) fn check(whole: &Whole, told: Option<&Told>, vault: &str, found: &mut Vec<Difference>) {
    let document = &whole.document;
    let path = DOCUMENTS.text(document, "file_path");
    let (is_archived, vault_id) = (DOCUMENTS.is_true(document, "is_archived"), DOCUMENTS.text(document, "vault_id"));
    let of_feed = |kind| Difference::file(kind, vault, path).of(CHANGES.table, None, None);
    let now = json!({"path": path, "is_archived": is_archived});
    let is_told = match told {
        None => {
            found.push(of_feed(Kind::Missing).said(&Value::Null, &now));
            false
        }
        Some(told) => {
            let leads_here = (told.path.as_str(), told.is_archived, told.vault_id.as_str()) == (path, is_archived, vault_id);
            if let Some(odd) = &told.odd {
                found.push(of_feed(Kind::Altered).said(&super::difference::told(&CHANGES, odd), &Value::Null));
            } else if !leads_here {
                found.push(of_feed(Kind::Altered).said(&json!({"path": told.path, "is_archived": told.is_archived}), &now));
            }
            let revision = DOCUMENTS.value(document, "revision");
            if told.odd.is_none() && leads_here && revision.as_i64().is_some_and(|revision| revision < told.last) {
                let altered = Difference::file(Kind::Altered, vault, path).of(DOCUMENTS.table, None, Some("revision"));
                found.push(altered.said(revision, &json!(told.last)));
            }
            told.odd.is_none() && leads_here
        }
    };
    let is: Vec<Row> = whole.rows(&PATHS).to_vec();
    if let Some(told) = told.filter(|_| is_told) {
        let should: Vec<Row> = told.paths.iter().map(|(revision, path)| vec![document[0].clone(), json!(revision), json!(path)]).collect();
        super::difference::compare(&PATHS, &is, &should, vault, path, found);
    } else if let Some(last) = is.iter().max_by_key(|row| PATHS.number(row, "revision"))
        && PATHS.text(last, "path") != path
    {
        let altered = Difference::file(Kind::Altered, vault, path).of(PATHS.table, Some(last[1].to_string()), Some("path"));
        found.push(altered.said(&last[2], &json!(path)));
    }
}
