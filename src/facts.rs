//! What the rows say of a file: a note or canvas, as the columns of `documents` and `knowledge` and the rows of their parts. Pure.
//!
//! A value comes from the note's properties, else from bold label lines (`**Category**: database`), else from the configured map of
//! folders, else it is absent: never guessed. What does not fit a column is left out with a problem and stays in the properties.

use crate::note::text::{Lines, has_nul};
use crate::note::{self, Link, Note, Problem, Source};
use crate::path::{FileKind, VaultPath, fold, normal};
use crate::resolve;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// How values are derived where a note is silent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Folder (a prefix of vault paths) -> the knowledge type of its notes.
    pub folder_types: BTreeMap<String, String>,
    /// Label lines count.
    pub labels: bool,
    /// The property by which a note says that it is private; empty if none does.
    pub private: String,
}

impl Rules {
    /// The name of that property unless the settings say otherwise.
    pub const PRIVATE: &str = "private";

    /// Returns what notes are read by, in one number as the store keeps it: another one makes it read all of them again. It is that of the
    /// parser, and another property means other notes.
    pub fn version(&self) -> i64 {
        let hash = self.private.bytes().fold(17_i64, |hash, byte| (hash * 31 + i64::from(byte)) & 0xf_ffff);
        note::PARSER_VERSION + if self.private == Self::PRIVATE { 0 } else { 1024 * (hash + 1) }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub hashes: note::Hashes,
    pub title: String,
    pub doc_type: Option<String>,
    pub knowledge_type: Option<String>,
    pub category: Option<String>,
    pub version: Option<String>,
    /// `DRAFT`, `ACTIVE` or `DEPRECATED`.
    pub status: &'static str,
    /// 0 to 100.
    pub confidence: Option<i64>,
    /// Names of projects as written, each once; empty for a note that belongs to all, or to none.
    pub projects: Vec<String>,
    pub frontmatter: String,
    /// A note's body; a canvas's texts.
    pub body: String,
    pub properties: Option<Map<String, Value>>,
    pub aliases: Vec<String>,
    pub tags: Vec<TagFact>,
    pub headings: Vec<HeadingFact>,
    pub blocks: Vec<(String, usize)>,
    pub tasks: Vec<TaskFact>,
    pub links: Vec<LinkFact>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug)]
