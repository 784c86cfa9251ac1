//! One page that shows the graph and needs nothing else: no network, no other file. What it does stands in `page.js`,
//! how it draws in `draw.js` and `brush.js`, where nodes lie in `layout.js`, how it looks in `page.css`.

use super::Graph;
use crate::note::hashes;
use crate::render::{json_harmless, one_line};
use serde_json::json;
use std::collections::HashMap;

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(include_str!("layout.js"), include_str!("brush.js"), include_str!("draw.js"), include_str!("page.js"));

/// What is said on the page beside the graph.
#[derive(Clone, Debug, Default)]
pub struct Page<'a> {
    pub name: &'a str,
    /// The note in the middle, by its path.
    pub centre: Option<&'a str>,
    /// What Obsidian calls a vault that is known here by a name: it opens notes by that.
    pub vaults: HashMap<&'a str, &'a str>,
}

/// Returns the graph as a page.
pub fn html(graph: &Graph, page: &Page<'_>) -> String {
    let data = data(graph, page);
    // Whoever writes a note that would run here had to know the hash of all that is written.
    let nonce = &hashes(data.as_bytes()).file[..32];
    let name = one_line(page.name).replace('&', "&amp;").replace('<', "&lt;");
    let parts = [("NONCE", nonce), ("TITLE", &name), ("STYLE", STYLE), ("SCRIPT", SCRIPT), ("DATA", &data)];
    filled(FRAME, &parts)
}

/// Returns the frame with its places filled; what is put in is not looked at again.
fn filled(frame: &str, parts: &[(&str, &str)]) -> String {
    let mut pieces = frame.split("{{");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (place, rest) = piece.split_once("}}").expect("a place in the frame has an end");
        let (_, part) = parts.iter().find(|(name, _)| *name == place).expect("each place in the frame has its part");
        text.push_str(part);
        text.push_str(rest);
    }
    text
}

/// Returns the graph as JSON that can stand in a script element: no `<` ends it. Names that come often are told once.
fn data(graph: &Graph, page: &Page<'_>) -> String {
    let (mut folders, mut tags, mut vaults) = (Names::default(), Names::default(), Names::default());
    let nodes = graph.nodes.iter().map(|node| {
        let folder = node.folder.as_deref().map_or(-1, |folder| folders.place(folder) as i64);
        let file = node.path.as_deref().map(|path| path.rsplit('/').next().unwrap_or_default());
        let tags: Vec<usize> = node.tags.iter().map(|tag| tags.place(tag.as_str())).collect();
        let vault = vaults.place(page.vaults.get(node.vault.as_str()).copied().unwrap_or(&node.vault));
        json!([node.title, node.kind, folder, file, tags, vault])
    });
    let nodes: Vec<_> = nodes.collect();
    let edges: Vec<usize> = graph.edges.iter().flat_map(|edge| [edge.source, edge.target, edge.n_links, edge.n_embeds]).collect();
    let centre = page.centre.and_then(|path| graph.nodes.iter().position(|node| node.path.as_deref() == Some(path)));
    let data = json!({
        "name": page.name, "centre": centre, "vaults": vaults.all, "folders": folders.all, "tags": tags.all, "nodes": nodes, "edges": edges,
    });
    json_harmless(&data.to_string()).replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Names in the order in which they came, each once.
#[derive(Default)]
struct Names<'a> {
    all: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    fn place(&mut self, name: &'a str) -> usize {
        *self.places.entry(name).or_insert_with(|| {
            self.all.push(name);
            self.all.len() - 1
        })
    }
}
