//! What a link means: the one function that decides which file of the vault a link leads to, as Obsidian's
//! `getFirstLinkpathDest` does, and which part of it.
//!
//! Pure: the caller brings the candidates, the files that share the link's name. Aliases and titles never resolve a link. Where Obsidian's
//! own choice is unstable (two paths of one length) the path written as the link is wins, then the smallest.

use crate::note::{Block, Heading, Note};
use crate::path::{self, VaultPath};

/// The rule by which a file was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The link names no file: it stays in its note.
    SameNote,
    /// The only file of that name.
    OnlyName,
    /// The link is the file's whole path in the vault.
    ExactPath,
    /// The link begins with `./` or `../` and was followed from the note's folder.
    Relative,
    /// Of several, one in or below the note's folder.
    OwnFolder,
    /// Of several, the one with the shortest path.
    Shortest,
}

impl Rule {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameNote => "same-note",
            Self::OnlyName => "only-name",
            Self::ExactPath => "exact-path",
            Self::Relative => "relative",
            Self::OwnFolder => "own-folder",
            Self::Shortest => "shortest",
        }
    }
}

/// The part of a note that a link's subpath leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subpath<'a> {
    /// A heading, and the heading at which its section ends.
    Heading(&'a Heading<'a>, Option<&'a Heading<'a>>),
    Block(&'a Block<'a>),
    /// A footnote's id.
    Footnote(&'a str),
}

/// Splits a link into the path of its file and, from the first `#` on, its subpath.
pub fn split(link: &str) -> (&str, Option<&str>) {
    match link.find('#') {
        Some(at) => (&link[..at], Some(&link[at..])),
        None => (link, None),
    }
}

/// Returns the key of the files that could be meant: those whose [`VaultPath::name_key`] equals it.
pub fn target_key(linkpath: &str) -> String {
    path::link_key(last_segment(linkpath))
}

/// Returns the name under which an unresolved link is counted: as written, without a trailing `.md`.
pub fn unresolved_key(linkpath: &str) -> &str {
    path::strip_md(linkpath).unwrap_or(linkpath)
}

/// Returns the file that a link in `source` means, and by which rule; `None` when it means none.
///
/// `candidates` are all files of the vault under [`target_key`]; for an empty `linkpath` none are needed.
pub fn resolve<'a>(linkpath: &str, source: &'a VaultPath, candidates: &[&'a VaultPath]) -> Option<(&'a VaultPath, Rule)> {
    if linkpath.is_empty() {
        return Some((source, Rule::SameNote));
    }
    let mut wanted = path::fold(&path::normal(linkpath));
    let has_dot = last_segment(&wanted).contains('.');
    let mut named = if has_dot { with_name(candidates, last_segment(&wanted)) } else { vec![] };
    if named.is_empty() {
        wanted.push_str(".md");
        named = with_name(candidates, last_segment(&wanted));
    }
    match (&named[..], wanted.contains('/')) {
        ([], _) => return None,
        ([only], false) => return Some((only, Rule::OnlyName)),
        _ => {}
    }
    if wanted.starts_with("./") || wanted.starts_with("../") {
        wanted = joined(source, &wanted);
        if let Some(exact) = at_path(&named, &wanted, linkpath) {
            return Some((exact, Rule::Relative));
        }
    }
    let whole = wanted.strip_prefix('/').unwrap_or(&wanted);
    if let Some(exact) = at_path(&named, whole, linkpath) {
        return Some((exact, Rule::ExactPath));
    }
    if wanted.starts_with('/') {
        return None;
    }
    nearest(&named, &wanted, source, linkpath)
}

/// Returns where in `note` a subpath leads: a block for `#^id`, a footnote for `#[^id]`, else a heading.
pub fn subpath<'a>(note: &'a Note<'_>, subpath: &str) -> Option<Subpath<'a>> {
    let parts = subpath.split('#').filter(|part| !part.is_empty()).collect::<Vec<_>>();
    match parts[..] {
        [] => None,
        [part] if part.starts_with('^') => block(note, &part[1..]).map(Subpath::Block),
        [part] if part.starts_with("[^") && part.ends_with(']') => {
            let id = part[2..part.len() - 1].to_lowercase();
            note.footnotes.iter().find(|known| **known == id).map(|known| Subpath::Footnote(known))
        }
        _ => heading(note, &parts),
    }
}

/// Returns the files whose whole name, extension included, is `name` (folded).
fn with_name<'a>(candidates: &[&'a VaultPath], name: &str) -> Vec<&'a VaultPath> {
    candidates.iter().copied().filter(|file| is_same(file.file_name(), name)).collect()
}

/// Returns the file at a path, whatever its case; of several the one spelled as the link is, then the smallest.
fn at_path<'a>(named: &[&'a VaultPath], wanted: &str, linkpath: &str) -> Option<&'a VaultPath> {
    let exact = named.iter().copied().filter(|file| is_same(file.as_str(), wanted));
    exact.min_by_key(|file| (!is_spelled(file, linkpath), *file))
}

