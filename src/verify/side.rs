//! One vault: its disk as it is listed now, beside what SQL has of it by name.

use super::difference::{Difference, Kind, compare};
use super::feed::{self, Feed, Told};
use super::file::{self, Checked, Projects};
use super::listing;
use super::names::Names;
use crate::disk::{self, Observation, RootGone};
use crate::facts::Facts;
use crate::path::VaultPath;
use crate::refusal::{Exit, Refusal};
use crate::store::audit::{DOCUMENTS, KNOWLEDGE, NAMES, Row, STORE, VAULT_FILES, VAULTS, Whole};
use crate::sync::{self, Site};
use anyhow::Result;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) struct Side<'a> {
    pub site: &'a Site,
    pub vault_id: String,
    /// Of the vault's last change.
    pub revision: i64,
    seen: Observation,
    /// What is there, and was not seen.
    missed: Vec<String>,
    /// Live documents, and what the ledger says is left out.
    pub names: Names,
    /// The same, with what is left out on disk.
    pub now: Names,
    /// The documents that count as live, by path.
    pub live: BTreeMap<VaultPath, String>,
    /// Documents with a path that another one has, too.
    doubled: HashSet<String>,
    /// Documents whose row says another place than the feed, where their file is; or that they are archived, which nobody did.
    astray: HashMap<String, Difference>,
    /// Where the files of documents went.
    renamed: HashMap<VaultPath, VaultPath>,
}

/// Returns the row of a vault.
pub(super) fn vault_of<'r>(site: &Site, vaults: &'r [Row]) -> Result<&'r Row> {
    let row = vaults.iter().find(|row| VAULTS.text(row, "vault_name") == site.name);
    Ok(row.ok_or_else(|| Refusal {
        exit: Exit::Findings,
        message: format!("the vault '{}' has not been synced yet", site.name),
        hint: Some("run `vault-sync sync` first".to_owned()),
    })?)
}

impl<'a> Side<'a> {
    /// Lists a vault's disk, and finds what SQL has under other names.
    pub(super) fn look(site: &'a Site, vault: &Row, names: &[Row], ledger: &[Row], feed: &Feed) -> Result<Self> {
        let (mut seen, missed) = listing::observe(&site.disk)?;
        sync::set_apart(site, &mut seen, &BTreeMap::new());
        let mut side = Self {
            site,
            vault_id: VAULTS.text(vault, "vault_id").to_owned(),
            revision: VAULTS.number(vault, "revision"),
            seen,
            missed,
            names: Names::default(),
            now: Names::default(),
            live: BTreeMap::new(),
            doubled: HashSet::new(),
            astray: HashMap::new(),
            renamed: HashMap::new(),
        };
        let own: Vec<&Row> = names.iter().filter(|row| NAMES.text(row, "vault_id") == side.vault_id).collect();
        let path = |row: &Row| VaultPath::stored(NAMES.text(row, "file_path").to_owned());
        let (archived, live): (Vec<&Row>, Vec<&Row>) = own.iter().partition(|row| NAMES.is_true(row, "is_archived"));
        for row in live {
            let at = side.told_elsewhere(row, feed).unwrap_or_else(|| path(row));
            side.admit(at, NAMES.text(row, "doc_id"));
        }
        for row in archived {
            if let Some(path) = side.told_elsewhere(row, feed) {
                side.admit(path, NAMES.text(row, "doc_id"));
            }
        }
        if !side.live.is_empty() && disk::is_bare(&site.disk.root)? {
            let why = "the folder is empty, as a mount point is without its drive".to_owned();
            return Err(RootGone { root: site.disk.root.clone(), why }.into());
        }
        side.now = side.names.clone();
        side.seen.excluded.keys().for_each(|path| side.now.add(path.clone(), None));
        for row in ledger.iter().filter(|row| VAULT_FILES.text(row, "vault_id") == side.vault_id) {
            if !VAULT_FILES.value(row, "rule").is_null() {
                side.names.add(VaultPath::stored(VAULT_FILES.text(row, "path").to_owned()), None);
            }
        }
        side.find_renamed(&own);
        Ok(side)
    }

