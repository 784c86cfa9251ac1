//! From a question to a confirmed answer: parse, select and rank in the index, check what it could not answer, look at the files of the
//! hits to be returned, show where they match. Opens no database; what only one can answer is asked of an open store before, in `related`.

mod answer;
mod confirm;
mod evidence;
mod facets;
mod freshness;
mod heading;
mod log;
mod look;
mod matches;
mod passage;
mod related;
mod section;
mod spelling;
mod terms;
#[cfg(test)]
mod tests;

pub use crate::index::{Explained, Filters, Order, Ranking, Term};
pub use answer::{Answer, Cut, Hit, Whole};
pub use facets::{Counted, Facet};
pub use freshness::{Freshness, Seen};
pub use log::{Asker, log};
pub use passage::{Around, Excerpt, Passage};
pub use related::related;
pub use section::Section;
pub use spelling::Suggestions;
pub use terms::terms;

use crate::clock::Timestamp;
use crate::index::{Candidate, Index, Searcher, Stage};
use crate::query::{Ast, Given, Matcher};
use crate::refusal::{Exit, Refusal};
use crate::spool;
use crate::state::State;
use crate::sync::Site;
use confirm::{Eyes, Sight};
use evidence::Evidence;
use heading::Headings;
use look::{IsOver, Look, News};
use matches::Matches;
use section::Waiting;
use spelling::Question;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A question, with all that answering it needs to know.
pub struct Request<'a> {
    /// The index's folder.
    pub index: &'a Path,
    /// `None` asks for nothing.
    pub query: Option<&'a Ast>,
    /// The query as it is written.
    pub text: &'a str,
    /// What else must hold: conditions that were given as flags. They are never relaxed.
    pub conditions: &'a [Ast],
    /// What the database says of the links that the query and the conditions ask for, see [`related()`].
    pub given: &'a Given,
    pub filters: Filters,
    pub order: Order,
    pub ranking: &'a Ranking,
    pub limit: usize,
    /// Hits to skip, in rank order.
    pub offset: usize,
    /// Leave out the relaxed hits.
    pub strict: bool,
    /// Say how each score came about.
    pub explain: bool,
    pub detail: Detail<'a>,
    /// The vaults on this machine. Hits of others are answered from the index alone, and said so.
    pub vaults: &'a [Site],
    pub state: &'a State,
    /// Who asks, for the retrieval log; a search without one is not logged.
    pub asker: Option<Asker<'a>>,
}

/// What is said of the hits, beside which they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Detail<'a> {
    pub granularity: Granularity,
    pub excerpt: Excerpt,
    /// Count by these what all strict hits have in common.
    pub facets: &'a [Facet],
    /// Count the strict hits to the last.
    pub count: bool,
    /// Have each note's text whole, for somebody who looks at it.
    pub whole: bool,
}

/// What a hit is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Granularity {
    #[default]
    Note,
    /// From one heading to the next.
    Section,
}

/// Answers a question.
///
/// # Errors
/// A [`Refusal`] when there is no index.
pub fn search(request: &Request) -> anyhow::Result<Answer> {
    let Some(ast) = with_conditions(request.query, request.conditions) else { return Ok(unanswered(request)) };
    answer(&open(request.index, request.state)?.ranked_by(request.ranking), &ast, request)
}

/// The index, kept open by who asks one question after another: what was read of it once is at hand.
#[derive(Default)]
pub struct Kept(Option<(Searcher, (String, Vec<u8>))>);

impl Kept {
    /// Answers one of several questions, from the index as it is now: if it has changed, it is opened anew.
    ///
    /// # Errors
    /// As [`search()`] has them.
    pub fn search(&mut self, request: &Request) -> anyhow::Result<Answer> {
        let Some(ast) = with_conditions(request.query, request.conditions) else { return Ok(unanswered(request)) };
        // Before it is opened: if a commit comes between, what is kept is taken for older than it is.
        let now = Index::state(request.index);
        let kept = self.0.take().filter(|(_, state)| Some(state) == now.as_ref()).map(|(searcher, _)| searcher);
        let searcher = kept.map_or_else(|| open(request.index, request.state), Ok)?.ranked_by(request.ranking);
        let answer = answer(&searcher, &ast, request);
        self.0 = now.map(|state| (searcher, state));
        answer
    }
}