/// Returns the best of the files whose path ends in what the link says. Plain text decides, not whole folders: Obsidian finds `ab/Note` by
/// `b/Note`, and takes `ab/` to lie below `a`.
fn nearest<'a>(named: &[&'a VaultPath], wanted: &str, source: &VaultPath, linkpath: &str) -> Option<(&'a VaultPath, Rule)> {
    let folder = path::fold(source.parent().as_str());
    let length = |path: &str| if path.is_ascii() { path.len() } else { path.encode_utf16().count() };
    let rank = |file: &VaultPath| (!is_start(file.as_str(), &folder), length(file.as_str()));
    let ranked = named.iter().copied().filter(|file| is_end(file.as_str(), wanted)).map(|file| (rank(file), file)).collect::<Vec<_>>();
    let best = ranked.iter().map(|(rank, _)| *rank).min()?;
    let equals = ranked.into_iter().filter(|(rank, _)| *rank == best).map(|(_, file)| file);
    let file = equals.min_by_key(|file| (!is_spelled(file, linkpath), *file))?;
    Some((file, if best.0 || folder.is_empty() { Rule::Shortest } else { Rule::OwnFolder }))
}

/// Returns whether the file is written, in case too, as the link writes it.
fn is_spelled(file: &VaultPath, linkpath: &str) -> bool {
    let linkpath = path::normal(linkpath);
    let written = linkpath.trim_start_matches(['.', '/']);
    file.as_str().ends_with(written) || path::strip_md(file.as_str()).is_some_and(|file| file.ends_with(written))
}

/// Returns `wanted`, which begins with `./` or `../`, from the source's folder on. It cannot leave the vault.
fn joined(source: &VaultPath, wanted: &str) -> String {
    let folder = path::fold(source.parent().as_str());
    let mut segments = folder.split('/').filter(|s| !s.is_empty()).collect::<Vec<_>>();
    for segment in wanted.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    segments.join("/")
}

/// Returns whether `text`, folded, is `folded`. The ASCII way comes first and needs no memory: a name can have thousands of candidates.
fn is_same(text: &str, folded: &str) -> bool {
    text.eq_ignore_ascii_case(folded) || (!text.is_ascii() && path::fold(text) == folded)
}

fn is_end(text: &str, folded: &str) -> bool {
    if !text.is_ascii() {
        return path::fold(text).ends_with(folded);
    }
    text.len().checked_sub(folded.len()).is_some_and(|at| text[at..].eq_ignore_ascii_case(folded))
}

fn is_start(text: &str, folded: &str) -> bool {
    if !text.is_ascii() {
        return path::fold(text).starts_with(folded);
    }
    text.get(..folded.len()).is_some_and(|start| start.eq_ignore_ascii_case(folded))
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn block<'a>(note: &'a Note<'_>, id: &str) -> Option<&'a Block<'a>> {
    let id = id.to_lowercase();
    note.blocks.iter().rev().find(|block| block.id.to_lowercase() == id)
}

/// Returns the first heading that the parts lead to, each part to a heading deeper than the one before.
fn heading<'a>(note: &'a Note<'_>, parts: &[&str]) -> Option<Subpath<'a>> {
    let mut parts = parts.iter().map(|part| heading_key(part)).peekable();
    let mut level = 0;
    for (i, heading) in note.headings.iter().enumerate() {
        if heading.level <= level || parts.next_if_eq(&heading_key(heading.text)).is_none() {
            continue;
        }
        level = heading.level;
        if parts.peek().is_none() {
            let end = note.headings[i + 1..].iter().find(|next| next.level <= heading.level);
            return Some(Subpath::Heading(heading, end));
        }
    }
    None
}

