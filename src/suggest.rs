//! What a link that leads nowhere may have meant. Pure: the caller brings the vault's files, what notes call themselves, and where
//! documents have been.
//!
//! Only help for people: nothing here ever resolves a link.

use crate::nearest::nearest;
use crate::path::{VaultPath, fold, normal, strip_md};
use crate::resolve::{self, heading_key};

/// Why a file is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The file is called so and lies elsewhere, or the link led to it before it was renamed.
    Moved,
    /// The note has the link's text as an alias, which resolves no link.
    Alias,
    /// The note's title or first heading is the link's text.
    Heading,
    /// The names are one slug: `my-note` for `My Note`.
    Slug,
    /// The names differ in a few letters.
    Spelling,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Alias => "alias",
            Self::Heading => "heading",
            Self::Slug => "slug",
            Self::Spelling => "spelling",
        }
    }
}

/// What a note calls itself, its file name aside.
#[derive(Clone, Debug, Default)]
pub struct Called {
    pub aliases: Vec<String>,
    /// Its title and its first heading.
    pub headings: Vec<String>,
}

/// A path that a document had, and where it is now.
pub type Move = (VaultPath, VaultPath);

/// More than these help nobody.
const MOST: usize = 5;

/// Names shorter than this are all near to one another.
const SHORTEST_NEAR: usize = 3;

/// Returns the files that an unresolved link in `source` may have meant, each once, the best reasons first.
///
/// `called` need only hold the notes that [`may_call_itself`] lets through.
pub fn suggest(
    linkpath: &str,
    source: &VaultPath,
    files: &[&VaultPath],
    called: &[(&VaultPath, Called)],
    moves: &[Move],
) -> Vec<(VaultPath, Reason)> {
    let name = name_of(linkpath);
    if name.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(VaultPath, Reason)> = Vec::new();
    let mut add = |paths: Vec<&VaultPath>, reason| {
        for path in paths {
            if !found.iter().any(|(known, _)| known == path) {
                found.push((path.clone(), reason));
            }
        }
    };
    let leads_to = |path: &VaultPath| resolve::resolve(linkpath, source, &[path]).is_some();
    let has_name = |path: &VaultPath| resolve::resolve(name, source, &[path]).is_some();
    add(moves.iter().filter(|(from, _)| leads_to(from)).map(|(_, to)| to).collect(), Reason::Moved);
    add(files.iter().copied().filter(|path| has_name(path)).collect(), Reason::Moved);
    let key = key(name);
    add(called_so(called, |called| called.aliases.iter().any(|alias| self::key(alias) == key)), Reason::Alias);
    let heading = heading_key(name);
    add(
        called_so(called, |called| called.headings.iter().any(|text| !heading.is_empty() && heading_key(text) == heading)),
        Reason::Heading,
    );
    let slug = slug(name);
    add(files.iter().copied().filter(|path| !slug.is_empty() && self::slug(path.name()) == slug).collect(), Reason::Slug);
    if name.chars().count() >= SHORTEST_NEAR {
        let near = nearest(name, files.iter().map(|path| path.name()));
        add(files.iter().copied().filter(|path| near == Some(path.name())).collect(), Reason::Spelling);
    }
    found.truncate(MOST);
    found
}

/// Returns whether a note with this text could have the link's name as an alias, a title or a heading: whether all its words stand there.
/// Spares the parsing of most notes.
pub fn may_call_itself(linkpath: &str, text: &str) -> bool {
    let wanted = key(name_of(linkpath));
    let text = key(text);
    wanted.split(|c: char| !c.is_alphanumeric()).all(|word| text.contains(word))
}

fn called_so<'a>(called: &[(&'a VaultPath, Called)], is_meant: impl Fn(&Called) -> bool) -> Vec<&'a VaultPath> {
    called.iter().filter(|(_, called)| is_meant(called)).map(|(path, _)| *path).collect()
}

/// Returns the name that a link gives, without folders and without `.md`.
fn name_of(linkpath: &str) -> &str {
    let name = linkpath.trim().rsplit('/').next().unwrap_or_default();
    strip_md(name).unwrap_or(name)
}