fn unanswered(request: &Request) -> Answer {
    Answer {
        log_id: request.asker.map(|_| spool::new_id()),
        freshness: Freshness::of(request.state, request.vaults, request.ranking.now_ms),
        ..Answer::default()
    }
}

fn answer(searcher: &Searcher, ast: &Ast, request: &Request) -> anyhow::Result<Answer> {
    let answer = unanswered(request);
    let matcher = Matcher::given(ast, request.given);
    let began_ms = Timestamp::now().millis();
    let looks = answer.freshness.looks(request.state, request.vaults, searcher)?;
    let eyes = Eyes::on(request.vaults, &answer.freshness.away);
    let mut asking = Asking { request, searcher, eyes, answer, ghosts: Vec::new(), n_further: 0 };
    let (start, is_answered) = (Instant::now(), AtomicBool::new(false));
    let news = std::thread::scope(|scope| {
        // The disk is asked what has changed while the index answers.
        let is_over = |n_looked| is_glance_over(n_looked, start) || (n_looked >= FEW && is_answered.load(Ordering::Relaxed));
        let looked = scope.spawn(move || taken(&looks, &is_over));
        let filled = asking.fill(&matcher);
        is_answered.store(true, Ordering::Relaxed);
        filled.map(|()| looked.join().expect("a look does not panic"))
    })?;
    asking.answer.freshness.add(news, began_ms);
    asking.warn();
    Ok(asking.answer)
}

/// Looks for what has changed in vaults that no watcher follows: how fresh an answer is that comes from SQL, which is
/// as fresh as the index, or what is to be taken in before one is given.
pub fn freshness(index: &Path, vaults: &[Site], state: &State, now_ms: i64, patience: Patience) -> Freshness {
    let mut freshness = Freshness::of(state, vaults, now_ms);
    let start = Instant::now();
    let news = || -> anyhow::Result<Vec<(String, News)>> {
        let Some(searcher) = Index::searcher(index)? else { return Ok(Vec::new()) };
        let is_over = |n_looked| match patience {
            Patience::Glance => is_glance_over(n_looked, start),
            Patience::Look(most) => start.elapsed() > most,
        };
        Ok(taken(&freshness.looks(state, vaults, &searcher)?, &is_over))
    };
    match news() {
        Ok(news) => freshness.add(news, now_ms),
        Err(error) => tracing::info!(error = format!("{error:#}"), "whether files have changed could not be seen"),
    }
    freshness
}

/// How long to look for what has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As long as nobody notices.
    Glance,
    /// Until everything was looked at, or so long.
    Look(Duration),
}

/// So many files are looked at in any case: in a small vault nothing is ever left out, however busy the machine is.
const FEW: usize = 500;
const GLANCE: Duration = Duration::from_millis(1);
/// Unless the disk takes so long for them.
const LONG_GLANCE: Duration = Duration::from_millis(250);

fn is_glance_over(n_looked: usize, start: Instant) -> bool {
    start.elapsed() > if n_looked < FEW { LONG_GLANCE } else { GLANCE }
}

fn taken(looks: &[Look], is_over: &IsOver) -> Vec<(String, News)> {
    looks.iter().map(|look| (look.site.name.clone(), look.take(is_over))).collect()
}

fn with_conditions(query: Option<&Ast>, conditions: &[Ast]) -> Option<Ast> {
    let mut all: Vec<Ast> = query.into_iter().chain(conditions).cloned().collect();
    if all.len() > 1 { Some(Ast::And(all)) } else { all.pop() }
}

/// Opens the index, if it is that of the store that was synced last.
fn open(index: &Path, state: &State) -> anyhow::Result<Searcher> {
    let searcher = Index::searcher(index)?.ok_or_else(|| no_index(index, state))?;
    if !state.store.is_empty() && searcher.store() != state.store {
        let message = "the index follows another database than the one that was synced last".to_owned();
        return Err(Refusal { exit: Exit::Findings, message, hint: Some(MADE_ANEW.to_owned()) }.into());
    }
    Ok(searcher)
}