pub struct TagFact {
    /// Without `#`.
    pub tag: String,
    pub in_property: bool,
    pub line: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct HeadingFact {
    pub level: u8,
    pub text: String,
    pub line: usize,
}

#[derive(Clone, Debug)]
pub struct TaskFact {
    pub status: char,
    pub text: String,
    pub line: usize,
}

#[derive(Clone, Debug)]
pub struct LinkFact {
    /// `link`, `embed` or `property`.
    pub kind: &'static str,
    pub raw: String,
    pub target: String,
    pub target_key: String,
    pub subpath: Option<String>,
    pub display: String,
    /// Line and column from 1, in characters; `None` in a canvas, and in a property whose YAML does not write the link as it reads.
    pub place: Option<(usize, usize)>,
}

/// The types of documents that the schema knows.
const DOC_TYPES: [&str; 16] = [
    "ADR",
    "API",
    "ARCHITECTURE",
    "ARCHIVE",
    "CLAUDE_CONFIG",
    "COMPLETION_REPORT",
    "GUIDE",
    "MIGRATION",
    "OTHER",
    "README",
    "REFERENCE",
    "SESSION_NOTE",
    "SOP",
    "SPEC",
    "TEST_DOC",
    "TROUBLESHOOTING",
];

/// Returns the facts of the file at `path`, a note or a canvas.
pub fn of(path: &VaultPath, bytes: &[u8], rules: &Rules) -> Facts {
    let mut facts = match path.kind() {
        FileKind::Canvas => of_canvas(path, bytes),
        _ => of_note(path, bytes, rules),
    };
    leave_out_nul(&mut facts);
    facts
}

/// A text has no NUL, but YAML, JSON and URLs can spell one. PostgreSQL can't hold it, so no store of ours does.
fn leave_out_nul(facts: &mut Facts) {
    let named = [&mut facts.doc_type, &mut facts.knowledge_type, &mut facts.category, &mut facts.version].into_iter().flatten();
    let lists = facts.projects.iter_mut().chain(&mut facts.aliases).chain(facts.tags.iter_mut().map(|tag| &mut tag.tag));
    let links = facts
        .links
        .iter_mut()
        .flat_map(|link| [&mut link.raw, &mut link.target, &mut link.target_key, &mut link.display].into_iter().chain(&mut link.subpath));
    let problems = facts.problems.iter_mut().map(|problem| &mut problem.message);
    let texts = [&mut facts.title, &mut facts.body].into_iter().chain(named).chain(lists).chain(links).chain(problems);
    texts.filter(|text| has_nul(text)).for_each(|text| text.retain(|c| c != '\0'));
    facts.tags.retain(|tag| !tag.tag.is_empty());
    if let Some(properties) = facts.properties.take_if(|properties| properties.iter().any(holds_nul)) {
        facts.properties = Some(properties.into_iter().map(without_nul).collect());
    }
}

fn holds_nul((key, value): (&String, &Value)) -> bool {
    let holds = match value {
        Value::String(text) => has_nul(text),
        Value::Array(items) => items.iter().any(|item| holds_nul((key, item))),
        Value::Object(map) => map.iter().any(holds_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    };
    holds || has_nul(key)
}

fn without_nul((key, value): (String, Value)) -> (String, Value) {
    let value = match value {
        Value::String(text) => Value::String(text.replace('\0', "")),
        Value::Array(items) => items.into_iter().map(|item| without_nul((String::new(), item)).1).collect(),
        Value::Object(map) => Value::Object(map.into_iter().map(without_nul).collect()),
        other => other,
    };
    (key.replace('\0', ""), value)
}

fn of_canvas(path: &VaultPath, bytes: &[u8]) -> Facts {
    let canvas = note::canvas::canvas(bytes);
    let written = note::canvas::links(&canvas).map(|link| link_fact("link", link.original, &link.link, &link.display, None));
    let shown = canvas.files.iter().map(|file| {
        // A path of the vault, not a link: a `#` in it is part of a name.
        let (target, subpath) = (VaultPath::new(&file.path).to_string(), file.subpath.clone());
        let raw = format!("{}{}", file.path, subpath.as_deref().unwrap_or_default());
        LinkFact { kind: "embed", raw, target_key: resolve::target_key(&target), target, subpath, display: String::new(), place: None }
    });
    Facts {
        hashes: note::hashes(bytes),
        title: path.name().to_owned(),
        status: "ACTIVE",
        body: note::canvas::text(&canvas),
        links: written.chain(shown).collect(),
        problems: canvas.problems,
        ..Facts::default()
    }
}

fn of_note(path: &VaultPath, bytes: &[u8], rules: &Rules) -> Facts {
    let source = Source::of(bytes);
    let note = note::parse(&source);
    let lines = Lines::new(note.text);
    let labels = if rules.labels { note::labels::labels(note.body()) } else { BTreeMap::new() };
    let properties = note.json();
    let said = Said { properties: properties.as_ref(), labels: &labels };
    let mut problems = note.problems.clone();
    Facts {
        hashes: note::hashes(bytes),
        title: note.title.as_deref().unwrap_or_else(|| path.name()).to_owned(),
        doc_type: doc_type(path, &said),
        knowledge_type: said.text(&["knowledge_type", "type"]).map(|t| cut(&t, 50)).or_else(|| folder_type(path, rules)),
        category: said.text(&["category", "knowledge_category"]).map(|t| cut(&t, 100)),
        version: said.text(&["version"]),
        status: status(&said),
        confidence: confidence(&said, &mut problems),
        projects: projects(properties.as_ref()),
        frontmatter: note.frontmatter().to_owned(),
        body: note.body().to_owned(),
        aliases: aliases(&note),
        tags: tags(&note, &lines),
        headings: note
            .headings
            .iter()
            .map(|h| HeadingFact { level: h.level, text: h.text.to_owned(), line: lines.line(h.range.start) + 1 })
            .collect(),
        blocks: note.blocks.iter().map(|b| (b.id.to_owned(), lines.line(b.range.start) + 1)).collect(),
        tasks: tasks(&note, &lines),
        links: links(&note, &lines),
        properties,
        problems,
    }
}

/// Where a note states values: its properties, then its label lines.
struct Said<'a> {
    properties: Option<&'a Map<String, Value>>,
    labels: &'a BTreeMap<String, String>,
}

impl Said<'_> {
    fn text(&self, keys: &[&str]) -> Option<String> {
        let property = keys.iter().find_map(|key| property_text(self.properties?, key));
        property.or_else(|| keys.iter().find_map(|key| self.labels.get(*key).cloned())).filter(|text| !text.is_empty())
    }
}