    /// Returns where a document's file is, if its row is wrong about that and the feed knows better.
    fn told_elsewhere(&mut self, row: &Row, feed: &Feed) -> Option<VaultPath> {
        let (doc_id, is) = (NAMES.text(row, "doc_id"), VaultPath::stored(NAMES.text(row, "file_path").to_owned()));
        let is_archived = NAMES.is_true(row, "is_archived");
        let told = feed.told.get(doc_id).filter(|told| !told.is_archived)?;
        let path = VaultPath::stored(told.path.clone());
        let is_there = |path| self.seen.files.contains_key(path);
        if !is_there(&path) || self.live.contains_key(&path) || (!is_archived && is_there(&is)) || (!is_archived && path == is) {
            return None;
        }
        let altered = |column| Difference::file(Kind::Altered, &self.site.name, is.as_str()).of(DOCUMENTS.table, None, Some(column));
        let difference = if is_archived {
            altered("is_archived").said(&json!(true), &json!(false))
        } else {
            altered("file_path").said(&json!(is), &json!(path))
        };
        self.astray.insert(doc_id.to_owned(), difference);
        Some(path)
    }

    fn admit(&mut self, path: VaultPath, doc_id: &str) {
        if self.live.contains_key(&path) {
            self.doubled.insert(doc_id.to_owned());
            return;
        }
        self.names.add(path.clone(), Some(doc_id.to_owned()));
        self.live.insert(path, doc_id.to_owned());
    }

    /// A file that SQL does not know, with the identity of one that is gone, is that one.
    fn find_renamed(&mut self, own: &[&Row]) {
        let mut new: HashMap<String, &VaultPath> = HashMap::new();
        for (path, stamp) in self.seen.files.iter().filter(|(path, _)| !self.live.contains_key(*path)) {
            new.extend(stamp.file_id.map(|id| (format!("{:x}-{:x}", id.inode, id.born_ns as u64), path)));
        }
        let gone = own.iter().filter(|row| !NAMES.is_true(row, "is_archived"));
        let renamed = gone.filter_map(|row| {
            let path = VaultPath::stored(NAMES.text(row, "file_path").to_owned());
            let to = new.get(NAMES.text(row, "file_id"))?;
            (!self.seen.files.contains_key(&path)).then(|| (path, (*to).clone()))
        });
        self.renamed = renamed.collect();
    }

    pub(super) fn n_files(&self) -> usize {
        self.seen.files.len() + self.seen.excluded.len() + self.seen.left_out.len() + self.seen.unreadable.len()
    }

    pub(super) fn is_live(&self, document: &Row) -> bool {
        !DOCUMENTS.is_true(document, "is_archived") || self.astray.contains_key(DOCUMENTS.text(document, "doc_id"))
    }

    /// Checks one document of the vault.
    pub(super) fn check(&self, whole: &Whole, projects: &Projects, told: Option<&Told>) -> Checked {
        let row = &whole.document;
        let (doc_id, path) = (DOCUMENTS.text(row, "doc_id"), DOCUMENTS.text(row, "file_path"));
        let vault = self.site.name.as_str();
        let stored = || Checked { targets: file::stored_targets(whole), ..Checked::default() };
        let new = |kind| Difference::file(kind, vault, path).of(DOCUMENTS.table, None, None);
        if self.doubled.contains(doc_id) {
            return Checked { found: vec![new(Kind::Doubled).said(&json!({"doc_id": doc_id}), &Value::Null)], ..stored() };
        }
        if let Some(astray) = self.astray.get(doc_id) {
            return Checked { found: vec![astray.clone()], ..stored() };
        }
        let mut checked = if DOCUMENTS.is_true(row, "is_archived") {
            self.check_archived(whole, projects)
        } else {
            let path = VaultPath::stored(path.to_owned());
            match (self.seen.files.get(&path), self.renamed.get(&path)) {
                (Some(stamp), _) => file::check(whole, stamp, self, projects),
                (None, _) if self.seen.unreadable.keys().any(|folder| path.is_within(folder)) => stored(),
                (None, Some(to)) => return Checked { found: vec![new(Kind::Renamed).said(&json!(path), &json!(to))], ..stored() },
                (None, None) => return Checked { found: vec![new(Kind::Gone)], ..stored() },
            }
        };
        feed::check(whole, told, vault, &mut checked.found);
        checked
    }

    /// What is archived has its history and its knowledge, and nothing that stood in it.
    fn check_archived(&self, whole: &Whole, projects: &Projects) -> Checked {
        let row = &whole.document;
        let path = VaultPath::stored(DOCUMENTS.text(row, "file_path").to_owned());
        let vault = self.site.name.as_str();
        let mut found = Vec::new();
        let mut check = |table, column, is: &Value, should: &str, is_right: bool| {
            if !is_right {
                let altered = Difference::file(Kind::Altered, vault, path.as_str()).of(table, None, Some(column));
                found.push(altered.said(is, &json!(should)));
            }
        };
        let (status, at) = (DOCUMENTS.value(row, "status"), DOCUMENTS.value(row, "archived_at"));
        check(DOCUMENTS.table, "status", status, "ARCHIVED", *status == json!("ARCHIVED"));
        check(DOCUMENTS.table, "archived_at", at, "a time", !at.is_null());
        for row in whole.rows(&KNOWLEDGE) {
            let (status, at) = (KNOWLEDGE.value(row, "status"), KNOWLEDGE.value(row, "archived_at"));
            check(KNOWLEDGE.table, "status", status, "archived", *status == json!("archived"));
            check(KNOWLEDGE.table, "archived_at", at, "a time", !at.is_null());
        }
        file::all_extra(whole, vault, path.as_str(), &mut found);
        file::check_projects(whole, &path, &Facts::default(), self, projects, &mut found);
        Checked { found, ..Checked::default() }
    }

