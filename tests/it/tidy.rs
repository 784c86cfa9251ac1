//! The rules of the house, as tests. What a lint of rustc or clippy can hold is in Cargo.toml and clippy.toml; the rest is here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The layers of `src/`, lowest first. A module speaks to its own layer and to those below it, never upwards.
const LAYERS: &[&[&str]] = &[
    &["path", "clock", "nearest", "refusal", "points"],
    &["note", "disk", "query"],
    &["resolve", "suggest", "facts", "tally", "laws", "plan", "writeback"],
    &["lock", "state", "spool", "machine", "service"],
    &["store", "index"],
    &["sync", "search"],
    &["watch", "verify"],
    &["mirror", "refresh"],
    &["config"],
    &["doctor"],
    &["render", "mcp", "find", "graph", "stats"],
    &["cli"],
];

/// Where each external crate is at home: files and folders of `src/` that begin so. An empty list means that it belongs to everybody.
const HOMES: &[(&str, &[&str])] = &[
    ("anyhow", &[]),
    ("blake3", &["note/hash"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/args/shells", "cli/shells", "cli/complete"]),
    ("clap_mangen", &["cli/shells"]),
    ("crossterm", &["find/terminal"]),
    ("etcetera", &["config"]),
    ("futures_core", &["find/terminal"]),
    ("indicatif", &["cli/"]),
    ("jiff", &["clock"]),
    ("mimalloc", &["main"]),
    ("memchr", &["index/", "note/", "query/", "spool"]),
    ("notify", &["watch"]),
    ("pulldown_cmark", &["note/markdown"]),
    ("ratatui", &["find/"]),
    ("regex", &["query/", "disk"]),
    ("rmcp", &["mcp"]),
    ("rustix", &["cli/", "find/terminal", "machine", "writeback/edge"]),
    ("schemars", &["mcp"]),
    ("serde", &[]),
    ("serde_json", &[]),
    ("serde_yaml", &["note/frontmatter"]),
    ("sqlx", &["store/"]),
    ("tantivy", &["index/"]),
    ("tokio", &["cli/", "store/", "sync", "watch", "mirror", "refresh", "search", "find/", "mcp"]),
    ("toml", &["config"]),
    ("tracing", &[]),
    ("tracing_subscriber", &["cli/"]),
    ("tui_input", &["find/"]),
    ("unicode_width", &["render/chart"]),
    ("unicode_normalization", &["path", "query/words"]),
    ("uuid", &["store/", "index/", "machine", "spool"]),
    ("walkdir", &["disk"]),
];

/// Where a file is written, moved or removed: never in a vault, so never in what reads one. The surface writes what it is asked for.
const WRITERS: &[&str] = &["lock", "state", "spool", "machine", "index/", "store/", "cli/", "config/draft", "doctor/folder"];

/// The one place that writes into a vault.
const WRITER_OF_NOTES: &str = "writeback/edge";

const MAX_LINES: usize = 400;

#[test]
fn each_crate_is_named_in_its_home_only() {
    let mut strays = Vec::new();
    for file in sources() {
        let code = file.code();
        for (name, homes) in HOMES.iter().filter(|(_, homes)| !homes.is_empty()) {
            let is_named = [format!("{name}::"), format!("use {name};")].iter().any(|form| has_word(&code, form));
            if is_named && !homes.iter().any(|home| file.name.starts_with(home)) {
                strays.push(format!("src/{} names {name}, whose home is {homes:?}", file.name));
            }
        }
    }
    assert_none(&strays);
}

/// The vault is opened read-only. That `disk` cannot write is not a promise but a fact.
#[test]
fn only_the_keepers_of_our_own_files_write() {
    let calls = "write rename copy remove_file remove_dir remove_dir_all hard_link set_permissions create_dir create_dir_all".split(' ');
    let forms: Vec<String> = calls.map(|call| format!("fs::{call}(")).collect();
    let others = ["File::create", "File::options", "OpenOptions::new"];
    let mut strays = Vec::new();
    for file in sources().into_iter().filter(|file| !WRITERS.iter().chain([&WRITER_OF_NOTES]).any(|home| file.name.starts_with(home))) {
        let code = file.code();
        let found = forms.iter().map(String::as_str).chain(others).filter(|form| code.contains(form));
        strays.extend(found.map(|form| format!("src/{} calls {form}", file.name)));
    }
    assert_none(&strays);
}

#[test]
fn each_dependency_has_a_home() {
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().expect("Cargo.toml is TOML");
    let dependencies = manifest["dependencies"].as_table().expect("there are dependencies");
    let named: BTreeSet<String> = dependencies.keys().map(|name| name.replace('-', "_")).collect();
    let homed: BTreeSet<String> = HOMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(named, homed, "Cargo.toml and HOMES in tests/it/tidy.rs must list the same crates");
}

#[test]
fn arrows_run_downward_only() {
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let mut wrong = Vec::new();
    for file in sources().into_iter().filter(|file| !matches!(file.name.as_str(), "lib.rs" | "main.rs")) {
        let Some(own) = layer(file.module()) else {
            wrong.push(format!("src/{}: which layer is `{}` in? (LAYERS in tests/it/tidy.rs)", file.name, file.module()));
            continue;
        };
        let code = file.code();
        let above = modules_used(&code).into_iter().filter(|used| layer(used).is_none_or(|layer| layer > own));
        wrong.extend(above.map(|used| format!("src/{}: `{}` must not know `{used}`, which stands above it", file.name, file.module())));
    }
    assert_none(&wrong);
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    let tests = rust_files("tests");
    for file in sources().iter().chain(&tests) {
        let n_lines = file.text.lines().count();
        if n_lines > MAX_LINES {
            wrong.push(format!("{} has {n_lines} lines: which second noun has moved in?", file.path.display()));
        }
        if !file.text.starts_with("//! ") && !file.name.ends_with("/tests.rs") {
            wrong.push(format!("{} does not begin with `//!`: what is it, and what does it not know?", file.path.display()));
        }
    }
    assert_none(&wrong);
}

#[test]
fn each_test_file_is_run() {
    let main = read(&root().join("tests/it/main.rs"));
    let forgotten: Vec<String> = std::fs::read_dir(root().join("tests/it"))
        .expect("tests/it is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "main" && !main.lines().any(|line| line.starts_with(&format!("mod {name};"))))
        .collect();
    assert_none(&forgotten);
}

#[test]
fn an_open_end_names_its_issue() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let mut open = Vec::new();
    for file in sources().into_iter().chain(rust_files("tests")) {
        let lines = file.text.lines().enumerate();
        let unlinked = lines.filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)) && !line.contains("https://"));
        open.extend(unlinked.map(|(i, line)| format!("{}:{}: {}", file.path.display(), i + 1, line.trim())));
    }
    assert_none(&open);
}

