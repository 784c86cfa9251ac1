//! What holds of every note, canvas and link, whatever the input: property tests and fuzz targets assert it on theirs.
//!
//! Compiled for those two only. It knows no rule of any grammar: what a text means is for the tests beside the rules.

pub mod hostile;
#[cfg(test)]
mod tests;

use crate::facts::{self, Facts, Rules};
use crate::note::text::{Lines, Place};
use crate::note::{self, Link, LinkSyntax, Note, Source, canvas, links, parse, parse_text, tags};
use crate::path::{self, VaultPath};
use crate::resolve;
use crate::writeback;
use std::ops::Range;

/// Asserts what holds of the note that `bytes` are, and of the facts and hashes of its file.
pub fn note(bytes: &[u8]) {
    let source = Source::of(bytes);
    let note = parse(&source);
    assert_eq!(note, parse(&source), "parsing is deterministic");
    assert!(!note.text.contains(['\r', '\0']), "line ends are LF, and NUL is left out");
    ranges(&note);
    order(&note);
    problems(&note);
    let facts = facts::of(&VaultPath::new("a.md"), bytes, &Rules { labels: true, ..Rules::default() });
    assert_eq!(facts.links.len(), note.property_links.len() + note.links.len() + note.embeds.len());
    assert_eq!(format!("{}{}", facts.frontmatter, facts.body), note.text, "no text is lost");
    assert_eq!(facts.hashes, note::hashes(bytes));
    told(bytes);
}

/// Asserts that of a note that is told that it was synced nothing else differs.
pub fn told(bytes: &[u8]) {
    const AT: &str = "2025-12-20T23:29:45.916709";
    let Some(after) = writeback::splice(bytes, AT) else { return };
    let others = |bytes: &[u8]| {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        lines.filter(|line| !line.starts_with(b"synced")).flatten().copied().collect::<Vec<u8>>()
    };
    assert_eq!(others(&after), others(bytes), "only the two lines differ");
    let (old, new) = (Source::of(bytes), Source::of(&after));
    let (old, new) = (parse(&old), parse(&new));
    assert_eq!(new.body(), old.body());
    assert!(new.frontmatter_error.is_none());
    let (mut old, mut new) = (old.json().unwrap_or_default(), new.json().expect("it has two properties at least"));
    assert_eq!((new.remove("synced"), new.remove("synced_at")), (Some(true.into()), Some(AT.into())));
    old.retain(|key, _| key != "synced" && key != "synced_at");
    assert_eq!(new, old, "all other properties are as they were");
    assert_eq!(note::hashes(&after).content, note::hashes(bytes).content);
    assert_eq!(writeback::splice(&after, AT), Some(after), "twice is once");
}

/// Asserts that `text` is one note, however its lines end and whether or not a BOM comes first.
pub fn encodings(text: &str) {
    let lf = text.replace("\r\n", "\n").replace('\r', "\n");
    let lf = lf.trim_start_matches('\u{feff}');
    let source = Source::of(lf.as_bytes());
    let note = parse(&source);
    for other in [lf.replace('\n', "\r\n"), lf.replace('\n', "\r"), format!("\u{feff}{lf}")] {
        assert_eq!(parse(&Source::of(other.as_bytes())), note, "{other:?}");
    }
}

/// Asserts what holds of a canvas and of the notes in it.
pub fn canvas(bytes: &[u8]) {
    let canvas = canvas::canvas(bytes);
    canvas::notes(&canvas).for_each(|note| ranges(&note));
    let facts = facts::of(&VaultPath::new("a.canvas"), bytes, &Rules::default());
    assert_eq!(facts.links.len(), canvas::links(&canvas).count() + canvas.files.len());
    assert_eq!(facts.body, canvas::text(&canvas).replace('\0', ""));
}

/// Asserts what holds of frontmatter that says `yaml`.
pub fn frontmatter(yaml: &str) {
    let text = format!("---\n{yaml}\n---\nbody\n");
    note(text.as_bytes());
    let source = Source::of(text.as_bytes());
    let note = parse(&source);
    let block = note.frontmatter();
    assert!(note.body_start > 0, "the fences make a block");
    if let Some(problem) = &note.frontmatter_error {
        let n_lines = block.lines().count();
        assert!((1..=n_lines).contains(&problem.line), "{problem:?} lies in the {n_lines} lines of {block:?}");
        assert!(note.properties.is_none() && note.problems.contains(problem));
    }
    for link in &note.property_links {
        assert!(note.properties.as_ref().is_some_and(|properties| properties.iter().any(|(key, _)| link.key.starts_with(&**key))));
    }
}

