//! `registry`: which values the constrained columns take, as the database's own registry has it.

use super::args::RegistryArgs;
use super::list::{Out, refuse_paths};
use super::session::{away, block_on};
use super::{Exit, Surface, harmless};
use crate::config::Settings;
use crate::render::list::{Cell, Row, Shape, Shown};
use crate::store::{Column, Location, Registry, Store, Valid};
use anyhow::Result;
use serde_json::json;

const COLUMNS: Shape = Shape {
    nouns: ["constrained column", "constrained columns"],
    columns: &["table", "column", "valid_values", "min", "max", "description"],
    heads: &["column", "valid values"],
};

pub(super) fn run(args: &RegistryArgs, surface: &Surface) -> Result<Exit> {
    refuse_paths(surface, &args.page, "columns")?;
    let registry = registry(&surface.settings()?)?;
    let found = match &args.name {
        Some(name) => registry.find(&harmless(name))?,
        None => registry.columns.iter().collect(),
    };
    if let Some(name) = args.name.as_deref().filter(|_| found.is_empty()) {
        let what =
            if name.trim_start_matches("claude.").contains('.') { "takes any value of its type" } else { "has no constrained column" };
        surface.note(&format!("vault-sync: {} {what}", harmless(name)));
    }
    Out { surface, page: &args.page, roots: &[], has_vaults: false }.print(&COLUMNS, &found, None, |column| row(column), None)
}

/// Returns the registry of the database, or what it will be where there is no file yet.
fn registry(settings: &Settings) -> Result<Registry> {
    let location = settings.location();
    if matches!(&location, Location::Sqlite(file) if !file.exists()) {
        return Ok(Registry::ours());
    }
    block_on(async {
        let mut store = Store::open(&location).await.map_err(away)?;
        let registry = store.registry().await?;
        store.close().await?;
        Ok(registry)
    })
}

fn row(column: &Column) -> Row {
    let Column { table, column, valid, description } = column;
    let (values, bounds) = match valid {
        Valid::OneOf(values) => (Some(values), None),
        Valid::Between(least, most) => (None, Some((*least, *most))),
    };
    let mut json = json!({"table": table, "column": column, "valid_values": values, "description": description});
    if let Some((least, most)) = bounds {
        json["min"] = least.into();
        json["max"] = most.into();
    }
    let cells = vec![Cell::Text(format!("{table}.{column}")), Cell::Text(valid.to_string())];
    Row { vault: String::new(), json, paths: Vec::new(), shown: Shown::Cells(cells) }
}
