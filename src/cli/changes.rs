//! `changes`: the change feed, from a revision, a moment or a named cursor on; and the cursor, which moves when its reader says so.

use super::args::{ChangesArgs, Format, PageArgs};
use super::list::Out;
use super::session::{Session, block_on};
use super::{Exit, Refusal, Surface, harmless, one_line};
use crate::clock::Timestamp;
use crate::render::list::{Cell, List, Row, Shape, Shown};
use crate::search::{self, Patience};
use crate::state;
use crate::store::{Cursor, Line, Span, Store, Vault, Way};
use anyhow::Result;
use serde_json::{Map, json};

pub(super) const CHANGES: Shape =
    Shape { nouns: ["change", "changes"], columns: &["revision", "at", "op", "path", "old_path", "id"], heads: &["when", "what", "path"] };

/// So many are shown to who asks for none in particular.
const SOME: usize = 20;

pub(super) fn run(args: &ChangesArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let session = Session::open(surface).await?;
        match (&args.cursor, args.ack) {
            (Some(name), Some(revision)) => acknowledge(session, surface, name, revision.into(), args.rewind).await,
            _ => show(session, surface, args).await,
        }
    })
}

async fn show(mut session: Session, surface: &Surface, args: &ChangesArgs) -> Result<Exit> {
    let vaults = session.vaults().await?;
    let is_for_programs = !matches!(args.output.format(surface.global.json), Format::Text);
    let reading = match start(&mut session.store, &vaults, args, surface).await? {
        Some(places) => from_places(&mut session.store, places, args.limit).await?,
        None => the_last(&mut session.store, &vaults, args.limit.unwrap_or(SOME)).await?,
    };
    if let (Some(name), false, false) = (&args.cursor, reading.lines.is_empty(), is_for_programs) {
        let done = format!("vault-sync changes --as '{}' --ack {}", harmless(name), reading.read_to);
        surface.note(&format!("vault-sync: read to revision {}; once that is done: {done}", reading.read_to));
    }
    let settings = &session.settings;
    let (state, now_ms) = (state::read(&settings.data_dir.value), Timestamp::now().millis());
    let freshness = search::freshness(&settings.index_dir(), &session.sites, &state, now_ms, Patience::Glance);
    let mut more = Map::from_iter([("read_to".to_owned(), json!(reading.read_to))]);
    more.extend(args.cursor.as_ref().map(|name| ("cursor".to_owned(), json!(name))));
    let (roots, page) = (session.settings.roots(), PageArgs { output: args.output.clone(), ..PageArgs::default() });
    let list = List { total: reading.total, ..list(&reading.lines, vaults.len() > 1) };
    session.close().await?;
    Out { surface, page: &page, roots: &roots, has_vaults: list.has_vaults }.put(&list, Some(&freshness), more)
}

/// What was read of the feed.
struct Reading {
    lines: Vec<Line>,
    total: usize,
    /// The revision from which its reader goes on.
    read_to: i64,
}

/// Returns after which revision of each vault the reader has not read, unless just the end of the feed is asked for.
async fn start(store: &mut Store, vaults: &[Vault], args: &ChangesArgs, surface: &Surface) -> Result<Option<Vec<(String, i64)>>> {
    let cursors = match &args.cursor {
        Some(name) => store.cursors(name).await?,
        None if args.since.is_none() => return Ok(None),
        None => Vec::new(),
    };
    // After the cursors: who moves one has read that far.
    let head = store.revision().await?;
    let since = match &args.since {
        Some(text) => since(store, text, head).await?,
        None => 0,
    };
    if let Some(name) = &args.cursor {
        refuse_replaced(&cursors, name, &store.id, head)?;
        if cursors.is_empty() {
            surface.note(&format!("vault-sync: the cursor '{}' is new: it begins after revision {since}", harmless(name)));
        }
    }
    let place = |vault: &Vault| cursors.iter().find(|cursor| cursor.vault == vault.name).map_or(since, |cursor| cursor.revision);
    Ok(Some(vaults.iter().map(|vault| (vault.name.clone(), place(vault))).collect()))
}

/// Reads a revision, or the one after which everything since a moment comes.
async fn since(store: &mut Store, text: &str, head: i64) -> Result<i64> {
    if let Ok(revision) = text.parse::<u32>() {
        return refuse_ahead(revision.into(), head);
    }
    let Some(at) = Timestamp::since(text, Timestamp::now()) else {
        let refusal = Refusal {
            exit: Exit::Usage,
            message: format!("'{}' is neither a revision nor a time", harmless(text)),
            hint: Some("write a number, how long ago, as 12h, 7d or 2w, or a date as 2026-01-31".to_owned()),
        };
        return Err(refusal.into());
    };
    Ok(store.revision_before(at).await?.unwrap_or(head))
}

