//! What programs read: every command with `--json` is run, and what it prints is held against `docs/json.schema.json` as the table of
//! `docs/json.md` says. `fixtures/json-shapes.txt` keeps every path that was seen, with its types; `JSON=write tests/run json` writes it anew.

use crate::support::{Sandbox, fixture, stderr, stdout};
use boon::{Compiler, Schemas};
use clap::CommandFactory as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// What is asked of the mirror once it is full: the entry of the table, and the command line.
const FULL: &[(&str, &[&str])] = &[
    ("search", &["search", "sync", "-n", "1"]),
    ("search", &["search", "-n", "0", "--count", "note"]),
    ("search", &["search", "zzzz", "bacup"]),
    ("search", &["search", "odd", "--granularity", "section", "--facet", "tags", "--facet", "property:status", "--explain", "-C", "1"]),
    ("search", &["search", "created:2025", "--max-bytes", "900", "--no-log"]),
    ("search --explain-query", &["search", "--explain-query", "a OR (\"b c\" -/d/) tag:x [p] [q:<1] [q:>\"2\"]"]),
    ("search --explain-query", &["search", "--explain-query", ""]),
    ("search --explain-query", &["search", "--explain-query", "fiel:x"]),
    ("ls", &["ls"]),
    ("ls", &["ls", "-n", "1"]),
    ("orphans", &["orphans"]),
    ("recent", &["recent", "-n", "2", "--offset", "1"]),
    ("log unused", &["log", "unused"]),
    ("links", &["links", "x/Odd name.md"]),
    ("links", &["links", "x/Board.canvas"]),
    ("backlinks", &["backlinks", "Home"]),
    ("unresolved", &["unresolved"]),
    ("unresolved --sources", &["unresolved", "--sources"]),
    ("tags", &["tags"]),
    ("properties", &["properties"]),
    ("properties NAME", &["properties", "status"]),
    ("properties NAME", &["properties", "nothing has this"]),
    ("projects", &["projects"]),
    ("tasks", &["tasks"]),
    ("terms", &["terms", "od"]),
    ("graph", &["graph", "--attachments", "--unresolved", "--tags"]),
    ("graph", &["graph", "Home", "--depth", "2"]),
    ("stats", &["stats", "--since", "7d"]),
    ("show", &["show", "x/Odd name.md"]),
    ("show", &["show", "x/Odd name.md", "--section", "Sub"]),
    ("sync", &["sync"]),
    ("resync", &["resync"]),
    ("changes", &["changes", "-n", "2"]),
    ("changes", &["changes", "--as", "bot", "-n", "1"]),
    ("changes", &["changes", "--since", "1000d"]),
    ("changes --ack", &["changes", "--as", "bot", "--ack", "2"]),
    ("status", &["status"]),
    ("why", &["why", "x/Odd name.md"]),
    ("why", &["why", "node_modules/a.md"]),
    ("why", &["why", "_templates/Note.md"]),
    ("why", &["why", "leads/out/a.md"]),
    ("why", &["why", "leads/out"]),
    ("why", &["why", "README"]),
    ("why", &["why", "twin/caf\u{e9}.md"]),
    ("why", &["why", "x/Before.md"]),
    ("why", &["why", "x/Gone.md"]),
    ("why", &["why", "x"]),
    ("why", &["why", "node_modules"]),
    ("why", &["why", "Hom"]),
    ("why", &["why", "/"]),
    ("doctor", &["doctor"]),
    ("doctor", &["doctor", "--fix"]),
    ("verify", &["verify"]),
    ("config", &["config"]),
    ("inspect", &["inspect", "vault/x/Odd name.md", "vault/x/Broken.md", "vault/x/Board.canvas", "vault/x/Empty.md"]),
    ("resolve", &["resolve", "Home", "--from", "x/Broken.md"]),
    ("resolve", &["resolve", "x/Odd name#Odd", "--from", "Home.md"]),
    ("resolve", &["resolve", "x/Broken#^t1", "--from", "Home.md"]),
    ("resolve", &["resolve", "x/Broken#[^1]", "--from", "Home.md"]),
    ("resolve", &["resolve", "x/Broken#nowhere", "--from", "Home.md"]),
    ("resolve", &["resolve", "odd nam", "--from", "Home.md"]),
    ("resolve", &["resolve", "node_modules/a", "--from", "Home.md"]),
    ("log", &["log"]),
    ("log list", &["log", "list", "-n", "1"]),
    ("log stats", &["log", "stats"]),
    ("log misses", &["log", "misses"]),
    ("sql", &["sql", "select 1 as a, null as b, 'x' as a"]),
    ("sql", &["sql", "select doc_title from claude.documents", "-n", "1"]),
    ("dashboard", &["dashboard"]),
    ("dashboard", &["dashboard", "mission-control"]),
    ("registry", &["registry"]),
    ("db status", &["db", "status"]),
    ("db migrate", &["db", "migrate"]),
    ("db migrate --dry-run", &["db", "migrate", "--dry-run"]),
];

