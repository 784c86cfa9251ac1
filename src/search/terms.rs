//! The dictionary of the index, as far as somebody asks for it.

use super::open;
use crate::index::{Filters, Term};
use crate::query::Matcher;
use crate::query::words::fold;
use crate::state::State;
use std::path::Path;

/// Returns the words of the index that begin so, from A to Z, with the number of documents that match and have each.
///
/// # Errors
/// A refusal when there is no index.
pub fn terms(index: &Path, state: &State, beginning: &str, matcher: &Matcher, filters: &Filters) -> anyhow::Result<Vec<Term>> {
    let searcher = open(index, state)?;
    searcher.terms(&fold(beginning), &searcher.among(matcher, filters)?)
}
