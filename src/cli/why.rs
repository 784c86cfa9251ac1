//! `why`: what became of a path, whatever it is: in the mirror, as which document; or not, and by which rule. Where the database does not
//! answer, the disk does.

mod places;
mod verdict;

use super::args::WhyArgs;
use super::session::{block_on, require_vaults};
use super::{Exit, Surface, in_words, one_line};
use crate::clock::Timestamp;
use crate::config::{Settings, VaultSettings};
use crate::disk::{self, Glance, Scope};
use crate::path::VaultPath;
use crate::store::{Location, Side, Store};
use crate::sync::{self, Site};
use crate::{state, suggest};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;
use verdict::{Sight, Verdict, verdict};

pub(super) fn run(args: &WhyArgs, surface: &Surface) -> Result<Exit> {
    let settings = surface.settings()?;
    require_vaults(&settings)?;
    let asked = one_line(&args.path.to_string_lossy());
    let here = std::env::current_dir().unwrap_or_default();
    let (mut said, mut sights) = (None, Vec::new());
    for (site, vault) in settings.sites().iter().zip(&settings.vaults) {
        let Some(places) = places::places(&args.path, &site.disk.root, &here) else { continue };
        let sight = block_on(sight(&settings, site, &vault.value, &places, &args.path))?;
        said = said.or_else(|| verdict(&sight, &places).map(|verdict| (sight.name.clone(), verdict)));
        sights.push(sight);
    }
    let (vault, verdict) = match said {
        Some((vault, verdict)) => (Some(vault), verdict),
        None if sights.is_empty() => (None, outside(&asked, &settings)),
        None => (None, absent(&asked, &args.path, &sights)),
    };
    if surface.global.json {
        let details: serde_json::Map<String, Value> = verdict.details.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        surface.json(&json!({
            "asked": asked, "vault": vault, "path": verdict.path, "outcome": verdict.outcome, "sentence": verdict.sentence, "details": details,
        }))?;
    } else {
        let details = verdict.details.iter().map(|(key, value)| format!("  {key}: {}\n", one_line(&shown(value))));
        surface.text(&format!("{}\n{}", one_line(&verdict.sentence), details.collect::<String>()))?;
    }
    Ok(Exit::Success)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(all) if all.is_empty() => "none".to_owned(),
        Value::Object(all) => all.iter().map(|(key, n)| format!("{key} {n}")).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Looks at a vault: the disk, and what the store remembers, if it can be asked without making one.
async fn sight(settings: &Settings, site: &Site, vault: &VaultSettings, places: &[VaultPath], asked: &Path) -> Result<Sight> {
    let root = &site.disk.root;
    let is_at = |path: &&VaultPath, kinds: &[Glance]| kinds.contains(&disk::glance(&disk::locate(&site.disk, path)));
    let links = places.iter().filter_map(|path| Some((path.clone(), disk::link_on_the_way(&site.disk, path)?)));
    let mut sight = Sight {
        name: site.name.clone(),
        seen: disk::observe(&site.disk, &Scope::root()).map_err(|error| format!("{error:#}")),
        known: Default::default(),
        ledger: Default::default(),
        former: Vec::new(),
        traces: Vec::new(),
        called: Vec::new(),
        is_known: false,
        silence: String::new(),
        globs: vault.exclude_at.clone(),
        hidden: Default::default(),
        folders: places.iter().filter(|path| is_at(path, &[Glance::Folder])).cloned().collect(),
        dotted: places
            .iter()
            .filter(|path| path.is_hidden() && is_at(path, &[Glance::Folder, Glance::File, Glance::EmptyFile]))
            .cloned()
            .collect(),
        links: links.collect(),
        synced: state::read(&settings.data_dir.value).vaults.get(&site.name).map(|vault| Timestamp::from_millis(vault.synced_ms)),
    };
    sight.synced = sight.synced.filter(|at| at.millis() > 0);
    if matches!(settings.location(), Location::Sqlite(file) if !file.exists()) {
        sight.silence = format!("the vault '{}' has not been synced yet", site.name);
    } else if let Err(error) = remember(&mut sight, settings, places, asked).await {
        sight.silence = format!("the database does not say what became of it: {}", in_words(&error));
    }
    if let Ok(seen) = &mut sight.seen {
        sync::set_apart(site, seen, &sight.known);
    }
    let shown = sight.seen.as_ref().map(|seen| seen.files.iter().filter(|(_, stamp)| stamp.is_ignored));
    let hidden = shown.into_iter().flatten().map(|(path, _)| path).filter(|path| is_asked(path, places, &sight));
    sight.hidden = hidden.filter_map(|path| Some((path.clone(), disk::hidden_by(root, path)?))).collect();
    Ok(sight)
}

/// Whether the verdict may be about this path: only then it is worth looking for the filter that hides it.
fn is_asked(path: &VaultPath, places: &[VaultPath], sight: &Sight) -> bool {
    places.iter().any(|place| place == path || place.name_key() == path.name_key()) || sight.called.contains(path)
}

async fn remember(sight: &mut Sight, settings: &Settings, places: &[VaultPath], asked: &Path) -> Result<()> {
    let mut store = Store::open(&settings.location()).await?;
    if let Some(vault) = store.find_vault(&sight.name).await? {
        let Side { known, ledger, .. } = store.look(&sight.name, &Scope::root()).await?;
        sight.called = store.find(&vault, &asked.to_string_lossy()).await?;
        let paths: Vec<VaultPath> = places.iter().chain(&sight.called).cloned().collect();
        (sight.known, sight.ledger, sight.is_known) = (known, ledger, true);
        sight.traces = store.traces(&vault, &paths).await?;
        sight.former = store.former_paths(&vault).await?;
    } else {
        sight.silence = format!("the vault '{}' has not been synced yet", sight.name);
    }
    store.close().await
}

fn outside(asked: &str, settings: &Settings) -> Verdict {
    let roots: Vec<String> = settings.vaults.iter().map(|vault| vault.value.root.display().to_string()).collect();
    let sentence = format!("{asked} is not in the mirror: it lies outside of {}", roots.join(" and "));
    Verdict { outcome: "outside", sentence, path: None, details: Vec::new() }
}

fn absent(asked: &str, name: &Path, sights: &[Sight]) -> Verdict {
    let mut near = Vec::new();
    for sight in sights {
        let files: Vec<&VaultPath> = sight.seen.iter().flat_map(|seen| seen.files.keys()).collect();
        let found = suggest::suggest(&name.to_string_lossy(), &VaultPath::root(), &files, &[], &sight.former);
        near.extend(found.into_iter().map(|(path, _)| path.to_string()));
    }
    let names: Vec<&str> = sights.iter().map(|sight| sight.name.as_str()).collect();
    let why = sights.iter().find_map(|sight| sight.seen.as_ref().err()).map(|why| format!("; {why}")).unwrap_or_default();
    let silence: String = sights.iter().filter(|sight| !sight.is_known).map(|sight| format!("; {}", sight.silence)).collect();
    let sentence = format!("{asked} is not in the mirror: nothing in '{}' is called so, or was{why}{silence}", names.join("' or '"));
    let details = if near.is_empty() { Vec::new() } else { vec![("did_you_mean", json!(near))] };
    Verdict { outcome: "absent", sentence, path: None, details }
}
