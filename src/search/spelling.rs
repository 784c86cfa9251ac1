//! What may have been meant by a question that found nothing: near words of the index, and the question with them in it.

use super::matches::Matches;
use crate::index::{Filters, Searcher, Term};
use crate::query::words::{fold, places_of};
use crate::query::{self, Ast, Given, Matcher};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Near words of one that is unknown.
const MOST: usize = 5;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Suggestions {
    /// The query with the nearest known words in it, if that finds something.
    pub query: Option<String>,
    /// The words that were asked for.
    pub words: Vec<Asked>,
}

/// A word that was asked for, and in how many documents it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    pub word: String,
    pub count: usize,
    /// Of an unknown word: the nearest that are known, the most frequent first.
    pub near: Vec<Term>,
}

/// What was asked, and where.
pub(super) struct Question<'a> {
    pub(super) text: &'a str,
    pub(super) conditions: &'a [Ast],
    pub(super) given: &'a Given,
    pub(super) filters: &'a Filters,
}

/// Returns what may have been meant; nothing for a question without words, or whose words all are too frequent to be wrong.
pub(super) fn suggestions(question: &Question, matcher: &Matcher, searcher: &Searcher) -> anyhow::Result<Option<Suggestions>> {
    let keywords = matcher.keywords();
    if keywords.is_empty() {
        return Ok(None);
    }
    let among = searcher.among(&Matcher::new(&Ast::And(Vec::new())), question.filters)?;
    let (mut words, mut meant) = (Vec::new(), BTreeMap::new());
    for piece in keywords {
        let Some(count) = searcher.n_with(&piece, &among)? else { continue };
        let mut near = if count == 0 { searcher.near(&piece.text, &among)? } else { Vec::new() };
        near.truncate(MOST);
        meant.extend(near.first().map(|near| (piece.text.clone(), near.term.clone())));
        words.push(Asked { word: piece.text, count, near });
    }
    if words.is_empty() {
        return Ok(None);
    }
    let query = Some(corrected(question.text, &meant)).filter(|query| query != question.text);
    let query = query.map(|query| finds(&query, question, searcher).map(|finds| finds.then_some(query))).transpose()?.flatten();
    Ok(Some(Suggestions { query, words }))
}

/// Returns the query with words replaced.
fn corrected(query: &str, meant: &BTreeMap<String, String>) -> String {
    let unknown: BTreeSet<String> = meant.keys().cloned().collect();
    let mut text = query.to_owned();
    for place in places_of(&unknown, query).into_iter().rev() {
        if let Some(word) = meant.get(fold(&query[place.clone()]).as_ref()) {
            text.replace_range(place, word);
        }
    }
    text
}

/// Returns whether a query finds something.
fn finds(text: &str, question: &Question, searcher: &Searcher) -> anyhow::Result<bool> {
    let Ok(Some(ast)) = query::parse(text) else { return Ok(false) };
    let all = [ast].into_iter().chain(question.conditions.iter().cloned()).collect();
    let matcher = Matcher::given(&Ast::And(all), question.given);
    let candidates = searcher.candidates(&matcher, question.filters)?;
    Ok(Matches::new(candidates, Some(&matcher)).next(searcher)?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_replaced_where_they_stand() {
        let meant = BTreeMap::from([("sesion", "session"), ("straße", "strasse")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(corrected("Sesion \"sesion x\" sesions -straße", &meant), "session \"session x\" sesions -strasse");
    }
}
