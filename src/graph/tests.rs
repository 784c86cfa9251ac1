//! Graphs of a few files, and what is written of them.

use super::*;
use crate::path::VaultPath;
use crate::store::{File, LinkEnds};

/// A vault of these files, with links as `source target kind` (a target in brackets is not there) and tags as `file tag`.
fn vault(name: &str, paths: &[&str], links: &[(&str, &str, &str)], tags: &[(&str, &str)]) -> Parts {
    let file = |path: &&str| {
        let path = VaultPath::stored(*path);
        let (doc_id, kind, title) = (format!("id of {path}"), path.kind(), path.name().to_owned());
        File { doc_id, path, kind, title, size: 0, modified_ms: None, written_ms: 0, is_ignored: false }
    };
    let id = |path: &str| format!("id of {path}");
    let link = |(source, target, kind): &(&str, &str, &str)| LinkEnds {
        source_id: id(source),
        kind: (*kind).to_owned(),
        target: target.trim_matches(['[', ']']).to_owned(),
        dest_id: (!target.starts_with('[')).then(|| id(target)),
    };
    let tag = |(path, tag): &(&str, &str)| (id(path), (*tag).to_owned(), tag.to_lowercase());
    Parts {
        vault: name.to_owned(),
        files: paths.iter().map(file).collect(),
        links: links.iter().map(link).collect(),
        tags: tags.iter().map(tag).collect(),
        has_tags: true,
        has_unresolved: true,
    }
}

fn ids(graph: &Graph) -> Vec<&str> {
    graph.nodes.iter().map(|node| node.id.as_str()).collect()
}

/// Returns the edges as `source > target links/embeds`.
fn edges(graph: &Graph) -> Vec<String> {
    let named = graph.named_edges();
    named.iter().map(|edge| format!("{} > {} {}/{}", edge.source, edge.target, edge.count, edge.embeds)).collect()
}

#[test]
fn links_between_two_files_are_one_edge_in_each_direction() {
    let links = [
        ("b.md", "a.md", "link"),
        ("b.md", "a.md", "embed"),
        ("a.md", "b.md", "property"),
        ("a.md", "a.md", "link"),
        ("a.md", "elsewhere.md", "link"),
        ("elsewhere.md", "a.md", "link"),
        ("a.md", "[No.md]", "link"),
        ("b.md", "[no]", "link"),
        ("b.md", "[No]", "embed"),
    ];
    let graph =
        build(&[vault("v", &["b.md", "a.md", "#c", "d/e.md"], &links, &[("a.md", "X"), ("b.md", "x"), ("b.md", "x"), ("z.md", "y")])]);
    assert_eq!(ids(&graph), ["./#c", "a.md", "b.md", "d/e.md", "#x", "[[No]]", "[[no]]"]);
    let expected = [
        "a.md > b.md 1/0",
        "a.md > #x 1/0",
        "a.md > [[No]] 1/0",
        "b.md > a.md 2/1",
        "b.md > #x 2/0",
        "b.md > [[No]] 1/1",
        "b.md > [[no]] 1/0",
    ];
    assert_eq!(edges(&graph), expected);
    let a = &graph.nodes[1];
    assert_eq!((a.n_in, a.n_out, a.tags.as_slice(), a.folder.as_deref()), (1, 3, &["#X".to_owned()][..], Some("")));
    assert_eq!(ids(&graph.without_orphans()), ["a.md", "b.md", "#x", "[[No]]", "[[no]]"]);
}

#[test]
fn a_neighbourhood_goes_along_links_and_against_them() {
    let links = [("a.md", "b.md", "link"), ("c.md", "b.md", "link"), ("c.md", "d.md", "link"), ("d.md", "a.md", "link")];
    let graph = build(&[vault("v", &["a.md", "b.md", "c.md", "d.md", "e.md"], &links, &[])]);
    for (depth, expected) in [(0, &["b.md"][..]), (1, &["a.md", "b.md", "c.md"]), (2, &["a.md", "b.md", "c.md", "d.md"])] {
        assert_eq!(ids(&graph.around("b.md", depth)), expected, "{depth}");
    }
    let near = graph.around("b.md", 1);
    assert_eq!(edges(&near), ["a.md > b.md 1/0", "c.md > b.md 1/0"]);
    assert_eq!((near.nodes[2].n_out, near.nodes[0].n_in), (1, 0), "degrees are those of what is shown");
    assert_eq!(ids(&graph.around("gone.md", 3)), [""; 0]);
}

#[test]
fn of_several_vaults_each_has_nodes_of_its_own() {
    let one = |name: &str| vault(name, &["a.md"], &[("a.md", "[x]", "link")], &[("a.md", "t")]);
    let graph = build(&[one("v"), one("w")]);
    assert_eq!(ids(&graph), ["v/a.md", "v/#t", "v/[[x]]", "w/a.md", "w/#t", "w/[[x]]"]);
}

#[test]
fn what_is_written_says_hostile_names_and_does_nothing() {
    let path = "x\"]; evil [\\N\u{7}<b>&\u{202e}.md";
    let graph = build(&[vault("v", &[path, "b.md"], &[(path, "b.md", "embed")], &[])]);
    let dot = dot(&graph);
    let node = "  \"x\\\"]; evil [\\\\N\u{7}<b>&\u{202e}.md\" [label=\"x\\\"]; evil [\\\\N\u{fffd}<b>&\u{fffd}\"]\n";
    assert!(dot.contains(node), "{dot}");
    assert!(dot.contains(" -> \"b.md\" [weight=1, style=dashed]\n"), "{dot}");
    let xml = graphml(&graph);
    assert!(xml.contains("&lt;b&gt;&amp;") && !xml.contains('\u{7}') && !xml.contains("<b>"), "{xml}");
    assert!(xml.contains("<edge id=\"e0\" source=\"n1\" target=\"n0\">"), "{xml}");
}

/// What it does in a browser is for `tests/it/browser.rs`.
#[test]
fn no_name_ends_the_data_of_a_page_or_fills_its_places() {
    let path = "</script><!--{{SCRIPT}}\u{2028}\u{9b}.md";
    let graph = build(&[vault("v", &[path], &[], &[])]);
    let page = html(&graph, &Page { name: "<b>&{{DATA}}", ..Page::default() });
    let (_, rest) = page.split_once("id=\"data\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    assert!(!data.contains(['<', '\u{2028}', '\u{9b}']), "{data}");
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["nodes"][0][3], path.rsplit('/').next().unwrap());
    assert!(page.contains("<title>&lt;b>&amp;{{DATA}}</title>"));
}

#[test]
fn a_graph_of_nothing_is_written_too() {
    let graph = Graph::default();
    assert!(dot(&graph).ends_with("}\n") && graphml(&graph).ends_with("</graphml>\n"));
}