/// Returns a property's value as text, its name in any case; lists and maps are no text.
fn property_text(properties: &Map<String, Value>, key: &str) -> Option<String> {
    match property(properties, key)? {
        Value::String(text) => Some(text.trim().to_owned()),
        value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
        _ => None,
    }
}

fn property<'a>(properties: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    properties.get(key).or_else(|| properties.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

fn doc_type(path: &VaultPath, said: &Said<'_>) -> Option<String> {
    let known = |text: &str| DOC_TYPES.iter().find(|name| is_type(text, name)).map(|name| (*name).to_owned());
    let stated = said.text(&["doc_type", "type"]).and_then(|text| known(&text));
    stated.or_else(|| path.name().split(|c: char| !c.is_alphanumeric()).find_map(known))
}

/// Returns whether a text says a type, in any case; its words may be apart.
fn is_type(text: &str, name: &str) -> bool {
    let joined = |byte: u8| if matches!(byte, b' ' | b'-') { b'_' } else { byte.to_ascii_uppercase() };
    text.len() == name.len() && text.bytes().map(joined).eq(name.bytes())
}

fn folder_type(path: &VaultPath, rules: &Rules) -> Option<String> {
    let holds = |folder: &str| path.is_within(&VaultPath::new(folder));
    rules.folder_types.iter().filter(|(folder, _)| holds(folder)).max_by_key(|(folder, _)| folder.len()).map(|(_, name)| name.clone())
}

fn status(said: &Said<'_>) -> &'static str {
    let stated = said.text(&["status"]).unwrap_or_default();
    ["DRAFT", "DEPRECATED"].into_iter().find(|status| status.eq_ignore_ascii_case(&stated)).unwrap_or("ACTIVE")
}

fn confidence(said: &Said<'_>, problems: &mut Vec<Problem>) -> Option<i64> {
    let stated = said.text(&["confidence", "confidence_level"])?;
    let number = stated.trim_end_matches('%').parse::<f64>().ok().map(f64::round).filter(|n| (0.0..=100.0).contains(n));
    if number.is_none() {
        let message = format!("confidence '{}' is not a number from 0 to 100; left out", cut(&stated, 40));
        problems.push(Problem { line: 1, column: 1, message });
    }
    number.map(|n| n as i64)
}

/// Returns the names in `projects` and `project`, a list or one text, each once in any case. `all` means every project: no name at all.
fn projects(properties: Option<&Map<String, Value>>) -> Vec<String> {
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    for value in ["projects", "project"].iter().filter_map(|key| property(properties?, key)) {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let named = items.iter().filter_map(Value::as_str).map(link_text).filter(|name| !name.is_empty());
        names.extend(named.filter(|name| seen.insert(fold(name))));
    }
    if seen.contains("all") { Vec::new() } else { names }
}

/// Returns a project's name without the brackets that make it a link.
fn link_text(value: &str) -> String {
    let inner = value.trim().strip_prefix("[[").and_then(|v| v.strip_suffix("]]")).unwrap_or(value);
    cut(&normal(inner.split(['|', '#']).next().unwrap_or_default().trim()), 200)
}

/// Returns the note's aliases; those that were recovered from broken frontmatter too, since they only help people to find it. (Recovered
/// tags are no tags: Obsidian finds nothing by them.)
fn aliases(note: &Note<'_>) -> Vec<String> {
    match &note.aliases {
        Some(aliases) => aliases.iter().map(|alias| alias.clone().into_owned()).collect(),
        None => note.recovered.as_ref().map(|recovered| recovered.aliases.clone()).unwrap_or_default(),
    }
}

fn tags(note: &Note<'_>, lines: &Lines<'_>) -> Vec<TagFact> {
    let bare = |tag: &str| tag.trim_start_matches('#').to_owned();
    let property = note.property_tags.iter().flatten().map(|tag| TagFact { tag: bare(tag), in_property: true, line: None });
    let inline = note.tags.iter().map(|t| TagFact { tag: bare(t.tag), in_property: false, line: Some(lines.line(t.range.start) + 1) });
    property.chain(inline).filter(|tag| !tag.tag.is_empty()).collect()
}

fn tasks(note: &Note<'_>, lines: &Lines<'_>) -> Vec<TaskFact> {
    let task = |item: &note::ListItem<'_>| {
        let content = note::tasks::content(note.text, item.range.start)?;
        let text = note.text[content..].lines().next().unwrap_or_default().trim().to_owned();
        Some(TaskFact { status: item.task?, text, line: lines.line(item.range.start) + 1 })
    };
    note.list_items.iter().filter_map(task).collect()
}

