//! What "equal" means: the live rows of the synced tables, sorted by path, ids replaced by paths, times and revisions left out.

use super::vaults::Vault;
use super::{LeftOut, Store, ledger};
use crate::disk::Scope;
use crate::path::VaultPath;
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

const LINK_COLUMNS: [&str; 11] =
    ["kind", "raw", "target", "target_key", "subpath", "display", "line", "col", "dest", "excluded_path", "rule"];

type Parts = HashMap<String, Vec<(i64, Value)>>;

impl Store {
    /// Returns the canonical dump of a vault: two stores that say the same of it give the same text.
    pub async fn dump(&mut self, vault: &Vault) -> Result<Value> {
        let columns = "doc_id, file_path, kind, doc_title, doc_type, version, status, category, properties::text, problems::text, file_hash, \
             size_bytes, backlink_bucket, case when is_ignored then 1 else 0 end, frontmatter_raw";
        let rest = "from claude.documents where vault_id = $1::uuid and not is_archived";
        let rows: Vec<Vec<Value>> = self.engine.rows(columns, rest, &[vault.id.as_str().into()]).await?;
        let paths: HashMap<String, String> = rows.iter().map(|row| (text(&row[0]), text(&row[1]))).collect();
        let mut parts = self.dump_parts(&paths).await?;
        let mut knowledge = self.dump_knowledge().await?;
        let ids: Vec<String> = paths.keys().cloned().collect();
        let mut projects = self.project_names(&ids).await?;
        let mut documents: BTreeMap<VaultPath, Value> = BTreeMap::new();
        for row in rows {
            let id = text(&row[0]);
            let mut document = json!({
                "path": row[1], "kind": row[2], "title": row[3], "doc_type": row[4], "version": row[5], "status": row[6],
                "category": row[7], "properties": parsed(&row[8]), "problems": parsed(&row[9]), "hash": row[10], "size": row[11],
                "backlink_bucket": row[12], "ignored": row[13], "frontmatter": row[14],
                "projects": projects.remove(&id).unwrap_or_default(), "knowledge": knowledge.remove(&id),
            });
            let document_parts = document.as_object_mut().expect("made an object just above");
            for (name, by_document) in &mut parts {
                let mut items = by_document.remove(&id).unwrap_or_default();
                items.sort_by_key(|(position, _)| *position);
                document_parts.insert((*name).to_owned(), items.into_iter().map(|(_, item)| item).collect());
            }
            documents.insert(VaultPath::stored(text(&row[1])), document);
        }
        let mut trip = self.engine.trip();
        let reads = ledger::read(&mut trip, &vault.name, &Scope::root()).await?;
        let left_out = ledger::ledger(&trip.end().await?, &reads, &Scope::root())?;
        let ledger: Vec<LeftOut> = left_out.into_values().collect();
        Ok(json!({"vault": vault.name, "documents": documents.into_values().collect::<Vec<_>>(), "left_out": ledger}))
    }

    async fn dump_parts(&mut self, paths: &HashMap<String, String>) -> Result<BTreeMap<&'static str, Parts>> {
        let tables: [(&str, &str, &[&str]); 7] = [
            ("links", "document_links", &LINK_COLUMNS),
            ("tags", "document_tags", &["tag", "tag_key", "line"]),
            ("aliases", "document_aliases", &["alias", "alias_key"]),
            ("headings", "document_headings", &["level", "heading", "line"]),
            ("blocks", "document_blocks", &["block_id", "line"]),
            ("tasks", "document_tasks", &["status", "task", "line"]),
            ("text", "document_texts", &["content"]),
        ];
        let mut dumped = BTreeMap::new();
        for (name, table, columns) in tables {
            let place = if table == "document_texts" { "0" } else { "position" };
            let selected = columns.join(", ").replace("dest", "resolved_doc_id");
            let rows: Vec<Vec<Value>> =
                self.engine.rows(&format!("doc_id, {place}, {selected}"), &format!("from claude.{table}"), &[]).await?;
            let mut parts = Parts::new();
            for row in rows.into_iter().filter(|row| paths.contains_key(&text(&row[0]))) {
                let mut part: Map<String, Value> = columns.iter().zip(&row[2..]).map(|(c, v)| ((*c).to_owned(), v.clone())).collect();
                if let Some(dest) = part.get_mut("dest") {
                    *dest = json!(paths.get(&text(dest)));
                }
                parts.entry(text(&row[0])).or_default().push((row[1].as_i64().unwrap_or(0), Value::Object(part)));
            }
            dumped.insert(name, parts);
        }
        Ok(dumped)
    }

    async fn dump_knowledge(&mut self) -> Result<HashMap<String, Value>> {
        let columns = "doc_id, title, description, knowledge_type, knowledge_category, confidence_level, source, status";
        let rows: Vec<Vec<Value>> =
            self.engine.rows(columns, "from claude.knowledge where doc_id is not null and status is distinct from 'archived'", &[]).await?;
        let row = |row: Vec<Value>| {
            let names = ["title", "description", "type", "category", "confidence", "source", "status"];
            let object: Map<String, Value> = names.iter().zip(&row[1..]).map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
            (text(&row[0]), Value::Object(object))
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// JSON columns hold text; canonical means parsed, with sorted keys.
fn parsed(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}
