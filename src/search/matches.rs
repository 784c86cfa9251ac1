//! Candidates that really match, best first, checked no further than somebody asks.

use crate::index::{Candidate, Candidates, Searcher};
use crate::query::Matcher;
use std::collections::VecDeque;

/// Texts lie together in blocks that are unpacked as one, so that checks go in the order of the index, a batch at a time. If two batches
/// do not suffice, hits are rare, and all that is left is checked at once.
const FIRST_BATCHES: [usize; 2] = [32, 256];

pub(super) struct Matches<'a> {
    candidates: Candidates,
    checked: VecDeque<Candidate>,
    /// What decides, unless the index already has.
    matcher: Option<&'a Matcher>,
    n_batches: usize,
    found: Vec<Candidate>,
}

impl<'a> Matches<'a> {
    pub(super) fn new(candidates: Candidates, matcher: Option<&'a Matcher>) -> Self {
        let matcher = matcher.filter(|_| !candidates.is_sure);
        Self { candidates, checked: VecDeque::new(), matcher, n_batches: 0, found: Vec::new() }
    }

    /// Returns the next best match.
    pub(super) fn next(&mut self, searcher: &Searcher) -> anyhow::Result<Option<Candidate>> {
        self.check(searcher)?;
        let next = self.checked.pop_front();
        self.found.extend(next);
        Ok(next)
    }

    /// Returns the next best match without taking it.
    pub(super) fn peek(&mut self, searcher: &Searcher) -> anyhow::Result<Option<&Candidate>> {
        self.check(searcher)?;
        Ok(self.checked.front())
    }

    /// Checks all that is left, so that it is known how many there are.
    pub(super) fn exhaust(&mut self, searcher: &Searcher) -> anyhow::Result<()> {
        if let Some(matcher) = self.matcher {
            self.checked.extend(searcher.matching(self.candidates.take(searcher, usize::MAX)?, matcher)?);
        }
        Ok(())
    }

    /// Returns all that are known.
    pub(super) fn all(&self) -> Vec<Candidate> {
        let unchecked = if self.matcher.is_none() { self.candidates.left() } else { &[] };
        self.found.iter().chain(&self.checked).chain(unchecked).copied().collect()
    }

    fn check(&mut self, searcher: &Searcher) -> anyhow::Result<()> {
        while self.checked.is_empty() && self.candidates.n_left() > 0 {
            let size = FIRST_BATCHES.get(self.n_batches).copied().unwrap_or(usize::MAX);
            let batch = self.candidates.take(searcher, size)?;
            match self.matcher {
                Some(matcher) => self.checked.extend(searcher.matching(batch, matcher)?),
                None => self.checked.extend(batch),
            }
            self.n_batches += 1;
        }
        Ok(())
    }

    /// Returns whether it is known how many there are.
    pub(super) fn is_exhausted(&self) -> bool {
        self.matcher.is_none() || self.candidates.n_left() == 0
    }

    /// Returns whether there are, or may be, matches that nobody asked for.
    pub(super) fn is_cut(&self) -> bool {
        !self.checked.is_empty() || self.candidates.n_left() > 0
    }

    /// Returns how many are known.
    pub(super) fn n_found(&self) -> usize {
        let n_unchecked = if self.matcher.is_none() { self.candidates.n_left() } else { 0 };
        self.found.len() + self.checked.len() + n_unchecked
    }

    /// Returns those that were asked for.
    pub(super) fn into_found(self) -> Vec<Candidate> {
        self.found
    }
}
