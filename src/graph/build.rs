//! From the rows of vaults to their graph.

use super::{Edge, Graph, Node, NodeKind};
use crate::path::FileKind;
use crate::resolve::unresolved_key;
use crate::store::{File, LinkEnds};
use crate::tally::Spellings;
use std::collections::{BTreeMap, HashMap};

/// What a vault brings to a graph.
#[derive(Debug, Default)]
pub struct Parts {
    pub vault: String,
    /// The files that are nodes.
    pub files: Vec<File>,
    pub links: Vec<LinkEnds>,
    /// Each use of a tag: the document, the tag without `#`, its key.
    pub tags: Vec<(String, String, String)>,
    /// What is drawn besides files.
    pub has_tags: bool,
    pub has_unresolved: bool,
}

/// Returns the graph of some vaults.
pub fn build(vaults: &[Parts]) -> Graph {
    let mut graph = Graph::default();
    for parts in vaults {
        let prefix = if vaults.len() > 1 { format!("{}/", parts.vault) } else { String::new() };
        one(parts, &prefix, &mut graph);
    }
    graph.edges.sort_by_key(|edge| (edge.source, edge.target));
    graph.count();
    graph
}

/// Who leads to whom, and what is told of it.
type Edges = BTreeMap<(usize, usize), Edge>;

fn one(parts: &Parts, prefix: &str, graph: &mut Graph) {
    let mut files: Vec<&File> = parts.files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let places: HashMap<&str, usize> = files.iter().map(|file| file.doc_id.as_str()).zip(graph.nodes.len()..).collect();
    graph.nodes.extend(files.iter().map(|file| file_node(file, &parts.vault, prefix)));
    let mut edges = Edges::new();
    let mut by_key: BTreeMap<&str, (Spellings<'_>, Vec<usize>)> = BTreeMap::new();
    for (id, tag, key) in &parts.tags {
        let Some(at) = places.get(id.as_str()) else { continue };
        graph.nodes[*at].tags.push(format!("#{tag}"));
        let (spellings, users) = by_key.entry(key).or_default();
        spellings.add(tag);
        users.push(*at);
    }
    for node in &mut graph.nodes {
        node.tags.sort();
        node.tags.dedup();
    }
    for (spellings, users) in by_key.into_values().filter(|_| parts.has_tags) {
        let at = graph.nodes.len();
        graph.nodes.push(name_node(NodeKind::Tag, format!("#{}", spellings.best()), &parts.vault, prefix));
        users.into_iter().for_each(|user| add(&mut edges, user, at, "tag"));
    }
    // By the name that the link gives them, in its case: as `unresolved` lists them.
    let mut missing: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    for LinkEnds { source_id, kind, target, dest_id } in &parts.links {
        let Some(source) = places.get(source_id.as_str()) else { continue };
        match dest_id {
            Some(id) => places.get(id.as_str()).into_iter().for_each(|dest| add(&mut edges, *source, *dest, kind)),
            None => missing.entry(unresolved_key(target)).or_default().push((*source, kind)),
        }
    }
    for (name, users) in missing.into_iter().filter(|_| parts.has_unresolved) {
        let at = graph.nodes.len();
        graph.nodes.push(name_node(NodeKind::Unresolved, name.to_owned(), &parts.vault, prefix));
        users.into_iter().for_each(|(user, kind)| add(&mut edges, user, at, kind));
    }
    graph.edges.extend(edges.into_values());
}

/// Adds a link. That of a file to itself joins nothing.
fn add(edges: &mut Edges, source: usize, target: usize, kind: &str) {
    if source == target {
        return;
    }
    let edge = edges.entry((source, target)).or_insert(Edge { source, target, n_links: 0, n_embeds: 0 });
    edge.n_links += 1;
    edge.n_embeds += usize::from(kind == "embed");
}

fn file_node(file: &File, vault: &str, prefix: &str) -> Node {
    let path = file.path.to_string();
    // What begins as the id of a tag or of a missing file does is told apart from these.
    let mark = if prefix.is_empty() && path.starts_with(['#', '[']) { "./" } else { prefix };
    // A note has a title of its own; whatever else goes by its name.
    let title = if file.kind == FileKind::Note && !file.title.is_empty() { file.title.clone() } else { file.path.name().to_owned() };
    Node {
        id: format!("{mark}{path}"),
        kind: NodeKind::File(file.kind),
        vault: vault.to_owned(),
        folder: Some(file.path.parent().to_string()),
        doc_id: Some(file.doc_id.clone()),
        path: Some(path),
        title,
        tags: Vec::new(),
        n_in: 0,
        n_out: 0,
    }
}

fn name_node(kind: NodeKind, title: String, vault: &str, prefix: &str) -> Node {
    let id = if kind == NodeKind::Tag { format!("{prefix}{title}") } else { format!("{prefix}[[{title}]]") };
    Node { id, kind, vault: vault.to_owned(), path: None, doc_id: None, title, folder: None, tags: Vec::new(), n_in: 0, n_out: 0 }
}