/// What stands on one machine only has no place in the tree: it works nowhere else.
#[test]
fn no_file_names_a_place_on_one_machine() {
    let places = ["/home/", "/Users/", "/root/", "/work/"];
    let is_end = |c: char| c.is_whitespace() || "\"'`()<>=,".contains(c);
    let mut strays = Vec::new();
    for path in files(root()) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let words = text.split(is_end).filter(|word| places.iter().any(|place| word.starts_with(place) && word.len() > place.len()));
        strays.extend(words.map(|word| format!("{}: {word}", path.display())));
    }
    assert_none(&strays);
}

/// A migration that ran somewhere is never edited: a further one mends it. `migrations/landed.txt` holds what each was when it landed.
#[test]
fn landed_migrations_stay_as_they_are() {
    let list = read(&root().join("migrations/landed.txt"));
    let mut changed = Vec::new();
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (landed, name) = line.split_once("  ").expect("a line is a hash, two spaces and a name");
        let hash = hash(&read(&root().join("migrations").join(name)));
        if hash != landed {
            changed.push(format!("migrations/{name} was {landed} when it landed and is {hash} now"));
        }
    }
    assert_none(&changed);
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_eq!(migrations("sqlite"), migrations("postgres"));
}

fn migrations(engine: &str) -> BTreeSet<String> {
    let files = files(&root().join("migrations").join(engine));
    files.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).filter(|name| name.ends_with(".sql")).collect()
}

/// FNV-1a: enough to notice an edit, and the same on every machine.
fn hash(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// A Rust file. `name` is its path below `src/` or `tests/`.
struct Source {
    path: PathBuf,
    name: String,
    text: String,
}

impl Source {
    /// Returns the module of `src/` that the file belongs to.
    fn module(&self) -> &str {
        self.name.split(['/', '.']).next().unwrap_or_default()
    }

    /// Returns the text without comments and unit tests.
    fn code(&self) -> String {
        if self.name.ends_with("tests.rs") {
            return String::new();
        }
        let lines = self.text.lines().take_while(|line| *line != "#[cfg(test)]");
        lines.filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect()
    }
}

/// Returns the modules that stand behind `crate::`, alone or in braces.
fn modules_used(code: &str) -> BTreeSet<&str> {
    let mut used = BTreeSet::new();
    for (at, word) in code.match_indices("crate::") {
        let rest = &code[at + word.len()..];
        let names = match rest.strip_prefix('{') {
            Some(group) => outer_names(group),
            None => vec![rest],
        };
        used.extend(names.into_iter().map(leading_word));
    }
    used
}

/// Returns the parts of a `use` group, up to its closing brace; what stands in inner braces belongs to its part.
fn outer_names(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut starts = vec![0];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts.push(at + 1),
            _ => {}
        }
    }
    starts.into_iter().map(|start| group[start..].trim_start()).filter(|part| !part.starts_with('}')).collect()
}

fn leading_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Returns whether `form` stands in `code` at the beginning of a word.
fn has_word(code: &str, form: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.match_indices(form).any(|(at, _)| !code[..at].ends_with(is_part))
}

fn sources() -> Vec<Source> {
    rust_files("src")
}

fn rust_files(folder: &str) -> Vec<Source> {
    let folder = root().join(folder);
    let paths = files(&folder).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let name = |path: &Path| path.strip_prefix(&folder).expect("the walk stays inside").to_str().expect("names are UTF-8").to_owned();
    paths.map(|path| Source { name: name(&path), text: read(&path), path }).collect()
}

/// Returns all files below a folder, but for what git and cargo keep for themselves.
fn files(folder: &Path) -> Vec<PathBuf> {
    let is_kept = |entry: &walkdir::DirEntry| entry.depth() == 0 || !matches!(entry.file_name().to_str(), Some("target" | ".git"));
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_kept);
    walk.map(|entry| entry.expect("the tree can be walked"))
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn modules_are_found_alone_and_in_groups() {
    let code = "use crate::path;\nuse crate::{\n    disk::{Disk, Scope},\n    plan,\n};\nfn f() { crate::store::open() }\n";
    assert_eq!(modules_used(code), BTreeSet::from(["path", "disk", "plan", "store"]));
}
