//! DOT, as Graphviz reads it.

use super::{Graph, NodeKind};
use crate::render::one_line;
use std::fmt::Write as _;

/// Returns the graph in DOT. Edges that only embed are dashed; more links make a heavier edge.
pub fn dot(graph: &Graph) -> String {
    let mut text =
        "digraph vault {\n  graph [layout=sfdp, overlap=prism, outputorder=edgesfirst]\n  node [shape=box, style=rounded]\n".to_owned();
    for node in &graph.nodes {
        let look = match node.kind {
            NodeKind::File(_) => "",
            NodeKind::Tag => ", shape=oval",
            NodeKind::Unresolved => ", style=\"rounded,dashed\"",
        };
        let _ = writeln!(text, "  {} [label={}{look}]", quoted(&node.id), quoted(&one_line(&node.title)));
    }
    for edge in &graph.edges {
        let style = if edge.n_embeds == edge.n_links { ", style=dashed" } else { "" };
        let (source, target) = (&graph.nodes[edge.source].id, &graph.nodes[edge.target].id);
        let _ = writeln!(text, "  {} -> {} [weight={}{style}]", quoted(source), quoted(target), edge.n_links);
    }
    text + "}\n"
}

/// Returns a text in quotes. In these a backslash would begin an escape (`\n`, `\N`, `\G`), so it is doubled.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
