//! What people ask the store directly: one note, counts. Lists are in `lists`; searching is the index's work.

use super::engine::{Arg, list};
use super::lists::LEADS_NOWHERE;
use super::vaults::Vault;
use super::{Store, Why};
use crate::path::{VaultPath, fold, link_key, text_key};
use anyhow::Result;
use serde::Serialize;

/// How many files a vault has in the store, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Live documents that are as they should be.
    pub indexed: usize,
    pub notes: usize,
    /// Left out by a rule.
    pub excluded: usize,
    /// There, but not readable.
    pub failed: usize,
    pub archived: usize,
    pub links: usize,
    pub unresolved: usize,
    /// Notes with something wrong in them.
    pub with_problems: usize,
}

/// Characters of an id.
const ID_LENGTH: usize = 36;
/// Fewer digits than this are a name, not the end of an id.
const FEWEST_DIGITS: usize = 8;

impl Store {
    pub async fn counts(&mut self, vault: &Vault) -> Result<Counts> {
        let id = || Arg::from(vault.id.as_str());
        let sums = "from (select sum(case when is_archived then 0 else 1 end)::bigint as live, \
             sum(case when not is_archived and kind = 'note' then 1 else 0 end)::bigint as notes, \
             sum(case when is_archived and name_key is not null then 1 else 0 end)::bigint as archived, \
             sum(case when not is_archived and problems is not null and problems::text <> '[]' then 1 else 0 end)::bigint as wrong \
             from claude.documents where vault_id = $1::uuid) as x";
        let documents: Vec<[Option<i64>; 4]> = self.engine.rows("live, notes, archived, wrong", sums, &[id()]).await?;
        let [live, notes, archived, with_problems] = documents.first().copied().unwrap_or_default().map(|n| n.unwrap_or(0) as usize);
        let links = "from claude.document_links l join claude.documents d on d.doc_id = l.doc_id where d.vault_id = $1::uuid";
        let unresolved = format!("{links} and {LEADS_NOWHERE}");
        let (links, unresolved) = (self.engine.count(links, &[id()]).await?, self.engine.count(&unresolved, &[id()]).await?);
        let (excluded, failed) = (self.count_left_out(vault, Why::Excluded).await?, self.count_left_out(vault, Why::Failed).await?);
        let unread =
            "from claude.documents where vault_id = $1::uuid and not is_archived and file_hash is null and kind in ('note', 'canvas')";
        let unread = self.engine.count(unread, &[id()]).await?;
        Ok(Counts { indexed: live - unread, notes, excluded, failed: failed.max(unread), archived, links, unresolved, with_problems })
    }

    /// Returns references to rows that are not there. SQLite does not enforce keys on our own connection; PostgreSQL always does.
    pub async fn broken_references(&mut self) -> Result<Vec<String>> {
        if !self.is_sqlite() {
            return Ok(Vec::new());
        }
        let broken = self.engine.texts("pragma claude.foreign_key_check", &[]).await?;
        Ok(broken.into_iter().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" ")).collect())
    }

    /// Returns the paths of the notes that `name` could mean: a path, an id, a name, an alias or the last digits of an id, the best kind of
    /// match only.
    pub async fn find(&mut self, vault: &Vault, name: &str) -> Result<Vec<VaultPath>> {
        let path = VaultPath::new(name);
        let alias = text_key(name);
        let end_of_id = format!("substr(doc_id::text, {}) in {{keys}}", ID_LENGTH + 1 - name.len().min(ID_LENGTH));
        let wanted = [
            ("{live} and file_path in {keys}", vec![name.to_owned(), path.as_str().to_owned(), format!("{path}.md")]),
            ("doc_id::text in {keys}", vec![name.to_owned()]),
            ("name_key in {keys}", vec![link_key(path.file_name())]),
            ("doc_id in (select doc_id from claude.document_aliases where alias_key in {keys})", vec![alias]),
            (&end_of_id, id_ends(name)),
        ];
        for (condition, keys) in wanted.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            let rest = format!("from claude.documents where vault_id = $2::uuid and not is_archived and {condition}");
            let rows: Vec<(String,)> = self.engine.rows("file_path", &rest, &[list(&keys), vault.id.as_str().into()]).await?;
            let mut paths: Vec<VaultPath> = rows.into_iter().map(|(path,)| VaultPath::stored(path)).collect();
            // A name with folders means the files that end in them.
            paths.retain(|p| {
                !condition.starts_with("name_key")
                    || fold(p.as_str().trim_end_matches(".md")).ends_with(&fold(path.as_str().trim_end_matches(".md")))
            });
            if !paths.is_empty() {
                paths.sort();
                return Ok(paths);
            }
        }
        Ok(Vec::new())
    }

    /// Returns the paths that live documents had before, each with the path it has now.
    pub async fn former_paths(&mut self, vault: &Vault) -> Result<Vec<(VaultPath, VaultPath)>> {
        let rest = "from claude.document_paths p join claude.documents d on d.doc_id = p.doc_id \
             where d.vault_id = $1::uuid and not d.is_archived and p.path <> d.file_path";
        let rows: Vec<(String, String)> = self.engine.rows("p.path, d.file_path", rest, &[vault.id.as_str().into()]).await?;
        Ok(rows.into_iter().map(|(from, to)| (VaultPath::stored(from), VaultPath::stored(to))).collect())
    }

    /// Returns a note's or canvas's text as it is stored.
    pub async fn text(&mut self, vault: &Vault, path: &VaultPath) -> Result<Option<String>> {
        let sql = "select coalesce(d.frontmatter_raw, '') || coalesce(k.description, t.content, '') from claude.documents d \
             left join claude.knowledge k on k.doc_id = d.doc_id left join claude.document_texts t on t.doc_id = d.doc_id \
             where d.vault_id = $1::uuid and d.file_path = $2 and not d.is_archived";
        Ok(super::first_text(self.engine.texts(sql, &[vault.id.as_str().into(), path.as_str().into()]).await?))
    }
}

/// Returns what the end of an id must be for `name` to mean it.
fn id_ends(name: &str) -> Vec<String> {
    let is_one = (FEWEST_DIGITS..ID_LENGTH).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_one.then(|| name.to_ascii_lowercase()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::id_ends;

    #[test]
    fn some_digits_are_the_end_of_an_id_and_fewer_are_a_name() {
        for (name, expected) in [
            ("D299442eeb", Some("d299442eeb")),
            ("99442eeb", Some("99442eeb")),
            ("9442eeb", None),
            ("lifecycle", None),
            ("86d2-99442eeb", Some("86d2-99442eeb")),
            ("01a20f5f-89f7-7024-a67f-86d299442eeb", None),
        ] {
            assert_eq!(id_ends(name).first().map(String::as_str), expected, "{name}");
        }
    }
}