/// Returns the links of properties, then links and embeds of the body in document order.
fn links(note: &Note<'_>, lines: &Lines<'_>) -> Vec<LinkFact> {
    let mut from = 0;
    let properties = note.property_links.iter().map(|l| {
        let at = note.frontmatter()[from..].find(&l.original).map(|at| from + at);
        from = at.map_or(from, |at| at + l.original.len());
        link_fact("property", &l.original, &l.link, &l.display, at.map(|at| lines.line_and_column(at)))
    });
    let mut body: Vec<(&'static str, &Link<'_>)> =
        note.links.iter().map(|l| ("link", l)).chain(note.embeds.iter().map(|e| ("embed", e))).collect();
    body.sort_by_key(|(_, link)| link.range.start);
    let place = |link: &Link<'_>| lines.line_and_column(link.range.start);
    let body = body.into_iter().map(|(kind, link)| link_fact(kind, link.original, &link.link, &link.display, Some(place(link))));
    properties.chain(body).collect()
}

fn link_fact(kind: &'static str, raw: &str, link: &str, display: &str, place: Option<(usize, usize)>) -> LinkFact {
    let (target, subpath) = resolve::split(link);
    LinkFact {
        kind,
        raw: raw.to_owned(),
        target: target.to_owned(),
        target_key: resolve::target_key(target),
        subpath: subpath.map(str::to_owned),
        display: display.to_owned(),
        place,
    }
}

/// Cuts a text to `most` characters, the width of its column.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Facts {
        of(&VaultPath::new("n.md"), text.as_bytes(), &Rules::default())
    }

    #[test]
    fn a_link_stands_where_an_editor_shows_it() {
        let text = "---\nup: \"[[A]]\"\nsee:\n  - \"[[A]]\"\n  - '[[B]]'\nodd: \"[[\\u0043]]\"\n---\nä [[C]] ![[D]]\n[[E]]\n";
        let places: Vec<_> = facts(text).links.into_iter().map(|link| (link.target, link.place)).collect();
        let at = |target: &str, line, column| (target.to_owned(), Some((line, column)));
        let odd = ("C".to_owned(), None);
        assert_eq!(places, [at("A", 2, 6), at("A", 4, 6), at("B", 5, 6), odd, at("C", 8, 3), at("D", 8, 9), at("E", 9, 1)]);
    }

    #[test]
    fn no_nul_that_a_property_spells_is_left() {
        let text = "---\na: {b: [\"x\\0y\"], \"c\\0\": 1}\ntags: [\"t\\0\"]\n---\n";
        let facts = facts(text);
        assert_eq!(Value::from(facts.properties.unwrap()), serde_json::json!({"a": {"b": ["xy"], "c": 1}, "tags": ["t"]}));
        assert_eq!(facts.tags[0].tag, "t");
    }

    #[test]
    fn a_task_has_the_text_behind_its_box() {
        let tasks = facts("- [ ] a ]b\n- []] c\n> 1. [x] d\n>    e\n").tasks;
        let said: Vec<_> = tasks.into_iter().map(|task| (task.status, task.text, task.line)).collect();
        assert_eq!(said, [(' ', "a ]b".into(), 1), (']', "c".into(), 2), ('x', "d".into(), 3)]);
    }
}
