//! The shape of vaults in figures: what there is, when it was written, what is linked most, what nobody links to, how it is tagged, filed
//! and looked up. Pure: rows in, figures out, which `draw.rs` shows as bars. How fast lookups were is for `tally::lookups`.

mod draw;
mod span;

pub use draw::draw;
pub use span::Series;

use crate::clock::{Timestamp, Wall};
use crate::graph::{Graph, Node};
use crate::path::{FileKind, fold};
use crate::query::created;
use crate::resolve::unresolved_key;
use crate::store::{File, LinkEnds};
use crate::tally::lookups::{Asked, Group, Usage, usage};
use crate::tally::{TagCount, tags};
use serde::Serialize;
use serde_json::{Map, Value};
use span::series;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What a vault brings.
#[derive(Debug, Default)]
pub struct Parts {
    pub vault: String,
    /// The files that the flags leave over, and that Obsidian shows.
    pub files: Vec<File>,
    /// Of all files.
    pub links: Vec<LinkEnds>,
    /// By document: each use of a tag, with the tag without `#` and its key.
    pub tags: Vec<(String, String, String)>,
    pub properties: Vec<(String, Map<String, Value>)>,
    /// The notes to which no other file links.
    pub orphans: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Figures {
    pub vaults: Vec<String>,
    pub notes: usize,
    pub canvases: usize,
    pub bases: usize,
    pub attachments: usize,
    /// Links that stand in these files, whatever they lead to.
    pub links: usize,
    /// Notes to which no other file links.
    pub orphans: usize,
    pub unresolved: Unresolved,
    /// Notes, and the links in them, by when their file was last written.
    pub written: Series<Notes>,
    /// The same by when the note says that it was made; others are not in it.
    pub made: Series<Notes>,
    pub hubs: Vec<Hub>,
    pub tags: Top<Tag>,
    pub folders: Top<Folder>,
    pub lookups: Lookups,
}

/// Notes of a day, month or year, and the links in them.
#[derive(Debug, Serialize)]
pub struct Notes {
    pub at: String,
    pub notes: usize,
    pub links: usize,
}

/// Lookups of a day, month or year, and those that found nothing.
#[derive(Debug, Serialize)]
pub struct Asks {
    pub at: String,
    pub lookups: usize,
    pub misses: usize,
}

/// What is linked to and not there: so many names, and links to them.
#[derive(Debug, Serialize)]
pub struct Unresolved {
    pub names: usize,
    pub links: usize,
}

/// A file to which many others link.
#[derive(Debug, Serialize)]
pub struct Hub {
    pub vault: String,
    pub path: String,
    pub title: String,
    /// Files that link to it.
    #[serde(rename = "in")]
    pub n_in: usize,
}

/// The largest of some rows, and how many there are in all.
#[derive(Debug, Serialize)]
pub struct Top<T> {
    pub results: Vec<T>,
    pub total: usize,
}

/// A tag, below the last one before it that is higher up.
#[derive(Debug, Serialize)]
pub struct Tag {
    /// With `#`.
    pub tag: String,
    pub count: usize,
    pub own: usize,
}

/// A folder at the top of the vaults, and the notes anywhere below it.
#[derive(Debug, Serialize)]
pub struct Folder {
    /// Empty for notes that are in none.
    pub folder: String,
    pub notes: usize,
}

#[derive(Debug, Serialize)]
pub struct Lookups {
    pub total: usize,
    pub misses: usize,
    /// Lookups and those of them that found nothing, by when they were asked.
    pub asked: Series<Asks>,
    pub agents: Vec<Agent>,
}

#[derive(Debug, Serialize)]
pub struct Agent {
    /// Null for lookups that say none.
    pub name: Option<String>,
    pub lookups: usize,
    pub misses: usize,
}

/// Returns the figures of some vaults, with at most `limit` rows where there may be many. The graph is that of all their files.
pub fn figures(vaults: &[Parts], graph: &Graph, asked: &[Asked<'_>], limit: usize) -> Figures {
    let files = || vaults.iter().flat_map(|parts| &parts.files);
    let count = |kind| files().filter(|file| file.kind == kind).count();
    let notes: HashMap<&str, &File> = files().filter(|f| f.kind == FileKind::Note).map(|file| (file.doc_id.as_str(), file)).collect();
    let shown: HashSet<&str> = files().map(|file| file.doc_id.as_str()).collect();
    let mut n_links: HashMap<&str, usize> = HashMap::new();
    let (mut names, mut n_nowhere) = (BTreeSet::new(), 0);
    for (parts, link) in vaults.iter().flat_map(|parts| parts.links.iter().map(move |link| (parts, link))) {
        if !shown.contains(link.source_id.as_str()) {
            continue;
        }
        *n_links.entry(&link.source_id).or_default() += 1;
        if link.dest_id.is_none() {
            names.insert((&parts.vault, unresolved_key(&link.target)));
            n_nowhere += 1;
        }
    }
    let links_of = |id: &str| n_links.get(id).copied().unwrap_or_default();
    // A time in doubt is that of the row.
    let written = |file: &File| Wall::of(Timestamp::from_millis(file.modified_ms.unwrap_or(file.written_ms)));
    let made = vaults.iter().flat_map(|parts| &parts.properties).filter(|(id, _)| notes.contains_key(id.as_str()));
    let uses = vaults.iter().flat_map(|parts| &parts.tags).filter(|(id, ..)| notes.contains_key(id.as_str()));
    let tags = tags(uses.map(|(id, tag, key)| (id.as_str(), tag.as_str(), key.as_str())));
    Figures {
        vaults: vaults.iter().map(|parts| parts.vault.clone()).collect(),
        notes: notes.len(),
        canvases: count(FileKind::Canvas),
        bases: count(FileKind::Base),
        attachments: count(FileKind::Attachment),
        links: n_links.values().sum(),
        orphans: vaults.iter().flat_map(|parts| &parts.orphans).filter(|id| notes.contains_key(id.as_str())).count(),
        unresolved: Unresolved { names: names.len(), links: n_nowhere },
        written: series(notes.values().map(|file| (written(file), [1, links_of(&file.doc_id)])), notes_at),
        made: series(made.filter_map(|(id, properties)| Some((created(properties)?, [1, links_of(id)]))), notes_at),
        hubs: hubs(graph, &shown, limit),
        tags: Top { total: tags.len(), results: largest(&tags, limit) },
        folders: folders(notes.values().copied(), limit),
        lookups: lookups(asked, limit),
    }
}

fn notes_at(at: String, [notes, links]: [usize; 2]) -> Notes {
    Notes { at, notes, links }
}

fn hubs(graph: &Graph, shown: &HashSet<&str>, limit: usize) -> Vec<Hub> {
    let is_shown = |id: &Option<String>| id.as_deref().is_some_and(|id| shown.contains(id));
    let mut nodes: Vec<_> = graph.nodes.iter().filter(|node| node.n_in > 0 && is_shown(&node.doc_id)).collect();
    nodes.sort_by_key(|node| Reverse(node.n_in));
    let hub = |node: &&Node| Hub {
        vault: node.vault.clone(),
        path: node.path.clone().unwrap_or_default(),
        title: node.title.clone(),
        n_in: node.n_in,
    };
    nodes.iter().take(limit).map(hub).collect()
}

/// So many children of a tag are shown at most.
const FEW: usize = 4;

/// Returns the largest tags at the top, each before the largest of those below it. Parents are given before their children.
fn largest(tags: &[TagCount], limit: usize) -> Vec<Tag> {
    let mut below: BTreeMap<String, Vec<&TagCount>> = BTreeMap::new();
    for tag in tags {
        let parent = tag.tag.rsplit_once('/').map_or(String::new(), |(parent, _)| fold(parent.trim_end_matches('/')));
        below.entry(parent).or_default().push(tag);
    }
    fn add(parent: &str, below: &BTreeMap<String, Vec<&TagCount>>, limit: usize, found: &mut Vec<Tag>) {
        let mut children = below.get(parent).cloned().unwrap_or_default();
        children.sort_by_key(|tag| Reverse(tag.n_notes));
        for TagCount { tag, n_notes, n_own } in children.into_iter().take(limit) {
            found.push(Tag { tag: format!("#{tag}"), count: *n_notes, own: *n_own });
            add(&fold(tag), below, FEW.min(limit), found);
        }
    }
    let mut found = Vec::new();
    add("", &below, limit, &mut found);
    found
}

fn folders<'a>(notes: impl Iterator<Item = &'a File>, limit: usize) -> Top<Folder> {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for note in notes {
        *counted.entry(note.path.as_str().split_once('/').map_or("", |(top, _)| top)).or_default() += 1;
    }
    let mut folders: Vec<Folder> = counted.into_iter().map(|(folder, notes)| Folder { folder: folder.to_owned(), notes }).collect();
    folders.sort_by_key(|folder| Reverse(folder.notes));
    let total = folders.len();
    folders.truncate(limit);
    Top { results: folders, total }
}

fn lookups(asked: &[Asked<'_>], limit: usize) -> Lookups {
    let counted = usage(asked);
    let all = counted.iter().find(|usage| usage.group == Group::All);
    let moments = asked.iter().filter_map(|one| Some((Wall::of(one.at?), [1, usize::from(one.n_strict == Some(0))])));
    let agent = |usage: &Usage| Agent { name: usage.name.clone(), lookups: usage.n_lookups, misses: usage.n_misses };
    Lookups {
        total: all.map_or(0, |usage| usage.n_lookups),
        misses: all.map_or(0, |usage| usage.n_misses),
        asked: series(moments, |at, [lookups, misses]| Asks { at, lookups, misses }),
        agents: counted.iter().filter(|usage| usage.group == Group::Agent).take(limit).map(agent).collect(),
    }
}