fn key(text: &str) -> String {
    fold(&normal(text.trim()))
}

/// Returns a name as web addresses have it: lower case, hyphens for spaces, no other marks.
fn slug(name: &str) -> String {
    let is_gap = |c: char| c.is_whitespace() || matches!(c, '-' | '_');
    let word = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let words = fold(&normal(name)).split(is_gap).map(word).filter(|word| !word.is_empty()).collect::<Vec<_>>();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks what `link` in `x/s.md` may have meant, as `path reason`. A file is a path, with aliases and headings behind bars:
    /// `a.md|alias, alias|heading`. A move is `from > to`.
    fn check(link: &str, files: &[&str], moves: &[&str], expected: &[&str]) {
        let files = files.iter().map(|file| {
            let mut parts = file.split('|');
            let path = VaultPath::new(parts.next().unwrap());
            let mut list = || parts.next().map_or(vec![], |part| part.split(", ").map(str::to_owned).collect());
            (path, Called { aliases: list(), headings: list() })
        });
        let files = files.collect::<Vec<_>>();
        let called = files.iter().map(|(path, called)| (path, called.clone())).collect::<Vec<_>>();
        let paths = files.iter().map(|(path, _)| path).collect::<Vec<_>>();
        let moves = moves.iter().map(|pair| {
            let (from, to) = pair.split_once(" > ").unwrap();
            (VaultPath::new(from), VaultPath::new(to))
        });
        let found = suggest(link, &VaultPath::new("x/s.md"), &paths, &called, &moves.collect::<Vec<_>>());
        assert_eq!(found.iter().map(|(path, reason)| format!("{path} {}", reason.as_str())).collect::<Vec<_>>(), expected, "[[{link}]]");
    }

    #[test]
    fn a_file_of_that_name_elsewhere_has_moved() {
        check("old/Note", &["new/note.md", "b/Note.md", "Notes.md"], &[], &["new/note.md moved", "b/Note.md moved"]);
        check("/Fig.png", &["a/Fig.png", "a/Fig.md"], &[], &["a/Fig.png moved"]);
        check("../old/Note.md", &["new/Note.md"], &[], &["new/Note.md moved"]);
    }

    #[test]
    fn a_renamed_note_is_found_by_the_name_it_had() {
        check("Plan", &["Roadmap.md"], &["a/Plan.md > Roadmap.md", "a/Planet.md > x.md"], &["Roadmap.md moved"]);
        check("b/Plan", &["Roadmap.md"], &["a/Plan.md > Roadmap.md"], &[]);
    }

    #[test]
    fn an_alias_a_title_or_a_first_heading_may_be_meant() {
        check("n", &["a.md|N, M", "b.md||N", "c.md||x"], &[], &["a.md alias", "b.md heading"]);
        check("C basics", &["a.md||C# basics", "b.md|c  basics"], &[], &["a.md heading"]);
        check("d/My Alias", &["a.md|my alias"], &[], &["a.md alias"]);
    }

    #[test]
    fn a_slug_stands_for_a_name() {
        check("my-note", &["a/My Note.md", "My_Note!.md", "Mine.md"], &[], &["a/My Note.md slug", "My_Note!.md slug"]);
        check("Whats New? (2024)", &["what's-new-2024.md"], &[], &["what's-new-2024.md slug"]);
        check("übung-1", &["Übung 1.md"], &[], &["Übung 1.md slug"]);
    }

    #[test]
    fn a_near_spelling_is_the_last_resort() {
        check("Recieve", &["a/Receive.md", "Perceive.md"], &[], &["a/Receive.md spelling"]);
        check("ab", &["cd.md"], &[], &[]);
        check("", &["a.md"], &[], &[]);
        check("x/", &["a.md"], &[], &[]);
    }

    #[test]
    fn a_note_without_the_words_need_not_be_parsed() {
        for (link, text, expected) in [
            ("a/C++ Basics", "# BASICS of c", true),
            ("Über uns", "aliases: [ÜBER-UNS]", true),
            ("Note", "nothing", false),
            ("!!", "x", true),
        ] {
            assert_eq!(may_call_itself(link, text), expected, "{link}");
        }
    }
}