const MADE_ANEW: &str = "run `vault-sync sync`: it makes the index anew";

fn no_index(index: &Path, state: &State) -> Refusal {
    let (message, hint) = if Index::is_there(index) {
        ("the index is damaged, or of another version of vault-sync", MADE_ANEW)
    } else if state.vaults.values().any(|vault| vault.partial) {
        ("the first sync has not come to its end", "wait for it; if it was stopped, run `vault-sync sync` again")
    } else {
        ("there is no index yet", "run `vault-sync sync` first")
    };
    Refusal { exit: Exit::Findings, message: message.to_owned(), hint: Some(hint.to_owned()) }
}

/// A question on its way to its answer.
struct Asking<'a> {
    request: &'a Request<'a>,
    searcher: &'a Searcher,
    eyes: Eyes<'a>,
    answer: Answer,
    /// Matches whose files are gone, or match no longer.
    ghosts: Vec<Candidate>,
    /// Hits beyond the first of each document: sections.
    n_further: usize,
}

impl Asking<'_> {
    /// Fills the answer with strict hits and, as long as there is room, relaxed ones.
    fn fill(&mut self, matcher: &Matcher) -> anyhow::Result<()> {
        let candidates = self.searcher.candidates(matcher, &self.request.filters)?.ordered(self.searcher, self.request.order)?;
        if self.request.explain {
            self.answer.plan = Some(matcher.plan().to_string());
        }
        self.answer.keywords = matcher.keywords().into_iter().map(|piece| piece.text).collect();
        let mut matches = Matches::new(candidates, Some(matcher));
        let mut to_skip = self.request.offset;
        self.take(&mut matches, &mut to_skip, &Evidence::Query(matcher))?;
        if self.request.detail.count || !self.request.detail.facets.is_empty() {
            self.count(&mut matches, &Evidence::Query(matcher))?;
        }
        let has_uncut = self.is_by_section() && matches.is_cut();
        self.answer.at_least = !matches.is_exhausted() || has_uncut;
        self.answer.total = (matches.n_found() + self.n_further).saturating_sub(self.ghosts.len());
        let has_room = self.answer.results.len() < self.request.limit;
        if self.answer.total == 0 {
            let Request { text, conditions, given, filters, .. } = self.request;
            self.answer.suggestions = spelling::suggestions(&Question { text, conditions, given, filters }, matcher, self.searcher)?;
        }
        if has_room && !self.request.strict && matcher.relaxed().is_some() {
            self.relaxed(matcher, &matches.into_found(), to_skip)?;
        }
        Ok(())
    }

    fn relaxed(&mut self, matcher: &Matcher, strict: &[Candidate], mut to_skip: usize) -> anyhow::Result<()> {
        let Some(relaxed) = matcher.relaxed() else { return Ok(()) };
        let (candidates, words) = self.searcher.relaxed(&relaxed, &self.request.filters, strict)?;
        let candidates = candidates.ordered(self.searcher, self.request.order)?;
        let mut matches = Matches::new(candidates, relaxed.rest.as_ref());
        self.take(&mut matches, &mut to_skip, &Evidence::Words { words: &words, keywords: &relaxed.keywords, rest: relaxed.rest.as_ref() })
    }

    /// Takes matches, after those to be skipped, until the answer is full.
    fn take(&mut self, matches: &mut Matches, to_skip: &mut usize, evidence: &Evidence) -> anyhow::Result<()> {
        let mut waiting = Waiting::default();
        while self.answer.results.len() < self.request.limit {
            let hit = waiting.next(self.coming(matches, &waiting)?);
            if hit.is_some() && *to_skip > 0 {
                *to_skip -= 1;
            } else if let Some(hit) = hit {
                self.answer.results.push(hit);
            } else {
                let Some(candidate) = matches.next(self.searcher)? else { break };
                if *to_skip > 0 && !self.is_by_section() {
                    *to_skip -= 1;
                    continue;
                }
                waiting.add(self.hits(candidate, evidence)?, self.request.order == Order::Relevance);
            }
        }
        self.answer.truncated = matches.is_cut() || !waiting.is_empty();
        Ok(())
    }

    /// Returns the score of the next match, if one of its sections may come before those that wait.
    fn coming(&self, matches: &mut Matches, waiting: &Waiting) -> anyhow::Result<Option<f32>> {
        if waiting.is_empty() || !self.is_by_section() || self.request.order != Order::Relevance {
            return Ok(None);
        }
        Ok(matches.peek(self.searcher)?.map(|candidate| candidate.score))
    }

    /// Counts what nobody has looked at, and what all matches have in common.
    fn count(&mut self, matches: &mut Matches, evidence: &Evidence) -> anyhow::Result<()> {
        matches.exhaust(self.searcher)?;
        if !self.request.detail.facets.is_empty() {
            let all: Vec<_> = matches.all().into_iter().filter(|candidate| !self.ghosts.contains(candidate)).collect();
            let said = self.searcher.asked(&all, |document| facets::said(self.request.detail.facets, &document))?;
            self.answer.facets = Some(facets::count(self.request.detail.facets, &said));
        }
        if self.request.detail.count && self.is_by_section() {
            while let Some(candidate) = matches.next(self.searcher)? {
                self.hits(candidate, evidence)?;
            }
        }
        Ok(())
    }

    fn is_by_section(&self) -> bool {
        self.request.detail.granularity == Granularity::Section
    }

    /// Returns the hits for a candidate that matches; none if its file is gone or has changed so that it matches no longer.
    fn hits(&mut self, candidate: Candidate, evidence: &Evidence) -> anyhow::Result<Vec<Hit>> {
        let indexed = self.searcher.document(candidate)?;
        let (document, changed) = match self.eyes.look(indexed) {
            Sight::AsIndexed(document) => (document, false),
            Sight::Changed(document) if self.request.filters.hold(&document) && evidence.still_holds(&document) => (document, true),
            Sight::Changed(_) | Sight::Gone => {
                self.ghosts.push(candidate);
                return Ok(Vec::new());
            }
        };
        let explain = if self.request.explain { Some(self.explain(candidate, evidence)?) } else { None };
        let hit = Hit { explain, ..Hit::of(&document, candidate.score, changed, evidence) };
        let (places, excerpt) = (evidence.places(&document), self.request.detail.excerpt);
        if !self.is_by_section() || document.text.is_empty() {
            let spots = passage::spots(&document, &places, |at| passage::line_around(&document.text, at));
            let headings = if spots.is_empty() { &[] } else { document.headings.as_slice() };
            let headings = Headings::locate(headings, &document.text);
            let passages = passage::passages(spots, &document, &headings, passage::LINE, excerpt);
            let whole = self.request.detail.whole.then_some(Whole { text: document.text, body_start: document.body_start, places });
            return Ok(vec![Hit { passages, whole, ..hit }]);
        }
        let sections = section::sections(&document, &places, excerpt);
        self.n_further += sections.len() - 1;
        let of_section = |found: section::Found| Hit {
            section: Some(found.section),
            passages: found.passages,
            score: hit.score * found.share,
            ..hit.clone()
        };
        Ok(sections.into_iter().map(of_section).collect())
    }

    fn explain(&self, candidate: Candidate, evidence: &Evidence) -> anyhow::Result<Explained> {
        match evidence {
            Evidence::Query(matcher) => self.searcher.explain(Stage::Strict, &matcher.keywords(), candidate),
            Evidence::Words { keywords, .. } => self.searcher.explain(Stage::Relaxed, keywords, candidate),
        }
    }

    fn warn(&mut self) {
        let unseen = self.request.filters.vaults.iter().filter(|name| !self.request.vaults.iter().any(|site| site.name == **name));
        self.answer.warnings.extend(unseen.map(|name| format!("the vault '{name}' is not at hand: its hits are as they were indexed")));
        if let Some((path, error)) = self.eyes.unread.first() {
            let more = self.eyes.unread.len() - 1;
            let more = if more > 0 { format!(", nor can {more} others") } else { String::new() };
            self.answer.warnings.push(format!("{path} cannot be read ({error}){more}: it is shown as it was indexed"));
        }
        self.answer.warnings.extend(self.eyes.large.iter().map(|(path, error)| format!("{path} is not shown: it is {error}")));
    }
}
