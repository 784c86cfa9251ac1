//! From a question to a confirmed answer: parse, select and rank in the index, check what it could not answer, look at the files of the
//! hits to be returned, show where they match. Opens no database; what only one can answer is asked of an open store before, in `related`.

mod confirm;
mod freshness;
mod log;
mod matches;
mod passage;
mod related;

pub use crate::index::{Explained, Filters, Order, Ranking};
pub use freshness::Freshness;
pub use log::{Asker, log};
pub use passage::Passage;
pub use related::related;

use crate::index::{Candidate, Document, Index, Searcher, Stage};
use crate::query::{Ast, Given, Matcher};
use crate::refusal::{Exit, Refusal};
use crate::spool;
use crate::state::State;
use confirm::Sight;
use freshness::Look;
use matches::Matches;
use passage::Evidence;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A question, with all that answering it needs to know.
pub struct Request<'a> {
    /// The index's folder.
    pub index: &'a Path,
    /// `None` asks for nothing.
    pub query: Option<&'a Ast>,
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
    /// Vaults by name and root. Hits of others are answered from the index alone, and said so.
    pub vaults: &'a [(String, PathBuf)],
    pub state: &'a State,
    /// Who asks, for the retrieval log; a search without one is not logged.
    pub asker: Option<Asker<'a>>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Answer {
    pub results: Vec<Hit>,
    /// Strict hits known: all of them unless `at_least`.
    pub total: usize,
    pub at_least: bool,
    /// There may be more hits than were returned.
    pub truncated: bool,
    pub freshness: Freshness,
    pub warnings: Vec<String>,
    /// What the lookup is called in the retrieval log; `None` if it is not logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_id: Option<String>,
    /// What the index was asked, when it was to be explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The words that were asked for, for the retrieval log.
    #[serde(skip)]
    pub keywords: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Hit {
    pub path: String,
    pub vault: String,
    pub id: String,
    /// For the retrieval log.
    #[serde(skip)]
    pub knowledge_id: String,
    pub title: String,
    pub score: f32,
    pub relaxed: bool,
    /// The file has changed since it was indexed; the passages are from the file.
    pub changed: bool,
    pub tags: Vec<String>,
    pub passages: Vec<Passage>,
    /// How the score came about, when it was to be explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explained>,
}

/// Answers a question.
///
/// # Errors
/// A [`Refusal`] when there is no index.
pub fn search(request: &Request) -> anyhow::Result<Answer> {
    let mut answer = Answer { log_id: request.asker.map(|_| spool::new_id()), ..Answer::default() };
    let Some(ast) = with_conditions(request.query, request.conditions) else {
        answer.freshness = Freshness::of(request.state, request.vaults, request.ranking.now_ms);
        return Ok(answer);
    };
    let matcher = Matcher::given(&ast, request.given);
    let index = Index::open(request.index)?.ok_or_else(no_index)?;
    let mut asking = Asking { request, searcher: index.searcher()?.ranked_by(request.ranking), answer };
    asking.answer.freshness = Freshness::of(request.state, request.vaults, request.ranking.now_ms);
    let looks = Look::plan(&asking.answer.freshness, request.state, request.vaults, &asking.searcher)?;
    let unseen = std::thread::scope(|scope| {
        // The disk is asked about folders while the index answers.
        let taken = scope.spawn(|| looks.iter().map(Look::take).sum());
        asking.fill(&matcher).map(|()| taken.join().expect("a look does not panic"))
    })?;
    asking.answer.freshness.unseen = unseen;
    asking.warn();
    Ok(asking.answer)
}

/// Returns how fresh an answer is that comes from SQL: as fresh as the index, which knows the folders to look at.
pub fn freshness(index: &Path, vaults: &[(String, PathBuf)], state: &State, now_ms: i64) -> Freshness {
    let mut freshness = Freshness::of(state, vaults, now_ms);
    let unseen = || -> anyhow::Result<usize> {
        let Some(index) = Index::open(index)? else { return Ok(0) };
        Ok(Look::plan(&freshness, state, vaults, &index.searcher()?)?.iter().map(Look::take).sum())
    };
    match unseen() {
        Ok(n_unseen) => freshness.unseen = n_unseen,
        Err(error) => tracing::info!(error = format!("{error:#}"), "whether folders have changed could not be seen"),
    }
    freshness
}

fn with_conditions(query: Option<&Ast>, conditions: &[Ast]) -> Option<Ast> {
    let mut all: Vec<Ast> = query.into_iter().chain(conditions).cloned().collect();
    if all.len() > 1 { Some(Ast::And(all)) } else { all.pop() }
}

fn no_index() -> Refusal {
    Refusal { exit: Exit::Findings, message: "there is no index yet".to_owned(), hint: Some("run `vault-sync sync` first".to_owned()) }
}