/// Asserts what holds of a text as the content of `[[...]]`, as a destination, as a property and as a line.
pub fn link(text: &str) {
    let wiki = links::wiki(text);
    assert_eq!(wiki.link, wiki.link.trim());
    if let Some(link) = links::markdown(text) {
        assert!(!link.is_empty() && link == link.trim());
    }
    if let Some(target) = links::whole(text) {
        let is_form = |start: &str, end: &str| text.starts_with(start) && text.ends_with(end);
        assert!(is_form("[[", "]]") || is_form("[", ")"), "{target:?}");
    }
    let is_plain = !text.is_empty() && !text.contains(['[', ']', '\n', '\r', '\0', '\u{feff}']);
    if is_plain {
        let text = format!("[[{text}]]");
        note(text.as_bytes());
        let found = parse_text(&text).links.into_iter().map(|link| (link.link, link.display, link.syntax)).collect::<Vec<_>>();
        assert_eq!(found, [(wiki.link, wiki.display, LinkSyntax::Wiki)]);
    }
    note(text.as_bytes());
}

/// Asserts what holds of the tags of a text.
pub fn tags(text: &str) {
    for (at, _) in text.match_indices('#') {
        if let Some(end) = tags::end(text, at) {
            assert!(text[at + 1..end].chars().all(tags::is_tag_char) && end > at + 1);
            assert!(!text[end..].starts_with(tags::is_tag_char), "a tag is as long as it can be");
        }
    }
    note(text.as_bytes());
    for tag in parse(&Source::of(text.as_bytes())).tags {
        assert_eq!(tags::end(tag.tag, 0), Some(tag.tag.len()));
    }
}

/// Asserts what holds of a link in the file `source` of a vault with these files.
pub fn resolve(files: &[VaultPath], source: &VaultPath, link: &str) {
    let (linkpath, _) = resolve::split(link);
    let candidates = |path: &str| files.iter().filter(|file| file.name_key() == resolve::target_key(path)).collect::<Vec<_>>();
    let mut found = candidates(linkpath);
    let meant = resolve::resolve(linkpath, source, &found);
    assert!(meant.is_none_or(|(file, _)| file == source || found.contains(&file)), "a link means a file of its name");
    found.reverse();
    assert_eq!(resolve::resolve(linkpath, source, &found), meant, "the order of the files does not matter");
    for file in files.iter().filter(|file| is_linkable(file)) {
        let named = candidates(file.as_str());
        let (meant, _) = resolve::resolve(file.as_str(), source, &named).expect("a file is found by its whole path");
        assert_eq!(path::fold(meant.as_str()), path::fold(file.as_str()));
        let same = candidates(file.file_name());
        if same.len() == 1 && is_linkable(&VaultPath::new(file.file_name())) {
            let meant = resolve::resolve(file.file_name(), source, &same).map(|(meant, _)| meant);
            assert_eq!(meant, Some(file), "a name that is there once is enough");
        }
    }
}

/// Returns whether a link can say this path, and says it from wherever it stands.
fn is_linkable(file: &VaultPath) -> bool {
    let path = file.as_str();
    // Without an extension it would mean a note.
    let has_extension = !file.extension().is_empty();
    has_extension && path == path.trim() && !path.contains(['#', '^', '[', ']', '|', '\\']) && !path.starts_with('.')
}

