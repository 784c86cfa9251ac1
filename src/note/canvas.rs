//! Canvases: JSON Canvas 1.0 as far as the vault's graph and search need it. An empty file is an empty canvas.

use super::{Link, LinkSyntax, Note, Problem, parse, text};
use serde::Deserialize;

/// What a canvas holds, in the order of its nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Canvas {
    /// The Markdown of text nodes, parsed.
    pub texts: Vec<Note>,
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
    let (text, problems) = text::decode(bytes);
    let mut canvas = Canvas { problems, ..Canvas::default() };
    if text.trim().is_empty() {
        return canvas;
    }
    match serde_json::from_str::<Document>(&text) {
        Ok(document) => document.nodes.into_iter().for_each(|node| canvas.add(node)),
        Err(error) => {
            let message = format!("the canvas is not valid JSON Canvas: {}", cause(&error));
            canvas.problems.push(Problem { line: error.line().max(1), column: error.column().max(1), message });
        }
    }
    canvas
}

/// Returns the texts of a canvas as search reads them: one after the other, a blank line between.
pub fn text(canvas: &Canvas) -> String {
    let texts = canvas.texts.iter().map(|note| note.text.as_str());
    let rest = canvas.labels.iter().chain(&canvas.urls).map(String::as_str);
    texts.chain(rest).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Returns the links of a canvas: those of its text nodes, embeds included, then the files that it shows.
///
/// Ranges are of use only within the node that a link stands in.
pub fn links(canvas: &Canvas) -> Vec<Link> {
    let written = canvas.texts.iter().flat_map(|note| note.links.iter().chain(&note.embeds)).cloned();
    let shown = canvas.files.iter().map(|file| {
        let link = format!("{}{}", file.path, file.subpath.as_deref().unwrap_or_default());
        Link { original: link.clone(), display: String::new(), syntax: LinkSyntax::Wiki, range: 0..0, link }
    });
    written.chain(shown).collect()
}

impl Canvas {
    fn add(&mut self, node: Node) {
        match node {
            Node::Text { text } => self.texts.push(parse(text.as_bytes())),
            Node::File { file, subpath } => {
                self.files.push(FileNode { path: file, subpath: subpath.filter(|subpath| !subpath.is_empty()) })
            }
            Node::Link { url } => self.urls.push(url),
            Node::Group { label, background } => {
                self.labels.extend(label);
                self.backgrounds.extend(background);
            }
            Node::Unknown => {}
        }
    }
}

fn cause(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or_default().to_owned()
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Node {
    Text {
        #[serde(default)]
        text: String,
    },
    File {
        #[serde(default)]
        file: String,
        subpath: Option<String>,
    },
    Link {
        #[serde(default)]
        url: String,
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
        assert_eq!(links(&canvas).iter().map(|link| link.link.as_str()).collect::<Vec<_>>(), ["B", "p.png", "A.md#H"]);
        assert_eq!(canvas.backgrounds, ["bg.png"]);
        assert_eq!(text(&canvas), "see [[B|b]] ![[p.png]] #tag\n\nG\n\nhttps://x.org");
    }

    #[test]
    fn an_empty_file_is_an_empty_canvas_and_a_broken_one_a_problem() {
        assert_eq!(canvas(b" \n"), Canvas::default());
        assert_eq!(canvas(b"{}"), Canvas::default());
        let broken = canvas(b"{\n\"nodes\": 3}");
        assert_eq!((broken.problems.len(), broken.problems[0].line), (1, 2));
    }
}
