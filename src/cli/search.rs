//! `search`: a question on the command line. Answers from the index, asks the database only about links, logs the lookup.

use super::answer;
use super::args::{Format, SearchArgs};
use super::filters::{asked, conditions, link_conditions, place, shown_in_query};
use super::fresh::{self, Refresh};
use super::session::{Session, block_on, require_vaults};
use super::{Exit, Refusal, Surface, harmless, in_words};
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::query::{self, Given, Reading, Relation};
use crate::search::{self, Asker, Detail, Excerpt, Facet, Filters, Request, related};
use crate::spool::{self, Busy};
use crate::state;
use crate::store::Store;
use anyhow::Result;
use serde_json::json;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// A search that finds lookups waiting hands them on only if that is quick: somebody waits for its end.
const PATIENCE: Duration = Duration::from_millis(250);
const MOST_DRAIN: Duration = Duration::from_secs(1);

pub(super) fn run(args: &SearchArgs, surface: &Surface) -> Result<Exit> {
    if args.interactive {
        return super::find::run(&args.into(), surface);
    }
    let start = Instant::now();
    let text = args.query.join(" ");
    if args.explain_query {
        return explain_query(&text, surface);
    }
    let settings = surface.settings()?;
    require_vaults(&settings)?;
    settings.refuse_namesakes()?;
    let format = args.output.format(surface.global.json);
    answer::refuse_unshown(format, args)?;
    let facets = facets(&args.hits.facet)?;
    let ast = read(&text, surface)?.ast;
    let mut conditions = conditions(&args.filters)?;
    conditions.extend(link_conditions(&args.links));
    let now = Timestamp::now();
    let relations: HashSet<Relation> = ast.iter().chain(&conditions).flat_map(|ast| ast.relations()).collect();
    let data_dir = settings.data_dir.value.clone();
    let (roots, sites) = (settings.roots(), settings.sites());
    let when = args.fresh.map_or(settings.search_fresh.value, Into::into);
    let mut state = state::read(&data_dir);
    let mut refresh = fresh::before(when, &settings, &sites, &state);
    if refresh.is_some() {
        state = state::read(&data_dir);
    }
    let (given, mut warnings) = given_links(&relations, now, surface)?;
    let shows_hits = !(args.hits.count && format == Format::Text);
    let question = asked(&text, &args.filters, &args.links);
    let vaults: Vec<String> = roots.iter().map(|(name, _)| name.clone()).collect();
    let asker = || Asker {
        question: &question,
        agent: settings.agent.as_deref(),
        session: settings.session.as_deref(),
        project: settings.project.as_deref(),
        vaults: &vaults,
        offset: args.offset,
    };
    let request = Request {
        index: &settings.index_dir(),
        query: ast.as_ref(),
        text: &text,
        conditions: &conditions,
        given: &given,
        filters: Filters { vaults: vaults.clone(), knowledge_type: args.filters.r#type.clone(), project: args.filters.project.clone() },
        order: args.sort.into(),
        ranking: &settings.ranking(now.millis()),
        limit: if shows_hits { args.limit.unwrap_or(settings.search_limit.value) } else { 0 },
        offset: args.offset,
        strict: args.strict || ((args.exit_status || format == Format::Path) && !args.relaxed),
        explain: args.explain,
        detail: Detail {
            granularity: args.hits.granularity.into(),
            excerpt: Excerpt { context: args.hits.context, all_lines: args.hits.all_lines },
            facets: &facets,
            count: args.hits.count,
            whole: false,
        },
        vaults: &sites,
        state: &state,
        asker: (!args.no_log).then(asker),
    };
    let mut answer = search::search(&request)?;
    let fresh_state;
    let fresh_given;
    let fresh_ranking;
    let mut request = request;
    if refresh.as_ref().is_none_or(Refresh::has_only_followed)
        && let Some(taking_in) = fresh::after(when, &settings, &sites, &answer.freshness)
    {
        let is_done = taking_in.is_done();
        refresh = Some(taking_in);
        if is_done {
            fresh_state = state::read(&data_dir);
            (fresh_given, warnings) = given_links(&relations, now, surface)?;
            fresh_ranking = settings.ranking(Timestamp::now().millis());
            request = Request { state: &fresh_state, given: &fresh_given, ranking: &fresh_ranking, ..request };
            answer = search::search(&request)?;
        }
    }
    refresh.iter().for_each(|refresh| refresh.tell(&mut answer.freshness));
    answer.warnings.extend(answer.freshness.warnings());
    answer.warnings.extend(warnings);
    let is_empty = if args.hits.count { answer.total == 0 } else { answer.results.is_empty() };
    let answer = answer::print(answer, format, args, &roots, surface)?;
    if let (Some(asker), Some(log_id)) = (&request.asker, &answer.log_id) {
        search::log(&data_dir, log_id, asker, &answer, start.elapsed());
    }
    surface.release();
    // A living watcher drains by itself.
    if !args.no_log && answer.freshness.watcher != "live" && spool::is_due(&data_dir) {
        drain(&settings);
    }
    if let Some(refresh) = refresh {
        refresh.linger();
    }
    Ok(if args.exit_status && is_empty { Exit::Findings } else { Exit::Success })
}

/// Reads the query. What runs to its end, because nothing closes it, is said on stderr.
fn read(text: &str, surface: &Surface) -> Result<Reading> {
    let reading = query::read(text).map_err(|error| shown_in_query(error.into(), text))?;
    hint(&reading, text, surface);
    Ok(reading)
}

fn hint(reading: &Reading, text: &str, surface: &Surface) {
    for (what, at) in &reading.unclosed {
        surface.note(&format!("vault-sync: the {what} is not closed: it runs to the end\n  {}", place(text, *at..*at + 1)));
    }
}

/// Asks the database what the query must be told of links, and returns warnings; without such questions, opens nothing.
pub(super) fn given_links(relations: &HashSet<Relation>, now: Timestamp, surface: &Surface) -> Result<(Given, Vec<String>)> {
    if relations.is_empty() {
        return Ok((Given { now, ..Given::default() }, Vec::new()));
    }
    let (related, unknown) = block_on(async {
        let mut session = Session::open(surface).await.map_err(needs_database)?;
        let vaults = session.vaults().await?;
        let found = related(&mut session.store, &vaults, relations.clone()).await?;
        session.close().await?;
        Ok(found)
    })?;
    let warning = |name: String| format!("no note '{name}' to ask for links of; unresolved:\"{name}\" finds links to what is not there");
    Ok((Given { now, related }, unknown.into_iter().map(warning).collect()))
}

fn needs_database(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Refusal>() {
        Ok(refusal) if refusal.exit == Exit::TryAgain => {
            let message = format!("link:, backlink:, unresolved: and orphan: ask the database: {}", refusal.message);
            Refusal { message, hint: Some("check that it is running; searches without these need no database".to_owned()), ..refusal }
                .into()
        }
        Ok(refusal) => refusal.into(),
        Err(error) => error,
    }
}

/// Prints how the query was read; needs no vault.
fn explain_query(text: &str, surface: &Surface) -> Result<Exit> {
    match query::read(text) {
        Ok(reading) => {
            hint(&reading, text, surface);
            let said = reading.ast.map_or_else(|| json!({ "empty": true }), |ast| json!({ "ast": ast.to_json() }));
            surface.json(&said)?;
        }
        Err(error) if surface.global.json => {
            surface.json(&json!({ "error": error.message, "span": [error.span.start, error.span.end], "hint": error.hint }))?;
            return Ok(Exit::Usage);
        }
        Err(error) => return Err(shown_in_query(error.into(), text)),
    }
    Ok(Exit::Success)
}

/// Reads the facets to count by.
fn facets(names: &[String]) -> Result<Vec<Facet>> {
    let refusal = |name: &String, hint| Refusal { exit: Exit::Usage, message: format!("there is no facet '{}'", harmless(name)), hint };
    names.iter().map(|name| Facet::parse(name).map_err(|hint| refusal(name, Some(hint)).into())).collect()
}

/// Takes the waiting lookups into the database, if it is there, free and quick; else they wait on.
pub(super) fn drain(settings: &Settings) {
    let data_dir = &settings.data_dir.value;
    let taken = block_on(async {
        let taken = async {
            let mut store = Store::open_briefly(&settings.location(), PATIENCE).await?;
            store.take_lookups(data_dir, Busy::Leave).await?;
            store.close().await
        };
        tokio::time::timeout(MOST_DRAIN, taken).await?
    });
    if let Err(error) = taken {
        tracing::info!(error = in_words(&error), "the retrieval log waits in the spool");
        let _ = spool::put_off(data_dir);
    }
}
