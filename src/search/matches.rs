//! Candidates that really match, best first, checked no further than somebody asks.

use crate::index::{Candidate, Candidates, Searcher};
use crate::query::Matcher;
use std::collections::VecDeque;

/// Texts lie together in blocks, so that checks go in the order of the index, a batch at a time; each batch is twice as large.
const FIRST_BATCH: usize = 32;

pub(super) struct Matches<'a> {
    /// Still to be checked, best first.
    waiting: std::vec::IntoIter<Candidate>,
    checked: VecDeque<Candidate>,
    /// What decides, unless the index already has.
    check: Option<&'a Matcher>,
    batch: usize,
    found: Vec<Candidate>,
}

impl<'a> Matches<'a> {
    pub(super) fn new(candidates: Candidates, matcher: Option<&'a Matcher>) -> Self {
        let check = matcher.filter(|_| !candidates.is_sure);
        Self { waiting: candidates.ranked.into_iter(), checked: VecDeque::new(), check, batch: FIRST_BATCH, found: Vec::new() }
    }

    /// Returns the next best match.
    pub(super) fn next(&mut self, searcher: &Searcher) -> anyhow::Result<Option<Candidate>> {
        let Some(matcher) = self.check else {
            let next = self.waiting.next();
            self.found.extend(next);
            return Ok(next);
        };
        while self.checked.is_empty() && self.waiting.len() > 0 {
            let batch: Vec<Candidate> = self.waiting.by_ref().take(self.batch).collect();
            self.batch *= 2;
            self.checked.extend(searcher.matching(&batch, matcher)?);
        }
        let next = self.checked.pop_front();
        self.found.extend(next);
        Ok(next)
    }

    /// Returns whether it is known how many there are.
    pub(super) fn is_exhausted(&self) -> bool {
        self.check.is_none() || self.waiting.len() == 0
    }

    /// Returns whether there are matches that nobody asked for.
    pub(super) fn is_cut(&self) -> bool {
        !self.checked.is_empty() || (self.check.is_none() && self.waiting.len() > 0)
    }

    /// Returns how many are known.
    pub(super) fn n_found(&self) -> usize {
        self.found.len() + self.checked.len() + if self.check.is_none() { self.waiting.len() } else { 0 }
    }

    /// Returns those that were asked for.
    pub(super) fn into_found(self) -> Vec<Candidate> {
        self.found
    }
}