/// Returns a heading as links compare it: marks are spaces, runs of spaces are one, case is folded.
pub fn heading_key(text: &str) -> String {
    let is_mark = |c: char| c.is_ascii_punctuation() && !matches!(c, '-' | '_' | '\'');
    let words = text.split(|c: char| c.is_whitespace() || is_mark(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note;

    /// Checks where a link in `source` leads, and by which rule: `dest rule`, or nothing.
    fn check(source: &str, files: &[&str], link: &str, expected: Option<(&str, Rule)>) {
        let source = VaultPath::new(source);
        let files = files.iter().map(|file| VaultPath::new(file)).collect::<Vec<_>>();
        let (linkpath, _) = split(link);
        let candidates = files.iter().filter(|file| file.name_key() == target_key(linkpath)).collect::<Vec<_>>();
        let found = resolve(linkpath, &source, &candidates);
        assert_eq!(found.map(|(file, rule)| (file.as_str(), rule)), expected, "[[{link}]] in {source}, files {files:?}");
    }

    #[test]
    fn a_name_leads_to_its_only_file_wherever_that_is() {
        check("s.md", &["a/Note.md", "Note.pdf"], "note", Some(("a/Note.md", Rule::OnlyName)));
        check("s.md", &["a/Note.1.md"], "Note.1", Some(("a/Note.1.md", Rule::OnlyName)));
        check("s.md", &["a/Ext.md"], "Ext.MD", Some(("a/Ext.md", Rule::OnlyName)));
        check("s.md", &["ΟΔΟΣ.md"], "οδος", Some(("ΟΔΟΣ.md", Rule::OnlyName)));
        check("s.md", &["Caf\u{e9}.md"], "Cafe\u{301}", Some(("Café.md", Rule::OnlyName)));
    }

    #[test]
    fn only_notes_go_without_their_extension() {
        check("s.md", &["Board.canvas", "Fig.png"], "Board", None);
        check("s.md", &["Fig.png"], "fig.PNG", Some(("Fig.png", Rule::OnlyName)));
        check("s.md", &["x.md", "x.md.md"], "x.md", Some(("x.md", Rule::OnlyName)));
        check("s.md", &["x.md.md"], "x.md", Some(("x.md.md", Rule::OnlyName)));
    }

    #[test]
    fn of_several_the_exact_path_wins_then_the_own_folder_then_the_shortest() {
        let files = ["Note.md", "zzzz/Note.md", "a/b/Note.md"];
        check("a/b/s.md", &files, "Note", Some(("Note.md", Rule::ExactPath)));
        check("zzzz/s.md", &files[1..], "Note", Some(("zzzz/Note.md", Rule::OwnFolder)));
        check("a/s.md", &files[1..], "Note", Some(("a/b/Note.md", Rule::OwnFolder)));
        check("s.md", &files[1..], "Note", Some(("a/b/Note.md", Rule::Shortest)));
        check("a/b/c/s.md", &["x/Note.md", "a/b/Note.md"], "Note", Some(("x/Note.md", Rule::Shortest)));
    }

    #[test]
    fn a_path_is_compared_as_text_from_its_end() {
        check("s.md", &["a/b/Note.md"], "b/Note", Some(("a/b/Note.md", Rule::Shortest)));
        check("s.md", &["a/b/Note.md"], "c/Note", None);
        check("s.md", &["ab/Note.md"], "b/Note", Some(("ab/Note.md", Rule::Shortest)));
        check("s.md", &["a/b/Note.md"], "/b/Note", None);
        check("x/s.md", &["a/b/Note.md"], "/a/b/note.md", Some(("a/b/Note.md", Rule::ExactPath)));
    }

    #[test]
    fn dots_are_followed_from_the_notes_folder() {
        check("a/s.md", &["y.md"], "../y", Some(("y.md", Rule::Relative)));
        check("a/s.md", &["b.md", "a/b.md"], "./b", Some(("a/b.md", Rule::Relative)));
        check("a/b/s.md", &["to/y.md"], "../to/y", None);
        check("a/s.md", &["y.md"], "../../../y", Some(("y.md", Rule::Relative)));
    }

    #[test]
    fn ties_go_to_the_spelling_and_then_to_the_smallest_path() {
        check("s.md", &["a/Note.md", "b/note.md"], "note", Some(("b/note.md", Rule::Shortest)));
        check("s.md", &["b/x.md", "a/x.md"], "x", Some(("a/x.md", Rule::Shortest)));
        check("s.md", &["Note.md", "note.md"], "note", Some(("note.md", Rule::ExactPath)));
    }

    #[test]
    fn an_empty_path_stays_and_a_missing_file_has_a_key() {
        check("a/s.md", &[], "#H", Some(("a/s.md", Rule::SameNote)));
        check("s.md", &["a/s.md"], "Note/", None);
        assert_eq!(unresolved_key("a/Foo.md"), "a/Foo");
        assert_eq!(split("n#H#I"), ("n", Some("#H#I")));
    }

    #[test]
    fn a_subpath_leads_to_a_heading_a_block_or_a_footnote() {
        let note = note::parse_text("# Guide\n## Week 1\n### Notes\n## Week 2\n### Notes\n## C# [[a|b]]\ntext ^Id\n\n[^N]: x\n");
        let heading = |path: &str| match subpath(&note, path) {
            Some(Subpath::Heading(heading, next)) => Some((heading.text, next.map(|next| next.text))),
            _ => None,
        };
        assert_eq!(heading("#notes"), Some(("Notes", Some("Week 2"))));
        assert_eq!(heading("#Week 2#Notes"), Some(("Notes", Some("C# [[a|b]]"))));
        assert_eq!(heading("#c a b"), Some(("C# [[a|b]]", None)));
        assert_eq!(heading("#Guide"), Some(("Guide", None)));
        assert_eq!(heading("#Week 1#Week 2"), None);
        assert!(matches!(subpath(&note, "#^iD"), Some(Subpath::Block(block)) if block.id == "Id"));
        assert_eq!(subpath(&note, "#[^n]"), Some(Subpath::Footnote("n")));
        assert_eq!(subpath(&note, "#"), None);
    }
}
