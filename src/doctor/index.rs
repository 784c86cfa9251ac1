//! The index: there, of this store, where the store is, and without leftovers.

use super::{Finding, Mend, folder};
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::index::{self, Index, Watermark};
use crate::refusal::in_words;
use crate::store::Health;
use anyhow::Result;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

const CHECK: &str = "index";

pub(super) fn examine(settings: &Settings, health: Option<&Health>, now: Timestamp) -> Vec<Finding> {
    let root = settings.index_dir();
    let index = Index::open(&root).map(|index| index.map(|index| index.watermark().clone()));
    let mut findings = vec![judge(&root, index, health)];
    let left = index::leftovers(&root);
    if !left.is_empty() {
        let said = format!("{} former generations of the index were left in {}", left.len(), root.display());
        findings.push(Finding::note(CHECK, said).mended_by(Mend::Sweep(root)));
    }
    let now = UNIX_EPOCH + Duration::from_millis(now.millis().unsigned_abs());
    let drafts = folder::drafts(&settings.data_dir.value, now);
    if !drafts.is_empty() {
        let said = format!("a process that was killed left {} drafts in {}", drafts.len(), settings.data_dir.value.display());
        findings.push(Finding::note("leftovers", said).mended_by(Mend::Remove(drafts)));
    }
    findings
}

fn judge(root: &Path, index: Result<Option<Watermark>>, health: Option<&Health>) -> Finding {
    let watermark = match index {
        Err(error) => {
            return Finding::wrong(CHECK, format!("the index cannot be opened: {}", in_words(&error))).cured_by("see to its permissions");
        }
        Ok(None) if health.is_none_or(|health| health.revision == 0) && !root.exists() => {
            return Finding::note(CHECK, "there is no index yet: the first sync makes it").cured_by("vault-sync sync");
        }
        Ok(None) => {
            let said = format!("there is no whole index of this version in {}", root.display());
            return Finding::wrong(CHECK, said).cured_by("vault-sync sync");
        }
        Ok(Some(watermark)) => watermark,
    };
    let Some(health) = health else {
        return Finding::ok(
            CHECK,
            format!("the index is whole, at revision {}; the database cannot be asked for its own", watermark.revision),
        );
    };
    if watermark.store != health.store {
        return Finding::wrong(CHECK, "the index is of another database").cured_by("vault-sync sync");
    }
    match health.revision - watermark.revision {
        0 => Finding::ok(CHECK, format!("the index is whole and in step, at revision {}", watermark.revision)),
        behind @ 1.. => Finding::note(CHECK, format!("the index is {behind} revisions behind the database")).cured_by("vault-sync sync"),
        _ => Finding::wrong(CHECK, "the index is ahead of the database, as after a backup came back").cured_by("vault-sync sync"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn an_index_is_of_this_store_and_where_it_is() {
        let health = Health { store: "a".to_owned(), revision: 7, ..Health::default() };
        let mark = |store: &str, revision| Ok(Some(Watermark { store: store.to_owned(), revision }));
        for (index, health, grade) in [
            (mark("a", 7), Some(&health), Grade::Ok),
            (mark("a", 7), None, Grade::Ok),
            (mark("a", 5), Some(&health), Grade::Note),
            (mark("a", 8), Some(&health), Grade::Wrong),
            (mark("b", 7), Some(&health), Grade::Wrong),
            (Ok(None), Some(&health), Grade::Wrong),
            (Ok(None), None, Grade::Note),
            (Err(anyhow::anyhow!("denied")), Some(&health), Grade::Wrong),
        ] {
            let finding = judge(Path::new("/no/index"), index, health);
            assert_eq!(finding.grade, grade, "{finding:?}");
        }
    }
}