async fn from_places(store: &mut Store, places: Vec<(String, i64)>, limit: Option<usize>) -> Result<Reading> {
    let mut lines = Vec::new();
    for (vault, revision) in &places {
        let most = limit.map(|limit| limit.saturating_add(1));
        lines.extend(store.feed(vault, Span::After { revision: *revision, up_to: i64::MAX, most }).await?);
    }
    lines.sort_by_key(|line| (line.revision, line.position));
    let mut total = lines.len();
    if let Some(cut) = limit.and_then(|limit| lines.get(limit)).map(|line| (line.vault.clone(), line.revision)) {
        total = 0;
        for (vault, revision) in &places {
            total += store.feed_len(vault, *revision).await?;
        }
        lines.retain(|line| line.revision < cut.1);
        if lines.is_empty() && limit != Some(0) {
            lines = store.feed(&cut.0, Span::After { revision: cut.1 - 1, up_to: cut.1, most: None }).await?;
        }
    }
    let begin = places.iter().map(|(_, revision)| *revision).max().unwrap_or(0);
    Ok(Reading { read_to: lines.last().map_or(begin, |line| line.revision), lines, total })
}

async fn the_last(store: &mut Store, vaults: &[Vault], limit: usize) -> Result<Reading> {
    let (mut lines, mut total) = (Vec::new(), 0);
    for vault in vaults {
        lines.extend(store.feed(&vault.name, Span::Last(limit)).await?);
        total += store.feed_len(&vault.name, 0).await?;
    }
    lines.sort_by_key(|line| (line.revision, line.position));
    lines.drain(..lines.len().saturating_sub(limit));
    let read_to = lines.last().map_or(0, |line| line.revision);
    Ok(Reading { lines, total, read_to })
}

async fn acknowledge(mut session: Session, surface: &Surface, name: &str, revision: i64, rewind: bool) -> Result<Exit> {
    let vaults = session.vaults().await?;
    let (store, way) = (&mut session.store, if rewind { Way::Anywhere } else { Way::Forward });
    let (cursors, head) = (store.cursors(name).await?, store.revision().await?);
    refuse_ahead(revision, head)?;
    if !rewind {
        refuse_replaced(&cursors, name, &store.id, head)?;
    }
    let mut moved = Vec::new();
    for vault in &vaults {
        moved.push(store.move_cursor(name, vault, revision, way).await?);
    }
    let cursors = store.cursors(name).await?;
    session.close().await?;
    let place = |vault: &Vault| cursors.iter().find(|cursor| cursor.vault == vault.name).map_or(revision, |cursor| cursor.revision);
    if vaults.iter().any(|vault| place(vault) > revision) {
        surface.note("vault-sync: a cursor that is further stays where it is; --rewind moves it back");
    }
    if surface.global.json {
        let vault = |(vault, moved): (&Vault, &bool)| json!({"vault": vault.name, "revision": place(vault), "moved": moved});
        let vaults: Vec<_> = vaults.iter().zip(&moved).map(vault).collect();
        surface.json(&json!({"cursor": name, "vaults": vaults}))?;
    } else {
        let said = vaults.iter().map(|vault| format!("'{name}' is at revision {} of {}", place(vault), vault.name));
        surface.text(&said.map(|line| one_line(&line) + "\n").collect::<String>())?;
    }
    Ok(Exit::Success)
}

/// A feed that ends before what was read of it is another one, or an earlier state of it.
fn refuse_ahead(revision: i64, head: i64) -> Result<i64> {
    if revision <= head {
        return Ok(revision);
    }
    let message = format!("the database is at revision {head}: it has no revision {revision}");
    let hint = "if there was one, the database was made anew or came back from a backup: read everything again, with --since 0";
    Err(Refusal { exit: Exit::Findings, message, hint: Some(hint.to_owned()) }.into())
}

fn refuse_replaced(cursors: &[Cursor], name: &str, store: &str, head: i64) -> Result<()> {
    let Some(lost) = cursors.iter().find(|cursor| cursor.store != store || cursor.revision > head) else { return Ok(()) };
    let (name, revision) = (harmless(name), lost.revision);
    let lost = if lost.store == store {
        format!("at revision {revision}, and the database only at {head}: that came back from a backup")
    } else {
        format!("at revision {revision} of another database: this one was made anew")
    };
    let message = format!("the cursor '{name}' is {lost}");
    let hint = format!("`vault-sync changes --as '{name}' --ack 0 --rewind` lets it read everything again");
    Err(Refusal { exit: Exit::Findings, message, hint: Some(hint) }.into())
}

/// Makes a list of lines of the feed: for `changes`, and for what `watch` prints and hands to a program.
pub(super) fn list(lines: &[Line], has_vaults: bool) -> List {
    List { shape: &CHANGES, rows: lines.iter().map(row).collect(), offset: 0, total: lines.len(), has_vaults }
}

fn row(line: &Line) -> Row {
    let Line { vault, revision, position, doc_id, op, path, old_path, at } = line;
    let at_utc = at.map(|at| at.to_string());
    let json =
        json!({"revision": revision, "position": position, "id": doc_id, "op": op, "path": path, "old_path": old_path, "at": at_utc});
    let cells = [at.map_or_else(|| "-".to_owned(), Timestamp::local), op.clone(), place(line)];
    Row {
        vault: vault.clone(),
        json,
        paths: old_path.iter().chain(path).map(ToString::to_string).collect(),
        shown: Shown::Cells(cells.into_iter().map(Cell::Text).collect()),
    }
}

/// Returns a line's path, and where it was before, as people read it.
pub(super) fn place(line: &Line) -> String {
    match (&line.path, &line.old_path) {
        (None, _) => "(private)".to_owned(),
        (Some(path), Some(old)) => format!("{old} -> {path}"),
        (Some(path), None) => path.to_string(),
    }
}
