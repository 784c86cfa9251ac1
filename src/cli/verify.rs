//! `verify`: disk = SQL = index, or each difference. It only looks.

use super::args::VerifyArgs;
use super::progress::Progress;
use super::session::{away, block_on, require_files, require_vaults};
use super::{Exit, Surface, one_line};
use crate::clock::Timestamp;
use crate::state;
use crate::store::Store;
use crate::verify::{self, Difference, Kind, Layer, Report};
use anyhow::Result;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Looks at most, while somebody else changes what is looked at.
const MOST_LOOKS: usize = 3;
/// What a living watcher gets to take in what it has seen.
const PATIENCE: Duration = Duration::from_secs(1);
/// So many differences of a kind are listed without being asked for.
const FEW: usize = 10;

pub(super) fn run(args: &VerifyArgs, surface: &Surface) -> Result<Exit> {
    let settings = surface.settings()?;
    require_vaults(&settings)?;
    settings.vaults.iter().try_for_each(require_files)?;
    let began = Instant::now();
    let report = block_on(async {
        let mut store = Store::open_to_look(&settings.location()).await.map_err(away)?;
        let (sites, index) = (settings.sites(), settings.index_dir());
        let name = sites.first().map_or("", |site| site.name.as_str());
        let mut n_looks = 1;
        loop {
            let progress = Progress::new(surface, name, "reading every file");
            let report = verify::verify(&mut store, &sites, &index, &|done, all| progress.set(done, all)).await;
            drop(progress);
            let report = report.map_err(super::refused)?;
            // What a sync or a watcher has changed since is looked at again; what a watcher will take in at once is waited for.
            let known = state::read(&settings.data_dir.value);
            let names = sites.iter().map(|site| site.name.as_str());
            let is_followed = state::watcher_word(&known, names, Timestamp::now().millis()) == "live";
            let is_moving = is_followed && report.differences.iter().all(Difference::is_pending);
            let has_moved = report.revision != store.revision().await?;
            if report.differences.is_empty() || n_looks == MOST_LOOKS || !is_moving && !has_moved {
                store.close().await?;
                return Ok(report);
            }
            if !has_moved {
                tokio::time::sleep(PATIENCE).await;
            }
            n_looks += 1;
        }
    })?;
    let took = began.elapsed();
    if surface.global.json {
        surface.json(&json!({
            "verified": report.differences.is_empty(),
            "differences": report.differences,
            "counts": counts(&report),
            "files": report.n_files,
            "rows": report.n_rows,
            "indexed": report.n_indexed,
            "revision": report.revision,
            "took_ms": took.as_millis() as u64,
            "cure": cure(&report),
        }))?;
    } else {
        surface.text(&text(&report, took, if args.all { usize::MAX } else { FEW }))?;
    }
    Ok(if report.differences.is_empty() { Exit::Success } else { Exit::Findings })
}

fn counts(report: &Report) -> Value {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for difference in &report.differences {
        let kind = serde_json::to_value(difference.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        *counts.entry(kind).or_default() += 1;
    }
    json!(counts)
}

/// Returns the command that ends the differences, if one does.
fn cure(report: &Report) -> Option<&'static str> {
    let mut curable = report.differences.iter().filter(|d| !d.is_history()).peekable();
    curable.peek()?;
    Some(if curable.all(Difference::is_pending) { "vault-sync sync" } else { "vault-sync resync" })
}

