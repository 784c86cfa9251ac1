//! `--fix`: does what is safe, and says what it did. The vault and what others wrote are never touched.

use super::{Finding, Mend, folder};
use crate::config::Settings;
use crate::spool::Busy;
use crate::store::Store;
use crate::{index, state};
use anyhow::Result;

/// What became of one thing that was to be mended.
pub struct Mended {
    /// What was done, or what was to be done.
    pub what: String,
    pub outcome: Result<()>,
}

/// Mends what of the findings can be mended.
pub async fn mend(findings: &[Finding], settings: &Settings) -> Vec<Mended> {
    let mut all = Vec::new();
    for mend in findings.iter().filter_map(|finding| finding.mend.as_ref()) {
        let data_dir = &settings.data_dir.value;
        let (what, outcome) = match mend {
            Mend::Close(paths) => (
                format!("closed {} to others{}", paths[0].display(), more(paths.len())),
                paths.iter().try_for_each(|path| folder::close(path)).map_err(Into::into),
            ),
            Mend::Sweep(root) => (format!("removed former generations of the index from {}", root.display()), index::sweep(root)),
            Mend::Remove(paths) => {
                (format!("removed {}{}", paths[0].display(), more(paths.len())), folder::remove(paths).map_err(Into::into))
            }
            Mend::Drain => ("took the lookups that waited into the database".to_owned(), drain(settings).await),
            Mend::ForgetWatcher => {
                ("forgot the watcher that was killed".to_owned(), state::update(data_dir, |state| state.watcher = None).map_err(Into::into))
            }
        };
        all.push(Mended { what, outcome });
    }
    all
}

fn more(n: usize) -> String {
    if n > 1 { format!(" and {} more", n - 1) } else { String::new() }
}

async fn drain(settings: &Settings) -> Result<()> {
    let mut store = Store::open(&settings.location()).await?;
    store.take_lookups(&settings.data_dir.value, Busy::Wait).await?;
    store.close().await
}
