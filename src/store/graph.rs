//! The links of a vault as pairs of ends: what a picture of it is made of, and nothing of where they stand.

use super::Store;
use super::vaults::Vault;
use anyhow::Result;

/// A link, by what it leads from and to.
#[derive(Clone, Debug)]
pub struct LinkEnds {
    pub source_id: String,
    /// `link`, `embed` or `property`.
    pub kind: String,
    /// As written, without its subpath.
    pub target: String,
    /// `None` where there is nothing.
    pub dest_id: Option<String>,
}

impl Store {
    /// Returns the links of a vault, in no order. Those to files that a glob keeps out of the mirror are not among them.
    pub async fn link_ends(&mut self, vault: &Vault) -> Result<Vec<LinkEnds>> {
        let rest = "from claude.document_links l join claude.documents s on s.doc_id = l.doc_id \
             where s.vault_id = $1::uuid and l.excluded_path is null";
        let columns = "l.doc_id, l.kind, l.target, l.resolved_doc_id";
        let rows: Vec<(String, String, String, Option<String>)> = self.engine.rows(columns, rest, &[vault.id.as_str().into()]).await?;
        Ok(rows.into_iter().map(|(source_id, kind, target, dest_id)| LinkEnds { source_id, kind, target, dest_id }).collect())
    }
}
