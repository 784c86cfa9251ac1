//! The link graph of vaults, and how it is written: DOT, GraphML, JSON, a page to look at. Pure: rows in, text out.
//!
//! Its rules are those of Obsidian's graph view: several links between two files are one edge, a link of a file to itself is none, tags,
//! attachments and names without a file are drawn on request. What an edge or node looks like is the business of whoever draws it.

mod build;
mod dot;
mod graphml;
mod html;

pub use build::{Parts, build};
pub use dot::dot;
pub use graphml::graphml;
pub use html::{Page, html};

use crate::path::FileKind;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, VecDeque};

/// Nodes in a fixed order: files by vault and path, then tags, then names without a file. Edges by their ends.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

/// A file, a tag, or a name that no file has.
#[derive(Clone, Debug, Serialize)]
pub struct Node {
    /// Unique in the graph: the path of a file, `#tag`, `[[name]]`; of several vaults, with the vault before it.
    pub id: String,
    pub kind: NodeKind,
    pub vault: String,
    /// Of a file.
    pub path: Option<String>,
    pub doc_id: Option<String>,
    pub title: String,
    /// Of a file: empty at the top of the vault.
    pub folder: Option<String>,
    /// With `#`, as they are written in it.
    pub tags: Vec<String>,
    /// Nodes that lead here, and those that this one leads to.
    #[serde(rename = "in")]
    pub n_in: usize,
    #[serde(rename = "out")]
    pub n_out: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    File(FileKind),
    Tag,
    Unresolved,
}

impl NodeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File(kind) => kind.as_str(),
            Self::Tag => "tag",
            Self::Unresolved => "unresolved",
        }
    }
}

impl Serialize for NodeKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// All links from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Places in `nodes`.
    pub source: usize,
    pub target: usize,
    pub n_links: usize,
    /// How many of them embed the target.
    pub n_embeds: usize,
}

/// An edge as JSON says it, between ids.
#[derive(Debug, Serialize)]
pub struct NamedEdge<'a> {
    source: &'a str,
    target: &'a str,
    count: usize,
    embeds: usize,
}

impl Graph {
    /// Returns the edges with the ids of their ends.
    pub fn named_edges(&self) -> Vec<NamedEdge<'_>> {
        let named = |edge: &Edge| NamedEdge {
            source: &self.nodes[edge.source].id,
            target: &self.nodes[edge.target].id,
            count: edge.n_links,
            embeds: edge.n_embeds,
        };
        self.edges.iter().map(named).collect()
    }

    /// Returns what is at most `depth` edges away from a file, along their direction or against it.
    pub fn around(&self, path: &str, depth: usize) -> Self {
        let mut beside = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            beside[edge.source].push(edge.target);
            beside[edge.target].push(edge.source);
        }
        let centre = self.nodes.iter().position(|node| node.path.as_deref() == Some(path));
        let mut steps: BTreeMap<usize, usize> = centre.into_iter().map(|at| (at, 0)).collect();
        let mut open: VecDeque<usize> = centre.into_iter().collect();
        while let Some(at) = open.pop_front() {
            let next = steps[&at] + 1;
            for other in beside[at].iter().filter(|_| next <= depth) {
                if !steps.contains_key(other) {
                    steps.insert(*other, next);
                    open.push_back(*other);
                }
            }
        }
        self.only(|at, _| steps.contains_key(&at))
    }

    /// Returns the graph without nodes that no edge touches.
    pub fn without_orphans(&self) -> Self {
        self.only(|_, node| node.n_in + node.n_out > 0)
    }

    /// Returns the nodes that `is_wanted`, by place and node, with the edges between them.
    fn only(&self, is_wanted: impl Fn(usize, &Node) -> bool) -> Self {
        let kept = self.nodes.iter().enumerate().filter(|(at, node)| is_wanted(*at, node));
        let places: BTreeMap<usize, usize> = kept.clone().map(|(at, _)| at).zip(0..).collect();
        let edge = |edge: &Edge| Some(Edge { source: *places.get(&edge.source)?, target: *places.get(&edge.target)?, ..*edge });
        let mut graph = Self { nodes: kept.map(|(_, node)| node.clone()).collect(), edges: self.edges.iter().filter_map(edge).collect() };
        graph.count();
        graph
    }

    fn count(&mut self) {
        for node in &mut self.nodes {
            (node.n_in, node.n_out) = (0, 0);
        }
        for edge in &self.edges {
            self.nodes[edge.source].n_out += 1;
            self.nodes[edge.target].n_in += 1;
        }
    }
}

#[cfg(test)]
mod tests;
