//! GraphML, as Gephi, yEd, Cytoscape and NetworkX read it.

use super::Graph;
use std::fmt::Write as _;

/// What nodes and edges carry: of which, the key, its type.
const KEYS: [(&str, &str, &str); 12] = [
    ("node", "id", "string"),
    ("node", "label", "string"),
    ("node", "kind", "string"),
    ("node", "vault", "string"),
    ("node", "path", "string"),
    ("node", "doc_id", "string"),
    ("node", "folder", "string"),
    ("node", "tags", "string"),
    ("node", "in", "int"),
    ("node", "out", "int"),
    ("edge", "count", "int"),
    ("edge", "embeds", "int"),
];

/// Returns the graph in GraphML. Its ids are `n0`, `n1`, ..., because the format takes no paths; the key `id` has ours.
pub fn graphml(graph: &Graph) -> String {
    let mut text = concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ",
        "xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n",
    )
    .to_owned();
    for (of, name, kind) in KEYS {
        let _ = writeln!(text, "  <key id=\"{of}-{name}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>");
    }
    text.push_str("  <graph id=\"vault\" edgedefault=\"directed\">\n");
    for (at, node) in graph.nodes.iter().enumerate() {
        let _ = writeln!(text, "    <node id=\"n{at}\">");
        let (tags, n_in, n_out) = (node.tags.join(" "), node.n_in.to_string(), node.n_out.to_string());
        let values = [
            ("id", Some(&node.id)),
            ("label", Some(&node.title)),
            ("kind", Some(&node.kind.as_str().to_owned())),
            ("vault", Some(&node.vault)),
            ("path", node.path.as_ref()),
            ("doc_id", node.doc_id.as_ref()),
            ("folder", node.folder.as_ref()),
            ("tags", Some(&tags)),
            ("in", Some(&n_in)),
            ("out", Some(&n_out)),
        ];
        for (name, value) in values {
            value.into_iter().for_each(|value| text.push_str(&datum("node", name, value)));
        }
        text.push_str("    </node>\n");
    }
    for (at, edge) in graph.edges.iter().enumerate() {
        let _ = writeln!(text, "    <edge id=\"e{at}\" source=\"n{}\" target=\"n{}\">", edge.source, edge.target);
        text.push_str(&datum("edge", "count", &edge.n_links.to_string()));
        text.push_str(&datum("edge", "embeds", &edge.n_embeds.to_string()));
        text.push_str("    </edge>\n");
    }
    text + "  </graph>\n</graphml>\n"
}

fn datum(of: &str, name: &str, value: &str) -> String {
    format!("      <data key=\"{of}-{name}\">{}</data>\n", escaped(value))
}

/// Returns a text as XML holds it: most control characters, and two that Unicode gave to nobody, it cannot hold at all.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // As it stands, a reader would make a line end of it.
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
