//! Changes as data: what one transaction does to a vault's documents. Made by `sync`, carried out by [`super::Store::apply`].

use super::LeftOut;
use crate::disk::Stamp;
use crate::facts::Facts;
use crate::path::VaultPath;

/// Everything that one transaction changes. An empty batch changes nothing and takes no revision.
#[derive(Debug, Default)]
pub struct Batch {
    pub departed: Vec<Departure>,
    /// Documents of files that are private now.
    pub purged: Vec<Purged>,
    pub moved: Vec<Moved>,
    pub arrived: Vec<Arrival>,
    /// Attachments with another size or time, and files that Obsidian's excluded files now cover or no longer do.
    pub touched: Vec<Touched>,
    /// Documents of files that are too large to be read: nothing of what stood in them stays.
    pub emptied: Vec<Emptied>,
    /// Files that are left out for a reason of their own, glob or not, and were not or for another one.
    pub left_out: Vec<LeftOut>,
    /// Files that no longer are.
    pub not_left_out: Vec<VaultPath>,
    pub contents: Vec<Contents>,
    /// More contents of the same run follow in further batches.
    pub is_partial: bool,
    /// Rows are made right that no file's contents will be written over.
    pub is_mending: bool,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        let Self { departed, purged, moved, arrived, touched, emptied, left_out, not_left_out, contents, is_partial: _, is_mending } = self;
        let n_documents = departed.len() + purged.len() + moved.len() + arrived.len() + touched.len() + emptied.len() + contents.len();
        let has_documents = *is_mending || n_documents > 0;
        !has_documents && left_out.is_empty() && not_left_out.is_empty()
    }

    /// Returns whether files come, go or have other names for links, or what stood in them goes.
    pub fn changes_names(&self) -> bool {
        let Self { departed, purged, moved, arrived, emptied, left_out, not_left_out, touched: _, contents: _, is_partial: _, is_mending } =
            self;
        let n_names = departed.len() + purged.len() + moved.len() + arrived.len() + emptied.len() + left_out.len() + not_left_out.len();
        *is_mending || n_names > 0
    }
}

#[derive(Clone, Debug)]
pub struct Departure {
    pub doc_id: String,
    pub path: VaultPath,
}

/// A document of which nothing is to stay.
#[derive(Clone, Debug)]
pub struct Purged {
    pub doc_id: String,
    pub path: VaultPath,
    /// It stands in the mirror, not in the archive.
    pub is_live: bool,
}

#[derive(Clone, Debug)]
pub struct Moved {
    pub doc_id: String,
    pub from: VaultPath,
    pub to: VaultPath,
    pub stamp: Stamp,
}

/// A file at a path where the store knew none: new, or a document that is back from the archive.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub doc_id: String,
    pub path: VaultPath,
    pub stamp: Stamp,
    pub origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    New,
    /// Back at the path where it was archived.
    Returned,
    /// Archived at another path a moment ago, and recognised here.
    Renamed(VaultPath),
}

#[derive(Clone, Debug)]
pub struct Touched {
    pub doc_id: String,
    pub path: VaultPath,
    pub stamp: Stamp,
    /// The bytes changed, as far as one can tell without reading: it goes into the change feed.
    pub is_modified: bool,
}

/// A document that is known by name, size and time only.
#[derive(Clone, Debug)]
pub struct Emptied {
    pub doc_id: String,
    pub path: VaultPath,
}

/// A file's contents, read and understood.
#[derive(Debug)]
pub struct Contents {
    pub doc_id: String,
    pub path: VaultPath,
    pub stamp: Stamp,
    /// Nothing that stands in the document is stored yet.
    pub is_first: bool,
    /// The bytes differ from those that were stored: it goes into the change feed.
    pub is_modified: bool,
    pub facts: Facts,
}
