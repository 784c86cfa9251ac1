//! Brings the index to where the store is. The store is never asked what is indexed: the index knows how far it follows.

use super::Stopped;
use crate::index::{Index, Update, Watermark};
use crate::store::{Changes, Gists, Store};
use anyhow::{Context as _, Result};
use std::path::Path;
use std::time::{Duration, Instant};

/// Documents that the index takes before the store is looked after again.
const WORTH_A_LOOK: usize = 16;

/// What following did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    pub n_documents: usize,
    pub n_removed: usize,
    pub is_rebuilt: bool,
    pub revision: i64,
}

/// What comes after the index has followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing more is written to the store: what closing does to its file is done while the index is written.
    Close,
    GoOn,
}

/// What a caller of [`follow`] decides.
pub struct Following<'a> {
    /// The index is made anew, whatever it has.
    pub rebuild: bool,
    /// What comes after it.
    pub then: Then,
    /// Called each time that some documents are in.
    pub step: &'a mut dyn FnMut(),
}

/// Catches the index up with the store. An index of another store, of a later revision (a backup came back) or of another version is
/// rebuilt beside and swapped. `gists` spare reading back what a run has just written.
pub async fn follow(store: &mut Store, root: &Path, gists: &mut Gists, following: Following<'_>) -> Result<Followed> {
    let Following { rebuild, then, step } = following;
    let started = Instant::now();
    let index = if rebuild { None } else { Index::open(root)? };
    // What this store has just written itself need not be asked for.
    let is_news = |index: &Index| index.watermark().store == store.id && index.watermark().revision < store.applied();
    let revision = if index.as_ref().is_some_and(is_news) { store.applied() } else { store.revision().await? };
    let usable = index.filter(|index| index.watermark().store == store.id && index.watermark().revision <= revision);
    if let Some(index) = &usable
        && index.watermark().revision == revision
    {
        return Ok(Followed { revision, ..Followed::default() });
    }
    let is_rebuilt = usable.is_none();
    let update = match usable {
        Some(index) => index.update()?,
        None => Index::rebuild(root)?,
    };
    let mut followed = Followed { is_rebuilt, revision, ..Followed::default() };
    let on = || {
        step();
        false
    };
    complete(store, update, gists, on, then, &mut followed).await?;
    tracing::info!(n_documents = followed.n_documents, n_removed = followed.n_removed, took_ms = started.elapsed().as_millis(), "followed");
    Ok(followed)
}

/// Returns whether the index is ahead of the store: a backup came back, or a power cut took the last changes away.
pub async fn is_ahead(store: &mut Store, root: &Path) -> Result<bool> {
    // In this order: a store that is well is never behind what an index had followed before.
    let followed = Index::followed(root)?.filter(|followed| followed.store == store.id);
    Ok(match followed {
        Some(followed) => followed.revision > store.revision().await?,
        None => false,
    })
}

/// Takes an index that is ahead of its store out of use. Whoever is about to write calls it first: other changes would come by the
/// revisions that the index has seen, and it would never take them in. Returns whether it was.
pub async fn leave_if_ahead(store: &mut Store, root: &Path) -> Result<bool> {
    let is_ahead = is_ahead(store, root).await?;
    if is_ahead {
        tracing::warn!("the index is ahead of the database, which has lost its last changes: it is made anew");
        Index::leave(root)?;
    }
    Ok(is_ahead)
}

/// How long somebody is waited for who wants an answer.
pub struct Patience<'a> {
    /// For another writer of the index.
    pub lock: Duration,
    /// Asked now and then: whether to end with [`Stopped`], the index being left as it was.
    pub is_stopped: &'a dyn Fn() -> bool,
}

/// Catches an index up with the store as [`follow`] does, but rebuilds none.
///
/// # Errors
/// Also when there is no index that can be caught up, and when somebody would have to be waited for longer than `patience` allows.
pub async fn catch_up(store: &mut Store, index: Option<Index>, gists: &mut Gists, patience: &Patience<'_>) -> Result<()> {
    let revision = store.revision().await?;
    let usable = index.filter(|index| index.watermark().store == store.id && index.watermark().revision <= revision);
    let index = usable.context("the index is to be built anew")?;
    if index.watermark().revision < revision {
        let mut followed = Followed { revision, ..Followed::default() };
        complete(store, index.update_within(patience.lock)?, gists, patience.is_stopped, Then::GoOn, &mut followed).await?;
    }
    Ok(())
}

/// Brings an open batch to the revision that is to be followed, and commits it.
async fn complete(
    store: &mut Store,
    mut update: Update,
    gists: &mut Gists,
    is_stopped: impl FnMut() -> bool,
    then: Then,
    followed: &mut Followed,
) -> Result<()> {
    // Another process may have caught up while we waited for its lock.
    let from = update.watermark().map(|watermark| watermark.revision);
    // Of a store without any change there is an index too: it answers that there is nothing.
    if from.is_none_or(|from| from < followed.revision) {
        feed(store, &mut update, from.unwrap_or(0), gists, is_stopped, followed).await?;
        let watermark = Watermark { store: store.id.clone(), revision: followed.revision };
        let fold = async {
            if then == Then::Close {
                store.fold_rest().await;
            }
        };
        let ((), committed) = tokio::join!(fold, async { update.commit(&watermark) });
        committed?;
    }
    Ok(())
}

async fn feed(
    store: &mut Store,
    update: &mut Update,
    from: i64,
    gists: &mut Gists,
    mut is_stopped: impl FnMut() -> bool,
    followed: &mut Followed,
) -> Result<()> {
    let mut page = Some(store.changes_after(store.place_after(from), gists).await?);
    // Others may have written since: all that was there with the first page is followed.
    followed.revision = page.as_ref().map_or(0, |first| first.revision).max(followed.revision);
    while let Some(Changes { documents, removed, has_purged, next, .. }) = page {
        followed.n_documents += documents.len();
        followed.n_removed += removed.len();
        let read = async {
            match next {
                Some(after) => store.changes_after(after, gists).await.map(Some),
                None => Ok(None),
            }
        };
        let put = async {
            for (i, document) in documents.iter().enumerate() {
                update.put(document)?;
                if i % WORTH_A_LOOK == 0 {
                    tokio::task::yield_now().await;
                }
            }
            removed.iter().for_each(|doc_id| update.remove(doc_id));
            if has_purged {
                update.purge();
            }
            anyhow::Ok(())
        };
        // The store reads the next page while the index takes this one.
        let (following, taken) = tokio::join!(read, put);
        taken?;
        page = following?;
        if is_stopped() {
            return Err(Stopped.into());
        }
    }
    Ok(())
}