    /// Says what the vault's own row, and files without a document, come to.
    pub(super) fn conclude(&self, row: &Row, revision: i64, feed: &Feed, late: &[&Difference], found: &mut Vec<Difference>) {
        let vault = self.site.name.as_str();
        let of_vault = |kind, column| Difference::file(kind, vault, "").of(VAULTS.table, None, Some(column));
        if VAULTS.is_true(row, "is_partial") {
            found.push(of_vault(Kind::Partial, "is_partial").said(&json!(true), &json!(false)));
        }
        let parser = VAULTS.value(row, "parser_version");
        if *parser != json!(self.site.rules.version()) {
            found.push(of_vault(Kind::Partial, "parser_version").said(parser, &json!(self.site.rules.version())));
        }
        let last = feed.last.get(&self.vault_id).copied().unwrap_or_default();
        let is_store_low = feed.last.values().any(|last| *last > revision);
        if self.revision < last {
            found.push(of_vault(Kind::Altered, "revision").said(&json!(self.revision), &json!(last)));
        } else {
            found.extend(late.iter().map(|late| (*late).clone()));
        }
        if is_store_low {
            let altered = Difference::file(Kind::Altered, vault, "").of(STORE.table, None, Some("revision"));
            found.push(altered.said(&json!(revision), &json!(last)));
        } else if self.revision > revision {
            found.push(of_vault(Kind::Altered, "revision").said(&json!(self.revision), &json!(revision)));
        }
        let missed = self.missed.iter().map(|path| Difference::file(Kind::Missing, vault, path).of(DOCUMENTS.table, None, None));
        found.extend(missed.map(|missing| missing.said(&Value::Null, &json!("a document, or a reason why there is none"))));
        let homes: HashSet<&VaultPath> = self.renamed.values().collect();
        let new = self.seen.files.keys().filter(|path| !self.live.contains_key(*path) && !homes.contains(path));
        found.extend(new.map(|path| Difference::file(Kind::New, vault, path.as_str()).of(DOCUMENTS.table, None, None)));
    }

    /// Holds the ledger of what is left out against the disk.
    pub(super) fn check_ledger(&self, ledger: &[Row], unread: &[(VaultPath, String)], found: &mut Vec<Difference>) {
        let by_glob = self.seen.excluded.iter().map(|(path, glob)| {
            (path, vec![json!("excluded"), json!(format!("excluded by {glob:?}")), json!(glob), json!(path.name_key())])
        });
        let others = self.seen.left_out.iter().map(|(path, why)| (path, vec![json!("excluded"), json!(why), Value::Null, Value::Null]));
        // What a system says of a failure is not the same each time.
        let failed = self.seen.unreadable.keys().chain(unread.iter().map(|(path, _)| path)).map(|path| (path, vec![json!("failed")]));
        let should: BTreeMap<&str, Row> = by_glob.chain(others).chain(failed).map(|(path, said)| (path.as_str(), said)).collect();
        let is: BTreeMap<&str, &Row> = ledger
            .iter()
            .filter(|row| VAULT_FILES.text(row, "vault_id") == self.vault_id)
            .map(|row| (VAULT_FILES.text(row, "path"), row))
            .collect();
        let mut differ = Vec::new();
        for path in is.keys().chain(should.keys()).collect::<std::collections::BTreeSet<_>>() {
            let key = [json!(self.vault_id), json!(path)];
            let row = |said: &Row| [&key[..], &said[..]].concat();
            let (is, should) = (is.get(path).map(|row| vec![Row::clone(row)]), should.get(path).map(|said| vec![row(said)]));
            compare(&VAULT_FILES, &is.unwrap_or_default(), &should.unwrap_or_default(), &self.site.name, path, &mut differ);
        }
        // The next look at the whole vault writes it anew, but for the key, which it does not look at.
        let is_seen = |d: &Difference| d.column.as_deref() != Some("name_key");
        found.extend(differ.into_iter().map(|d| Difference { kind: if is_seen(&d) { Kind::LeftOut } else { d.kind }, row: None, ..d }));
    }
}