/// What can be asked before the first sync.
const BARE: &[(&str, &[&str])] = &[
    ("config", &["config"]),
    ("doctor", &["doctor"]),
    ("why", &["why", "a.md"]),
    ("resolve", &["resolve", "a", "--from", "b.md"]),
    ("registry", &["registry", "projects"]),
    ("db status", &["db", "status"]),
    ("db migrate --dry-run", &["db", "migrate", "--dry-run"]),
];

/// What is asked where there is nothing, and where the disk shows less or more than the mirror has.
const LISTS: &[(&str, &[&str])] = &[
    ("verify", &["verify"]),
    ("ls", &["ls"]),
    ("search", &["search", "anything"]),
    ("links", &["links", "Only"]),
    ("tags", &["tags"]),
    ("terms", &["terms"]),
    ("stats", &["stats"]),
    ("changes", &["changes"]),
    ("status", &["status"]),
    ("why", &["why", "Only.md"]),
    ("why", &["why", "New.md"]),
    ("log", &["log"]),
    ("search", &["search", "anything", "--fresh"]),
    ("sync", &["sync"]),
];

const ODD: &[(&str, &str)] = &[
    (
        "x/Odd name.md",
        "---\naliases: [Alias One]\ntags: [p/q]\nrel: \"[[Home|h]]\"\nstatus: draft\ncreated: 2025-01-01\ncssclasses: wide\n---\n# Odd\n## Sub\n[[Home]] [[Broken#T]] [[node_modules/a]]\n",
    ),
    (
        "x/Broken.md",
        "---\nbad: [x\naliases: a\n---\n# T\n[[nowhere#a|b]] ![[pic.png]] #tag/x\n- [ ] open ^t1\n- [x] done (due:: 2026-01-01)\n\n> quote ^q\n\n[^1]: foot\n\ntext[^1] [ref]\n\n[ref]: Home\n",
    ),
    (
        "x/Board.canvas",
        r##"{"nodes":[{"id":"1","type":"text","text":"[[Home]]"},{"id":"2","type":"file","file":"Home.md","subpath":"#H"}]}"##,
    ),
    ("x/Empty.md", ""),
    ("Only.md", "[[Home]]\n"),
    ("x/Before.md", "A note that will be somewhere else, and is long enough to be known again there.\n"),
    ("x/Gone.md", "A note that will be gone\n"),
    ("node_modules/a.md", "a\n"),
    ("twin/caf\u{e9}.md", "one\n"),
    ("twin/cafe\u{301}.md", "two\n"),
];

/// A document or a line, the definition that it should be of, and what printed it.
struct Seen {
    definition: String,
    is_line: bool,
    value: Value,
    by: String,
}

