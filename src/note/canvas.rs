//! Canvases: JSON Canvas 1.0 as far as the vault's graph and search need it. An empty file is an empty canvas.

use super::{Link, Note, Problem, Source, parse_text};
use serde::Deserialize;
use serde_json::Value;

/// What a canvas holds, in the order of its nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Canvas {
    /// The Markdown of text nodes, in the form of [`Source::text`].
    pub texts: Vec<String>,
    /// Vault paths of the files it shows.
    pub files: Vec<FileNode>,
    pub urls: Vec<String>,
    /// Labels of groups.
    pub labels: Vec<String>,
    /// Vault paths of the pictures behind groups.
    pub backgrounds: Vec<String>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileNode {
    pub path: String,
    /// With its `#`.
    pub subpath: Option<String>,
}

/// Reads a canvas. Total, as a note's parser is.
pub fn canvas(bytes: &[u8]) -> Canvas {
    let Source { text, problems } = Source::of(bytes);
    let mut canvas = Canvas { problems, ..Canvas::default() };
    if text.trim().is_empty() {
        return canvas;
    }
    match serde_json::from_str::<Document>(&text) {
        Ok(document) => document.nodes.unwrap_or_default().into_iter().enumerate().for_each(|(i, node)| canvas.add(i, node)),
        Err(error) => {
            let message = format!("the canvas is not valid JSON Canvas: {}", cause(&error));
            canvas.problems.push(Problem { line: error.line().max(1), column: error.column().max(1), message });
        }
    }
    canvas
}

/// Returns the texts of a canvas as search reads them: one after the other, a blank line between.
pub fn text(canvas: &Canvas) -> String {
    let texts = canvas.texts.iter().map(String::as_str);
    let rest = canvas.labels.iter().chain(&canvas.urls).map(String::as_str);
    texts.chain(rest).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Parses the texts of a canvas, each a note of its own.
pub fn notes(canvas: &Canvas) -> impl Iterator<Item = Note<'_>> {
    canvas.texts.iter().map(|text| parse_text(text))
}

/// Returns the links of a canvas's text nodes, embeds included.
///
/// Ranges are of use only within the node that a link stands in.
pub fn links(canvas: &Canvas) -> impl Iterator<Item = Link<'_>> {
    notes(canvas).flat_map(|note| note.links.into_iter().chain(note.embeds))
}

impl Canvas {
    /// Adds a node; one that is not as it should be costs only itself.
    fn add(&mut self, i: usize, node: Value) {
        match Node::deserialize(node) {
            Err(error) => {
                let message = format!("node {} of the canvas is not read: {error}", i + 1);
                self.problems.push(Problem { line: 1, column: 1, message });
            }
            Ok(Node::Text { text }) => self.texts.push(Source::of(text.unwrap_or_default().as_bytes()).text.into_owned()),
            Ok(Node::File { file, subpath }) => {
                let subpath = subpath.filter(|subpath| !subpath.is_empty());
                self.files.extend(file.filter(|path| !path.is_empty()).map(|path| FileNode { path, subpath }));
            }
            Ok(Node::Link { url }) => self.urls.extend(url),
            Ok(Node::Group { label, background }) => {
                self.labels.extend(label);
                self.backgrounds.extend(background);
            }
            Ok(Node::Unknown) => {}
        }
    }
}

fn cause(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or_default().to_owned()
}

#[derive(Deserialize)]
struct Document {
    nodes: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Node {
    Text {
        text: Option<String>,
    },
    File {
        file: Option<String>,
        subpath: Option<String>,
    },
    Link {
        url: Option<String>,
    },
    Group {
        label: Option<String>,
        background: Option<String>,
    },
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_give_texts_files_and_links() {
        let canvas = canvas(
            br##"{"nodes":[
                {"type":"file","file":"A.md","subpath":"#H","x":0},
                {"type":"text","text":"see [[B|b]] ![[p.png]] #tag"},
                {"type":"link","url":"https://x.org"},
                {"type":"group","label":"G","background":"bg.png"},
                {"type":"new","x":1}
            ],"edges":[]}"##,
        );
        assert_eq!(canvas.problems, []);
        assert_eq!(links(&canvas).map(|link| link.link).collect::<Vec<_>>(), ["B", "p.png"]);
        assert_eq!(canvas.files, [FileNode { path: "A.md".to_owned(), subpath: Some("#H".to_owned()) }]);
        assert_eq!(canvas.backgrounds, ["bg.png"]);
        assert_eq!(text(&canvas), "see [[B|b]] ![[p.png]] #tag\n\nG\n\nhttps://x.org");
    }

    #[test]
    fn a_broken_node_costs_only_itself() {
        let canvas = canvas(
            br##"{"nodes":[{"x":1},{"type":"text","text":3},7,{"type":"text"},{"type":"file","file":null},{"type":"text","text":"[[A]]"}]}"##,
        );
        assert_eq!(links(&canvas).map(|link| link.link).collect::<Vec<_>>(), ["A"]);
        assert_eq!(canvas.problems.len(), 3, "{:?}", canvas.problems);
    }

    #[test]
    fn an_empty_file_is_an_empty_canvas_and_a_broken_one_a_problem() {
        assert_eq!(canvas(b" \n"), Canvas::default());
        assert_eq!(canvas(b"{}"), Canvas::default());
        assert_eq!(canvas(b"{\"nodes\": null}"), Canvas::default());
        let broken = canvas(b"{\n\"nodes\": 3}");
        assert_eq!((broken.problems.len(), broken.problems[0].line), (1, 2));
    }
}
