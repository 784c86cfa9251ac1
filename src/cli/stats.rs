//! `stats`: the vault in figures, drawn as bars.

use super::args::{FilterArgs, StatsArgs};
use super::filters::narrow;
use super::log::{asked, lookups_since};
use super::session::{Session, block_on};
use super::{Exit, Surface, harmless};
use crate::clock::{Period, Timestamp, Wall};
use crate::graph;
use crate::render::chart::Chart;
use crate::stats::{self, Parts};
use crate::store::{Narrow, Vault};
use anyhow::{Context as _, Result};
use serde_json::json;
use std::io::IsTerminal as _;

pub(super) fn run(args: &StatsArgs, surface: &Surface) -> Result<Exit> {
    let narrow = narrow(&args.filters)?;
    block_on(async {
        let mut session = Session::open(surface).await?;
        let (mut vaults, mut whole) = (Vec::new(), Vec::new());
        for vault in session.vaults().await? {
            let (parts, all) = parts(&mut session, &vault, &narrow).await?;
            vaults.push(parts);
            whole.push(all);
        }
        let since = since(&args.filters);
        let logged = lookups_since(&mut session, since, None, args.filters.project.as_deref()).await?;
        let figures = stats::figures(&vaults, &graph::build(&whole), &logged.iter().map(asked).collect::<Vec<_>>(), args.limit);
        let freshness = session.freshness();
        session.close().await?;
        if surface.global.json {
            let mut document = json!(figures);
            let more = json!({"since": since.map(|at| at.to_string()), "freshness": freshness, "warnings": freshness.warnings()});
            let more = more.as_object().cloned().context("a document is an object")?;
            document.as_object_mut().context("figures are an object")?.extend(more);
            return surface.json(&document).map(|()| Exit::Success);
        }
        freshness.warnings().iter().for_each(|warning| surface.note(&format!("vault-sync: {}", harmless(warning))));
        let has_colour = std::io::stdout().is_terminal() && surface.has_colour();
        let chart = Chart { width: width(), has_colour, is_ascii: args.ascii };
        surface.text(&stats::draw(&figures, &chart)).map(|()| Exit::Success)
    })
}

/// Returns what a vault brings, and its whole graph.
async fn parts(session: &mut Session, vault: &Vault, narrow: &Narrow) -> Result<(Parts, graph::Parts)> {
    let store = &mut session.store;
    let links = store.link_ends(vault).await?;
    // The links of hidden files count, and those of files that are left out.
    let all = store.files(vault, &Narrow::default()).await?;
    let mut files = if narrow.is_none() { all.clone() } else { store.files(vault, narrow).await? };
    files.retain(|file| !file.is_ignored);
    let whole = graph::Parts { vault: vault.name.clone(), files: all, links: links.clone(), ..graph::Parts::default() };
    let parts = Parts {
        vault: vault.name.clone(),
        files,
        links,
        tags: store.tags(vault).await?,
        properties: store.properties(vault).await?,
        orphans: store.orphans(vault).await?,
    };
    Ok((parts, whole))
}

/// Returns since when lookups count: as the filter of files is read, which refuses what is no date.
fn since(filters: &FilterArgs) -> Option<Timestamp> {
    let period = Period::parse(&format!("{}..", filters.since.as_deref()?))?;
    Some(period.within(Wall::of(Timestamp::now())).start.moment())
}

/// Returns how many columns there are to draw on: as the environment says, or the terminal, or eighty.
fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    #[cfg(unix)]
    let told = told.or_else(|| rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col)));
    told.filter(|columns| *columns > 0).unwrap_or(80)
}
