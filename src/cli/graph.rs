//! `graph`: who links to whom, to be drawn by other programs or looked at in a browser.

use super::args::{GraphArgs, GraphFormat};
use super::filters::narrow;
use super::session::{Session, block_on};
use super::{Exit, Refusal, Surface, harmless};
use crate::graph::{self, Graph, Page, Parts};
use crate::path::{FileKind, VaultPath};
use crate::search::Freshness;
use crate::store::{File, Narrow, Vault};
use anyhow::{Context as _, Result};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) fn run(args: &GraphArgs, surface: &Surface) -> Result<Exit> {
    let format = format(args, surface.global.json)?;
    let narrow = narrow(&args.filters)?;
    block_on(async {
        let mut session = Session::open(surface).await?;
        if let Some(file) = &args.output {
            refuse_in_vault(file, &session)?;
        }
        let (vaults, centre) = match &args.note {
            Some(note) => {
                let (vault, path) = session.one_file(note).await?;
                (vec![vault], Some(path))
            }
            None => (session.vaults().await?, None),
        };
        let mut all = Vec::new();
        for vault in &vaults {
            all.push(parts(&mut session, vault, args, &narrow, centre.as_ref()).await?);
        }
        let mut graph = graph::build(&all);
        if let Some(centre) = &centre {
            graph = graph.around(centre.as_str(), args.depth);
        }
        if args.no_orphans {
            graph = graph.without_orphans();
        }
        let freshness = session.freshness();
        let text = written(&graph, format, centre.as_ref(), &session, &freshness, surface)?;
        session.close().await?;
        put(&text, format, &graph, args.output.as_deref(), &freshness, surface)
    })
}

/// Returns the format that is asked for: by a flag, or by the name of the file.
fn format(args: &GraphArgs, is_json: bool) -> Result<GraphFormat> {
    if let Some(format) = args.format.or_else(|| is_json.then_some(GraphFormat::Json)) {
        return Ok(format);
    }
    let Some(file) = &args.output else { return Ok(GraphFormat::Dot) };
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "dot" | "gv" => Ok(GraphFormat::Dot),
        "graphml" => Ok(GraphFormat::Graphml),
        "json" => Ok(GraphFormat::Json),
        "html" | "htm" => Ok(GraphFormat::Html),
        _ => {
            let message = format!("the name '{}' does not say how to write the graph", harmless(&file.display().to_string()));
            let hint = Some("use --format dot, graphml, json or html, or such an ending".to_owned());
            Err(Refusal { exit: Exit::Usage, message, hint }.into())
        }
    }
}

/// A vault is opened read-only: a picture of it has its place elsewhere.
fn refuse_in_vault(file: &Path, session: &Session) -> Result<()> {
    let whole = std::path::absolute(file).with_context(|| format!("finding the folder of {}", file.display()))?;
    // What is no folder is told when it is written to.
    let folder = whole.parent().and_then(|folder| folder.canonicalize().ok());
    let roots = session.settings.roots().into_iter().filter_map(|(_, root)| root.canonicalize().ok());
    let Some(root) = folder.and_then(|folder| roots.into_iter().find(|root| folder.starts_with(root))) else { return Ok(()) };
    let message = format!("{} lies in the vault {}", harmless(&file.display().to_string()), harmless(&root.display().to_string()));
    Err(Refusal { exit: Exit::Usage, message, hint: Some("vault-sync does not write there: choose another folder".to_owned()) }.into())
}

/// Returns what a vault brings: the files that the flags leave over, and in any case the one in the middle.
async fn parts(session: &mut Session, vault: &Vault, args: &GraphArgs, narrow: &Narrow, centre: Option<&VaultPath>) -> Result<Parts> {
    let store = &mut session.store;
    let is_centre = |file: &File| Some(&file.path) == centre;
    let is_drawn = |file: &File| !file.is_ignored && (args.attachments || matches!(file.kind, FileKind::Note | FileKind::Canvas));
    let mut files = store.files(vault, narrow).await?;
    files.retain(|file| is_drawn(file) || is_centre(file));
    if centre.is_some() && !files.iter().any(is_centre) {
        files.extend(store.files(vault, &Narrow::default()).await?.into_iter().find(is_centre));
    }
    Ok(Parts {
        vault: vault.name.clone(),
        files,
        links: store.link_ends(vault).await?,
        tags: store.tags(vault).await?,
        has_tags: args.tags,
        has_unresolved: args.unresolved,
    })
}

fn written(
    graph: &Graph,
    format: GraphFormat,
    centre: Option<&VaultPath>,
    session: &Session,
    freshness: &Freshness,
    surface: &Surface,
) -> Result<String> {
    Ok(match format {
        GraphFormat::Dot => graph::dot(graph),
        GraphFormat::Graphml => graph::graphml(graph),
        GraphFormat::Json => surface.document(&json!({
            "centre": centre,
            "nodes": graph.nodes,
            "edges": graph.named_edges(),
            "freshness": freshness,
            "warnings": freshness.warnings(),
        }))?,
        GraphFormat::Html => {
            let names: Vec<&str> = session.sites.iter().map(|site| site.name.as_str()).collect();
            graph::html(graph, &page(centre, &session.settings.roots(), &names.join(", ")))
        }
    })
}

/// Obsidian knows a vault by the name of its folder.
fn page<'a>(centre: Option<&'a VaultPath>, roots: &'a [(String, PathBuf)], name: &'a str) -> Page<'a> {
    let folder = |(name, root): &'a (String, PathBuf)| Some((name.as_str(), root.file_name()?.to_str()?));
    Page { name, centre: centre.map(VaultPath::as_str), vaults: roots.iter().filter_map(folder).collect() }
}

/// Prints the graph, or writes it to a file and says so.
fn put(text: &str, format: GraphFormat, graph: &Graph, file: Option<&Path>, freshness: &Freshness, surface: &Surface) -> Result<Exit> {
    if format != GraphFormat::Json {
        freshness.warnings().iter().for_each(|warning| surface.note(&format!("vault-sync: {}", harmless(warning))));
    }
    let Some(file) = file else { return surface.raw(text).map(|()| Exit::Success) };
    let shown = harmless(&file.display().to_string());
    std::fs::write(file, text).with_context(|| format!("writing {shown}"))?;
    let counted = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    surface.note(&format!("wrote {} and {} to {shown}", counted(graph.nodes.len(), "node"), counted(graph.edges.len(), "edge")));
    Ok(Exit::Success)
}