/// A question on its way to its answer.
struct Asking<'a> {
    request: &'a Request<'a>,
    searcher: Searcher,
    answer: Answer,
}

impl Asking<'_> {
    /// Fills the answer with strict hits and, as long as there is room, relaxed ones.
    fn fill(&mut self, matcher: &Matcher) -> anyhow::Result<()> {
        let candidates = self.searcher.candidates(matcher, &self.request.filters)?.ordered(&self.searcher, self.request.order)?;
        if self.request.explain {
            self.answer.plan = Some(matcher.plan().to_string());
        }
        self.answer.keywords = matcher.keywords().into_iter().map(|piece| piece.text).collect();
        let mut matches = Matches::new(candidates, Some(matcher));
        let mut to_skip = self.request.offset;
        let n_ghosts = self.take(&mut matches, &mut to_skip, &Evidence::Query(matcher))?;
        self.answer.at_least = !matches.is_exhausted();
        self.answer.total = matches.n_found().saturating_sub(n_ghosts);
        self.answer.truncated = matches.is_cut();
        let has_room = self.answer.results.len() < self.request.limit;
        if has_room && !self.request.strict && matcher.relaxed().is_some() {
            self.relaxed(matcher, &matches.into_found(), to_skip)?;
        }
        Ok(())
    }

    fn relaxed(&mut self, matcher: &Matcher, strict: &[Candidate], mut to_skip: usize) -> anyhow::Result<()> {
        let Some(relaxed) = matcher.relaxed() else { return Ok(()) };
        let (candidates, words) = self.searcher.relaxed(&relaxed, &self.request.filters, strict)?;
        let candidates = candidates.ordered(&self.searcher, self.request.order)?;
        let mut matches = Matches::new(candidates, relaxed.rest.as_ref());
        self.take(
            &mut matches,
            &mut to_skip,
            &Evidence::Words { words: &words, keywords: &relaxed.keywords, rest: relaxed.rest.as_ref() },
        )?;
        self.answer.truncated = matches.is_cut();
        Ok(())
    }

    /// Takes matches, after those to be skipped, until the answer is full, and returns how many were gone from the disk.
    fn take(&mut self, matches: &mut Matches, to_skip: &mut usize, evidence: &Evidence) -> anyhow::Result<usize> {
        let mut n_ghosts = 0;
        while self.answer.results.len() < self.request.limit {
            let Some(candidate) = matches.next(&self.searcher)? else { break };
            if *to_skip > 0 {
                *to_skip -= 1;
                continue;
            }
            match self.hit(candidate, evidence)? {
                Some(hit) => self.answer.results.push(hit),
                None => n_ghosts += 1,
            }
        }
        Ok(n_ghosts)
    }

    /// Returns the hit for a candidate that matches; `None` if its file is gone or has changed so that it matches no longer.
    fn hit(&mut self, candidate: Candidate, evidence: &Evidence) -> anyhow::Result<Option<Hit>> {
        let indexed = self.searcher.document(candidate)?;
        let root = self.request.vaults.iter().find(|(name, _)| *name == indexed.vault).map(|(_, root)| root.as_path());
        let (document, changed) = match confirm::look(root, indexed) {
            Sight::AsIndexed(document) => (document, false),
            Sight::Changed(document) if evidence.still_holds(&document) => (document, true),
            Sight::Changed(_) | Sight::Gone => return Ok(None),
        };
        let explain = if self.request.explain { Some(self.explain(candidate, evidence)?) } else { None };
        let passages = passage::passages(&document, evidence);
        Ok(Some(hit(document, candidate.score, changed, evidence, passages, explain)))
    }

    fn explain(&self, candidate: Candidate, evidence: &Evidence) -> anyhow::Result<Explained> {
        match evidence {
            Evidence::Query(matcher) => self.searcher.explain(Stage::Strict, &matcher.keywords(), candidate),
            Evidence::Words { keywords, .. } => self.searcher.explain(Stage::Relaxed, keywords, candidate),
        }
    }

    fn warn(&mut self) {
        let unseen = self.request.filters.vaults.iter().filter(|name| !self.request.vaults.iter().any(|(known, _)| known == *name));
        self.answer.warnings.extend(unseen.map(|name| format!("the vault '{name}' is not at hand: its hits are as they were indexed")));
        self.answer.warnings.extend(self.answer.freshness.warnings());
    }
}

fn hit(document: Document, score: f32, changed: bool, evidence: &Evidence, passages: Vec<Passage>, explain: Option<Explained>) -> Hit {
    let mut tags: Vec<String> = Vec::new();
    for tag in document.tags {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Hit {
        path: document.path.as_str().to_owned(),
        vault: document.vault,
        id: document.doc_id,
        knowledge_id: document.knowledge_id,
        title: document.title,
        score,
        relaxed: matches!(evidence, Evidence::Words { .. }),
        changed,
        tags,
        passages,
        explain,
    }
}