/// Returns how many bytes the texts of a note take, its own text aside.
pub fn size_of_note(note: &Note<'_>) -> usize {
    let link = |link: &Link<'_>| link.link.len() + link.original.len() + link.display.len();
    let links = note.links.iter().chain(&note.embeds).map(link).sum::<usize>();
    let blocks = note.blocks.iter().map(|block| block.id.len()).sum::<usize>();
    let headings = note.headings.iter().map(|heading| heading.text.len()).sum::<usize>();
    let fields = note.fields.iter().map(|field| field.key.len() + field.value.len()).sum::<usize>();
    let references = note.reference_links.iter().map(|link| link.id.len() + link.link.len()).sum::<usize>();
    let properties = serde_json::to_string(&note.json()).map_or(0, |text| text.len());
    let property_links = note.property_links.iter().map(|link| link.key.len() + link.original.len() + link.display.len()).sum::<usize>();
    let footnotes = note.footnotes.iter().chain(&note.footnote_refs).map(String::len).sum::<usize>();
    let counts = note.links.len() + note.tags.len() + note.sections.len() + note.list_items.len() + note.blocks.len() + note.problems.len();
    links + blocks + headings + fields + references + properties + property_links + footnotes + counts
}

/// Returns how many bytes the texts of a file's facts take.
pub fn size_of_facts(facts: &Facts) -> usize {
    let links = facts.links.iter().map(|link| link.raw.len() + link.target.len() + link.target_key.len() + link.display.len());
    let tasks = facts.tasks.iter().map(|task| task.text.len() + 1);
    let headings = facts.headings.iter().map(|heading| heading.text.len() + 1);
    let tags = facts.tags.iter().map(|tag| tag.tag.len() + 1);
    facts.body.len() + links.chain(tasks).chain(headings).chain(tags).sum::<usize>()
}

/// Asserts that each range lies in the text and has places, the end not before the start.
fn ranges(note: &Note<'_>) {
    let lines = Lines::new(note.text);
    let check = |range: &Range<usize>| {
        assert!(note.text.get(range.clone()).is_some(), "{range:?} of {:?}", note.text);
        let (start, end) = (lines.place(range.start), lines.place(range.end));
        assert!(start.offset <= end.offset && start.line <= end.line);
        assert_eq!(start, place(note.text, range.start));
    };
    assert!(note.text.is_char_boundary(note.body_start));
    note.links.iter().chain(&note.embeds).for_each(|link| check(&link.range));
    note.tags.iter().for_each(|tag| check(&tag.range));
    note.headings.iter().for_each(|heading| check(&heading.range));
    note.sections.iter().for_each(|section| check(&section.range));
    note.list_items.iter().for_each(|item| check(&item.range));
    note.blocks.iter().for_each(|block| check(&block.range));
    note.fields.iter().for_each(|field| check(&field.range));
    note.reference_links.iter().for_each(|link| check(&link.range));
}

/// Returns the place of a byte, found the slow way; not in long texts, where it would be too slow.
fn place(text: &str, at: usize) -> Place {
    let units = |text: &str| text.encode_utf16().count();
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    Place { line: before.matches('\n').count(), col: units(&before[line_start..]), offset: units(before) }
}

/// Asserts that all stands in document order and says what its range says.
fn order(note: &Note<'_>) {
    let source = |range: &Range<usize>| &note.text[range.clone()];
    for list in [&note.links, &note.embeds] {
        assert!(list.windows(2).all(|pair| pair[0].range.start < pair[1].range.start), "{list:?}");
        assert!(list.iter().all(|link| link.original == source(&link.range)), "{list:?}");
    }
    assert!(note.tags.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "{:?}", note.tags);
    assert!(note.tags.iter().all(|tag| tag.tag == source(&tag.range) && tag.tag.starts_with('#')), "{:?}", note.tags);
    assert!(note.sections.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "{:?}", note.sections);
    assert!(note.list_items.windows(2).all(|pair| pair[0].range.start < pair[1].range.start), "{:?}", note.list_items);
    let is_section = |range: &Range<usize>| note.sections.iter().any(|section| section.range == *range);
    assert!(note.headings.iter().all(|heading| is_section(&heading.range) && (1..=6).contains(&heading.level)), "{:?}", note.headings);
    assert!(note.blocks.iter().all(|block| !block.id.is_empty()), "{:?}", note.blocks);
}

/// Asserts that each problem is at a place of the note that an editor can open.
fn problems(note: &Note<'_>) {
    let n_lines = note.text.lines().count().max(1);
    for problem in &note.problems {
        assert!((1..=n_lines + 1).contains(&problem.line) && problem.column >= 1 && !problem.message.is_empty(), "{problem:?}");
    }
}
