//! `log`: who asked what, how fast it was answered, what the vault has no answer to, and which notes nobody needed.

use super::args::{FeedbackArgs, LogArgs, LogCommand, LookupsArgs, UnusedArgs};
use super::files;
use super::list::Lister;
use super::session::{Session, block_on};
use super::{Exit, Refusal, Surface, harmless};
use crate::clock::Timestamp;
use crate::path::fold;
use crate::render::list::{Cell, Row, Shape, Shown};
use crate::store::{Feedback, Logged, ShownHit};
use crate::tally::lookups::{self, Asked, Gap, Group, Usage};
use anyhow::Result;
use serde_json::json;
use std::collections::HashMap;

const LOOKUPS: Shape = Shape {
    nouns: ["lookup", "lookups"],
    columns: &["at", "id", "query", "strict_count", "results_count", "method", "latency_ms", "agent", "project", "session", "feedback"],
    heads: &["asked", "id", "found", "shown", "ms", "agent", "query"],
};
const USAGE: Shape = Shape {
    nouns: ["group", "groups"],
    columns: &["by", "name", "lookups", "misses", "useful", "useless", "p50_ms", "p95_ms"],
    heads: &["lookups", "misses", "useful", "useless", "p50 ms", "p95 ms", "of"],
};
const MISSES: Shape = Shape { nouns: ["question", "questions"], columns: &["query", "count", "last"], heads: &["asked", "last", "query"] };

/// Without `-n`, so many lookups are listed.
const SOME: usize = 20;
/// The end of an id that is shown: enough to tell lookups apart.
const SHOWN_ID: usize = 8;

pub(super) fn run(args: &LogArgs, surface: &Surface) -> Result<Exit> {
    if args.command.is_some() && args.list != LookupsArgs::default() {
        let refusal = Refusal {
            exit: Exit::Usage,
            message: "flags between `log` and what follows it would count for nothing".to_owned(),
            hint: Some("write them at the end: `vault-sync log stats --since 7d`".to_owned()),
        };
        return Err(refusal.into());
    }
    match &args.command {
        None => list(&args.list, surface),
        Some(LogCommand::List(args)) => list(args, surface),
        Some(LogCommand::Stats(args)) => stats(args, surface),
        Some(LogCommand::Misses(args)) => misses(args, surface),
        Some(LogCommand::Unused(args)) => unused(args, surface),
        Some(LogCommand::Feedback(args)) => feedback(args, surface),
    }
}

fn list(args: &LookupsArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open_log(surface, &args.page, "lookups").await?;
        let logged = logged(&mut lister, args).await?;
        let page = lister.page(&logged, Some(SOME));
        let ids: Vec<&str> = page.iter().map(|l| l.log_id.as_str()).collect();
        let hits = lister.session.store.lookup_hits(&ids).await?;
        lister.print_log(&LOOKUPS, &logged, Some(SOME), |l| lookup_row(l, &hits)).await
    })
}

fn stats(args: &LookupsArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open_log(surface, &args.page, "counts").await?;
        let logged = logged(&mut lister, args).await?;
        let usage = lookups::usage(&logged.iter().map(asked).collect::<Vec<_>>());
        lister.print_log(&USAGE, &usage, None, usage_row).await
    })
}

fn misses(args: &LookupsArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open_log(surface, &args.page, "questions").await?;
        let logged = logged(&mut lister, args).await?;
        let gaps = lookups::gaps(&logged.iter().map(asked).collect::<Vec<_>>());
        lister.print_log(&MISSES, &gaps, None, gap_row).await
    })
}

fn unused(args: &UnusedArgs, surface: &Surface) -> Result<Exit> {
    let since = since(args.not_since.as_deref())?;
    block_on(async {
        let mut lister = Lister::open(surface, &args.list).await?;
        let retrieved = lister.session.store.retrieved(since).await?;
        files::print_notes(lister, |file| !retrieved.contains(&file.doc_id)).await
    })
}

fn feedback(args: &FeedbackArgs, surface: &Surface) -> Result<Exit> {
    let shown = harmless(&args.id);
    let refusal = |exit, message: String| Refusal { exit, message, hint: Some("`vault-sync log` lists lookups with their ids".to_owned()) };
    if args.id.len() < SHOWN_ID {
        return Err(refusal(Exit::Usage, format!("'{shown}' is too short for the id of a lookup")).into());
    }
    block_on(async {
        let mut session = Session::open(surface).await?;
        let log_id = match session.store.find_lookups(&args.id).await?.as_slice() {
            [] => return Err(refusal(Exit::Findings, format!("no lookup '{shown}'")).into()),
            [log_id] => log_id.clone(),
            several => return Err(refusal(Exit::Findings, format!("'{shown}' could be {} lookups", several.len())).into()),
        };
        let (verdict, given_by) = (args.verdict.word(), session.settings.agent.clone());
        let feedback = Feedback { log_id: &log_id, verdict, given_by: given_by.as_deref(), given_at: Timestamp::now() };
        session.store.give_feedback(&feedback).await?;
        session.close().await?;
        if surface.global.json {
            surface.json(&json!({"id": log_id, "verdict": verdict, "by": given_by, "at": feedback.given_at.to_string()}))?;
        } else {
            surface.text(&format!("lookup {log_id} was {verdict}\n"))?;
        }
        Ok(Exit::Success)
    })
}

