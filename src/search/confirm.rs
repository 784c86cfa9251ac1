//! Looks at the file of a hit: is it there, is it still shown, and is it what was indexed?

use crate::disk::{self, Shown};
use crate::facts;
use crate::index::Document;
use crate::note;
use crate::path::{FileKind, VaultPath};
use crate::sync::Site;
use std::collections::HashSet;
use std::io::{self, ErrorKind};

/// What the file of an indexed document is now.
pub(super) enum Sight {
    AsIndexed(Document),
    /// Read again.
    Changed(Document),
    /// Not there, or no longer shown.
    Gone,
}

/// The vaults as an answer sees them.
#[derive(Default)]
pub(super) struct Eyes<'a> {
    vaults: Vec<(&'a Site, Shown<'a>)>,
    /// Folders that were found gone: of the files in them, none needs to be looked for.
    gone: HashSet<(String, VaultPath)>,
    /// What could not be looked at, and why: it stands as it was indexed.
    pub(super) unread: Vec<(VaultPath, io::Error)>,
    /// What has become too large to be read: it is not shown.
    pub(super) large: Vec<(VaultPath, io::Error)>,
}

impl<'a> Eyes<'a> {
    /// Opens eyes on the vaults that are not away.
    pub(super) fn on(vaults: &'a [Site], away: &[String]) -> Self {
        let there = vaults.iter().filter(|site| !away.contains(&site.name));
        Self { vaults: there.map(|site| (site, Shown::load(&site.disk))).collect(), ..Self::default() }
    }

    /// Looks at a document's file. Without a vault, or where the file cannot be looked at, what was indexed stands.
    pub(super) fn look(&mut self, document: Document) -> Sight {
        let Some((site, shown)) = self.vaults.iter().find(|(site, _)| site.name == document.vault) else {
            return Sight::AsIndexed(document);
        };
        let site = *site;
        if !shown.shows(&document.path) {
            return Sight::Gone;
        }
        let folder = (document.vault.clone(), document.path.parent());
        if self.gone.contains(&folder) {
            return Sight::Gone;
        }
        let mut is_large = false;
        let seen = disk::peek(&site.disk, &document.path).and_then(|stamp| {
            let is_stamped = stamp.mtime_ns != 0 && (stamp.mtime_ns, stamp.size) == (document.mtime_ns, document.size);
            let is_as_indexed = is_stamped || !document.kind.is_read();
            if is_as_indexed {
                return Ok((stamp, None));
            }
            if let Err(why) = site.disk.check_size(stamp.size) {
                is_large = true;
                return Err(why);
            }
            Ok((stamp, Some(disk::bytes(&site.disk, &document.path)?)))
        });
        match seen {
            Ok((_, None)) => Sight::AsIndexed(document),
            Ok((_, Some(bytes))) if document.kind == FileKind::Note && note::is_private(&bytes, &site.rules.private) => Sight::Gone,
            Ok((stamp, Some(bytes))) => read_again(Document { mtime_ns: stamp.mtime_ns, size: stamp.size, ..document }, &bytes, site),
            // Something else stands in its place.
            Err(error) if error.kind() == ErrorKind::InvalidInput => Sight::Gone,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !disk::has_folder(&site.disk, &folder.1) {
                    self.gone.insert(folder);
                }
                Sight::Gone
            }
            // What stood in it when it was smaller is shown no longer.
            Err(_) if is_large && document.text.is_empty() => Sight::AsIndexed(document),
            Err(error) if is_large => {
                self.large.push((document.path, error));
                Sight::Gone
            }
            Err(error) => {
                self.unread.push((document.path.clone(), error));
                Sight::AsIndexed(document)
            }
        }
    }
}

fn read_again(mut document: Document, bytes: &[u8], site: &Site) -> Sight {
    let (text, body_start) = match document.kind {
        FileKind::Canvas => (note::canvas::text(&note::canvas::canvas(bytes)), 0),
        _ => {
            let source = note::Source::of(bytes);
            let body_start = note::parse(&source).body_start;
            (source.text.into_owned(), body_start)
        }
    };
    // No store of ours holds a NUL.
    let text = text.replace('\0', "");
    if text == document.text {
        return Sight::AsIndexed(document);
    }
    let facts = facts::of(&document.path, bytes, &site.rules);
    document.title = facts.title;
    document.aliases = facts.aliases;
    document.tags = facts.tags.into_iter().map(|fact| format!("#{}", fact.tag)).collect();
    document.headings = facts.headings.into_iter().map(|heading| heading.text).collect();
    document.properties = facts.properties.unwrap_or_default();
    document.knowledge_type = facts.knowledge_type;
    document.projects = facts.projects;
    document.body_start = body_start.min(text.len());
    document.text = text;
    Sight::Changed(document)
}
