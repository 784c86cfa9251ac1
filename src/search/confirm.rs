//! Looks at the file of a hit: is it there, and is it what was indexed?

use crate::disk;
use crate::index::Document;
use crate::note;
use crate::path::FileKind;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// What the file of an indexed document is now.
pub(super) enum Sight {
    AsIndexed(Document),
    /// Read again, as far as a note says it.
    Changed(Document),
    Gone,
}

/// Looks at a document's file. Without a root, or where the file cannot be looked at, what was indexed stands.
pub(super) fn look(root: Option<&Path>, document: Document) -> Sight {
    let Some(root) = root else { return Sight::AsIndexed(document) };
    let plain = root.join(document.path.as_str());
    let (real, metadata) = match std::fs::symlink_metadata(&plain) {
        Ok(metadata) => (plain, metadata),
        Err(_) => {
            let real = disk::locate(root, &document.path);
            match std::fs::symlink_metadata(&real) {
                Ok(metadata) => (real, metadata),
                // A root that is gone is an unmounted drive, not a vault without notes.
                Err(error) if error.kind() == ErrorKind::NotFound && root.is_dir() => return Sight::Gone,
                Err(_) => return Sight::AsIndexed(document),
            }
        }
    };
    if !metadata.is_file() {
        return Sight::Gone;
    }
    if is_stamped(&document, &metadata) || document.kind != FileKind::Note {
        return Sight::AsIndexed(document);
    }
    match std::fs::read(real) {
        Ok(bytes) => read_again(document, &bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => Sight::Gone,
        Err(_) => Sight::AsIndexed(document),
    }
}

fn is_stamped(document: &Document, metadata: &Metadata) -> bool {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let mtime_ns = modified.and_then(|age| i64::try_from(age.as_nanos()).ok()).unwrap_or_default();
    mtime_ns != 0 && mtime_ns == document.mtime_ns && i64::try_from(metadata.len()) == Ok(document.size)
}

fn read_again(mut document: Document, bytes: &[u8]) -> Sight {
    if note::text::decode(bytes).0 == document.text {
        return Sight::AsIndexed(document);
    }
    let note = note::parse(bytes);
    document.tags = note.all_tags().map(str::to_owned).collect();
    document.properties = note.properties.unwrap_or_default();
    document.body_start = note.body_start;
    document.text = note.text;
    Sight::Changed(document)
}