/// Returns the lookups that the flags ask for.
async fn logged(lister: &mut Lister<'_>, args: &LookupsArgs) -> Result<Vec<Logged>> {
    lookups_since(&mut lister.session, since(args.since.as_deref())?, args.agent.as_deref(), args.project.as_deref()).await
}

/// Returns the lookups since a moment, by this agent and for this project, of the vaults at hand and of rows that do not say which, newest
/// first.
pub(super) async fn lookups_since(
    session: &mut Session,
    since: Option<Timestamp>,
    agent: Option<&str>,
    project: Option<&str>,
) -> Result<Vec<Logged>> {
    let mut logged = session.store.lookups(since).await?;
    let is =
        |wanted: Option<&str>, value: Option<&String>| wanted.is_none_or(|wanted| value.is_some_and(|value| fold(value) == fold(wanted)));
    let sites = &session.sites;
    let is_at_hand = |vaults: &Vec<String>| sites.iter().any(|site| vaults.contains(&site.name));
    logged.retain(|l| is(agent, l.agent.as_ref()) && is(project, l.project.as_ref()) && l.vaults.as_ref().is_none_or(is_at_hand));
    Ok(logged)
}

fn since(text: Option<&str>) -> Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    let since = Timestamp::since(text, Timestamp::now()).ok_or_else(|| Refusal {
        exit: Exit::Usage,
        message: format!("'{}' is no time", harmless(text)),
        hint: Some("write how long ago, as 12h, 7d or 2w, or a date as 2026-01-31".to_owned()),
    })?;
    Ok(Some(since))
}

/// Returns a lookup as far as it counts.
pub(super) fn asked(l: &Logged) -> Asked<'_> {
    Asked {
        question: &l.prompt_excerpt,
        at: l.at(),
        agent: l.agent.as_deref(),
        method: l.retrieval_method.as_deref(),
        latency_ms: l.latency_ms,
        n_strict: l.strict_count,
        is_useful: l.verdict.as_deref().map(|verdict| verdict == "useful"),
    }
}

fn lookup_row(l: &Logged, hits: &HashMap<String, Vec<ShownHit>>) -> Row {
    let count = |n: Option<i64>| n.map_or_else(|| Cell::Text(String::new()), |n| Cell::Count(n.max(0) as usize));
    let text = |text: &Option<String>| Cell::Text(text.clone().unwrap_or_default());
    let json = json!({
        "at": l.at().map(|at| at.to_string()),
        "id": l.log_id,
        "query": l.prompt_excerpt,
        "keywords": l.keywords,
        "strict_count": l.strict_count,
        "results_count": l.results_count,
        "hits": hits.get(&l.log_id).map(Vec::as_slice).unwrap_or_default(),
        "method": l.retrieval_method,
        "latency_ms": l.latency_ms,
        "agent": l.agent,
        "project": l.project,
        "session": l.session_id,
        "vaults": l.vaults,
        "feedback": l.verdict,
        "feedback_by": l.given_by,
        "feedback_at": l.given_at.as_deref().and_then(Timestamp::parse).map(|at| at.to_string()),
    });
    let id = l.log_id.get(l.log_id.len().saturating_sub(SHOWN_ID)..).unwrap_or(&l.log_id);
    let cells = vec![
        Cell::Text(local(l.at())),
        Cell::Text(id.to_owned()),
        count(l.strict_count),
        count(l.results_count),
        count(l.latency_ms),
        text(&l.agent),
        Cell::Text(l.prompt_excerpt.clone()),
    ];
    row(json, cells)
}

fn usage_row(usage: &Usage) -> Row {
    let by = match usage.group {
        Group::All => "all",
        Group::Agent => "agent",
        Group::Method => "method",
    };
    let Usage { name, n_lookups, n_misses, n_useful, n_useless, p50, p95, .. } = usage;
    let json = json!({"by": by, "name": name, "lookups": n_lookups, "misses": n_misses, "useful": n_useful, "useless": n_useless, "p50_ms": p50, "p95_ms": p95});
    let of = match (usage.group, name) {
        (Group::All, _) => by.to_owned(),
        (_, Some(name)) => format!("{by} {name}"),
        (_, None) => format!("no {by}"),
    };
    let mut cells: Vec<Cell> = [n_lookups, n_misses, n_useful, n_useless].into_iter().map(|n| Cell::Count(*n)).collect();
    cells.extend([p50, p95].map(|ms| ms.map_or_else(|| Cell::Text("-".to_owned()), |ms| Cell::Count(ms.max(0) as usize))));
    cells.push(Cell::Text(of));
    row(json, cells)
}

fn gap_row(gap: &Gap) -> Row {
    let json = json!({"query": gap.question, "count": gap.n_asked, "last": gap.last.map(|at| at.to_string()), "agents": gap.agents});
    row(json, vec![Cell::Count(gap.n_asked), Cell::Text(local(gap.last)), Cell::Text(gap.question.clone())])
}

fn local(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), Timestamp::local)
}

/// A row of the log is of no vault: a lookup may ask several.
fn row(json: serde_json::Value, cells: Vec<Cell>) -> Row {
    Row { vault: String::new(), json, paths: Vec::new(), shown: Shown::Cells(cells) }
}
