//! `config`: each setting in force, and where it comes from.

use super::{Exit, Surface, harmless};
use crate::config::Sourced;
use crate::store::Address;
use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) fn run(surface: &Surface) -> Result<Exit> {
    let settings = surface.settings()?;
    let mut rows = vec![
        row("data_dir", &settings.data_dir),
        row("database.url", &shown(&settings.database_url)),
        row("notes.labels", &settings.labels),
        row("notes.write_back", &settings.write_back),
        row("notes.private_property", &settings.private_property),
        row("notes.largest_mib", &settings.largest_mib),
        row("projects.unknown", &settings.unknown_projects),
        row("search.limit", &settings.search_limit),
        row("search.languages", &settings.languages),
        row("search.fresh", &settings.search_fresh),
        row("log.keep_days", &settings.log_keep_days),
        row("log.keep_run_days", &settings.log_keep_run_days),
        row("log.keep_change_days", &settings.log_keep_change_days),
        row("sql.timeout_seconds", &settings.sql_timeout_seconds),
        row("watch.mode", &settings.watch_mode),
        row("watch.poll_seconds", &settings.poll_seconds),
    ];
    rows.extend(settings.weights.iter().map(|(name, weight)| row(&format!("search.rank.{name}"), weight)));
    for vault in &settings.vaults {
        let value = json!({"name": vault.value.name, "path": (!vault.value.is_elsewhere).then_some(&vault.value.root), "exclude": vault.value.exclude, "private": vault.value.private, "follow_symlinks": vault.value.follow_symlinks, "folder_types": vault.value.folder_types});
        rows.push(("vault".to_owned(), value, vault.origin.to_string()));
    }
    if surface.global.json {
        let values: Vec<Value> = rows.iter().map(|(key, value, origin)| json!({"key": key, "value": value, "origin": origin})).collect();
        surface.json(&json!({"settings": values}))?;
    } else {
        let mut text = String::new();
        for (key, value, origin) in rows {
            writeln!(text, "{key} = {}  # {}", harmless(&value.to_string()), harmless(&origin))?;
        }
        surface.text(&text)?;
    }
    Ok(Exit::Success)
}

fn row<T: Serialize>(key: &str, setting: &Sourced<T>) -> (String, Value, String) {
    (key.to_owned(), json!(setting.value), setting.origin.to_string())
}

/// A configuration is shown to others: an address shows itself without its password.
fn shown(url: &Sourced<Option<Address>>) -> Sourced<Option<String>> {
    Sourced { value: url.value.as_ref().map(Address::to_string), origin: url.origin.clone() }
}