static SEEN: LazyLock<Vec<Seen>> = LazyLock::new(|| {
    let mut seen = Vec::new();
    let s = Sandbox::new().configured("[search]\nfresh = \"never\"\n[[vault]]\npath = \"vault\"\nexclude = [\"node_modules/\"]\n");
    let command = |args: &[&str]| {
        let mut command = s.bare_command(&["--config", "sync.toml", "--data-dir"]);
        command.arg(&s.data_dir).args(args);
        command
    };
    let mut ask_all = |cases: &[(&str, &[&str])]| {
        for (entry, args) in cases {
            seen.extend(asked(entry, || command(args)));
        }
    };
    ask_all(BARE);
    ODD.iter().for_each(|(path, text)| s.write(path, text));
    crate::support::copy_folder(&fixture("vault"), &s.vault);
    std::os::unix::fs::symlink(std::env::temp_dir(), s.vault.join("leads")).unwrap();
    ask_all(&[("sync", &["sync"])]);
    s.rename("x/Before.md", "x/After.md");
    s.remove("x/Gone.md");
    // What is asked next is in step: what an answer says of the disk must not depend on who is faster.
    ask_all(&[("sync", &["sync"])]);
    ask_all(FULL);
    std::fs::set_permissions(&s.data_dir, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let lookup = stdout(&command(&["--json", "log", "-n", "1"]).output().unwrap());
    let lookup: Value = serde_json::from_str(&lookup).unwrap();
    ask_all(&[
        ("doctor", &["doctor", "--fix"]),
        ("log feedback", &["log", "feedback", lookup["results"][0]["id"].as_str().unwrap(), "useful"]),
        ("log", &["log", "-n", "1"]),
    ]);
    s.write("New.md", "[[Home]]\n");
    s.remove("x/Empty.md");
    ask_all(LISTS);
    seen.push(live(command(&["--json", "watch"]), &s));
    let mut ask_all = |cases: &[(&str, &[&str])]| cases.iter().for_each(|(entry, args)| seen.extend(asked(entry, || command(args))));
    // Its watcher was killed.
    ask_all(&[("status", &["status"])]);
    std::fs::rename(&s.vault, s.home().join("elsewhere")).unwrap();
    ask_all(&[("status", &["status"]), ("search", &["search", "sync"]), ("ls", &["ls", "-n", "1"])]);
    let empty = Sandbox::new();
    seen.extend(asked("init", || {
        let mut command = empty.bare_command(&["--config", "made.toml", "--data-dir", "data", "init"]);
        command.arg(&empty.vault);
        command
    }));
    LISTS.iter().filter(|(_, a)| !a.contains(&"Only")).for_each(|(entry, args)| seen.extend(asked(entry, || empty.command(args))));
    for is_played in [true, false] {
        seen.extend(asked("service status", || crate::service::service(&s, is_played, &["status", "--manager", "systemd"])));
    }
    // Of a vault in a shared database it is told who writes it.
    let database = crate::postgres::database();
    database.query(crate::legacy::OLD);
    let shared = Sandbox::new().on(&database.url);
    shared.write("Only.md", "");
    shared.sync();
    seen.extend(asked("status", || shared.command(&["status"])));
    seen.extend(asked("db import-legacy", || shared.command(&["db", "import-legacy"])));
    seen
});

/// Runs a command for its document, and once more for its lines where there are any.
fn asked(entry: &str, command: impl Fn() -> Command) -> Vec<Seen> {
    let (document, line) = TABLE.get(entry).unwrap_or_else(|| panic!("docs/json.md has no `{entry}`"));
    let mut seen = Vec::new();
    for (definition, flag) in [(document, "--json"), (line, "--format=jsonl")] {
        let mut command = command();
        command.args((!definition.is_empty()).then_some(flag)).args(["--format-version", "1"]);
        if definition.is_empty() {
            continue;
        }
        let output = command.output().expect("the binary starts");
        let by = format!("{command:?}");
        let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_slice(&output.stdout).into_iter().collect();
        let values = values.unwrap_or_else(|error| panic!("{by}: {error}\n{}", stdout(&output)));
        let is_line = flag != "--json";
        assert!(is_line || !values.is_empty(), "{by} printed nothing: {}", stderr(&output));
        seen.extend(values.into_iter().map(|value| Seen { definition: definition.clone(), is_line, value, by: by.clone() }));
    }
    seen
}

/// Returns the first change that `watch` tells, and kills it.
fn live(mut command: Command, s: &Sandbox) -> Seen {
    let mut watch = command.args(["--quiet"]).stdout(Stdio::piped()).spawn().expect("the binary starts");
    s.write("Live.md", "live\n");
    let mut line = String::new();
    BufReader::new(watch.stdout.take().expect("it was piped")).read_line(&mut line).expect("it can be read");
    watch.kill().expect("it runs");
    watch.wait().expect("it ends");
    let value = serde_json::from_str(&line).expect("a line is an object");
    Seen { definition: "change".to_owned(), is_line: false, value, by: "watch".to_owned() }
}

/// The table of `docs/json.md`: a command, with what makes it another one, and the definitions of its document and its lines.
static TABLE: LazyLock<BTreeMap<String, (String, String)>> = LazyLock::new(|| {
    let text = std::fs::read_to_string(fixture("../docs/json.md")).expect("there is a page");
    let name = |cell: &str| cell.trim().trim_matches('`').to_owned();
    let mut table = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').collect();
        for entry in cells[1].split(',') {
            let document = (name(cells[2]), name(cells[3]));
            assert!(table.insert(name(entry), document).is_none(), "{entry} stands twice in docs/json.md");
        }
    }
    table
});