fn text(report: &Report, took: Duration, most: usize) -> String {
    let mut text = String::new();
    let mut groups: BTreeMap<(&str, Layer, Kind, Option<&str>), Vec<&Difference>> = BTreeMap::new();
    for d in &report.differences {
        groups.entry((&d.vault, d.layer, d.kind, d.table)).or_default().push(d);
    }
    for ((vault, layer, kind, table), group) in &groups {
        let vault = if vault.is_empty() { String::new() } else { format!("{}: ", one_line(vault)) };
        let _ = writeln!(text, "{vault}{}", heading(*layer, *kind, *table, group.len()));
        for difference in group.iter().take(most) {
            let _ = writeln!(text, "  {}", line(difference));
        }
        if group.len() > most {
            let _ = writeln!(text, "  and {} more; --all lists them", group.len() - most);
        }
    }
    let seconds = took.as_secs_f64();
    let compared =
        format!("{}, {} and {}", n(report.n_files, "file"), n(report.n_rows, "row"), n(report.n_indexed, "document of the index"));
    if report.differences.is_empty() {
        let _ = writeln!(text, "disk = SQL = index: {compared} compared in {seconds:.1} s");
        return text;
    }
    let _ = writeln!(text, "{compared} compared in {seconds:.1} s");
    let n_history = report.differences.iter().filter(|d| d.is_history()).count();
    if n_history > 0 {
        let _ = writeln!(text, "{} in the history of paths and changes, which no command can write anew", n(n_history, "difference"));
    }
    if let Some(cure) = cure(report) {
        let _ = writeln!(text, "{}: run `{cure}`", n(report.differences.len() - n_history, "difference"));
    }
    text
}

/// Returns a number of things: `1 file`, `2 files`.
fn n(count: usize, what: &str) -> String {
    let (what, rest) = what.split_once(' ').map_or((what, String::new()), |(what, rest)| (what, format!(" {rest}")));
    format!("{count} {what}{}{rest}", if count == 1 { "" } else { "s" })
}

/// Says what differs, and how often.
fn heading(layer: Layer, kind: Kind, table: Option<&str>, count: usize) -> String {
    let what = match (layer, kind.is_pending()) {
        (_, true) => n(count, "file"),
        (Layer::Index, false) => n(count, "document of the index"),
        (Layer::Sql, false) => format!("{}: {}", table.unwrap_or("SQL"), n(count, "difference")),
    };
    let says = match (layer, kind) {
        (_, Kind::New) => "on disk, not yet in SQL",
        (_, Kind::Gone) => "in SQL, no longer on disk",
        (_, Kind::Renamed) => "renamed on disk, not yet in SQL",
        (_, Kind::Changed) => "changed on disk, not yet in SQL",
        (_, Kind::Touched) => "touched on disk, the contents being the same",
        (_, Kind::Unread) => "whose contents are not yet in SQL",
        (_, Kind::LeftOut) => "that the ledger does not know as they are left out on disk",
        (_, Kind::Partial) => return "the last run has not come to its end".to_owned(),
        (_, Kind::Behind) => return "the index is not that of this store, or not of its last change".to_owned(),
        (Layer::Sql, Kind::Missing) => "in rows that are not there",
        (Layer::Sql, Kind::Extra) => "in rows that are of nothing on disk",
        (Layer::Sql, Kind::Altered) => "in values that are not what the disk says",
        (Layer::Sql, Kind::Doubled) => "in rows that are there more than once",
        (Layer::Index, Kind::Missing) => "missing",
        (Layer::Index, Kind::Extra) => "of nothing in SQL",
        (Layer::Index, Kind::Altered) => "not as the rows say",
        (Layer::Index, Kind::Doubled) => "there more than once",
    };
    format!("{what} {says}")
}

fn line(d: &Difference) -> String {
    let mut line = d.path.clone();
    if let Some(row) = &d.row {
        let _ = write!(line, " #{}", row.trim_matches('"'));
    }
    if let Some(column) = d.column.as_ref().filter(|_| !d.is_pending() || d.kind == Kind::Touched) {
        let _ = write!(line, " {column}");
    }
    match (&d.is, &d.should) {
        (_, should) if d.kind == Kind::Renamed => line += &format!(" is now {should}"),
        _ if d.kind.is_pending() && d.kind != Kind::Touched && d.kind != Kind::Behind => {}
        (Value::Null, Value::Null) => {}
        (is, Value::Null) if d.column.is_none() => line += &format!(" is {is}"),
        (Value::Null, should) if d.column.is_none() => line += &format!(" should be {should}"),
        (is, should) => line += &format!(" is {is}, should be {should}"),
    }
    one_line(line.trim_start())
}
