//! `find`: a question that is answered while it is typed, on a whole screen.

mod editor;
mod hands;

use super::args::{FilterArgs, FindArgs, LinkArgs, SearchArgs};
use super::filters::{conditions, link_conditions, shown_in_query};
use super::fresh;
use super::held::Hold;
use super::search::{drain, given_links};
use super::session::{block_on, require_vaults};
use super::{Exit, Global, Refusal, Surface};
use crate::clock::Timestamp;
use crate::config::{Fresh, Settings};
use crate::find::{self, Ending, Model, Screen, Source, Worker};
use crate::query::{self, Ast};
use crate::search::{Answer, Detail, Filters, Kept, Order, Request};
use crate::spool;
use crate::state;
use anyhow::Result;
use hands::PersonsHands;
use std::io::IsTerminal as _;

/// What is to be found, whichever command was typed.
pub(super) struct Wanted<'a> {
    query: &'a [String],
    filters: &'a FilterArgs,
    links: &'a LinkArgs,
    order: Order,
    strict: bool,
    is_logged: bool,
}

impl<'a> From<&'a FindArgs> for Wanted<'a> {
    fn from(args: &'a FindArgs) -> Self {
        let FindArgs { query, filters, links, sort, strict, no_log } = args;
        Self { query, filters, links, order: (*sort).into(), strict: *strict, is_logged: !no_log }
    }
}

impl<'a> From<&'a SearchArgs> for Wanted<'a> {
    fn from(args: &'a SearchArgs) -> Self {
        let SearchArgs { query, filters, links, sort, strict, no_log, .. } = args;
        Self { query, filters, links, order: (*sort).into(), strict: *strict, is_logged: !no_log }
    }
}

pub(super) fn run(wanted: &Wanted<'_>, surface: &Surface) -> Result<Exit> {
    if surface.global.json || !find::can_show() {
        let message = "this needs a terminal that can show a screen, and prints no JSON".to_owned();
        let hint = Some("`vault-sync search` answers anywhere".to_owned());
        return Err(Refusal { exit: Exit::Usage, message, hint }.into());
    }
    let settings = surface.settings()?;
    require_vaults(&settings)?;
    settings.refuse_namesakes()?;
    let mut conditions = conditions(wanted.filters)?;
    conditions.extend(link_conditions(wanted.links));
    let filters = Filters {
        vaults: settings.roots().into_iter().map(|(name, _)| name).collect(),
        knowledge_type: wanted.filters.r#type.clone(),
        project: wanted.filters.project.clone(),
    };
    let (global, of_worker) = (surface.global.clone(), settings.clone());
    let (order, strict) = (wanted.order, wanted.strict);
    let source = move || Finder { global, settings: of_worker, conditions, filters, order, strict, index: Kept::default() };
    let mut hands = PersonsHands { settings: &settings, wanted };
    let mut model = Model::new(wanted.query.join(" "), !std::io::stdout().is_terminal(), surface.has_colour());
    let hold = Hold::begin();
    let ending = block_on(async { find::run(&mut model, Screen::open()?, Worker::start(source), &mut hands).await });
    drop(hold);
    if wanted.is_logged && !is_watched(&settings) && spool::is_due(&settings.data_dir.value) {
        drain(&settings);
    }
    match ending? {
        Ending::Left => Ok(Exit::Success),
        Ending::Ended(exit) => Ok(exit),
        Ending::Chosen(path) => surface.raw(&(path + "\n")).map(|()| Exit::Success),
    }
}

fn is_watched(settings: &Settings) -> bool {
    let state = state::read(&settings.data_dir.value);
    let roots = settings.roots();
    state::watcher_word(&state, roots.iter().map(|(name, _)| name.as_str()), Timestamp::now().millis()) == "live"
}

/// Takes in what has changed, where no watcher does. Returns whether something came in.
fn take_in(settings: &Settings) -> bool {
    if settings.search_fresh.value == Fresh::Never || is_watched(settings) {
        return false;
    }
    let state = state::read(&settings.data_dir.value);
    fresh::before(Fresh::Always, settings, &settings.sites(), &state).is_some_and(|refresh| refresh.is_done())
}

/// Answers what is typed, under the conditions that were given as flags.
struct Finder {
    global: Global,
    settings: Settings,
    conditions: Vec<Ast>,
    filters: Filters,
    order: Order,
    strict: bool,
    index: Kept,
}

impl Source for Finder {
    fn ask(&mut self, text: &str, most: usize) -> Result<Answer> {
        let ast = query::parse(text).map_err(|error| shown_in_query(error.into(), text))?;
        // Nothing is asked, so everything is shown.
        let order = if ast.is_none() && self.order == Order::Relevance { Order::Modified } else { self.order };
        let ast = ast.unwrap_or_else(|| Ast::And(Vec::new()));
        let relations = [&ast].into_iter().chain(&self.conditions).flat_map(Ast::relations).collect();
        let now = Timestamp::now();
        let (given, warnings) = given_links(&relations, now, &Surface::new(self.global.clone()))?;
        let data_dir = &self.settings.data_dir.value;
        let sites = self.settings.sites();
        let mut answer = self.index.search(&Request {
            index: &self.settings.index_dir(),
            query: Some(&ast),
            text,
            conditions: &self.conditions,
            given: &given,
            filters: self.filters.clone(),
            order,
            ranking: &self.settings.ranking(now.millis()),
            limit: most,
            offset: 0,
            strict: self.strict,
            explain: false,
            detail: Detail { whole: true, ..Detail::default() },
            vaults: &sites,
            state: &state::read(data_dir),
            asker: None,
        })?;
        answer.warnings.extend(warnings);
        // What was not looked at before each answer was before the first one; that nobody watches stands on the screen anyway.
        let mut known = answer.freshness.clone();
        known.unchecked = 0;
        answer.warnings.extend(known.warnings());
        Ok(answer)
    }
}