fn schema() -> Value {
    let text = std::fs::read_to_string(fixture("../docs/json.schema.json")).expect("there is a schema");
    serde_json::from_str(&text).expect("a schema is JSON")
}

#[test]
fn every_command_says_which_json_it_prints() {
    fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            let path = format!("{path} {}", below.get_name()).trim().to_owned();
            if !below.is_subcommand_required_set() {
                found.insert(path.clone());
            }
            leaves(below, &path, found);
        }
    }
    let mut commands = BTreeSet::new();
    leaves(&vault_sync::cli::Arguments::command(), "", &mut commands);
    let is_name = |word: &&str| !word.starts_with('-') && word.to_lowercase() == **word;
    let told: BTreeSet<String> = TABLE.keys().map(|entry| entry.split(' ').take_while(is_name).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(commands, told, "the commands, and those in the table of docs/json.md");
}

#[test]
fn each_document_is_what_its_schema_says() {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.enable_format_assertions();
    compiler.add_resource("json.schema.json", schema()).expect("a schema can be added");
    let mut wrong = Vec::new();
    for seen in SEEN.iter() {
        let index = compiler.compile(&format!("json.schema.json#/$defs/{}", seen.definition), &mut schemas);
        let index = index.unwrap_or_else(|error| panic!("{}: {error:#}", seen.definition));
        if let Err(error) = schemas.validate(&seen.value, index) {
            wrong.push(format!("{}\n{error:#}\n{}", seen.by, seen.value));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    for (entry, (document, line)) in TABLE.iter() {
        let is_seen = |definition: &String| definition.is_empty() || SEEN.iter().any(|seen| seen.definition == *definition);
        assert!(is_seen(document) && is_seen(line), "nothing was asked of `{entry}`");
    }
}

/// Whoever changes what programs read changes the file, for all to see.
#[test]
fn shapes_are_what_they_were() {
    let mut shapes = BTreeMap::new();
    for seen in SEEN.iter().filter(|seen| !seen.is_line) {
        note(&seen.definition, &seen.value, &mut shapes);
    }
    let lines = shapes
        .iter()
        .map(|(path, types): (&String, &BTreeSet<&str>)| format!("{path}: {}\n", types.iter().copied().collect::<Vec<_>>().join(", ")));
    let (file, today) = (fixture("json-shapes.txt"), lines.collect::<String>());
    if std::env::var("JSON").is_ok_and(|wish| wish == "write") {
        std::fs::write(&file, &today).expect("the shapes can be written");
    }
    let then = std::fs::read_to_string(&file).unwrap_or_default();
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (then.lines().collect(), today.lines().collect());
    assert!(old == new, "went: {:#?}\ncame: {:#?}\n`JSON=write tests/run json` writes these", &old - &new, &new - &old);
    let mut keys = BTreeSet::new();
    schema()["$defs"].as_object().expect("there are definitions").values().for_each(|definition| promised(definition, &mut keys));
    let is_seen =
        |key: &&String| today.lines().any(|line| line.split([':', '.']).any(|part| part.trim_end_matches(['[', ']', '{', '}']) == **key));
    // A row of a table that differs takes somebody who changes the database: `verify.rs` does.
    let unseen: Vec<&String> = keys.iter().filter(|key| *key != "row").filter(|key| !is_seen(key)).collect();
    assert!(unseen.is_empty(), "the schema promises what no answer had: {unseen:?}");
}

/// Maps whose keys are data, and values of whatever type.
const MAPS: &[&str] = &["blocks", "excluded_by", "failed_by", "facets", "types"];
const ANYTHING: &[&str] = &["frontmatter", "value", "is", "should"];
/// What many documents hold is told once.
const PARTS: &[&str] = &["freshness", "position"];

fn note(path: &str, value: &Value, shapes: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let name = path.rsplit('.').next().unwrap_or_default();
    if PARTS.contains(&name) && path != name && value.is_object() {
        note(name, value, shapes);
        return;
    }
    let is_any = ANYTHING.contains(&name) && !path.starts_with("explained-query");
    let is_row =
        path == "sql.results[]" || path == "db-import.tables[].rows[].row" || path.starts_with("dashboard.") && path.ends_with("[]");
    let kind = match value {
        _ if is_any || is_row => "anything",
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(all) => {
            all.iter().for_each(|value| note(&format!("{path}[]"), value, shapes));
            "array"
        }
        Value::Object(all) if MAPS.contains(&name) => {
            all.values().for_each(|value| note(&format!("{path}{{}}"), value, shapes));
            "object"
        }
        Value::Object(all) => {
            all.iter().for_each(|(key, value)| note(&format!("{path}.{key}"), value, shapes));
            "object"
        }
    };
    shapes.entry(path.to_owned()).or_default().insert(kind);
}

/// Collects the names of all properties of a schema.
fn promised(schema: &Value, keys: &mut BTreeSet<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        keys.extend(properties.keys().cloned());
    }
    match schema {
        Value::Object(all) => all.values().for_each(|value| promised(value, keys)),
        Value::Array(all) => all.iter().for_each(|value| promised(value, keys)),
        _ => {}
    }
}

#[test]
fn a_version_that_is_not_known_is_refused_by_name() {
    let s = Sandbox::new();
    for args in [["ls", "--json", "--format-version=2"], ["--format-version=one", "sync", "--json"]] {
        let output = s.vault_sync(&args);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{args:?}");
        assert!(stderr(&output).contains("[possible values: 1]"), "{}", stderr(&output));
    }
    s.sync();
    let told = |args: &[&str]| s.json(args)["results"].clone();
    assert_eq!(told(&["ls", "--format-version", "1"]), json!([]));
    assert_eq!(s.text(&["ls", "--format-version", "1"]), s.text(&["ls"]), "it changes nothing");
}

#[test]
fn the_long_version_says_what_was_built() {
    let s = Sandbox::new();
    let printed = |flag: &str| stdout(&s.bare_command(&[flag]).output().unwrap());
    let (short, long) = (printed("-V"), printed("--version"));
    assert_eq!(short, format!("vault-sync {}\n", env!("CARGO_PKG_VERSION")));
    let labels: Vec<&str> = long.lines().skip(1).map(|line| line.split(':').next().unwrap()).collect();
    assert!(long.starts_with(&short) && labels == ["commit", "build", "features"], "{long}");
}
