//! `docs/schema.md`, made of our definitions and of the migrations: `README=write tests/run pages` writes it.

use super::columns::{self, Values};
use super::ddl::UNLISTED;
use super::meanings::{COLUMNS, FILLED};
use super::tables::TABLES;
use crate::store::definitions::{Column, Definition, definitions};
use crate::store::migrate::POSTGRES;
use crate::store::tables as written;
use std::fmt::Write as _;
use std::path::Path;

/// What stands above this line is written by hand.
const FROM: &str = "<!-- The rest is written by src/store/registry/page.rs, from the definitions. -->\n";

/// Returns what the page says below that line.
fn made() -> String {
    let mut text = String::from("\n## What vault-sync fills\n");
    let defined = definitions([UNLISTED].into_iter().chain(POSTGRES.iter().map(|(_, _, sql)| *sql)));
    for (name, more) in FILLED {
        table(&mut text, name, more, &defined[*name]);
    }
    text += "\n## What people and other tools fill\n\n`vault-sync` makes these tables and writes nothing into them; `dashboard` reads some.\n\
        What a column holds is its owners' business, and said by its name.\n";
    for of in TABLES.iter().filter(|table| !is_filled(table.name)) {
        table(&mut text, of.name, "", &defined[of.name]);
    }
    text
}

/// What a table that we fill holds besides.
const THEIRS: &str = "For people and tools";

fn is_filled(table: &str) -> bool {
    FILLED.iter().any(|(name, _)| *name == table)
}

fn table(text: &mut String, name: &str, more: &str, defined: &Definition) {
    let purpose = TABLES.iter().find(|table| table.name == name).map_or("", |table| table.purpose);
    let more = if more.is_empty() { String::new() } else { format!("\n{more}") };
    let last = if is_filled(name) { "meaning" } else { "what it takes" };
    let _ = write!(text, "\n### {name}\n\n{purpose}.{more}\n\n| column | type | {last} |\n|---|---|---|\n");
    for column in &defined.columns {
        let is_key = defined.keys.first().is_some_and(|key| key.contains(&column.name));
        let _ = writeln!(text, "| `{}` | {}{} | {} |", column.name, kind(column), if is_key { ", key" } else { "" }, meaning(name, column));
    }
}

fn kind(column: &Column) -> String {
    let kind = column.kind.replace("serial", "integer");
    if column.is_nullable { kind } else { format!("{kind} not null") }
}

/// Returns what a column means, which values it takes, and which row of another table it names.
fn meaning(table: &str, column: &Column) -> String {
    let constrained = columns::COLUMNS.iter().find(|known| known.table == table && known.column == column.name);
    let valid = constrained.map(|known| match known.valid {
        Values::Texts(texts) => texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", "),
        Values::Between(least, most) => format!("{least} to {most}"),
    });
    let said = said(table, &column.name).or(constrained.map(|known| known.description)).map(str::to_owned);
    let named = column.references.as_ref().map(|(table, column)| format!("-> `{table}.{column}`"));
    let theirs = (is_filled(table) && said.is_none()).then(|| THEIRS.to_owned());
    [theirs, said, valid, named].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn said(table: &str, column: &str) -> Option<&'static str> {
    let find = |name: &str| COLUMNS.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning);
    find(&format!("{table}.{column}")).or_else(|| if is_filled(table) { find(column) } else { None })
}

#[test]
fn the_pages_on_the_schema_say_what_is_defined() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema.md");
    let page = std::fs::read_to_string(&file).expect("there is a page");
    let (head, _) = page.split_once(FROM).expect("the page says where it is written");
    let today = format!("{head}{FROM}{}", made());
    if std::env::var("README").is_ok_and(|wish| wish == "write") {
        std::fs::write(&file, today).expect("the page can be written");
        return;
    }
    assert!(page == today, "docs/schema.md is not what the definitions say: `README=write tests/run pages` writes it");
}

#[test]
fn every_column_that_is_filled_has_a_meaning_and_no_meaning_is_left_over() {
    let filled = [
        &written::ARRIVALS,
        &written::CONTENTS,
        &written::KNOWLEDGE,
        &written::TEXTS,
        &written::LINKS,
        &written::TAGS,
        &written::ALIASES,
        &written::HEADINGS,
        &written::BLOCKS,
        &written::TASKS,
        &written::PATHS,
        &written::CHANGES,
        &written::PROJECTS,
        &written::DOCUMENT_PROJECTS,
        &written::VAULT_FILES,
        &written::SYNC_RUNS,
        &written::LOOKUPS,
        &written::LOOKUP_HITS,
        &written::LOOKUP_FEEDBACK,
        &written::SCHEMA_REGISTRY,
        &written::COLUMN_REGISTRY,
    ];
    let defined = definitions(POSTGRES.iter().map(|(_, _, sql)| *sql));
    let is_explained = |table: &str, column: &str| {
        is_filled(table) && defined[table].columns.iter().any(|known| known.name == column && !meaning(table, known).starts_with(THEIRS))
    };
    let columns = filled.iter().flat_map(|table| table.columns.iter().map(|(column, _)| (table.name, *column)));
    let bare: Vec<_> = columns.filter(|(table, column)| !is_explained(table, column)).collect();
    assert_eq!(bare, [], "a column that is written and not explained in meanings.rs");
    let is_known = |name: &&str| match name.split_once('.') {
        Some((table, column)) => is_filled(table) && defined[table].columns.iter().any(|known| known.name == column),
        None => defined.values().any(|table| table.columns.iter().any(|known| known.name == *name)),
    };
    let strange: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).filter(|name| !is_known(name)).collect();
    assert_eq!(strange, Vec::<&str>::new());
}
