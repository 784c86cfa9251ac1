//! `properties`: their names, types and notes; or the values of one.

use super::args::{By, PropertiesArgs};
use super::list::Lister;
use super::session::block_on;
use super::{Exit, Surface, harmless};
use crate::nearest::nearest;
use crate::render::list::{Cell, Row, Shape, Shown};
use crate::tally::{self, PropertyCount};
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::cmp::Reverse;

const NAMES: Shape =
    Shape { nouns: ["property", "properties"], columns: &["property", "type", "count"], heads: &["notes", "type", "property"] };
const VALUES: Shape = Shape { nouns: ["value", "values"], columns: &["value", "count"], heads: &["notes", "value"] };

pub(super) fn run(args: &PropertiesArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open_without_paths(surface, &args.list, "properties").await?;
        let mut notes: Vec<(String, Vec<Map<String, Value>>)> = Vec::new();
        for vault in lister.vaults.clone() {
            let files = lister.shown_files(&vault).await?;
            let properties = lister.session.store.properties(&vault).await?;
            let shown = properties.into_iter().filter(|(id, _)| files.contains_key(id));
            notes.push((vault.name, shown.map(|(_, properties)| properties).collect()));
        }
        match &args.name {
            Some(name) => values(lister, &notes, name, args.sort, surface).await,
            None => names(lister, &notes, args.sort).await,
        }
    })
}

async fn names(lister: Lister<'_>, notes: &[(String, Vec<Map<String, Value>>)], sort: By) -> Result<Exit> {
    let count = |(vault, notes): &(String, Vec<_>)| tally::properties(notes).into_iter().map(|count| (vault.clone(), count)).collect();
    let mut counted: Vec<(String, PropertyCount)> = notes.iter().flat_map(|vault| -> Vec<_> { count(vault) }).collect();
    if sort == By::Count {
        counted.sort_by_key(|(_, property)| Reverse(property.n_notes));
    }
    lister.print(&NAMES, counted, None, |(vault, property)| name_row(vault, property)).await
}

async fn values(lister: Lister<'_>, notes: &[(String, Vec<Map<String, Value>>)], name: &str, sort: By, surface: &Surface) -> Result<Exit> {
    let count =
        |(vault, notes): &(String, Vec<_>)| tally::values(notes, name).into_iter().map(|(value, n)| (vault.clone(), value, n)).collect();
    let mut counted: Vec<(String, Value, usize)> = notes.iter().flat_map(|vault| -> Vec<_> { count(vault) }).collect();
    if counted.is_empty() {
        let known = notes.iter().flat_map(|(_, notes)| notes.iter().flat_map(Map::keys));
        let hint = nearest(name, known.map(String::as_str)).filter(|near| *near != name);
        let hint = hint.map(|near| format!("; did you mean '{}'?", harmless(near))).unwrap_or_default();
        surface.note(&format!("vault-sync: no note has a value for '{}'{hint}", harmless(name)));
    }
    if sort == By::Count {
        counted.sort_by_key(|(_, _, n_notes)| Reverse(*n_notes));
    }
    lister.print(&VALUES, counted, None, |(vault, value, n_notes)| value_row(vault, value, *n_notes)).await
}

fn name_row(vault: &str, PropertyCount { name, kind, n_notes, kinds }: &PropertyCount) -> Row {
    // A property of one type is the rule; where it has several, the others say where to look.
    let others = kinds.iter().filter(|(other, _)| *other != kind).map(|(other, n)| format!("{n} {}", other.name()));
    let others: Vec<String> = others.collect();
    let name_and_others = if others.is_empty() { name.clone() } else { format!("{name} ({})", others.join(", ")) };
    let cells = vec![Cell::Count(*n_notes), Cell::Text(kind.name().to_owned()), Cell::Text(name_and_others)];
    Row {
        vault: vault.to_owned(),
        json: json!({"property": name, "type": kind, "count": n_notes, "types": kinds}),
        paths: Vec::new(),
        shown: Shown::Cells(cells),
    }
}

fn value_row(vault: &str, value: &Value, n_notes: usize) -> Row {
    let shown = value.as_str().filter(|text| !text.is_empty()).map_or_else(|| value.to_string(), str::to_owned);
    Row {
        vault: vault.to_owned(),
        json: json!({"value": value, "count": n_notes}),
        paths: Vec::new(),
        shown: Shown::Cells(vec![Cell::Count(n_notes), Cell::Text(shown)]),
    }
}
