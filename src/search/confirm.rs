//! Looks at the file of a hit: is it there, and is it what was indexed?

use crate::index::Document;
use crate::path::FileKind;
use crate::{disk, note};
use std::io::ErrorKind;
use std::path::Path;

/// What the file of an indexed document is now.
pub(super) enum Sight {
    AsIndexed(Document),
    /// Read again.
    Changed(Document),
    Gone,
}

/// Looks at a document's file. Without a root, or where the file cannot be looked at, what was indexed stands.
pub(super) fn look(root: Option<&Path>, document: Document) -> Sight {
    let Some(root) = root else { return Sight::AsIndexed(document) };
    let stamp = match disk::peek(root, &document.path) {
        Ok(stamp) => stamp,
        Err(error) => return unseen(root, document, error.kind()),
    };
    let is_stamped = stamp.mtime_ns != 0 && (stamp.mtime_ns, stamp.size) == (document.mtime_ns, document.size);
    if is_stamped || document.kind != FileKind::Note {
        return Sight::AsIndexed(document);
    }
    match disk::bytes(root, &document.path) {
        Ok(bytes) => read_again(Document { mtime_ns: stamp.mtime_ns, ..document }, &bytes),
        Err(error) => unseen(root, document, error.kind()),
    }
}

/// A file that is not there is gone, unless its root is too: an unmounted drive is no vault without notes.
fn unseen(root: &Path, document: Document, kind: ErrorKind) -> Sight {
    match kind {
        ErrorKind::NotFound if root.is_dir() => Sight::Gone,
        // Something else stands in its place.
        ErrorKind::InvalidInput => Sight::Gone,
        _ => Sight::AsIndexed(document),
    }
}

fn read_again(mut document: Document, bytes: &[u8]) -> Sight {
    let source = note::Source::of(bytes);
    let note = note::parse(&source);
    if note.text == document.text {
        return Sight::AsIndexed(document);
    }
    document.title = note.title.clone().unwrap_or_else(|| document.path.name().to_owned());
    document.aliases = note.aliases.clone().unwrap_or_default();
    document.tags = note.all_tags().map(str::to_owned).collect();
    document.headings = note.headings.into_iter().map(|heading| heading.text.to_owned()).collect();
    document.properties = note.properties.unwrap_or_default();
    document.body_start = note.body_start;
    document.text = source.text.into_owned();
    Sight::Changed(document)
}
